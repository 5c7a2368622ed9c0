"""The API of a real Jupyter server: calls, state, history, runs, events, and who may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from spatialnb.config import Settings
from spatialnb.studio import Studio
from tests.lab import CHECKOUT, Lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("root"), base_url="/user/ann@x/", environ={"PYTHONPATH": str(CHECKOUT)}) as lab:
        yield lab


@pytest.fixture(scope="module")
def api(lab: Lab) -> Iterator[httpx.Client]:
    token = {"Authorization": f"token {lab.token}"}
    with httpx.Client(base_url=f"{lab.url}/spatialnb/api/v1", headers=token, timeout=60) as client:
        yield client


def call(api: httpx.Client, project: str, name: str, **args: Any) -> httpx.Response:
    return api.post(f"/operations/{name}", params={"project": project}, json=args)


def run_to_the_end(api: httpx.Client, address: str) -> dict[str, Any]:
    """What has become of a run when it is over or waits, told by the events of its project."""
    project, _, run = address.rpartition("/projects/")[2].partition("/runs/")
    since = "0-0/0-0"
    while True:
        state = api.get(f"/projects/{project}/runs/{run}").json()
        if state["status"] != "running":
            return state
        for event in events(api, project, since=since, idle=0.5):
            since = event["id"]


def events(api: httpx.Client, project: str, *, header: str = "", **query: Any) -> list[dict[str, str]]:
    headers = {"Last-Event-ID": header} if header else {}
    answer = api.get(f"/projects/{project}/events", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    return frames(answer.text)


def frames(text: str) -> list[dict[str, str]]:
    found = [dict(line.split(": ", 1) for line in block.splitlines() if line) for block in text.split("\n\n")]
    return [frame for frame in found if "data" in frame]


# -- calls -------------------------------------------------------------------------------------------------------------
def test_a_call_changes_the_project_for_everybody(lab: Lab, api: httpx.Client) -> None:
    answer = call(api, "hall", "label", text="Hello")
    assert answer.status_code == 200
    assert answer.json()["id"] == "label-hello-1"
    assert answer.headers["x-revision"] == "1"
    with Studio("hall", settings=Settings(home=lab.home)) as studio:
        assert [item.text for _, item in studio.project.items()] == ["Hello"]
        change = studio.changes()[-1]
        assert (change.author, change.actor) == ("code", "token")
        assert change.correlation_id == answer.headers["x-correlation-id"]
        studio.label(text="From a kernel")
        state = api.get("/projects/hall").json()
        assert state["revision"] == 2
        assert state["scene_hash"] == studio.scene_hash()


def test_a_correlation_id_goes_all_the_way(api: httpx.Client) -> None:
    own = {"X-Correlation-Id": "report-7.b"}
    api.post("/operations/label?project=traced", json={"text": "x"}, headers=own)
    assert api.get("/projects/traced/history").json()["changes"][-1]["correlation_id"] == "report-7.b"
    refused = api.post("/operations/label?project=traced", json={}, headers=own)
    assert refused.json()["correlation_id"] == "report-7.b"
    odd = api.post("/operations/label?project=traced", json={}, headers={"X-Correlation-Id": "<script>" * 50})
    assert "script" not in odd.text


def test_a_call_that_cannot_work_makes_no_project(api: httpx.Client) -> None:
    assert call(api, "never", "arange").status_code == 404
    assert call(api, "never", "label").status_code == 422
    assert "never" not in api.get("/projects").json()["projects"]
    for path in ("", "/items", "/history", "/events", "/runs"):
        assert api.get(f"/projects/never{path}").status_code == 404
    assert "never" not in api.get("/projects").json()["projects"]


@pytest.mark.parametrize(
    ("name", "args", "status", "parameter", "says"),
    [
        ("arange", {}, 404, None, "Did you mean 'arrange'"),
        ("arrange", {"items": "all", "arrangement": "circl"}, 422, "arrangement", "Did you mean 'circle'"),
        ("arrange", {"items": "the dragons"}, 404, None, "dragon"),
        ("label", {}, 422, "text", "text"),
        ("label", {"text": "Beside", "target": "Twin"}, 409, None, "Twin"),
    ],
)
def test_errors_say_what_to_do(
    api: httpx.Client, name: str, args: dict[str, Any], status: int, parameter: str | None, says: str
) -> None:
    project = f"errors-{status}-{name}"
    for text in ("Twin one", "Twin two", "Other"):  # what was made last is not what is meant
        call(api, project, "label", text=text)
    answer = call(api, project, name, **args)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert says in problem["detail"]
    assert problem["parameter"] == parameter
    assert bool(problem["choices"]) == (status == 409)


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", {}, 400),
        (b'{"text": NaN}', {}, 400),
        (b'{"text": "\\ud800"}', {}, 400),
        (b"[" * 100_000, {}, 400),
        (b'{"text": "\xff"}', {}, 400),
        (b"[]", {}, 422),
        (b'{"text": "x"}', {"Content-Type": "text/plain"}, 415),
        (b'{"text": "x"}', {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        (b'{"text": "x"}', {"Content-Encoding": "gzip"}, 415),
        (b" " * 5_000_000, {}, 413),
    ],
)
def test_bodies_are_bounded_and_json(api: httpx.Client, content: bytes, headers: dict[str, str], status: int) -> None:
    sent = {"Content-Type": "application/json", **headers}
    answer = api.post("/operations/label?project=bodies", content=content, headers=sent)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
    assert "Traceback" not in answer.text


def test_a_body_without_end_is_refused(api: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(80):
            yield b" " * 65536

    answer = api.post(
        "/operations/label?project=bodies", content=chunks(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("project", ["", "a/b", "a\\b", "a:b", "x" * 121, "a\nb"])
def test_what_can_be_no_name_is_refused(api: httpx.Client, project: str) -> None:
    answer = call(api, project, "label", text="x")
    assert answer.status_code == 422
    assert answer.json()["parameter"] == "project"


def test_many_at_once_lose_nothing(api: httpx.Client) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: call(api, "many", "label", text=f"Label {n}"), range(40)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 40
    assert api.get("/projects/many/items").json()["total"] == 40
    assert api.get("/projects/many").json()["revision"] == 40


def test_the_server_answers_while_something_takes_long(lab: Lab, api: httpx.Client) -> None:
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(call, api, "slow", "make_music", prompt="a long piece", seconds=20)
        answered = 0
        while not slow.done():
            assert lab.request("api/status")[0] == 200
            answered += 1
        assert slow.result().status_code == 200
    assert answered >= 3


def test_base_tells_of_what_was_overwritten(lab: Lab, api: httpx.Client) -> None:
    label = call(api, "base", "label", text="x").json()["id"]
    with Studio("base", settings=Settings(home=lab.home)) as studio:
        studio.move(items=[label], to=[1.0, 1.0, 1.0])
    answer = api.post("/operations/move?project=base&base=1", json={"items": [label], "to": [2.0, 2.0, 2.0]})
    assert answer.status_code == 200, answer.text
    last = api.get("/projects/base/history").json()["changes"][-1]
    assert last["base"] == 1
    assert [override["revision"] for override in last["overrides"]] == [2]


# -- reading -----------------------------------------------------------------------------------------------------------
def test_items_can_be_pointed_at_in_words(api: httpx.Client) -> None:
    for text in ("One", "Two", "Three"):
        call(api, "items", "label", text=text)
    everything = api.get("/projects/items/items").json()
    assert [row["name"] for row in everything["items"]] == ["One", "Two", "Three"]
    assert {"id", "kind", "x", "y", "z", "rx", "width"} <= everything["items"][0].keys()
    some = api.get("/projects/items/items", params={"select": "Two"}).json()
    assert [row["name"] for row in some["items"]] == ["Two"]
    page = api.get("/projects/items/items", params={"offset": 1, "limit": 1}).json()
    assert ([row["name"] for row in page["items"]], page["total"]) == (["Two"], 3)
    assert api.get("/projects/items/items", params={"limit": 0}).status_code == 422
    assert api.get("/projects/items/items", params={"select": "the dragons"}).status_code == 404


def test_what_has_not_changed_is_not_sent_again(api: httpx.Client) -> None:
    call(api, "same", "label", text="x")
    first = api.get("/projects/same")
    again = api.get("/projects/same", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    call(api, "same", "label", text="y")
    assert api.get("/projects/same", headers={"If-None-Match": first.headers["etag"]}).status_code == 200


def test_operations_are_found_by_what_they_can_do(api: httpx.Client) -> None:
    found = api.get("/operations", params={"q": "what can make sound?", "limit": 3}).json()["operations"]
    assert "make_music" in [row["name"] for row in found]
    assert len(found) <= 3


# -- runs --------------------------------------------------------------------------------------------------------------
def test_words_become_a_run(lab: Lab, api: httpx.Client) -> None:
    for text in ("One", "Two", "Three"):
        call(api, "runs", "label", text=text)
    begun = api.post("/projects/runs/runs", json={"request": "arrange the labels in a circle"})
    assert begun.status_code == 202
    address = begun.headers["location"]
    assert address.endswith(f"/projects/runs/runs/{begun.json()['id']}")
    done = run_to_the_end(api, address)
    assert done["status"] == "done"
    assert done["revision"] == api.get("/projects/runs").json()["revision"] == 4
    assert [run["id"] for run in api.get("/projects/runs/runs").json()["runs"]] == [done["id"]]


@pytest.mark.parametrize(("decision", "left"), [("approve", 1), ("reject", 2)])
def test_what_deletes_waits_for_an_answer_and_takes_one(api: httpx.Client, decision: str, left: int) -> None:
    project = f"wait-{decision}"
    for text in ("Keep", "Lose"):
        call(api, project, "label", text=text)
    begun = api.post(f"/projects/{project}/runs", json={"request": "remove “Lose”"}).headers["location"]
    waiting = run_to_the_end(api, begun)
    assert waiting["status"] == "waiting", waiting
    step = waiting["steps"][0]["id"]
    assert api.get(f"/projects/{project}/items").json()["total"] == 2
    address = f"/projects/{project}/runs/{waiting['id']}/approvals"
    assert api.post(address, json={"step": "s99", "decision": "approve"}).status_code == 404
    assert api.post(address, json={"step": step, "decision": "perhaps"}).status_code == 422
    assert api.post(address, json={"step": step, "decision": decision}).status_code == 200
    over = run_to_the_end(api, begun)
    assert over["status"] != "waiting"
    assert api.get(f"/projects/{project}/items").json()["total"] == left
    late = api.post(address, json={"step": step, "decision": "approve"})
    assert late.status_code == 409


def test_who_agrees_can_be_said_beforehand(api: httpx.Client) -> None:
    call(api, "auto", "label", text="Lose")
    begun = api.post("/projects/auto/runs", json={"request": "remove the label", "approve": "auto"}).headers["location"]
    assert run_to_the_end(api, begun)["status"] == "done"
    assert api.get("/projects/auto/items").json()["total"] == 0


def test_a_run_can_be_stopped(api: httpx.Client) -> None:
    call(api, "stopped", "label", text="Lose")
    run = api.post("/projects/stopped/runs", json={"request": "remove the label"}).json()["id"]
    run_to_the_end(api, f"/projects/stopped/runs/{run}")
    assert api.post(f"/projects/stopped/runs/{run}/stop").status_code == 200
    assert run_to_the_end(api, f"/projects/stopped/runs/{run}")["status"] == "stopped"
    assert api.get("/projects/stopped/items").json()["total"] == 1
    assert api.post("/projects/stopped/runs/run-9/stop").status_code == 404


# -- events ------------------------------------------------------------------------------------------------------------
def test_whoever_lost_the_line_goes_on_where_it_was(api: httpx.Client) -> None:
    for number in range(6):
        call(api, "line", "label", text=f"Label {number}")
    heard = events(api, "line", since="0-0/0-0", idle=0.5)
    revisions = [json.loads(event["data"])["change"]["revision"] for event in heard]
    assert revisions == [1, 2, 3, 4, 5, 6]
    assert {event["event"] for event in heard} == {"changed"}
    for index, event in enumerate(heard):
        rest = events(api, "line", header=event["id"], idle=0.3)
        assert [each["id"] for each in rest] == [each["id"] for each in heard[index + 1 :]]
    assert events(api, "line", idle=0.1) == []
    for bad in ("x", "0-0", "(0-0/0-0", "0-0/0-0; DROP"):
        assert api.get("/projects/line/events", params={"since": bad}).status_code == 422


def test_events_come_as_they_happen(lab: Lab, api: httpx.Client) -> None:
    call(api, "live", "label", text="x")
    with api.stream("GET", "/projects/live/events") as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("retry:")
        with Studio("live", settings=Settings(home=lab.home)) as studio:  # in another process
            studio.label(text="y")
        data = next(line for line in lines if line.startswith("data: "))
    assert json.loads(data.removeprefix("data: "))["change"]["revision"] == 2
    # The stream was closed from here; the server has let go of it and of its project.
    assert api.get("/health").json()["status"] == "ok"


# -- who may -----------------------------------------------------------------------------------------------------------
def cookies(lab: Lab) -> dict[str, str]:
    given = lab.request(f"lab?token={lab.token}", signed=False)[1].get_all("Set-Cookie")
    return dict(each.partition(";")[0].partition("=")[::2] for each in given)


def test_a_page_of_the_server_needs_its_xsrf_token_to_write(lab: Lab) -> None:
    base = f"{lab.url}/spatialnb/api/v1"
    with httpx.Client(base_url=base, cookies=cookies(lab)) as page:
        assert page.get("/projects").status_code == 200
        refused = page.post("/operations/label?project=xsrf", json={"text": "x"})
        assert refused.status_code == 403
        assert refused.headers["content-type"] == "application/problem+json"
        page.get(f"{lab.url}/lab")
        token = page.cookies["_xsrf"]
        taken = page.post("/operations/label?project=xsrf", json={"text": "x"}, headers={"X-XSRFToken": token})
        assert taken.status_code == 200
        actor = page.get("/projects/xsrf/history").json()["changes"][-1]["actor"]
        assert actor == page.get(f"{lab.url}/api/me").json()["identity"]["username"]


def test_another_site_gets_nothing_by_a_visitors_cookie(lab: Lab) -> None:
    other = {"Origin": "https://elsewhere.example", "Referer": "https://elsewhere.example/"}
    with httpx.Client(base_url=f"{lab.url}/spatialnb/api/v1", cookies=cookies(lab), headers=other) as page:
        assert page.get("/projects").status_code in (403, 404)
        assert page.post("/operations/label?project=xsrf", json={"text": "x"}).status_code in (403, 404)
        assert page.get("/projects").headers.get("access-control-allow-origin") is None


def test_methods_and_addresses_that_are_not_there(api: httpx.Client) -> None:
    answer = api.put("/operations/label?project=x", json={})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST, OPTIONS"
    assert api.get("/nothing").status_code == 404
    assert api.post("/").status_code == 404
    assert api.options("/projects").status_code in (200, 204)


def test_too_much_too_often_is_put_off(tmp_path: Any) -> None:
    with Lab(tmp_path, environ={"PYTHONPATH": str(CHECKOUT), "SPATIALNB_API_RATE": "5"}) as slow:
        headers = {"Authorization": f"token {slow.token}"}
        with httpx.Client(base_url=f"{slow.url}/spatialnb/api/v1", headers=headers) as client:
            answers = [client.get("/projects") for _ in range(14)]
        assert {answer.status_code for answer in answers} == {200, 429}
        late = next(answer for answer in answers if answer.status_code == 429)
        assert int(late.headers["retry-after"]) >= 1
        assert late.json()["type"].endswith("too-many-requests")


def test_nothing_of_this_was_a_surprise(lab: Lab) -> None:
    assert "Traceback" not in "".join(lab.log)
