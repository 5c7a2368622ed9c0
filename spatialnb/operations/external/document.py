"""An API's document: read from a mapping, a file or a URL, bounded, as plain JSON data with every reference in it.

References to other documents are followed only to where the document itself came from: the same origin for a URL, the
same folder or one under it for a file. What they point at is taken into the document, under `x-others`.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from spatialnb.errors import Invalid, NotFound, Unsupported
from spatialnb.models.base import canonical_json

LARGEST = 48 * 1024 * 1024
"""Bytes of a document."""
MOST_VALUES = 8_000_000
"""Values in a document, counted as often as a YAML alias repeats them."""
DEEPEST = 200
OTHERS = "x-others"
MOST_OTHERS = 100
Fetch = Callable[[str], bytes]
"""Bytes of a URL; raises the errors of `spatialnb.errors`."""


@dataclass(frozen=True)
class Document:
    """A document as JSON data; all its references begin with `#`."""

    data: Mapping[str, Any]
    location: str = ""
    """URL or path it came from, or empty."""
    hash: str = ""
    """SHA-256 of the bytes it was read from, or of its canonical JSON."""
    _cache: dict[str, Any] = field(default_factory=dict[str, Any], repr=False, compare=False)

    def at(self, reference: str) -> Any:
        """What a reference such as `#/components/schemas/Pet` points at. Raises `Invalid`."""
        if reference not in self._cache:
            self._cache[reference] = pointed(self.data, reference)
        return self._cache[reference]


def pointed(data: Any, reference: str) -> Any:
    """What a JSON pointer reference (`#/a/b`) points at in `data`. Raises `Invalid`."""
    value = data
    for part in unquote(reference.removeprefix("#")).split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            raise Invalid(f"The document refers to {reference}, which is not in it.", "document")
    return value


def load(document: Mapping[str, Any] | str | Path, fetch: Fetch) -> Document:
    """Read a document from JSON data, a path, a URL, or its own text.

    Raises `NotFound` for a path that is none, `Unsupported` for what is no such document, is too large, or refers to
    documents that are not beside it.
    """
    if isinstance(document, Mapping):
        data = _plain(document)
        digest = hashlib.sha256(canonical_json(data).encode()).hexdigest()
        return _whole(data, "", digest, fetch)
    text = str(document)
    if (isinstance(document, str) and text.lstrip()[:1] == "{") or "\n" in text:
        raw, location = text.encode(), ""
    elif re.match(r"https?://", text):
        raw, location = fetch(text), text
    else:
        raw, location = _read(Path(text).expanduser()), str(Path(text).expanduser().absolute())
    return _whole(_parsed(raw, location), location, hashlib.sha256(raw).hexdigest(), fetch)


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise NotFound(f"There is no document {path}; give a path, a URL or the document itself.")
    if path.stat().st_size > LARGEST:
        raise _too_large()
    return path.read_bytes()


def _parsed(raw: bytes, location: str) -> dict[str, Any]:
    if len(raw) > LARGEST:
        raise _too_large()
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        data = _yaml(raw, location)
    return _plain(data)


def _yaml(raw: bytes, location: str) -> Any:
    """YAML as JSON data: nothing but plain values is made, and dates and words such as `on` stay text."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):
        """YAML 1.2's idea of what is a number or a truth value, which is JSON's."""

    left_out = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"}
    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in rules if tag not in left_out]
        for first, rules in base.yaml_implicit_resolvers.items()
    }
    Loader.add_implicit_resolver(
        "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), "tTfF"
    )
    try:
        # What builds the values calls itself for each level; how deep it will go is known from the events alone.
        depth = 0
        for event in yaml.parse(raw, Loader=base):
            opens = isinstance(event, yaml.CollectionStartEvent)
            depth += opens - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise _too_deep()
        return yaml.load(raw, Loader=Loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        where = f" in {location}" if location else ""
        raise Unsupported(f"This{where} is neither JSON nor YAML: {str(error).splitlines()[0]}.") from None


def _plain(data: Any) -> dict[str, Any]:
    """Checked to be JSON data of a bounded size, with text as keys."""
    if not isinstance(data, Mapping):
        raise Unsupported("This is no API document: it should be a JSON or YAML object.")
    if expanded(data, {}) > MOST_VALUES:
        raise _too_large()
    made: dict[str, Any] = _copied(data)
    return made


def _copied(value: Any) -> Any:
    """A copy that shares nothing with itself, so that a change in one place is a change in one place."""
    if isinstance(value, Mapping):
        return {_key(key): _copied(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copied(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (str, bool, int)) else str(value)


def expanded(value: Any, seen: dict[int, int], depth: int = 0) -> int:
    """How many values there are when everything that is shared is counted each time; shared parts are walked once."""
    if not isinstance(value, (Mapping, list, tuple)):
        return 1
    if depth > DEEPEST:
        raise _too_deep()
    if (known := seen.get(id(value))) is not None:
        return known
    inner = value.values() if isinstance(value, Mapping) else value
    seen[id(value)] = size = 1 + sum(expanded(each, seen, depth + 1) for each in inner)
    return size


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return str(key).lower()
    return "null" if key is None else str(key)


def _too_deep() -> Unsupported:
    return Unsupported(f"The document is nested more than {DEEPEST} deep, or contains itself.")


def _too_large() -> Unsupported:
    return Unsupported(f"The document is too large: more than {LARGEST >> 20} MB, or {MOST_VALUES:,} values.")


# -- references to other documents ------------------------------------------------------------------------------------
def _whole(data: dict[str, Any], location: str, digest: str, fetch: Fetch) -> Document:
    """With what it refers to elsewhere taken in."""
    taken: dict[str, str] = {}
    waiting: list[tuple[Any, str]] = [(data, location)]
    while waiting:
        root, base = waiting.pop()
        own = taken.get(base, "")
        for holder in _holders(root):
            address, fragment = urldefrag(holder["$ref"])
            fragment = fragment if fragment.startswith("/") or not fragment else f"/{fragment}"
            if not address:
                # Within a document that was taken in, "#/a" means its own "a".
                holder["$ref"] = f"#{own}{fragment}" if own else holder["$ref"]
                continue
            target = _allowed(address, base or location, location)
            if target not in taken and target != location:
                if len(taken) >= MOST_OTHERS:
                    raise Unsupported(f"The document refers to more than {MOST_OTHERS} others.")
                raw = fetch(target) if "://" in target else _read(Path(target))
                taken[target] = f"/{OTHERS}/{len(taken)}"
                other = _parsed(raw, target)
                data.setdefault(OTHERS, {})[str(len(taken) - 1)] = other
                waiting.append((other, target))
            holder["$ref"] = f"#{taken.get(target, '')}{fragment}"
    if taken:
        digest = hashlib.sha256(canonical_json(data).encode()).hexdigest()
    return Document(data, location, digest)


def _holders(root: Any) -> list[dict[str, Any]]:
    """Every object with a `$ref` that is text."""
    found: list[dict[str, Any]] = []
    todo = [root]
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                found.append(value)
            todo.extend(inner for key, inner in value.items() if key not in _DATA)
        elif isinstance(value, list):
            todo.extend(value)
    return found


_DATA = frozenset({"example", "enum", "const"})
"""Keys whose values are data: a `$ref` in them refers to nothing."""


def _allowed(address: str, base: str, first: str) -> str:
    """The absolute address of what `base` calls `address`. Raises `Unsupported` where it is not beside the first."""
    refused = Unsupported(
        f"The document refers to {address}, which is not where it came from; join the documents into one first."
    )
    if not base:
        raise refused
    if "://" in base:
        target = urljoin(base, address)
        if urlsplit(target)[:2] != urlsplit(first)[:2]:
            raise refused
        return target
    if "://" in address or address.startswith("//"):
        raise refused
    target = (Path(base).parent / unquote(address)).resolve()
    if not target.is_relative_to(Path(first).parent.resolve()):
        raise refused
    return str(target)
