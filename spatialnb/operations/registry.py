"""The registry: an operation is one typed function, written once and usable from everywhere.

    @operation(changes="layout", words=("arrange", "lay out"))
    def arrange(ctx: Context, items: Things, arrangement: ArrangementName = "grid") -> Arranged:
        \"\"\"Place items in a named arrangement.\"\"\"

The function's signature is the contract: from it come the validated arguments, the `Studio` method, the tool that a
model calls and the command that a widget sends.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, TypeAlias

from spatialnb.errors import Invalid, NotFound
from spatialnb.operations.operation import (
    Anything,
    Assets,
    F,
    Operation,
    Outcome,
    Placeable,
    Reference,
    Subject,
    Thing,
    Things,
    Tier,
    describe,
    nearest,
    plain,
)

Stamp: TypeAlias = tuple[int, ...]
ALWAYS = ("search_tools", "undo")
"""What a model is always shown: a way to the rest of the tools, and a way back."""


@dataclass(frozen=True)
class Found:
    """An operation that can do what was asked, how well it fits (0 to 1), and by what it was found."""

    operation: Operation
    score: float
    why: str


class Registry:
    """All operations by name. Can be added to and taken from while running, from any thread.

    A registry with a `parent` has the parent's operations too; what is added to it or taken from it is its own alone.
    Several versions of an operation may be registered: its name means the highest, `"arrange@1"` means that version.
    """

    def __init__(self, operations: Mapping[str, Operation] | None = None, *, parent: Registry | None = None) -> None:
        self.parent = parent
        self._lock = threading.RLock()
        # Both are replaced, never changed, so that readers need no lock.
        self._own: Mapping[str, Mapping[int, Operation]] = {
            name: {operation.version: operation} for name, operation in (operations or {}).items()
        }
        self._merged: tuple[Stamp, Mapping[str, Operation]] | None = None
        self._count = 0
        self._followers: Mapping[object, Callable[[], None]] = {}

    # -- what there is ------------------------------------------------------------------------------------------------
    @property
    def stamp(self) -> Stamp:
        """Differs after anything was added or taken away, here or in a parent."""
        return (self._count, *(self.parent.stamp if self.parent is not None else ()))

    @property
    def operations(self) -> Mapping[str, Operation]:
        """The highest version of each, by name: a parent's first."""
        stamp, merged = self.stamp, self._merged
        if merged is None or merged[0] != stamp:
            names = dict.fromkeys((*(self.parent.operations if self.parent is not None else ()), *self._own))
            merged = self._merged = (stamp, {name: self.versions(name)[-1] for name in names})
        return merged[1]

    def versions(self, name: str) -> tuple[Operation, ...]:
        """Every version of an operation, lowest first; of two with one number, this registry's own."""
        known = {
            operation.version: operation
            for operation in (self.parent.versions(name) if self.parent is not None else ())
        }
        return tuple(operation for _, operation in sorted({**known, **self._own.get(name, {})}.items()))

    def every_version(self) -> tuple[Operation, ...]:
        """All versions of all operations."""
        return tuple(operation for name in self.operations for operation in self.versions(name))

    def get(self, name: str) -> Operation:
        """The operation of that name, or that version of it for `"name@version"`.

        Raises `NotFound` with the nearest name, or with the versions there are.
        """
        if (found := self._find(name)) is not None:
            return found
        plain_name, _, version = name.partition("@")
        if version and (versions := self.versions(plain_name)):
            there = ", ".join(str(operation.version) for operation in versions)
            raise NotFound(f"There is no version {version} of {plain_name}; there is {there}.")
        close = nearest(plain_name, self.operations)
        hint = f" Did you mean {close!r}?" if close else f" There are: {', '.join(sorted(self.operations))}."
        raise NotFound(f"There is no operation {name!r}.{hint}")

    def _find(self, name: str) -> Operation | None:
        plain_name, at, version = name.partition("@")
        if not at:
            return self.operations.get(name)
        return next((o for o in self.versions(plain_name) if str(o.version) == version), None)

    def __iter__(self) -> Iterator[Operation]:
        return iter(tuple(self.operations.values()))

    def __contains__(self, name: str) -> bool:
        return self._find(name) is not None

    def __len__(self) -> int:
        return len(self.operations)

    # -- coming and going ---------------------------------------------------------------------------------------------
    def add(self, operation: Operation) -> None:
        """Register an operation, in place of one of the same name and version."""
        with self._lock:
            versions = {**self._own.get(operation.name, {}), operation.version: operation}
            self._own = {**self._own, operation.name: versions}
            self._changed()

    def add_all(self, operations: Iterable[Operation]) -> None:
        """Register what belongs together, all or none.

        Raises `Invalid` if one of them needs an operation that is neither here nor among them, or has the name of
        an operation that someone else brought.
        """
        new = list(operations)
        with self._lock:
            for operation in new:
                taken = self.operations.get(operation.name)
                if taken is not None and taken.source != operation.source:
                    raise Invalid(
                        f"{operation.source} cannot bring {operation.name!r}: {taken.source} has an operation of that "
                        "name. Rename it.",
                        "name",
                    )
            known = {key for operation in (*new, *self) for key in (operation.name, operation.key)}
            missing = [(o.name, need) for o in new for need in o.needs if need not in known and need not in self]
            if missing:
                told = ", ".join(f"{name} needs {need}" for name, need in missing)
                raise Invalid(
                    f"{new[0].source} cannot be loaded: {told}, which there is not. Load that first.", "needs"
                )
            self._replace([*self._brought(), *new])

    def remove(self, name: str, *, force: bool = False) -> None:
        """Take away this registry's own versions of an operation, or just that one of `"name@version"`.

        Raises `Invalid` if others need it, unless `force`.
        """
        self._take_away(lambda o: name in (o.name, o.key), name, force)

    def unload(self, source: str, *, force: bool = False) -> int:
        """Take away everything that `source` brought to this registry, and say how much that was.

        Raises `Invalid` if others need some of it, unless `force`.
        """
        return self._take_away(lambda operation: operation.source == source, source, force)

    def _brought(self) -> list[Operation]:
        return [operation for versions in self._own.values() for operation in versions.values()]

    def _take_away(self, goes: Callable[[Operation], bool], what: str, force: bool) -> int:
        with self._lock:
            own = self._brought()
            left = [operation for operation in own if not goes(operation)]
            if len(left) < len(own):
                if not force and (missed := self._missed(left)):
                    told = ", ".join(f"{name} needs {need}" for name, need in missed)
                    raise Invalid(f"{what} cannot be taken away: {told}. Take that away first, or force it.", "source")
                self._replace(left)
            return len(own) - len(left)

    def _missed(self, left: Iterable[Operation]) -> list[tuple[str, str]]:
        """Which operations would need which others that are gone, if only `left` were this registry's own."""
        then = Registry(parent=self.parent)
        then._replace(left)
        return [(o.name, need) for o in then for need in o.needs if need not in then and need in self]

    def _replace(self, own: Iterable[Operation]) -> None:
        """Have just these as this registry's own; of two of one name and version, the later."""
        sorted_in: dict[str, dict[int, Operation]] = {}
        for operation in own:
            sorted_in.setdefault(operation.name, {})[operation.version] = operation
        self._own = sorted_in
        self._changed()

    def _changed(self) -> None:
        self._count += 1
        for callback in self._followers.values():
            callback()

    def follow(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after anything was added or taken away, here or in a parent, on the thread that did it;
        returns what ends that."""
        follower = object()
        with self._lock:
            self._followers = {**self._followers, follower: callback}
        unfollow_parent = self.parent.follow(callback) if self.parent is not None else None

        def stop() -> None:
            with self._lock:
                self._followers = {k: v for k, v in self._followers.items() if k is not follower}
            if unfollow_parent is not None:
                unfollow_parent()

        return stop

    # -- finding ------------------------------------------------------------------------------------------------------
    def search(self, words: str, *, limit: int = 10, tier: Tier | None = None) -> list[Found]:
        """Operations that can do what `words` ask for, best first: "what can make sound?"."""
        from spatialnb.operations.retrieval import search

        return search(self, words, limit=limit, tier=tier)

    def relevant(self, request: str, *, limit: int = 15, always: Iterable[str] = ALWAYS) -> list[Operation]:
        """The operations a model should be shown for `request`: those of `always` that there are, then the best."""
        from spatialnb.operations.retrieval import relevant

        return relevant(self, request, limit=limit, always=always)


DEFAULT = Registry()
"""What every studio has."""
DECLARED = "__operations__"
"""Where a module's globals keep the operations it declares, by name and version, for whoever loads it as a plugin."""
ASIDE: ContextVar[bool] = ContextVar("aside", default=False)
"""Set while a plugin is imported: what it declares is not for everybody, but for the studio that loads it."""


def operation(
    *,
    tier: Tier = "direct",
    changes: Subject = "",
    tags: Iterable[str] = (),
    words: tuple[str, ...] = (),
    approval: Literal["", "deletes", "spends", "publishes"] = "",
    version: int = 1,
    service: str = "",
    source: str | None = None,
    needs: tuple[str, ...] = (),
    cached: bool = False,
    retries: bool = False,
    outside: bool = False,
    tastes: tuple[str, ...] = (),
    registry: Registry | None = None,
) -> Callable[[F], F]:
    """Register a function as an operation. Its first parameter is the `Context`; the others are its arguments.

    `source` is the package that the function is of, unless given. The other parameters are fields of `Operation`.
    Without a `registry` the operation is everybody's; one of a plugin is its studio's alone.
    """

    def register(function: F) -> F:
        made = describe(
            function,
            tier=tier,
            changes=changes,
            tags=frozenset(tags),
            words=words,
            approval=approval,
            version=version,
            service=service,
            source=source or (function.__module__ or "__main__").partition(".")[0],
            needs=needs,
            cached=cached,
            retries=retries,
            outside=outside,
            tastes=tastes,
        )
        function.__globals__.setdefault(DECLARED, {})[made.key] = made
        if registry is not None:
            registry.add(made)
        elif not ASIDE.get():
            DEFAULT.add(made)
        return function

    return register


__all__ = [
    "ALWAYS",
    "DEFAULT",
    "Anything",
    "Assets",
    "Found",
    "Operation",
    "Outcome",
    "Placeable",
    "Reference",
    "Registry",
    "Thing",
    "Things",
    "describe",
    "nearest",
    "operation",
    "plain",
]
