"""The registry: an operation is one typed function, written once and usable from everywhere.

    @operation(changes="layout", words=("arrange", "lay out"))
    def arrange(ctx: Context, items: Things, arrangement: ArrangementName = "grid") -> Arranged:
        \"\"\"Place items in a named arrangement.\"\"\"

The function's signature is the contract: from it come the validated arguments, the `Studio` method, the tool that a
model calls and the command that a widget sends.
"""

from __future__ import annotations

import inspect
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.fields import FieldInfo

from spatialnb.errors import Invalid, NotFound
from spatialnb.models.asset import Asset
from spatialnb.models.base import Frozen
from spatialnb.models.canvas import Item
from spatialnb.models.plan import Preview
from spatialnb.models.selection import SelectionLike

Tier: TypeAlias = Literal["direct", "composite", "ui"]
Stamp: TypeAlias = tuple[int, ...]
ALWAYS = ("search_tools", "undo")
"""What a model is always shown: a way to the rest of the tools, and a way back."""
Subject: TypeAlias = Literal["", "assets", "items", "layout", "environment", "history", "preferences"]


@dataclass(frozen=True)
class Reference:
    """Marks a parameter that is pointed at: its caller gives a selection, its function gets the things themselves."""

    to: Literal["item", "asset", "any"]
    one: bool = False


Things: TypeAlias = Annotated[tuple[Item, ...], Reference("item")]
"""Placed items. Callers give words ("the red photos"), ids, items, a DataFrame of items or a selection."""
Thing: TypeAlias = Annotated[Item, Reference("item", one=True)]
"""Exactly one placed item."""
Anything: TypeAlias = Annotated[Item | Asset, Reference("any", one=True)]
"""Exactly one placed item, or an asset of the library that the operation places first."""
Assets: TypeAlias = Annotated[tuple[Asset, ...], Reference("asset")]
"""Assets of the library."""
Placeable: TypeAlias = Annotated[tuple[Item | Asset, ...], Reference("any")]
"""Placed items where any fit, else assets of the library that fit; the operation places those."""


class Outcome(Frozen):
    """What an operation gives back. Subclasses add their own fields."""

    summary: str = ""
    """What was done, in a few words, past tense: "Arranged 12 pictures in a circle"."""
    items: tuple[str, ...] = ()
    """Ids of the items it was about; "them" in the next request."""
    preview: Preview = Preview()
    notes: tuple[str, ...] = ()
    """What a person should know: a default that came from a preference, a result that is less than was asked for."""
    cost_usd: float = 0.0
    """What outside services took for it."""
    cached: bool = False
    """Whether it was taken from an earlier call with the same arguments on the same content."""


F = TypeVar("F", bound=Callable[..., Outcome])


