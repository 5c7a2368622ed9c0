"""Finding tools among three hundred: for a model, for people, and while tools come and go."""

from __future__ import annotations

import gc
import json
import weakref
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatialnb.agent.toolbox import SHOWN, names, offered
from spatialnb.library.meaning import Meaning
from spatialnb.operations import load_operations, retrieval
from spatialnb.operations.context import Context
from spatialnb.operations.everyday import concepts_of
from spatialnb.operations.registry import DEFAULT, Operation, Outcome, Registry, describe
from tests.operations.catalogue import Asked, source, tool_requests

load_operations()


@pytest.fixture(scope="module")
def crowd() -> Registry:
    """Everything that comes with the package, and the catalogue's tools: more than three hundred."""
    scope: dict[str, Any] = {"__name__": "catalogue_tools"}
    exec(compile(source(), "catalogue_tools", "exec"), scope)
    registry = Registry(parent=DEFAULT)
    registry.add_all(scope["REGISTRY"])
    return registry


def made(name: str, text: str, **fields: Any) -> Operation:
    def function(ctx: Context, amount: float = 1.0) -> Outcome:
        return Outcome()

    function.__name__, function.__doc__ = name, text
    return describe(function, **fields)


def found(registry: Registry, words: str, **options: Any) -> list[str]:
    return [hit.operation.name for hit in registry.search(words, **options)]


# -- for a model -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("half", "least"), [("tuning", 98), ("held out", 97), ("fresh", 90)])
def test_the_right_tool_is_among_fifteen(crowd: Registry, half: Any, least: int) -> None:
    """`least` of a hundred; `catalogue.py` tells which of them retrieval was made to meet."""
    assert len(crowd) >= 300
    requests = tool_requests(half)
    assert len(requests) == 100

    def met(asked: Asked) -> bool:
        tools = offered(crowd, asked.request)
        assert len(tools) <= SHOWN == 15
        shown = set(names(tools))
        assert {"run_plan", "search_tools", "undo"} <= shown
        return all(shown.intersection(group) for group in asked.groups)

    missed = [asked for asked in requests if not met(asked)]
    assert len(requests) - len(missed) >= least, missed


def test_a_request_costs_a_fraction_of_all_schemas(crowd: Registry) -> None:
    everything = len(json.dumps([operation.tool() for operation in crowd]))
    shown = max(len(json.dumps(offered(crowd, asked.request))) for asked in tool_requests("tuning"))
    assert shown < everything / 8


def test_what_is_always_shown_comes_first_and_counts(crowd: Registry) -> None:
    shown = crowd.relevant("put the photos in a circle", limit=5, always=("undo", "remove", "not there"))
    assert [operation.name for operation in shown[:2]] == ["undo", "remove"]
    assert "arrange" in {operation.name for operation in shown}
    assert len(shown) == len({operation.name for operation in shown}) == 5


@given(st.text(max_size=300), st.integers(0, 20))
@settings(deadline=None, max_examples=60)
def test_any_text_gets_an_answer(text: str, limit: int) -> None:
    shown = DEFAULT.relevant(text, limit=limit)
    assert len({operation.name for operation in shown}) == len(shown) <= max(limit, 2)
    DEFAULT.search(text, limit=limit)


def test_a_very_long_request_is_read_from_its_beginning(crowd: Registry) -> None:
    request = "translate this page into German: " + "the quick brown fox. " * 5000
    assert "deepl_translate" in {operation.name for operation in crowd.relevant(request)}


def test_every_clause_gets_its_tools(crowd: Registry) -> None:
    request = "translate the invoice into Spanish, upload it to the bucket and text Maria that it is there"
    shown = {operation.name for operation in crowd.relevant(request, limit=12)}
    assert {"deepl_translate", "s3_put_object", "twilio_send_sms"} <= shown


