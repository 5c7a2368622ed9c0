"""The model client against a real endpoint on loopback."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from spatialnb.errors import ModelUnavailable
from spatialnb.llm import Model, Refused
from tests.model_server import ModelServer, Turn, calls, fail, say

HELLO = [{"role": "user", "content": "hello"}]
TOOLS = [{"type": "function", "function": {"name": "label", "parameters": {"type": "object", "properties": {}}}}]


@pytest.fixture(autouse=True)
async def _closed() -> Iterator[None]:  # type: ignore[misc]
    from spatialnb.llm.client import close

    yield
    await close()


def model(server: ModelServer, name: str = "openai/test") -> Model:
    return Model(name, server.url, timeout=0.4, patience=0.01)


async def test_text_comes_in_pieces_and_whole() -> None:
    heard: list[str] = []
    with ModelServer([say("A rather long sentence.", piece=5)]) as server:
        answer = await model(server).answer(HELLO, on_text=heard.append)
    assert answer.text == "".join(heard) == "A rather long sentence."
    assert len(heard) > 3
    assert answer.cost_usd == 0.0
    assert server.requests[0]["stream"] is True


async def test_parallel_calls_split_over_chunks_are_put_together() -> None:
    script = [calls(("label", {"text": "one, two and three"}), ("label", {"text": "“four”"}), text="Now.")]
    with ModelServer(script) as server:
        answer = await model(server).answer(HELLO, tools=TOOLS)
    assert [(call.name, call.arguments) for call in answer.calls] == [
        ("label", '{"text": "one, two and three"}'),
        ("label", '{"text": "\\u201cfour\\u201d"}'),
    ]
    assert len({call.id for call in answer.calls}) == 2
    assert answer.text == "Now."


async def test_a_known_model_has_a_price() -> None:
    with ModelServer([say("Hello there.")]) as server:
        answer = await model(server, "openai/gpt-4o").answer(HELLO)
    assert 0 < answer.cost_usd < 0.01


@pytest.mark.parametrize(
    ("fault", "tries"),
    [(fail(429, retry_after=0.5), 3), (fail(500), 3), (fail(401), 1), (fail(404), 1), (fail(429, retry_after=60), 1)],
)
async def test_only_what_may_pass_is_tried_again(fault: Turn, tries: int) -> None:
    with ModelServer(lambda body: fault) as server:
        with pytest.raises(ModelUnavailable) as raised:
            await model(server).answer(HELLO)
        assert len(server.requests) == tries
    assert "demand" not in str(raised.value), "what the provider says stays there"


async def test_text_that_came_before_a_break_is_taken_back() -> None:
    heard: list[str] = []
    with ModelServer([say("Half of a long sentence", broken="truncated"), say("All of it.")]) as server:
        answer = await model(server).answer(HELLO, on_text=heard.append, on_again=heard.clear)
    assert answer.text == "".join(heard) == "All of it."


async def test_an_endpoint_that_takes_no_tools_is_told_from_one_that_is_down() -> None:
    with ModelServer(tools=False) as server:
        with pytest.raises(Refused):
            await model(server).answer(HELLO, tools=TOOLS)
        assert (await model(server).answer(HELLO)).text
    with ModelServer(schema=False) as server, pytest.raises(Refused):
        await model(server).answer(HELLO, schema={"type": "object"})


async def test_what_a_model_can_do_is_looked_up() -> None:
    assert await Model("openai/gpt-4o").takes_tools() is True
    assert await Model("openai/some-model-of-our-own").takes_tools() is None


def test_importing_the_package_does_not_import_litellm() -> None:
    code = """
import sys, spatialnb.llm, spatialnb.agent.conductor
print('litellm' in sys.modules, 'langgraph' in sys.modules)
"""
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": root}
    )
    assert done.stdout.split() == ["False", "False"]


def test_models_are_called_through_one_door_only() -> None:
    """No provider's own library is imported anywhere, and LiteLLM in one file."""
    providers = {"openai", "anthropic", "google", "cohere", "mistralai", "groq", "boto3", "replicate", "together"}
    root = Path(__file__).parents[2] / "spatialnb"
    found: dict[str, set[str]] = {}
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            for name in names:
                if (top := name.partition(".")[0]) in {*providers, "litellm"}:
                    found.setdefault(top, set()).add(path.relative_to(root).as_posix())
    assert found == {"litellm": {"llm/client.py"}}
