"""Files and folders into assets: two passes over threads, and no file's failure is another's.

The first pass tells kinds and hashes, and decides in the order of the paths what is a duplicate, so that the report is
the same however the threads run. The second makes the renditions. Pillow, OpenCV, FFmpeg and hashing all let go of the
interpreter lock, so threads keep every core busy without the cost of starting processes in a notebook.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from spatialnb.errors import SpatialError, Stopped, Unsupported
from spatialnb.library import gltf
from spatialnb.library.examine import asset_id, examine
from spatialnb.library.examined import Source
from spatialnb.library.files import Entry, check_regular, entries
from spatialnb.library.kinds import GLB, Kind, kind_of, misnamed
from spatialnb.library.report import Failed, IngestReport, Noted, Skipped
from spatialnb.library.sidefiles import BUNDLE_MIME, bundle, side_files
from spatialnb.library.storage import hash_of
from spatialnb.models.asset import Asset

if TYPE_CHECKING:
    from spatialnb.library.storage import MediaStore

Report = Callable[[float | None, str], None]
Stop = Callable[[], bool]
T = TypeVar("T")
R = TypeVar("R")
_LOG = logging.getLogger(__name__)

MAX_BYTES = {"image": 512 << 20, "video": 16 << 30, "audio": 4 << 30, "model": 512 << 20, "text": 32 << 20}
"""Larger files are refused by kind before they are read."""
_LOOK_UP = 0.2
_FIRST_PASS = 0.08
"""Share of the time that telling kinds and hashes takes, for the progress bar."""


@dataclass(frozen=True)
class _Known:
    """What the first pass finds of one file: what it is, and the bytes to keep of it (its path, or a bundle)."""

    entry: Entry
    kind: Kind
    original: Path | bytes
    mime: str
    key: str = ""
    bytes: int = 0


def ingest(
    paths: Iterable[str | os.PathLike[str]], media: MediaStore, *, known: Collection[str], report: Report, stopped: Stop
) -> IngestReport:
    """See `Library.ingest`."""
    return _Ingest(media, known, report, stopped).run(entries(paths, leave_out=media.folder))


class _Ingest:
    def __init__(self, media: MediaStore, known: Collection[str], report: Report, stopped: Stop) -> None:
        self.media = media
        self.known = known
        self.report = report
        self.stopped = stopped
        self.failed: dict[Entry, Failed] = {}
        self.skipped: dict[Entry, Skipped] = {}
        self.halted = False

    def run(self, listed: list[Entry]) -> IngestReport:
        if not listed:
            self.report(1.0, "There is nothing to ingest.")
            return IngestReport()
        told = self._pass({entry: entry for entry in listed}, self._tell, 0.0, _FIRST_PASS, "Looked at")
        parts = self._parts(told)
        whole = [entry for entry in listed if _real(entry.path) not in parts]
        new = self._without_duplicates([told[entry] for entry in whole if entry in told])
        made = self._pass({found.entry: found for found in new}, self._make, _FIRST_PASS, 1.0, "Ingested")
        kept = [found for found in new if found.entry in made]
        notes = ((found.entry.name, misnamed(found.entry.name, found.kind)) for found in kept)
        done = IngestReport(
            added=tuple(made[found.entry] for found in kept),
            skipped=tuple(self.skipped[entry] for entry in whole if entry in self.skipped),
            failed=tuple(self.failed[entry] for entry in whole if entry in self.failed),
            noted=tuple(Noted(name, note) for name, note in notes if note),
            stopped=self.halted,
        )
        self.report(1.0, f"Ingest: {done}")
        return done

    # -- one file, in a thread ----------------------------------------------------------------------------------------
    def _tell(self, entry: Entry) -> _Known:
        size = check_regular(entry.path)
        kind = kind_of(entry.path)
        _check_length(size, kind)
        sides = tuple(side for side in side_files(entry.path, kind) if side.is_file())
        if not sides:
            return _Known(entry, kind, entry.path, kind.mime, hash_of(entry.path), size)
        # What is kept of a model in several files is one file with all of it.
        if kind.format in ("gltf", "glb"):
            data, mime = gltf.packed(entry.path)[0], GLB.mime
        else:
            data, mime = bundle(entry.path, sides), BUNDLE_MIME
        return _Known(entry, kind, data, mime, hash_of(data), len(data))

    def _make(self, found: _Known) -> Asset:
        if self.halted:
            raise Stopped("Stopped. What was finished before is kept.")
        key = self.media.put(found.original, found.mime)
        if key != found.key:
            raise Unsupported("The file was changed while it was being read; try again when it is complete.")
        source = Source(found.entry.path, found.kind, key, found.bytes, lambda: self.halted)
        asset = examine(source, found.entry.name, self.media)
        return asset if isinstance(found.original, Path) else asset.model_copy(update={"mime": found.mime})

    # -- between the passes -------------------------------------------------------------------------------------------
    def _parts(self, told: Mapping[Entry, _Known]) -> set[str]:
        """Files that are part of a model, even of a broken one: not assets of their own, and no failures."""
        sides = [side for found in told.values() for side in side_files(found.entry.path, found.kind)]
        broken = [entry.path for entry in self.failed if entry.path.suffix.lower() in (".gltf", ".glb")]
        sides += [side for path in broken if path.is_file() for side in gltf.side_files(path)]
        return {_real(side) for side in sides}

    def _without_duplicates(self, told: Sequence[_Known]) -> list[_Known]:
        first: dict[str, _Known] = {}
        for found in told:
            # A container turns out to hold only sound after its id could be told from its signature.
            ids = {asset_id(kind, found.key) for kind in (found.kind.kind, "audio")}
            old = next((known for known in sorted(ids) if known in self.known), None)
            name = found.entry.name
            if (there := first.get(found.key)) is not None:
                reason = f"It is the same file as '{there.entry.name}'."
                self.skipped[found.entry] = Skipped(name, reason, asset_id(found.kind.kind, found.key))
            elif old and found.key in self.media:
                self.skipped[found.entry] = Skipped(name, "It is in the project already.", old)
            else:
                first[found.key] = found
        return list(first.values())

    # -- threads ------------------------------------------------------------------------------------------------------
    def _pass(
        self, work: Mapping[Entry, T], do: Callable[[T], R], start: float, end: float, verb: str
    ) -> dict[Entry, R]:
        """Do something with every file. Failures go to `failed`, results come back by entry."""
        results: dict[Entry, R] = {}
        if self.halted or not work:
            return results
        with ThreadPoolExecutor(_workers(), thread_name_prefix="ingest") as pool:
            futures = {pool.submit(do, thing): entry for entry, thing in work.items()}
            try:
                for count, future in enumerate(self._finished(set(futures)), start=1):
                    entry = futures[future]
                    self._take(entry, future, results)
                    part = start + (end - start) * count / len(work)
                    self.report(min(part, 1.0), f"{verb} {count} of {len(work)}: {entry.name}")
            except BaseException:
                # A report that raises, or an interrupt: let the threads end at once.
                self.halted = True
                raise
            finally:
                for future in futures:
                    future.cancel()
        return results

    def _finished(self, waiting: set[Future[R]]) -> Iterator[Future[R]]:
        """Futures as they finish, until someone stops it; then those that were running, which end by themselves."""
        while waiting:
            if not self.halted and self.stopped():
                self.halted = True
                waiting = {future for future in waiting if not future.cancel()}
                if not waiting:
                    return
            done, waiting = wait(waiting, _LOOK_UP, FIRST_COMPLETED)
            yield from done

    def _take(self, entry: Entry, future: Future[R], results: dict[Entry, R]) -> None:
        try:
            results[entry] = future.result()
        except Stopped:
            self.halted = True
        except SpatialError as error:
            self._fail(entry, str(error))
        except PermissionError:
            self._fail(entry, "You may not read it; change its permissions.")
        except OSError as error:
            self._fail(entry, f"It cannot be read: {error.strerror or error}.")
        except MemoryError:
            self._fail(entry, "There is not enough memory to open it; make it smaller.")
        except Exception as error:  # noqa: BLE001  the boundary of one file: what breaks on it must not take the others along
            _LOG.warning("ingest of %s failed", entry.name, exc_info=error)
            self._fail(entry, f"It could not be read ({type(error).__name__}); the log has more.")

    def _fail(self, entry: Entry, reason: str) -> None:
        self.failed[entry] = Failed(entry.name, reason)


def _workers() -> int:
    """One thread a core that this process may use."""
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:
        return os.cpu_count() or 1


def _check_length(size: int, kind: Kind) -> None:
    most = MAX_BYTES[kind.kind]
    if size > most:
        raise Unsupported(
            f"It has {size / 1e6:,.0f} MB; {most / 1e6:,.0f} MB is the most for its kind. Make it smaller."
        )


def _real(path: Path) -> str:
    return os.path.realpath(path)
