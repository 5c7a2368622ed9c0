"""JSON Schemas gathered in one place: what each defines for itself becomes a component that all refer to."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaWarningKind


class Quiet(GenerateJsonSchema):
    """Pydantic's schemas without a warning for defaults that are no plain JSON: they are left out, and that is well."""

    def emit_warning(self, kind: JsonSchemaWarningKind, detail: str) -> None:
        if kind != "non-serializable-default":
            super().emit_warning(kind, detail)


LOCAL = "#/$defs/"
SHARED = "#/components/schemas/"


def given(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of what `model` gives."""
    return model.model_json_schema(mode="serialization", schema_generator=Quiet)


class Components:
    """The `components/schemas` of an OpenAPI document."""

    def __init__(self) -> None:
        self.schemas: dict[str, Any] = {}

    def named(self, name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Put `schema` among the components, and refer to it. Another one of that name is not overwritten."""
        return {"$ref": SHARED + self._put(name, self.inline(schema))}

    def inline(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """`schema` without definitions of its own: they are components now."""
        defined: Mapping[str, Any] = schema.get("$defs", {})
        body = {key: value for key, value in schema.items() if key not in ("$defs", "$schema")}
        own = {name: defined[name] for name in _reached(body, defined)}
        # Two outside tools may call different things by one name, so a name can change on the way.
        names = {name: self._free(name, definition) for name, definition in own.items()}
        for name, definition in own.items():
            self.schemas[names[name]] = _pointed(definition, names)
        return cast("dict[str, Any]", _pointed(body, names))

    def _put(self, name: str, schema: dict[str, Any]) -> str:
        free = self._free(name, schema)
        self.schemas[free] = schema
        return free

    def _free(self, name: str, schema: Any) -> str:
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
        free, number = name, 1
        while free in self.schemas and self.schemas[free] != _pointed(schema, {}):
            number += 1
            free = f"{name}_{number}"
        return free


def _reached(value: Any, defined: Mapping[str, Any]) -> dict[str, None]:
    """The definitions that `value` refers to, directly or through others."""
    reached: dict[str, None] = {}
    todo: list[Any] = [value]
    while todo:
        for name in re.findall(r'"#/\$defs/([^"/]+)', json.dumps(todo.pop())):
            if name in defined and name not in reached:
                reached[name] = None
                todo.append(defined[name])
    return reached


def _pointed(value: Any, names: Mapping[str, str]) -> Any:
    """`value` with its references to definitions of its own turned into references to components."""
    if isinstance(value, Mapping):
        told = cast("Mapping[str, Any]", value)
        return {
            key: _target(each, names) if _is_reference(key, each) else _pointed(each, names)
            for key, each in told.items()
        }
    if isinstance(value, list):
        return [
            _target(each, names) if isinstance(each, str) else _pointed(each, names)
            for each in cast("list[Any]", value)
        ]
    return value


def _is_reference(key: str, value: Any) -> bool:
    return isinstance(value, str) and value.startswith(LOCAL) and key != "const"


def _target(text: str, names: Mapping[str, str]) -> str:
    if not text.startswith(LOCAL):
        return text
    name, slash, rest = text.removeprefix(LOCAL).partition("/")
    return f"{SHARED}{names.get(name, name)}{slash}{rest}"
