"""A host whose runs follow a script, so that chat and steps can be tested without an agent."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from spatialnb.errors import NotFound, NotUnderstood
from spatialnb.models.events import Event, ReplyDelta, RunChanged, StepChanged
from spatialnb.models.plan import RunState, StepState
from spatialnb.models.project import Project
from spatialnb.models.protocol import Scene, Turn
from spatialnb.operations.registry import Outcome


class Pictures:
    """Media in memory."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[bytes, str]] = {}

    def add(self, data: bytes, mime: str) -> str:
        key = hashlib.sha256(data).hexdigest()
        self.files[key] = (data, mime)
        return key

    def path(self, hash: str, /) -> Path:
        raise NotFound("These media are in memory only.")

    def read(self, hash: str, /) -> bytes:
        return self._file(hash)[0]

    def mime(self, hash: str, /) -> str:
        return self._file(hash)[1]

    def _file(self, hash: str) -> tuple[bytes, str]:
        if hash not in self.files:
            raise NotFound("There is no such file.")
        return self.files[hash]


class ScriptedHost:
    """What the views need of a studio. `emit` is what a conductor would do; `asked` and the like are what views did."""

    name = "museum"

    def __init__(self) -> None:
        self.media = Pictures()
        self.project = Project(name="museum")
        self.asked: list[str] = []
        self.answers: list[tuple[str, str, str, dict[str, Any]]] = []
        self.stopped: list[str] = []
        self.done: list[str] = []
        self.script: Callable[[ScriptedHost, RunState], None] = lambda host, run: None
        self._states: dict[str, RunState] = {}
        self._followers: list[Callable[[Event], None]] = []
        self._answered = threading.Condition()

    # -- what a script calls ------------------------------------------------------------------------------------------
    def emit(self, event: Event) -> None:
        if isinstance(event, RunChanged):
            self._states[event.state.id] = event.state
        for follower in tuple(self._followers):
            follower(event)

    def step(self, run: str, id: str, title: str, status: Any = "done", **fields: Any) -> StepState:
        """Emit a state of a step, and keep it in its run."""
        state = StepState(id=id, run=run, operation="arrange", title=title, status=status, **fields)
        known = self._states[run]
        others = [each for each in known.steps if each.id != id]
        place = next((n for n, each in enumerate(known.steps) if each.id == id), len(others))
        self._states[run] = known.model_copy(update={"steps": (*others[:place], state, *others[place:])})
        self.emit(StepChanged(state=state))
        return state

    def say(self, run: str, *words: str) -> None:
        for word in words:
            self.emit(ReplyDelta(run=run, text=word))

    def end(self, run: str, status: Any = "done", **fields: Any) -> None:
        self.emit(RunChanged(state=self._states[run].model_copy(update={"status": status, **fields})))

    def wait_for_answer(self, count: int = 1) -> None:
        with self._answered:
            assert self._answered.wait_for(lambda: len(self.answers) >= count or self.stopped, timeout=60)

    def state(self, run: str) -> RunState:
        return self._states[run]

    # -- Host ---------------------------------------------------------------------------------------------------------
    def do(self, name: str, args: Mapping[str, Any], **_: Any) -> Outcome:
        self.done.append(name)
        return Outcome(summary=f"Did {name}")

    def follow(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        self._followers.append(callback)
        return lambda: self._followers.remove(callback)

    def media_base(self) -> str:
        return "spatialnb/media"

    def scene(self) -> Scene:
        return Scene(project=self.name, revision=0)

    def runs(self) -> Sequence[Turn]:
        return [Turn(run=state) for state in self._states.values()]

    def submit(self, text: str) -> RunState:
        if text == "nonsense":
            raise NotUnderstood("No operation answers to that; say what to make, move or find.")
        self.asked.append(text)
        run = RunState(id=f"run-{len(self.asked)}", project=self.name, request=text)
        self.emit(RunChanged(state=run))
        threading.Thread(target=self.script, args=(self, run), daemon=True).start()
        return run

    def answer(self, run: str, step: str, decision: Any, args: Mapping[str, Any]) -> None:
        with self._answered:
            self.answers.append((run, step, decision, dict(args)))
            self._answered.notify_all()

    def stop(self, run: str) -> None:
        with self._answered:
            self.stopped.append(run)
            self._answered.notify_all()

    def point(self, *, selection: Sequence[str]) -> None: ...

    def acted(self, action: str, *, done: bool = True) -> None: ...

    def hand(self, message: Any) -> None: ...

    def follow_hands(self, callback: Any) -> Callable[[], None]:
        return lambda: None
