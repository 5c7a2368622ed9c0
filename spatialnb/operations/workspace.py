"""One open project and the single door through which it changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from spatialnb.models.asset import Asset
from spatialnb.models.change import Author
from spatialnb.models.events import Event, ViewActed, ViewAction
from spatialnb.models.plan import Preview
from spatialnb.models.project import Project
from spatialnb.models.selection import SelectionLike
from spatialnb.operations.calling.call import Calling
from spatialnb.operations.calling.defaults import Defaults
from spatialnb.operations.calling.measures import Measures
from spatialnb.operations.calling.pipeline import carried_out
from spatialnb.operations.calling.services import ServiceState, service_states
from spatialnb.operations.calling.sizes import sizes_of
from spatialnb.operations.context import Context
from spatialnb.operations.external.sources import Sources
from spatialnb.operations.plugins import load_plugins
from spatialnb.operations.pointing import Pointing
from spatialnb.operations.preferences import Habits, preferred
from spatialnb.operations.registry import DEFAULT, Operation, Outcome, Reference, Registry
from spatialnb.operations.resolve import resolve

if TYPE_CHECKING:
    from spatialnb.library import Library
    from spatialnb.store import Store

ATTENTION = 0.5
"""Seconds after which there is no kernel that has a view, when none has said so."""
OBEDIENCE = 3.0
"""Seconds that a view's page has to do what it is asked for; it may be on the other end of a slow line, or closed."""
WORTH_TELLING = 1.0
"""Seconds from which a person is told beforehand how long something will take."""


