"""Every message between a widget's two halves. TypeScript types are generated from this file and tested for drift.

State a fresh view needs is a trait; what happened once is a message. Kernel to view: `ToChat`, `ToSpace`, `ToSteps`.
View to kernel: `FromChat`, `FromSpace`, `FromSteps`. Every union is tagged by `type`.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from spatialnb.models.base import Frozen, FrozenDict, FrozenMap, Json
from spatialnb.models.canvas import ItemKind
from spatialnb.models.environment import Camera, Lighting, NavigationMode, ThemeName
from spatialnb.models.events import PanelName, ViewActionName
from spatialnb.models.geometry import Vec3
from spatialnb.models.plan import Decision, RunState, StepState


# -- what a space draws ----------------------------------------------------------------------------------------------
class Media(Frozen):
    """Where a view finds what an item shows: hashes in the media store. `GET {media_base}/{hash}` serves them."""

    thumbnail: str | None = None
    picture: str | None = None
    """Texture of an image or poster of a video, WebP."""
    stream: str | None = None
    """Proxy of a video or a sound."""
    model: str | None = None
    """GLB."""
    waveform: str | None = None
    tile: int | None = None
    """Place of the thumbnail in the scene's atlas, see `Atlas`."""


class SceneItem(Frozen):
    """An item as a view draws it: in world coordinates (the pose of its layout is already applied)."""

    id: str
    name: str
    kind: ItemKind
    group: str | None = None
    position: Vec3
    rotation: Vec3
    size: Vec3
    """Width, height, depth."""
    text: str = ""
    colour: str | None = None
    locked: bool = False
    hidden: bool = False
    start: float | None = None
    duration: float | None = None
    media: Media = Media()


class SceneGroup(Frozen):
    id: str
    name: str
    parent: str | None = None


class SceneEnvironment(Frozen):
    theme: ThemeName = "auto"
    navigation: NavigationMode = "orbit"
    lighting: Lighting = Lighting()
    camera: Camera | None = None


class Atlas(Frozen):
    """Thumbnails packed into square pages: `pages` are hashes of WebP pictures, row-major tiles of `tile` pixels."""

    pages: tuple[str, ...] = ()
    page: int = 1024
    tile: int = 64


class Scene(Frozen):
    """Everything a space draws at one revision. Also the `scene.json` of a web export."""

    project: str
    revision: int
    items: tuple[SceneItem, ...] = ()
    groups: tuple[SceneGroup, ...] = ()
    environment: SceneEnvironment = SceneEnvironment()
    atlas: Atlas = Atlas()
    media_base: str = ""
    """URL prefix for media, or empty: ask the kernel for bytes with `fetch`."""


# -- space -----------------------------------------------------------------------------------------------------------
class SceneMessage(Frozen):
    """The whole scene. Sent when a view says `ready`."""

    type: Literal["scene"] = "scene"
    scene: Scene


class PatchMessage(Frozen):
    """What changed since the revision before. `by` is the actor of the change, so that a view knows its own."""

    type: Literal["patch"] = "patch"
    revision: int
    by: str = ""
    items: tuple[SceneItem, ...] = ()
    """New or changed items, whole."""
    removed: tuple[str, ...] = ()
    groups: tuple[SceneGroup, ...] | None = None
    environment: SceneEnvironment | None = None
    summary: str = ""
    undoable: bool = True


class AcceptedMessage(Frozen):
    """Answer to `operation`: its change is stored (or nothing had to change)."""

    type: Literal["accepted"] = "accepted"
    seq: int
    revision: int
    summary: str = ""


class RefusedMessage(Frozen):
    """Answer to `operation`: it was not done. The view puts back what it showed before."""

    type: Literal["refused"] = "refused"
    seq: int
    error: str


class HandMessage(Frozen):
    """Another view's hand is dragging: poses that are not stored yet."""

    type: Literal["hand"] = "hand"
    by: str
    items: tuple[HandPose, ...]


class HandPose(Frozen):
    id: str
    position: Vec3
    rotation: Vec3
    size: Vec3


class SelectionMessage(Frozen):
    """What is selected, chosen by words or code."""

    type: Literal["selection"] = "selection"
    ids: tuple[str, ...]


class LookMessage(Frozen):
    """Move the camera: frame these items (all if empty), or go to a camera."""

    type: Literal["look"] = "look"
    ids: tuple[str, ...] = ()
    camera: Camera | None = None


class ActMessage(Frozen):
    """Do this, if this view can, and answer with `acted`."""

    type: Literal["act"] = "act"
    id: str
    action: ViewActionName
    items: tuple[str, ...] = ()
    camera: Camera | None = None
    panel: PanelName | None = None
    on: bool = True
    seconds: float | None = None


class NoticeMessage(Frozen):
    """Something a person should know: a change of theirs was overwritten, the store is away, media are missing."""

    type: Literal["notice"] = "notice"
    level: Literal["info", "warning", "error"] = "info"
    text: str


class BytesMessage(Frozen):
    """Answer to `fetch`; the bytes are the message's buffer. `mime` is empty when there is no such file."""

    type: Literal["bytes"] = "bytes"
    hash: str
    mime: str


class ModuleMessage(Frozen):
    """Answer to `module`: the widget's code is the message's buffer. Asked for once a page."""

    type: Literal["module"] = "module"
    name: str


class PackedMessage(Frozen):
    """An envelope: the first buffer is a longer message of the view's union, as gzip of its JSON; others follow it."""

    type: Literal["packed"] = "packed"


