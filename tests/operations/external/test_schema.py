"""Schemas of every version of OpenAPI mean the same as JSON Schema."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from spatialnb.operations.external.document import Document
from spatialnb.operations.external.schema import Schemas, reached, shown

COMPONENTS: dict[str, Any] = {
    "Node": {
        "type": "object",
        "required": ["id", "name"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "name": {"type": "string"},
            "next": {"$ref": "#/components/schemas/Node"},
        },
    },
    "Cat": {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}},
    },
    "Dog": {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}, "bark": {"type": "boolean"}},
    },
    "Loop": {"$ref": "#/components/schemas/Loop"},
}


def converted(schema: Any) -> tuple[dict[str, Any], Schemas]:
    schemas = Schemas(Document({"components": {"schemas": COMPONENTS}}))
    made = schemas.convert(schema)
    return {**made, "$defs": reached(made, schemas.definitions)}, schemas


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string", "nullable": True}, ["a", None], [1]),
        ({"type": "string", "enum": ["a"], "nullable": True}, ["a", None], ["b"]),
        ({"type": "string", "enum": ["a"], "x-nullable": True}, ["a", None], ["b"]),
        ({"$ref": "#/components/schemas/Cat", "nullable": True}, [None, {"kind": "c"}], [{}]),
        ({"type": ["string", "null"]}, ["a", None], [1]),
        ({"type": "number", "minimum": 0, "exclusiveMinimum": True}, [0.1], [0]),
        ({"type": "number", "exclusiveMinimum": 0}, [0.1], [0]),
        ({"type": "integer", "maximum": 5, "exclusiveMaximum": False}, [5], [6]),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, [1, 1.5], ["a"]),
        ({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}, ["a", ["a"]], [1, [1]]),
        (
            {"allOf": [{"$ref": "#/components/schemas/Cat"}, {"required": ["lives"]}]},
            [{"kind": "c", "lives": 9}],
            [{"kind": "c"}],
        ),
        ({"type": "file"}, ["text"], [1]),
        ({"type": "string", "pattern": r"^\p{L}+$"}, ["anything"], [1]),
        ({"type": "array", "items": [{"type": "string"}, {"type": "integer"}]}, [["a", 1]], [[1, 1]]),
        ({"type": "object", "additionalProperties": False, "properties": {"a": {}}}, [{"a": 1}], [{"b": 1}]),
        ({"const": 3}, [3], [4]),
        ({"type": "string", "required": True, "discriminator": "x"}, ["a"], [1]),
        ({"type": "frob"}, [1, "a"], []),
        (True, [1], []),
        ({"not": {"type": "string"}}, [1], ["a"]),
    ],
)  # fmt: skip
def test_what_documents_say_is_what_is_checked(schema: Any, good: list[Any], bad: list[Any]) -> None:
    made, _ = converted(schema)
    check = Draft202012Validator(made)
    Draft202012Validator.check_schema(made)
    assert [value for value in good if not check.is_valid(value)] == []
    assert [value for value in bad if check.is_valid(value)] == []


def test_a_schema_of_itself_stays_finite_and_checks_every_level() -> None:
    made, _ = converted({"$ref": "#/components/schemas/Node"})
    assert list(made["$defs"]) == ["Node"]
    check = Draft202012Validator(made)
    assert check.is_valid({"name": "a", "next": {"name": "b", "next": {"name": "c"}}})
    assert not check.is_valid({"name": "a", "next": {"name": "b", "next": {"name": 3}}})


def test_what_is_only_answered_is_not_asked_for() -> None:
    made, _ = converted({"$ref": "#/components/schemas/Node"})
    assert "id" not in made["$defs"]["Node"]["properties"]
    assert made["$defs"]["Node"]["required"] == ["name"]


def test_alternatives_with_tags_are_told_apart_by_them() -> None:
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in ("Cat", "Dog")]
    mapping = {"cat": "#/components/schemas/Cat", "kitten": "#/components/schemas/Cat", "dog": "Dog"}
    made, _ = converted({"oneOf": refs, "discriminator": {"propertyName": "kind", "mapping": mapping}})
    check = Draft202012Validator(made)
    assert check.is_valid({"kind": "kitten", "lives": 7})
    assert check.is_valid({"kind": "dog", "bark": True})
    assert not check.is_valid({"kind": "dog", "bark": "loud"})
    assert not check.is_valid({"kind": "cow"})


def test_what_leads_nowhere_is_told_and_harms_nothing_else() -> None:
    broken = {"a": {"$ref": "#/nope"}, "b": {"$ref": "#/components/schemas/Loop"}, "c": {"type": "string"}}
    made, schemas = converted({"properties": broken})
    assert Draft202012Validator(made).is_valid({"a": 1, "b": 2, "c": "x"})
    assert len(schemas.problems) == 2
    assert not Draft202012Validator(made).is_valid({"c": 1})


def test_what_a_model_is_shown_has_no_references_and_a_bounded_size() -> None:
    made, schemas = converted({"$ref": "#/components/schemas/Node"})
    told = shown({"type": "object", "properties": {"node": {"$ref": made["$ref"]}}}, schemas.definitions)
    text = json.dumps(told)
    assert "$ref" not in text
    assert text.count('"next"') == 4
    inner = {"type": "object", "properties": {f"q{m}": {"description": "word " * 40} for m in range(9)}}
    wide = {"type": "object", "properties": {f"p{n}": inner for n in range(20)}}
    assert len(json.dumps(shown(wide, {}))) < 6_000


def closed_object(properties: dict[str, Any], closed: bool) -> dict[str, Any]:
    made = {"type": "object", "properties": properties, "required": sorted(properties)[:1]}
    return {**made, "additionalProperties": False} if closed else made


SCHEMAS = st.recursive(
    st.sampled_from([{"type": "string"}, {"type": "integer", "minimum": 0}, {"type": "boolean"}, {"enum": ["a", 1]}])
    | st.just({"type": "number", "nullable": True}),
    lambda inner: st.builds(lambda i: {"type": "array", "items": i, "maxItems": 3}, inner)
    | st.builds(closed_object, st.dictionaries(st.sampled_from("abc"), inner, max_size=3), st.booleans())
    | st.builds(lambda a, b: {"anyOf": [a, b]}, inner, inner),
    max_leaves=8,
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "b", 1.5]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=8,
)


@given(SCHEMAS, VALUES)
@settings(max_examples=150, deadline=None)
def test_a_converted_schema_agrees_with_its_source(schema: dict[str, Any], value: Any) -> None:
    made, _ = converted(schema)
    expected = json.loads(
        json.dumps(schema).replace('"type": "number", "nullable": true', '"type": ["number", "null"]')
    )
    assert Draft202012Validator(made).is_valid(value) == Draft202012Validator(expected).is_valid(value)


def test_what_has_hundreds_of_properties_is_shown_in_part_and_named_in_full() -> None:
    properties = {f"p{n}": {"type": "string", "description": "word " * 50, "enum": ["a", "b"]} for n in range(300)}
    told = shown({"type": "object", "properties": properties, "required": ["p299"]}, {})
    assert len(json.dumps(told)) < 7_000
    assert told["properties"]["p299"]["description"].startswith("word")
    assert "p1" in told["properties"]
    assert "p150" in told["description"]
    huge = {f"p{n}": {"type": "object", "properties": {"x": {"enum": ["y" * 50] * 50}}} for n in range(2_000)}
    assert len(json.dumps(shown({"type": "object", "properties": huge}, {}))) < 8_000