@dataclass(frozen=True)
class Operation:
    """A registered operation."""

    name: str
    function: Callable[..., Outcome]
    summary: str
    description: str
    args: type[BaseModel]
    """Arguments as callers give them: references are selections."""
    references: Mapping[str, Reference]
    result: type[Outcome]
    tier: Tier = "direct"
    changes: Subject = ""
    """What part of the project it changes, or empty."""
    tags: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    """Verbs and phrases by which people ask for it; the local planner's lexicon is made from them."""
    approval: Literal["", "deletes", "spends", "publishes"] = ""
    """Why a person has to agree before an agent may do it."""
    version: int = 1
    service: str = ""
    """Name of the outside service it calls, such as an API's title; its circuit breaker and limits go by it."""
    source: str = "spatialnb"
    """Who brought it: this package, a plugin's distribution, or the name an outside API was added under."""
    needs: tuple[str, ...] = ()
    """Operations it depends on: `"place"`, or `"place@2"` for just that version."""
    cached: bool = False
    """Its outcome depends only on arguments, version and the content pointed at, and may be used again."""
    retries: bool = False
    """It is safe to call again after a transient fault."""
    outside: bool = False
    """It calls something outside, by way of the recorder."""
    tastes: tuple[str, ...] = ()
    """Parameters that are a matter of taste: who says the same value again and again need not say it any more."""
    schema_: Mapping[str, Any] | None = None
    """JSON Schema of the arguments, for tools that came with one; otherwise it is made from `args`."""

    @property
    def key(self) -> str:
        """Name and version, as `"arrange@2"`: means this very version, whatever is registered later."""
        return f"{self.name}@{self.version}"

    def validate(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """`args` checked and completed with defaults.

        Raises `Invalid`, in plain words and with the nearest valid value where there is one.
        """
        try:
            model = self.args.model_validate(dict(args))
        except ValidationError as error:
            from spatialnb.operations.calling.checking import amended

            model = amended(self, args, error)
        return {name: getattr(model, name) for name in self.args.model_fields}

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments; a new one each time, to be changed at will."""
        return deepcopy(dict(self.schema_)) if self.schema_ is not None else self.args.model_json_schema()

    def tool(self) -> dict[str, Any]:
        """The operation as a tool of the OpenAI function calling format, which LiteLLM takes for every provider."""
        schema = self.schema()
        for name, reference in self.references.items():
            # Models point in words or by id; the algebra in full would cost more tokens than all else together.
            what = {"item": "in the space", "asset": "in the library", "any": "in the space or the library"}[
                reference.to
            ]
            count = "One thing" if reference.one else "Things"
            words = f"{count} {what}: words such as 'the two largest red photos', or ids."
            ids = {"type": "array", "items": {"type": "string"}}
            schema["properties"][name] = {"description": words, "anyOf": [{"type": "string"}, ids]}
        used = json.dumps(schema["properties"])
        schema["$defs"] = {k: v for k, v in schema.get("$defs", {}).items() if _reaches(k, used, schema["$defs"])}
        if not schema["$defs"]:
            del schema["$defs"]
        return {
            "type": "function",
            "function": {"name": self.name, "description": self.description, "parameters": schema},
        }


def _reaches(name: str, text: str, definitions: Mapping[str, Any]) -> bool:
    """Whether a schema in `text` uses the definition `name`, directly or through others."""
    seen: set[str] = set()
    todo = [text]
    while todo:
        for used in re.findall(r"#/\$defs/([^\"]+)", todo.pop()):
            if used not in seen:
                seen.add(used)
                todo.append(json.dumps(definitions[used]))
    return name in seen


def plain(operation: Operation, error: ValidationError, args: Mapping[str, Any] | None = None) -> Invalid:
    """A pydantic error about arguments of `operation` in plain words; `args` are what was checked, if they are at hand."""
    from spatialnb.operations.calling.checking import refusal

    return refusal(operation, args, error)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, if any is alike."""
    from difflib import get_close_matches

    found = get_close_matches(word.lower(), list(known), n=1, cutoff=0.5)
    return found[0] if found else None


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
        return (self._count, *(self.parent.stamp if self.parent else ()))

    @property
    def operations(self) -> Mapping[str, Operation]:
        """The highest version of each, by name: a parent's first."""
        stamp, merged = self.stamp, self._merged
        if merged is None or merged[0] != stamp:
            names = dict.fromkeys((*(self.parent.operations if self.parent else ()), *self._own))
            merged = self._merged = (stamp, {name: self.versions(name)[-1] for name in names})
        return merged[1]

    def versions(self, name: str) -> tuple[Operation, ...]:
        """Every version of an operation, lowest first; of two with one number, this registry's own."""
        known = {operation.version: operation for operation in (self.parent.versions(name) if self.parent else ())}
        return tuple(operation for _, operation in sorted({**known, **self._own.get(name, {})}.items()))

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

    def remove(self, name: str) -> None:
        """Take away this registry's own versions of an operation, or just that one of `"name@version"`."""
        plain_name, at, version = name.partition("@")
        with self._lock:
            left = {
                number: operation
                for number, operation in self._own.get(plain_name, {}).items()
                if at and str(number) != version
            }
            self._own = {k: v for k, v in self._own.items() if k != plain_name} | ({plain_name: left} if left else {})
            self._changed()

    def unload(self, source: str, *, force: bool = False) -> int:
        """Take away everything that `source` brought to this registry, and say how much that was.

        Raises `Invalid` if others need some of it, unless `force`.
        """
        with self._lock:
            own = [o for versions in self._own.values() for o in versions.values()]
            gone = [operation for operation in own if operation.source == source]
            left: dict[str, dict[int, Operation]] = {}
            for operation in own:
                if operation.source != source:
                    left.setdefault(operation.name, {})[operation.version] = operation
            before, self._own = self._own, left
            self._changed()
            missing = [(o, name) for o in self for name in o.needs if name not in self]
            if missing and gone and not force:
                self._own = before
                self._changed()
                told = ", ".join(f"{operation.name} needs {name}" for operation, name in missing)
                raise Invalid(f"{source} cannot be taken away: {told}. Take that away first, or force it.", "source")
            return len(gone)

    def follow(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after anything was added or taken away, here or in a parent, on the thread that did it;
        returns what ends that."""
        follower = object()
        with self._lock:
            self._followers = {**self._followers, follower: callback}
        unfollow_parent = self.parent.follow(callback) if self.parent else None

        def stop() -> None:
            with self._lock:
                self._followers = {k: v for k, v in self._followers.items() if k is not follower}
            if unfollow_parent:
                unfollow_parent()

        return stop

    def _changed(self) -> None:
        self._count += 1
        for callback in self._followers.values():
            callback()

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
    registry: Registry = DEFAULT,
) -> Callable[[F], F]:
    """Register a function as an operation. Its first parameter is the `Context`; the others are its arguments.

    `source` is the package that the function is of, unless given. The other parameters are fields of `Operation`.
    """

    def register(function: F) -> F:
        registry.add(
            describe(
                function,
                tier=tier,
                changes=changes,
                tags=frozenset(tags),
                words=words,
                approval=approval,
                version=version,
                service=service,
                source=source or function.__module__.partition(".")[0],
                needs=needs,
                cached=cached,
                retries=retries,
                outside=outside,
                tastes=tastes,
            )
        )
        return function

    return register


def describe(function: Callable[..., Outcome], **fields: Any) -> Operation:
    """The operation that a typed function with a docstring is."""
    hints = get_type_hints(function, include_extras=True)
    text = inspect.cleandoc(function.__doc__ or "")
    if not text:
        raise TypeError(f"Operation {function.__name__} needs a docstring: it is what people and models read.")
    references: dict[str, Reference] = {}
    arguments: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        annotation = hints[name]
        reference, optional = _reference(annotation)
        if reference is not None:
            references[name] = reference
            annotation = SelectionLike | None if optional else SelectionLike
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        arguments[name] = (annotation, default if isinstance(default, FieldInfo) else Field(default))
    model = create_model(
        f"{function.__name__.title().replace('_', '')}Args",
        __config__=ConfigDict(extra="forbid", allow_inf_nan=False),
        **arguments,
    )
    result = hints.get("return", Outcome)
    return Operation(
        name=function.__name__,
        function=function,
        summary=text.partition("\n")[0],
        description=text,
        args=model,
        references=references,
        result=result,
        **fields,
    )


def _reference(annotation: Any) -> tuple[Reference | None, bool]:
    """The reference an annotation is marked with, and whether None is allowed in its place."""
    if get_origin(annotation) is Annotated:
        found = next((m for m in get_args(annotation)[1:] if isinstance(m, Reference)), None)
        if found:
            return found, False
    members = get_args(annotation)
    if type(None) in members:
        for member in members:
            if (found := _reference(member)[0]) is not None:
                return found, True
    return None, False


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
    "operation",
]
