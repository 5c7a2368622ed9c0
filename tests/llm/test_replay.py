"""Recording outside calls and replaying them: order, errors, streams, several sessions and processes."""

from __future__ import annotations

import asyncio
import base64
import multiprocessing
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from spatialnb.config import Settings
from spatialnb.errors import Invalid, ModelUnavailable, NotRecorded, ServiceUnavailable, Stopped
from spatialnb.llm.replay import Recorder, recorder_for
from spatialnb.models.base import Json


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "museum.calls.json"


def asking(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "openai/test", "messages": [{"role": "user", "content": text}], **more}


def never() -> Json:
    raise AssertionError("nothing is performed in replay")


def record(path: Path, *pairs: tuple[Any, Any], kind: str = "http") -> Recorder:
    recorder = Recorder("record", path)
    for request, response in pairs:
        assert recorder.call(kind, request, lambda response=response: response) == response
    return recorder


def titles(path: Path) -> list[str]:
    from spatialnb.llm.recording import Recording

    return [call.title for call in Recording(path).calls()]


def test_off_performs_and_writes_nothing(path: Path) -> None:
    recorder = Recorder("off", path)
    assert [recorder.call("http", {"url": "/a"}, lambda at=at: at) for at in (1, 2)] == [1, 2]
    assert not path.exists()


def test_what_was_recorded_is_replayed_without_performing(path: Path) -> None:
    record(path, ({"method": "GET", "url": "http://127.0.0.1:8001/pets?b=2&a=1"}, {"pets": ["cat"]}))
    replay = Recorder("replay", path)
    asked: Json = {"url": "http://localhost:9999/pets?a=1&b=2", "method": "GET"}
    assert replay.call("http", asked, never) == {"pets": ["cat"]}
    assert asyncio.run(replay.acall("http", asked, never)) == {"pets": ["cat"]}  # type: ignore[arg-type]


def test_equal_requests_are_answered_in_their_order_and_the_last_stands(path: Path) -> None:
    job = {"url": "http://host/job"}
    record(path, (job, "waiting"), ({"url": "http://host/other"}, "x"), (job, "half"), (job, "done"))
    replay = Recorder("replay", path)
    assert [replay.call("http", job, never) for _ in range(5)] == ["waiting", "half", "done", "done", "done"]
    assert Recorder("replay", path).call("http", job, never) == "waiting", "a session begins anew"


def test_an_unrecorded_call_says_which_what_is_nearest_and_how_to_record_it(path: Path) -> None:
    record(path, (asking("make a circle"), "a"), (asking("sell the photos by weight"), "b"), kind="model")
    with pytest.raises(NotRecorded) as error:
        Recorder("replay", path).call("model", asking("make a square"), never)
    told = str(error.value)
    assert error.value.title == "openai/test: “make a square”"
    assert "museum.calls.json does not hold this call: openai/test: “make a square”" in told
    assert "SPATIALNB_REPLAY=record" in told
    assert "The most alike that it holds is: openai/test: “make a circle”" in told
    assert error.value.differs == ("messages[0].content: recorded “make a circle”, now “make a square”",)


def test_without_a_recording_it_says_so(path: Path) -> None:
    with pytest.raises(NotRecorded, match=r"There is no recording museum\.calls\.json"):
        Recorder("replay", path).call("http", {"method": "GET", "url": "/a"}, never)
    record(path, ({"url": "/a"}, 1))
    with pytest.raises(NotRecorded, match="has no image call at all"):
        Recorder("replay", path).call("image", {"prompt": "a fox"}, never)


# -- streams -----------------------------------------------------------------------------------------------------------
def chunk(text: str) -> dict[str, Any]:
    return {"id": "c", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}


