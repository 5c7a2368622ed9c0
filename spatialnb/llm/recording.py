"""The file of recorded calls: JSON that people can read and compare, written whole or not at all.

    {"form": "spatialnb calls 1",
     "calls": [{"kind": "model", "title": "...", "request": {...}, "chunks": [...]}, ...],
     "shared": {"arrange-3f2a9c41": {...}, ...}}

A call has a `response`, or the `chunks` of a stream, or an `error` (after chunks, where the stream broke off). Long
values that calls have in common, such as the schemas of tools, stand once under `shared` and are `{"$shared": name}`
where they are used. A text of several lines is `{"$lines": [...]}`. Binary data (base64, or a data URL) is a file named
by its hash in the folder `<name>.calls` beside it, and is `{"$file": name}`.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from spatialnb.errors import Invalid
from spatialnb.llm.meaning import key
from spatialnb.models.base import Json, canonical_json
from spatialnb.store.lock import FileLock

FORM = "spatialnb calls 1"
WIDTH = 120
LONG = 300
"""Characters of a text, or of a tool, from which on it is shared."""
BINARY = 1024
"""Characters of base64 from which on it is a file."""
OURS = frozenset({"$shared", "$lines", "$file", "$plain"})
_BASE64 = re.compile(r"(data:[\w.+-]+/[\w.+;=-]+;base64,)?([A-Za-z0-9+/]+={0,2})")
_ENDINGS = {
    b"\x89PNG": "png",
    b"\xff\xd8\xff": "jpg",
    b"RIFF": "riff",
    b"GIF8": "gif",
    b"ID3": "mp3",
    b"OggS": "ogg",
    b"fLaC": "flac",
    b"glTF": "glb",
    b"%PDF": "pdf",
}


@dataclass(frozen=True)
class Form:
    """A call as it stands in the file, and what it refers to there."""

    text: str
    shared: Mapping[str, Json]
    files: frozenset[str]
    unwritten: dict[str, bytes]
    """Those of the files that have not been written yet."""


@dataclass(frozen=True)
class Call:
    """A recorded call. Exactly one of `response`, `chunks`, `error` is meant, but that a stream may end in an error."""

    kind: str
    title: str
    request: Json
    response: Json = None
    chunks: tuple[Json, ...] | None = None
    error: Mapping[str, Json] | None = None

    @cached_property
    def key(self) -> str:
        """Equal for calls that mean the same."""
        return key(self.kind, self.request)

    @cached_property
    def form(self) -> Form:
        """As it stands in the file."""
        shared: dict[str, Json] = {}
        files: dict[str, bytes] = {}
        packed = _packed(self.written(), shared, files)
        return Form(f"  {dumped(packed, 2)}", shared, frozenset(files), files)

    def written(self) -> dict[str, Json]:
        data: dict[str, Json] = {"kind": self.kind, "title": self.title, "request": self.request}
        if self.chunks is not None:
            data["chunks"] = list(self.chunks)
        if self.error is not None:
            data["error"] = dict(self.error)
        elif self.chunks is None:
            data["response"] = self.response
        return data


class Recording:
    """The recorded calls of one file. Several processes may write to it; each write takes in what others wrote."""

    def __init__(self, path: Path) -> None:
        self.path = path
        mark = hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:24]
        owner = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
        self._lock = Path(tempfile.gettempdir()) / f"spatialnb-{owner}-{mark}.lock"
        self._known: tuple[tuple[int, int, int], tuple[Call, ...]] | None = None

    @property
    def folder(self) -> Path:
        """Where binary data are put."""
        return self.path.with_suffix("") if self.path.suffix else self.path.with_name(f"{self.path.name}.data")

    def exclusively(self) -> FileLock:
        """Hold this while reading and writing, so that nothing another process wrote is lost."""
        return FileLock(self._lock)

    def calls(self) -> tuple[Call, ...]:
        """What is recorded, in the file's order. Raises `Invalid` if the file is none of ours or is damaged."""
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            self._known = None
            return ()
        stamp = _stamp(stat)
        if self._known is None or self._known[0] != stamp:
            self._known = (stamp, self._read())
        return self._known[1]

    def _read(self) -> tuple[Call, ...]:
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
            if data.get("form") != FORM:
                raise ValueError("of another form")
            shared = data.get("shared", {})
            return tuple(self._call(self._unpacked(call, shared)) for call in data["calls"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            told = type(error).__name__ if isinstance(error, (KeyError, TypeError)) else str(error)
            raise Invalid(
                f"{self.path.name} is no recording that can be read ({told}). Restore it, or delete it and record anew "
                "with SPATIALNB_REPLAY=record."
            ) from None

    @staticmethod
    def _call(data: Any) -> Call:
        chunks = data.get("chunks")
        return Call(
            str(data["kind"]),
            str(data.get("title", "")),
            data["request"],
            data.get("response"),
            None if chunks is None else tuple(chunks),
            data.get("error"),
        )

    def write(self, calls: Sequence[Call]) -> None:
        """Replace what is recorded. Hold the lock."""
        shared: dict[str, Json] = {}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        for call in calls:
            shared |= call.form.shared
            for name, data in call.form.unwritten.items():
                if not (place := self.folder / name).exists():
                    self.folder.mkdir(exist_ok=True)
                    _replace(place, data)
            call.form.unwritten.clear()
        listed = ",\n".join(call.form.text for call in calls)
        others = dumped(dict(sorted(shared.items())), 1)
        text = f'{{\n "form": {json.dumps(FORM)},\n "calls": [\n{listed}\n ],\n "shared": {others}\n}}\n'
        _replace(self.path, text.encode())
        self._known = (_stamp(self.path.stat()), tuple(calls))
        self._tidy({name for call in calls for name in call.form.files})

    def _tidy(self, used: Iterable[str]) -> None:
        """Take away files that no call refers to any more."""
        if not self.folder.is_dir():
            return
        for place in self.folder.iterdir():
            if place.name not in used and re.fullmatch(r"[0-9a-f]{24}\.\w+", place.name):
                with contextlib.suppress(OSError):
                    place.unlink()
        with contextlib.suppress(OSError):
            self.folder.rmdir()  # only if it is empty

    def _unpacked(self, value: Any, shared: Mapping[str, Any]) -> Any:
        if isinstance(value, list):
            return [self._unpacked(inner, shared) for inner in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, inner),) = value.items()
            if name == "$plain":
                return {key: self._unpacked(held, shared) for key, held in inner.items()}
            if name == "$lines":
                return "\n".join(inner)
            if name == "$shared":
                return self._unpacked(shared[inner], shared)
            if name == "$file":
                return self._loaded(inner)
        return {key: self._unpacked(inner, shared) for key, inner in value.items()}

    def _loaded(self, told: str) -> str:
        head, _, name = told.rpartition(" ")
        if not re.fullmatch(r"[0-9a-f]{24}\.\w+", name):
            raise ValueError(f"“{told}” names no file of it")
        try:
            data = (self.folder / name).read_bytes()
        except OSError:
            raise ValueError(f"{self.folder.name}/{name} is missing") from None
        return head + base64.b64encode(data).decode()


def _stamp(stat: os.stat_result) -> tuple[int, int, int]:
    """Differs after a file was written."""
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)


