"""An operation: one typed function with a docstring, and what is known of it.

The function's signature is the contract: from it come the validated arguments, the `Studio` method, the tool that a
model calls and the command that a widget sends.
"""

from __future__ import annotations

import inspect
import json
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.fields import FieldInfo

from spatialnb.errors import Invalid
from spatialnb.models.asset import Asset
from spatialnb.models.base import Frozen
from spatialnb.models.canvas import Item
from spatialnb.models.plan import Preview
from spatialnb.models.selection import SelectionLike

Tier: TypeAlias = Literal["direct", "composite", "ui"]
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


_MAKE = "_make_args"
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

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            # Asked only for what is not there yet: the model of the arguments is made when it is first needed, as of
            # hundreds of tools that are imported a few are used.
            make = self.__dict__.get(_MAKE) if name == "args" else None
            if make is None:
                raise AttributeError(f"An operation has no {name!r}.")
            object.__setattr__(self, "args", make())
            return self.args

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
    """A pydantic error about arguments of `operation` in plain words; `args` are what was checked, if at hand."""
    from spatialnb.operations.calling.checking import refusal

    return refusal(operation, args, error)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, if any is alike."""
    from difflib import get_close_matches

    found = get_close_matches(word.lower(), list(known), n=1, cutoff=0.5)
    return found[0] if found else None


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
    result = hints.get("return", Outcome)
    made = Operation(
        name=function.__name__,
        function=function,
        summary=text.partition("\n")[0],
        description=text,
        args=BaseModel,
        references=references,
        result=result,
        **fields,
    )
    name = f"{function.__name__.title().replace('_', '')}Args"
    object.__setattr__(made, _MAKE, lambda: arguments_model(name, arguments))
    object.__delattr__(made, "args")
    return made


def arguments_model(name: str, arguments: Mapping[str, Any]) -> type[BaseModel]:
    """A model of arguments, by name to (annotation, default); it is built when it is first used."""
    config = ConfigDict(extra="forbid", allow_inf_nan=False, defer_build=True)
    if not any(hasattr(BaseModel, argument) for argument in arguments):
        return create_model(name, __config__=config, **arguments)
    with warnings.catch_warnings():
        # A parameter may well be called `schema` or `copy`; that it hides a method of the model does no harm here.
        warnings.filterwarnings("ignore", "Field name .* shadows an attribute", UserWarning)
        return create_model(name, __config__=config, **arguments)


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
