"""Schemas of OpenAPI documents (Swagger 2.0, 3.0, 3.1) as JSON Schema 2020-12.

A reference stays a reference: what it points at becomes a definition under `$defs`, made once however often it is
used, so that recursive schemas stay finite. What a request may not carry (`readOnly`) is left out.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from spatialnb.errors import Invalid
from spatialnb.operations.external.document import Document

Schema = dict[str, Any]
DEFS = "#/$defs/"
TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})
_LIKE = {
    "int": "integer", "int32": "integer", "int64": "integer", "long": "integer", "float": "number",
    "double": "number", "decimal": "number", "bool": "boolean", "date": "string", "datetime": "string",
    "date-time": "string", "uuid": "string", "file": "string", "map": "object", "list": "array", "dict": "object",
}  # fmt: skip
"""What documents write where a type should be, and the type that is meant."""


class Schemas:
    """The schemas of one document while they are converted. `definitions` grows with what they refer to."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.definitions: dict[str, Schema] = {}
        self._names: dict[str, str] = {}
        self._waiting: list[tuple[str, Any]] = []
        self.problems: list[str] = []
        """What in the document could not be used, in plain words."""

    def resolved(self, value: Any) -> Any:
        """`value`, or what it refers to, through any number of references. Raises `Invalid` for a broken one."""
        seen: set[str] = set()
        while isinstance(value, Mapping) and isinstance(reference := value.get("$ref"), str):
            if reference in seen or not reference.startswith("#"):
                raise Invalid(f"The document's reference {reference} leads nowhere.", "document")
            seen.add(reference)
            value = self._document.at(reference)
        return value

    def convert(self, value: Any) -> Schema:
        """One schema, converted, and with it the definitions it refers to."""
        made = self.one(value)
        while self._waiting:
            # One after the other and not one in the other: long chains of references are common.
            name, target = self._waiting.pop()
            self.definitions[name] = self.one(target)
        return made

    def one(self, value: Any) -> Schema:
        """One schema, converted; definitions that it refers to wait for `convert`."""
        if value is True or value is None:
            return {}
        if value is False:
            return {"not": {}}
        if not isinstance(value, Mapping):
            self.problems.append(f"A schema is {type(value).__name__} instead of an object.")
            return {}
        made: Schema = {}
        for key, inner in value.items():
            if (rule := _RULES.get(key)) is not None:
                rule(self, made, key, inner)
        if isinstance(value.get("$ref"), str):
            made = self._referred(value["$ref"], made)
        _types(made)
        _bounds(made)
        _required(self, made, value)
        self._tagged(made, value)
        return _nullable(made) if value.get("nullable") is True or value.get("x-nullable") is True else made

    def _referred(self, reference: str, beside: Schema) -> Schema:
        try:
            target = self.resolved({"$ref": reference})
        except Invalid as error:
            self.problems.append(str(error))
            return beside
        if reference not in self._names:
            name = self._names[reference] = self._name(reference)
            self.definitions[name] = {}
            self._waiting.append((name, target))
        return {**beside, "$ref": f"{DEFS}{self._names[reference]}"}

    def _name(self, reference: str) -> str:
        plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", reference.rpartition("/")[2]).strip("_") or "schema"
        name, count = plain, 2
        while name in self.definitions:
            name, count = f"{plain}_{count}", count + 1
        return name

    def _tagged(self, made: Schema, value: Mapping[str, Any]) -> None:
        """Alternatives told apart by a property: each is taken only with its own tags."""
        tell = value.get("discriminator")
        if not isinstance(tell, Mapping) or not isinstance(tell.get("mapping"), Mapping) or "anyOf" not in made:
            return
        field = str(tell.get("propertyName", ""))
        tags: dict[str, list[str]] = {}
        for tag, target in tell["mapping"].items():
            reference = target if str(target).startswith("#") else f"#/components/schemas/{target}"
            if (name := self._names.get(reference)) is not None:
                tags.setdefault(f"{DEFS}{name}", []).append(str(tag))
        if not field or set(tags) != {one.get("$ref") for one in made["anyOf"]}:
            return  # the mapping does not tell them all apart; the alternatives stand for themselves
        made["anyOf"] = [
            {**one, "properties": {field: {"enum": tags[one["$ref"]]}}, "required": [field]} for one in made["anyOf"]
        ]

    def read_only(self, value: Any) -> bool:
        """Whether a property is only ever answered, never sent."""
        try:
            found = self.resolved(value)
        except Invalid:
            return False
        outer = isinstance(value, Mapping) and value.get("readOnly") is True
        return outer or (isinstance(found, Mapping) and found.get("readOnly") is True)


