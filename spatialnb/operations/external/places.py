"""Where an API is and how it wants to be told who calls, as OpenAPI documents say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from spatialnb.errors import Invalid
from spatialnb.operations.external.endpoint import Scheme
from spatialnb.operations.external.shapes import listed


def base_of(data: Mapping[str, Any], location: str, given: str | None, old: bool) -> str:
    """Where the paths begin, without a slash at the end."""
    if given is not None:
        parts = urlsplit(given)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Invalid(f"base is where the API is, such as https://api.example.com; {given!r} is not that.", "base")
        if parts.username or parts.password:
            raise Invalid("Leave the password out of the base; give it in headers as 'env:NAME'.", "base")
    where = location if location.startswith(("http://", "https://")) else ""
    found = _old_base(data, where) if old else server_of((listed(data.get("servers")) or [{"url": "/"}])[0], where)
    if given is not None:
        parts = urlsplit(given)
        own = urlsplit(found).path if not parts.path else parts.path
        return f"{parts.scheme}://{parts.netloc}{own}".rstrip("/")
    if urlsplit(found).scheme not in ("http", "https") or not urlsplit(found).hostname:
        raise Invalid("The document does not say where the API is; give base='https://…'.", "base")
    return found


def _old_base(data: Mapping[str, Any], where: str) -> str:
    schemes = [str(scheme) for scheme in listed(data.get("schemes"))]
    origin = urlsplit(where)
    scheme = "https" if "https" in schemes else schemes[0] if schemes else origin.scheme or "https"
    host = str(data.get("host") or origin.netloc)
    path = str(data.get("basePath") or "/")
    return f"{scheme}://{host}{path}".rstrip("/") if host else path.rstrip("/")


def server_of(server: Any, where: str) -> str:
    """The URL of a server, its variables at their defaults."""
    url = str(server.get("url", "/")) if isinstance(server, Mapping) else "/"
    variables = server.get("variables") if isinstance(server, Mapping) else None
    for name, one in (variables or {}).items() if isinstance(variables, Mapping) else ():
        if isinstance(one, Mapping):
            url = url.replace(f"{{{name}}}", str(one.get("default", "")))
    return urljoin(where, url).rstrip("/") if where else url.rstrip("/")


def scheme_of(name: str, one: Mapping[str, Any]) -> Scheme:
    kind, way = str(one.get("type", "")), str(one.get("scheme", "")).lower()
    if kind == "apiKey":
        place = str(one.get("in", ""))
        if place in ("header", "query", "cookie"):
            return Scheme(name=name, kind=place, parameter=str(one.get("name", "")))  # pyright: ignore[reportArgumentType]
        return Scheme(name=name, kind="other")
    if kind == "basic" or (kind == "http" and way == "basic"):
        return Scheme(name=name, kind="basic", parameter="Authorization")
    if kind in ("oauth2", "openIdConnect") or (kind == "http" and way == "bearer"):
        return Scheme(name=name, kind="bearer", parameter="Authorization")
    return Scheme(name=name, kind="other", parameter="Authorization" if kind == "http" else "")
