"""The arguments of an external operation: a pydantic model whose checks are those of the API's own schemas."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from functools import cached_property
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from spatialnb.errors import Invalid
from spatialnb.operations.external.endpoint import Endpoint
from spatialnb.operations.external.schema import DEFS, shown
from spatialnb.operations.registry import nearest

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError


class Absent(str):
    """Stands for an argument that was not given, which is not the same as one given as nothing.

    Text, so that whatever writes arguments down as JSON can.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "<not given>"


ABSENT = Absent()


class ExternalArguments(BaseModel):
    """Arguments of any external operation; each has a subclass of its own."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=(), defer_build=True)
    contract: ClassVar[Contract]

    @model_validator(mode="before")
    @classmethod
    def _checked(cls, given: Any) -> Any:
        return cls.contract.checked(given)

    @classmethod
    def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
        """The schema that a model is shown."""
        return dict(cls.contract.shown)


class Contract:
    """What an endpoint takes: checks arguments, and shows what they may be."""

    def __init__(self, endpoint: Endpoint, definitions: Mapping[str, Any]) -> None:
        self.endpoint = endpoint
        self._definitions = definitions

    @cached_property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of all arguments in full, with the definitions it needs."""
        return self.endpoint.schema_with(dict(self._definitions))

    @cached_property
    def shown(self) -> dict[str, Any]:
        """The same, bounded in depth and size, without references."""
        plain = {key: value for key, value in self.schema.items() if key != "$defs"}
        return shown(plain, self._definitions)

    @cached_property
    def _validator(self) -> Draft202012Validator:
        from jsonschema import Draft202012Validator

        return Draft202012Validator(self.schema)

    @cached_property
    def _body(self) -> Draft202012Validator | None:
        """Checks a body that was given field by field as the whole that it is."""
        from jsonschema import Draft202012Validator

        body = self.endpoint.body
        if body is None or not body.fields:
            return None
        return Draft202012Validator({**body.schema_, "$defs": self.schema.get("$defs", {})})

    def checked(self, given: Any) -> dict[str, Any]:
        """Arguments as JSON values, those that can only have one value filled in. Raises `Invalid`."""
        name, known = self.endpoint.name, self.endpoint.arguments
        args = {str(key): as_json(value) for key, value in dict(given).items() if value is not ABSENT}
        for key in args:
            if key not in known:
                close = nearest(key, known)
                takes = f"it takes {', '.join(known)}" if known else "it takes none"
                hint = f" Did you mean {close!r}?" if close else ""
                raise Invalid(f"{name} has no parameter {key!r}; {takes}.{hint}", key)
        for key in self.endpoint.required:
            if key not in args and (only := self._only_value(known[key])) is not None:
                args[key] = only
            elif key not in args:
                raise Invalid(f"{name} needs {key!r}{_what(known[key])}.", key)
        if error := _worst(self._validator.iter_errors(args)):
            raise explained(name, error)
        if (
            self._body is not None
            and (body := self.body(args)) is not None
            and (error := _worst(self._body.iter_errors(body)))
        ):
            raise explained(
                name,
                error,
                {field: arg for arg, field in self.endpoint.body.fields.items()} if self.endpoint.body else {},
            )
        return args

    def body(self, args: Mapping[str, Any]) -> Any:
        """The body that the arguments make, or None where they make none."""
        body = self.endpoint.body
        if body is None:
            return None
        if body.argument:
            return args.get(body.argument)
        made = {field: args[arg] for arg, field in body.fields.items() if arg in args}
        return made if made or body.required else None

    def _only_value(self, schema: Any) -> Any:
        """The value of an argument that has to be given and has a default, or one value only."""
        if not isinstance(schema, Mapping):
            return None
        if "$ref" in schema:
            return self._only_value(self._definitions.get(str(schema["$ref"]).removeprefix(DEFS)))
        if "const" in schema:
            return schema["const"]
        if "default" in schema:
            return schema["default"]
        return schema["enum"][0] if len(schema.get("enum", ())) == 1 else None

    @cached_property
    def signature(self) -> inspect.Signature:
        """A context, then every argument by name, as completion and help show them."""
        from inspect import Parameter as P

        made = [P("ctx", P.POSITIONAL_OR_KEYWORD)]
        needed = [name for name in self.endpoint.arguments if name in self.endpoint.required]
        for name in (*needed, *(n for n in self.endpoint.arguments if n not in self.endpoint.required)):
            schema = self.endpoint.arguments[name]
            default = P.empty if name in self.endpoint.required else schema.get("default", ABSENT)
            made.append(P(name, P.KEYWORD_ONLY, default=default, annotation=_annotation(schema)))
        return inspect.Signature(made)

    def model(self) -> type[ExternalArguments]:
        """The pydantic model of the arguments."""
        fields: dict[str, Any] = {
            name: (Any, ... if name in self.endpoint.required else Field(default=ABSENT, description=_text(schema)))
            for name, schema in self.endpoint.arguments.items()
        }
        made = create_model(f"{self.endpoint.name.title().replace('_', '')}Args", __base__=ExternalArguments, **fields)
        made.contract = self
        return made


