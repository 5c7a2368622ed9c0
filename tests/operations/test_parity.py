"""An operation is written once: none of its ways in lacks what another has."""

from __future__ import annotations

import inspect
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from spatialnb.config import Settings
from spatialnb.models.geometry import Metres
from spatialnb.models.project import copy_with
from spatialnb.operations import load_operations
from spatialnb.operations.context import Context
from spatialnb.operations.registry import DEFAULT, Operation, Outcome, Registry, Things, operation
from spatialnb.studio import Studio
from tests.lab import CHECKOUT, Lab
from tests.operations.ways import WAYS, Refused, Way

load_operations()


@pytest.mark.parametrize("known", list(DEFAULT), ids=lambda o: o.name)
def test_every_operation_is_a_method_a_tool_and_documented(known: Operation, studio: Studio) -> None:
    method = getattr(studio, known.name)
    assert known.name in dir(studio)
    assert inspect.getdoc(method)
    parameters = set(inspect.signature(method).parameters) if known.name != "select" else set(known.args.model_fields)
    assert parameters == set(known.args.model_fields)
    tool = known.tool()["function"]
    assert tool["name"] == known.name
    assert set(tool["parameters"]["properties"]) == set(known.args.model_fields)
    assert issubclass(known.result, Outcome)
    assert known.summary.endswith((".", "!"))


def test_what_deletes_asks() -> None:
    assert DEFAULT.get("remove").approval == "deletes"


def test_an_operation_without_a_docstring_is_refused() -> None:
    with pytest.raises(TypeError, match="docstring"):

        @operation(registry=Registry())
        def silent(ctx: object) -> Outcome:
            return Outcome()


def test_a_new_operation_is_at_once_sayable_callable_and_a_tool(studio: Studio) -> None:
    @operation(changes="items", words=("levitate",))
    def levitate(ctx: Context, items: Things, height: Metres = 1.0) -> Outcome:
        """Let items float above where they are."""
        ctx.project = ctx.project.with_items(
            copy_with(i, position=(i.position[0], i.position[1] + height, i.position[2])) for i in items
        )
        return Outcome(summary=f"Levitated {len(items)}", items=tuple(i.id for i in items))

    try:
        label = studio.label(text="Hello").id
        before = studio.project.item(label).position[1]  # type: ignore[union-attr]
        studio.levitate(items=[label])
        assert studio.project.item(label).position[1] == before + 1  # type: ignore[union-attr]
        studio.undo()
        assert studio.run("levitate the label by 2 metres", show=False).status == "done"
        assert studio.project.item(label).position[1] == before + 2  # type: ignore[union-attr]
    finally:
        DEFAULT.remove("levitate")


# -- the same through every way ----------------------------------------------------------------------------------------
PLUGIN = '''
"""A plugin for the tests of parity."""
from spatialnb import Context, Outcome
from spatialnb.models.project import copy_with
from spatialnb.operations.registry import Things, operation

@operation(changes="items")
def sink(ctx: Context, items: Things, depth: float = 1.0) -> Outcome:
    """Let items sink into the floor."""
    ctx.project = ctx.project.with_items(
        copy_with(i, position=(i.position[0], i.position[1] - depth, i.position[2])) for i in items
    )
    return Outcome(summary=f"Sank {len(items)}", items=tuple(i.id for i in items))
'''
WEATHER = {
    "openapi": "3.1.0",
    "info": {"title": "Weather", "version": "1"},
    "paths": {
        "/now": {
            "get": {
                "operationId": "now",
                "summary": "The weather somewhere, now.",
                "parameters": [{"name": "place", "in": "query", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "The weather."}},
            }
        }
    },
}
CALLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("label", {"text": "North"}),
    ("label", {"text": "South"}),
    ("label", {"text": "West"}),
    ("arrange", {"items": "the labels", "arrangement": "circle", "spacing": 0.5}),
    ("move", {"items": "North", "by": [0.0, 1.0, 0.0]}),
    ("sink", {"items": "the labels", "depth": 0.25}),
    ("weather_now", {"place": "Rome"}),
    ("remove", {"items": "West"}),
)
BAD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("arrange", {"items": "all", "arrangement": "circl"}),
    ("arrange", {"items": "the dragons"}),
    ("move", {"items": "North", "sideways": 1}),
    ("label", {}),
    ("arange", {"items": "all"}),
    ("restore", {"revision": 4_000}),
    ("sink", {"items": "North", "depth": "deep"}),
    ("weather_now", {}),
    ("redo", {}),
)


