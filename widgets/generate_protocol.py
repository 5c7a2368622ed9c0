"""Writes `widgets/src/protocol.ts` from the pydantic models of `spatialnb/models/protocol.py`.

    python widgets/generate_protocol.py

Both directions use serialization mode, where fields with defaults are present: that is how messages are sent, and it
keeps the tags of the unions required, so that `tsc` can check that each is handled. A construct the generator does not
know is an error, never `any`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from spatialnb.models import protocol

TARGET = Path(__file__).parent / "src" / "protocol.ts"
UNIONS: Mapping[str, TypeAdapter[Any]] = {
    "ToSpace": protocol.TO_SPACE,
    "FromSpace": protocol.FROM_SPACE,
    "ToChat": protocol.TO_CHAT,
    "FromChat": protocol.FROM_CHAT,
    "ToSteps": protocol.TO_STEPS,
    "FromSteps": protocol.FROM_STEPS,
}
BESIDE: Mapping[str, TypeAdapter[Any]] = {"PackedMessage": TypeAdapter(protocol.PackedMessage)}
"""Models that travel outside the unions."""

HEADER = """// Generated from spatialnb/models/protocol.py by widgets/generate_protocol.py. Do not edit.

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
"""
ANNOTATIONS = {"title", "description", "default", "unit", "examples"}
"""Keywords that say nothing about the type."""
BOUNDS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "pattern", "minLength", "maxLength", "format"}
"""Keywords that narrow a type in ways TypeScript cannot say; the kernel checks them."""


class Unknown(TypeError):
    """The schema uses something this generator cannot say in TypeScript."""


class Schema(GenerateJsonSchema):
    # A default that JSON cannot say (a frozen map) says nothing about the type.
    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012


def generate() -> str:
    """The whole of `protocol.ts`."""
    named, definitions = TypeAdapter.json_schemas(
        [(name, "serialization", adapter) for name, adapter in {**UNIONS, **BESIDE}.items()], schema_generator=Schema
    )
    models = dict(definitions["$defs"])
    models.pop("JsonValue", None)
    parts = [HEADER]
    parts += [interface(name, models[name]) for name in sorted(models)]
    parts += [f"export type {name} = {kind(named[name, 'serialization'])};\n" for name in UNIONS]
    return "\n".join(parts)


def interface(name: str, schema: Mapping[str, Any]) -> str:
    """One model as a TypeScript interface."""
    only(schema, {"type", "properties", "required", "additionalProperties"}, name)
    if schema.get("type") != "object" or schema.get("additionalProperties") is not False:
        raise Unknown(f"{name} is not a closed object.")
    properties = schema.get("properties", {})
    if missing := set(properties) - set(schema.get("required", ())):
        raise Unknown(f"{name} has optional fields {sorted(missing)}; generate in serialization mode.")
    lines = [*comment(schema, ""), f"export interface {name} {{"]
    for field, value in properties.items():
        lines += comment(value, "  ")
        lines.append(f"  {field}: {kind(value, f'{name}.{field}')};")
    return "\n".join([*lines, "}", ""])


def kind(schema: Mapping[str, Any], where: str = "") -> str:
    """The TypeScript type of one schema."""
    for key, say in KINDS.items():
        if key in schema:
            return say(schema, where)
    raise Unknown(f"{where}: no type in {json.dumps(schema)}.")


def reference(schema: Mapping[str, Any], where: str) -> str:
    only(schema, {"$ref"}, where)
    name = str(schema["$ref"]).rpartition("/")[2]
    return "Json" if name == "JsonValue" else name


def either(schema: Mapping[str, Any], where: str) -> str:
    only(schema, {"anyOf", "oneOf", "discriminator"}, where)
    return " | ".join(kind(choice, where) for choice in schema.get("oneOf") or schema["anyOf"])


def constant(schema: Mapping[str, Any], where: str) -> str:
    only(schema, {"const", "type"}, where)
    return json.dumps(schema["const"])


def choice(schema: Mapping[str, Any], where: str) -> str:
    only(schema, {"enum", "type"}, where)
    return " | ".join(json.dumps(value) for value in schema["enum"])


def typed(schema: Mapping[str, Any], where: str) -> str:
    name = schema["type"]
    if name not in TYPES:
        raise Unknown(f"{where}: unknown type {name!r}.")
    return TYPES[name](schema, where)


def scalar(name: str) -> Any:
    def say(schema: Mapping[str, Any], where: str) -> str:
        only(schema, {"type"}, where)
        return name

    return say


def array(schema: Mapping[str, Any], where: str) -> str:
    only(schema, {"type", "items", "prefixItems", "minItems", "maxItems"}, where)
    if "prefixItems" in schema:
        if not schema.get("minItems") == schema.get("maxItems") == len(schema["prefixItems"]):
            raise Unknown(f"{where}: a tuple of open length.")
        return f"[{', '.join(kind(item, where) for item in schema['prefixItems'])}]"
    if "items" not in schema:
        raise Unknown(f"{where}: an array of anything.")
    inner = kind(schema["items"], where)
    return f"({inner})[]" if " | " in inner else f"{inner}[]"


def mapping(schema: Mapping[str, Any], where: str) -> str:
    only(schema, {"type", "additionalProperties"}, where)
    if not isinstance(schema.get("additionalProperties"), dict):
        raise Unknown(f"{where}: an object of anything.")
    return f"{{ [key: string]: {kind(schema['additionalProperties'], where)} }}"


KINDS = {"$ref": reference, "const": constant, "enum": choice, "anyOf": either, "oneOf": either, "type": typed}
TYPES = {
    "string": scalar("string"),
    "number": scalar("number"),
    "integer": scalar("number"),
    "boolean": scalar("boolean"),
    "null": scalar("null"),
    "array": array,
    "object": mapping,
}


def only(schema: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := set(schema) - known - ANNOTATIONS - BOUNDS:
        raise Unknown(f"{where}: unknown keywords {sorted(unknown)}.")


def comment(schema: Mapping[str, Any], indent: str) -> Iterator[str]:
    if text := schema.get("description"):
        lines = str(text).replace("*/", "* /").splitlines()
        if len(lines) == 1:
            yield f"{indent}/** {lines[0]} */"
        else:
            yield f"{indent}/**"
            yield from (f"{indent} * {line}".rstrip() for line in lines)
            yield f"{indent} */"


if __name__ == "__main__":
    TARGET.write_text(generate(), encoding="utf-8")
