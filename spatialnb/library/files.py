"""Which files an ingest means: files and folders, in natural order, without hidden ones."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from spatialnb.errors import NotFound, Unsupported

_LEFT_OUT = frozenset(("thumbs.db", "desktop.ini", "__macosx", "ehthumbs.db", "icon\r"))


@dataclass(frozen=True)
class Entry:
    """A file and its name in the report: its path relative to the folder that was ingested, with `/`."""

    path: Path
    name: str


def entries(paths: Iterable[str | os.PathLike[str]], leave_out: Path | None = None) -> list[Entry]:
    """Every file named or inside a folder named, each once, but nothing inside `leave_out`.

    Raises `NotFound` when something named does not exist.
    """
    found: dict[str, Entry] = {}
    for given in paths:
        path = Path(given).expanduser()
        if not os.path.lexists(path):
            raise NotFound(f"There is no file or folder '{given}'; check the path.")
        listed = _inside(path, leave_out) if path.is_dir() else [Entry(path, path.name)]
        for entry in listed:
            found.setdefault(os.path.abspath(entry.path), entry)
    return list(found.values())


def check_regular(path: Path) -> int:
    """Length in bytes of a file that can be opened without harm. Raises `Unsupported` for anything else."""
    try:
        status = path.stat()
    except FileNotFoundError:
        raise Unsupported("It is a link to a file that does not exist.") from None
    except OSError as error:
        raise Unsupported(f"It cannot be read: {error.strerror or error}.") from error
    if not stat.S_ISREG(status.st_mode):
        raise Unsupported("It is not a regular file (a pipe, a socket or a device).")
    if not os.access(path, os.R_OK):
        raise Unsupported("You may not read it; change its permissions.")
    return status.st_size


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """A key that sorts "2" before "10" and does not mind upper case."""
    parts = re.split(r"(\d+)", text.casefold())
    return tuple((0, int(part)) if part.isdigit() and part.isascii() else (1, part) for part in parts if part)


def _inside(folder: Path, leave_out: Path | None) -> list[Entry]:
    found: list[Entry] = []
    visited = {os.path.realpath(leave_out)} if leave_out is not None else set[str]()
    for where, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(where)
        if real in visited:
            # A link that leads back up would never end.
            folders.clear()
            continue
        visited.add(real)
        folders[:] = [name for name in folders if _shown(name)]
        for name in files:
            if _shown(name):
                path = Path(where) / name
                found.append(Entry(path, path.relative_to(folder).as_posix()))
    return sorted(found, key=lambda entry: (natural(entry.name), entry.name))


def _shown(name: str) -> bool:
    return not name.startswith((".", "~$")) and name.casefold() not in _LEFT_OUT
