"""The one door to hosted models: chooses one for a task, and another when it fails."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from spatialnb.config import Settings
from spatialnb.llm.answers import Answer, Media, Message, Priority, Task, ToolCall, Used, Vectors
from spatialnb.llm.asking import Asking
from spatialnb.llm.calls import Call, DrawCall, EmbedCall, Errand, SpeakCall, TextCall, bytes_of, usage_of
from spatialnb.llm.choice import Candidate, choose
from spatialnb.llm.client import Model, close, library, loaded
from spatialnb.llm.endpoints import SETTINGS, Endpoint, Endpoints
from spatialnb.llm.gate import Gate, asking
from spatialnb.llm.ledger import Ledger
from spatialnb.llm.prices import takes_tools
from spatialnb.llm.profiles import PROFILES, Prefer
from spatialnb.models.base import Json

if TYPE_CHECKING:
    from spatialnb.llm.budgets import Budgets
    from spatialnb.store import Store
    from spatialnb.store.endpoints import Snapshot

T = TypeVar("T")
GIVEN_UP = 60.0
"""Seconds for which an endpoint whose key or name is wrong is not asked, unless a key changes."""


class Router:
    """Asks hosted models, through `recorder` where there is one.

    The endpoints are `models`, that of the settings, and those of the tenant in the store. Nothing is imported, asked
    or looked after before the first call. Safe to use from several threads and event loops.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        recorder: Any = None,
        *,
        models: Sequence[Model] = (),
    ) -> None:
        self._store = store
        self._recorder = recorder
        self._patience = models[0].patience if models else 1.0
        self.endpoints = Endpoints(store, _given(settings, models))
        self._table = store.endpoints()
        self._lock = threading.Lock()
        self._given_up: dict[str, tuple[float, int, str]] = {}
        self._ledger = Ledger(store)
        self._gate = Gate(store, self._ledger)
        self._ask = asking(store)
        self._side: _Side | None = None
        self._watch: Any = None

    def warm(self) -> None:
        """Import LiteLLM on a thread, if there is anybody to ask, so that the first call does not wait for it."""
        replays = self._recorder is not None and not self._recorder.performs
        if not replays and not library.cache_info().currsize and self.endpoints.all():
            threading.Thread(target=library, name="spatialnb-warm", daemon=True).start()

    # -- asking --------------------------------------------------------------------------------------------------------
    def has(self, task: Task = "plan") -> bool:
        """Whether any endpoint could be asked for `task`. Asks and imports nothing."""
        kind = PROFILES[task].kind
        return any(kind in endpoint.kinds for endpoint in self.endpoints.all())

    async def text(
        self,
        task: Task,
        messages: Sequence[Message],
        *,
        tools: Sequence[Mapping[str, Any]] = (),
        schema: Mapping[str, Any] | None = None,
        on_text: Callable[[str], None] = lambda _: None,
        on_again: Callable[[], None] = lambda: None,
        run: str = "",
        project: str = "",
        priority: Priority = "interactive",
    ) -> Answer:
        """The answer of the model that suits `task`. `on_text` gets the text as it comes, and `on_again` is called
        when what came so far is void, because the call is made again or another model is asked.

        Raises `ModelUnavailable` with `.hops`; of its kinds, `Refused` if no endpoint takes `tools` or `schema`,
        `TooLong` if a shorter request may do, `OverBudget` if money is what is missing.
        """
        call = TextCall(task, Errand(run, project, priority), messages, tools, schema)
        heard: list[str] = []
        last: Mapping[str, Any] = {}
        async for piece in self._recorded(call):
            if "text" in piece:
                heard.append(piece["text"])
                on_text(piece["text"])
            elif "again" in piece:
                heard.clear()
                on_again()
            else:
                last = piece
        calls = tuple(ToolCall(**told) for told in last.get("calls", ()))
        return Answer("".join(heard), calls, _cost(last), _used(last), usage_of(last))

    async def embed(self, texts: Sequence[str], *, run: str = "", project: str = "", **errand: Any) -> Vectors:
        """A vector for each text. Raises as `text` does."""
        if not texts:
            return Vectors(())
        last = await self._whole(EmbedCall(Errand(run, project, **errand), texts=tuple(texts)))
        return Vectors(tuple(tuple(map(float, row)) for row in last["vectors"]), _cost(last), _used(last))

    async def image(
        self, prompt: str, size: str = "1024x1024", *, seed: int = 0, run: str = "", project: str = "", **errand: Any
    ) -> Media:
        """A picture of `prompt`, `size` pixels wide and high. Raises as `text` does."""
        last = await self._whole(DrawCall(Errand(run, project, **errand), prompt=prompt, size=size, seed=seed))
        return Media(bytes_of(last), _cost(last), _used(last))

    async def speak(
        self,
        text: str,
        voice: str = "alloy",
        *,
        form: str = "mp3",
        run: str = "",
        project: str = "",
        **errand: Any,
    ) -> Media:
        """`text` spoken, encoded as `form`. Voices are the endpoint's own. Raises as `text` does."""
        last = await self._whole(SpeakCall(Errand(run, project, **errand), text=text, voice=voice, form=form))
        return Media(bytes_of(last), _cost(last), _used(last))

    async def _whole(self, call: Call) -> Mapping[str, Any]:
        if self._recorder is None:
            return await self._only(call)
        return await self._recorder.acall(call.recorded, call.request(), lambda: self._only(call))

    async def _only(self, call: Call) -> Mapping[str, Any]:
        last: Any = {}
        async for piece in self._pieces(call):
            last = piece
        return last

    def _recorded(self, call: Call) -> AsyncIterator[Any]:
        if self._recorder is None:
            return self._pieces(call)
        return self._recorder.stream(call.recorded, call.request(), lambda: self._pieces(call))

    async def _pieces(self, call: Call) -> AsyncIterator[Json]:
        snapshot = await self._ask(self.endpoints.snapshot)
        if self.endpoints.all(snapshot.endpoints):
            await loaded()
        candidates = self._chosen(snapshot, call.task, tools=bool(call.tools))
        self._look_after()
        asking = Asking(call, candidates, self._gate, self._give_up, self._patience)
        async for piece in asking.pieces():
            yield piece

    # -- choosing ------------------------------------------------------------------------------------------------------
    def candidates(self, task: Task, *, tools: bool = False) -> tuple[Candidate, ...]:
        """Who would be asked now, in this order, and why. May import LiteLLM, for its list of models."""
        return self._chosen(self.endpoints.snapshot(), task, tools=tools)

    def _chosen(self, snapshot: Snapshot, task: Task, *, tools: bool) -> tuple[Candidate, ...]:
        return choose(
            task,
            self.endpoints.all(snapshot.endpoints),
            snapshot.health,
            snapshot.now_ms,
            _preference(snapshot.preferences),
            tools=tools,
            blocked=self._blocked(),
        )

    @property
    def preference(self) -> Prefer | None:
        """What the tenant prefers; None: what each task's profile says."""
        return _preference(self._table.snapshot().preferences)

    def prefer(self, what: Prefer | None) -> None:
        """Let quality, cost or latency matter most in every task; None: what each task's profile says."""
        self._table.prefer("prefer", what)

    async def takes_tools(self, task: Task = "plan") -> bool | None:
        """Whether a model for `task` calls tools by itself; None if that is not known."""
        candidates = await asyncio.to_thread(self.candidates, task, tools=True)
        told = [False if c.form else takes_tools(c.endpoint) for c in candidates]
        return True if True in told else None if None in told else False

    def _give_up(self, candidate: Candidate, why: str) -> None:
        with self._lock:
            self._given_up[candidate.endpoint.health_key] = (time.monotonic() + GIVEN_UP, _keys(), why)

    def _blocked(self) -> dict[str, str]:
        if not self._given_up:
            return {}
        now, keys = time.monotonic(), _keys()
        with self._lock:
            self._given_up = {
                name: entry for name, entry in self._given_up.items() if entry[0] > now and entry[1] == keys
            }
            return {name: why for name, (_, _, why) in self._given_up.items()}

    # -- money ---------------------------------------------------------------------------------------------------------
    @property
    def budgets(self) -> Budgets:
        """What may be spent and what was."""
        from spatialnb.llm.budgets import Budgets

        return Budgets(self._store.budget(), self._ledger)

    # -- from code that is not asynchronous ----------------------------------------------------------------------------
    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What `coroutine`, such as `router.image(…)`, comes to. Not to be called on an event loop."""
        with self._lock:
            if self._side is None:
                self._side = _Side()
        return self._side.run(coroutine)

    # -- health --------------------------------------------------------------------------------------------------------
    def _look_after(self) -> None:
        if self._watch is None:
            from spatialnb.llm.watch import Watch

            with self._lock:
                self._watch = self._watch or Watch(self._table, self.endpoints.all)
        self._watch.used()

    def look(self) -> None:
        """Look now at every endpoint that has an address of its own, and take down whether it answers."""
        from spatialnb.llm.watch import Watch

        Watch(self._table, self.endpoints.all).look_at_all()

    def flush(self) -> None:
        """Wait until what calls cost, and how endpoints did, is written to the store."""
        self._ledger.flush()

    async def close(self) -> None:
        """Close the connections that this event loop's calls have kept, and write what is unwritten."""
        await close()
        await asyncio.to_thread(self.flush)

    def shut(self) -> None:
        """End for good: what runs in the background, and what is unwritten."""
        with self._lock:
            side, watch, self._side, self._watch = self._side, self._watch, None, None
        if watch is not None:
            watch.close()
        if side is not None:
            side.close()
        self._ledger.close()


def _given(settings: Settings, models: Sequence[Model]) -> tuple[Endpoint, ...]:
    given = [
        Endpoint(f"given {number}", m.name, m.base or "", quality=0.9 - number / 100, timeout=m.timeout)
        for number, m in enumerate(models, 1)
    ]
    if settings.model:
        given.append(Endpoint(SETTINGS, settings.model, settings.model_base or "", quality=0.8))
    return tuple(given)


def _preference(preferences: Mapping[str, Any]) -> Prefer | None:
    return preferences.get("prefer")


def _keys() -> int:
    """Differs after any key in the environment was changed."""
    return hash(tuple(sorted((k, v) for k, v in os.environ.items() if k.endswith(("_KEY", "_TOKEN")))))


def _cost(last: Mapping[str, Any]) -> float:
    return float(last.get("cost_usd", 0.0))


def _used(last: Mapping[str, Any]) -> Used:
    return Used.of(last.get("used", {}))


class _Side:
    """An event loop on a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="spatialnb-models", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        await close()
        # LiteLLM leaves a task behind on every loop that it was used on.
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
