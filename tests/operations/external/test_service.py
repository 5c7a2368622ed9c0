"""Calls stay where they belong, within bounds, and what must not be seen is not."""

from __future__ import annotations

import base64
import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from spatialnb.errors import Declined, Invalid, ServiceUnavailable, Stopped, Unsupported
from spatialnb.operations.external import credentials, service
from spatialnb.operations.external.endpoint import Scheme
from spatialnb.operations.external.request import Request
from spatialnb.operations.external.service import Service, fetched
from tests.operations.external.loopback import Asked, Loopback, Said

SECRET = "s3cr3t-value"


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as server:
        yield server


@pytest.fixture
def other() -> Iterator[Loopback]:
    with Loopback() as server:
        yield server


@pytest.fixture
def signed(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setenv("TEST_TOKEN", SECRET)
    made = Service("Toys", server.url, {"Authorization": "Bearer env:TEST_TOKEN"})
    yield made
    made.close()


def get(server: Loopback, path: str = "/x") -> Request:
    return Request("GET", f"{server.url}{path}")


def test_a_redirect_to_another_host_is_not_followed(signed: Service, server: Loopback, other: Loopback) -> None:
    server.answer = lambda _: Said(302, headers={"location": f"{other.url}/steal"})
    answer: Any = signed.send(get(server))
    assert answer["status"] == 302
    assert answer["headers"]["location"] == f"{other.url}/steal"
    assert other.asked == []


def test_a_redirect_within_the_host_is_followed_with_the_key(signed: Service, server: Loopback) -> None:
    server.answer = lambda asked: Said(307, headers={"location": "/b"}) if asked.path == "/a" else Said(body={"n": 1})
    answer: Any = signed.send(Request("POST", f"{server.url}/a", {"Content-Type": "text/plain"}, b"hello"))
    assert answer["json"] == {"n": 1}
    assert [(a.method, a.path, a.body) for a in server.asked] == [("POST", "/a", b"hello"), ("POST", "/b", b"hello")]
    assert server.asked[1].headers["authorization"] == f"Bearer {SECRET}"
    server.answer = lambda asked: Said(303, headers={"location": "/b"}) if asked.path == "/a" else Said(body={})
    signed.send(Request("POST", f"{server.url}/a", {}, b"hello"))
    assert (server.asked[-1].method, server.asked[-1].body) == ("GET", b"")


def test_redirects_without_end_end(signed: Service, server: Loopback) -> None:
    server.answer = lambda _: Said(302, headers={"location": "/again"})
    with pytest.raises(ServiceUnavailable, match="without end"):
        signed.send(get(server))
    assert len(server.asked) == service.HOPS


def test_an_answer_that_is_too_large_is_not_read_to_its_end(server: Loopback) -> None:
    small = Service("Toys", server.url, largest=10_000)
    server.answer = lambda _: Said(body=b"x" * 20_000)
    with pytest.raises(Unsupported, match="larger than"):
        small.send(get(server))
    small.close()


def test_a_bomb_is_counted_as_what_it_unfolds_to(server: Loopback) -> None:
    import gzip

    small = Service("Toys", server.url, largest=100_000)
    server.answer = lambda _: Said(body=gzip.compress(b"0" * 5_000_000), headers={"content-encoding": "gzip"})
    with pytest.raises(Unsupported, match="larger than"):
        small.send(get(server))
    small.close()


def test_who_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "SILENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        made = Service("Toys", url)
        with pytest.raises(ServiceUnavailable, match="did not answer in time"):
            made.send(Request("GET", f"{url}/x"))
        made.close()
    with pytest.raises(ServiceUnavailable, match="Nothing answers at"):
        Service("Toys", url).send(Request("GET", f"{url}/x"))


def test_a_run_that_was_stopped_does_not_read_on(signed: Service, server: Loopback) -> None:
    server.answer = lambda _: Said(body=b"x" * 5_000_000)
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(Stopped):
        signed.send(get(server), stopped.is_set)


def test_a_secret_that_comes_back_is_not_shown(signed: Service, server: Loopback, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    encoded = base64.b64encode(SECRET.encode()).decode()
    server.answer = lambda asked: Said(body={"you sent": asked.headers["authorization"], "encoded": encoded})
    assert SECRET not in str(signed.send(get(server)))
    assert encoded not in str(signed.send(get(server)))
    server.answer = lambda asked: Said(500, body=f"<b>{asked.headers['authorization']}</b>")
    assert SECRET not in str(signed.send(get(server)))
    assert SECRET not in caplog.text
    assert SECRET not in repr(signed)


@pytest.mark.parametrize(
    "where", ["http://127.0.0.1:1/x", "http://localhost/x", "http://169.254.169.254/latest", "http://[::1]/"]
)
def test_a_document_cannot_send_us_into_our_own_network(where: str) -> None:
    with pytest.raises(Declined, match="not on the public network"):
        Service("Toys", where, trusted=False).send(Request("GET", where))


def test_a_document_is_fetched_without_keys_where_that_will_do(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_TOKEN", SECRET)
    headers = {"Authorization": "Bearer env:TEST_TOKEN"}
    assert fetched(f"{server.url}/api.json", headers) == b'{"ok": true}'
    assert "authorization" not in server.asked[-1].headers

    def login(asked: Asked) -> Said:
        if "authorization" in asked.headers:
            return Said(body={"openapi": "3.0"})
        return Said(body="<html>Log in</html>", headers={"content-type": "text/html"})

    server.answer = login
    assert fetched(f"{server.url}/api.json", headers) == b'{"openapi": "3.0"}'
    server.answer = lambda _: Said(404)
    with pytest.raises(Unsupported, match="404"):
        fetched(f"{server.url}/api.json", {})


BEARER = Scheme(name="b", kind="bearer", parameter="Authorization")
BASIC = Scheme(name="p", kind="basic", parameter="Authorization")


@pytest.mark.parametrize(
    ("headers", "schemes", "sent"),
    [
        ({"Authorization": "env:TEST_TOKEN"}, {}, f"Bearer {SECRET}"),
        ({"Authorization": "token env:TEST_TOKEN"}, {"b": BEARER}, f"token {SECRET}"),
        ({"b": "env:TEST_TOKEN"}, {"b": BEARER}, f"Bearer {SECRET}"),
        ({"p": "ann:env:TEST_TOKEN"}, {"p": BASIC}, "Basic " + base64.b64encode(f"ann:{SECRET}".encode()).decode()),
        ({"p": "env:TEST_TOKEN"}, {"p": BASIC}, "Basic " + base64.b64encode(f"{SECRET}:".encode()).decode()),
        (
            {"Authorization": "env:TEST_TOKEN"},
            {"h": Scheme(name="h", kind="header", parameter="Authorization")},
            SECRET,
        ),
    ],
)
def test_who_calls_is_said_as_the_document_asks(
    headers: dict[str, str], schemes: dict[str, Scheme], sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_TOKEN", SECRET)
    _, made = credentials.signed("http://x", {}, credentials.checked(headers, schemes), schemes, "Toys")
    assert made["Authorization"] == sent


def test_secrets_go_into_queries_and_cookies_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_TOKEN", "a&b")
    schemes = {
        "q": Scheme(name="q", kind="query", parameter="key"),
        "c": Scheme(name="c", kind="cookie", parameter="sid"),
    }
    templates = {"q": "env:TEST_TOKEN", "c": "env:TEST_TOKEN"}
    url, made = credentials.signed("http://x/?a=1", {"Cookie": "d=2"}, templates, schemes, "Toys")
    assert url == "http://x/?a=1&key=a%26b"
    assert made["Cookie"] == "d=2; sid=a&b"


@pytest.mark.parametrize("name", ["Authorization", "X-API-Key", "Cookie", "Private-Token", "x-auth", "my_password"])
def test_a_secret_that_is_written_out_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="environment variable"):
        credentials.checked({name: SECRET}, {})


def test_what_is_no_secret_may_be_written_out() -> None:
    plain = {"Accept-Language": "de", "X-GitHub-Api-Version": "2022-11-28", "User-Agent": "me"}
    assert credentials.checked(plain, {}) == plain
    with pytest.raises(Invalid, match="no name of a header"):
        credentials.checked({"a b": "c"}, {})
    with pytest.raises(Invalid, match="line breaks"):
        credentials.checked({"X-A": "a\r\nb"}, {})


@pytest.mark.parametrize(
    "url", ["https://ann:pw@x.test/a", "https://x.test/a?api_key=1", "https://x.test/?access_token=x"]
)
def test_a_secret_in_an_address_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="addresses are kept"):
        credentials.checked_url(url, "document")


def test_a_secret_in_a_command_is_refused() -> None:
    with pytest.raises(Invalid, match="--api-key looks like a secret"):
        credentials.checked_command(["serve", "--api-key", "abc"])
    with pytest.raises(Invalid):
        credentials.checked_command(["serve", "--token=abc"])
    assert credentials.checked_command(["serve", "--token=env:T", "--verbose", "x"])


def test_a_variable_that_is_not_set_is_named(server: Loopback) -> None:
    made = Service("Toys", server.url, {"Authorization": "env:NOT_SET_ANYWHERE"})
    with pytest.raises(Invalid, match="NOT_SET_ANYWHERE"):
        made.send(get(server))
    assert server.asked == []
