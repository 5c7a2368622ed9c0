"""What a file is, by its content and not by its name.

Formats with a certain signature are told by it. A learned detector (magika, loaded when first needed) answers for the
rest.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from spatialnb.errors import Unsupported
from spatialnb.models.asset import AssetKind

HEAD = 4096
"""Bytes read from the beginning of a file to tell what it is."""


@dataclass(frozen=True)
class Kind:
    """What a file is: the kind of asset, its format in one word, and its media type."""

    kind: AssetKind
    format: str
    mime: str


JPEG = Kind("image", "jpeg", "image/jpeg")
PNG = Kind("image", "png", "image/png")
GIF = Kind("image", "gif", "image/gif")
WEBP = Kind("image", "webp", "image/webp")
BMP = Kind("image", "bmp", "image/bmp")
TIFF = Kind("image", "tiff", "image/tiff")
AVIF = Kind("image", "avif", "image/avif")
# What a container holds, film or sound, is known only when it is opened: see probe_video.
MP4 = Kind("video", "mp4", "video/mp4")
MOV = Kind("video", "mov", "video/quicktime")
MATROSKA = Kind("video", "matroska", "video/x-matroska")
AVI = Kind("video", "avi", "video/x-msvideo")
FLV = Kind("video", "flv", "video/x-flv")
MPEG = Kind("video", "mpeg", "video/mpeg")
ASF = Kind("video", "asf", "video/x-ms-asf")
OGG = Kind("audio", "ogg", "audio/ogg")
M4A = Kind("audio", "m4a", "audio/mp4")
WAV = Kind("audio", "wav", "audio/wav")
FLAC = Kind("audio", "flac", "audio/flac")
MP3 = Kind("audio", "mp3", "audio/mpeg")
AAC = Kind("audio", "aac", "audio/aac")
AIFF = Kind("audio", "aiff", "audio/aiff")
CAF = Kind("audio", "caf", "audio/x-caf")
AMR = Kind("audio", "amr", "audio/amr")
GLB = Kind("model", "glb", "model/gltf-binary")
GLTF = Kind("model", "gltf", "model/gltf+json")
OBJ = Kind("model", "obj", "model/obj")
STL = Kind("model", "stl", "model/stl")
TEXT = Kind("text", "text", "text/plain")

_FORMATS: dict[str, Kind] = {
    kind.format: kind
    for kind in (
        *(JPEG, PNG, GIF, WEBP, BMP, TIFF, AVIF),
        *(MP4, MOV, MATROSKA, AVI, FLV, MPEG, ASF),
        *(OGG, M4A, WAV, FLAC, MP3, AAC, AIFF, CAF, AMR),
        *(GLB, GLTF, OBJ, STL, TEXT),
    )
}
_SPELT_WITH_AN = frozenset(("MP4", "MP3", "M4A", "FLV", "STL"))

_SIGNATURES: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"\xff\xd8\xff", JPEG),
    (0, b"\x89PNG\r\n\x1a\n", PNG),
    (0, b"GIF87a", GIF),
    (0, b"GIF89a", GIF),
    (8, b"WEBP", WEBP),
    (0, b"II*\0", TIFF),
    (0, b"MM\0*", TIFF),
    (8, b"WAVE", WAV),
    (8, b"AVI ", AVI),
    (0, b"\x1aE\xdf\xa3", MATROSKA),
    (0, b"FLV\x01", FLV),
    (0, b"\x00\x00\x01\xba", MPEG),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", ASF),
    (0, b"OggS", OGG),
    (0, b"fLaC", FLAC),
    (0, b"ID3", MP3),
    (8, b"AIFF", AIFF),
    (8, b"AIFC", AIFF),
    (0, b"caff", CAF),
    (0, b"#!AMR", AMR),
    (0, b"glTF", GLB),
)

_REFUSED: tuple[tuple[int, bytes, str], ...] = (
    (0, b"PK\x03\x04", "It is a ZIP archive (or a document made of one); unpack it and ingest the folder."),
    (0, b"PK\x05\x06", "It is an empty ZIP archive."),
    (0, b"\x1f\x8b", "It is a compressed archive; unpack it and ingest the folder."),
    (0, b"7z\xbc\xaf\x27\x1c", "It is a 7z archive; unpack it and ingest the folder."),
    (0, b"Rar!\x1a\x07", "It is a RAR archive; unpack it and ingest the folder."),
    (257, b"ustar", "It is a tar archive; unpack it and ingest the folder."),
    (0, b"%PDF", "PDF documents cannot be placed in a space; export the pages as pictures or the words as text."),
    (0, b"8BPS", "Photoshop documents cannot be read; export it as PNG or JPEG."),
    (0, b"MThd", "MIDI files hold notes and no sound; render it to WAV or FLAC."),
    (0, b"\0\0\0\x0cJXL ", "JPEG XL pictures cannot be read; save it as JPEG or PNG."),
    (0, b"\xff\x0a", "JPEG XL pictures cannot be read; save it as JPEG or PNG."),
    (0, b"\0\0\0\x0cjP  ", "JPEG 2000 pictures cannot be read; save it as JPEG or PNG."),
)

_BRANDS: dict[bytes, Kind | str] = {
    b"avif": AVIF,
    b"avis": AVIF,
    b"heic": "HEIC pictures cannot be read; save it as JPEG or PNG.",
    b"heix": "HEIC pictures cannot be read; save it as JPEG or PNG.",
    b"hevc": "HEIC pictures cannot be read; save it as JPEG or PNG.",
    b"mif1": "HEIC pictures cannot be read; save it as JPEG or PNG.",
    b"crx ": "Camera raw pictures cannot be read; develop it to JPEG or PNG.",
    b"M4A ": M4A,
    b"M4B ": M4A,
    b"qt  ": MOV,
}

_SUFFIXES: dict[str, str] = {
    **dict.fromkeys(("jpg", "jpeg", "jpe", "jfif"), "image"),
    **dict.fromkeys(("png", "gif", "webp", "bmp", "tif", "tiff", "avif"), "image"),
    **dict.fromkeys(
        ("mp4", "m4v", "mov", "mkv", "webm", "avi", "flv", "mpg", "mpeg", "wmv", "ogv", "ts", "3gp"), "video"
    ),
    **dict.fromkeys(("wav", "flac", "mp3", "ogg", "oga", "opus", "m4a", "aac", "aif", "aiff", "caf", "amr"), "audio"),
    **dict.fromkeys(("glb", "gltf", "obj", "stl"), "model"),
    **dict.fromkeys(("txt", "md", "rst", "csv", "json", "html", "srt", "vtt", "py"), "text"),
}
_EXACT = {
    "jpg": "jpeg",
    "jpe": "jpeg",
    "jfif": "jpeg",
    "tif": "tiff",
    "aif": "aiff",
    "oga": "ogg",
    "opus": "ogg",
    "mkv": "matroska",
}
_TEXT_MIMES = {"md": "text/markdown", "markdown": "text/markdown", "csv": "text/csv", "vtt": "text/vtt"}


def kind_of(path: Path) -> Kind:
    """What the regular file at `path` is. Raises `Unsupported` for what cannot be used, saying why."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise Unsupported("The file is empty.")
    if not head.strip(b"\0"):
        raise Unsupported("The file holds nothing but zeros; it was probably not copied to its end.")
    for test in _TESTS:
        if (found := test(path, head)) is not None:
            return found
    return _by_learned_detector(path)


