"""One open project and the single door through which it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from spatialnb.errors import StoreUnavailable
from spatialnb.models.asset import Asset
from spatialnb.models.base import FrozenDict, Json
from spatialnb.models.canvas import Item
from spatialnb.models.change import Author, Call, diff
from spatialnb.models.events import Event
from spatialnb.models.plan import Preview
from spatialnb.models.project import Project
from spatialnb.models.selection import SelectionLike
from spatialnb.operations.calling.measures import Measures
from spatialnb.operations.calling.services import ServiceState
from spatialnb.operations.context import Context
from spatialnb.operations.pointing import Pointing
from spatialnb.operations.registry import DEFAULT, Operation, Outcome, Reference, Registry
from spatialnb.operations.resolve import resolve
from spatialnb.store.changes import IdsTaken

if TYPE_CHECKING:
    from spatialnb.library import Library
    from spatialnb.store import Store

RERUNS = 100
"""How often an operation is run anew because someone else made the very ids it was about to make."""


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
        self.registry = Registry(parent=DEFAULT) if registry is None else registry
        self.log = store.changes(name)
        self.events = store.events(name)
        self.measures = Measures()
        self.recorder = recorder
        """Through which outside calls go; None: they are simply made."""
        self.models = models
        """The router to hosted models, where there is one."""
        self._context = store.context(name)

    def services(self) -> list[ServiceState]:
        """The outside services that operations of this project call, by name, with how they are."""
        return [ServiceState(name) for name in sorted({o.service for o in self.registry if o.service})]

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
    ) -> Outcome:
        """Run one operation: check the arguments, resolve what they point at, run it, record what it changed.

        `base` is the revision the caller saw, if older than now. Raises the errors of `spatialnb.errors`; then nothing
        has changed.
        """
        operation = self.registry.get(name)
        valid = operation.validate(args or {})
        ctx = Context(
            project=self.project,
            library=self.library,
            log=self.log,
            pointing=self.pointing,
            author=author,
            actor=actor,
            run=run,
            step=step,
            point=self.point,
            publish=self.publish,
            recorder=self.recorder,
            models=self.models,
        )
        ctx.report = report or ctx.report
        ctx.stopped = stopped or ctx.stopped
        for _ in range(RERUNS):
            trial = replace(ctx, project=self.project, pointing=self.pointing)
            before = trial.project
            outcome = operation.function(trial, **self._resolved(operation, valid, trial))
            ctx.check()
            if trial.project is before:
                self._point(operation, outcome, (), author)
                return self._shown(outcome, trial.project)
            try:
                appended = self.log.append(
                    diff(before, trial.project),
                    base=before.revision if base is None else min(base, before.revision),
                    call=Call(operation=name, args=FrozenDict(_portable(operation, valid, args or {}))),
                    author=author,
                    actor=actor,
                    run=run,
                    step=step,
                    correlation_id=correlation_id,
                    summary=outcome.summary,
                    undoes=trial.undoes,
                    redoes=trial.redoes,
                    exclusive=not (trial.undoes or trial.redoes),
                )
            except IdsTaken:
                # Two that place a robot at once would both call theirs robot-1: the later one makes it anew.
                continue
            made = tuple(item.id for _, item in appended.project.items() if before.item(item.id) is None)
            self._point(operation, outcome, made, author)
            return self._shown(outcome, appended.project)
        raise StoreUnavailable(
            f"Others change {self.name!r} so fast that {name} found no place; try again in a moment."
        )

    def _resolved(self, operation: Operation, args: Mapping[str, Any], ctx: Context) -> dict[str, Any]:
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
        )
        return things[0] if to.one else things

    def foresee(self, name: str, args: Mapping[str, Any]) -> Preview:
        """What a call would be about, for a person who has to agree first: names and pictures. Changes nothing.

        Raises what the call would raise for its arguments.
        """
        operation = self.registry.get(name)
        valid = operation.validate(args)
        project, images, names = self.project, list[str](), list[str]()
        for parameter, reference in operation.references.items():
            if valid[parameter] is None:
                continue
            found = self.resolve(valid[parameter], reference, project)
            for thing in (found,) if reference.one else found:
                names.append(thing.name)
                asset = thing if isinstance(thing, Asset) else project.asset_of(thing)
                if asset and (thumbnail := asset.rendition("thumbnail")):
                    images.append(thumbnail.hash)
        told = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        return Preview(text=told, images=tuple(dict.fromkeys(images))[:6])

    def find(self, words: str, project: Project | None = None) -> list[tuple[str, float]]:
        """Assets that fit a description, best first: id and score (0 to 1)."""
        assets = (project or self.project).assets
        return [(hit.asset.id, hit.score) for hit in self.library.search(assets, words, limit=50)]

    def _shown(self, outcome: Outcome, project: Project) -> Outcome:
        """The outcome with a preview, where the operation gave none."""
        if outcome.preview != Preview():
            return outcome
        images: list[str] = []
        for item_id in outcome.items:
            item = project.item(item_id)
            asset = project.asset_of(item) if item else None
            if asset and (thumbnail := asset.rendition("thumbnail")):
                images.append(thumbnail.hash)
            if len(images) == 6:
                break
        return outcome.model_copy(update={"preview": Preview(text=outcome.summary, images=tuple(images))})

    # -- pointing -----------------------------------------------------------------------------------------------------
    @property
    def pointing(self) -> Pointing:
        kept = self._context.get()
        return Pointing.model_validate({k: v for k, v in kept.items() if k in Pointing.model_fields})

    def point(self, **lists: Any) -> None:
        """Say what is pointed at from now on. Takes fields of `Pointing`."""
        self._context.update(**lists)

    def _point(self, operation: Operation, outcome: Outcome, made: tuple[str, ...], author: Author) -> None:
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

    def follow(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call `callback` with every event from now on, on a background thread; returns what ends it."""
        return self.events.follow(callback)


def _portable(operation: Operation, valid: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Json]:
    """The arguments as JSON, as the caller gave them: enough to make the call again."""
    model = operation.args.model_construct(**{k: _plain(v) for k, v in valid.items()})
    dumped = model.model_dump(mode="json", warnings=False)
    return {k: v for k, v in dumped.items() if k in given}


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and any(isinstance(v, (Item, Asset)) for v in value):
        return tuple(v.id if isinstance(v, (Item, Asset)) else v for v in value)
    return value
