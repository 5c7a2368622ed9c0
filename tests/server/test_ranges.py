from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialnb.server.ranges import Span, Unsatisfiable, span_of


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-0", Span(0, 1)),
        ("bytes=2-5", Span(2, 6)),
        ("bytes=4-", Span(4, 10)),
        ("bytes=4-999", Span(4, 10)),
        ("bytes=-3", Span(7, 10)),
        ("bytes=-999", Span(0, 10)),
        ("Bytes = 1 - 2", Span(1, 3)),
    ],
)
def test_a_part_is_what_was_asked_for(header: str, span: Span) -> None:
    assert span_of(header, 10) == span


@pytest.mark.parametrize("header", [None, "", "bytes=-", "bytes=5-2", "bytes=0-1,4-5", "items=0-1", "bytes=a-b", "0-1"])
def test_what_is_no_single_range_gets_the_whole_file(header: str | None) -> None:
    assert span_of(header, 10) is None


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=10-12", 10), ("bytes=-0", 10), ("bytes=0-", 0)]
)
def test_a_range_outside_the_file_cannot_be_given(header: str, size: int) -> None:
    with pytest.raises(Unsatisfiable):
        span_of(header, size)


@given(st.binary(max_size=40), st.integers(0, 50), st.integers(0, 50))
def test_a_span_is_the_slice_that_was_asked_for(data: bytes, first: int, last: int) -> None:
    try:
        span = span_of(f"bytes={first}-{last}", len(data))
    except Unsatisfiable:
        assert first >= len(data)
    else:
        assert span is None or data[span.start : span.end] == data[first : last + 1]


@given(st.text(max_size=40), st.integers(0, 100))
def test_no_header_breaks_it(header: str, size: int) -> None:
    try:
        span = span_of(header, size)
    except Unsatisfiable:
        return
    assert span is None or 0 <= span.start < span.end <= size
