"""A notebook made with a model, run again from its recording: real kernels, and an endpoint that has gone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from spatialnb.errors import NotFound, NotRecorded, Unsupported
from spatialnb.studio.replaying import Replayed, replay_notebook
from tests.model_server import ModelServer, Turn, calls, say

CELLS = (
    "from spatialnb import Studio\nstudio = Studio('museum')",
    "run = studio.run('write two signs', show=False)\nassert run.status == 'done', run.reply\nrun.reply",
    "run = studio.run('put them in a row', show=False)\nassert run.status == 'done', run.reply\nrun.used",
)


def script(body: dict[str, Any]) -> Turn:
    """What a model would do, by what it is asked and how far it is."""
    messages = body["messages"]
    asked = next(m["content"] for m in reversed(messages) if m["role"] == "user")
    if messages[-1]["role"] == "tool":
        return say(f"I did that, and here is a longer sentence about it: {asked}.")
    if asked == "write two signs":
        return calls(("label", {"text": "one"}), ("label", {"text": "two"}), text="Two signs. ")
    return calls(("arrange", {"items": ["label-one-1", "label-two-1"], "arrangement": "row"}))


def notebook(folder: Path, *cells: str) -> Path:
    path = folder / "museum.ipynb"
    made: Any = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(made, path)
    return path


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPATIALNB_MODEL", "openai/test")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-only-here-and-nowhere-else-1")


def recorded(path: Path, monkeypatch: pytest.MonkeyPatch) -> Replayed:
    with ModelServer(script) as server:
        monkeypatch.setenv("SPATIALNB_MODEL_BASE", server.url)
        done = replay_notebook(path, record=True)
        assert len(server.requests) == 4
    return done


@pytest.mark.usefixtures("model")
def test_a_notebook_made_with_a_model_gives_the_same_scene_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = notebook(tmp_path, *CELLS)
    before = path.read_bytes()
    first = recorded(path, monkeypatch)
    file = tmp_path / "museum.calls.json"
    assert "only-here" not in file.read_text()
    assert str(tmp_path) not in file.read_text()
    kept = file.read_text()
    assert [call["title"] for call in json.loads(kept)["calls"]] == [
        "plan model “Does it call tools by itself?”",
        "plan: “write two signs”",
        "plan: “write two signs”, round 2",
        "plan: “put them in a row”",
        "plan: “put them in a row”, round 2",
    ]
    for name in ("OPENAI_API_KEY", "SPATIALNB_MODEL", "SPATIALNB_MODEL_BASE"):
        monkeypatch.delenv(name)
    again = replay_notebook(path)
    assert again.scenes == first.scenes
    assert list(again.scenes) == ["museum"]
    assert again.calls == first.calls == 5
    assert again.summary.endswith("5 outside calls answered from the recording, with the network off.")
    assert path.read_bytes() == before
    monkeypatch.setenv("SPATIALNB_MODEL", "openai/test")
    assert recorded(path, monkeypatch).scenes == first.scenes
    assert file.read_text() == kept, "recording again changes nothing where nothing changed"


@pytest.mark.usefixtures("model")
def test_a_request_that_was_not_recorded_fails_and_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = notebook(tmp_path, *CELLS)
    recorded(path, monkeypatch)
    notebook(tmp_path, *(cell.replace("in a row", "in a circle") for cell in CELLS))
    with pytest.raises(NotRecorded, match="does not hold this call: plan: “put them in a circle”"):
        replay_notebook(path)


def test_the_network_is_off(tmp_path: Path) -> None:
    path = notebook(tmp_path, "import socket\nsocket.create_connection(('192.0.2.1', 80), 1)")
    with pytest.raises(Unsupported, match=r"OSError: The network is off while a recording is replayed\."):
        replay_notebook(path)


def test_by_command(tmp_path: Path) -> None:
    def replay(code: int, *cells: str) -> str:
        command = [sys.executable, "-m", "spatialnb", "replay", str(notebook(tmp_path, *cells)), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        return done.stdout or done.stderr

    told = json.loads(replay(0, "from spatialnb import Studio\nStudio('hall').label(text='one')"))
    assert (told["cells"], told["calls"], list(told["scenes"])) == (1, 0, ["hall"])
    assert replay(1, "1 / 0") == "spatialnb: A cell of museum.ipynb failed: ZeroDivisionError: division by zero\n"


def test_what_is_no_notebook(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        replay_notebook(tmp_path / "none.ipynb")
    (tmp_path / "x.ipynb").write_text("x")
    with pytest.raises(Unsupported, match="is no notebook"):
        replay_notebook(tmp_path / "x.ipynb")


EVERYTHING = """
from spatialnb import Studio
studio = Studio('museum')
studio.tools.add_openapi({document!r}, name='shop', headers={{'X-Key': 'env:SHOP_KEY'}})
studio.tools.add_mcp({server!r}, name='old')
toy = studio.do('shop_toy', id=7)
studio.label(text=toy.data['name'])
studio.label(text=studio.do('old_tool_0', **{{'class_': 'low0'}}).summary)
studio.models.add('artist', 'openai/artist', base={images!r}, key_env='ART_KEY', kinds=('image',), image_usd=0.01)
picture = studio.generate_image(prompt='a fox in the snow')
assert picture.notes, 'it says who drew it'
studio.place(items=picture.assets)
"""


def test_everything_outside_is_recorded_and_replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.llm.serving import Endpoint
    from tests.operations import external
    from tests.operations.external.loopback import Asked, Loopback, Said

    api = {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
        "paths": {
            "/toys/{id}": {
                "get": {
                    "operationId": "toy",
                    "summary": "A toy by its number.",
                    "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                    "responses": {"200": {"description": "A toy."}},
                }
            }
        },
    }

    def shop(asked: Asked) -> Said:
        if asked.path == "/openapi.json":
            return Said(body=api)
        return Said(body={"name": f"Robot {asked.segments[-1]}", "told": asked.headers.get("x-key")})

    monkeypatch.setenv("SHOP_KEY", "shop-secret-12345")
    monkeypatch.setenv("ART_KEY", "art-secret-12345")
    server = tmp_path / "server.py"
    server.write_bytes((Path(external.__file__).parent / "plain_mcp_server.py").read_bytes())
    with Loopback(shop) as toys, Endpoint() as images:
        cell = EVERYTHING.format(
            document=f"{toys.url}/openapi.json", server=[sys.executable, str(server)], images=images.url
        )
        path = notebook(tmp_path, cell)
        first = replay_notebook(path, record=True)
        asked = len(toys.asked)
    server.unlink()
    for name in ("SHOP_KEY", "ART_KEY"):
        monkeypatch.delenv(name)
    text = (tmp_path / "museum.calls.json").read_text()
    assert "secret-12345" not in text
    assert asked == len(toys.asked) == 2
    kinds = [call["kind"] for call in json.loads(text)["calls"]]
    assert kinds == ["http", "mcp", "http", "mcp", "image"]
    again = replay_notebook(path)
    assert again.scenes == first.scenes
    assert again.calls == first.calls == 5