END: dict[str, Any] = {"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}


async def flow(*chunks: Json, error: Exception | None = None) -> AsyncIterator[Json]:
    for each in chunks:
        yield each
    if error:
        raise error


def drained(recorder: Recorder, request: Json, *chunks: Json, error: Exception | None = None) -> list[Any]:
    async def drain() -> list[Any]:
        return [each async for each in recorder.stream("model", request, lambda: flow(*chunks, error=error))]

    return asyncio.run(drain())


def said(chunks: Sequence[Any]) -> str:
    return "".join(each["choices"][0]["delta"].get("content", "") for each in chunks)


def test_a_stream_replays_as_a_stream_of_fewer_pieces_with_the_same_text(path: Path) -> None:
    words = [chunk(f"word{at} ") for at in range(200)]
    assert drained(Recorder("record", path), asking("talk"), *words, END) == [*words, END]
    again = drained(Recorder("replay", path), asking("talk"))
    assert said(again) == said(words)
    assert again[-1] == END
    assert 4 <= len(again) <= 12


def test_a_stream_that_breaks_off_breaks_off_again(path: Path) -> None:
    error = ModelUnavailable("test broke off.")
    with pytest.raises(ModelUnavailable):
        drained(Recorder("record", path), asking("talk"), chunk("half a sen"), error=error)
    heard: list[Any] = []

    async def drain() -> None:
        async for each in Recorder("replay", path).stream("model", asking("talk"), lambda: flow()):
            heard.append(each)

    with pytest.raises(ModelUnavailable, match="test broke off"):
        asyncio.run(drain())
    assert said(heard) == "half a sen"


def test_a_stream_left_early_is_not_recorded(path: Path) -> None:
    async def leave() -> None:
        stream = Recorder("record", path).stream("model", asking("talk"), lambda: flow(chunk("a"), chunk("b")))
        async for _ in stream:
            break
        await stream.aclose()  # type: ignore[attr-defined]

    asyncio.run(leave())
    assert not path.exists()


def test_what_a_stream_took_back_is_not_kept(path: Path) -> None:
    drained(Recorder("record", path), asking("talk"), {"text": "wro"}, {"again": True}, {"text": "right"}, {"cost": 1})
    assert drained(Recorder("replay", path), asking("talk")) == [{"text": "right"}, {"cost": 1}]


# -- errors ------------------------------------------------------------------------------------------------------------
def fails(recorder: Recorder, request: Json, error: Exception) -> None:
    def perform() -> Json:
        raise error

    with pytest.raises(type(error)):
        recorder.call("http", request, perform)


def test_a_final_error_is_replayed_as_the_same_error(path: Path) -> None:
    fails(Recorder("record", path), {"url": "/a"}, ServiceUnavailable("Pets is busy.", "Pets", 3.0, 503))
    with pytest.raises(ServiceUnavailable, match=r"Pets is busy\.") as error:
        Recorder("replay", path).call("http", {"url": "/a"}, never)
    assert (error.value.service, error.value.retry_after, error.value.status) == ("Pets", 3.0, 503)


def test_an_error_of_another_library_is_replayed_under_its_name(path: Path) -> None:
    class RateLimitError(Exception):
        status_code = 429
        litellm_response_headers = {"retry-after": "2"}  # noqa: RUF012

    fails(Recorder("record", path), {"url": "/a"}, RateLimitError("slow down"))
    with pytest.raises(Exception, match="slow down") as error:
        Recorder("replay", path).call("http", {"url": "/a"}, never)
    assert type(error.value).__name__ == "RateLimitError"
    assert error.value.status_code == 429  # type: ignore[attr-defined]
    assert error.value.litellm_response_headers == {"retry-after": "2.0"}  # type: ignore[attr-defined]


def test_a_passing_error_followed_by_an_answer_is_only_the_answer(path: Path) -> None:
    recorder = Recorder("record", path)
    for _ in range(2):
        fails(recorder, {"url": "/a"}, ServiceUnavailable("busy"))
    recorder.call("http", {"url": "/a"}, lambda: "there")
    recorder.call("http", {"url": "/a"}, lambda: "there again")
    replay = Recorder("replay", path)
    assert [replay.call("http", {"url": "/a"}, never) for _ in range(2)] == ["there", "there again"]
    assert len(titles(path)) == 2


def test_an_error_that_does_not_pass_is_kept_before_the_answer(path: Path) -> None:
    recorder = Recorder("record", path)
    fails(recorder, {"url": "/a"}, Invalid("wrong"))
    recorder.call("http", {"url": "/a"}, lambda: "there")
    replay = Recorder("replay", path)
    with pytest.raises(Invalid):
        replay.call("http", {"url": "/a"}, never)
    assert replay.call("http", {"url": "/a"}, never) == "there"


def test_a_stop_is_not_recorded(path: Path) -> None:
    fails(Recorder("record", path), {"url": "/a"}, Stopped("Stopped."))
    assert not path.exists()


# -- the file ----------------------------------------------------------------------------------------------------------
def test_recording_again_replaces_in_place(path: Path) -> None:
    first, second, third = ({"url": f"/{name}"} for name in "abc")
    record(path, (first, 1), (second, 2), (third, 3))
    before = path.read_text()
    record(path, (first, 1), (second, 2), (third, 3))
    assert path.read_text() == before
    record(path, (first, 1), (second, 20), ({"url": "/new"}, 9), (third, 3))
    changed = [line for line in path.read_text().splitlines() if line not in before.splitlines()]
    assert len(changed) == 2, changed
    assert titles(path) == ["GET /a", "GET /b", "GET /new", "GET /c"]


def test_secrets_stay_out(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder("record", path)
    monkeypatch.setenv("PETS_API_KEY", "hunter2-hunter2")  # set after the recorder was made
    request = {
        "url": "https://user:pa55word@api.pets.example/v1?api_key=abcdef123456&limit=2",
        "headers": {"Authorization": "Bearer abc.def.ghi", "X-Api-Key": "hunter2-hunter2", "Accept": "text/plain"},
    }
    recorder.call("http", request, lambda: {"echo": "your key is hunter2-hunter2", "set-cookie": "sid=1234567"})
    fails(recorder, asking("x"), ModelUnavailable("Incorrect API key provided: sk-abcdefghijklmnop1234"))
    text = path.read_text()
    for secret in ("hunter2", "pa55word", "abcdef123456", "abc.def.ghi", "1234567", "sk-abcdef"):
        assert secret not in text
    assert "limit=2" in text
    monkeypatch.delenv("PETS_API_KEY")
    bare = {"url": "https://api.pets.example/v1?limit=2", "headers": {"Accept": "text/plain"}}
    assert Recorder("replay", path).call("http", bare, never) == {
        "echo": "your key is <secret>",
        "set-cookie": "<secret>",
    }


def test_a_secret_that_comes_in_pieces_stays_out(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TOKEN", "correct-horse-battery")
    drained(Recorder("record", path), asking("talk"), chunk("it is correct-"), chunk("horse-bat"), chunk("tery."), END)
    assert "horse" not in path.read_text()
    assert said(drained(Recorder("replay", path), asking("talk"))) == "it is <secret>."


def test_binary_answers_are_files_beside_it_and_stale_ones_go(path: Path) -> None:
    picture = base64.b64encode(b"\x89PNG" + os.urandom(3000)).decode()
    record(path, ({"prompt": "a fox"}, {"b64_json": picture, "url": f"data:image/png;base64,{picture}"}), kind="image")
    [file] = (path.parent / "museum.calls").iterdir()
    assert file.suffix == ".png"
    assert len(path.read_text()) < 1000
    answer: Any = Recorder("replay", path).call("image", {"prompt": "a  fox "}, never)
    assert answer == {"b64_json": picture, "url": f"data:image/png;base64,{picture}"}
    record(path, ({"prompt": "a fox"}, {"b64_json": ""}), kind="image")
    assert not (path.parent / "museum.calls").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"form": "other"}', '{"form": "spatialnb calls 1", "calls": [1]}'])
def test_a_damaged_file_is_an_error_in_plain_words_and_is_left_alone(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(Invalid, match=r"museum\.calls\.json is no recording that can be read"):
        Recorder("replay", path).call("http", {"url": "/a"}, never)
    with pytest.raises(Invalid):
        record(path, ({"url": "/a"}, 1))
    assert path.read_text() == text


def test_a_file_name_in_a_recording_cannot_lead_elsewhere(path: Path) -> None:
    (path.parent / "secret.txt").write_text("x")
    record(path, ({"url": "/a"}, "answer"))
    path.write_text(path.read_text().replace('"answer"', '{"$file": " ../secret.txt"}'))
    with pytest.raises(Invalid, match="names no file of it"):
        Recorder("replay", path).call("http", {"url": "/a"}, never)


def _work(path: Path, name: str, start: Any) -> None:
    recorder = Recorder("record", path)
    start.wait()
    for number in range(10):
        recorder.call("http", {"url": f"/{name}/{number}"}, lambda number=number: f"{name} {number}")
        recorder.call("http", {"url": "/same"}, lambda: name)


def test_several_processes_lose_nothing(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(3)
    workers = [context.Process(target=_work, args=(path, name, start)) for name in "abc"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    replay = Recorder("replay", path)
    for name in "abc":
        for number in range(10):
            assert replay.call("http", {"url": f"/{name}/{number}"}, never) == f"{name} {number}"
    same = [replay.call("http", {"url": "/same"}, never) for _ in range(30)]
    assert {name: same.count(name) for name in "abc"} == dict.fromkeys("abc", 10)
    assert [each.name for each in path.parent.iterdir()] == ["museum.calls.json"], "nothing is left lying about"


# -- settings ----------------------------------------------------------------------------------------------------------
def test_where_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert recorder_for(Settings(), "my museum").path == tmp_path / "my-museum.calls.json"
    assert recorder_for(Settings(recording=tmp_path / "x.json"), "m").path == tmp_path / "x.json"
    assert recorder_for(Settings(recording=tmp_path / "calls"), "m").path == tmp_path / "calls" / "m.calls.json"
    assert recorder_for(Settings(), "..").path == tmp_path / "project.calls.json"


def test_settings_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPATIALNB_REPLAY", "Record ")
    monkeypatch.setenv("SPATIALNB_RECORDING", str(tmp_path))
    settings = Settings.from_environment()
    assert (settings.replay, settings.recording) == ("record", tmp_path)
    monkeypatch.setenv("SPATIALNB_REPLAY", "always")
    with pytest.raises(Invalid, match="SPATIALNB_REPLAY is 'always'; set it to off, record or replay"):
        Settings.from_environment()
