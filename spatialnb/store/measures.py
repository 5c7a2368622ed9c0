"""How calls of operations went, counted per project, operation and version.

Calls are counted in memory and written by a thread of their own, so that a call waits for nothing; what is not written
yet is written when the store is closed, or when it is back. A batch has a mark in the store, so that one whose answer
was lost is not counted twice.

Times go into logarithmic buckets: bucket i holds (GAMMA^(i-1), GAMMA^i] seconds and stands for 2 GAMMA^i / (GAMMA + 1),
which is at most ACCURACY away from any time in it. So is a quantile read from the buckets (DDSketch: Masson, Rim and
Lee, VLDB 2019).
"""

from __future__ import annotations

import atexit
import json
import logging
import math
import secrets
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from spatialnb.errors import StoreUnavailable
from spatialnb.store import call_scripts as scripts
from spatialnb.store.connection import Client, Link
from spatialnb.store.keys import MEASURES_TTL, SAMPLES_KEPT, ProjectKeys

log = logging.getLogger(__name__)

ACCURACY = 0.02
GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
_LOG_GAMMA = math.log(GAMMA)
PAUSE = 0.5
"""Seconds between two writes."""
UNWRITTEN = 50_000
"""Calls that are kept in memory while the store is away; the oldest go first."""
BATCH = 1_000


@dataclass(frozen=True)
class CallMeasured:
    """One call of an operation."""

    name: str
    version: int
    seconds: float
    error: str = ""
    """Why it gave no outcome, in plain words; empty when it did."""
    cost_usd: float = 0.0
    cached: bool = False
    retries: int = 0
    sizes: Mapping[str, float] = field(default_factory=dict[str, float])
    """What it was about in numbers: things pointed at, numeric arguments, lengths of texts and lists."""


@dataclass(frozen=True)
class Sample:
    """A call that gave an outcome that was not kept from before."""

    seconds: float
    cost_usd: float
    sizes: Mapping[str, float]


@dataclass
class Tally:
    """All calls of one version of an operation."""

    name: str
    version: int
    calls: int = 0
    succeeded: int = 0
    cached: int = 0
    retries: int = 0
    cost_usd: float = 0.0
    last_error: str = ""
    buckets: dict[int, int] = field(default_factory=dict[int, int])
    """Times of the calls that did the work: those that failed or were kept from before are left out."""
    samples: tuple[Sample, ...] = ()
    """The latest of them, oldest first."""

    def quantile(self, share: float) -> float:
        """Seconds that `share` of the calls took at most, within ACCURACY; NaN if there was none."""
        wanted, seen = share * sum(self.buckets.values()), 0
        for number, count in sorted(self.buckets.items()):
            seen += count
            if seen >= wanted:
                return 2 * GAMMA**number / (GAMMA + 1)
        return math.nan


def bucket(seconds: float) -> int:
    """Number of the bucket that holds a time."""
    return math.ceil(math.log(max(seconds, 1e-7)) / _LOG_GAMMA)


