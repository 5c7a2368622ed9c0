"""The running server against its own document: nothing breaks, nothing undocumented is said, nobody unknown gets in.

`SPATIALNB_FUZZ_SECONDS` is how long schemathesis may try; the more, the deeper.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.lab import CHECKOUT, Lab

SECONDS = os.environ.get("SPATIALNB_FUZZ_SECONDS", "40")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
)
LEFT_OUT = "make_speech|describe_(?!arrange$).*"
"""What has no voice to speak with here and says so, and the many that are one route with different names."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    environ = {"PYTHONPATH": str(CHECKOUT), "SPATIALNB_API_RATE": "100000"}
    with Lab(tmp_path_factory.mktemp("root"), base_url="/user/ann/", environ=environ) as lab:
        yield lab


@pytest.fixture(scope="module")
def client(lab: Lab, media_folder: Path) -> Iterator[httpx.Client]:
    token = {"Authorization": f"token {lab.token}"}
    with httpx.Client(base_url=f"{lab.url}/spatialnb/api/v1", headers=token, timeout=60) as client:
        for name, args in (("ingest", {"paths": str(media_folder)}), ("place", {"items": "the photos"})):
            client.post(f"/operations/{name}", params={"project": "fuzzed"}, json=args).raise_for_status()
        client.post("/projects/fuzzed/runs", json={"request": "remove the red photo"}).raise_for_status()
        yield client


@pytest.mark.timeout(300)
def test_whatever_is_sent_the_answer_is_one_that_is_documented(lab: Lab, client: httpx.Client) -> None:
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "run"),
        f"{client.base_url}openapi.json?project=fuzzed",
        *("--header", f"Authorization:token {lab.token}", "--checks", ",".join(CHECKS), "--warnings", "off"),
        *("--phases", "coverage,fuzzing", "--max-time", SECONDS, "--seed", "7", "--continue-on-failure", "--no-shrink"),
        *("--exclude-operation-id-regex", LEFT_OUT, "--request-timeout", "30"),
    ]
    environ = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.server.fuzzing", "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(command, cwd=lab.root, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Traceback" not in "".join(lab.log)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for path, methods in document["paths"].items():
        for method in methods:
            yield method, path


@pytest.mark.parametrize("token", [None, "wrong"])
def test_nobody_unknown_reads_or_writes(lab: Lab, client: httpx.Client, token: str | None) -> None:
    before = client.get("/projects/fuzzed").json()["revision"]
    names = {"project": "fuzzed", "run": "run-1"}
    headers = {"Authorization": f"token {token}"} if token else {}
    with httpx.Client(base_url=client.base_url, headers=headers) as stranger:
        found = list(operations(client.get("/openapi.json").json()))
        assert len(found) > 60
        for method, path in found:
            answer = stranger.request(method, path.format(**names), params={"project": "fuzzed"}, json={"steps": 1})
            assert answer.status_code == 403, f"{method} {path}: {answer.status_code}"
            assert set(answer.json()) >= {"type", "title", "detail", "correlation_id"}
            assert "fuzzed" not in answer.text
        for method in ("GET", "POST", "DELETE"):
            assert stranger.request(method, "/mcp?project=fuzzed").status_code == 403
    assert client.get("/projects/fuzzed").json()["revision"] == before


def test_the_document_has_every_operation_with_what_it_takes(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    listed = client.get("/operations").json()["operations"]
    assert document["openapi"].startswith("3.1")
    for operation in listed:
        described = client.get(f"/operations/{operation['name']}").json()
        post = document["paths"][f"/operations/{operation['name']}"]["post"]
        reference = post["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        args = document["components"]["schemas"][reference.rpartition("/")[2]]
        assert set(args["properties"]) == set(described["args"]["properties"])
        assert post["operationId"] == operation["name"]
        assert post["summary"] == operation["summary"]


def test_nothing_in_the_document_points_nowhere(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()

    def walk(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for each in value.values():
                yield from walk(each)
        elif isinstance(value, list):
            for each in value:
                yield from walk(each)

    for reference in set(walk(document)):
        kind, name = reference.removeprefix("#/components/").split("/")
        assert name in document["components"][kind], reference


def test_jupyter_itself_finds_every_route_closed_to_strangers() -> None:
    from jupyter_server.serverapp import ServerWebApplication

    from spatialnb.server.routes import routes

    check = ServerWebApplication._check_handler_auth
    for path, handler, _ in routes("/"):
        assert check(None, path, handler) == []  # type: ignore[arg-type]
