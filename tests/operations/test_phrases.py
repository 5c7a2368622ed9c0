"""Noun phrases and the selections they mean."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialnb.errors import NotUnderstood
from spatialnb.models.selection import parse
from spatialnb.operations.phrases import Names, selection_of

NAMES = Names(
    frozenset(["robot", "lamp", "desk", "floor", "teapot", "sunset", "neon", "city"]),
    (("three", "birds"), ("red", "square")),
)
PHRASES = {
    "the photos": 'filter(kind="image")',
    "all photos": 'filter(all(everywhere=true), kind="image")',
    "the robot": 'one(named(description="robot"))',
    "a photo": 'take(filter(kind="image"), count=1)',
    "the three largest red photos": 'take(order(filter(kind="image", colour="red"), by="area", reverse=true), count=3)',
    "the second largest teapot": 'nth(order(named(description="teapot"), by="area", reverse=true), n=2)',
    "every second poster": 'every(filter(kind="image", called="poster"), step=2)',
    "every other picture": 'every(filter(kind="image"), step=2, start=1)',
    "everything but the robot": 'except(all(everywhere=true), without=one(named(description="robot")))',
    "it": 'pointed(at="last")',
    "these": 'pointed(at="selection")',
    "these photos": 'filter(pointed(at="selection"), kind="image")',
    "the other ones": 'except(without=pointed(at="last"))',
    "the ones I moved": 'pointed(at="moved")',
    "the photos you just made": 'filter(pointed(at="made"), kind="image")',
    "the one on the left": 'nth(order(pointed(at="shown"), by="x"), n=1)',
    "the leftmost lamp": 'nth(order(named(description="lamp"), by="x"), n=1)',
    "the photos on the left": 'filter(filter(kind="image"), side="left")',
    "the neon city photo": 'one(filter(named(description="neon city"), kind="image"))',
    "photos from 2024": 'filter(filter(kind="image"), since="2024-01-01", until="2024-12-31")',
    "clips since march 2023": 'filter(filter(kind="video"), since="2023-03-01")',
    "pictures taken before 2020": 'filter(filter(kind="image"), until="2019-12-31")',
    "the robot and the two lamps": 'union(parts=[one(named(description="robot")), '
    'take(named(description="lamps"), count=2)])',
    "all images labelled sunset": 'filter(filter(all(everywhere=true), kind="image"), label="sunset")',
    "the last two": 'take(pointed(at="shown"), count=2, end="last")',
    "two of them": 'take(pointed(at="last"), count=2)',
    "half of the photos": 'take(filter(kind="image"), share=0.5)',
    "the picture behind the robot": 'one(relate(filter(kind="image"), '
    'relation="behind", to=one(named(description="robot"))))',
    "the photo closest to the robot": 'nth(order(filter(kind="image"), '
    'by="distance", to=one(named(description="robot"))), n=1)',
    "videos longer than 10 seconds": 'filter(filter(kind="video"), where=[["duration", ">", 10.0]])',
    "photos that are at least 2 m wide": 'filter(filter(kind="image"), where=[["width", ">=", 2.0]])',
    "photos smaller than 50 cm": 'filter(filter(kind="image"), where=[["size", "<", 0.5]])',
    "the photos that are not red": 'except(filter(kind="image"), without=filter(filter(kind="image"), colour="red"))',
    "the blue and green pictures": 'union(parts=[filter(filter(kind="image"), colour="blue"), '
    'filter(filter(kind="image"), colour="green")])',
    "the oldest clip": 'nth(order(filter(kind="video"), by="date"), n=1)',
    "photo 3": 'nth(filter(kind="image"), n=3)',
    "the Three Birds": 'one(named(description="three birds"))',
    "the hidden labels": 'filter(hidden=true, kind="label")',
    "the lamp in red": 'one(filter(named(description="lamp"), colour="red"))',
    "teh robto": 'one(named(description="robot"))',
    "the lapms": 'named(description="lamps")',
    "an airborne zeppelin": 'take(named(description="airborne zeppelin"), count=1)',
}


@pytest.mark.parametrize("phrase", PHRASES)
def test_a_phrase_means_its_selection(phrase: str) -> None:
    found = selection_of(phrase, NAMES, today=date(2026, 1, 1))
    wanted = parse(PHRASES[phrase])
    assert str(found) == str(wanted)


def test_relative_days_are_those_of_today() -> None:
    found = selection_of("photos from yesterday", NAMES, today=date(2026, 3, 1))
    assert str(found) == 'filter(filter(kind="image"), since="2026-02-28", until="2026-02-28")'


@pytest.mark.parametrize("text", ["", "...", "and", "of the", "x" * 500])
def test_what_is_no_phrase_is_not_understood(text: str) -> None:
    with pytest.raises(NotUnderstood):
        selection_of(text, NAMES)


@given(
    st.lists(
        st.sampled_from(
            [
                "the",
                "all",
                "red",
                "photos",
                "robot",
                "behind",
                "of",
                "and",
                "except",
                "first",
                "3",
                "two",
                "largest",
                ",",
                ".",
                "not",
                "that",
                "I",
                "moved",
                "on",
                "left",
                '"',
                "(",
            ]
        ),
        max_size=14,
    )
)
@settings(max_examples=300, deadline=None)
def test_any_words_are_read_or_refused_and_the_reading_is_canonical(words: list[str]) -> None:
    try:
        found = selection_of(" ".join(words), NAMES)
    except NotUnderstood:
        return
    assert parse(str(found)) == found
