"""A project as an MCP server, on the official SDK: its operations as tools, what it holds as resources.

The tools are the registry's operations and nothing else; a call is `Workspace.do` with an agent as author. Whoever
listens is told when tools come or go, and when the project changes. The transports are elsewhere: `mcp_http` for the
Jupyter server, `mcp_stdio` for a pipe.

**Approval.** A model calls these tools, so operations that delete, spend or publish are not done on its word alone:
with the policy "ask" the person at the client is asked (elicitation), and where the client cannot ask, the call is
refused with what to do instead. "auto" is for those who answer for their client themselves.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import threading
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import quote, unquote
from weakref import WeakKeyDictionary

import mcp_types as types
from mcp.server.lowlevel.server import NotificationOptions, Server
from mcp.server.models import InitializationOptions
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    ResourceUpdated,
    ServerEvent,
    ToolsListChanged,
)
from mcp.shared.exceptions import MCPError

from spatialnb.errors import Declined, NotFound, SpatialError
from spatialnb.models.events import Changed, Event
from spatialnb.server.state import rows_of, state_of

if TYPE_CHECKING:
    from mcp.server.connection import Connection
    from mcp.server.context import ServerRequestContext

    from spatialnb.operations.registry import Operation
    from spatialnb.studio import Studio

    Request: TypeAlias = ServerRequestContext[Any, Any]

Policy: TypeAlias = Literal["ask", "auto"]

INSTRUCTIONS = """\
{name} is a project of spatialnb: a library of media and a 3D space in which they are placed. Point at things in words
("the three largest red photos", "the ones on the left", "what I just moved") or by id. Lengths are metres, rotations
degrees, y is up, the visitor stands at +z. Every change can be undone with `undo`. Read {base}/state or {base}/items
to see what there is; `search` finds things in the library.
"""
ASKED = "approval"
"""Key of the one question that a call may have for a person."""
LOOK = 5.0
"""Seconds after which to look, while somebody listens, for tools that other kernels added or took away."""
CHANGES_KEPT = 100
"""Latest changes that the history resource shows."""


class McpServer(Server[Any]):
    """The SDK's server, which says that its lists change."""

    def create_initialization_options(
        self, notification_options: NotificationOptions | None = None, *args: Any, **kwargs: Any
    ) -> InitializationOptions:
        changing = NotificationOptions(tools_changed=True, resources_changed=False)
        return super().create_initialization_options(notification_options or changing, *args, **kwargs)


