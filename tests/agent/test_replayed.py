"""Runs recorded and replayed in one process: the same scene, the same words, and no socket but Redis' own."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spatialnb.config import Settings
from spatialnb.studio import Studio
from tests.model_server import ModelServer, Script, calls, fail, say

REQUESTS = ("write two signs", "put them in a row", "undo that")


def able() -> Script:
    return [
        calls(("label", {"text": "one"}), ("label", {"text": "two"}), text="Two signs. "),
        say("Two signs stand there, one beside the other, as you asked."),
        calls(("search_tools", {"words": "arrange things in a row"})),
        calls(("arrange", {"items": ["label-one-1", "label-two-1"], "arrangement": "row"})),
        say("In a row now."),
        calls(("undo", {})),
        say("Undone."),
    ]


def down() -> Script:
    return lambda body: fail(500)


def dies() -> Script:
    left = [calls(("label", {"text": "one"}))]
    return lambda body: left.pop() if left else fail(503)


def passing() -> Script:
    return [fail(429, retry_after=0.1), fail(500), *able()]  # type: ignore[misc]


def hopeless() -> Script:
    return lambda body: calls(("fly_to_the_moon", {}))


def told(settings: Settings, name: str) -> dict[str, Any]:
    with Studio(name, settings=settings) as studio:
        runs = [studio.run(request, approve="auto", show=False) for request in REQUESTS]
        return {
            "scene": studio.scene_hash(),
            "items": sorted(item.text for _, item in studio.project.items()),
            "replies": [run.reply for run in runs],
            "used": [run.used for run in runs],
            "status": [run.status for run in runs],
            "cost": [run.cost_usd for run in runs],
            "steps": [[(step.operation, step.status, dict(step.args)) for step in run.steps] for run in runs],
        }


def no_sockets(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Forbid every connection that is not to a Unix socket; the list holds those that were tried."""
    tried: list[Any] = []
    for name in ("connect", "connect_ex"):
        real = getattr(socket.socket, name)

        def connect(self: socket.socket, address: Any, real: Any = real) -> Any:
            if self.family != socket.AF_UNIX:
                tried.append(address)
                raise OSError("no sockets here")
            return real(self, address)

        monkeypatch.setattr(socket.socket, name, connect)

    def look_up(*arguments: Any, **_: Any) -> Any:
        tried.append(arguments)
        raise OSError("no look-ups here")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return tried


@pytest.mark.parametrize(
    ("script", "how"),
    [(able, {}), (able, {"tools": False}), (down, {}), (dies, {}), (passing, {}), (hopeless, {})],
    ids=["able", "without tools", "down", "dies in the second round", "faults that pass", "hopeless"],
)
def test_a_session_replays_without_a_socket(
    tmp_path: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    script: Callable[[], Script],
    how: dict[str, Any],
) -> None:
    name = "hall"
    tenant = request.node.name.replace("[", "-").replace("]", "").replace(" ", "-")[:60]
    with ModelServer(script(), **how) as server:
        settings = Settings(
            home=home,
            tenant=f"{tenant}-1",
            model="openai/test",
            model_base=server.url,
            replay="record",
            recording=tmp_path,
        )
        first = told(settings, name)
    assert not {"running", "waiting"} & set(first["status"])
    tried = no_sockets(monkeypatch)
    port = "http://127.0.0.1:1/v1"
    again = told(replace(settings, tenant=f"{tenant}-2", replay="replay", model_base=port), name)
    assert again == first
    bare = replace(settings, tenant=f"{tenant}-3", replay="replay", model=None, model_base=None)
    assert told(bare, name) == first, "nor is a model set up where it is replayed"
    assert tried == []


def test_what_was_not_recorded_fails_the_run_and_says_so(tmp_path: Path, home: Path) -> None:
    settings = Settings(home=home, tenant="not-recorded", model="openai/test", replay="replay", recording=tmp_path)
    with Studio("hall", settings=settings) as studio:
        run = studio.run("write two signs", show=False)
        assert run.status == "failed"
        assert "There is no recording hall.calls.json" in run.reply
        assert "SPATIALNB_REPLAY=record" in run.reply
        assert list(studio.project.items()) == []
