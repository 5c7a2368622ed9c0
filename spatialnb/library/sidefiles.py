"""Files that belong to a model: what a glTF or an OBJ refers to in its own folder."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from spatialnb.library import gltf
from spatialnb.library.kinds import Kind

_MAX_LINES = 2_000_000
BUNDLE_MIME = "application/zip"


def side_files(path: Path, kind: Kind) -> tuple[Path, ...]:
    """The files beside `path` that are part of it; they need not exist."""
    if kind.format in ("gltf", "glb"):
        return gltf.side_files(path)
    return _of_obj(path) if kind.format == "obj" else ()


def bundle(path: Path, sides: tuple[Path, ...]) -> bytes:
    """An OBJ with its materials and pictures in one ZIP whose bytes depend on nothing but names and contents."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for file in (path, *sorted(sides)):
            name = file.resolve().relative_to(path.parent.resolve()).as_posix()
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), file.read_bytes())
    return out.getvalue()


def within(name: str, folder: Path) -> Path | None:
    """The file called `name` in `folder` or under it, or None if the name leads outside."""
    root = folder.resolve()
    target = (root / name.replace("\\", "/")).resolve()
    return target if "://" not in name and target.is_relative_to(root) else None


def _of_obj(path: Path) -> tuple[Path, ...]:
    found: list[Path] = []
    for name in _named(path, ("mtllib",)):
        material = within(name, path.parent)
        if material is None:
            continue
        found.append(material)
        if material.is_file():
            pictures = _named(material, ("map_", "bump", "norm", "disp", "decal", "refl"))
            found += [picture for picture in (within(entry, material.parent) for entry in pictures) if picture]
    return tuple(dict.fromkeys(found))


def _named(path: Path, starts: tuple[str, ...]) -> list[str]:
    """What comes last in the lines that begin with one of `starts`: a file name, which may hold blanks."""
    names: list[str] = []
    with path.open("r", encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file):
            if number > _MAX_LINES:
                break
            words = line.strip().split()
            if len(words) > 1 and words[0].lower().startswith(starts):
                whole = line.strip()[len(words[0]) :].strip()
                names.append(whole if not whole.startswith("-") else words[-1])
    return names