@pytest.fixture(scope="module")
def weather() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"path": self.path, "sky": "blue"}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A Jupyter server with a plugin installed, for itself and for this process."""
    site = tmp_path_factory.mktemp("site")
    (site / "sinking.py").write_text(PLUGIN)
    info = site / "spatialnb_sinking-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: spatialnb-sinking\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[spatialnb.operations]\nsinking = sinking\n")
    (info / "RECORD").write_text("sinking.py,,\nspatialnb_sinking-1.0.dist-info/METADATA,,\n")
    environ = {"PYTHONPATH": f"{CHECKOUT}:{site}"}
    with pytest.MonkeyPatch.context() as patch, Lab(tmp_path_factory.mktemp("root"), environ=environ) as lab:
        patch.syspath_prepend(str(site))
        yield lab


@pytest.fixture(scope="module")
def ways(server: Lab, weather: str) -> Iterator[dict[str, Way]]:
    """Every way into a project of its own, each with an outside API added."""
    with ExitStack() as stack:
        for name in WAYS:
            with Studio(f"by-{name}", settings=Settings(home=server.home)) as studio:
                assert studio.tools.add_openapi(WEATHER, name="weather", base=weather) == ("weather_now",)
        yield {name: stack.enter_context(way(server, f"by-{name}")) for name, way in WAYS.items()}


def test_no_way_has_what_another_lacks(ways: dict[str, Way]) -> None:
    everything = {operation.name for operation in DEFAULT} | {"sink", "weather_now"}
    for name, way in ways.items():
        assert way.names() >= everything, name
        assert way.names() == ways["method"].names(), name


def test_every_way_tells_of_the_same_parameters(ways: dict[str, Way]) -> None:
    for known in sorted(ways["method"].names()):
        told = {name: way.takes(known) for name, way in ways.items() if name != "cli"}
        assert len({frozenset(each) for each in told.values()}) == 1, (known, told)


def test_the_same_calls_give_the_same_scene(ways: dict[str, Way], server: Lab) -> None:
    outcomes: dict[str, list[Any]] = {}
    for name, way in ways.items():
        outcomes[name] = [way.call(called, args) for called, args in CALLS]
    given = [each for each in outcomes.values() if all(each)]
    assert len(given) == 4
    assert all(each == given[0] for each in given)
    assert "blue" in json.dumps(given[0][6])
    hashes = {}
    for name in WAYS:
        with Studio(f"by-{name}", settings=Settings(home=server.home)) as studio:
            hashes[name] = studio.scene_hash()
            assert len(studio.items()) == 2
    assert len(set(hashes.values())) == 1, hashes


def test_the_same_mistakes_are_told_in_the_same_words(ways: dict[str, Way]) -> None:
    for called, args in BAD:
        told = {}
        for name, way in ways.items():
            with pytest.raises(Refused) as refused:
                way.call(called, args)
            told[name] = str(refused.value)
        assert len(set(told.values())) == 1, told
        assert "Traceback" not in told["rest"]


def test_what_an_operation_does_not_take_is_refused_alike_for_each(ways: dict[str, Way]) -> None:
    for known in sorted(ways["method"].names()):
        told = set()
        for name in ("method", "agent", "widget", "rest", "mcp"):
            with pytest.raises(Refused) as refused:
                ways[name].call(known, {"no_such_thing": 1})
            told.add(str(refused.value))
        assert len(told) == 1, told
