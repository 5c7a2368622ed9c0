"""Operations as methods: what `studio.arrange` is, with the signature and docstring that completion and help show."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, cast

from pydantic.fields import FieldInfo

from spatialnb.errors import Invalid
from spatialnb.models.asset import Asset
from spatialnb.models.canvas import Item
from spatialnb.operations.registry import Operation


class Doer(Protocol):
    """Calls an operation by name, or by name and version."""

    def do(self, operation: str, /, **args: Any) -> Any: ...


def bound(doer: Doer, operation: Operation) -> Callable[..., Any]:
    """The operation as a method of `doer`; always the highest version, also of one that comes later."""
    signature = signature_of(operation)

    def call(*positional: Any, **args: Any) -> Any:
        try:
            given = signature.bind_partial(*positional).arguments
            if twice := given.keys() & args.keys():
                raise TypeError(f"multiple values for argument {min(twice)!r}")
        except TypeError as error:
            raise Invalid(f"{operation.name}: {error}; it takes {', '.join(signature.parameters)}.") from None
        # What it has no parameter for, the operation refuses, in the words that every caller of it reads.
        return doer.do(operation.name, **given, **args)

    call.__name__ = call.__qualname__ = operation.name
    call.__doc__ = operation.description
    call.__signature__ = signature  # type: ignore[attr-defined]
    return call


def signature_of(operation: Operation) -> inspect.Signature:
    """The signature that callers see: without the context, and with the defaults that a reader expects."""
    signature = inspect.signature(operation.function)
    parameters: list[inspect.Parameter] = []
    for parameter in list(signature.parameters.values())[1:]:
        default, kind = _default(parameter), parameter.kind
        follows = parameters[-1] if parameters else None
        if follows is not None and kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
            # What has to be given cannot follow by position on what need not.
            free = follows.default is not inspect.Parameter.empty and default is inspect.Parameter.empty
            kind = follows.kind if follows.kind is inspect.Parameter.KEYWORD_ONLY else kind
            kind = inspect.Parameter.KEYWORD_ONLY if free else kind
        parameters.append(parameter.replace(default=default, kind=kind))
    return signature.replace(parameters=parameters)


def _default(parameter: inspect.Parameter) -> Any:
    """The default that a reader expects, where the declaration holds a constraint as well."""
    default = parameter.default
    if not isinstance(default, FieldInfo):
        return default
    return inspect.Parameter.empty if default.is_required() else default.get_default(call_default_factory=True)


def pointed(operation: Operation, args: Mapping[str, Any]) -> dict[str, Any]:
    """`args` with what Python code points at made ids: items, assets, lists of them, tables and columns of ids."""
    return {name: _ids(value) if name in operation.references else value for name, value in args.items()}


def _ids(value: Any) -> Any:
    if isinstance(value, (Item, Asset)):
        return value.id
    if hasattr(value, "columns"):
        if "id" not in value.columns:
            raise Invalid("A table that points at things needs a column 'id', as that of studio.items() has.")
        value = value["id"]
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple, set, frozenset)):
        return tuple(each.id if isinstance(each, (Item, Asset)) else each for each in cast("Iterable[Any]", value))
    return value