Rule = Callable[[Schemas, Schema, str, Any], None]


def _kept(_: Schemas, made: Schema, key: str, value: Any) -> None:
    made[key] = value


def _number(_: Schemas, made: Schema, key: str, value: Any) -> None:
    if isinstance(value, (int, float)):
        made[key] = value


def _count(_: Schemas, made: Schema, key: str, value: Any) -> None:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0:
        made[key] = int(value)


def _text(_: Schemas, made: Schema, key: str, value: Any) -> None:
    if isinstance(value, str) and value.strip():
        made[key] = value.strip()


def _one(schemas: Schemas, made: Schema, key: str, value: Any) -> None:
    made[key] = value if isinstance(value, bool) else schemas.one(value)


def _items(schemas: Schemas, made: Schema, _: str, value: Any) -> None:
    if isinstance(value, list):
        made["prefixItems"] = [schemas.one(each) for each in value]
    else:
        made["items"] = schemas.one(value)


def _several(schemas: Schemas, made: Schema, key: str, value: Any) -> None:
    if not isinstance(value, list) or not value:
        return
    # Alternatives of documents often overlap (a number or an integer); the service decides which one was meant.
    into = "anyOf" if key == "oneOf" else key
    parts = [schemas.one(each) for each in value]
    if into in made:
        made.setdefault("allOf", []).append({into: parts})
    else:
        made[into] = [*made.get(into, []), *parts]


def _named(schemas: Schemas, made: Schema, key: str, value: Any) -> None:
    if isinstance(value, Mapping):
        skip = key == "properties"
        made[key] = {k: schemas.one(v) for k, v in value.items() if not (skip and schemas.read_only(v))}


def _pattern(_: Schemas, made: Schema, key: str, value: Any) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(str(value))
    except (re.error, OverflowError, RecursionError, FutureWarning, DeprecationWarning):
        return  # a pattern of another dialect; the service checks it
    made[key] = str(value)


def _enum(_: Schemas, made: Schema, key: str, value: Any) -> None:
    if isinstance(value, list) and value:
        made[key] = value


def _example(_: Schemas, made: Schema, key: str, value: Any) -> None:
    if key == "example":
        made.setdefault("examples", []).append(value)
    elif isinstance(value, list):
        made["examples"] = [*made.get("examples", []), *value]


def _flag(_: Schemas, made: Schema, key: str, value: Any) -> None:
    if value is True:
        made[key] = True


def _listed(_: Schemas, made: Schema, key: str, value: Any) -> None:
    if isinstance(value, list):
        made[key] = [name for name in value if isinstance(name, str)]


def _dependent(_: Schemas, made: Schema, key: str, value: Any) -> None:
    if isinstance(value, Mapping) and all(isinstance(v, list) for v in value.values()):
        made[key] = dict(value)