ToSpace: TypeAlias = Annotated[
    SceneMessage
    | PatchMessage
    | AcceptedMessage
    | RefusedMessage
    | HandMessage
    | SelectionMessage
    | LookMessage
    | ActMessage
    | NoticeMessage
    | BytesMessage
    | ModuleMessage,
    Field(discriminator="type"),
]


class ReadyMessage(Frozen):
    """A view is there and wants to be filled."""

    type: Literal["ready"] = "ready"
    view: str
    """A name the view made for itself; its changes carry it as actor."""
    revision: int | None = None
    """What it already shows, after a reconnect."""


class OperationMessage(Frozen):
    """The hand did something: call this operation. One message a gesture."""

    type: Literal["operation"] = "operation"
    view: str
    seq: int
    """Counts up per view; a number seen before is answered again but not done again."""
    base: int
    """Revision the view showed when the hand began."""
    operation: str
    args: FrozenMap[str, Json] = FrozenDict()


class HandMoved(Frozen):
    """While dragging. Never stored, shown in other views."""

    type: Literal["hand"] = "hand"
    view: str
    items: tuple[HandPose, ...]


class SelectMessage(Frozen):
    """The hand selected these; "these" and "those" in the chat mean them."""

    type: Literal["select"] = "select"
    ids: tuple[str, ...]


class ActedMessage(Frozen):
    """Answer to `act`: done. A view that cannot do it says nothing."""

    type: Literal["acted"] = "acted"
    id: str


class FetchMessage(Frozen):
    """Send me the bytes of this hash: there is no `media_base`, or it does not answer."""

    type: Literal["fetch"] = "fetch"
    hash: str


class StillMessage(Frozen):
    """A picture of what the space shows (WebP or PNG, the message's buffer), for the saved notebook."""

    type: Literal["still"] = "still"
    mime: str
    revision: int


class FetchModule(Frozen):
    """Send me the code of the widget called `name`."""

    type: Literal["module"] = "module"
    name: str


FromSpace: TypeAlias = Annotated[
    ReadyMessage
    | OperationMessage
    | HandMoved
    | SelectMessage
    | ActedMessage
    | FetchMessage
    | StillMessage
    | FetchModule,
    Field(discriminator="type"),
]


# -- chat ------------------------------------------------------------------------------------------------------------
class Turn(Frozen):
    """One request and what came of it, as the chat shows it."""

    run: RunState
    at: str = ""
    """ISO 8601."""


class HistoryMessage(Frozen):
    """Every turn so far, oldest first. Sent when a view says `ready`."""

    type: Literal["history"] = "history"
    turns: tuple[Turn, ...]
    model: str = ""
    """What answers: a model's name, or empty for the local planner."""
    suggestions: tuple[str, ...] = ()
    """Requests that make sense now, for the empty state."""


class RunMessage(Frozen):
    """A run started or changed its status."""

    type: Literal["run"] = "run"
    state: RunState


class StepMessage(Frozen):
    """One step changed."""

    type: Literal["step"] = "step"
    state: StepState


class DeltaMessage(Frozen):
    """More of a reply's text (Markdown)."""

    type: Literal["delta"] = "delta"
    run: str
    text: str


ToChat: TypeAlias = Annotated[
    HistoryMessage
    | RunMessage
    | StepMessage
    | DeltaMessage
    | ActMessage
    | NoticeMessage
    | BytesMessage
    | ModuleMessage,
    Field(discriminator="type"),
]


class AskMessage(Frozen):
    """A person's request. `client` lets the view match the run that comes of it."""

    type: Literal["ask"] = "ask"
    text: str
    client: str


class AnswerMessage(Frozen):
    """A person's decision on a step that waits. `args` only with `edit`."""

    type: Literal["answer"] = "answer"
    run: str
    step: str
    decision: Decision
    args: FrozenMap[str, Json] = FrozenDict()


class StopMessage(Frozen):
    """Stop this run now; keep what is finished."""

    type: Literal["stop"] = "stop"
    run: str


class UndoMessage(Frozen):
    """Undo or redo the latest change, whoever made it."""

    type: Literal["undo"] = "undo"
    redo: bool = False


FromChat: TypeAlias = Annotated[
    ReadyMessage | AskMessage | AnswerMessage | StopMessage | UndoMessage | ActedMessage | FetchMessage | FetchModule,
    Field(discriminator="type"),
]


# -- steps -----------------------------------------------------------------------------------------------------------
ToSteps: TypeAlias = Annotated[
    RunMessage | StepMessage | DeltaMessage | ActMessage | NoticeMessage | BytesMessage | ModuleMessage,
    Field(discriminator="type"),
]
FromSteps: TypeAlias = Annotated[
    ReadyMessage | AnswerMessage | StopMessage | ActedMessage | FetchMessage | FetchModule, Field(discriminator="type")
]

TO_SPACE: TypeAdapter[ToSpace] = TypeAdapter(ToSpace)
FROM_SPACE: TypeAdapter[FromSpace] = TypeAdapter(FromSpace)
TO_CHAT: TypeAdapter[ToChat] = TypeAdapter(ToChat)
FROM_CHAT: TypeAdapter[FromChat] = TypeAdapter(FromChat)
TO_STEPS: TypeAdapter[ToSteps] = TypeAdapter(ToSteps)
FROM_STEPS: TypeAdapter[FromSteps] = TypeAdapter(FromSteps)