def misnamed(name: str, kind: Kind) -> str:
    """A sentence when a file's name promises something else than it is, or empty."""
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    promised = _SUFFIXES.get(suffix)
    if promised is None:
        return ""
    exact = _EXACT.get(suffix, suffix)
    fits = exact not in _FORMATS or exact == kind.format or kind.kind in ("text", "video")
    return (
        ""
        if promised == kind.kind and fits
        else f"Its name ends in .{suffix}, but it is {_described(kind)}; it was taken as that."
    )


def _described(kind: Kind) -> str:
    words = {"image": "picture", "video": "video", "audio": "sound", "model": "3D model", "text": "text"}
    if kind.kind == "text":
        return "a text"
    name = kind.format.upper() if len(kind.format) <= 4 else kind.format.capitalize()
    article = "an" if name in _SPELT_WITH_AN or name[0] in "AO" else "a"
    return f"{article} {name} {words[kind.kind]}"


# -- tests, the certain ones first -------------------------------------------------------------------------------------
def _by_signature(_: Path, head: bytes) -> Kind | None:
    for offset, magic, reason in _REFUSED:
        if head.startswith(magic, offset):
            raise Unsupported(reason)
    for offset, magic, kind in _SIGNATURES:
        if head.startswith(magic, offset) and (offset != 8 or head[:4] in (b"RIFF", b"RF64", b"FORM")):
            return kind
    return None


def _by_brand(_: Path, head: bytes) -> Kind | None:
    """ISO media files (MP4, QuickTime, AVIF, HEIC) name their brand in the first box."""
    if head[4:8] in (b"moov", b"mdat", b"wide") and len(head) > 16:
        return MOV
    if head[4:8] != b"ftyp":
        return None
    found = _BRANDS.get(head[8:12], MP4)
    if isinstance(found, str):
        # A "mif1" picture may still be an AVIF.
        if b"avif" in head[: int.from_bytes(head[:4], "big")]:
            return AVIF
        raise Unsupported(found)
    return found