_RULES: dict[str, Rule] = {
    **dict.fromkeys(("type", "exclusiveMinimum", "exclusiveMaximum", "const", "default"), _kept),
    **dict.fromkeys(("minimum", "maximum", "multipleOf"), _number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _count),
    **dict.fromkeys(("minContains", "maxContains"), _count),
    **dict.fromkeys(("title", "description", "format"), _text),
    **dict.fromkeys(("not", "if", "then", "else", "contains", "propertyNames"), _one),
    **dict.fromkeys(("additionalProperties", "unevaluatedProperties", "unevaluatedItems"), _one),
    **dict.fromkeys(("oneOf", "anyOf", "allOf", "prefixItems"), _several),
    **dict.fromkeys(("properties", "patternProperties", "dependentSchemas"), _named),
    **dict.fromkeys(("example", "examples"), _example),
    **dict.fromkeys(("uniqueItems", "deprecated"), _flag),
    "items": _items, "pattern": _pattern, "enum": _enum, "required": _listed, "dependentRequired": _dependent,
}  # fmt: skip


def _types(made: Schema) -> None:
    if "type" not in made:
        return
    given = made.pop("type")
    listed = given if isinstance(given, list) else [given]
    if "file" in listed:
        made.setdefault("format", "binary")
    known = [t for t in (_LIKE.get(str(t).lower(), str(t).lower()) for t in listed) if t in TYPES]
    if len(known) == len(listed) and known:
        made["type"] = known[0] if len(known) == 1 else list(dict.fromkeys(known))


def _bounds(made: Schema) -> None:
    """Swagger and OpenAPI 3.0 say `exclusiveMinimum: true` beside `minimum`."""
    for exclusive, plain in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        given = made.get(exclusive)
        if isinstance(given, bool) or not isinstance(given, (int, float)):
            made.pop(exclusive, None)
            if given is True and plain in made:
                made[exclusive] = made.pop(plain)
    if made.get("multipleOf", 1) <= 0:
        del made["multipleOf"]


def _required(schemas: Schemas, made: Schema, value: Mapping[str, Any]) -> None:
    """What a request never carries cannot be asked for in it."""
    properties = value.get("properties")
    if "required" in made and isinstance(properties, Mapping):
        made["required"] = [
            name for name in made["required"] if not (name in properties and schemas.read_only(properties[name]))
        ]
    if not made.get("required", True):
        del made["required"]


def _nullable(made: Schema) -> Schema:
    if isinstance(kind := made.get("type"), str) and "$ref" not in made:
        made["type"] = [kind, "null"]
        if "enum" in made and None not in made["enum"]:
            made["enum"] = [*made["enum"], None]
        return made
    if isinstance(kind, list):
        return {**made, "type": list(dict.fromkeys([*kind, "null"]))}
    told = {key: made.pop(key) for key in ("title", "description", "default", "examples") if key in made}
    return {**told, "anyOf": [made, {"type": "null"}]} if made else told


# -- what of the definitions a schema needs, and how it is shown ------------------------------------------------------
_POINTS = re.compile(r'"\$ref": "#/\$defs/((?:[^"\\]|\\.)+)"')


def reached(schema: Any, definitions: Mapping[str, Schema]) -> dict[str, Schema]:
    """The definitions that `schema` uses, directly or through others."""
    found: dict[str, Schema] = {}
    todo = _POINTS.findall(json.dumps(schema))
    while todo:
        name = todo.pop()
        if name not in found and name in definitions:
            found[name] = definitions[name]
            todo += _POINTS.findall(json.dumps(definitions[name]))
    return dict(sorted(found.items()))


BRIEFEST = 1
LONGEST_TEXT = 300


def shown(schema: Schema, definitions: Mapping[str, Schema], largest: int = 6_000) -> Schema:
    """`schema` as a model is shown it: references written out, as deep as fits in `largest` characters of JSON.

    What lies deeper is an object or a list without its parts; the whole is still what a call is checked against.
    """
    made: Schema = {}
    for depth in (5, 4, 3, 2, BRIEFEST):
        made = _inlined(schema, definitions, depth, LONGEST_TEXT if depth > BRIEFEST else 120)
        if len(json.dumps(made)) <= largest:
            return made
    return _cut(made, largest)


def _cut(schema: Schema, largest: int) -> Schema:
    """A schema of very many properties: those that are not required as far as there is room, the others by name."""
    properties: Mapping[str, Any] = schema.get("properties", {})
    required = set(schema.get("required", ()))
    bare = {name: _bare(one, name in required) for name, one in properties.items()}
    left = largest - 1_500 - sum(len(json.dumps({name: bare[name]})) for name in bare if name in required)
    kept: Schema = {}
    for name, one in bare.items():
        left -= 0 if name in required else len(json.dumps({name: one})) + 2
        if name in required or left > 0:
            kept[name] = one
    others = [name for name in properties if name not in kept]
    told = f"{', '.join(others)[:1_000]}{' …' if len(', '.join(others)) > 1_000 else ''}"
    note = {"description": f"Takes besides: {told}"} if others else {}
    return {**schema, "properties": kept, **note}


def _bare(schema: Any, needed: bool) -> Any:
    """A property as its type and values only; the words are kept where it has to be given."""
    if not isinstance(schema, Mapping):
        return schema
    text = str(schema.get("description", ""))[:120]
    made: Schema = {key: schema[key] for key in ("type", "enum", "const", "format", "default") if key in schema}
    if len(json.dumps(made)) > 300:
        made = {"type": schema["type"]} if "type" in schema else {}
    return {**made, "description": text} if needed and text else made


_PARTS = ("properties", "patternProperties")
_INNER = ("items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else")
_LISTS = ("anyOf", "allOf", "prefixItems")


def _inlined(schema: Any, definitions: Mapping[str, Schema], depth: int, longest: int) -> Any:
    seen = 0
    while isinstance(schema, Mapping) and "$ref" in schema and seen < 20:
        beside = {k: v for k, v in schema.items() if k != "$ref"}
        schema, seen = {**definitions.get(str(schema["$ref"]).removeprefix(DEFS), {}), **beside}, seen + 1
    if not isinstance(schema, Mapping):
        return schema
    made: Schema = {k: v for k, v in schema.items() if k not in {*_PARTS, *_INNER, *_LISTS, "examples", "$ref"}}
    if isinstance(text := made.get("description"), str) and len(text) > longest:
        made["description"] = f"{text[:longest].rsplit(' ', 1)[0]} …"
    if len(made.get("enum", ())) > 60:
        made["enum"] = made["enum"][:60]
        made["description"] = f"{made.get('description', '')} (There are more values than these.)".strip()
        made.setdefault("type", "string")
        del made["enum"]
    if examples := schema.get("examples"):
        made["examples"] = examples[:1] if len(json.dumps(examples[0])) < longest else []
        made = {k: v for k, v in made.items() if k != "examples" or v}
    if depth <= 0:
        if "properties" in schema or "allOf" in schema:
            made = {**made, "type": made.get("type", "object")}
        return {k: v for k, v in made.items() if k != "required"}
    for key in _PARTS:
        if key in schema:
            made[key] = {k: _inlined(v, definitions, depth - 1, longest) for k, v in schema[key].items()}
    for key in _INNER:
        if key in schema:
            made[key] = _inlined(schema[key], definitions, depth - 1, longest)
    for key in _LISTS:
        if key in schema:
            made[key] = [_inlined(each, definitions, depth - (key != "allOf"), longest) for each in schema[key]]
    return made


def properties_of(schema: Any, definitions: Mapping[str, Schema], depth: int = 0) -> tuple[Schema, tuple[str, ...]]:
    """All properties of an object schema and the required ones, those of `allOf` and references among them."""
    found: Schema = {}
    required: list[str] = []
    if not isinstance(schema, Mapping) or depth > 10:
        return found, ()
    parts: Iterable[Any] = schema.get("allOf", ())
    if "$ref" in schema:
        parts = [definitions.get(str(schema["$ref"]).removeprefix(DEFS), {}), *parts]
    for part in parts:
        inner, asked = properties_of(part, definitions, depth + 1)
        found.update(inner)
        required += asked
    found.update(schema.get("properties", {}))
    required += schema.get("required", ())
    return found, tuple(dict.fromkeys(name for name in required if name in found))
