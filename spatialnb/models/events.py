"""What happened, as it happens: the tagged union that is written to a project's event stream and sent to its views."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from spatialnb.models.base import Frozen
from spatialnb.models.change import Change, Dropped, Override
from spatialnb.models.environment import Camera
from spatialnb.models.geometry import Seconds
from spatialnb.models.plan import RunState, StepState


class Changed(Frozen):
    """The project has a new revision."""

    type: Literal["changed"] = "changed"
    change: Change


class Overridden(Frozen):
    """Told to the author of a change that a concurrent, later one has overwritten, or whose subject is gone."""

    type: Literal["overridden"] = "overridden"
    revision: int
    by: int
    overrides: tuple[Override, ...] = ()
    dropped: tuple[Dropped, ...] = ()


class RunChanged(Frozen):
    """A run started, waits, or is over. `state.steps` is complete."""

    type: Literal["run"] = "run"
    state: RunState


class StepChanged(Frozen):
    """A step has a new status, progress or result."""

    type: Literal["step"] = "step"
    state: StepState


class ReplyDelta(Frozen):
    """More text of a run's reply."""

    type: Literal["reply"] = "reply"
    run: str
    text: str


class Selected(Frozen):
    """Items were selected by words or code: every open space shows them so."""

    type: Literal["selected"] = "selected"
    ids: tuple[str, ...]


ViewActionName: TypeAlias = Literal["fly_to", "focus", "show", "play", "open_panel"]
PanelName: TypeAlias = Literal["space", "chat", "steps", "help"]


class ViewAction(Frozen):
    """Something that every open view which can do it does; the first one that did says `ViewActed`."""

    type: Literal["view"] = "view"
    id: str
    action: ViewActionName
    items: tuple[str, ...] = ()
    camera: Camera | None = None
    panel: PanelName | None = None
    on: bool = True
    """Off: pause what plays, let go of what is in focus."""
    seconds: Seconds | None = None
    """Where to play from; None goes on where it was."""


class ViewActed(Frozen):
    """A view did what a `ViewAction` asked for, or (not `done`) has asked its page to."""

    type: Literal["acted"] = "acted"
    id: str
    done: bool = True


class StoreStatus(Frozen):
    """The store went away or came back. While it is away, changes are kept and written later."""

    type: Literal["store"] = "store"
    available: bool
    pending: int = 0
    message: str = ""


class ServiceStatus(Frozen):
    """An outside service is left alone because it failed too often, is tried again, or answers again."""

    type: Literal["service"] = "service"
    service: str
    state: Literal["closed", "open", "half_open"]
    message: str
    """What a person should know, in plain words."""


Event: TypeAlias = Annotated[
    Changed
    | Overridden
    | RunChanged
    | StepChanged
    | ReplyDelta
    | Selected
    | ViewAction
    | ViewActed
    | StoreStatus
    | ServiceStatus,
    Field(discriminator="type"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