class Workspace:
    """A project, its change log, its library and the operations on them.

    Safe to use from several threads; several workspaces, in several processes, may be open on one project.
    """

    def __init__(
        self,
        store: Store,
        name: str,
        library: Library,
        *,
        registry: Registry | None = None,
        recorder: Any = None,
        models: Any = None,
    ) -> None:
        self.name = name
        self.store = store
        self.library = library
        self._registry = Registry(parent=DEFAULT) if registry is None else registry
        self._with_plugins = registry is None
        self.log = store.changes(name)
        self.events = store.events(name)
        self.measures = Measures(store.measures(name))
        self.defaults: list[Defaults] = [preferred, Habits(self.log)]
        """Fill in what callers leave open, from what is known of the person; see `operations/calling/defaults.py`."""
        self.recorder = recorder
        """Through which outside calls go; None: they are simply made."""
        self.models = models
        """The router to hosted models, where there is one."""
        self._context = store.context(name)

    @property
    def registry(self) -> Registry:
        """Every operation of the project, also of plugins, and of sources that other kernels added."""
        if self._with_plugins:
            load_plugins(self._registry)
            self._with_plugins = False
        self.sources.sync()
        return self._registry

    @cached_property
    def sources(self) -> Sources:
        """The outside APIs and MCP servers whose operations this project has."""
        return Sources(self._registry, self.store.tools(self.name), self.library.media, self.recorder)

    def services(self) -> list[ServiceState]:
        """The outside services that operations of this project call, by name, with how they are."""
        return service_states(self)

    @property
    def media(self) -> Any:
        return self.library.media

    @property
    def project(self) -> Project:
        """The project as it is now, with what other processes have changed."""
        self.log.sync()
        return self.log.head

    # -- operations ---------------------------------------------------------------------------------------------------
    def do(
        self,
        name: str,
        args: Mapping[str, Any] | None = None,
        *,
        author: Author = "code",
        actor: str = "",
        run: str = "",
        step: str = "",
        correlation_id: str = "",
        base: int | None = None,
        report: Callable[[float | None, str], None] | None = None,
        stopped: Callable[[], bool] | None = None,
        fresh: bool = False,
    ) -> Outcome:
        """Run one operation: check the arguments, resolve what they point at, run it, record what it changed.

        `base` is the revision the caller saw, if older than now; `fresh` does the work even where the outcome of an
        earlier call could be used again. The way of a call is `operations/calling/pipeline.py`. Raises the errors of
        `spatialnb.errors`; then nothing has changed.
        """
        call = Calling(
            self,
            self.registry.get(name),
            args or {},
            author,
            actor,
            run,
            step,
            correlation_id,
            base,
            report,
            stopped,
            fresh,
        )
        return carried_out(call)

    def resolved(self, operation: Operation, args: Mapping[str, Any], ctx: Context) -> dict[str, Any]:
        """`args` with the things themselves in place of what points at them."""
        return {
            name: self.resolve(value, operation.references[name], ctx.project, ctx.pointing)
            if name in operation.references and value is not None
            else value
            for name, value in args.items()
        }

    def resolve(
        self, reference: SelectionLike, to: Reference, project: Project | None = None, pointing: Pointing | None = None
    ) -> Any:
        """What `reference` points at: a tuple of things, or one thing where the parameter takes one."""
        project = project or self.project
        things = resolve(
            reference,
            project,
            pointing or self.pointing,
            to=to.to,
            one=to.one,
            search=lambda words: self.find(words, project),
            history=self.log.history,
        )
        return things[0] if to.one else things

    def foresee(self, name: str, args: Mapping[str, Any]) -> Preview:
        """What a call would be about, for a person who has to agree first: names and pictures. Changes nothing.

        Raises what the call would raise for its arguments.
        """
        operation = self.registry.get(name)
        valid = operation.validate(args)
        project, images, names = self.project, list[str](), list[str]()
        sizes = sizes_of(valid)
        for parameter, reference in operation.references.items():
            if valid[parameter] is None:
                continue
            found = self.resolve(valid[parameter], reference, project)
            sizes[parameter] = 1 if reference.one else len(found)
            for thing in (found,) if reference.one else found:
                names.append(thing.name)
                asset = thing if isinstance(thing, Asset) else project.asset_of(thing)
                if asset and (thumbnail := asset.rendition("thumbnail")):
                    images.append(thumbnail.hash)
        told = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        foreseen = self.measures.forecast(operation, sizes)
        if foreseen and (foreseen.seconds >= WORTH_TELLING or foreseen.cost_usd > 0):
            told = f"{told} · {foreseen.text()}" if told else foreseen.text().capitalize()
        return Preview(text=told, images=tuple(dict.fromkeys(images))[:6])

    def find(self, words: str, project: Project | None = None) -> list[tuple[str, float]]:
        """Assets that fit a description, best first: id and score (0 to 1)."""
        assets = (project or self.project).assets
        return [(hit.asset.id, hit.score) for hit in self.library.search(assets, words, limit=50)]

    # -- pointing -----------------------------------------------------------------------------------------------------
    @property
    def pointing(self) -> Pointing:
        kept = self._context.get()
        return Pointing.model_validate({k: v for k, v in kept.items() if k in Pointing.model_fields})

    def point(self, **lists: Any) -> None:
        """Say what is pointed at from now on. Takes fields of `Pointing`."""
        self._context.update(**lists)

    def pointed_by(self, operation: Operation, outcome: Outcome, made: tuple[str, ...], author: Author) -> None:
        """Remember what a call was about, so that "them" means it."""
        update: dict[str, Any] = {}
        if made:
            update["made"] = list(made)
        if "hand" in operation.tags or (author == "person" and operation.changes == "items"):
            moved = (*outcome.items, *(i for i in self.pointing.moved if i not in outcome.items))
            update["moved"] = list(moved[:200])
        if outcome.items:
            update["last"] = list(outcome.items)
        if shown := getattr(outcome, "assets", ()):
            update |= {"shown": list(shown), "last": list(outcome.items or shown)}
        if update:
            self.point(**update)

    # -- events -------------------------------------------------------------------------------------------------------
    def publish(self, event: Event) -> None:
        self.events.publish(event)

    def attend(self, action: ViewAction) -> bool:
        """Ask every open view for something, and wait a little for one that did it."""
        heard, acted = threading.Event(), threading.Event()

        def hear(event: Event) -> None:
            if isinstance(event, ViewActed) and event.id == action.id:
                if event.done:
                    acted.set()
                heard.set()

        unfollow = self.follow(hear)
        try:
            self.publish(action)
            return heard.wait(ATTENTION) and acted.wait(OBEDIENCE)
        finally:
            unfollow()

    def follow(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call `callback` with every event from now on, on a background thread; returns what ends it."""
        return self.events.follow(callback)
