"""What the views are given of a studio."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spatialnb.models.base import Json
from spatialnb.models.change import Author
from spatialnb.models.events import Event, ViewActed
from spatialnb.models.plan import Decision, RunState
from spatialnb.models.project import Project
from spatialnb.models.protocol import Atlas, HandMessage, Scene, Turn
from spatialnb.models.scene import scene_of
from spatialnb.operations.registry import Outcome

if TYPE_CHECKING:
    from spatialnb.agent.conductor import Conductor
    from spatialnb.operations.workspace import Workspace

MEDIA = "spatialnb/media"
"""Where the server extension serves media, below the Jupyter server's base URL."""


class StudioHost:
    """The `Host` of every view of one studio; see `spatialnb.widgets.bridge`."""

    def __init__(self, workspace: Workspace, conductor: Callable[[], Conductor]) -> None:
        self._workspace = workspace
        self._conductor = conductor
        self._hands: list[Callable[[HandMessage], None]] = []
        self._lock = threading.Lock()
        self._scene: Scene | None = None
        self._atlas: tuple[tuple[str, ...], Atlas, dict[str, int]] = ((), Atlas(), {})

    @property
    def name(self) -> str:
        return self._workspace.name

    @property
    def project(self) -> Project:
        return self._workspace.project

    @property
    def media(self) -> Any:
        return self._workspace.media

    def do(
        self, name: str, args: Mapping[str, Any], *, author: Author = "code", actor: str = "", base: int | None = None
    ) -> Outcome:
        return self._workspace.do(name, args, author=author, actor=actor, base=base)

    def follow(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        return self._workspace.follow(callback)

    def media_base(self) -> str:
        return MEDIA

    def scene(self) -> Scene:
        project = self._workspace.project
        atlas, tiles = self._packed(project)
        with self._lock:
            if self._scene is None or self._scene.revision != project.revision:
                self._scene = scene_of(project, media_base=MEDIA, atlas=atlas, tiles=tiles)
            return self._scene

    def _packed(self, project: Project) -> tuple[Atlas, dict[str, int]]:
        """The atlas of the thumbnails of everything placed; packed anew only when something else is placed."""
        shown = tuple(
            sorted({item.asset for _, item in project.items() if item.asset and item.asset in project.assets})
        )
        with self._lock:
            if self._atlas[0] != shown:
                atlas, tiles = self._workspace.library.atlas({key: project.assets[key] for key in shown})
                self._atlas = (shown, atlas, tiles)
            return self._atlas[1], self._atlas[2]

    def runs(self) -> Sequence[Turn]:
        return [Turn(run=state) for state in self._workspace.store.conversation(self.name).turns()]

    def submit(self, text: str) -> RunState:
        return self._conductor().submit(text, approve="ask", by="chat").state

    def answer(self, run: str, step: str, decision: Decision, args: Mapping[str, Json]) -> None:
        self._conductor().run(run).answer(step, decision, dict(args))

    def stop(self, run: str) -> None:
        self._conductor().run(run).stop()

    def point(self, *, selection: Sequence[str]) -> None:
        self._workspace.point(selection=list(selection))

    def acted(self, action: str, *, done: bool = True) -> None:
        self._workspace.publish(ViewActed(id=action, done=done))

    def hand(self, message: HandMessage) -> None:
        for callback in tuple(self._hands):
            callback(message)

    def follow_hands(self, callback: Callable[[HandMessage], None]) -> Callable[[], None]:
        self._hands.append(callback)
        return lambda: self._hands.remove(callback)
