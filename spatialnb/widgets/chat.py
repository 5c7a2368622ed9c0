"""The chat: words in, runs out, with their steps, questions and approvals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import traitlets

from spatialnb.models.events import Event, ReplyDelta, RunChanged, ServiceStatus, StepChanged, StoreStatus
from spatialnb.models.plan import RunState
from spatialnb.models.project import Project
from spatialnb.models.protocol import (
    FROM_CHAT,
    AnswerMessage,
    AskMessage,
    DeltaMessage,
    HistoryMessage,
    NoticeMessage,
    ReadyMessage,
    RunMessage,
    StepMessage,
    StopMessage,
    UndoMessage,
)
from spatialnb.widgets import stepcard
from spatialnb.widgets.bridge import Handler, Host, View
from spatialnb.widgets.cell import Cell
from spatialnb.widgets.steps import ACTIVE, StepOutputs

TURNS = 60
"""Turns that a view is filled with; older ones stay in the store."""
PLURALS = {"image": "photos", "video": "videos", "audio": "sounds", "model": "models", "text": "texts"}


class Chat(View):
    """A conversation with a project. Steps of what is asked here appear as outputs under the chat.

    `outputs` writes them; without it they are shown in the chat only. `model` is the name of what answers, or empty
    for the local planner.
    """

    module = "chat"
    incoming = FROM_CHAT
    media_base = traitlets.Unicode().tag(sync=True)

    def __init__(self, host: Host, outputs: StepOutputs | None = None, *, model: str = "") -> None:
        self._outputs = outputs
        self._model = model
        self._cell: Cell | None = None
        super().__init__(host, media_base=host.media_base())
        self.releases(host.follow(self._event))

    def handlers(self) -> Mapping[type, Handler]:
        return {
            ReadyMessage: self._ready,
            AskMessage: self._ask,
            AnswerMessage: self._answer,
            StopMessage: self._stop,
            UndoMessage: self._undo,
        }

    def fallback(self) -> str:
        turns = self.host.runs()[-TURNS:]
        if not turns:
            return "<p>A conversation without words yet. Run this cell to begin it.</p>"
        said = (
            f'<p style="margin:12px 0 0;padding:0 12px"><strong>{escape(turn.run.request)}</strong></p>'
            f"{stepcard.reply_html(turn.run) or _status(turn.run)}"
            for turn in turns
        )
        return "".join(said)

    def _ipython_display_(self, **arguments: Any) -> None:
        self._cell = Cell.current()
        super()._ipython_display_(**arguments)

    # -- from the page ------------------------------------------------------------------------------------------------
    def _ready(self, _message: ReadyMessage, _buffers: Sequence[memoryview]) -> None:
        turns = tuple(self.host.runs()[-TURNS:])
        self.tell(HistoryMessage(turns=turns, model=self._model, suggestions=suggestions(self.host.project)))

    def _ask(self, message: AskMessage, _buffers: Sequence[memoryview]) -> None:
        run = self.host.submit(message.text)
        if self._outputs is not None and self._cell is not None:
            self._outputs.show(run, self._cell, reply=False)

    def _answer(self, message: AnswerMessage, _buffers: Sequence[memoryview]) -> None:
        self.host.answer(message.run, message.step, message.decision, message.args)

    def _stop(self, message: StopMessage, _buffers: Sequence[memoryview]) -> None:
        # Said at once: without an answer the page takes the kernel for busy and interrupts it.
        self.tell(NoticeMessage(level="info", text="Stopping."))
        self.host.stop(message.run)

    def _undo(self, message: UndoMessage, _buffers: Sequence[memoryview]) -> None:
        done = self.host.do("redo" if message.redo else "undo", {}, author="person", actor="chat")
        self.tell(NoticeMessage(level="info", text=done.summary or ("Done again." if message.redo else "Undone.")))

    # -- from the host ------------------------------------------------------------------------------------------------
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
            case ServiceStatus():
                self.tell(NoticeMessage(level="info" if event.state == "closed" else "warning", text=event.message))
            case StoreStatus():
                self.tell(NoticeMessage(level="info" if event.available else "warning", text=_store(event)))
            case _:
                pass


def suggestions(project: Project) -> tuple[str, ...]:
    """Requests that make sense for what is in the project, for a chat that is still empty."""
    kinds = Counter(asset.kind for asset in project.assets.values())
    placed = sum(1 for _ in project.items())
    if not kinds:
        return ("create a cyberpunk music video about AI consciousness", "make a poster of a neon city at night")
    common = PLURALS[kinds.most_common(1)[0][0]]
    if not placed:
        return (f"arrange the {common} in a circle", f"make a wall of the {common}", "what do I have here?")
    return (
        f"arrange the {common} in a spiral",
        f"sort the {common} by colour",
        "make the largest one smaller",
        "export this as a film",
    )


def _status(run: RunState) -> str:
    return f'<p style="margin:0;padding:0 12px">{stepcard.RUN_LOOKS[run.status].word.capitalize()}.</p>'


def _store(event: StoreStatus) -> str:
    if event.message:
        return event.message
    if event.available:
        return "The store is back; everything is kept."
    return "The store does not answer. Changes are kept and written when it is back."
