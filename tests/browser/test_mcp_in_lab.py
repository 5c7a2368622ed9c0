"""An MCP client arranges a scene, and whoever has the space open sees it happen."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import pytest

from tests.browser.journey import drawn, evaluate
from tests.lab import Chromium, Lab
from tests.server.mcp_client import connected

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

OPEN = """from spatialnb import Studio
studio = Studio('told')
studio.ingest({media!r})
studio.place('the photos').summary"""


async def arrange(lab: Lab) -> str:
    async with connected(lab, "told") as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert {"arrange", "search", "undo"} <= names
        done = await client.call_tool("arrange", {"items": "the photos", "arrangement": "circle"})
        assert not done.is_error, done.content
        return done.structured_content["summary"]


def test_what_a_client_arranges_is_seen_in_an_open_space(lab: Lab, chromium: Chromium, media_folder: Path) -> None:
    notebook = chromium.open(lab, lab.write("told.ipynb", [OPEN.format(media=str(media_folder)), "studio.space()"]))
    notebook.run(0)
    notebook.run(1)
    before = drawn(notebook, 2)

    with ThreadPoolExecutor(1) as elsewhere:  # playwright has this thread's event loop
        assert "circle" in elsewhere.submit(anyio.run, arrange, lab).result(60)

    shown = drawn(notebook, before["revision"] + 1)
    points = [(item["position"][0], item["position"][2]) for item in shown["items"]]
    assert len(points) == len(before["items"]) > 10
    middle = [sum(axis) / len(points) for axis in zip(*points, strict=True)]
    radii = [math.dist(point, middle) for point in points]
    assert max(radii) - min(radii) < 1e-3
    assert {item["id"]: item["position"] for item in shown["items"]} != {
        item["id"]: item["position"] for item in before["items"]
    }
    assert evaluate(notebook, "[studio.changes()[-1].author, studio.changes()[-1].call.operation]") == [
        "agent",
        "arrange",
    ]
    assert [problem for problem in notebook.problems if "spatialnb" in problem.lower()] == []
