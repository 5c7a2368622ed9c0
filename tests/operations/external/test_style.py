"""Parameters are written as the OpenAPI Specification's own table of styles shows."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialnb.errors import Invalid
from spatialnb.operations.external.style import header_value, path_value, query_pairs, scalar

LIST, OBJECT = ["blue", "black", "brown"], {"R": 100, "G": 200, "B": 150}


@pytest.mark.parametrize(
    ("style", "explode", "one", "many", "fields"),
    [
        ("matrix", False, ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"),
        ("matrix", True, ";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"),
        ("label", False, ".blue", ".blue,black,brown", ".R,100,G,200,B,150"),
        ("label", True, ".blue", ".blue.black.brown", ".R=100.G=200.B=150"),
        ("simple", False, "blue", "blue,black,brown", "R,100,G,200,B,150"),
        ("simple", True, "blue", "blue,black,brown", "R=100,G=200,B=150"),
    ],
)
def test_paths(style: str, explode: bool, one: str, many: str, fields: str) -> None:
    written = [path_value("color", value, style, explode) for value in ("blue", LIST, OBJECT)]
    assert written == [one, many, fields]


@pytest.mark.parametrize(
    ("style", "explode", "many", "fields"),
    [
        ("form", False, "color=blue,black,brown", "color=R,100,G,200,B,150"),
        ("form", True, "color=blue&color=black&color=brown", "R=100&G=200&B=150"),
        ("spaceDelimited", False, "color=blue%20black%20brown", "color=R%20100%20G%20200%20B%20150"),
        ("pipeDelimited", False, "color=blue%7Cblack%7Cbrown", "color=R%7C100%7CG%7C200%7CB%7C150"),
        ("deepObject", True, None, "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
    ],
)
def test_queries(style: str, explode: bool, many: str | None, fields: str) -> None:
    def written(value: Any) -> str:
        return "&".join(f"{k}={v}" for k, v in query_pairs("color", value, style, explode))

    assert written(OBJECT) == fields
    if many is not None:
        assert written(LIST) == many
    assert written([]) == ""
    assert written(None) == ""


def test_deep_objects_go_as_deep_as_they_are() -> None:
    pairs = query_pairs("card", {"owner": {"name": "A B"}, "tags": ["x", "y"]}, "deepObject", True)
    assert [(unquote(k), unquote(v)) for k, v in pairs] == [
        ("card[owner][name]", "A B"),
        ("card[tags][0]", "x"),
        ("card[tags][1]", "y"),
    ]


def test_reserved_characters_stay_only_where_they_are_allowed() -> None:
    assert query_pairs("at", "a/b?c&d=e", "form", True) == [("at", "a%2Fb%3Fc%26d%3De")]
    assert query_pairs("at", "a/b?c&d=e", "form", True, True) == [("at", "a/b?c%26d%3De")]


def test_scalars_are_written_as_apis_write_them() -> None:
    assert [scalar(v) for v in (True, False, None, 1.0, 1.5, [1], {"a": 1})] == [
        "true",
        "false",
        "",
        "1",
        "1.5",
        "[1]",
        '{"a":1}',
    ]


@pytest.mark.parametrize("value", ["..", ".", "a/../b", "./a", ["ok", ".."], {"a": ".."}])
def test_no_value_leaves_its_place_in_the_path(value: Any) -> None:
    with pytest.raises(Invalid, match=r"cannot have \. or \.\."):
        path_value("path", value, "simple", False)


def test_headers_cannot_begin_another_header() -> None:
    assert header_value("x", [1, True], False) == "1,true"
    with pytest.raises(Invalid, match="line breaks"):
        header_value("x", "a\r\nHost: evil", False)


@given(st.text(min_size=1).filter(lambda text: not {"", ".", ".."} & set(text.split("/"))))
def test_any_text_in_a_path_is_one_segment_and_comes_back(text: str) -> None:
    written = path_value("path", text, "simple", False)
    assert not set(written) & set("/?#&= \r\n")
    assert unquote(written) == text


VALUES = st.text(max_size=12) | st.integers() | st.booleans()


@given(st.text(min_size=1, max_size=8), st.lists(VALUES, min_size=1, max_size=5))
def test_exploded_lists_come_back_from_a_query(name: str, values: list[Any]) -> None:
    text = "&".join(f"{k}={v}" for k, v in query_pairs(name, values, "form", True))
    assert parse_qsl(text, keep_blank_values=True) == [(name, scalar(value)) for value in values]


@given(st.dictionaries(st.text("abcxyz", min_size=1, max_size=4), VALUES, min_size=1, max_size=4))
def test_deep_objects_come_back_from_a_query(fields: dict[str, Any]) -> None:
    text = "&".join(f"{k}={v}" for k, v in query_pairs("f", fields, "deepObject", True))
    assert parse_qsl(text, keep_blank_values=True) == [(f"f[{k}]", scalar(v)) for k, v in fields.items()]
    assert json.dumps(fields)
