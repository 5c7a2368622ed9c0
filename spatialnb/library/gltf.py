"""glTF 2.0 as one self-contained GLB: buffers and pictures beside a `.gltf` are packed in, nothing outside is fetched.

Animations, skins and extensions stay as they are, since only where bytes are found is rewritten.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

from spatialnb.errors import Unsupported

Document: TypeAlias = dict[str, Any]
_JSON, _BIN = 0x4E4F534A, 0x004E4942
MAX_ELEMENTS = 60_000_000
"""Vertices and indices that a file may claim: an accessor without a buffer costs memory but no bytes."""
_UNREADABLE = {
    "KHR_draco_mesh_compression": "Draco",
    "EXT_meshopt_compression": "meshopt",
    "KHR_meshopt_compression": "meshopt",
}
_PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


def side_files(path: Path) -> tuple[Path, ...]:
    """The files in its own folder that a `.gltf` or `.glb` refers to. Broken files and foreign references have none."""
    try:
        document, _ = parse(path.read_bytes())
    except Unsupported:
        return ()
    found: list[Path] = []
    for holder in _holders(document):
        try:
            if (file := _beside(str(holder["uri"]), path)) is not None:
                found.append(file)
        except Unsupported:
            continue
    return tuple(dict.fromkeys(found))


def parse(data: bytes) -> tuple[Document, bytes]:
    """JSON and binary part of `.gltf` or `.glb` bytes. Raises `Unsupported` for what is not whole glTF 2.0."""
    text, binary = _chunks(data) if data[:4] == b"glTF" else (data, b"")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unsupported("The glTF file is not whole: its JSON cannot be read; export it again.") from error
    version = str(document.get("asset", {}).get("version", "")) if isinstance(document, dict) else ""
    if not version.startswith("2"):
        raise Unsupported("It is not glTF 2.0; export it again as glTF 2.0 or GLB.")
    _check(document)
    return document, binary


def packed(path: Path) -> tuple[bytes, Document]:
    """One self-contained GLB, and its JSON. The original's own bytes where it already is one.

    Raises `Unsupported` when it refers to anything outside its own folder, or to a file that is not there.
    """
    data = path.read_bytes()
    document, binary = parse(data)
    if data[:4] == b"glTF" and not any(not str(holder["uri"]).startswith("data:") for holder in _holders(document)):
        return data, document
    blob = bytearray(binary)
    starts = _pack_buffers(document, path, blob, len(binary))
    for view in document.get("bufferViews", []):
        view["byteOffset"] = int(view.get("byteOffset", 0)) + starts[int(view.get("buffer", 0))]
        view["buffer"] = 0
    for image in document.get("images", []):
        if "uri" in image:
            picture = _fetched(image.pop("uri"), path)
            image["mimeType"] = next((m for start, m in _PICTURES.items() if picture.startswith(start)), "image/png")
            image["bufferView"] = len(document.setdefault("bufferViews", []))
            document["bufferViews"].append(
                {"buffer": 0, "byteOffset": _append(blob, picture), "byteLength": len(picture)}
            )
    if blob:
        document["buffers"] = [{"byteLength": len(blob)}]
    return _glb(document, bytes(blob)), document


def _pack_buffers(document: Document, path: Path, blob: bytearray, own: int) -> list[int]:
    """Append every buffer to `blob`; where each begins."""
    starts: list[int] = []
    for index, buffer in enumerate(document.get("buffers", [])):
        if "uri" not in buffer:
            if index or not own:
                raise Unsupported("The glTF file has a buffer without bytes; export it again.")
            starts.append(0)
            continue
        data = _fetched(buffer["uri"], path)
        if len(data) < int(buffer.get("byteLength", 0)):
            raise Unsupported(f"'{_shown(buffer['uri'])}' is shorter than the glTF file says; copy it again.")
        starts.append(_append(blob, data))
    return starts


def _append(blob: bytearray, data: bytes) -> int:
    blob.extend(bytes(-len(blob) % 4))
    start = len(blob)
    blob.extend(data)
    return start


def _fetched(uri: Any, path: Path) -> bytes:
    file = _beside(str(uri), path)
    if file is None:
        head, _, body = str(uri).partition(",")
        try:
            return (
                base64.b64decode(body, validate=False) if head.endswith(";base64") else unquote(body).encode("latin-1")
            )
        except ValueError as error:
            raise Unsupported("The glTF file holds data that cannot be decoded; export it again.") from error
    try:
        return file.read_bytes()
    except OSError:
        raise Unsupported(
            f"'{_shown(uri)}', which the glTF file needs, is not beside it; ingest the whole folder."
        ) from None


def _beside(uri: str, path: Path) -> Path | None:
    """The file a reference means: inside the folder of `path`, or None for data in the reference itself."""
    if uri.startswith("data:"):
        return None
    relative = unquote(uri)
    folder = path.parent.resolve()
    target = folder / relative
    outside = "://" in uri or uri.startswith(("//", "/", "\\")) or ":" in relative.split("/")[0]
    if outside or not target.resolve().is_relative_to(folder):
        raise Unsupported(f"It refers to '{_shown(uri)}', which is outside its own folder; put that file beside it.")
    return target


def _check(document: Document) -> None:
    for name in document.get("extensionsRequired", []) or []:
        if name in _UNREADABLE:
            raise Unsupported(f"Its mesh is compressed with {_UNREADABLE[name]}; export it without compression.")
    claimed = 0
    for accessor in document.get("accessors", []) or []:
        count = accessor.get("count", 0) if isinstance(accessor, dict) else 0
        claimed += count if isinstance(count, int) and count > 0 else 0
    if claimed > MAX_ELEMENTS:
        raise Unsupported(f"It says it has {claimed:,} vertices and indices, more than can be shown; simplify it.")
    if _has_cycle(
        [node.get("children", []) or [] if isinstance(node, dict) else [] for node in document.get("nodes", []) or []]
    ):
        raise Unsupported("A node of the glTF file is its own ancestor; export it again.")


def _has_cycle(children: list[list[int]]) -> bool:
    """Whether the nodes, taken away leaves first, cannot all be taken away."""
    waiting = [sum(1 for child in row if 0 <= child < len(children)) for row in children]
    parents: dict[int, list[int]] = {}
    for index, row in enumerate(children):
        for child in row:
            parents.setdefault(child, []).append(index)
    ready = [index for index, count in enumerate(waiting) if not count]
    done = 0
    while ready:
        done += 1
        for parent in parents.get(ready.pop(), []):
            waiting[parent] -= 1
            if not waiting[parent]:
                ready.append(parent)
    return done < len(children)


def _holders(document: Document) -> Iterator[Document]:
    for part in ("buffers", "images"):
        for holder in document.get(part, []) or []:
            if isinstance(holder, dict) and "uri" in holder:
                yield holder


def _chunks(data: bytes) -> tuple[bytes, bytes]:
    if len(data) < 20 or struct.unpack_from("<I", data, 4)[0] != 2:
        raise Unsupported("It is not a whole GLB of version 2; export it again.")
    total = struct.unpack_from("<I", data, 8)[0]
    if total > len(data):
        raise Unsupported(f"The GLB was cut short: {len(data):,} of {total:,} bytes are there; copy it again.")
    parts: dict[int, bytes] = {}
    place = 12
    while place + 8 <= total:
        length, kind = struct.unpack_from("<II", data, place)
        parts.setdefault(kind, data[place + 8 : place + 8 + length])
        place += 8 + length
    return parts.get(_JSON, b""), parts.get(_BIN, b"")


def _glb(document: Document, blob: bytes) -> bytes:
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 4)
    blob += bytes(-len(blob) % 4)
    chunks = struct.pack("<II", len(text), _JSON) + text
    if blob:
        chunks += struct.pack("<II", len(blob), _BIN) + blob
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _shown(uri: Any) -> str:
    text = str(uri)
    return text if len(text) <= 60 else f"{text[:57]}..."