# -- for people --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("what can make sound?", "make_music"),
        ("what draws pictures", "make_image"),
        ("delete things", "remove"),
        ("turn into a film", "export"),
        ("spatial timeline", "make_timeline"),
    ],
)
def test_capabilities_are_found_by_what_they_do(words: str, first: str) -> None:
    hits = DEFAULT.search(words)
    assert hits[0].operation.name == first
    assert all(0 < hit.score < 1 for hit in hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_hit_says_why(crowd: Registry) -> None:
    hit = crowd.search("smog", limit=1)[0]
    assert hit.operation.name == "weather_air_pollution"
    assert "air" in hit.why
    assert "says 'weather'" in crowd.search("weather tomorrow", limit=1)[0].why


@pytest.mark.parametrize("words", ["", "   ", "?!", "the of and", "zxqv blorfgh", "0xdeadbeef"])
def test_words_that_say_nothing_find_nothing(words: str) -> None:
    assert DEFAULT.search(words) == []


def test_a_tier_can_be_asked_for() -> None:
    assert {hit.operation.tier for hit in DEFAULT.search("show the pictures", tier="ui")} == {"ui"}
    assert found(DEFAULT, "show the pictures", limit=1) != []


def test_an_empty_registry_has_nothing() -> None:
    assert Registry().search("anything") == []
    assert Registry().relevant("anything") == []


# -- while tools come and go -------------------------------------------------------------------------------------------
def test_what_comes_is_found_at_once_and_what_goes_is_not() -> None:
    parent = Registry(parent=DEFAULT)
    child = Registry(parent=parent)
    assert "brew" not in found(child, "make coffee")
    parent.add(made("brew", "Make coffee or tea in the kitchen.", words=("brew",)))
    assert found(child, "make coffee", limit=1) == ["brew"]
    assert child.relevant("I would like a cup of coffee", limit=3)[-1].name == "brew" or "brew" in {
        operation.name for operation in child.relevant("I would like a cup of coffee", limit=3)
    }
    parent.remove("brew")
    assert "brew" not in found(child, "make coffee")


def test_only_the_highest_version_is_offered() -> None:
    registry = Registry()
    registry.add(made("brew", "Make coffee.", version=1))
    registry.add(made("brew", "Make tea.", version=2))
    assert [(hit.operation.name, hit.operation.version) for hit in registry.search("tea")] == [("brew", 2)]


def test_a_tool_that_came_with_a_schema_is_found_by_it() -> None:
    registry = Registry(parent=DEFAULT)
    schema = {"properties": {"espresso": {"type": "integer", "description": "How many shots of coffee."}}}
    registry.add(made("act", "Do it.", schema_=schema))
    assert found(registry, "espresso", limit=1) == ["act"]


def test_a_name_made_of_little_words_does_no_harm() -> None:
    registry = Registry()
    for name in ("all", "get_it", "brew"):
        registry.add(made(name, "The." if name != "brew" else "Make coffee."))
    assert found(registry, "coffee", limit=1) == ["brew"]


def test_nothing_is_kept_of_an_operation_that_is_gone() -> None:
    registry = Registry()
    registry.add(made("brew", "Make coffee.", source="kit"))
    registry.search("coffee")
    gone = weakref.ref(registry.get("brew"))
    before = len(retrieval._KNOWN)
    registry.unload("kit")
    registry.search("coffee")
    gc.collect()
    assert gone() is None
    assert len(retrieval._KNOWN) < before


def test_without_word_vectors_it_goes_by_words(monkeypatch: pytest.MonkeyPatch, crowd: Registry) -> None:
    def missing(self: Meaning) -> None:
        raise OSError("no such file")

    monkeypatch.setattr(Meaning, "_load", missing)
    index = retrieval.Index(tuple(crowd), Meaning())
    best = [index.operations[at].name for at in index.order("convert a value from one currency to another")[:3]]
    assert "money_convert" in best


def test_concepts_are_spoken_of_in_words_phrases_and_shapes() -> None:
    def spoken(text: str) -> set[str]:
        return {stem for concept in concepts_of(text) for stem in concept}

    assert {"refund"} <= spoken("give me my money back")
    assert {"refund"} <= spoken("I want that money straight back")
    assert not {"refund"} & spoken("back to the money")
    assert {"email"} <= spoken("ask kim@example.org")
    assert {"flight"} <= spoken("is LH 441 late")
    assert concepts_of("") == {}
