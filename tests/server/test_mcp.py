"""Projects as MCP servers, spoken to with the official SDK's client, in both of the protocol's forms."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import anyio
import httpx
import mcp_types as types
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.shared.exceptions import MCPDeprecationWarning

from spatialnb.config import Settings
from spatialnb.operations import load_operations
from spatialnb.operations.context import Context
from spatialnb.operations.external import sources
from spatialnb.operations.registry import DEFAULT, Outcome, describe
from spatialnb.server import mcp_http, mcp_tools
from spatialnb.server.gateway import Gateway
from spatialnb.server.mcp_tools import McpProject, tool_of
from spatialnb.server.workers import Workers
from spatialnb.studio import Studio
from tests.lab import CHECKOUT, Lab
from tests.server.mcp_client import ERAS, connected

load_operations()
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Clock", "version": "1"},
    "paths": {
        "/now": {"get": {"operationId": "now", "summary": "The time.", "responses": {"200": {"description": "."}}}}
    },
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("root"), base_url="/user/ann@x/", environ={"PYTHONPATH": str(CHECKOUT)}) as lab:
        yield lab


def rest(lab: Lab, path: str) -> Any:
    return httpx.get(f"{lab.url}/spatialnb/api/v1{path}", headers={"Authorization": f"token {lab.token}"}).json()


def said(result: Any) -> str:
    return result.content[0].text


def answering(action: str, asked: list[str]) -> Any:
    async def answer(_: Any, params: types.ElicitRequestFormParams) -> types.ElicitResult:
        asked.append(params.message)
        return types.ElicitResult(action=action, content={})

    return answer


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_arranges_a_scene_over_http(lab: Lab, era: str) -> None:
    project = f"scene-{era}"
    async with connected(lab, project, era) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert {operation.name for operation in DEFAULT} <= names
        for text in ("North", "South", "West"):
            assert not (await client.call_tool("label", {"text": text})).is_error
        done = await client.call_tool("arrange", {"items": "the labels", "arrangement": "circle"})
        assert done.structured_content["arrangement"] == "circle"
        assert json.loads(said(done))["summary"].startswith("Arranged")
        state = json.loads((await client.read_resource(f"spatialnb://{project}/state")).contents[0].text)
    assert state["scene_hash"] == rest(lab, f"/projects/{project}")["scene_hash"]
    changes = rest(lab, f"/projects/{project}/history")["changes"]
    assert [change["author"] for change in changes] == ["agent"] * 4
    assert {change["actor"] for change in changes} == {"token"}


@pytest.mark.parametrize("era", ERAS)
async def test_what_is_wrong_is_told_to_the_model(lab: Lab, era: str) -> None:
    async with connected(lab, "wrong", era) as client:
        wrong = await client.call_tool("arrange", {"items": "all", "arrangement": "circl"})
        assert wrong.is_error
        assert "Did you mean 'circle'?" in said(wrong)
        missing = await client.call_tool("arange", {})
        assert missing.is_error
        assert "'arrange'" in said(missing)
        with pytest.raises(MCPError, match="There is no resource"):
            await client.read_resource("spatialnb://other/state")


@pytest.mark.parametrize("era", ERAS)
async def test_what_deletes_is_asked_of_a_person(lab: Lab, era: str) -> None:
    asked: list[str] = []
    project = f"asked-{era}"
    async with connected(lab, project, era, elicitation_callback=answering("decline", asked)) as client:
        await client.call_tool("label", {"text": "Precious"})
        refused = await client.call_tool("remove", {"items": "the label"})
        assert refused.is_error
        assert "did not agree" in said(refused)
        assert "Precious" in asked[0]
    async with connected(lab, project, era) as client:
        refused = await client.call_tool("remove", {"items": "the label"})
        assert refused.is_error
        assert "cannot ask" in said(refused)
        assert rest(lab, f"/projects/{project}/items")["total"] == 1
    async with connected(lab, project, era, elicitation_callback=answering("accept", asked)) as client:
        assert not (await client.call_tool("remove", {"items": "the label"})).is_error
        assert rest(lab, f"/projects/{project}/items")["total"] == 0
        await client.call_tool("undo")
    async with connected(lab, project, era, "&approve=auto") as client:
        assert not (await client.call_tool("remove", {"items": "the label"})).is_error


@pytest.mark.parametrize("era", ERAS)
async def test_a_call_that_cannot_work_asks_nobody(lab: Lab, era: str) -> None:
    asked: list[str] = []
    async with connected(lab, "nothing", era, elicitation_callback=answering("accept", asked)) as client:
        refused = await client.call_tool("remove", {"items": "the dragons"})
        assert refused.is_error
        assert asked == []


async def test_a_change_from_elsewhere_is_told_to_who_subscribed(lab: Lab) -> None:
    token = {"Authorization": f"token {lab.token}"}

    def change() -> None:
        url = f"{lab.url}/spatialnb/api/v1/operations/label?project=told"
        httpx.post(url, headers=token, json={"text": "Hi"}).raise_for_status()

    change()
    uri = "spatialnb://told/items"
    heard = anyio.Event()

    async def hear(message: Any) -> None:
        if isinstance(message, types.ResourceUpdatedNotification) and str(message.params.uri) == uri:
            heard.set()

    with anyio.fail_after(30):
        async with connected(lab, "told", "legacy", message_handler=hear) as client:
            with pytest.warns(MCPDeprecationWarning):  # of the older form of the protocol, which most clients speak
                await client.subscribe_resource(uri)
            while not heard.is_set():  # the stream on which it is told may open a moment later
                await anyio.to_thread.run_sync(change)
                with anyio.move_on_after(0.5):
                    await heard.wait()
        async with connected(lab, "told") as client, client.listen(resource_subscriptions=[uri]) as events:
            await anyio.to_thread.run_sync(change)
            async for event in events:
                assert getattr(event, "uri", None) == uri
                break


async def test_tools_that_come_and_go_are_told(studio: Studio) -> None:
    def whistle(ctx: Context, tune: str = "a merry one") -> Outcome:
        """Whistle a tune."""
        return Outcome(summary=f"Whistled {tune}")

    project = McpProject(studio, Workers("test", 2, 8).run)
    heard = anyio.Event()

    async def hear(message: Any) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            heard.set()

    try:
        with anyio.fail_after(20):
            async with Client(project.server, mode="legacy", message_handler=hear) as client:
                assert client.server_capabilities.tools.list_changed
                assert "whistle" not in {tool.name for tool in (await client.list_tools()).tools}
                studio.workspace.registry.add(describe(whistle))
                await heard.wait()
                assert "whistle" in {tool.name for tool in (await client.list_tools()).tools}
                assert json.loads(said(await client.call_tool("whistle")))["summary"] == "Whistled a merry one"
            async with Client(project.server) as client, client.listen(tools_list_changed=True) as events:
                await anyio.to_thread.run_sync(studio.workspace.registry.remove, "whistle")
                async for _ in events:
                    break
                assert "whistle" not in {tool.name for tool in (await client.list_tools()).tools}
                assert (await client.call_tool("whistle")).is_error
    finally:
        await project.close()


@pytest.mark.parametrize("era", ERAS)
async def test_tools_that_another_kernel_adds_are_told(
    studio: Studio, home: Path, era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mcp_tools, "LOOK", 0.05)
    monkeypatch.setattr(sources, "LOOK_AGAIN", 0.0)
    project = McpProject(studio, Workers("test", 2, 8).run)
    heard = anyio.Event()

    async def hear(message: Any) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            heard.set()

    def add() -> None:
        with Studio(studio.name, settings=Settings(home=home)) as other:
            other.tools.add_openapi(DOCUMENT, name="clock", base="http://127.0.0.1:9")

    try:
        with anyio.fail_after(30):
            async with AsyncExitStack() as stack:
                client = await stack.enter_async_context(Client(project.server, mode=era, message_handler=hear))
                assert "clock_now" not in {tool.name for tool in (await client.list_tools()).tools}
                if era == "legacy":
                    await anyio.to_thread.run_sync(add)
                    await heard.wait()
                else:
                    events = await stack.enter_async_context(client.listen(tools_list_changed=True))
                    await anyio.to_thread.run_sync(add)
                    assert await anext(aiter(events))
                assert "clock_now" in {tool.name for tool in (await client.list_tools()).tools}
    finally:
        await project.close()


async def test_pictures_can_be_read_by_their_hash(gallery_studio: Studio) -> None:
    project = McpProject(gallery_studio, Workers("test", 2, 8).run)
    try:
        async with Client(project.server) as client:
            found = await client.call_tool("search", {"query": "red", "kind": "image"})
            picture = found.structured_content["preview"]["images"][0]
            template = (await client.list_resource_templates()).resource_templates[0].uri_template
            read = (await client.read_resource(template.replace("{hash}", picture))).contents[0]
            assert read.mime_type == "image/webp"
            assert base64.b64decode(read.blob)[8:12] == b"WEBP"
            for bad in ("0" * 64, "..%2f..%2fetc%2fpasswd", ""):
                with pytest.raises(MCPError):
                    await client.read_resource(template.replace("{hash}", bad))
    finally:
        await project.close()


async def test_progress_is_told_while_something_takes_long(studio: Studio, media_folder: Path) -> None:
    project = McpProject(studio, Workers("test", 2, 8).run)
    told: list[float] = []

    async def progress(done: float, _total: float | None, _note: str | None) -> None:
        told.append(done)

    try:
        async with Client(project.server) as client:
            done = await client.call_tool("ingest", {"paths": str(media_folder)}, progress_callback=progress)
            assert not done.is_error
            assert told
            assert all(0 <= fraction <= 1 for fraction in told)
    finally:
        await project.close()


def test_the_hints_of_a_tool_come_from_the_operation() -> None:
    hints = {operation.name: tool_of(operation).annotations for operation in DEFAULT}
    assert hints["search"].read_only_hint
    assert hints["remove"].destructive_hint
    assert not hints["arrange"].destructive_hint
    assert not hints["arrange"].read_only_hint
    assert not hints["export"].read_only_hint
    assert not hints["make_music"].read_only_hint


@pytest.mark.parametrize("era", ERAS)
async def test_a_project_over_standard_input_and_output(home: Path, era: str) -> None:
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "spatialnb", "mcp", "-p", f"stdio-{era}"],
        env={**os.environ, "SPATIALNB_HOME": str(home)},
    )
    with anyio.fail_after(60):
        async with Client(server, mode=era) as client:
            assert {o.name for o in DEFAULT} <= {tool.name for tool in (await client.list_tools()).tools}
            done = await client.call_tool("label", {"text": "Hello"})
            assert json.loads(said(done))["items"] == ["label-hello-1"]
            refused = await client.call_tool("remove", {"items": "the label"})
            assert refused.is_error
    with Studio(f"stdio-{era}") as studio:
        assert [change.author for change in studio.changes()] == ["agent"]


async def test_sessions_are_those_of_whoever_began_them(lab: Lab) -> None:
    """What Jupyter's own checks let through, the transport checks again; and no credential reaches the SDK."""
    from spatialnb.server.mcp_http import scope_of

    class Request:
        method, protocol, path, remote_ip = "POST", "http", "/x", "127.0.0.1"

        class headers:
            @staticmethod
            def get_all() -> list[tuple[str, str]]:
                return [("Authorization", "token secret"), ("Cookie", "a=secret"), ("Accept", "application/json")]

    scope = scope_of(Request, "ann", "ask")
    assert scope["headers"] == [(b"accept", b"application/json")]
    assert scope["user"].access_token.client_id == "ann"
    assert "secret" not in repr(scope)


