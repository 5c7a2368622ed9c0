"""Steps as cell outputs: each step of a run is an output of the cell that asked, and stays in the saved notebook.

An output is the static form of `stepcard` under a display id, renewed when its step changes. It holds a custom element
that the page's half of `Steps` brings to life wherever it is: with progress, buttons and media while the kernel is
there, and as plain HTML where it is not. So a notebook never holds a widget that cannot be shown.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

import traitlets

from spatialnb.agent.run import Run
from spatialnb.models.events import Event, ReplyDelta, RunChanged, StepChanged
from spatialnb.models.plan import RunState, StepState
from spatialnb.models.protocol import (
    FROM_STEPS,
    AnswerMessage,
    DeltaMessage,
    NoticeMessage,
    ReadyMessage,
    RunMessage,
    StepMessage,
    StopMessage,
)
from spatialnb.widgets import stepcard
from spatialnb.widgets.bridge import Handler, Host, View
from spatialnb.widgets.cell import Cell

OWN_OUTPUTS = 40
"""A run of more steps than this is one output with a list in it."""
RENEW_SECONDS = 2.0
"""Progress reaches the static form no more often than this; the live form gets all of it."""
STREAM_SECONDS = 0.2
"""A reply that streams into a cell is drawn again no more often than this."""
ACTIVE = ("running", "waiting")


def with_step(run: RunState, step: StepState) -> RunState:
    """`run` with this state of a step of its own, or with it added as the last."""
    steps = tuple(step if known.id == step.id else known for known in run.steps)
    if all(known.id != step.id for known in run.steps):
        steps = (*steps, step)
    return run.model_copy(update={"steps": steps})


class Steps(View):
    """The runs of a project, live: as a widget of its own, and in every step's output in the page."""

    module = "steps"
    incoming = FROM_STEPS
    media_base = traitlets.Unicode().tag(sync=True)
    # Its code is loaded when the model reaches the page, shown or not: the outputs of steps need it.
    _eager = traitlets.Bool(default_value=True).tag(sync=True)

    def __init__(self, host: Host) -> None:
        super().__init__(host, media_base=host.media_base())
        self.releases(host.follow(self._event))

    def handlers(self) -> Mapping[type, Handler]:
        return {ReadyMessage: self._ready, AnswerMessage: self._answer, StopMessage: self._stop}

    def fallback(self) -> str:
        turns = self.host.runs()
        return stepcard.run_html(turns[-1].run, self.host.media) if turns else "<p>Nothing has run yet.</p>"

    def _ready(self, _message: ReadyMessage, _buffers: Sequence[memoryview]) -> None:
        runs = [turn.run for turn in self.host.runs()]
        for run in (run for run in runs if run.status in ACTIVE or run is runs[-1]):
            self.tell(RunMessage(state=run))

    def _answer(self, message: AnswerMessage, _buffers: Sequence[memoryview]) -> None:
        self.host.answer(message.run, message.step, message.decision, message.args)

    def _stop(self, message: StopMessage, _buffers: Sequence[memoryview]) -> None:
        # Said at once: without an answer the page takes the kernel for busy and interrupts it.
        self.tell(NoticeMessage(level="info", text="Stopping."))
        self.host.stop(message.run)

    def _event(self, event: Event) -> None:
        match event:
            case RunChanged():
                self.tell(RunMessage(state=event.state))
                if event.state.status not in ACTIVE:
                    self.renew_fallback()
            case StepChanged():
                self.tell(StepMessage(state=event.state))
            case ReplyDelta():
                self.tell(DeltaMessage(run=event.run, text=event.text))
            case _:
                pass


@dataclass
class _Written:
    """One output: what it says now and when that was written."""

    data: Mapping[str, str]
    at: float
    status: str


@dataclass
class _Shown:
    """A run in a cell."""

    run: RunState
    cell: Cell
    reply: bool
    listed: bool = False
    """The steps are a list in the first output, for want of room for one output each."""
    full: bool = False
    """The cell has no room at all: the run takes the place of the one before it in the cell's last output."""
    key: str = ""
    written: dict[str, _Written] = field(default_factory=dict)


_OF_PROJECT: WeakValueDictionary[str, StepOutputs] = WeakValueDictionary()


