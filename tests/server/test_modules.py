"""The modules of the widgets over HTTP, from a real Jupyter server."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest

from spatialnb.widgets.bridge import bundle, module_path
from tests.lab import Lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("root"), base_url="/user/ann@x/") as lab:
        yield lab


@pytest.fixture(scope="module")
def path() -> str:
    return module_path("space", "spatialnb/media")


def test_a_module_comes_packed_and_for_ever(lab: Lab, path: str) -> None:
    status, headers, body = lab.request(path, headers={"Accept-Encoding": "gzip"})
    assert (status, body) == (200, bundle("space")[1])
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Content-Type"].startswith("text/javascript")
    assert "immutable" in headers["Cache-Control"]


def test_who_cannot_unpack_gets_it_plain(lab: Lab, path: str) -> None:
    status, headers, body = lab.request(path)
    assert (status, body) == (200, gzip.decompress(bundle("space")[1]))
    assert "Content-Encoding" not in headers


@pytest.mark.parametrize("name", ["space-0123456789abcdef.js", "nothing-0123456789abcdef.js", "space.js"])
def test_a_module_of_another_make_is_not_here(lab: Lab, name: str) -> None:
    assert lab.request(f"spatialnb/widget/{name}")[0] == 404


def test_a_stranger_gets_nothing(lab: Lab, path: str) -> None:
    assert lab.request(path, signed=False)[0] == 403


def test_without_a_server_there_is_no_path() -> None:
    assert module_path("space", "") == ""
    assert module_path("space", "https://hub/x/spatialnb/media/").startswith("https://hub/x/spatialnb/widget/space-")