async def test_looking_at_what_is_not_there_makes_nothing(lab: Lab) -> None:
    headers = {"Authorization": f"token {lab.token}", "Accept": "text/event-stream, application/json"}
    async with httpx.AsyncClient(base_url=f"{lab.url}/spatialnb/api/v1", headers=headers) as client:
        assert (await client.get("/mcp?project=ghost")).status_code == 404
        assert (await client.delete("/mcp?project=ghost")).status_code == 404
        assert (await client.post("/mcp?project=a%2Fb", json={})).status_code == 422
        assert (await client.post("/mcp", json={})).json()["parameter"] == "project"
        assert (
            await client.post("/mcp?project=odd", content=b"{", headers={"Content-Type": "application/json"})
        ).is_error
        assert "ghost" not in (await client.get("/projects")).json()["projects"]


async def test_sessions_end_and_begin_again_when_nobody_uses_them(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway(Settings(home=home))
    endpoints = mcp_http.McpEndpoints(gateway)

    async def endpoint() -> Any:
        return await endpoints._endpoint("mcp-idle", create=True)

    async def much_later() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(mcp_http, "IDLE", -1.0)
            await endpoints.close_unused()

    try:
        first = await endpoint()
        async with first.using():
            await much_later()
            assert await endpoint() is first
        await much_later()
        assert gateway.projects._open["mcp-idle"].borrowed == 0
        second = await endpoint()
        assert second is not first
        second._task.cancel()  # as if it broke off
        await asyncio.wait([second._task])
        third = await endpoint()
        assert third is not second
        assert third.works
    finally:
        for name in list(endpoints._endpoints):
            await endpoints.close(name)
        gateway.projects.close()
