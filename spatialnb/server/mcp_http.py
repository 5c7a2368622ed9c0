"""`{base_url}spatialnb/api/v1/mcp?project=NAME`: projects as MCP servers over streamable HTTP, in the Jupyter server.

The SDK's transport is an ASGI application; tornado is none, so each request is handed to it as ASGI would: what comes
as `receive`, what goes as `send`. Jupyter has authenticated and authorized the request before; the credentials
are not handed on, only the name of the user, to whom the SDK binds the sessions.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from spatialnb.server.mcp_tools import McpProject, Policy

if TYPE_CHECKING:
    from spatialnb.server.gateway import Gateway

IDLE = 1800.0
"""Seconds without a request after which a project's sessions end; clients then begin new ones."""
SESSIONS = 64
"""Sessions that one project may have open."""

log = logging.getLogger(__name__)

Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class _Endpoint:
    """The MCP server of one project, and the task that keeps its sessions."""

    def __init__(self, project: McpProject) -> None:
        self.project = project
        self.manager = StreamableHTTPSessionManager(
            project.server, max_sessions=SESSIONS, session_idle_timeout=IDLE, max_request_body_size=8 * 1024 * 1024
        )
        self.in_flight = 0
        self.used = time.monotonic()
        self._end = asyncio.Event()
        self._ready = asyncio.Event()
        self._task = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        async with self.manager.run():
            self._ready.set()
            await self._end.wait()

    @asynccontextmanager
    async def using(self) -> AsyncGenerator[StreamableHTTPSessionManager]:
        self.in_flight += 1
        try:
            await self._ready.wait()
            yield self.manager
        finally:
            self.in_flight -= 1
            self.used = time.monotonic()

    @property
    def works(self) -> bool:
        """Whether its sessions are kept; not, if what keeps them broke off."""
        return not self._task.done()

    async def close(self) -> None:
        self._end.set()
        await asyncio.wait([self._task])
        if not self._task.cancelled() and (error := self._task.exception()):
            log.error("The MCP sessions of %s broke off.", self.project.server.title, exc_info=error)
        await self.project.close()


class McpEndpoints:
    """One for each project that somebody speaks MCP with. Belongs to the server's event loop."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._endpoints: dict[str, _Endpoint] = {}
        self._opening = asyncio.Lock()
        self._sweeper: asyncio.Task[None] | None = None

    async def serve(self, project: str, request: Any, actor: str, policy: Policy, receive: Receive, send: Send) -> None:
        """Answer one tornado request by way of ASGI. Raises what opening the project raises."""
        # Only who begins something makes a project; looking for one that is not there finds nothing.
        async with (await self._endpoint(project, create=request.method == "POST")).using() as manager:
            await manager.asgi_app(scope_of(request, actor, policy), receive, send)

    async def _endpoint(self, name: str, *, create: bool) -> _Endpoint:
        async with self._opening:
            found = self._endpoints.get(name)
            if found is not None and found.works:
                return found
            if found is not None:
                await self._let_go(name)
            gateway = self._gateway
            studio = await gateway.reads.run(lambda: gateway.projects.take(name, create=create))
            await gateway.reads.run(lambda: studio.workspace.registry)  # with what the project's other kernels added
            mcp = McpProject(studio, gateway.calls.run, actor=_actor_of, policy=_policy_of)
            endpoint = self._endpoints[name] = _Endpoint(mcp)
            if self._sweeper is None:
                self._sweeper = asyncio.create_task(self._sweep())
            return endpoint

    async def _sweep(self) -> None:
        """Close what nobody has used for long."""
        while self._endpoints:
            await asyncio.sleep(IDLE / 10)
            await self.close_unused()
        self._sweeper = None

    async def close_unused(self) -> None:
        """Close what nobody has used for `IDLE` seconds."""
        now = time.monotonic()
        for name, endpoint in list(self._endpoints.items()):
            if not endpoint.in_flight and now - endpoint.used > IDLE:
                await self.close(name)

    async def close(self, name: str) -> None:
        """End the sessions of a project and give it back."""
        async with self._opening:
            if name in self._endpoints:
                await self._let_go(name)

    async def _let_go(self, name: str) -> None:
        try:
            await self._endpoints.pop(name).close()
        finally:
            self._gateway.projects.give_back(name)


def scope_of(request: Any, actor: str, policy: Policy) -> dict[str, Any]:
    """A tornado request in the terms of ASGI, without its credentials."""
    secret = {"authorization", "cookie", "x-xsrftoken"}
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in request.headers.get_all()
        if name.lower() not in secret
    ]
    user = AuthenticatedUser(AccessToken(token="", client_id=actor or "anonymous", scopes=[]))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.protocol,
        "path": request.path,
        "raw_path": request.path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "client": (request.remote_ip, 0),
        "server": None,
        "user": user,
        "spatialnb": {"actor": actor, "policy": policy},
    }


def _actor_of(ctx: Any) -> str:
    return str(ctx.request.scope["spatialnb"]["actor"])


def _policy_of(ctx: Any) -> Policy:
    return ctx.request.scope["spatialnb"]["policy"]