def _by_frames(_: Path, head: bytes) -> Kind | None:
    """Streams without a file header: MP3, AAC, MPEG transport, and bitmaps, whose two letters alone say little."""
    if head[:2] == b"BM" and len(head) > 26 and int.from_bytes(head[14:18], "little") in (12, 40, 52, 56, 64, 108, 124):
        return BMP
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return MPEG
    if head[0] == 0xFF and len(head) > 3:
        if head[1] & 0xF6 == 0xF0:
            return AAC
        if head[1] & 0xE0 == 0xE0 and head[1] & 0x06 == 0x02 and head[2] >> 4 not in (0, 15) and head[2] & 0x0C != 0x0C:
            return MP3
    return None


def _by_geometry(path: Path, head: bytes) -> Kind | None:
    """Binary STL has no signature, but its length follows from its count of triangles."""
    if len(head) >= 84:
        count = int.from_bytes(head[80:84], "little")
        if count and path.stat().st_size == 84 + 50 * count:
            return STL
    if re.match(rb"\s*solid\b", head) and re.search(rb"\bfacet\s+normal\b", head):
        return STL
    return None


_OBJ_LINE = re.compile(
    r"(?:v|vn|vt)(?:\s+[-+]?[\d.]+(?:[eE][-+]?\d+)?){2,}\s*$|f(?:\s+-?\d[\d/-]*){3,}\s*$|mtllib\s+\S"
)
_OBJ_OTHER = re.compile(r"(?:o|g|s|usemtl|mtllib|vp|l|p|cstype|deg)\b")


def _by_text(path: Path, head: bytes) -> Kind | None:
    words = _plain(head)
    if words is None:
        return None
    start = words.lstrip("\ufeff \t\r\n")
    if start.startswith("{") and _is_gltf(path):
        return GLTF
    if re.match(r"(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*(?:<!DOCTYPE svg[^>]*>\s*)?<svg\b", start, re.S):
        raise Unsupported("SVG drawings cannot be read yet; export it as PNG.")
    if start.startswith("#EXTM3U"):
        raise Unsupported("It is a playlist and holds no media itself; ingest the files it lists.")
    if re.match(r"(?:#[^\n]*\n\s*)*newmtl\s", start):
        raise Unsupported("It is the material file of a 3D model that is not there; ingest it together with its OBJ.")
    lines = [line.strip() for line in words.splitlines()[:-1] or words.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    geometry = sum(bool(_OBJ_LINE.match(line)) for line in lines)
    if geometry >= 3 and all(_OBJ_LINE.match(line) or _OBJ_OTHER.match(line) for line in lines):
        return OBJ
    return Kind("text", "text", _TEXT_MIMES.get(path.suffix[1:].lower(), "text/plain"))


_TESTS: tuple[Callable[[Path, bytes], Kind | None], ...] = (
    _by_signature,
    _by_brand,
    _by_frames,
    _by_geometry,
    _by_text,
)


def _plain(head: bytes) -> str | None:
    """The head as text when it can be nothing else: UTF-16 with a mark, or clean UTF-8. None: ask the detector."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        words = head[: len(head) // 4 * 4].decode("utf-32", "replace")
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        words = head[: len(head) // 2 * 2].decode("utf-16", "replace")
    else:
        try:
            words = codecs.getincrementaldecoder("utf-8-sig")().decode(head, len(head) < HEAD)
        except UnicodeDecodeError:
            return None
    return None if re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", words) else words


def _is_gltf(path: Path) -> bool:
    if path.stat().st_size > 64 << 20:
        return False
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        # Not whole JSON. Only a file that says it is glTF is worth complaining about, and the reader does that.
        return path.suffix.lower() == ".gltf"
    asset = document.get("asset") if isinstance(document, dict) else None
    is_asset = isinstance(asset, dict) and str(asset.get("version", "")).startswith("2")
    return is_asset or path.suffix.lower() == ".gltf"


@cache
def _detector() -> Any:
    from magika import Magika

    return Magika()


def _by_learned_detector(path: Path) -> Kind:
    found = _detector().identify_path(path)
    output = found.output
    if output.group in ("text", "code") and found.score > 0.5:
        return TEXT
    if found.score > 0.8 and (kind := _FORMATS.get(str(output.label))):
        return kind
    what = str(output.description or "").strip()
    known = what and str(output.label) not in ("unknown", "undefined")
    told = f"It looks like {what}, which" if known else "What it is could not be told, and it"
    raise Unsupported(f"{told} cannot be used; images, video, audio, glTF, GLB, OBJ, STL and text can.")
