"""The space widget, its kernel's half: what views show, what hands do in them, and the picture that stays in the
notebook.

A view says `ready` and gets the whole scene; from then on it gets a patch for each revision, computed from the edits
of the change alone. Operations of the hand are done with the view as actor and answered by their number; a number that
comes twice is answered twice and done once.
"""

from __future__ import annotations

import base64
import html
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import RLock, Thread
from typing import Any, ClassVar, TypeAlias

import traitlets
from pydantic import TypeAdapter

from spatialnb.errors import SpatialError
from spatialnb.models.base import Frozen
from spatialnb.models.change import Change
from spatialnb.models.events import Changed, Event, Overridden, Selected, StoreStatus
from spatialnb.models.geometry import Pose, angles, matrix, product, subtract, transform
from spatialnb.models.project import Project
from spatialnb.models.protocol import (
    FROM_SPACE,
    AcceptedMessage,
    HandMessage,
    HandMoved,
    LookMessage,
    OperationMessage,
    PatchMessage,
    ReadyMessage,
    RefusedMessage,
    Scene,
    SceneMessage,
    SelectionMessage,
    SelectMessage,
    StillMessage,
)
from spatialnb.models.scene import scene_environment, scene_groups, scene_item
from spatialnb.widgets.bridge import Handler, Host, View, Wrapped, wrapped

ANSWERS = 256
"""Answers to operations that are kept, for views that ask again."""
AT_ONCE = 0.02
"""Seconds that a new view waits for its scene, which is there at once when it was made before."""
ATLAS_WORTH = 24
"""New things without a place in the atlas from which on it is better to send the scene anew, with a new atlas."""
MOST_STILL = 200_000
"""Bytes above which a still is not kept."""
STILLS = {"image/webp", "image/png"}

log = logging.getLogger(__name__)

Answer: TypeAlias = AcceptedMessage | RefusedMessage


class Space(View):
    """The 3D space of a project."""

    module = "space"
    incoming: ClassVar[TypeAdapter[Any]] = FROM_SPACE

    height = traitlets.Int(540).tag(sync=True)
    _media_base = traitlets.Unicode().tag(sync=True)

    def __init__(self, host: Host, *, height: int = 540) -> None:
        self._answers: OrderedDict[tuple[str, int], Answer] = OrderedDict()
        self._doing = RLock()
        self._authored: OrderedDict[int, str] = OrderedDict()
        self._tiles: dict[str, int] = {}
        self._still: tuple[str, bytes] | None = None
        self._ready = False
        self._made: tuple[Scene, Wrapped] | None = None
        # Made ready while the page fetches the module; what the scene shows first is known now, or comes with it.
        preparing = Thread(target=self._prepare, args=(host,), daemon=True)
        preparing.start()
        preparing.join(AT_ONCE)
        pages = self._made[0].atlas.pages if self._made else ()
        super().__init__(host, height=height, _greets=True, _media_base=host.media_base(), _pictures=list(pages))
        self.releases(host.follow(self._on_event), host.follow_hands(self.tell))

    def handlers(self) -> Mapping[type[Frozen], Handler]:
        return {
            ReadyMessage: self._on_ready,
            OperationMessage: self._on_operation,
            HandMoved: self._on_hand,
            SelectMessage: self._on_select,
            StillMessage: self._on_still,
        }

    # -- asked for by words or code ---------------------------------------------------------------------------------
    def select(self, ids: Sequence[str]) -> None:
        """Show these items as selected."""
        self.tell(SelectionMessage(ids=tuple(ids)))

    def look(self, ids: Sequence[str] = ()) -> None:
        """Move the camera so that these items (all if none are given) are in view."""
        self.tell(LookMessage(ids=tuple(ids)))

    # -- from the view ----------------------------------------------------------------------------------------------
    def _on_ready(self, _message: ReadyMessage, _buffers: Sequence[memoryview]) -> None:
        self._ready = True
        self._send_scene()
        # When the page is loaded again, it meets every view that there ever was; those that are shown will ask.
        self._greets = False

    def _on_operation(self, message: OperationMessage, _buffers: Sequence[memoryview]) -> None:
        key = (message.view, message.seq)
        with self._doing:
            answer = self._answers.get(key) or self._operate(message)
            self._answers[key] = answer
            while len(self._answers) > ANSWERS:
                self._answers.popitem(last=False)
        self.tell(answer)

    def _operate(self, message: OperationMessage) -> Answer:
        args = dict(message.args)
        try:
            if message.operation == "transform" and args.get("poses"):
                args["poses"] = local_poses(self.host.project, args)
            outcome = self.host.do(
                message.operation, args, author="person", actor=message.view, base=message.base or None
            )
        except SpatialError as error:
            return RefusedMessage(seq=message.seq, error=str(error))
        except Exception as error:  # the boundary: the view must hear that its hand was in vain
            log.exception("%r failed at %s", self, message.operation)
            return RefusedMessage(seq=message.seq, error=f"{message.operation} failed: {error}")
        return AcceptedMessage(seq=message.seq, revision=self.host.project.revision, summary=outcome.summary)

    def _on_hand(self, message: HandMoved, _buffers: Sequence[memoryview]) -> None:
        self.host.hand(HandMessage(by=message.view, items=message.items))

    def _on_select(self, message: SelectMessage, _buffers: Sequence[memoryview]) -> None:
        self.host.point(selection=message.ids)

    def _on_still(self, message: StillMessage, buffers: Sequence[memoryview]) -> None:
        if message.mime in STILLS and buffers and len(buffers[0]) <= MOST_STILL:
            self._still = (message.mime, bytes(buffers[0]))
            self.renew_fallback()

    # -- from the project -------------------------------------------------------------------------------------------
    def _on_event(self, event: Event) -> None:
        if not self._ready:
            return
        if isinstance(event, Changed):
            self._authored[event.change.revision] = event.change.actor
            while len(self._authored) > ANSWERS:
                self._authored.popitem(last=False)
            self._send_change(event.change)
        elif isinstance(event, Overridden):
            self._tell_loss(event)
        elif isinstance(event, Selected):
            self.select(event.ids)
        elif isinstance(event, StoreStatus):
            text = event.message or ("The store is back." if event.available else "The store does not answer.")
            self.notice(text, "info" if event.available else "warning")

    def _send_scene(self) -> None:
        scene = self.host.scene()
        placed = {item.id: item.asset for _, item in self.host.project.items()}
        self._tiles = {
            asset: item.media.tile
            for item in scene.items
            if item.media.tile is not None and (asset := placed.get(item.id))
        }
        self.tell_wrapped(self._wrapped(scene))

    def _prepare(self, host: Host) -> None:
        try:
            self._wrapped(host.scene())
        except SpatialError as error:
            log.debug("%s: the scene could not be made ready: %s", host.name, error)  # `ready` will tell the view

    def _wrapped(self, scene: Scene) -> Wrapped:
        made = self._made
        if made is None or made[0] is not scene:
            made = self._made = (scene, wrapped(SceneMessage(scene=scene)))
        return made[1]

    def _send_change(self, change: Change) -> None:
        project = self.host.project
        patch = patch_of(project, change, self._tiles)
        if patch is None or sum(item.media.tile is None for item in patch.items if item.media.thumbnail) > ATLAS_WORTH:
            self._send_scene()
        else:
            self.tell(patch)

    def _tell_loss(self, event: Overridden) -> None:
        # Every view hears of every loss; only those whose hand it was have something to say about it.
        if not any(view == self._authored.get(event.revision) for view, _ in self._answers):
            return
        lost = len(event.overrides) + len(event.dropped)
        what = "A change you made was" if lost == 1 else f"{lost} changes you made were"
        self.notice(f"{what} overwritten by someone else's at the same time. Undo brings yours back.", "warning")

    # -- the static form --------------------------------------------------------------------------------------------
    def fallback(self) -> str:
        """A picture of the space, or a line in its place until one has come."""
        name = html.escape(self.host.name)
        if self._still is None:
            return f"<p>The 3D space of {name}. Run this cell to open it.</p>"
        mime, data = self._still
        source = f"data:{mime};base64,{base64.b64encode(data).decode()}"
        caption = f"The 3D space of {name}. Run this cell to walk in it."
        return (
            f'<figure style="margin:0"><img src="{source}" alt="{caption}" style="max-width:100%;border-radius:10px"/>'
            f"<figcaption>{caption}</figcaption></figure>"
        )


