"""What a parameter takes, in words, from its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast

Schema: TypeAlias = Mapping[str, Any]
Path: TypeAlias = tuple[str | int, ...]

UNITS = {"m": "metres", "deg": "degrees", "s": "seconds"}
MOST_CHOICES = 24
"""Choices that are listed; of more, some."""
REFERENCE = "words such as “the red photos”, an id, a list of ids, or a selection"
_FORMATS = {
    "date": "a date such as 2025-01-31",
    "date-time": "a date and time such as 2025-01-31T18:00:00",
    "time": "a time of day such as 18:30",
    "duration": "a length of time such as PT90S, or a number of seconds",
    "uuid": "an id such as 123e4567-e89b-12d3-a456-426614174000",
    "uri": "a web address such as https://example.org",
    "email": "an address such as name@example.org",
    "path": "a path",
    "binary": "bytes",
}
_PATTERNS = {"^#[0-9a-f]{6}$": "a colour such as #ff8800"}


class Expectations:
    """What the arguments of an operation may be."""

    def __init__(self, schema: Schema, references: Mapping[str, Any]) -> None:
        self._schema = schema
        self._defs: Mapping[str, Schema] = schema.get("$defs", {})
        self._references = references

    def at(self, path: Path) -> list[Schema]:
        """The alternatives for what stands at `path`, without nothing; none where the schema does not say."""
        found = [self._schema]
        for step in path:
            found = [inner for schema in found for each in self._each(schema) for inner in _inside(each, step)]
        return [each for schema in found for each in self._each(schema) if each.get("type") != "null"]

    def words(self, path: Path) -> str:
        """What may stand at `path`: "a number of metres, at least 0"; empty where the schema does not say."""
        if path and path[0] in self._references and len(path) == 1:
            return REFERENCE
        return self._all(self.at(path))

    def choices(self, path: Path) -> list[Any]:
        """The fixed values among the alternatives at `path`."""
        return [value for schema in self.at(path) for value in _choices(schema)]

    def fields(self, path: Path) -> list[str]:
        """Names of the fields that what stands at `path` may have."""
        return list(dict.fromkeys(name for schema in self.at(path) for name in schema.get("properties", {})))

    def unit(self, path: Path) -> str:
        """`m`, `deg` or `s`, or empty."""
        return next((str(schema["unit"]) for schema in self.at(path) if "unit" in schema), "")

    def numeric(self, path: Path) -> bool:
        return any(schema.get("type") in ("number", "integer") for schema in self.at(path))

    # -- words --------------------------------------------------------------------------------------------------------
    def _each(self, schema: Schema, depth: int = 0) -> Iterator[Schema]:
        """The alternatives that a schema is made of."""
        if depth > 12:
            return
        if (reference := schema.get("$ref")) is not None:
            rest = {k: v for k, v in schema.items() if k != "$ref"}
            yield from self._each({**self._defs.get(str(reference).rpartition("/")[2], {}), **rest}, depth + 1)
            return
        options = schema.get("anyOf") or schema.get("oneOf")
        if options:
            own = {k: v for k, v in schema.items() if k in ("unit", *_BOUNDS)}
            for option in options:
                yield from self._each({**own, **option}, depth + 1)
        elif len(schema.get("allOf", ())) == 1:
            yield from self._each({**schema, **schema["allOf"][0], "allOf": ()}, depth + 1)
        else:
            yield schema

    def _all(self, schemas: Sequence[Schema], depth: int = 0) -> str:
        fixed = [value for schema in schemas for value in _choices(schema)]
        parts = [self._one(schema, depth) for schema in schemas if not _choices(schema)]
        kinds = [schema for schema in schemas if "properties" in schema]
        if len(kinds) > 2 and (tag := self._tag(kinds)):
            parts = [part for part in parts if not part.startswith("fields")] + [tag]
        if fixed:
            parts.insert(0, listed(fixed) if len(fixed) == 1 else f"one of {listed(fixed)}")
        parts = list(dict.fromkeys(part for part in parts if part))
        return " or ".join(parts) if len(parts) < 3 else ", ".join(parts[:-1]) + f" or {parts[-1]}"

    def _tag(self, kinds: Sequence[Schema]) -> str:
        """Many sorts of fields that are told apart by one of them."""
        for name in kinds[0]["properties"]:
            values = [value for kind in kinds for value in _choices(kind["properties"].get(name, {}))]
            if len(values) >= len(kinds):
                return f"fields, of which {name} is one of {listed(values)}"
        return ""

    def _one(self, schema: Schema, depth: int) -> str:
        kind = schema.get("type")
        if kind == "string":
            return _text(schema)
        if kind in ("number", "integer"):
            return _number(schema)
        if kind == "boolean":
            return "true or false"
        if kind == "array":
            return self._list(schema, depth)
        if kind == "object" or "properties" in schema:
            return _object(schema)
        return ""

    def _list(self, schema: Schema, depth: int) -> str:
        items = cast("Sequence[Schema]", schema.get("prefixItems") or ())
        if items:
            inside = {self._all(list(self._each(item)), depth + 1) for item in items}
            if len(inside) == 1:
                return f"a list of {len(items)}, each {inside.pop()}"
            return f"a list of {len(items)}: " + ", ".join(self._all(list(self._each(i)), depth + 1) for i in items)
        inner = schema.get("items")
        words = self._all(list(self._each(inner)), depth + 1) if isinstance(inner, Mapping) and depth < 2 else ""
        return f"a list{_count(schema)}" + (f", each {words}" if words else "")


_BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf")


def _inside(schema: Schema, step: str | int) -> Iterator[Schema]:
    if isinstance(step, int):
        items = schema.get("prefixItems") or ()
        if step < len(items):
            yield items[step]
        elif isinstance(inner := schema.get("items"), Mapping):
            yield cast(Schema, inner)
        return
    properties = schema.get("properties", {})
    if step in properties:
        yield properties[step]
    elif isinstance(more := schema.get("additionalProperties"), Mapping):
        yield cast(Schema, more)


def _choices(schema: Schema) -> list[Any]:
    if "const" in schema:
        return [schema["const"]]
    return list(schema.get("enum", ()))


def _text(schema: Schema) -> str:
    if (known := _FORMATS.get(str(schema.get("format", "")))) is not None:
        return known
    if (pattern := schema.get("pattern")) is not None:
        choices = letters(str(pattern))
        return f"one of {listed(choices)}" if choices else _PATTERNS.get(str(pattern), f"text of the form {pattern}")
    return "text"


def letters(pattern: str) -> list[str]:
    """The single characters that a pattern such as ^[xyz]$ allows; none for any other pattern."""
    inner = pattern.removeprefix("^[").removesuffix("]$")
    plain = len(inner) == len(pattern) - 4 and inner.isalnum()
    return list(inner) if plain else []


def _number(schema: Schema) -> str:
    kind = "a whole number" if schema.get("type") == "integer" else "a number"
    unit = UNITS.get(str(schema.get("unit", "")), "")
    return kind + (f" of {unit}" if unit else "") + bounds_in_words(schema)


def bounds_in_words(schema: Schema) -> str:
    """The bounds of a number: " from 1 to 24", ", at least 0", ", more than 0", or nothing."""
    least, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    most, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    if least is not None and most is not None:
        return f" from {plain_number(least)} to {plain_number(most)}"
    parts = [
        f"at least {plain_number(least)}" if least is not None else "",
        f"more than {plain_number(above)}" if above is not None else "",
        f"at most {plain_number(most)}" if most is not None else "",
        f"less than {plain_number(below)}" if below is not None else "",
    ]
    said = " and ".join(part for part in parts if part)
    return f", {said}" if said else ""


def plain_number(value: Any) -> str:
    """A number as a person writes it: 2 rather than 2.0."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _count(schema: Schema) -> str:
    least, most = schema.get("minItems"), schema.get("maxItems")
    if least and most:
        return f" of {least} to {most}"
    return f" of at least {least}" if least else f" of at most {most}" if most else ""


def _object(schema: Schema) -> str:
    names = list(schema.get("properties", ()))
    return f"fields such as {listed(names[:6])}" if names else "fields with names"


def listed(values: Sequence[Any]) -> str:
    """Values side by side, of many only some."""
    told = [str(value) for value in values[:MOST_CHOICES]]
    more = len(values) - len(told)
    return ", ".join(told) + (f" and {more} more" if more > 0 else "")
