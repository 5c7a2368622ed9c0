"""The media route of a real Jupyter server, under a base URL as JupyterHub gives it."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from spatialnb.library.storage import MediaStore
from tests.lab import Lab

DATA = bytes(range(256)) * 3000


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("root"), base_url="/user/ann@x/") as lab:
        yield lab


@pytest.fixture(scope="module")
def media(lab: Lab) -> MediaStore:
    return MediaStore(lab.home / "media")


@pytest.fixture(scope="module")
def film(media: MediaStore) -> str:
    return f"spatialnb/media/{media.put(DATA, 'video/mp4')}"


def test_status_says_where_media_are(lab: Lab) -> None:
    status, headers, body = lab.request("spatialnb/status")
    assert status == 200
    assert headers["Content-Type"].startswith("application/json")
    said = json.loads(body)
    assert said["name"] == "spatialnb"
    assert said["media"] == "spatialnb/media/"


def test_a_file_comes_whole_and_for_ever(lab: Lab, film: str) -> None:
    status, headers, body = lab.request(film)
    assert (status, body) == (200, DATA)
    assert headers["Content-Type"] == "video/mp4"
    assert headers["Content-Length"] == str(len(DATA))
    assert headers["Accept-Ranges"] == "bytes"
    assert "immutable" in headers["Cache-Control"]
    assert "private" in headers["Cache-Control"]
    assert headers["ETag"] == f'"{film.rpartition("/")[2]}"'


def test_whatever_is_served_is_inert(lab: Lab, film: str) -> None:
    headers = lab.request(film)[1]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("asked", "part", "said"),
    [
        ("bytes=0-0", slice(0, 1), f"bytes 0-0/{len(DATA)}"),
        ("bytes=100000-600000", slice(100000, 600001), f"bytes 100000-600000/{len(DATA)}"),
        ("bytes=767999-", slice(767999, None), f"bytes 767999-767999/{len(DATA)}"),
        ("bytes=-10", slice(-10, None), f"bytes {len(DATA) - 10}-{len(DATA) - 1}/{len(DATA)}"),
    ],
)
def test_a_part_comes_alone(lab: Lab, film: str, asked: str, part: slice, said: str) -> None:
    status, headers, body = lab.request(film, headers={"Range": asked})
    assert status == 206
    assert headers["Content-Range"] == said
    assert body == DATA[part]
    assert headers["Content-Length"] == str(len(body))


def test_a_part_outside_the_file_is_refused(lab: Lab, film: str) -> None:
    status, headers, body = lab.request(film, headers={"Range": f"bytes={len(DATA)}-"})
    assert (status, body) == (416, b"")
    assert headers["Content-Range"] == f"bytes */{len(DATA)}"


def test_a_part_of_another_version_is_the_whole(lab: Lab, film: str) -> None:
    same = {"Range": "bytes=0-9", "If-Range": f'"{film.rpartition("/")[2]}"'}
    assert lab.request(film, headers=same)[0] == 206
    status, _, body = lab.request(film, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (status, body) == (200, DATA)


def test_head_tells_and_sends_nothing(lab: Lab, film: str) -> None:
    status, headers, body = lab.request(film, method="HEAD")
    assert (status, body) == (200, b"")
    assert headers["Content-Length"] == str(len(DATA))
    status, headers, body = lab.request(film, method="HEAD", headers={"Range": "bytes=0-9"})
    assert (status, headers["Content-Length"], body) == (206, "10", b"")


def test_what_a_browser_has_is_not_sent_again(lab: Lab, film: str) -> None:
    status, _, body = lab.request(film, headers={"If-None-Match": f'"{film.rpartition("/")[2]}"'})
    assert (status, body) == (304, b"")


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "image/svg+xml"),
        (b"<script>alert(1)</script>", "text/html"),
        (b"plain words", "text/plain"),
    ],
)
def test_nothing_is_served_as_a_document(lab: Lab, media: MediaStore, data: bytes, mime: str) -> None:
    status, headers, body = lab.request(f"spatialnb/media/{media.put(data, mime)}")
    assert (status, body) == (200, data)
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["Content-Disposition"].startswith("attachment")


def test_strangers_get_nothing(lab: Lab, film: str) -> None:
    assert lab.request(film, signed=False)[0] == 403
    assert lab.request(film, signed=False, method="HEAD")[0] == 403
    assert lab.request("spatialnb/status", signed=False)[0] == 403


def test_another_site_cannot_use_a_visitors_cookie(lab: Lab, film: str) -> None:
    signed_in = lab.request(f"lab?token={lab.token}", signed=False)[1].get_all("Set-Cookie")
    cookie = "; ".join(each.partition(";")[0] for each in signed_in)
    own = {"Cookie": cookie, "Referer": f"{lab.url}/lab"}
    assert lab.request(film, signed=False, headers=own)[0] == 200
    other = {"Cookie": cookie, "Referer": "https://elsewhere.example/", "Origin": "https://elsewhere.example"}
    assert lab.request(film, signed=False, headers=other)[0] in (403, 404)


@pytest.mark.parametrize(
    "name",
    [
        "0" * 64,
        "0" * 63,
        "0" * 65,
        "F" * 64,
        "z" * 64,
        "x",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e%2f%2e%2e%2f",
        "..%5c..%5cwindows",
        "%00" * 64,
        "etc%2fpasswd",
    ],
)
def test_only_a_known_hash_names_a_file(lab: Lab, name: str) -> None:
    status, headers, body = lab.request(f"spatialnb/media/{name}")
    assert status == 404
    assert headers["Content-Type"].startswith("text/")
    assert b"Traceback" not in body
    assert str(lab.home).encode() not in body


@pytest.mark.parametrize(
    "path", ["/../../../etc/passwd", "/..//etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd"]
)
def test_a_path_leads_nowhere(lab: Lab, path: str) -> None:
    """Sent as it is, for clients tidy such addresses up before they send them."""
    with socket.create_connection(("127.0.0.1", lab.port), timeout=20) as connection:
        line = f"GET {lab.base_url}spatialnb/media{path} HTTP/1.1"
        head = f"{line}\r\nHost: 127.0.0.1:{lab.port}\r\nAuthorization: token {lab.token}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b" 404 " in answer.partition(b"\r\n")[0]
    assert b"root:" not in answer


def test_the_hash_is_of_the_content(film: str) -> None:
    assert film.endswith(hashlib.sha256(DATA).hexdigest())


def test_the_installed_file_turns_the_extension_on() -> None:
    """The wheel puts it where Jupyter looks for it, and it names a module that Jupyter can load."""
    import importlib
    import tomllib

    checkout = Path(__file__).parents[2]
    enabled = json.loads((checkout / "jupyter_config" / "spatialnb.json").read_text())["ServerApp"][
        "jpserver_extensions"
    ]
    assert enabled == {"spatialnb.server": True}
    module = importlib.import_module("spatialnb.server")
    assert module._jupyter_server_extension_points() == [{"module": "spatialnb.server"}]
    with (checkout / "pyproject.toml").open("rb") as file:
        wheel = tomllib.load(file)["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["shared-data"] == {"jupyter_config": "etc/jupyter/jupyter_server_config.d"}
