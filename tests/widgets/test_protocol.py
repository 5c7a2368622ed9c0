from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, TypeAdapter

from spatialnb.models.base import Frozen
from spatialnb.models.geometry import Vec3

WIDGETS = Path(__file__).parents[2] / "widgets"


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, WIDGETS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generator = load("generate_protocol")


def test_the_committed_types_are_those_of_the_models() -> None:
    committed = (WIDGETS / "src" / "protocol.ts").read_text(encoding="utf-8")
    assert committed == generator.generate(), "run `python widgets/generate_protocol.py`"


def said(kind: Any) -> str:
    schema = TypeAdapter(kind).json_schema(mode="serialization", schema_generator=generator.Schema)
    return generator.kind(schema, "here")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Vec3, "[number, number, number]"),
        (tuple[str, ...], "string[]"),
        (tuple[int | None, ...], "(number | null)[]"),
        (Literal["a", "b"], '"a" | "b"'),
        (dict[str, float], "{ [key: string]: number }"),
        (Annotated[str, Field(pattern="^a")], "string"),
    ],
)
def test_types_that_it_knows(kind: Any, expected: str) -> None:
    assert said(kind) == expected


@pytest.mark.parametrize("kind", [Any, list[Any], dict[str, Any], tuple[Any, ...]])
def test_a_type_it_cannot_say_is_refused_not_guessed(kind: Any) -> None:
    with pytest.raises(generator.Unknown):
        said(kind)


def test_a_field_that_may_be_missing_is_refused() -> None:
    class Loose(Frozen):
        type: Literal["loose"] = "loose"

    schema = Loose.model_json_schema(mode="validation")
    with pytest.raises(generator.Unknown, match="optional"):
        generator.interface("Loose", schema)


def test_every_message_keeps_its_tag_required() -> None:
    text = generator.generate()
    assert '  type: "scene";' in text
    assert "?:" not in text
