"""Several scripts and commands sent to Redis in one go: one way there and back, and one write to its file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from spatialnb.store.scripts import Script

if TYPE_CHECKING:
    from redis import Redis

_TEXTS: dict[str, str] = {}


def joinable(text: str) -> Script:
    """A script that may be part of a pipeline, too."""
    _TEXTS[hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()] = text
    return Script(text)


def run_together(client: Redis, calls: Sequence[Callable[[Any], object]]) -> list[Any]:
    """Send what `calls` ask of a pipeline at once. Scripts that the server has not got yet are sent as text instead."""
    from redis.exceptions import NoScriptError

    pipe: Any = client.pipeline(transaction=False)
    for call in calls:
        call(pipe)
    commands = [command[0] for command in pipe.command_stack]
    answers: list[Any] = pipe.execute(raise_on_error=False)
    for at, answer in enumerate(answers):
        if isinstance(answer, NoScriptError):
            answers[at] = client.execute_command("EVAL", _TEXTS[commands[at][1]], *commands[at][2:])
        elif isinstance(answer, Exception):
            raise answer
    return answers