def _replace(place: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    descriptor, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, place)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


# -- the written form --------------------------------------------------------------------------------------------------
def _packed(value: Any, shared: dict[str, Json] | None, files: dict[str, bytes]) -> Any:
    """`value` as it is written. What is long goes to `shared` (None: nothing does) and to `files`."""
    if isinstance(value, str):
        return _text(value, shared, files)
    if isinstance(value, (list, tuple)):
        return [_packed(inner, shared, files) for inner in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1 and OURS.intersection(value):
        return {"$plain": {name: _packed(inner, shared, files) for name, inner in value.items()}}
    packed: dict[str, Any] = {}
    for name, inner in value.items():
        if name == "tools" and isinstance(inner, (list, tuple)):
            packed[name] = [_share(_packed(tool, None, files), shared, _tool_name(tool)) for tool in inner]
        else:
            packed[name] = _packed(inner, shared, files)
    return packed


def _text(text: str, shared: dict[str, Json] | None, files: dict[str, bytes]) -> Json:
    if len(text) >= BINARY and (told := _filed(text, files)):
        return {"$file": told}
    told: Any = {"$lines": text.split("\n")} if "\n" in text else text
    return _share(told, shared, text) if len(text) >= LONG else told


def _filed(text: str, files: dict[str, bytes]) -> str:
    """How a file is referred to that holds what `text` encodes; empty if that is no base64."""
    match = _BASE64.fullmatch(text)
    if match is None or len(match[2]) % 4:
        return ""
    try:
        data = base64.b64decode(match[2], validate=True)
    except binascii.Error:
        return ""
    if base64.b64encode(data).decode() != match[2] or len(set(match[2])) < 16:
        return ""
    ending = next((ending for start, ending in _ENDINGS.items() if data.startswith(start)), "bin")
    name = f"{hashlib.sha256(data).hexdigest()[:24]}.{ending}"
    files[name] = data
    return f"{match[1] or ''} {name}"


def _share(value: Any, shared: dict[str, Json] | None, words: str) -> Json:
    """A reference to `value`, kept under `shared` by its first words and its hash; or `value`, if it is short."""
    text = canonical_json(value)
    if shared is None or len(text) < LONG:
        return value
    stem = "-".join(re.findall(r"[a-z0-9_]+", words[:200].lower())[:4])[:40] or "value"
    name = f"{stem}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    shared[name] = value
    return {"$shared": name}


def _tool_name(tool: Any) -> str:
    function = tool.get("function", tool) if isinstance(tool, Mapping) else {}
    return str(function.get("name", "tool")) if isinstance(function, Mapping) else "tool"


def dumped(value: Any, indent: int = 0) -> str:
    """JSON with a line a thing, but what fits on one line, and rows of numbers, on one."""
    room = WIDTH - indent
    if not isinstance(value, (dict, list)) or not value:
        return json.dumps(value, ensure_ascii=False)
    plain = isinstance(value, list) and all(isinstance(inner, (int, float)) for inner in value)
    if plain or not _is_deep(value):
        line = json.dumps(value, ensure_ascii=False)
        if plain or len(line) <= room:
            return line
    pad = " " * (indent + 1)
    if isinstance(value, dict):
        inner = [f"{pad}{json.dumps(k, ensure_ascii=False)}: {dumped(v, indent + 1)}" for k, v in value.items()]
        return "{\n" + ",\n".join(inner) + f"\n{' ' * indent}}}"
    return "[\n" + ",\n".join(f"{pad}{dumped(v, indent + 1)}" for v in value) + f"\n{' ' * indent}]"


def _is_deep(value: Any) -> bool:
    """Whether something stands three or more levels below: that is not for one line."""
    inner = value.values() if isinstance(value, dict) else value
    return any(
        isinstance(v, (dict, list))
        and any(isinstance(w, (dict, list)) and w for w in (v.values() if isinstance(v, dict) else v))
        for v in inner
    )
