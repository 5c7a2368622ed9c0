"""What is wrong with an argument: in plain words, with the nearest value that would do, and never in pydantic's."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AnyUrl, Field, field_validator

from spatialnb.errors import Invalid
from spatialnb.models.base import Frozen
from spatialnb.models.geometry import Degrees, Metres, Seconds, Vec3
from spatialnb.operations import load_operations
from spatialnb.operations.context import Context
from spatialnb.operations.registry import DEFAULT, Operation, Outcome, Things, describe

load_operations()


class Row(Frozen):
    id: str
    width: Metres | None = Field(default=None, gt=0)
    kind: Literal["photo", "poster"] = "photo"


class Cat(Frozen):
    kind: Literal["cat"] = "cat"
    lives: int = Field(ge=1, le=9)


class Dog(Frozen):
    kind: Literal["dog"] = "dog"
    tricks: tuple[str, ...]


class Even(Frozen):
    number: int

    @field_validator("number")
    @classmethod
    def _is_even(cls, number: int) -> int:
        if number % 2:
            raise ValueError("Give an even number")
        return number


class Mood(StrEnum):
    CALM = "calm"
    WILD = "wild"


def show(
    ctx: Context,
    items: Things,
    *,
    rows: tuple[Row, ...] = (),
    size: Metres = Field(default=1, ge=0, le=100),
    turn: Degrees = 0,
    wait: Seconds = Field(default=1, gt=0),
    count: int = Field(default=1, ge=1, le=24),
    share: float = Field(default=0.5, gt=0, lt=0.01 + 1),
    step: float = Field(default=0, multiple_of=0.25),
    mode: Literal["grid", "circle", "spiral"] = "grid",
    level: Literal[1, 2, 5] = 1,
    mood: Mood = Mood.CALM,
    day: date | None = None,
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None,
    beast: Cat | Dog | None = None,
    at: Vec3 | None = None,
    rotation: Vec3 | None = None,
    mix: int | str | list[int] = 1,
    scale: float | Literal["fit"] = 1.0,
    flag: bool = False,
    axis: Annotated[str, Field(pattern="^[xyz]$")] = "x",
    colour: Annotated[str, Field(pattern="^#[0-9a-f]{6}$")] = "#000000",
    name: str = Field(default="x", min_length=1, max_length=10),
    few: list[int] = Field(default=[1], min_length=1, max_length=3),
    even: Even | None = None,
    named: dict[str, float] = Field(default_factory=dict),
    api_key: int = 0,
    when: datetime | None = None,
    hour: time | None = None,
    lasting: timedelta | None = None,
    who: UUID | None = None,
    link: AnyUrl | None = None,
    price: Decimal | None = None,
    file: Path | None = None,
    raw: bytes | None = None,
) -> Outcome:
    """Take everything."""
    return Outcome()


SHOW = describe(show)


def told(args: dict[str, Any], operation: Operation = SHOW) -> Invalid:
    with pytest.raises(Invalid) as caught:
        operation.validate({"items": "all", **args} if operation is SHOW else args)
    plain(str(caught.value), caught.value)
    return caught.value


JARGON = re.compile(
    r"input_value|input_type|type=|union_tag|errors\.pydantic|pydantic|validation error|Value error|Assertion|"
    r"literal\[|tuple\[|list\[|function-|constrained|tagged-union|NoneType|Args\b|SelectionLike|discriminator|"
    r"\b(?:All|Ids|Pointed|Named|Filter|Relate|Order|Take|Nth|Every|One|Except|Union|Intersect|Comparison|Row|Cat|Dog)\b|"
    r"\b(?:int|str|float|bool|dict|tuple)\b|_type\b|_parsing\b|instance of|isinstance|<class|object at 0x"
)


def plain(text: str, error: Invalid | None = None) -> None:
    assert not JARGON.search(text), text
    assert text.endswith((".", "?")), text
    assert len(text) < 1_200, text
    assert error is None or error.__suppress_context__


CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"size": -1}, "size", "at least 0 m, and -1 m is too little. The nearest that does is 0 m"),
    ({"size": 500}, "size", "at most 100 m, and 500 m is too much. The nearest that does is 100 m"),
    ({"wait": 0}, "wait", "more than 0 s, and 0 s is too little. The nearest that does is 0.01 s"),
    ({"count": 0}, "count", "at least 1, and 0 is too little. The nearest that does is 1"),
    ({"count": 25}, "count", "The nearest that does is 24"),
    ({"count": 2.5}, "count", "a whole number from 1 to 24; 2.5 is not. The nearest is 3"),
    ({"count": "2.5"}, "count", "whole number"),
    ({"step": 0.3}, "step", "steps of 0.25; 0.3 is between two. The nearest is 0.25"),
    ({"mode": "gird"}, "mode", "knows no mode “gird”. Did you mean 'grid'? There are: grid, circle, spiral"),
    ({"mode": "cir"}, "mode", "Did you mean 'circle'"),
    ({"mode": 3}, "mode", "There are: grid, circle, spiral"),
    ({"level": 4}, "level", "Did you mean 5? There are: 1, 2, 5"),
    ({"mood": "clam"}, "mood", "Did you mean 'calm'? There are: calm, wild"),
    ({"day": "2024-02-30"}, "day", "The nearest is 2024-02-29"),
    ({"day": "2023-13-01"}, "day", "The nearest is 2023-12-01"),
    ({"day": "31.4.2024"}, "day", "The nearest is 2024-04-30"),
    ({"day": "someday"}, "day", "a date such as 2025-01-31; “someday” is none"),
    ({"pet": {"kind": "cot"}}, "pet", "knows no pet.kind “cot”. Did you mean 'cat'? There are: cat, dog"),
    ({"pet": {"kind": "cat"}}, "pet.lives", "needs 'lives': a whole number from 1 to 9"),
    ({"pet": {"kind": "cat", "lives": 10}}, "pet.lives", "pet.lives of show has to be at most 9"),
    ({"pet": {}}, "pet", "pet.kind of show is missing; it is one of cat, dog"),
    ({"pet": 5}, "pet", "fields such as kind, lives"),
    ({"beast": {"kind": "dog", "tricks": 3}}, "beast.tricks", "a list, each text; 3 is a number"),
    ({"at": [1, 2]}, "at[2]", "at of show has too few entries; it takes a list of 3, each a number"),
    ({"at": [1, 2, "up"]}, "at[2]", "at[2] of show has to be a number; “up” is text"),
    ({"at": "here"}, "at", "a list of 3, each a number; “here” is text"),
    ({"mix": {}}, "mix", "a whole number, text or a list, each a whole number; a set of 0 fields does not fit"),
    ({"scale": "fti"}, "scale", "fit or a number; “fti” is text. Did you mean 'fit'"),
    ({"flag": "maybe"}, "flag", "true or false; “maybe” is text"),
    ({"axis": "w"}, "axis", "There are: x, y, z"),
    ({"colour": "red"}, "colour", "a colour such as #ff8800; “red” is not"),
    ({"name": ""}, "name", "is empty; say something"),
    ({"name": "a" * 12}, "name", "may be 10 characters long, and this is 12; leave out 2"),
    ({"few": []}, "few", "needs at least 1 entry; there are 0"),
    ({"few": [1, 2, 3, 4]}, "few", "takes at most 3 entries; there are 4"),
    ({"even": {"number": 3}}, "even.number", "even.number of show: Give an even number"),
    ({"named": {"a": "b"}}, "named.a", "named.a of show has to be a number; “b” is text"),
    ({"size": float("inf")}, "size", "finite"),
    ({"size": None}, "size", "a number of metres from 0 to 100; nothing does not fit"),
    ({"api_key": "sk-secret-123456"}, "api_key", "what was given is text"),
    ({"when": "noon"}, "when", "a date and time such as"),
    ({"hour": "late"}, "hour", "a time of day such as 18:30"),
    ({"lasting": "long"}, "lasting", "a length of time"),
    ({"who": "me"}, "who", "an id such as"),
    ({"link": "nowhere"}, "link", "a web address such as"),
    ({"price": "much"}, "price", "a number"),
    ({"file": 5}, "file", "a path"),
    ({"raw": 5}, "raw", "bytes"),
    ({"rows": 5}, "rows", "a list, each fields such as id, width, kind; 5 is a number"),
    ({"rows": [{"id": "a"}, {"id": "b", "width": -1}]}, "rows[1].width", "rows[1].width of show has to be more than 0"),
    ({"rows": [{"id": "a", "kind": "foto"}]}, "rows[0].kind", "Did you mean 'photo'"),
    ({"rows": [{"id": "a", "widht": 1}]}, "rows[0].widht", "'widht'; it has id, width, kind. Did you mean 'width'"),
    ({"rows": [{}]}, "rows[0].id", "rows[0] of show needs 'id': text"),
    ({"sise": 1}, "sise", "has no parameter 'sise'; it takes items, rows, size"),
    ({"items": 5}, "items", "words such as “the red photos”, an id, a list of ids, or a selection; 5 is a number"),
    ({"items": {"op": "filtr"}}, "items", "Did you mean 'filter'"),
    ({"items": {"op": "filter", "kind": "imag"}}, "items.kind", "Did you mean 'image'"),
    ({"items": {"op": "take", "count": -1}}, "items.count", "at least 0"),
    ({"items": {"op": "take"}}, "items", "either a count or a share"),
    ({"size": "thirty degrees"}, "size", "“thirty degrees” is an angle, not metres"),
    ({"size": "wide"}, "size", "“wide” is text"),
    ({"size": "200 m"}, "size", "at most 100 m, and 200 m is too much"),
]  # fmt: skip


@pytest.mark.parametrize(("args", "field", "says"), CASES, ids=[str(case[0])[:50] for case in CASES])
def test_every_mistake_says_what_would_do(args: dict[str, Any], field: str, says: str) -> None:
    error = told(args)
    assert says in str(error)
    assert error.field == field


def test_a_secret_is_not_repeated() -> None:
    assert "sk-secret" not in str(told({"api_key": "sk-secret-123456"}))


def test_what_is_missing_and_what_is_misspelt() -> None:
    with pytest.raises(Invalid, match="show needs 'items': words such as") as caught:
        SHOW.validate({})
    assert caught.value.field == "items"
    with pytest.raises(Invalid, match=r"no parameter 'item'.*Did you mean 'items'") as caught:
        SHOW.validate({"item": "all"})
    assert "needs" not in str(caught.value)


def test_several_are_told_together() -> None:
    error = told({"size": -1, "count": 0, "mode": "gird", "flag": "p", "at": 3})
    text = str(error)
    assert text.startswith("Five things are wrong with show: (1) size of show")
    assert "(3) show knows no mode" in text
    assert "(4)" not in text
    assert text.endswith("And 2 more.")
    assert error.field == "size"


@pytest.mark.parametrize(
    ("name", "given", "means"),
    [
        ("size", "2 m", 2.0),
        ("size", "150 cm", 1.5),
        ("size", "two metres", 2.0),
        ("size", "6 ft 2", None),
        ("size", "half a metre", 0.5),
        ("turn", "half a turn", 180.0),
        ("turn", "-90 degrees", -90.0),
        ("turn", "minus ninety", -90.0),
        ("wait", "half a minute", 30.0),
        ("wait", "250 ms", 0.25),
        ("count", "twelve", 12),
        ("scale", "50%", 0.5),
        ("at", ["1 m", 0, "50 cm"], (1.0, 0.0, 0.5)),
        ("rotation", [0, "quarter of a turn", 0], None),
        ("rotation", [0, "90 degrees", 0], (0.0, 90.0, 0.0)),
    ],
)
def test_amounts_in_words_are_numbers(name: str, given: Any, means: Any) -> None:
    if means is None:
        try:
            SHOW.validate({"items": "all", name: given})
        except Invalid as error:
            plain(str(error))
        return
    assert SHOW.validate({"items": "all", name: given})[name] == pytest.approx(means)


def test_amounts_deep_inside_are_numbers_too() -> None:
    rows = SHOW.validate({"items": "all", "rows": [{"id": "a", "width": "2 ft"}]})["rows"]
    assert rows[0].width == pytest.approx(0.6096)


WORDS = st.text("abcdefghij -", max_size=12)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | WORDS
    | st.binary(max_size=4)
    | st.dates()
    | st.just(object()),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.sampled_from(["op", "kind", "id"]), inner, max_size=4)
    ),
    max_leaves=8,
)


def checked(operation: Operation, args: dict[str, Any]) -> None:
    try:
        operation.validate(args)
    except Invalid as error:
        plain(str(error), error)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(SHOW.args.model_fields)), VALUES, max_size=5))
def test_no_error_speaks_of_pydantic(args: dict[str, Any]) -> None:
    checked(SHOW, args)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_error_of_any_operation_does(data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(sorted(DEFAULT, key=lambda o: o.name)))
    names = st.sampled_from([*operation.args.model_fields, "nonsense"])
    ops = st.sampled_from(["filter", "take", "order", "named", "nth", "union", "filtr"])
    fields = ["of", "kind", "count", "share", "n", "by", "description", "parts", "where", "since"]
    rest = st.dictionaries(st.sampled_from(fields), VALUES, max_size=4)
    nodes = st.builds(lambda op, rest: {"op": op, **rest}, ops, rest)
    checked(operation, data.draw(st.dictionaries(names, VALUES | nodes, max_size=5)))
