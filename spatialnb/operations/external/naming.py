"""Names of operations and of their arguments, made from what outside documents call things."""

from __future__ import annotations

import hashlib
import keyword
import re
from collections.abc import Iterable

from pydantic import BaseModel

LONGEST = 64
"""Characters of a tool's name that every provider of models takes."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TAKEN = frozenset(dir(BaseModel)) | {"ctx", "self"}


def snake(text: str) -> str:
    """Words of `text` in lower case, joined by underscores: "repos/listForUser" is "repos_list_for_user"."""
    return "_".join(re.findall(r"[a-z0-9]+", _HUMP.sub("_", text).lower()))


def source_name(title: str) -> str:
    """A short name for a source from the title of its document: "Jupyter Server API" is "jupyter_server"."""
    words = snake(title).split("_")
    kept = [word for word in words if word not in _EMPTY and not re.fullmatch(r"v?\d+", word)] or words
    name = "_".join(kept)[:24].strip("_")
    return name if name and not name[0].isdigit() else f"api_{name}".strip("_")


_EMPTY = frozenset({"api", "apis", "rest", "the", "openapi", "swagger", "specification", "spec", "mcp", "http", "web"})


def operation_name(source: str, operation_id: str, method: str, path: str) -> str:
    """`<source>_<operationId>`, or `<source>_<method>_<path>` where the document gives no id. Not yet unique."""
    own = snake(operation_id) or f"{method.lower()}_{snake(path)}".rstrip("_")
    prefix = f"{source}_"
    return own if own.startswith(prefix) else f"{prefix}{own}"


def unique(name: str, meaning: str, taken: Iterable[str]) -> str:
    """`name`, cut to what is allowed; told apart by a hash of `meaning` where it was cut or is in use already.

    The hash is of what the operation is, not of its place in the document, so that a name stays when others are added.
    """
    used = taken if isinstance(taken, (set, frozenset, dict)) else set(taken)
    if len(name) <= LONGEST and name not in used:
        return name
    mark = hashlib.sha256(meaning.encode()).hexdigest()
    for size in (6, 12, 24):
        told = f"{name[: LONGEST - size - 1].rstrip('_')}_{mark[:size]}"
        if told not in used:
            return told
    raise ValueError(f"{name} is there twice with the same meaning.")


def argument_name(wire: str, taken: Iterable[str]) -> str:
    """A Python name for a parameter: as it is where that can be, "per-page" as `per_page`, "from" as `from_`."""
    name = wire if wire.isidentifier() else re.sub(r"\W+", "_", wire, flags=re.ASCII).strip("_")
    name = name.strip("_") or "value"
    if name[0].isdigit():
        name = f"n{name}"
    if not name.isascii():
        name = re.sub(r"[^0-9A-Za-z_]+", "_", name).strip("_") or "value"
    if keyword.iskeyword(name) or name in _TAKEN or name.startswith("model_"):
        name += "_"
    used, plain, count = set(taken), name, 2
    while name in used:
        name, count = f"{plain.rstrip('_')}_{count}", count + 1
    return name
