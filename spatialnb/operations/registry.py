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
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
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
Subject: TypeAlias = Literal["", "assets", "items", "layout", "environment", "history"]


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

    def validate(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """`args` checked and completed with defaults.

        Raises `Invalid`, in plain words and with the nearest valid value where there is one.
        """
        try:
            model = self.args.model_validate(dict(args))
        except ValidationError as error:
            raise plain(self, error) from None
        return {name: getattr(model, name) for name in self.args.model_fields}

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments."""
        return self.args.model_json_schema()

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


def plain(operation: Operation, error: ValidationError) -> Invalid:
    """A pydantic error as one sentence about one parameter."""
    first = error.errors()[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    if first["type"] == "extra_forbidden":
        known = ", ".join(operation.args.model_fields)
        return Invalid(f"{operation.name} has no parameter {name!r}; it takes {known}.", name)
    if first["type"] == "missing":
        return Invalid(f"{operation.name} needs {name!r}.", name)
    given = first.get("input")
    if first["type"] == "literal_error":
        allowed = [
            a.strip(" '") for a in re.split(r",| or ", str(first.get("ctx", {}).get("expected", ""))) if a.strip()
        ]
        close = nearest(str(given), allowed)
        hint = f" Did you mean {close!r}?" if close else ""
        return Invalid(f"{operation.name} knows no {name} {given!r}.{hint} There are: {', '.join(allowed)}.", name)
    return Invalid(f"{name} of {operation.name} cannot be {given!r}: {first['msg'].lower()}.", name)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, if any is alike."""
    from difflib import get_close_matches

    found = get_close_matches(word.lower(), list(known), n=1, cutoff=0.5)
    return found[0] if found else None


@dataclass
class Registry:
    """All operations by name. Can be added to and taken from while running."""

    operations: dict[str, Operation] = field(default_factory=dict)

    def add(self, operation: Operation) -> None:
        self.operations[operation.name] = operation

    def remove(self, name: str) -> None:
        self.operations.pop(name, None)

    def get(self, name: str) -> Operation:
        """Raises `NotFound` with the nearest name."""
        if (found := self.operations.get(name)) is not None:
            return found
        close = nearest(name, self.operations)
        hint = f" Did you mean {close!r}?" if close else f" There are: {', '.join(sorted(self.operations))}."
        raise NotFound(f"There is no operation {name!r}.{hint}")

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations.values())

    def __contains__(self, name: str) -> bool:
        return name in self.operations


DEFAULT = Registry()


def operation(
    *,
    tier: Tier = "direct",
    changes: Subject = "",
    tags: Iterable[str] = (),
    words: tuple[str, ...] = (),
    approval: Literal["", "deletes", "spends", "publishes"] = "",
    version: int = 1,
    registry: Registry = DEFAULT,
) -> Callable[[F], F]:
    """Register a function as an operation. Its first parameter is the `Context`; the others are its arguments."""

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
    "DEFAULT",
    "Anything",
    "Assets",
    "Operation",
    "Outcome",
    "Placeable",
    "Reference",
    "Registry",
    "Thing",
    "Things",
    "operation",
]
