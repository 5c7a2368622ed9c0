"""Streams joined: the same text in the same order, in fewer pieces."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spatialnb.llm.pieces import joined


def delta(**fields: Any) -> dict[str, Any]:
    return {"id": "c", "choices": [{"index": 0, "delta": fields, "finish_reason": None}]}


def call(index: int, arguments: str) -> dict[str, Any]:
    return delta(tool_calls=[{"index": index, "function": {"arguments": arguments}}])


chunks = st.lists(
    st.one_of(
        st.text(max_size=8).map(lambda text: delta(content=text)),
        st.tuples(st.integers(0, 2), st.text(max_size=8)).map(lambda pair: call(*pair)),
        st.text(max_size=5).map(lambda text: {"text": text}),
        st.text(max_size=5),
        st.just(delta(role="assistant", content=None)),
        st.just({"usage": {"total": 3}}),
    ),
    max_size=40,
)


def told(stream: list[Any]) -> dict[str, str]:
    """The text under each place of a stream."""
    texts: dict[str, str] = {}
    for chunk in stream:
        if isinstance(chunk, str):
            texts["bare"] = texts.get("bare", "") + chunk
        elif "text" in chunk:
            texts["text"] = texts.get("text", "") + chunk["text"]
        elif "choices" in chunk:
            inner = chunk["choices"][0]["delta"]
            for each in inner.get("tool_calls", ()):
                name = f"call {each['index']}"
                texts[name] = texts.get(name, "") + each["function"]["arguments"]
            texts["content"] = texts.get("content", "") + (inner.get("content") or "")
    return texts


@given(chunks, st.booleans())
def test_no_text_is_lost_or_moved(stream: list[Any], whole: bool) -> None:
    short = joined(stream, whole=whole)
    assert told(short) == told(stream)
    assert len(short) <= len(stream)
    others = [chunk for chunk in stream if chunk == {"usage": {"total": 3}}]
    assert [chunk for chunk in short if chunk == {"usage": {"total": 3}}] == others
    assert joined(short, whole=whole) == short or not whole


@given(st.lists(st.text("abc ", min_size=3, max_size=9), min_size=8, max_size=80))
def test_a_text_in_many_pieces_stays_a_stream(pieces: list[str]) -> None:
    short = joined([{"text": piece} for piece in pieces])
    assert 2 <= len(short) <= len(pieces)
    assert "".join(chunk["text"] for chunk in short) == "".join(pieces)  # type: ignore[index,misc]
