"""The Jupyter server's own API, by its own document, against a real server: in code, by words alone, by a model."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jupyter_server
import pytest

from spatialnb.config import Settings
from spatialnb.errors import ServiceRefused
from spatialnb.studio import Studio
from tests.model_server import ModelServer, calls, say

DOCUMENT = Path(jupyter_server.__file__).parent / "services" / "api" / "api.yaml"
NOTEBOOKS = ("museum.ipynb", "my film.ipynb", "story.ipynb")
EMPTY = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


class Server:
    """A plain Jupyter server with folders of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root / "work"
        (self.root / "plans").mkdir(parents=True)
        for name in (*NOTEBOOKS, "plans/garden.ipynb"):
            (self.root / name).write_text(EMPTY)
        (self.root / "notes.txt").write_text("remember the milk")
        self.token = secrets.token_hex(16)
        self.runtime = root / "run"
        folders = {f"JUPYTER_{kind}_DIR": str(root / kind.lower()) for kind in ("CONFIG", "DATA")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0",
             f"--ServerApp.root_dir={self.root}", f"--IdentityProvider.token={self.token}"],
            env={**os.environ, **folders, "JUPYTER_RUNTIME_DIR": str(self.runtime)},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.said: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if "http://127.0.0.1:" in line:
                port = line.split("http://127.0.0.1:")[1].split("/")[0]
                break
        else:
            raise RuntimeError("The Jupyter server did not start:\n" + "".join(self.said))
        self.url = f"http://127.0.0.1:{port}"
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        transport = httpx.HTTPTransport(retries=20)
        with httpx.Client(transport=transport, headers={"Authorization": f"token {self.token}"}) as client:
            assert client.get(f"{self.url}/api/status", timeout=30).status_code == 200

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.said.extend(self.process.stdout)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self._reader.join(5)
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("jupyter"))
    yield server
    server.close()


@pytest.fixture(autouse=True)
def _token(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_TEST_TOKEN", server.token)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(server.runtime))


@pytest.fixture
def lab(studio: Studio, server: Server) -> Studio:
    headers = {"Authorization": "token env:JUPYTER_TEST_TOKEN"}
    studio.tools.add_openapi(DOCUMENT, name="jupyter", base=server.url, headers=headers)
    return studio


def test_every_endpoint_is_an_operation(lab: Studio) -> None:
    text = DOCUMENT.read_text()
    methods = sum(text.count(f"\n    {method}:\n") for method in ("get", "post", "put", "patch", "delete"))
    names = [name for name in lab.workspace.registry.operations if name.startswith("jupyter_")]
    assert len(names) == methods == 32
    assert lab.tools.problems("jupyter") == ()


def test_the_document_of_the_running_server(studio: Studio, server: Server) -> None:
    headers = {"Authorization": "token env:JUPYTER_TEST_TOKEN"}
    assert len(studio.tools.add_openapi(f"{server.url}/api/spec.yaml", name="jupyter", headers=headers)) == 32
    assert studio.jupyter_get_api_status().data["kernels"] == 0
    assert studio.tools.changed() == ()


def test_files_from_beginning_to_end(lab: Studio, server: Server) -> None:
    made = lab.jupyter_put_api_contents_path(path="plans/new note.md", type="file", format="text", content="# Hi")
    assert made.status in (200, 201)
    assert (server.root / "plans" / "new note.md").read_text() == "# Hi"
    assert lab.jupyter_get_api_contents_path(path="plans/new note.md").data["content"] == "# Hi"
    lab.jupyter_patch_api_contents_path(path="plans/new note.md", path_2="plans/old note.md")
    assert lab.jupyter_delete_api_contents_path(path="plans/old note.md").status == 204
    assert not (server.root / "plans" / "old note.md").exists()
    with pytest.raises(ServiceRefused, match="does not exist"):
        lab.jupyter_get_api_contents_path(path="plans/old note.md")


def test_a_table_of_a_folder(lab: Studio) -> None:
    frame = lab.jupyter_get_api_contents_path(path="").frame()
    assert set(frame["name"]) == {*NOTEBOOKS, "notes.txt", "plans"}
    notebooks = lab.jupyter_get_api_contents_path(path="", where={"type": "notebook"})
    assert sorted(notebooks.frame()["name"]) == sorted(NOTEBOOKS)


def test_a_wrong_token_is_said_to_be_one(lab: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_TEST_TOKEN", "wrong-token-here")
    with pytest.raises(ServiceRefused) as raised:
        lab.jupyter_get_api_contents_path(path="")
    assert "wrong-token-here" not in str(raised.value)


def listed(reply: str) -> bool:
    return all(name in reply for name in NOTEBOOKS) and "notes.txt" not in reply and "garden" not in reply


@pytest.mark.parametrize(
    "request_",
    ["list the notebooks in this folder", "which notebooks are in this folder?", "Show me the notebooks here, please."],
)
def test_the_notebooks_in_this_folder_by_words_alone(
    lab: Studio, server: Server, monkeypatch: pytest.MonkeyPatch, request_: str
) -> None:
    monkeypatch.chdir(server.root)
    run = lab.run(request_, show=False)
    assert run.status == "done", run.reply
    assert listed(run.reply), run.reply
    assert [step.operation for step in run.steps] == ["jupyter_get_api_contents_path"]
    assert "| museum.ipynb |" in run.steps[0].preview.text


def test_this_folder_is_the_one_we_are_in(lab: Studio, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(server.root / "plans")
    run = lab.run("list the notebooks in this folder", show=False)
    assert "garden.ipynb" in run.reply
    assert "museum" not in run.reply
    assert "museum.ipynb" in lab.run("list the notebooks in the top folder", show=False).reply


def test_what_deletes_waits_for_a_person(lab: Studio, server: Server) -> None:
    (server.root / "old.txt").write_text("x")
    run = lab.run("delete the file old.txt", show=False)
    assert run.status == "waiting"
    assert (server.root / "old.txt").exists()
    run.stop()
    done = lab.run("delete the file old.txt", approve="auto", show=False)
    assert done.status == "done", done.reply
    assert not (server.root / "old.txt").exists()


def test_the_notebooks_in_this_folder_by_a_model(home: Path, server: Server, request: pytest.FixtureRequest) -> None:
    turns = [
        calls(("jupyter_get_api_contents_path", {"path": "", "where": {"type": "notebook"}})),
        say("There are museum.ipynb, my film.ipynb and story.ipynb."),
    ]
    settings = Settings(home=home, model="openai/test", model_base="")
    with ModelServer(turns) as model:
        settings = Settings(home=home, model="openai/test", model_base=model.url)
        with Studio(request.node.name, settings=settings) as studio:
            headers = {"Authorization": "token env:JUPYTER_TEST_TOKEN"}
            studio.tools.add_openapi(DOCUMENT, name="jupyter", base=server.url, headers=headers)
            run = studio.run("list the notebooks in this folder", show=False)
        asked: list[dict[str, Any]] = model.requests
    assert run.status == "done", run.reply
    assert listed(run.reply)
    offered = [tool["function"]["name"] for tool in asked[0]["tools"]]
    assert "jupyter_get_api_contents_path" in offered
    results = [message for message in asked[-1]["messages"] if message["role"] == "tool"]
    assert all(name in results[-1]["content"] for name in NOTEBOOKS)
    assert server.token not in json.dumps(asked)