class McpProject:
    """The MCP server of one open studio: `.server`. Make it and close it on the event loop that serves it.

    `run` does blocking work in a thread. `actor` and `policy` say, for a request, who asks and whether what an agent
    may not do alone is asked for.
    """

    def __init__(
        self,
        studio: Studio,
        run: Callable[[Callable[[], Any]], Awaitable[Any]],
        *,
        actor: Callable[[Request], str] = lambda _: "mcp",
        policy: Callable[[Request], Policy] = lambda _: "ask",
    ) -> None:
        self._studio = studio
        self._run = run
        self._actor = actor
        self._policy = policy
        self._loop = asyncio.get_running_loop()
        self._bus = InMemorySubscriptionBus()
        self._listen = ListenHandler(self._bus)
        self._connections: WeakKeyDictionary[Connection, set[str]] = WeakKeyDictionary()
        """Connections of the older protocol, with the resources that each subscribed to."""
        self._tools: tuple[object, Mapping[str, types.Tool]] = (None, {})
        """Made from the registry when it had that stamp."""
        self._pending: set[ServerEvent] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._base = f"spatialnb://{quote(studio.name, safe='')}"
        self._resources: Mapping[str, tuple[str, Callable[[], str]]] = {
            "state": ("The whole project as JSON, with its revision and the hash of its scene.", self._state),
            "items": ("A row for each thing in the space: id, name, kind, position, rotation, size.", self._items),
            "history": ("The latest changes, oldest first: who did what.", self._history),
        }
        self.server = McpServer(
            "spatialnb",
            version=version("spatialnb"),
            title=f"spatialnb: {studio.name}",
            instructions=INSTRUCTIONS.format(name=studio.name, base=self._base),
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read_resource,
            on_subscribe_resource=self._subscribe,
            on_unsubscribe_resource=self._unsubscribe,
            on_subscriptions_listen=self._listened,
            get_tool_input_schema=self._input_schema,
        )
        self._unfollow = (
            studio.workspace.registry.follow(lambda: self._soon(ToolsListChanged())),
            studio.workspace.follow(self._heard),
        )
        self._listening = 0
        self._looking = self._loop.create_task(self._look())

    async def close(self) -> None:
        """End following. Open listen streams end gracefully."""
        self._looking.cancel()
        for stop in self._unfollow:
            await self._run(stop)
        self._listen.close()

    # -- tools --------------------------------------------------------------------------------------------------------
    async def _list_tools(self, ctx: Request, _: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        self._remember(ctx)
        return types.ListToolsResult(tools=list((await self._run(self._known_tools)).values()))

    def _known_tools(self) -> Mapping[str, types.Tool]:
        """Every tool by name, made anew only when some have come or gone. Looks at the store."""
        registry = self._studio.workspace.registry
        stamp, tools = self._tools
        if stamp != registry.stamp:
            stamp, tools = self._tools = (registry.stamp, {o.name: tool_of(o) for o in registry})
        return tools

    def _input_schema(self, name: str) -> Mapping[str, Any] | None:
        tool = self._tools[1].get(name)
        return tool.input_schema if tool else None

    async def _call_tool(
        self, ctx: Request, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        args = params.arguments or {}
        try:
            operation: Operation = await self._run(lambda: self._studio.workspace.registry.get(params.name))
            if operation.approval and self._policy(ctx) != "auto":
                question = await self._ask(ctx, operation, args, params.input_responses)
                if question is not None:
                    return question
            return _told(await self._do(ctx, operation, args))
        except SpatialError as error:
            # In the result, so that the model reads what was wrong and can do better.
            return types.CallToolResult(content=[types.TextContent(text=str(error))], is_error=True)

    async def _do(self, ctx: Request, operation: Operation, args: Mapping[str, Any]) -> dict[str, Any]:
        stopped = threading.Event()
        session, loop = ctx.session, self._loop

        def report(fraction: float | None, note: str) -> None:
            if fraction is not None:
                with contextlib.suppress(RuntimeError):  # the loop is gone, and whoever wanted to know
                    asyncio.run_coroutine_threadsafe(session.report_progress(fraction, 1.0, note), loop)

        def work() -> dict[str, Any]:
            outcome = self._studio.workspace.do(
                operation.name,
                args,
                author="agent",
                actor=self._actor(ctx),
                report=report,
                stopped=stopped.is_set,
            )
            return outcome.model_dump(mode="json")

        try:
            return await self._run(work)
        except asyncio.CancelledError:
            stopped.set()
            raise

    async def _ask(
        self,
        ctx: Request,
        operation: Operation,
        args: Mapping[str, Any],
        answers: types.InputResponses | None,
    ) -> types.InputRequiredResult | None:
        """None when a person agrees. Raises `Declined` when nobody does, or nobody can be asked."""
        answer: Any = (answers or {}).get(ASKED)
        if answer is None:
            preview = await self._run(lambda: self._studio.workspace.foresee(operation.name, args))
            capabilities = ctx.session.client_capabilities
            if capabilities is None or capabilities.elicitation is None:
                raise Declined(
                    f"{operation.name} {operation.approval}, so a person has to agree, and this client cannot ask one. "
                    "Do it in the notebook, or connect with approve=auto."
                )
            question = types.ElicitRequestFormParams(
                message=f"{operation.summary} This {operation.approval}: {preview.text or operation.name}. Do it?",
                requested_schema={"type": "object", "properties": {}},
            )
            if not _has_back_channel(ctx):
                return types.InputRequiredResult(input_requests={ASKED: types.ElicitRequest(params=question)})
            answer = await ctx.session.elicit_form(question.message, question.requested_schema, ctx.request_id)
        if not isinstance(answer, types.ElicitResult) or answer.action != "accept":
            raise Declined(f"{operation.name} was not done: the person who was asked did not agree.")
        return None

    # -- resources ----------------------------------------------------------------------------------------------------
    async def _list_resources(self, ctx: Request, _: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
        self._remember(ctx)
        return types.ListResourcesResult(
            resources=[
                types.Resource(
                    uri=f"{self._base}/{name}", name=name, description=description, mime_type="application/json"
                )
                for name, (description, _) in self._resources.items()
            ]
        )

    async def _list_templates(
        self, _ctx: Request, _: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        media = types.ResourceTemplate(
            uri_template=f"{self._base}/media/{{hash}}",
            name="media",
            description="A picture, sound or film by its hash, such as those in the preview of an outcome.",
        )
        return types.ListResourceTemplatesResult(resource_templates=[media])

    async def _read_resource(self, _ctx: Request, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        uri = str(params.uri)
        name = unquote(uri.removeprefix(f"{self._base}/"))
        if uri.startswith(f"{self._base}/media/"):
            return await self._run(lambda: self._media(uri, name.removeprefix("media/")))
        if not uri.startswith(f"{self._base}/") or name not in self._resources:
            known = ", ".join(f"{self._base}/{each}" for each in self._resources)
            raise MCPError(types.INVALID_PARAMS, f"There is no resource {uri[:200]!r}. There are: {known}.")
        text = await self._run(self._resources[name][1])
        contents = types.TextResourceContents(uri=uri, mime_type="application/json", text=text)
        return types.ReadResourceResult(contents=[contents])

    def _media(self, uri: str, hash: str) -> types.ReadResourceResult:
        media = self._studio.workspace.media
        try:
            data, mime = media.read(hash), media.mime(hash)
        except (NotFound, ValueError):
            raise MCPError(types.INVALID_PARAMS, f"There is no file {hash[:12]}… in the media store.") from None
        blob = types.BlobResourceContents(uri=uri, mime_type=mime, blob=base64.b64encode(data).decode())
        return types.ReadResourceResult(contents=[blob])

    def _state(self) -> str:
        return state_of(self._studio)

    def _items(self) -> str:
        return json.dumps(rows_of(self._studio), ensure_ascii=False)

    def _history(self) -> str:
        log = self._studio.workspace.log
        log.sync()
        found = log.history(max(1, log.head.revision - CHANGES_KEPT + 1))
        return json.dumps(
            [
                {
                    "revision": c.revision,
                    "at": c.at.isoformat(),
                    "author": c.author,
                    "actor": c.actor,
                    "operation": c.call.operation,
                    "summary": c.summary,
                }
                for c in found
            ],
            ensure_ascii=False,
        )

    # -- telling ------------------------------------------------------------------------------------------------------
    async def _subscribe(self, ctx: Request, params: types.SubscribeRequestParams) -> types.EmptyResult:
        self._remember(ctx).add(str(params.uri))
        return types.EmptyResult()

    async def _unsubscribe(self, ctx: Request, params: types.UnsubscribeRequestParams) -> types.EmptyResult:
        self._remember(ctx).discard(str(params.uri))
        return types.EmptyResult()

    async def _listened(
        self, ctx: Request, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        self._listening += 1
        try:
            return await self._listen(ctx, params)
        finally:
            self._listening -= 1

    async def _look(self) -> None:
        """Outside tools are kept in the store, which tells nobody of them; the registry tells when it finds some."""
        while True:
            await asyncio.sleep(LOOK)
            if self._listening or self._connections:
                with contextlib.suppress(SpatialError):  # too much is being done, or the store is away: next time
                    await self._run(lambda: self._studio.workspace.registry)

    def _remember(self, ctx: Request) -> set[str]:
        """The connection of a request, to tell it of changes: the SDK has no list of those that are open."""
        connection = ctx.session._connection  # pyright: ignore[reportPrivateUsage]
        return self._connections.setdefault(connection, set())

    def _heard(self, event: Event) -> None:
        if isinstance(event, Changed):
            for name in self._resources:
                self._soon(ResourceUpdated(f"{self._base}/{name}"))

    def _soon(self, event: ServerEvent) -> None:
        """Tell of `event`, from any thread; what is told of already in this moment is told once."""
        with contextlib.suppress(RuntimeError):  # the loop is gone, and whoever listened
            self._loop.call_soon_threadsafe(self._announce_once, event)

    def _announce_once(self, event: ServerEvent) -> None:
        if event in self._pending:
            return
        self._pending.add(event)
        task = self._loop.create_task(self._announce(event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _announce(self, event: ServerEvent) -> None:
        await asyncio.sleep(0)
        self._pending.discard(event)
        await self._bus.publish(event)
        for connection, subscribed in list(self._connections.items()):
            if isinstance(event, ToolsListChanged):
                await connection.send_tool_list_changed()
            elif isinstance(event, ResourceUpdated) and event.uri in subscribed:
                await connection.send_resource_updated(event.uri)


def tool_of(operation: Operation) -> types.Tool:
    """An operation as an MCP tool."""
    function = operation.tool()["function"]
    reads = "read" in operation.tags or (
        not operation.changes and not operation.approval and not operation.outside and not operation.tags & {"export"}
    )
    return types.Tool(
        name=operation.name,
        title=operation.name.replace("_", " ").capitalize(),
        description=function["description"],
        input_schema=function["parameters"],
        annotations=types.ToolAnnotations(
            title=operation.name.replace("_", " ").capitalize(),
            read_only_hint=reads,
            destructive_hint=operation.approval == "deletes",
            idempotent_hint=reads or operation.cached or operation.retries,
            open_world_hint=operation.outside,
        ),
    )


def _told(outcome: dict[str, Any]) -> types.CallToolResult:
    """An outcome as text for the model and as data for the client."""
    brief = {k: v for k, v in outcome.items() if k not in ("preview", "cached") and v not in ("", [], {}, None, 0.0)}
    text = types.TextContent(text=json.dumps(brief, ensure_ascii=False))
    return types.CallToolResult(content=[text], structured_content=outcome)


def _has_back_channel(ctx: Request) -> bool:
    """Whether the protocol of this request lets a server ask while it answers; the newer one has clients come again."""
    from mcp_types.version import MODERN_PROTOCOL_VERSIONS

    return ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS
