"""Checks requests against an OpenAPI 3.0 document, and makes arguments for them, without any of our own reading of it.

Schemas are checked where they stand in the document, by a JSON Schema draft 4 validator that knows `nullable`, which is
what the schemas of OpenAPI 3.0 are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft4Validator, validators
from referencing import Registry
from referencing.jsonschema import DRAFT4

from tests.operations.external.loopback import Asked

METHODS = ("get", "post", "put", "patch", "delete")


def _type(validator: Any, kinds: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if not (instance is None and schema.get("nullable")):
        yield from Draft4Validator.VALIDATORS["type"](validator, kinds, instance, schema)


def _enum(validator: Any, values: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if not (instance is None and schema.get("nullable")):
        yield from Draft4Validator.VALIDATORS["enum"](validator, values, instance, schema)


def _overlapping(validator: Any, parts: Any, instance: Any, schema: Any) -> Iterator[Any]:
    """`oneOf` of documents overlaps; we are as lenient as services are."""
    if not (instance is None and schema.get("nullable")):
        yield from Draft4Validator.VALIDATORS["anyOf"](validator, parts, instance, schema)


Lenient: Any = validators.extend(
    Draft4Validator, {"type": _type, "enum": _enum, "oneOf": _overlapping, "anyOf": _overlapping}
)  # pyright: ignore


class Checker:
    """The document's own idea of a request."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._registry = Registry().with_resource("urn:doc", DRAFT4.create_resource(document))
        self._paths = [
            (re.compile(re.sub(r"\\{[^{}]+\\}", "([^/]*)", re.escape(path)) + r"\Z"), path)
            for path in document["paths"]
        ]

    def resolve(self, value: Any) -> Any:
        while isinstance(value, dict) and "$ref" in value:
            target: Any = self.document
            for part in value["$ref"].split("/")[1:]:
                target = target[unquote(part).replace("~1", "/").replace("~0", "~")]
            value = target
        return value

    def valid(self, schema: Any, value: Any) -> list[str]:
        absolute = _absolute(schema)
        return [error.message[:200] for error in Lenient(absolute, registry=self._registry).iter_errors(value)]

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any], list[dict[str, Any]]]]:
        """Method, path, operation and its parameters."""
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    given = [
                        self.resolve(one) for one in (*item.get("parameters", ()), *item[method].get("parameters", ()))
                    ]
                    yield method, path, item[method], list({(one["name"], one["in"]): one for one in given}.values())

    def problems(self, asked: Asked, path: str) -> list[str]:
        """What is wrong with a request that was meant for `path`."""
        pattern = next(p for p, one in self._paths if one == path)
        method = asked.method.lower()
        operation, parameters = next((o, ps) for m, at, o, ps in self.operations() if (m, at) == (method, path))
        if (found := pattern.match(asked.path)) is None:
            return [f"{asked.path} is not {path}"]
        raw = dict(zip(re.findall(r"{([^{}]+)}", path), found.groups(), strict=True))
        wrong: list[str] = []
        query = asked.query
        for one in parameters:
            schema, where, name = one.get("schema", {}), one["in"], one["name"]
            if where == "path":
                wrong += self._checked(name, schema, _read(self.resolve(schema), unquote(raw[name])))
            elif where == "header" and name.lower() in asked.headers and name.lower() != "accept":
                wrong += self._checked(name, schema, _read(self.resolve(schema), asked.headers[name.lower()]))
            elif where == "query":
                mine = [(k, v) for k, v in query if k == name or k.startswith(f"{name}[")]
                query = [pair for pair in query if pair not in mine]
                if mine and one.get("style") == "deepObject":
                    wrong += [] if nested(mine).get(name) is not None else [f"{name} is not nested"]
                elif mine:
                    kind, plain = self.resolve(schema).get("type"), self.resolve(schema)
                    split = [v for _, v in mine] if one.get("explode", True) else mine[0][1].split(",")
                    value = _read(plain, mine[0][1])
                    if kind == "array":
                        value = [_read(self.resolve(plain.get("items", {})), one) for one in split]
                    wrong += self._checked(name, schema, value)
                elif one.get("required"):
                    wrong.append(f"{name} is missing")
        wrong += [f"{name} is in no parameter" for name, _ in query]
        body = self.resolve(operation.get("requestBody"))
        if body and body.get("required") and not asked.body:
            wrong.append("there is no body")
        if asked.body and "application/json" in asked.headers.get("content-type", ""):
            media = next((m for m in (body or {}).get("content", {}) if "json" in m), None)
            wrong += (
                self._checked("body", body["content"][media].get("schema", {}), asked.json) if media else ["no body"]
            )
        return wrong

    def _checked(self, name: str, schema: Any, value: Any) -> list[str]:
        return [f"{name}: {message}" for message in self.valid(schema, value)]


def _compiles(pattern: Any) -> bool:
    try:
        re.compile(pattern if isinstance(pattern, str) else "")
    except re.error:
        return False
    return True


def _absolute(schema: Any) -> Any:
    if isinstance(schema, dict):
        made = {key: _absolute(value) for key, value in schema.items() if key not in ("example", "examples")}
        if not _compiles(made.get("pattern")):
            del made["pattern"]
        if isinstance(reference := made.get("$ref"), str):
            made["$ref"] = f"urn:doc{reference}"
        return made
    return [_absolute(value) for value in schema] if isinstance(schema, list) else schema


def _read(schema: Any, text: str) -> Any:
    """A value from its text, by the type that the schema names."""
    parts = [one for key in ("oneOf", "anyOf") for one in schema.get(key, ()) if isinstance(one, dict)]
    kinds = [one.get("type") for one in (schema, *parts)]
    if "integer" in kinds and re.fullmatch(r"-?\d+", text):
        return int(text)
    if "number" in kinds and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    return text


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0]=c` as objects and lists."""
    made: dict[str, Any] = {}
    for key, value in pairs:
        first, *inner = [part.rstrip("]") for part in key.split("[")]
        at: Any = made
        for part, after in zip([first, *inner], [*inner, None], strict=True):
            if after is None and part in at and not isinstance(at[part], dict):
                at[part] = [*(at[part] if isinstance(at[part], list) else [at[part]]), value]
            elif after is None:
                at[part] = value
            else:
                at = at.setdefault(part, {})
    return made


class Maker:
    """Makes values that fit our converted schemas: from examples where there are any, else by type."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self.definitions = definitions

    def value(self, schema: Any, depth: int = 0) -> Any:
        while isinstance(schema, dict) and "$ref" in schema:
            schema = {
                **self.definitions[schema["$ref"].removeprefix("#/$defs/")],
                **{k: v for k, v in schema.items() if k != "$ref"},
            }
        if not isinstance(schema, dict):
            return "x"
        for key in ("const", "default"):
            if key in schema and schema[key] is not None:
                return schema[key]
        if schema.get("enum"):
            return schema["enum"][depth % len(schema["enum"])]
        for key in ("anyOf",):
            if key in schema and "properties" not in schema:
                part = schema[key][depth % len(schema[key])]
                return self.value({**{k: v for k, v in schema.items() if k != key and k != "examples"}, **part}, depth)
        kind = schema.get("type")
        kind = next((k for k in kind if k != "null"), "null") if isinstance(kind, list) else kind
        if "allOf" in schema or kind == "object" or "properties" in schema:
            return self._object(schema, depth)
        return self._plain(kind, schema, depth)

    def _object(self, schema: Any, depth: int) -> Any:
        from spatialnb.operations.external.schema import properties_of

        fields, required = properties_of(schema, self.definitions)
        if not fields and "allOf" in schema:
            return self.value(schema["allOf"][0], depth)
        wanted = fields if depth < 2 else {name: fields[name] for name in required}
        made = {name: self.value(one, depth + 1) for name, one in wanted.items()}
        if not fields and isinstance(schema.get("additionalProperties"), dict):
            made["some key"] = self.value(schema["additionalProperties"], depth + 1)
        return made

    def _plain(self, kind: Any, schema: Any, depth: int) -> Any:
        if kind == "array":
            count = max(int(schema.get("minItems", 0)), 1 if depth < 4 else 0)
            return [self.value(schema.get("items", {}), depth + 1) for _ in range(count)]
        if kind == "integer" or kind == "number":
            least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + ("exclusiveMinimum" in schema))
            return int(min(max(least, 1), schema.get("maximum", 10**9)))
        if kind == "boolean":
            return True
        if kind == "null":
            return None
        known = {"date-time": "2026-01-02T03:04:05Z", "date": "2026-01-02", "uri": "https://x.test/a?b=c&d"}
        text = known.get(schema.get("format", ""), f"välue {depth}/&?#+")
        if "pattern" in schema and not re.search(schema["pattern"], text):
            options = (
                "abc",
                "a",
                "1",
                "12:00",
                "2026-01-02T03:04:05Z",
                "0123456789abcdef0123456789abcdef01234567",
                "#aabbcc",
                "#",
            )
            text = next(
                (one for one in (*map(str, schema.get("examples", ())), *options) if re.search(schema["pattern"], one)),
                text,
            )
        text = text + "x" * (int(schema.get("minLength", 0)) - len(text))
        return text[: int(schema.get("maxLength", 10_000))]