class StepOutputs:
    """Writes runs into the cells that asked for them, and keeps those outputs up to date.

    One for each studio. `show` it a run as soon as that exists, in the cell's own thread; the events of the host do the
    rest. `finish` it before the cell ends where the outputs must be complete by then.
    """

    def __init__(self, host: Host, clock: Callable[[], float] = time.monotonic) -> None:
        self.host = host
        self._clock = clock
        self._lock = threading.RLock()
        self._shown: dict[str, _Shown] = {}
        self._early: dict[str, RunState] = {}
        self._live: Steps | None = None
        self._where: dict[str, str] = {}
        """The cell that each run was shown in last."""
        self._unfollow = host.follow(self._event)
        _OF_PROJECT[host.name] = self

    def show(self, run: RunState, cell: Cell | None = None, *, reply: bool = True) -> bool:
        """Put `run` under `cell`, or under the cell that is running; with its reply unless that is shown elsewhere.

        False where there is no notebook to show it in.
        """
        cell = cell or Cell.current()
        if cell is None:
            return False
        with self._lock:
            if self._live is None:
                self._live = Steps(self.host)
            run = self._early.pop(run.id, run)
            self._where[run.id] = cell.id
            shown = _Shown(run, cell, reply)
            self._write(shown)
            if run.status in ACTIVE:
                self._shown[run.id] = shown
        return True

    def finish(self, run: RunState) -> None:
        """Write the last state of `run` now, and follow it no more unless it is only waiting."""
        with self._lock:
            self._run(run)
            self._early.pop(run.id, None)

    def draw(self, run: RunState) -> str | None:
        """A run as the value of a cell: all of it, or nothing where its steps are in the same cell already."""
        cell = Cell.current()
        if cell is not None and self._where.get(run.id) == cell.id:
            return None
        return stepcard.run_html(run, self.host.media)

    def close(self) -> None:
        """Stop following. The outputs stay as they are."""
        self._unfollow()
        with self._lock:
            if self._live is not None:
                self._live.close()
                self._live = None

    # -- events -----------------------------------------------------------------------------------------------------
    def _event(self, event: Event) -> None:
        with self._lock:
            match event:
                case RunChanged():
                    self._run(event.state)
                case StepChanged():
                    self._step(event.state)
                case ReplyDelta():
                    self._delta(event)
                case _:
                    pass

    def _run(self, run: RunState) -> None:
        shown = self._shown.get(run.id)
        if shown is None:
            self._keep_early(run)
            return
        shown.run = run
        self._write(shown)
        if run.status not in ACTIVE:
            del self._shown[run.id]

    def _step(self, step: StepState) -> None:
        shown = self._shown.get(step.run)
        if shown is not None:
            shown.run = with_step(shown.run, step)
            self._write(shown)
        elif step.run in self._early:
            self._keep_early(with_step(self._early[step.run], step))

    def _delta(self, delta: ReplyDelta) -> None:
        shown = self._shown.get(delta.run)
        if shown is not None:
            shown.run = shown.run.model_copy(update={"reply": shown.run.reply + delta.text})
            self._write(shown)

    def _keep_early(self, run: RunState) -> None:
        """Events may overtake `show`. Runs of other cells and kernels come by here too, so that only a few are kept."""
        self._early.pop(run.id, None)
        self._early[run.id] = run
        while len(self._early) > 20:
            self._early.pop(next(iter(self._early)))

    # -- outputs ----------------------------------------------------------------------------------------------------
    def _write(self, shown: _Shown) -> None:
        run, media = shown.run, self.host.media
        if not run.steps and not shown.reply:
            return
        if set(shown.written) <= {"", "/reply"}:
            shown.listed = len(run.steps) > min(OWN_OUTPUTS, shown.cell.room - 2)
        if not shown.written:
            shown.full = shown.cell.room <= 0
            shown.key = shown.cell.last if shown.full else f"spatialnb/{run.project}/{run.id}"
            shown.cell.last = shown.key
        self._put(
            shown,
            "",
            f"{run.status}{[step.status for step in run.steps] if shown.listed else ''}",
            lambda: {
                "text/html": stepcard.run_html(run, media, steps=shown.listed, reply=shown.reply and shown.full),
                "text/plain": stepcard.run_text(run.model_copy(update={"steps": (), "reply": ""})),
            },
            RENEW_SECONDS,
        )
        for step in () if shown.listed else run.steps:
            # A plan that grew: what finds no room any more is counted in the headline.
            if f"/{step.id}" in shown.written or shown.cell.room > 1:
                self._put(
                    shown,
                    f"/{step.id}",
                    step.status,
                    lambda step=step: _bundle(step, run.project, media),
                    RENEW_SECONDS,
                )
        if shown.reply and run.reply and not shown.full:
            self._put(shown, "/reply", run.status, lambda: _reply(run), STREAM_SECONDS)

    def _put(
        self, shown: _Shown, name: str, status: str, make: Callable[[], Mapping[str, str]], patience: float
    ) -> None:
        key = shown.key + name
        before, now = shown.written.get(name), self._clock()
        if before is not None and before.status == status and now - before.at < patience:
            return
        data = make()
        if before is None and not shown.full:
            shown.cell.show(key, data)
        elif before is None or before.data != data:
            shown.cell.update(key, data)
        shown.written[name] = _Written(data, now, status)


def _draw(run: RunState) -> str | None:
    """How a `Run` looks as the value of a cell."""
    outputs = _OF_PROJECT.get(run.project)
    return outputs.draw(run) if outputs is not None else stepcard.run_html(run)


# A run that stands in its cell already is not drawn again there; it then has only its plain text.
Run.draw = _draw  # pyright: ignore[reportAttributeAccessIssue]


def _bundle(step: StepState, project: str, media: Any) -> dict[str, str]:
    return {
        "text/html": stepcard.step_html(step, media, project=project),
        "text/markdown": stepcard.step_markdown(step),
        "text/plain": stepcard.step_text(step),
    }


def _reply(run: RunState) -> dict[str, str]:
    return {"text/html": stepcard.reply_html(run), "text/markdown": run.reply, "text/plain": run.reply}
