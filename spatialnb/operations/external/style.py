"""How parameters are written into a request: the styles of OpenAPI, after RFC 6570.

| style | `color=[blue, black]` | exploded | `color={R: 1, G: 2}` | exploded |
|---|---|---|---|---|
| simple | blue,black | blue,black | R,1,G,2 | R=1,G=2 |
| label | .blue,black | .blue.black | .R,1,G,2 | .R=1.G=2 |
| matrix | ;color=blue,black | ;color=blue;color=black | ;color=R,1,G,2 | ;R=1;G=2 |
| form | color=blue,black | color=blue&color=black | color=R,1,G,2 | R=1&G=2 |
| spaceDelimited, pipeDelimited | color=blue%20black | as form | color=R%201%20G%202 | as form |
| deepObject | color[0]=blue&color[1]=black | | color[R]=1&color[G]=2 | |
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from spatialnb.errors import Invalid

Pair = tuple[str, str]
RESERVED = ":/?#[]@!$&'()*+,;="
_BETWEEN = {"form": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}


def scalar(value: Any) -> str:
    """A value in a place that holds text: true, 1.5, nothing as empty text, objects within as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, (Mapping, list)):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value)


def path_value(name: str, value: Any, style: str, explode: bool) -> str:
    """The percent-encoded text that stands for `{name}` in a path. Raises `Invalid` for what would leave its place."""
    for each in _leaves(value):
        if any(part in (".", "..") for part in scalar(each).split("/")):
            raise Invalid(f"{name} cannot have . or .. as a part of it; give the whole path.", name)
    lead, between = {"label": (".", "."), "matrix": (";", ";")}.get(style, ("", ","))

    def text(one: Any) -> str:
        return quote(scalar(one), safe="")

    if isinstance(value, Mapping):
        if explode:
            return lead + between.join(f"{text(key)}={text(one)}" for key, one in value.items())
        flat = ",".join(f"{text(key)},{text(one)}" for key, one in value.items())
        return f";{quote(name)}={flat}" if style == "matrix" else lead + flat
    if isinstance(value, list):
        if style == "matrix" and explode:
            return "".join(f";{quote(name)}={text(one)}" for one in value)
        flat = (between if explode else ",").join(text(one) for one in value)
        return f";{quote(name)}={flat}" if style == "matrix" else lead + flat
    return f";{quote(name)}={text(value)}" if style == "matrix" else lead + text(value)


def query_pairs(name: str, value: Any, style: str, explode: bool, reserved: bool = False) -> list[Pair]:
    """Percent-encoded names and values for a query or a form; nothing for what is not given or empty."""
    safe = RESERVED.replace("&", "").replace("=", "").replace("#", "").replace("+", "") if reserved else ""

    def text(one: Any) -> str:
        return quote(scalar(one), safe=safe)

    key = quote(name, safe="")
    if value is None:
        return []
    if style == "deepObject" and isinstance(value, (Mapping, list)):
        return [(quote(inner, safe=""), text(one)) for inner, one in _deep(name, value)]
    between = _BETWEEN.get(style, ",")
    if isinstance(value, Mapping):
        if explode and style != "deepObject":
            return [(quote(str(k), safe=""), text(v)) for k, v in value.items() if v is not None]
        flat = between.join(f"{text(str(k))}{between}{text(v)}" for k, v in value.items() if v is not None)
        return [(key, flat)] if flat else []
    if isinstance(value, list):
        if explode:
            return [(key, text(one)) for one in value]
        return [(key, between.join(text(one) for one in value))] if value else []
    return [(key, text(value))]


def header_value(name: str, value: Any, explode: bool) -> str:
    """Text for a header (style simple). Raises `Invalid` for line breaks and other control characters."""
    if isinstance(value, Mapping):
        text = ",".join(f"{k}={scalar(v)}" if explode else f"{k},{scalar(v)}" for k, v in value.items())
    elif isinstance(value, list):
        text = ",".join(scalar(one) for one in value)
    else:
        text = scalar(value)
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise Invalid(f"{name} goes into a header, which cannot hold line breaks.", name)
    return text


def _deep(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, (Mapping, list)):
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _deep(f"{name}[{key}]", inner)
    elif value is not None:
        yield name, value


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value