class LazySchema(Mapping[str, Any]):
    """A schema that is made when somebody looks at it: of a thousand operations, few are ever shown."""

    def __init__(self, make: Callable[[], Mapping[str, Any]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Mapping[str, Any]:
        return self._make()

    def __getitem__(self, key: str) -> Any:
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def as_json(value: Any) -> Any:
    """`value` as JSON data: tuples as lists, dates and paths as text, numpy's numbers as numbers."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {str(key): as_json(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [as_json(inner) for inner in value]
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, PathLike):
        return str(fspath(value))
    if hasattr(value, "tolist"):
        return as_json(value.tolist())
    if hasattr(value, "to_dict"):
        return as_json(value.to_dict("records"))
    return str(value)


def _worst(errors: Iterator[ValidationError]) -> ValidationError | None:
    from jsonschema.exceptions import best_match

    return best_match(errors)


def explained(name: str, error: ValidationError, arguments: Mapping[str, str] | None = None) -> Invalid:
    """A failed check of a schema as one sentence, with the nearest valid value where there is one."""
    path = [str(part) for part in error.absolute_path]
    if path and arguments:
        path[0] = arguments.get(path[0], path[0])
    field, where = (path[0] if path else ""), ".".join(path) or "what was given"
    given = _brief(error.instance)
    kind, wanted = str(error.validator), error.validator_value
    if kind == "required":
        lacking = [n for n in wanted if n not in error.instance] if isinstance(wanted, list) else []
        inside = f" in {where}" if path else ""
        return Invalid(
            f"{name} needs {' and '.join(map(repr, lacking)) or 'more'}{inside}.", field or "".join(lacking[:1])
        )
    if kind in ("enum", "const") and isinstance(wanted, list):
        close = nearest(str(error.instance), [str(one) for one in wanted])
        hint = f" Did you mean {close!r}?" if close else ""
        told = ", ".join(str(one) for one in wanted[:20]) + (" and more" if len(wanted) > 20 else "")
        return Invalid(f"{name} knows no {where} {given}.{hint} There are: {told}.", field)
    if kind == "type":
        types = " or ".join(wanted) if isinstance(wanted, list) else str(wanted)
        return Invalid(f"{where} of {name} should be {_article(types)}, not {given}.", field)
    if kind == "additionalProperties" and isinstance(error.instance, Mapping):
        known: Any = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
        extra = next((key for key in error.instance if key not in known), "")
        close = nearest(str(extra), known)
        hint = f" Did you mean {close!r}?" if close else f" It takes {', '.join(known)}." if known else ""
        return Invalid(f"{where} of {name} has no {extra!r}.{hint}", field)
    if kind in ("anyOf", "oneOf"):
        return Invalid(f"{where} of {name} cannot be {given}: it fits none of the forms it may have.", field)
    limit = _LIMITS.get(kind)
    told = limit.format(wanted) if limit else error.message
    return Invalid(f"{where} of {name} cannot be {given}: {told}.", field)


_LIMITS = {
    "minimum": "it should be at least {0}",
    "maximum": "it should be at most {0}",
    "exclusiveMinimum": "it should be more than {0}",
    "exclusiveMaximum": "it should be less than {0}",
    "minLength": "it should have at least {0} characters",
    "maxLength": "it should have at most {0} characters",
    "minItems": "it should have at least {0} entries",
    "maxItems": "it should have at most {0} entries",
    "multipleOf": "it should be a multiple of {0}",
    "pattern": "it should look like {0}",
    "uniqueItems": "nothing may be in it twice",
}


def _brief(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _article(types: str) -> str:
    return f"{'an' if types[:1] in 'aeio' else 'a'} {types}"


def _text(schema: Any) -> str | None:
    return schema.get("description") if isinstance(schema, Mapping) else None


def _what(schema: Any) -> str:
    """In brackets, what an argument is, for the one who has to give it."""
    text = " ".join((_text(schema) or "").split())
    return f" ({text[:100].rsplit(' ', 1)[0] + ' …' if len(text) > 100 else text.rstrip('.')})" if text else ""


def _annotation(schema: Any) -> Any:
    kinds: dict[str, Any] = {
        "string": str, "integer": int, "number": float, "boolean": bool, "array": list, "object": dict,
    }  # fmt: skip
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    return kinds.get(kind, Any) if isinstance(kind, str) else Any
