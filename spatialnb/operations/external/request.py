"""From checked arguments to a request: its address, headers and body, without anything that says who calls."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from spatialnb.errors import Invalid
from spatialnb.models.base import Json
from spatialnb.operations.external.endpoint import Body, Endpoint, Part
from spatialnb.operations.external.openapi import FORM, JSON_MEDIA
from spatialnb.operations.external.style import header_value, path_value, query_pairs, scalar

Upload = Callable[[str], tuple[bytes, str, str]]
"""Bytes, media type and file name of what an argument names, such as the id of an asset."""


@dataclass(frozen=True)
class Request:
    """A request before credentials."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    content: bytes | None = None
    told: Json = None
    """The body as a recording shows it: JSON as it is, a form's fields, the size of what is binary."""


def build(endpoint: Endpoint, base: str, args: Mapping[str, Any], body: Any, upload: Upload) -> Request:
    """The request for `args`, as `Contract.checked` gives them, and the body they make.

    Raises `Invalid` for a value that cannot stand where it has to go.
    """
    path, query = endpoint.path, list[tuple[str, str]]()
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for one in endpoint.parameters:
        if one.argument not in args:
            continue
        value = json.dumps(args[one.argument], separators=(",", ":")) if one.json_ else args[one.argument]
        if one.where == "path":
            text = path_value(one.argument, value, one.style, one.explode)
            _refuse_gap(endpoint, one.name, one.argument, text)
            path = path.replace(f"{{{one.name}}}", text)
        elif one.where == "query":
            query += query_pairs(one.name, value, one.style, one.explode, one.reserved)
        elif value is not None and one.where == "header":
            headers[one.name] = header_value(one.argument, value, one.explode)
        elif value is not None:
            cookies += [f"{k}={v}" for k, v in query_pairs(one.name, value, one.style, one.explode)]
    if cookies:
        headers["Cookie"] = "; ".join(cookies)
    path, _, own_query = path.partition("?")
    own = [(name, value) for name, _, value in (pair.partition("=") for pair in own_query.split("&") if pair)]
    said = "&".join(f"{name}={value}" for name, value in (*own, *query))
    url = f"{endpoint.base or base}{_encoded(path)}{'?' if said else ''}{said}"
    content, media, told = (
        _content(endpoint.body, body, upload) if endpoint.body and body is not None else (None, "", None)
    )
    if media:
        headers["Content-Type"] = media
    headers["Accept"] = _accepted(endpoint)
    return Request(endpoint.method, url, headers, content, told)


def _refuse_gap(endpoint: Endpoint, name: str, argument: str, text: str) -> None:
    """An empty value would make another address of it: only reading may do that, and only at the end of a path.

    The root folder of a service of files is such an empty value.
    """
    if not text and not (endpoint.safe and endpoint.path.endswith(f"/{{{name}}}")):
        raise Invalid(f"{argument} of {endpoint.name} cannot be empty.", argument)


def _encoded(path: str) -> str:
    """What stands in a document's path, with characters that no address has encoded."""
    return quote(path, safe="/%:@!$&'()*+,;=-._~")


def _accepted(endpoint: Endpoint) -> str:
    media = [
        kind for kind in endpoint.answers.media if re.fullmatch(r"[\w.+*-]+/[\w.+*-]+", kind.split(";")[0].strip())
    ]
    json_first = sorted(dict.fromkeys(media), key=lambda kind: not JSON_MEDIA.match(kind))
    return ", ".join(json_first) or "application/json, */*;q=0.5"


# -- bodies -----------------------------------------------------------------------------------------------------------
def _content(body: Body, value: Any, upload: Upload) -> tuple[bytes, str, Json]:
    kind = body.media.split(";")[0].strip().lower()
    if JSON_MEDIA.match(kind):
        return json.dumps(value, ensure_ascii=False).encode(), body.media, value
    if kind == FORM:
        return _form(body, value), FORM, value
    if kind.startswith("multipart/"):
        return _multipart(body, value, upload)
    if kind.startswith("text/") or kind.endswith(("xml", "yaml")):
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return text.encode(), body.media, text
    data, media, _ = upload(_text(value, "body"))
    return data, media if kind == "application/octet-stream" else kind, {"bytes": len(data)}


def _form(body: Body, value: Any) -> bytes:
    if not isinstance(value, Mapping):
        raise Invalid("A form is made of fields; give an object.", body.argument or "body")
    pairs: list[tuple[str, str]] = []
    for name, one in value.items():
        part = body.parts.get(name)
        if (
            part is None
            and isinstance(one, (Mapping, list))
            and any(isinstance(v, (Mapping, list)) for v in _inner(one))
        ) or (part is None and isinstance(one, Mapping)):
            pairs.append((quote(name, safe=""), quote(scalar(one), safe="")))
        else:
            pairs += query_pairs(
                name, "" if one is None else one, *((part.style, part.explode) if part else ("form", True))
            )
    return "&".join(f"{name}={one}" for name, one in pairs).encode()


def _inner(value: Any) -> Any:
    return value.values() if isinstance(value, Mapping) else value


def _multipart(body: Body, value: Any, upload: Upload) -> tuple[bytes, str, Json]:
    """A body of parts. Its boundary follows from what is in it: the same arguments make the same bytes."""
    if not isinstance(value, Mapping):
        raise Invalid("A form is made of fields; give an object.", body.argument or "body")
    parts: list[tuple[str, bytes]] = []
    told: dict[str, Json] = {}
    for name, one in value.items():
        part = body.parts.get(name, Part())
        many = isinstance(one, list) and (part.binary or not any(isinstance(v, (Mapping, list)) for v in one))
        for each in one if many else (one,):
            head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
            if part.binary:
                data, media, file = upload(_text(each, name))
                head += f'; filename="{_quoted(file)}"\r\nContent-Type: {part.content or media}'
                told[name] = {"file": file, "bytes": len(data)}
            else:
                data = scalar(each).encode()
                kind = part.content or ("application/json" if isinstance(each, (Mapping, list)) else "")
                head += f"\r\nContent-Type: {kind}" if kind else ""
                told[name] = one
            parts.append((head, data))
    boundary, count = "----part", 0
    while any(boundary.encode() in data or boundary in head for head, data in parts):
        boundary, count = f"----part{count}", count + 1
    joined = b"".join(f"--{boundary}\r\n{head}\r\n\r\n".encode() + data + b"\r\n" for head, data in parts)
    media = body.media.split(";")[0]
    return joined + f"--{boundary}--\r\n".encode(), f"{media}; boundary={boundary}", told


def _quoted(text: str) -> str:
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _text(value: Any, name: str) -> str:
    if isinstance(value, str):
        return value
    raise Invalid(f"{name} is a file: give the id of an asset of the library, or a data: URL.", name)


def data_url(text: str) -> tuple[bytes, str] | None:
    """Bytes and media type of a `data:` URL, or None for other text. Raises `Invalid` for a broken one."""
    found = re.match(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w=.-]+)*?(;base64)?,", text)
    if found is None:
        return None
    rest = text[found.end() :]
    try:
        data = base64.b64decode(rest, validate=True) if found[2] else rest.encode()
    except ValueError:
        raise Invalid("That data: URL is not base64.") from None
    return data, found[1] or "text/plain"
