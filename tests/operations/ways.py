"""Every way to call an operation, each as its users have it: the same call through each, for the tests of parity.

A way is a context manager that gives a `Call`: name and arguments in, the outcome's JSON out; `Refused` with the text
that its user reads when it does not work. Agents and MCP clients are given the approvals that people would give.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio.from_thread
import httpx
import pytest

from spatialnb.agent.conductor import Conductor
from spatialnb.config import Settings
from spatialnb.errors import SpatialError
from spatialnb.models.base import FrozenDict
from spatialnb.models.plan import Plan, PlanStep
from spatialnb.models.protocol import AcceptedMessage, RefusedMessage
from spatialnb.studio import Studio
from tests.lab import Lab
from tests.server.mcp_client import connected


class Refused(Exception):
    """The call did not work; the text is what its user reads."""


@dataclass
class Way:
    """What a way offers, and how it calls."""

    call: Callable[[str, Mapping[str, Any]], dict[str, Any] | None]
    """The outcome, where the way gives it."""
    names: Callable[[], set[str]]
    """The operations it has."""
    takes: Callable[[str], set[str]]
    """What an operation takes, as this way tells it."""


@contextmanager
def method(lab: Lab, project: str) -> Iterator[Way]:
    """`studio.arrange(...)`, with help and completion."""
    import inspect

    with Studio(project, settings=Settings(home=lab.home)) as studio:
        registry = studio.workspace.registry

        def call(name: str, args: Mapping[str, Any]) -> dict[str, Any]:
            # `select` is a method of its own, and what there is not cannot be one.
            called = getattr(studio, name) if name in registry and name != "select" else partial(studio.do, name)
            try:
                return called(**args).model_dump(mode="json")
            except SpatialError as error:
                raise Refused(str(error)) from None

        yield Way(
            call,
            lambda: {name for name in dir(studio) if name in registry},
            lambda name: (
                set(inspect.signature(getattr(studio, name)).parameters)
                if name != "select"
                else set(registry.get(name).args.model_fields)
            ),
        )


@contextmanager
def agent(lab: Lab, project: str) -> Iterator[Way]:
    """A step of a run."""
    with Studio(project, settings=Settings(home=lab.home)) as studio:
        asked: dict[str, Any] = {}

        def plan(request: str, *_: Any, **__: Any) -> Plan:
            step = PlanStep(id="s1", operation=asked["name"], args=FrozenDict(asked["args"]), title="It")
            return Plan(request=request, steps=(step,))

        conductor = Conductor(studio.workspace, studio.settings, planner=plan)

        def call(name: str, args: Mapping[str, Any]) -> None:
            asked.update(name=name, args=args)
            run = conductor.submit("go", approve="auto").wait(60)
            if run.status != "done":
                raise Refused(run.steps[0].error if run.steps else run.reply)

        registry = studio.workspace.registry

        def tool(name: str) -> dict[str, Any]:
            return registry.get(name).tool()["function"]

        try:
            yield Way(
                call,
                lambda: {tool(operation.name)["name"] for operation in registry},
                lambda name: set(tool(name)["parameters"]["properties"]),
            )
        finally:
            conductor.close()


@contextmanager
def widget(lab: Lab, project: str) -> Iterator[Way]:
    """A message of a space, as its page sends it."""
    with Studio(project, settings=Settings(home=lab.home)) as studio:
        space = studio.space()
        answers: list[Any] = []
        space.tell = lambda message, *_: answers.append(message)  # type: ignore[method-assign]
        registry = studio.workspace.registry

        def call(name: str, args: Mapping[str, Any]) -> None:
            message = {"type": "operation", "view": "v", "seq": len(answers), "base": 0, "operation": name}
            answers.clear()
            space._receive(space, {**message, "seq": call.count, "args": dict(args)}, [])  # type: ignore[attr-defined]
            call.count += 1  # type: ignore[attr-defined]
            answer = next(each for each in answers if isinstance(each, AcceptedMessage | RefusedMessage))
            if isinstance(answer, RefusedMessage):
                raise Refused(answer.error)

        call.count = 0  # type: ignore[attr-defined]
        try:
            # It sends whatever name and arguments its page gives, so it has what the registry has.
            yield Way(call, lambda: {o.name for o in registry}, lambda name: set(registry.get(name).args.model_fields))
        finally:
            space.close()


@contextmanager
def rest(lab: Lab, project: str) -> Iterator[Way]:
    """`POST /operations/{name}`."""
    token = {"Authorization": f"token {lab.token}"}
    base = f"{lab.url}/spatialnb/api/v1"
    with httpx.Client(base_url=base, headers=token, params={"project": project}, timeout=60) as client:

        def call(name: str, args: Mapping[str, Any]) -> dict[str, Any]:
            answer = client.post(f"/operations/{name}", json=dict(args))
            if answer.status_code != 200:
                raise Refused(answer.json()["detail"])
            return answer.json()

        def posts() -> dict[str, Any]:
            document = client.get("/openapi.json").json()
            found = {path: methods["post"] for path, methods in document["paths"].items() if "post" in methods}
            return {post["operationId"]: post for path, post in found.items() if path.startswith("/operations/")}

        def takes(name: str) -> set[str]:
            return set(client.get(f"/operations/{name}").json()["args"].get("properties", {}))

        yield Way(call, lambda: set(posts()), takes)


@contextmanager
def mcp(lab: Lab, project: str) -> Iterator[Way]:
    """`tools/call` of the official SDK's client, over HTTP."""

    class Session:
        async def __aenter__(self) -> Any:
            self.stack = AsyncExitStack()
            return await self.stack.enter_async_context(connected(lab, project, query="&approve=auto"))

        async def __aexit__(self, *error: Any) -> None:
            await self.stack.aclose()

    with anyio.from_thread.start_blocking_portal() as portal, portal.wrap_async_context_manager(Session()) as client:

        def call(name: str, args: Mapping[str, Any]) -> dict[str, Any]:
            result = portal.call(client.call_tool, name, dict(args))
            if result.is_error:
                raise Refused(result.content[0].text)
            return result.structured_content

        def tools() -> dict[str, Any]:
            return {tool.name: tool for tool in portal.call(client.list_tools).tools}

        yield Way(call, lambda: set(tools()), lambda name: set(tools()[name].input_schema["properties"]))


@contextmanager
def cli(lab: Lab, project: str) -> Iterator[Way]:
    """`spatialnb do`, in this process."""
    from spatialnb.cli import main

    def run(*arguments: str) -> str:
        with pytest.MonkeyPatch.context() as patch:
            import io

            out, err = io.StringIO(), io.StringIO()
            patch.setenv("SPATIALNB_HOME", str(lab.home))
            patch.setattr(sys, "argv", ["spatialnb", *arguments])
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            with pytest.raises(SystemExit) as left:
                main()
        if left.value.code:
            assert left.value.code == 1, err.getvalue()
            raise Refused(err.getvalue().strip().removeprefix("spatialnb: "))
        return out.getvalue()

    def call(name: str, args: Mapping[str, Any]) -> dict[str, Any]:
        return json.loads(run("do", name, "-p", project, "--args", json.dumps(dict(args))))

    def names() -> set[str]:
        return {row["name"] for row in json.loads(run("tools", "--json", "-p", project))}

    def takes(name: str) -> set[str]:
        with Studio(project, settings=Settings(home=lab.home)) as studio:
            return set(studio.workspace.registry.get(name).args.model_fields)

    yield Way(call, names, takes)


WAYS = {"method": method, "agent": agent, "widget": widget, "rest": rest, "mcp": mcp, "cli": cli}

__all__ = ["WAYS", "Refused", "Way"]
