"""Events: everyone hears them, in order, once, also after a gap."""

from __future__ import annotations

from collections.abc import Callable

from spatialnb.models.events import Changed, Event, ReplyDelta
from spatialnb.store import Store
from tests.store.waiting import Heard, place, until


def _texts(heard: Heard) -> list[str]:
    return [event.text for event in heard.of("reply")]


def _say(store: Store, *words: str) -> None:
    for word in words:
        store.events("p").publish(ReplyDelta(run="r", text=word))


def test_every_process_hears_every_event(new_store: Callable[[], Store]) -> None:
    one, other = new_store(), new_store()
    here, there = Heard(one.events("p")), Heard(other.events("p"))
    _say(one, "a", "b")
    until(lambda: len(there.events) == 2)
    _say(other, "c")
    until(lambda: len(here.events) == len(there.events) == 3)
    assert _texts(here) == _texts(there) == ["a", "b", "c"]


def test_a_change_is_heard_once_even_if_it_is_published_again(new_store: Callable[[], Store]) -> None:
    one, other = new_store(), new_store()
    here, there = Heard(one.events("p")), Heard(other.events("p"))
    for name in "abc":
        change = place(one.changes("p"), name).change
        assert change is not None
        one.events("p").publish(Changed(change=change))
    _say(one, "end")
    until(lambda: here.of("reply") and there.of("reply"))
    assert here.revisions() == there.revisions() == [1, 2, 3]
    assert [event.change for event in there.of("changed")] == one.changes("p").history()


def test_only_what_comes_after_following_began(store: Store) -> None:
    _say(store, "before")
    place(store.changes("p"), "a")
    heard = Heard(store.events("p"))
    _say(store, "after")
    until(lambda: heard.events)
    assert _texts(heard) == ["after"]
    assert heard.revisions() == []


def test_nothing_is_missed_in_a_gap(new_store: Callable[[], Store]) -> None:
    one, other = new_store(), new_store()
    heard = Heard(one.events("p"))
    _say(other, "a")
    until(lambda: heard.events)
    position = one.events("p").position
    heard.stop()
    _say(other, "b", "c")
    place(other.changes("p"), "x")
    late = Heard(one.events("p"), since=position)
    _say(other, "d")
    until(lambda: len(late.events) == 4)
    assert _texts(late) == ["b", "c", "d"]
    assert late.revisions() == [1]
    assert _texts(heard) == ["a"]


def test_a_follower_that_comes_later_joins_the_same_thread(store: Store) -> None:
    first = Heard(store.events("p"))
    start = store.events("p").position
    _say(store, "a")
    until(lambda: first.events)
    late, since_start = Heard(store.events("p")), Heard(store.events("p"), since=start)
    _say(store, "b")
    until(lambda: late.events and len(since_start.events) == 2)
    assert _texts(first) == ["a", "b"]
    assert _texts(late) == ["b"]
    assert _texts(since_start) == ["a", "b"]


def test_one_that_fails_does_not_silence_the_others(store: Store, caplog) -> None:
    def fail(event: Event) -> None:
        raise RuntimeError("a mistake in a view")

    store.events("p").follow(fail)
    heard = Heard(store.events("p"))
    _say(store, "a", "b")
    until(lambda: len(heard.events) == 2)
    assert "a mistake in a view" in caplog.text


def test_stopping_ends_at_once(store: Store) -> None:
    import time

    heard, other = Heard(store.events("p")), Heard(store.events("p"))
    _say(store, "a")
    until(lambda: heard.events and other.events)
    heard.stop()
    _say(store, "b")
    until(lambda: len(other.events) == 2)
    assert _texts(heard) == ["a"]
    start = time.monotonic()
    other.stop()
    assert time.monotonic() - start < 1
    other.stop()


def test_a_callback_may_stop_itself_and_publish(store: Store) -> None:
    events = store.events("p")
    heard: list[str] = []

    def once(event: Event) -> None:
        heard.append(event.type)
        stop()
        events.publish(ReplyDelta(run="r", text="echo"))

    stop = events.follow(once)
    other = Heard(events)
    _say(store, "a")
    until(lambda: len(other.events) == 2)
    assert heard == ["reply"]


def test_the_stream_is_bounded(store: Store, monkeypatch) -> None:
    monkeypatch.setattr("spatialnb.store.events.EVENTS_KEPT", 100)
    _say(store, *(str(n) for n in range(500)))
    events = store.events("p")
    client, keys = store._link.client, events._keys  # pyright: ignore[reportPrivateUsage]
    assert client.xlen(keys.events) < 300
    assert client.ttl(keys.events) > 0


def test_whoever_goes_on_from_the_place_of_an_event_hears_exactly_what_came_after_it(store: Store) -> None:
    log, events = store.changes("p"), store.events("p")
    heard: list[tuple[Event, str]] = []
    stop = events.follow_places(lambda event, place: heard.append((event, place)), since=events.end())
    for word in "abc":
        place(log, word)
        _say(store, word)
    until(lambda: len(heard) == 6)
    stop()
    told = [event for event, _ in heard]
    for index, (_, at) in enumerate(heard):
        again: list[Event] = []
        stop = events.follow(again.append, since=at)
        wanted = told[index + 1 :]
        until(lambda again=again, wanted=wanted: len(again) >= len(wanted))
        stop()
        # Changes come before what was published at the same time, so the order may differ, but nothing else.
        assert sorted(e.model_dump_json() for e in again) == sorted(e.model_dump_json() for e in wanted)