class CallMeasures:
    """The calls of one project, of every process. Safe to use from several threads."""

    def __init__(self, link: Link, keys: ProjectKeys) -> None:
        self._link = link
        self._keys = keys
        self._calls: deque[CallMeasured] = deque(maxlen=UNWRITTEN)
        self._writing = threading.Lock()
        self._batch: tuple[str, list[CallMeasured]] | None = None
        """What is being written, and its mark: kept until the store has said that it was counted."""
        self._some = threading.Event()
        self._closing = threading.Event()
        self._starting = threading.Lock()
        self._writer: threading.Thread | None = None
        link.when_back(self.flush)

    def add(self, call: CallMeasured) -> None:
        """Count a call. Costs no round trip."""
        self._calls.append(call)
        if not self._some.is_set():
            self._some.set()
            if self._writer is None:
                self._start()

    def flush(self) -> None:
        """Write what is counted in memory. Raises `StoreUnavailable`; then it is written later."""
        with self._writing:
            while self._batch or self._calls:
                if self._batch is None:
                    self._some.clear()
                    calls = [self._calls.popleft() for _ in range(min(BATCH, len(self._calls)))]
                    self._batch = (secrets.token_hex(8), calls)
                self._write(*self._batch)
                self._batch = None

    def read(self) -> list[Tally]:
        """Every operation and version that was called, by name. While the store is away: what is in memory."""
        try:
            self.flush()
            counted: dict[bytes, bytes] = self._link.run(lambda client: client.hgetall(self._keys.measures))  # pyright: ignore
        except StoreUnavailable:
            waiting = [*(self._batch[1] if self._batch else ()), *self._calls]
            return sorted(_tallies(*_folded(waiting)), key=lambda t: (t.name, t.version))
        tallies = _tallies(
            {k.decode(): v.decode() for k, v in counted.items()},
            self._samples(sorted({"@".join(k.decode().split("\0")[:2]) for k in counted})),
        )
        return sorted(tallies, key=lambda t: (t.name, t.version))

    def samples(self, name: str, version: int) -> tuple[Sample, ...]:
        """The latest calls of an operation that did the work, oldest first."""
        operation = f"{name}@{version}"
        try:
            self.flush()
            return tuple(map(_sample, reversed(self._samples([operation])[operation])))
        except StoreUnavailable:
            return ()

    def _samples(self, operations: Sequence[str]) -> dict[str, list[Any]]:
        def ask(client: Client) -> list[list[bytes]]:
            with client.pipeline(transaction=False) as pipe:
                for operation in operations:
                    pipe.lrange(self._keys.samples(operation), 0, -1)
                return pipe.execute()

        return dict(zip(operations, self._link.run(ask), strict=True)) if operations else {}

    def _write(self, mark: str, calls: Sequence[CallMeasured]) -> None:
        fields, samples = _folded(calls)
        numbers = {k: v for k, v in fields.items() if not k.endswith("\0error")}
        texts = {k: v for k, v in fields.items() if k.endswith("\0error")}
        args: list[str | int | bytes] = [MEASURES_TTL, SAMPLES_KEPT, len(numbers)]
        args += [part for pair in numbers.items() for part in pair]
        args += [len(texts), *(part for pair in texts.items() for part in pair)]
        for of in samples.values():
            args += [len(of), *of]
        keys = [self._keys.measures, self._keys.batch(mark), *(self._keys.samples(name) for name in samples)]
        self._link.run(lambda client: scripts.count(client, keys, args))

    # -- the writer ---------------------------------------------------------------------------------------------------
    def _start(self) -> None:
        with self._starting:
            if self._writer is None and not self._closing.is_set():
                self._writer = threading.Thread(target=self._keep_writing, name="spatialnb-measures", daemon=True)
                self._writer.start()
                # A daemon is simply cut off when Python ends; what it has not written yet would be lost.
                atexit.register(self.close)

    def _keep_writing(self) -> None:
        while not self._closing.is_set():
            self._some.wait()
            self._closing.wait(PAUSE)
            if not self._closing.is_set():
                self._flush_or_leave()

    def _flush_or_leave(self) -> None:
        try:
            self.flush()
        except StoreUnavailable:
            # Kept; written when the store is back.
            self._some.clear()
        except Exception:
            log.exception("Measures of calls could not be written and are dropped.")
            self._batch = None

    def close(self) -> None:
        """Write what is left."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._some.set()
        if self._writer is not None:
            atexit.unregister(self.close)
            self._writer.join(timeout=5)
        self._flush_or_leave()


def _folded(calls: Sequence[CallMeasured]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Calls as fields of the hash, and as samples by `<operation>@<version>`."""
    sums: dict[str, float] = {}
    errors: dict[str, str] = {}
    samples: dict[str, list[str]] = {}
    for call in calls:
        key = f"{call.name}\0{call.version}\0"
        worked = not call.error and not call.cached
        counts = {
            "calls": 1,
            "succeeded": int(not call.error),
            "cached": int(call.cached),
            "retries": call.retries,
            "cost": call.cost_usd,
            f"b{bucket(call.seconds)}": int(worked),
        }
        for what, amount in counts.items():
            if amount or what == "calls":
                sums[key + what] = sums.get(key + what, 0) + amount
        if call.error:
            errors[key + "error"] = call.error
        if worked:
            sample = [round(call.seconds, 7), call.cost_usd, {k: float(v) for k, v in call.sizes.items()}]
            samples.setdefault(f"{call.name}@{call.version}", []).append(json.dumps(sample, separators=(",", ":")))
    return {k: repr(v) for k, v in sums.items()} | errors, samples


_FIELDS = {"calls": "calls", "succeeded": "succeeded", "cached": "cached", "retries": "retries"}


def _tallies(fields: Mapping[str, str], samples: Mapping[str, Sequence[Any]]) -> list[Tally]:
    found: dict[tuple[str, str], Tally] = {}
    for name, value in fields.items():
        operation, version, what = name.split("\0")
        tally = found.setdefault((operation, version), Tally(operation, int(version)))
        if what in _FIELDS:
            setattr(tally, _FIELDS[what], round(float(value)))
        elif what == "cost":
            tally.cost_usd = float(value)
        elif what == "error":
            tally.last_error = value
        else:
            tally.buckets[int(what[1:])] = round(float(value))
    for tally in found.values():
        kept = samples.get(f"{tally.name}@{tally.version}", ())
        # Redis gives the newest first, and bytes; what is still in memory comes as it came.
        ordered = reversed(kept) if kept and isinstance(kept[0], bytes) else kept
        tally.samples = tuple(map(_sample, ordered))
    return list(found.values())


def _sample(text: bytes | str) -> Sample:
    seconds, cost, sizes = json.loads(text)
    return Sample(float(seconds), float(cost), cast("dict[str, float]", sizes))
