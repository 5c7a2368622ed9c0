"""Outside calls, recorded and replayed: a notebook made with a hosted model runs again without network or key.

    recorder = recorder_for(settings, "museum")
    answer = recorder.call("http", {"method": "GET", "url": "..."}, lambda: fetch(...))

Off, it performs calls. In record, it performs them and writes request and answer to a file beside the notebook, without
secrets. In replay it performs nothing: it answers from the file by what a request means (`meaning.py`).

Equal requests are answered in the order in which they were recorded, and the last answer stands for any further ones.
Recording again puts new answers in the place of old ones. A call that failed in a way that may pass, and then went well
when it was made again, is kept as what it came to in the end; a failure that was final fails alike in replay.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spatialnb.config import Replay, Settings
from spatialnb.errors import NotRecorded, Stopped
from spatialnb.llm import faults, meaning
from spatialnb.llm.pieces import joined
from spatialnb.llm.recording import Call, Recording
from spatialnb.llm.secrets import scrubber
from spatialnb.models.base import Json, canonical_json

__all__ = ["NotRecorded", "Recorder", "Tally", "recorder_for"]


@dataclass
class Tally:
    """What all recorders of this process did, for whoever runs a notebook."""

    recorded: int = 0
    replayed: int = 0
    missing: list[str] = field(default_factory=list[str])
    """Why calls could not be answered."""


TALLY = Tally()


class Recorder:
    """One session's outside calls. Safe to use from several threads; several processes may share the file.

    `kind` is one of "model", "embedding", "image", "speech", "http", "mcp". Requests and answers are JSON data. What
    `perform` raises reaches the caller as it is; in replay it is an error of the same class where that is one of
    `spatialnb.errors`, else one whose class has the same name, with `status_code`.
    """

    def __init__(self, mode: Replay, path: Path) -> None:
        self.mode: Replay = mode
        self.path = path
        self._recording = Recording(path)
        self._guard = threading.RLock()
        self._asked: dict[str, int] = {}
        """How often each request was answered in this session."""
        self._old = self._recording.calls() if mode == "record" else ()
        """In record: what was recorded before this session, not yet replaced."""
        self._mine: dict[str, list[Call]] = {}
        """In record: what this session recorded."""
        self._last: Call | None = None
        self._index: tuple[tuple[Call, ...], dict[str, list[Call]]] | None = None

    @property
    def performs(self) -> bool:
        """Whether calls are made at all; not so in replay."""
        return self.mode != "replay"

    def holds(self, kind: str) -> bool:
        """Whether in replay any call of this kind could be answered."""
        return self.mode == "replay" and any(call.kind == kind for call in self._recording.calls())

    # -- calls --------------------------------------------------------------------------------------------------------
    def call(self, kind: str, request: Json, perform: Callable[[], Json]) -> Json:
        """The answer to `request`. Raises what `perform` does; in replay, `NotRecorded` for an unknown request."""
        if self.mode == "off":
            return perform()
        if self.mode == "replay":
            return self._replayed(kind, request)
        try:
            response = perform()
        except Exception as error:
            self._failed(kind, request, error)
            raise
        self._keep(self._made(kind, request, response=response))
        return response

    async def acall(self, kind: str, request: Json, perform: Callable[[], Awaitable[Json]]) -> Json:
        """As `call`, of something awaited."""
        if self.mode == "off":
            return await perform()
        if self.mode == "replay":
            return await asyncio.to_thread(self._replayed, kind, request)
        try:
            response = await perform()
        except Exception as error:
            await asyncio.to_thread(self._failed, kind, request, error)
            raise
        await asyncio.to_thread(self._keep, self._made(kind, request, response=response))
        return response

    async def stream(self, kind: str, request: Json, perform: Callable[[], AsyncIterator[Json]]) -> AsyncIterator[Json]:
        """The chunks of the answer to `request` as they come. A stream that its reader leaves early is not recorded."""
        if self.mode == "off":
            async for chunk in perform():
                yield chunk
            return
        if self.mode == "replay":
            call = await asyncio.to_thread(self._find, kind, request)
            for chunk in call.chunks if call.chunks is not None else () if call.error else (call.response,):
                yield chunk
                await asyncio.sleep(0)
            if call.error is not None:
                raise faults.raised(call.error)
            return
        chunks: list[Json] = []
        try:
            async for chunk in perform():
                chunks.append(chunk)
                yield chunk
        except Exception as error:
            await asyncio.to_thread(self._failed, kind, request, error, chunks)
            raise
        await asyncio.to_thread(self._keep, self._made(kind, request, chunks=chunks))

    # -- replaying ----------------------------------------------------------------------------------------------------
    def _replayed(self, kind: str, request: Json) -> Json:
        call = self._find(kind, request)
        if call.error is not None:
            raise faults.raised(call.error)
        return list(call.chunks) if call.chunks is not None else call.response

    def _find(self, kind: str, request: Json) -> Call:
        asked = _clean(meaning.stated(kind, request))
        key = meaning.key(kind, asked)
        with self._guard:
            found = self._recorded().get(key, ())
            if found:
                turn = self._asked.get(key, 0)
                self._asked[key] = turn + 1
                TALLY.replayed += 1
                return found[min(turn, len(found) - 1)]
            error = self._unknown(kind, asked)
            TALLY.missing.append(str(error))
            raise error

    def _recorded(self) -> dict[str, list[Call]]:
        calls = self._recording.calls()
        if self._index is None or self._index[0] is not calls:
            index: dict[str, list[Call]] = {}
            for call in calls:
                index.setdefault(call.key, []).append(call)
            self._index = (calls, index)
        return self._index[1]

    def _unknown(self, kind: str, asked: Json) -> NotRecorded:
        title = meaning.title(kind, asked)
        calls = [call for call in self._recording.calls() if call.kind == kind]
        how = "Record it: run this again with SPATIALNB_REPLAY=record, where the call can be made."
        if not self.path.exists():
            return NotRecorded(
                f"There is no recording {self.path.name} to answer this call from: {title}. {how}", title
            )
        if not calls:
            return NotRecorded(f"{self.path.name} has no {kind} call at all, so none for: {title}. {how}", title)
        sought = meaning.meaning(kind, asked)
        text = canonical_json(sought)
        told = [meaning.meaning(kind, call.request) for call in calls]
        best = max(range(len(calls)), key=lambda at: meaning.alike(canonical_json(told[at]), text))
        differs = [line.removeprefix("request.") for line in meaning.differences(told[best], sought)]
        lines = "\n".join(f"  {line}" for line in differs)
        return NotRecorded(
            f"{self.path.name} does not hold this call: {title}. {how}\n"
            f"The most alike that it holds is: {calls[best].title}. What differs:\n{lines}",
            title,
            differs,
        )

    # -- recording ----------------------------------------------------------------------------------------------------
    def _made(self, kind: str, request: Json, response: Json = None, chunks: list[Json] | None = None) -> Call:
        asked = _clean(meaning.stated(kind, request))
        pieces = None if chunks is None else tuple(_pieces(meaning.settled(kind, chunks)))
        return Call(kind, meaning.title(kind, asked), asked, _clean(meaning.settled(kind, response)), pieces)

    def _failed(self, kind: str, request: Json, error: Exception, chunks: list[Json] | None = None) -> None:
        if isinstance(error, Stopped):
            return  # a person's doing, not the service's
        call = self._made(kind, request, chunks=chunks or None)
        told = _clean(faults.told(error))
        self._keep(Call(call.kind, call.title, call.request, chunks=call.chunks, error=told))

    def _keep(self, call: Call) -> None:
        """Write a call down: in place of what this session's equal call is to replace, or after its last call."""
        key = call.key
        with self._guard, self._recording.exclusively():
            calls = list(self._recording.calls())
            mine = self._mine.setdefault(key, [])
            again = bool(mine) and mine[-1].error is not None and faults.passing(mine[-1].error)
            at = _place(calls, mine[-1]) if again else self._replaceable(calls, key)
            if at is not None:
                calls[at] = call
            else:
                last = _place(calls, self._last) if self._last is not None else None
                calls.insert(len(calls) if last is None else last + 1, call)
            if again:
                mine[-1] = call
            else:
                mine.append(call)
            self._last = call
            self._recording.write(calls)
            TALLY.recorded += 1

    def _replaceable(self, calls: list[Call], key: str) -> int | None:
        """Where the next equal call stands that was recorded before this session and not replaced since."""
        for at, old in enumerate(self._old):
            if old.key == key:
                self._old = (*self._old[:at], *self._old[at + 1 :])
                return _place(calls, old)
        return None


def _clean(value: Any) -> Any:
    """A copy without secrets."""
    return scrubber()(value)


def _pieces(chunks: list[Json]) -> list[Json]:
    """A stream as it is kept. A secret that comes in pieces is only known once the text is whole."""
    whole = joined(chunks, whole=True)
    clean: list[Json] = _clean(whole)
    return clean if clean != whole else joined(chunks)


def _place(calls: list[Call], sought: Call) -> int | None:
    return next((at for at, call in enumerate(calls) if call == sought), None)


def recorder_for(settings: Settings, project: str) -> Recorder:
    """The recorder of a project: `<project>.calls.json` in the working directory, or where the settings say."""
    stem = re.sub(r"[^\w.-]+", "-", project).strip(".-") or "project"
    name = f"{stem[:80]}.calls.json"
    if settings.recording is None:
        path = Path.cwd() / name
    else:
        path = settings.recording.expanduser().absolute()
        if path.is_dir() or path.suffix != ".json":
            path = path / name
    return Recorder(settings.replay, path)