def patch_of(project: Project, change: Change, tiles: Mapping[str, int]) -> PatchMessage | None:
    """What a view has to know of `change`, as things stand in `project`.

    None when it is so much that the whole scene is the shorter answer.
    """
    touched: dict[str, None] = {}
    groups = environment = False
    for edit in change.edits:
        root, *rest = edit.path
        if root == "canvases" and len(rest) >= 3 and rest[1] == "items":
            touched.setdefault(rest[2])
        elif root == "canvases" and len(rest) >= 2:
            groups = groups or rest[1] == "groups"
        elif root == "environments":
            environment = True
        elif root == "preferences" or (root == "assets" and edit.before is None):
            continue
        elif root == "assets":
            touched.update((item.id, None) for _, item in project.items() if item.asset == rest[0])
        else:
            return None
    found = {item_id: project.find(item_id) for item_id in touched}
    return PatchMessage(
        revision=change.revision,
        by=change.actor,
        items=tuple(scene_item(project, canvas, item, tiles) for canvas, item in filter(None, found.values())),
        removed=tuple(item_id for item_id, place in found.items() if place is None),
        groups=scene_groups(project) if groups else None,
        environment=scene_environment(project) if environment else None,
        summary=change.summary,
    )


def local_poses(project: Project, args: Mapping[str, Any]) -> list[Any]:
    """The poses of a `transform`, from the world of the view to the canvases that hold the items."""
    poses: list[Any] = list(args.get("poses") or ())
    for index, item_id in enumerate(list(args.get("items") or ())[: len(poses)]):
        found = project.find(str(item_id))
        if found is None:
            continue
        for layout in project.layouts.values():
            if (placement := layout.placements.get(found[0].id)) is not None:
                if placement != Pose():
                    inner = inside(placement, Pose.model_validate(poses[index]))
                    poses[index] = inner.model_dump(mode="json")
                break
    return poses


def inside(outer: Pose, pose: Pose) -> Pose:
    """`pose` as seen from `outer`: what `compose(outer, ...)` turns into `pose`."""
    (a, b, c), (d, e, f), (g, h, i) = matrix(outer.rotation)
    back = ((a, d, g), (b, e, h), (c, f, i))
    return Pose(
        position=transform(back, subtract(pose.position, outer.position)),
        rotation=angles(product(back, matrix(pose.rotation))),
    )
