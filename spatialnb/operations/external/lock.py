"""Lock files: outside operations as they were, so that a plan made with them is the same plan anywhere and any day.

A lock file is JSON. It holds each source with its normalised operations, each under a hash of all that a call of it
depends on; to load it needs no network. It holds names of environment variables, and no secret.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from spatialnb.errors import NotFound, Unsupported
from spatialnb.models.base import digest
from spatialnb.operations.external.endpoint import Pack
from spatialnb.operations.external.sources import Source, Sources

FORMAT = "spatialnb-tools-1"
LARGEST = 256 * 1024 * 1024


def write_lock(sources: Sources, path: str | Path, names: Iterable[str] | None = None) -> tuple[str, ...]:
    """Write the sources (all, or those of `names`) to a lock file, and say what differs from the one that was there."""
    target = Path(path).expanduser()
    before = _read(target) if target.is_file() else {}
    locked: dict[str, Any] = {}
    for name in sorted(names if names is not None else sources.names()):
        source, pack = sources.get(name)
        pack = pack.model_copy(update={"location": _beside(pack.location, target)})
        told = source.model_copy(update={"pack": "", "location": _beside(source.location, target)})
        locked[name] = {
            "source": told.model_dump(mode="json"),
            "operations": hashes(pack),
            "pack": pack.model_dump(mode="json", exclude_defaults=True),
            "hash": digest(pack.model_dump(mode="json")),
        }
    text = json.dumps({"format": FORMAT, "sources": locked}, indent=1, sort_keys=True, ensure_ascii=False)
    part = target.with_name(f".{target.name}.part")
    part.write_text(f"{text}\n", encoding="utf-8")
    os.replace(part, target)
    return tuple(
        line
        for name, one in locked.items()
        if name in before
        for line in _said(name, before[name]["operations"], one["operations"])
    )


def load_lock(sources: Sources, path: str | Path) -> tuple[str, ...]:
    """Have what a lock file holds, without any network; returns the names of its operations.

    Raises `NotFound`, and `Unsupported` for a file that is no lock file or was changed by hand.
    """
    file = Path(path).expanduser()
    names: list[str] = []
    for name, one in _read(file).items():
        try:
            source, pack = Source.model_validate(one["source"]), Pack.model_validate(one["pack"])
        except (ValidationError, KeyError, TypeError):
            raise _damaged(file, name) from None
        if digest(pack.model_dump(mode="json")) != one.get("hash") or source.name != name:
            raise _damaged(file, name)
        where = _found(source.location, file)
        names += sources.keep(
            source.model_copy(update={"location": where}), pack.model_copy(update={"location": where})
        )
    return tuple(names)


def differences(sources: Sources, name: str) -> tuple[str, ...]:
    """What a source offers now that it did not when it was added or locked, in plain words; asks the source.

    Nothing is changed by it: what was added stays as it was until it is added again.
    """
    _, pack = sources.get(name)
    fresh = sources.fresh(name)
    return () if fresh.document == pack.document else tuple(_said(name, hashes(pack), hashes(fresh)))


def hashes(pack: Pack) -> dict[str, str]:
    """Every operation's name and the hash of all that a call of it depends on."""
    return {endpoint.name: endpoint.digest_with(pack.definitions) for endpoint in pack.endpoints}


def _said(name: str, before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    groups = (
        ("no longer offers", [one for one in before if one not in now]),
        ("now takes or gives something else for", [one for one in before if one in now and now[one] != before[one]]),
        ("offers besides", [one for one in now if one not in before]),
    )
    for what, found in groups:
        if found:
            more = f" and {len(found) - 8} more" if len(found) > 8 else ""
            lines.append(f"{name} {what} {', '.join(found[:8])}{more}.")
    return lines


def _read(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise NotFound(f"There is no lock file {file}; write one with studio.tools.lock({str(file)!r}).")
    if file.stat().st_size > LARGEST:
        raise Unsupported(f"{file} is too large for a lock file.")
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or data.get("format") != FORMAT or not isinstance(data.get("sources"), dict):
        raise Unsupported(f"{file} is no lock file of tools; write one with studio.tools.lock(…).")
    return data["sources"]


def _damaged(file: Path, name: str) -> Unsupported:
    return Unsupported(f"{file} does not hold {name} as it was locked; it was changed by hand. Lock it again.")


def _beside(location: str, lock: Path) -> str:
    """A document's path as seen from the lock file; of one elsewhere only its name."""
    if not location or "://" in location:
        return location
    path, folder = Path(location), lock.absolute().parent
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _found(location: str, lock: Path) -> str:
    if not location or "://" in location:
        return location
    path = lock.absolute().parent / location
    return str(path) if path.is_file() else ""
