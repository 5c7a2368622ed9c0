"""Every fault of a service over real HTTP, and what a person is told of it."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import MCPError

from spatialnb.errors import ServiceRefused, ServiceUnavailable, SpatialError, Transient
from spatialnb.llm.client import library
from spatialnb.operations.calling.evidence import without_secrets
from spatialnb.operations.calling.faults import for_status, translated
from spatialnb.operations.workspace import Workspace
from tests.operations.calling.conftest import add, fetching
from tests.operations.calling.faulty import FaultyServer, closed_port, self_signed

DOWN, NO = ServiceUnavailable, ServiceRefused
STATUSES: list[tuple[int, type[SpatialError], str]] = [
    (301, NO, "has moved"),
    (400, NO, "change the arguments"),
    (401, NO, "key is missing or wrong"),
    (402, NO, "paid"),
    (403, NO, "permission"),
    (404, NO, "nothing at that address"),
    (405, NO, "does not offer that"),
    (406, NO, "another format"),
    (408, DOWN, "try again"),
    (409, NO, "clashes"),
    (410, NO, "nothing at that address"),
    (413, NO, "too large"),
    (415, NO, "another format"),
    (418, NO, "418"),
    (422, NO, "change the arguments"),
    (425, DOWN, "try again then"),
    (429, DOWN, "asked too often"),
    (500, DOWN, "failed inside"),
    (502, DOWN, "front door"),
    (503, DOWN, "overloaded"),
    (504, DOWN, "front door"),
    (529, DOWN, "overloaded"),
    (599, DOWN, "failed inside"),
]


@pytest.mark.parametrize(("status", "kind", "says"), STATUSES)
def test_every_status_says_what_to_do(workspace: Workspace, status: int, kind: type[SpatialError], says: str) -> None:
    with FaultyServer((status, {}, {"error": {"message": "It rains"}})) as server:
        operation = add(workspace, fetching(server.url, service="Weather"))
        with pytest.raises(kind, match=says) as caught:
            workspace.do(operation.name)
    told: Any = caught.value
    assert "Weather" in str(told)
    assert told.service == "Weather"
    assert told.status == status
    assert isinstance(told, Transient) == (kind is DOWN)
    plain = for_status(status, "Weather", said="It rains")
    assert (type(plain), str(plain)) == (type(told), str(told))


FAULTS = [
    ("hang", DOWN, "did not answer in time"),
    ("reset", DOWN, "broke off"),
    ("truncated", DOWN, "broke off"),
    ("nonsense", DOWN, "broke off"),
]


@pytest.mark.parametrize(("fault", "kind", "says"), FAULTS)
def test_every_break_of_the_line_says_what_to_do(
    workspace: Workspace, fault: str, kind: type[SpatialError], says: str
) -> None:
    with FaultyServer(fault) as server:
        operation = add(workspace, fetching(server.url, seconds=0.2))
        with pytest.raises(kind, match=says) as caught:
            workspace.do(operation.name)
    assert isinstance(caught.value, Transient)
    assert isinstance(caught.value.__cause__, httpx.HTTPError)


def test_nothing_listens(workspace: Workspace) -> None:
    port = closed_port()
    operation = add(workspace, fetching(f"http://127.0.0.1:{port}/"))
    with pytest.raises(ServiceUnavailable, match=f"Nothing answers at 127.0.0.1:{port}; look whether it is running"):
        workspace.do(operation.name)


def test_there_is_no_such_name(workspace: Workspace) -> None:
    operation = add(workspace, fetching("http://nothing.invalid/"))
    with pytest.raises(ServiceUnavailable, match=r"There is no address for nothing\.invalid"):
        workspace.do(operation.name)


def test_a_certificate_that_nobody_trusts(workspace: Workspace, tmp_path: Path) -> None:
    with FaultyServer(certificate=self_signed(tmp_path / "own.pem")) as server:
        operation = add(workspace, fetching(server.url))
        with pytest.raises(ServiceRefused, match=r"certificate of 127.0.0.1:.* not to be trusted"):
            workspace.do(operation.name)


def test_a_safe_connection_to_an_unsafe_server(workspace: Workspace) -> None:
    with FaultyServer() as server:
        operation = add(workspace, fetching(server.url.replace("http:", "https:")))
        with pytest.raises(ServiceRefused, match=r"No safe connection .* http://"):
            workspace.do(operation.name)


def test_an_address_that_is_none(workspace: Workspace) -> None:
    operation = add(workspace, fetching("ftp://127.0.0.1/"))
    with pytest.raises(ServiceRefused, match="has to begin with http"):
        workspace.do(operation.name)


@pytest.mark.parametrize("value", ["7", "Sat, 01 Jan 2000 00:00:00 GMT"])
def test_how_long_to_wait_is_understood_in_seconds_and_as_a_date(value: str) -> None:
    plain = for_status(503, "Weather", headers={"Retry-After": value})
    assert isinstance(plain, ServiceUnavailable)
    assert plain.retry_after == (7.0 if value == "7" else 0.0)
    if value == "7":
        assert "wants 7 s of rest" in str(plain)


def test_an_account_that_is_used_up_is_not_a_moment_of_haste() -> None:
    plain = for_status(429, "Pictures", said="You exceeded your current quota, please check your plan and billing")
    assert isinstance(plain, ServiceRefused)
    assert "used up" in str(plain)


def _litellm(name: str, status: int, **more: Any) -> Exception:
    kind = getattr(library().exceptions, name)
    try:
        return kind(message="Key sk-abcdefghijklmnopqrstuvwx was refused", model="m", llm_provider="openai", **more)
    except TypeError:
        return kind(
            status_code=status, message="Key sk-abcdefghijklmnopqrstuvwx was refused", model="m", llm_provider="openai"
        )


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("AuthenticationError", NO, "key is missing or wrong"),
        ("RateLimitError", DOWN, "too often"),
        ("Timeout", DOWN, "try again"),
        ("ServiceUnavailableError", DOWN, "overloaded"),
        ("InternalServerError", DOWN, "failed inside"),
        ("APIConnectionError", DOWN, "try again"),
        ("ContextWindowExceededError", NO, "at once"),
        ("ContentPolicyViolationError", NO, "will not make that"),
        ("BadRequestError", NO, "change the arguments"),
        ("NotFoundError", NO, "nothing at that address"),
    ],
)
def test_errors_of_litellm(name: str, kind: type[SpatialError], says: str) -> None:
    error = _litellm(name, 500)
    plain = translated(error, "The model")
    assert isinstance(plain, kind)
    assert says in str(plain)
    assert "sk-abc" not in str(plain)


@pytest.mark.parametrize(
    ("message", "kind", "says"),
    [
        ("Timed out while waiting for response to ClientRequest. Waited 5.0 seconds.", DOWN, "in time"),
        ("Connection closed", DOWN, "ended while it was asked"),
        ("Unknown tool: dance", NO, "add it again"),
        ("Invalid request parameters", NO, "change the arguments"),
    ],
)
def test_errors_of_mcp_even_inside_groups(message: str, kind: type[SpatialError], says: str) -> None:
    inner = MCPError(-32000, message)
    for error in (inner, ExceptionGroup("unhandled errors in a TaskGroup", [ExceptionGroup("again", [inner])])):
        plain = translated(error, "Notes")
        assert isinstance(plain, kind)
        assert says in str(plain)


@pytest.mark.parametrize(
    "error", [ValueError("no"), KeyError("x"), FileNotFoundError(2, "No such file", "a.png"), PermissionError("no")]
)
def test_what_is_no_fault_of_a_service_stays_what_it_is(error: Exception) -> None:
    assert translated(error, "Weather") is None


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (socket.gaierror(-5, "Kein solcher Name"), "There is no address for Weather"),
        (ConnectionRefusedError(), "Nothing answers at Weather"),
        (TimeoutError(), "did not answer in time"),
        (ConnectionResetError(), "broke off"),
    ],
)
def test_bare_errors_of_the_network(error: Exception, says: str) -> None:
    plain = translated(error, "Weather")
    assert isinstance(plain, ServiceUnavailable)
    assert says in str(plain)


SECRETS = ["sk-proj-abcdefghijklmnop1234", "ghp_abcdefghijklmnop1234567890", "AKIAABCDEFGHIJKLMNOP"]


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_comes_through(workspace: Workspace, secret: str) -> None:
    body = {"error": {"message": f"Incorrect API key provided: {secret}. See https://x.test/?key={secret}"}}
    with FaultyServer((400, {}, body)) as server:
        operation = add(workspace, fetching(server.url))
        with pytest.raises(ServiceRefused) as caught:
            workspace.do(operation.name)
    assert secret not in str(caught.value)
    assert "Incorrect API key" in str(caught.value)
    assert secret not in workspace.measures.frame().last_error[0]


def test_a_secret_of_the_environment_does_not_come_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEATHER_API_KEY", "blue-harbour-77")
    assert "harbour" not in without_secrets("It said blue-harbour-77 is wrong")
    assert "harbour" not in str(for_status(403, "Weather", said="blue-harbour-77 may not"))


def test_long_answers_and_pages_are_not_repeated() -> None:
    assert len(str(for_status(400, "Weather", said="word " * 500))) < 330
    page = b"<html><body><h1>Bad gateway</h1></body></html>"
    with FaultyServer((502, {}, page)) as server, pytest.raises(httpx.HTTPError) as caught:
        httpx.get(server.url).raise_for_status()
    assert "<" not in str(translated(caught.value, "Weather"))
