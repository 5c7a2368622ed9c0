"""The command line, as a real process."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def cli(tmp_path: Path, home: Path) -> Any:
    def call(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "spatialnb", *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "SPATIALNB_HOME": str(home)},
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return call


def test_from_a_folder_to_a_circle_and_back(cli: Any, media_folder: Path) -> None:
    report = json.loads(cli("ingest", "-p", "cli-story", str(media_folder), "--json").stdout)
    assert len(report["added"]) > 10
    before = json.loads(cli("state", "-p", "cli-story", "--json").stdout)
    done = json.loads(cli("run", "-p", "cli-story", "arrange the photos in a circle", "--json").stdout)
    assert done["status"] == "done"
    assert done.keys() >= {"status", "reply", "steps", "cost_usd", "correlation_id", "scene_hash", "revision"}
    state = json.loads(cli("state", "-p", "cli-story", "--json").stdout)
    assert state["scene_hash"] == done["scene_hash"] != before["scene_hash"]
    items = [item for canvas in state["canvases"].values() for item in canvas["items"].values()]
    assert len(items) >= 12
    points = [(item["position"][0], item["position"][2]) for item in items]
    cx, cz = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    radii = [math.hypot(x - cx, z - cz) for x, z in points]
    assert max(radii) - min(radii) < 1e-3
    undone = json.loads(cli("run", "-p", "cli-story", "undo that", "--json").stdout)
    assert undone["scene_hash"] == before["scene_hash"]


def test_waiting_for_an_answer_is_exit_code_three(cli: Any, media_folder: Path) -> None:
    cli("ingest", "-p", "cli-wait", str(media_folder))
    cli("run", "-p", "cli-wait", "place the robot")
    done = json.loads(cli("run", "-p", "cli-wait", "remove the robot", "--json", code=3).stdout)
    assert done["status"] == "waiting"
    assert done["steps"][0]["status"] == "waiting"
    cli("run", "-p", "cli-wait", "remove the robot", "--approve", "auto")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("ingest", "-p", "cli-bad", "no/such/folder"), 1, "no/such/folder"),
        (("run", "-p", "cli-bad", "arrange the dragons in a circle"), 1, ""),
        (("do", "arange", "-p", "cli-bad"), 1, "arrange"),
        (("do", "arrange", "-p", "cli-bad", "--args", "{"), 2, "JSON"),
        (("run", "hello"), 2, "project"),
        (("state", "-p", "a/b"), 1, "name"),
        (("nonsense",), 2, "nonsense"),
    ],
)
def test_errors_are_one_sentence_and_an_exit_code(cli: Any, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = cli(*arguments, code=code)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_tools_lists_every_operation(cli: Any) -> None:
    rows = json.loads(cli("tools", "--json").stdout)
    assert {"arrange", "move", "undo", "export"} <= {row["name"] for row in rows}
    assert all(row["summary"] and row["tier"] in ("direct", "composite", "ui") for row in rows)


def test_tools_are_found_by_what_they_can_do(cli: Any) -> None:
    rows = json.loads(cli("tools", "search", "what", "can", "make", "sound?", "--json").stdout)
    assert "make_music" in [row["name"] for row in rows[:5]]
    assert rows[0].keys() >= {"name", "tier", "version", "summary"}
    assert "arrange" in cli("tools", "search", "put things in a circle").stdout


def test_tools_of_a_project_can_be_locked(cli: Any, tmp_path: Path) -> None:
    cli("do", "label", "-p", "cli-tools", "--args", '{"text": "x"}')
    assert "arrange" in cli("tools", "-p", "cli-tools").stdout
    cli("tools", "lock", "tools.lock", "-p", "cli-tools")
    assert json.loads((tmp_path / "tools.lock").read_text())["sources"] == {}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("mcp",), 2),
        (("mcp", "-p", "x", "--approve", "never"), 2),
        (("mcp", "-p", "a/b"), 1),
        (("tools", "nonsense"), 2),
        (("tools", "lock", "x.lock"), 2),
        (("tools", "search"), 2),
    ],
)
def test_what_is_asked_for_wrongly_is_told_in_a_sentence(cli: Any, arguments: tuple[str, ...], code: int) -> None:
    said = cli(*arguments, code=code).stderr
    assert said.startswith("spatialnb: ")
    assert "Traceback" not in said


def test_doctor_finds_nothing_missing(cli: Any) -> None:
    assert "Store" in cli("doctor").stdout
