"""What is seen of a document's schemas without checking anything by them: rows, fields, values, examples, files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from spatialnb.errors import SpatialError
from spatialnb.operations.external.schema import Schemas


def listed(value: Any) -> list[Any]:
    """`value` if it is a list; documents hold other things where a list should be."""
    return value if isinstance(value, list) else []


def shape_of(schemas: Schemas, schema: Any, depth: int = 0) -> tuple[bool, dict[str, Any]]:
    """Whether an answer is or holds rows, and the fields of those rows, or of the answer itself."""
    if depth > 6:
        return False, {}
    try:
        found = schemas.resolved(schema)
    except SpatialError:
        return False, {}
    if not isinstance(found, Mapping):
        return False, {}
    if found.get("type") == "array" or "items" in found:
        _, inner = shape_of(schemas, found.get("items"), depth + 1)
        return True, inner
    fields: dict[str, Any] = {}
    for part in (*listed(found.get("allOf")), *listed(found.get("oneOf"))[:1], *listed(found.get("anyOf"))[:1]):
        rows, inner = shape_of(schemas, part, depth + 1)
        if rows:
            return True, inner
        fields.update(inner)
    own = found.get("properties")
    fields.update(own if isinstance(own, Mapping) else {})
    for one in fields.values():
        # "A directory's content is a list of such": documents that say it only in words mean rows all the same.
        said = isinstance(one, Mapping) and re.search(r"\b(array|list) (if|when)\b", str(one.get("description", "")))
        if depth < 2 and isinstance(one, Mapping) and one.get("type") == "array":
            rows, inner = shape_of(schemas, one, depth + 1)
            if rows and inner:
                return True, inner
        if said:
            return True, fields
    return False, fields


def few_values(schemas: Schemas, schema: Any) -> tuple[str, ...]:
    try:
        found = schemas.resolved(schema)
    except SpatialError:
        return ()
    values = found.get("enum") if isinstance(found, Mapping) else None
    if not isinstance(values, list) or len(values) > 30:
        return ()
    return tuple(value for value in values if isinstance(value, str))


def is_binary(schema: Any, definitions: Mapping[str, Any]) -> bool:
    seen = 0
    while isinstance(schema, Mapping) and "$ref" in schema and seen < 20:
        schema, seen = definitions.get(str(schema["$ref"]).removeprefix("#/$defs/")), seen + 1
    if not isinstance(schema, Mapping):
        return False
    if schema.get("type") == "array":
        return is_binary(schema.get("items"), definitions)
    return schema.get("format") == "binary"


def examples_of(schemas: Schemas, holder: Mapping[str, Any]) -> list[Any]:
    """The examples of a parameter or a media type."""
    found: list[Any] = []
    for key in ("example", "x-example"):
        if key in holder:
            found.append(holder[key])
    for value in (holder.get("examples") or {}).values() if isinstance(holder.get("examples"), Mapping) else ():
        try:
            one = schemas.resolved(value)
        except SpatialError:
            continue
        if isinstance(one, Mapping) and "value" in one:
            found.append(one["value"])
    return found
