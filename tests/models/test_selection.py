"""Selections: both forms say the same, for every selection there can be."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from spatialnb.errors import Invalid
from spatialnb.models import selection as s

TEXT = st.text(max_size=12)
NAMES = st.text(alphabet="abc déf\"'()[],=\\", max_size=10)


def _filter(of: Any) -> Any:
    comparison = st.builds(
        s.Comparison,
        measure=st.sampled_from(get_args(s.Amount)),
        relation=st.sampled_from(["<", "<=", "=", ">=", ">"]),
        value=st.floats(allow_nan=False, allow_infinity=False),
    )
    return st.builds(
        s.Filter,
        of=of,
        kind=st.sampled_from([None, "image", "label"]),
        colour=NAMES,
        group=NAMES,
        hidden=st.sampled_from([None, True, False]),
        side=st.sampled_from([None, *get_args(s.Side)]),
        since=st.none() | st.dates(min_value=date(1900, 1, 1)),
        where=st.lists(comparison, max_size=2).map(tuple),
    )


def _nodes(of: Any) -> Any:
    return st.one_of(
        st.builds(s.Named, of=of, description=TEXT),
        _filter(of),
        st.builds(s.Relate, of=of, relation=st.sampled_from(get_args(s.Place)), to=of),
        st.builds(s.Order, of=of, by=st.sampled_from(get_args(s.Measure)), reverse=st.booleans(), to=st.none() | of),
        st.builds(s.Take, of=of, count=st.integers(0, 99), end=st.sampled_from(["first", "last"])),
        st.builds(s.Take, of=of, share=st.floats(0, 1)),
        st.builds(s.Nth, of=of, n=st.integers(-9, 9).filter(bool)),
        st.builds(s.Every, of=of, step=st.integers(1, 9), start=st.none() | st.integers(1, 4)),
        st.builds(s.One, of=of),
        st.builds(s.Except, of=of, without=of),
        st.builds(s.Union, parts=st.lists(of, max_size=3).map(tuple)),
        st.builds(s.Intersect, parts=st.lists(of, max_size=3).map(tuple)),
    )


LEAVES = st.one_of(
    st.builds(s.All, everywhere=st.booleans()),
    st.builds(s.Ids, ids=st.lists(NAMES, max_size=3).map(tuple)),
    st.builds(s.Pointed, at=st.sampled_from(get_args(s.Pointer))),
)
SELECTIONS: st.SearchStrategy[Any] = st.recursive(LEAVES, _nodes, max_leaves=6)


@given(SELECTIONS)
@settings(max_examples=300, deadline=None)
def test_the_text_form_reads_back(node: Any) -> None:
    assert s.parse(str(node)) == node
    assert s.is_canonical(str(node))


@given(SELECTIONS)
@settings(max_examples=150, deadline=None)
def test_the_json_form_reads_back(node: Any) -> None:
    assert s.selection_from_json(node.model_dump(mode="json")) == node


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_other_text_is_refused_in_one_sentence(text: str) -> None:
    with suppress(Invalid):
        assert s.is_canonical(str(s.parse(text)))


@pytest.mark.parametrize(
    "text", ["", "all(", "every(all(), step=0)", "nth(n=0)", "take()", "dance()", "all() all()", 'filter(kind="cat")']
)
def test_what_is_no_selection_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        s.parse(text)


def test_hostile_nesting_is_refused_rather_than_exhausting_the_stack() -> None:
    with pytest.raises(Invalid, match="nested"):
        s.parse("one(" * 5000 + "all()" + ")" * 5000)


def test_callers_may_give_words_ids_or_a_selection() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(s.SelectionLike)
    assert adapter.validate_python("the red photos") == "the red photos"
    assert adapter.validate_python(["a", "b"]) == ("a", "b")
    assert adapter.validate_python({"op": "nth", "n": 2}) == s.Nth(n=2)
