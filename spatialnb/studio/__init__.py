"""The studio: the one place where parts are built and joined."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from spatialnb.config import Settings
from spatialnb.errors import Invalid
from spatialnb.llm import Router
from spatialnb.llm.replay import recorder_for
from spatialnb.models.change import Change
from spatialnb.models.events import Event
from spatialnb.models.plan import StepState
from spatialnb.models.project import Project, scene_hash
from spatialnb.models.selection import Selection
from spatialnb.operations import load_operations
from spatialnb.operations.registry import Outcome
from spatialnb.operations.workspace import Workspace
from spatialnb.store import Store, open_store
from spatialnb.studio.bound import bound, pointed
from spatialnb.studio.code import to_code
from spatialnb.studio.frames import edited_rows, history_frame, items_frame
from spatialnb.studio.host import StudioHost
from spatialnb.studio.library import StudioLibrary
from spatialnb.studio.models import Models
from spatialnb.studio.progress import notebook_progress
from spatialnb.studio.tools import Tools

if TYPE_CHECKING:
    import pandas as pd

    from spatialnb.agent.conductor import Conductor
    from spatialnb.agent.run import Run
    from spatialnb.studio.methods import Methods
    from spatialnb.widgets.chat import Chat
    from spatialnb.widgets.space import Space
    from spatialnb.widgets.steps import StepOutputs, Steps
else:
    Methods = object  # what type checkers and editors know of the operations; see `generate_methods`

Approve = Literal["ask", "auto"] | Callable[[StepState], Any]


class Studio(Methods):
    """A project, open.

    Every operation is a method: `studio.arrange(items="the photos", arrangement="circle")`. References take words, ids,
    items, tables of items or selections. `store` is a Redis URL or an open store; without one, `SPATIALNB_REDIS_URL` or
    else an embedded Redis is used, which other notebooks may share. `model` puts a hosted model in charge (any LiteLLM
    name), as `SPATIALNB_MODEL` does.
    """

    def __init__(
        self, name: str, *, store: str | Store | None = None, model: str | None = None, settings: Settings | None = None
    ) -> None:
        from spatialnb.library import Library, MediaStore

        if not name.strip() or any(c in name for c in "/\\:\0\n") or len(name) > 120:
            raise Invalid("A project's name is one line of at most 120 characters without / \\ or colon.", "name")
        settings = settings or Settings.from_environment()
        if isinstance(store, str):
            settings = replace(settings, redis_url=store)
        if model is not None:
            settings = replace(settings, model=model or None)
        load_operations()
        self.settings = settings
        self._store = store if isinstance(store, Store) else open_store(settings)
        recorder = recorder_for(settings, name)
        self._router = Router(settings, self._store, recorder)
        self._workspace = Workspace(
            self._store, name, Library(MediaStore(settings.media)), recorder=recorder, models=self._router
        )
        self.library = StudioLibrary(self._workspace)
        self.tools = Tools(self._workspace)
        self.models = Models(self._router, self._store, name)
        self._host = StudioHost(self._workspace, lambda: self._conductor)
        self._close = weakref.finalize(self, _close, self._store, isinstance(store, Store))
        if _in_notebook():
            self._router.warm()

    @cached_property
    def _conductor(self) -> Conductor:
        from spatialnb.agent.conductor import Conductor

        self._router.warm()
        return Conductor(self._workspace, self.settings)

    @cached_property
    def _outputs(self) -> StepOutputs:
        from spatialnb.widgets.steps import StepOutputs

        return StepOutputs(self._host)

    # -- what there is ------------------------------------------------------------------------------------------------
    @property
    def workspace(self) -> Workspace:
        """The open project underneath: its log, store and registry, for tools that are built on top."""
        return self._workspace

    @property
    def name(self) -> str:
        return self._workspace.name

    @property
    def project(self) -> Project:
        """The project at its latest revision; immutable."""
        return self._workspace.project

    def items(self) -> pd.DataFrame:
        """A row an item: id, asset, name, kind, canvas, group, position (m), rotation (degrees), size (m)."""
        return items_frame(self.project)

    def apply(self, frame: pd.DataFrame) -> Outcome:
        """Write an edited table of `items()` back, as one change. Left-out rows and columns stay as they are."""
        rows = edited_rows(self.project, frame)
        return self.do("update_items", rows=rows) if rows else Outcome(summary="Nothing differed")

    def select(self, what: str | Selection) -> Selection:
        """The selection that words mean; it becomes the current one, so that "these" means it in the chat."""
        from spatialnb.operations.resolve import as_selection

        selection = as_selection(what, self.project)
        self.do("select", items=selection)
        return selection

    def scene_hash(self) -> str:
        """SHA-256 of what the scene shows: equal on any machine where the same was done with the same media."""
        return scene_hash(self.project)

    # -- doing --------------------------------------------------------------------------------------------------------
    def do(self, operation: str, /, **args: Any) -> Any:
        """Call an operation by name, `"name@1"` for a version of it that is not the highest.

        Raises the errors of `spatialnb.errors`; then nothing has changed.
        """
        args = pointed(self._workspace.registry.get(operation), args)
        if not _in_notebook():
            return self._workspace.do(operation, args, author="code")
        with notebook_progress(operation.replace("_", " ").capitalize()) as report:
            return self._workspace.do(operation, args, author="code", report=report)

    def run(self, request: str, *, approve: Approve = "ask", show: bool = True) -> Run:
        """Plan and run a request in words, and wait for it; in a notebook its steps appear live under the cell.

        `approve` says who agrees to steps that delete, spend or publish: "ask" (the run waits), "auto", or a function
        that gets the step and answers True, False or other arguments.
        """
        run = self._started(request, approve, show)
        try:
            run.wait()
        finally:
            self._finished(run, show)
        return run

    async def arun(self, request: str, *, approve: Approve = "ask", show: bool = True) -> Run:
        """`run`, for asynchronous code: other tasks go on meanwhile."""
        run = self._started(request, approve, show)
        try:
            await run.awaited()
        finally:
            self._finished(run, show)
        return run

    def submit(self, request: str, *, approve: Approve = "ask", by: str = "code") -> Run:
        """Begin a run of a request in words and return at once; `by` says who asked."""
        return self._conductor.submit(request, approve=approve, by=by)

    def get_run(self, run: str) -> Run:
        """A run of this project by its id, of this process or kept in the store. Raises `NotFound`."""
        return self._conductor.run(run)

    def resume(self, run: str, *, approve: Approve = "ask") -> Run:
        """Go on with a run that a stopped or killed kernel left; finished steps are not run again."""
        return self._conductor.resume(run, approve=approve)

    def runs(self) -> list[Run]:
        """The runs of this project, oldest first."""
        return [self._conductor.run(turn.run.id) for turn in self._host.runs()]

    def _started(self, request: str, approve: Approve, show: bool) -> Run:
        run = self._conductor.submit(request, approve=approve, by="code")
        if show and _in_notebook():
            self._outputs.show(run.state)
        return run

    def _finished(self, run: Run, show: bool) -> None:
        if show and _in_notebook():
            self._outputs.finish(run.state)

    # -- history ------------------------------------------------------------------------------------------------------
    def history(self) -> pd.DataFrame:
        """A row a change, oldest first."""
        return history_frame(self.changes())

    def changes(self) -> list[Change]:
        """The change log, oldest first."""
        self._workspace.log.sync()
        return self._workspace.log.history()

    def to_code(self) -> str:
        """Python that makes the scene again: the calls in the change log, without what was undone."""
        return to_code(self.name, self.changes(), self._workspace.registry)

    def follow(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call `callback` with every event from now on, on a background thread; returns what ends it."""
        return self._workspace.follow(callback)

    # -- views --------------------------------------------------------------------------------------------------------
    def chat(self) -> Chat:
        """The conversation, as a widget."""
        from spatialnb.widgets.chat import Chat

        return Chat(self._host, self._outputs, model=self.settings.model or "")

    def space(self, *, height: int = 520) -> Space:
        """The scene to walk through and edit by hand, as a widget `height` CSS pixels high."""
        from spatialnb.widgets.space import Space

        return Space(self._host, height=height)

    def steps(self) -> Steps:
        """The steps of the latest run, as a widget."""
        from spatialnb.widgets.steps import Steps

        return Steps(self._host)

    def to_pythreejs(self) -> Any:
        """The scene as a `pythreejs.Scene`, to be shown and changed with pythreejs; later changes do not reach it."""
        from spatialnb.targets.pythreejs import pythreejs_scene

        return pythreejs_scene(self.project, self._workspace.media)

    # -- operations as methods ----------------------------------------------------------------------------------------
    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or name not in self._workspace.registry:
            raise AttributeError(f"A studio has no {name!r}; see dir(studio) for what it can do.")
        return bound(self, self._workspace.registry.get(name))

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(operation.name for operation in self._workspace.registry)})

    def close(self) -> None:
        """Stop what runs and let go of the store. An embedded one ends by itself when nobody uses it any more."""
        for part in ("_outputs", "_conductor"):
            if (built := self.__dict__.pop(part, None)) is not None:
                built.close()
        self._workspace.sources.close()
        self._router.shut()
        self._close()

    def __enter__(self) -> Studio:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        project = self.project
        placed = sum(1 for _ in project.items())
        return (
            f"<Studio {self.name!r}: {len(project.assets)} assets, {placed} in the space, revision {project.revision}>"
        )


def _in_notebook() -> bool:
    """Whether outputs go to a notebook."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return False
    return getattr(get_ipython(), "kernel", None) is not None


def _close(store: Store, shared: bool) -> None:
    if not shared:
        store.close()
