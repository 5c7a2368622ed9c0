"""A connection to an MCP server, by a command (stdio) or a URL (streamable HTTP), kept open between calls.

The connection lives on the background loop. A server that has died is started again by the next call.
"""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import tempfile
import threading
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

from spatialnb.errors import Invalid, ServiceRefused, ServiceUnavailable, Stopped
from spatialnb.operations.external import loop
from spatialnb.operations.external.credentials import checked_command, checked_url, filled, hidden, secrets_in

if TYPE_CHECKING:
    from mcp import Client
    from mcp_types import CallToolResult, Tool

CONNECT_SECONDS = 60.0
CALL_SECONDS = 300.0
CLOSE_SECONDS = 15.0
MOST_TOOLS = 2_000
ASK_EVERY = 0.1
"""Seconds between looks at whether someone stopped the run."""
_CLOSED = -32000
"""JSON-RPC code that the SDK gives to a request whose connection went away."""
_TIMEOUT = -32001

Report = Callable[[float | None, str], None]


@dataclass(frozen=True)
class Address:
    """Where an MCP server is. Values of `env` and `headers` may be `env:NAME`."""

    command: tuple[str, ...] = ()
    url: str = ""
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown."""
        return secrets_in([*self.env.values(), *self.headers.values()])


def address_of(command: Sequence[str] | str, env: Mapping[str, str], headers: Mapping[str, str]) -> Address:
    """The address that a command line, its words, or a URL is. Raises `Invalid`."""
    if isinstance(command, str) and command.startswith(("http://", "https://")):
        return Address(url=checked_url(command, "command"), env=dict(env), headers=dict(headers))
    words = tuple(shlex.split(command) if isinstance(command, str) else [str(word) for word in command])
    if not words:
        raise Invalid(
            "Say how the MCP server is started, such as ['uvx', 'mcp-server-git'], or give its URL.", "command"
        )
    return Address(command=checked_command(words), env=dict(env), headers=dict(headers))


class Link:
    """One server."""

    def __init__(self, title: str, address: Address) -> None:
        self.title = title
        self.address = address
        self.changed: Callable[[list[Tool]], None] | None = None
        """Called with the new tools, on a thread of its own, when the server says that they changed."""
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._serving: Future[None] | None = None
        self._closing: asyncio.Event | None = None
        self._closed = False

    # -- from any thread ----------------------------------------------------------------------------------------------
    def tools(self) -> tuple[str, list[Tool]]:
        """The server's own name, and its tools. Raises `ServiceUnavailable` when it cannot be reached."""
        client = self._connected()
        tools = self._wait(loop.submit(self._listed(client)), CONNECT_SECONDS)
        return (client.server_info.name if client.server_info else self.title), tools

    def call(
        self,
        name: str,
        arguments: dict[str, Any],
        report: Report = lambda _fraction, _note: None,
        stopped: Callable[[], bool] = lambda: False,
        *,
        again: bool = False,
    ) -> CallToolResult:
        """What a tool gives. `again`: when the server dies meanwhile, it may be asked once more.

        Raises `ServiceUnavailable` when it does not answer, `ServiceRefused` for what it will not do, `Stopped`.
        """
        client = self._connected()
        try:
            return self._wait(loop.submit(self._called(client, name, arguments, report)), CALL_SECONDS, stopped)
        except ServiceUnavailable:
            if not again or self.alive:
                raise
        return self.call(name, arguments, report, stopped)

    @property
    def alive(self) -> bool:
        """Whether it is connected."""
        return self._serving is not None and not self._serving.done() and self._client is not None

    def close(self) -> None:
        """End the connection, and the process if there is one."""
        with self._lock:
            self._closed = True
            self._end()
        loop.forget(self)

    def _end(self) -> None:
        serving, closing = self._serving, self._closing
        self._serving = self._client = self._closing = None
        if serving is None or serving.done():
            return
        if closing is not None:
            loop.submit(_set(closing))
        with contextlib.suppress(Exception):
            # However the connection ended: it has.
            serving.result(CLOSE_SECONDS)

    def _connected(self) -> Client:
        with self._lock:
            if self._closed:
                raise ServiceUnavailable(f"{self.title} was taken away; add it again to use it.", self.title)
            if self.alive and self._client is not None:
                return self._client
            self._end()
            ready: Future[Client] = Future()
            self._serving = loop.submit(self._serve(ready))
            loop.at_end(self, self.close)
            try:
                client: Client = self._wait(ready, CONNECT_SECONDS)
            except BaseException:
                self._end()
                raise
            self._client = client
            return client

    def _wait(self, future: Future[Any], seconds: float, stopped: Callable[[], bool] = lambda: False) -> Any:
        left = seconds
        while True:
            try:
                return future.result(min(ASK_EVERY, left))
            except Late:
                if future.done():
                    raise ServiceUnavailable(
                        f"{self.title} did not answer in time; try again later.", self.title
                    ) from None
                left -= ASK_EVERY
                if stopped():
                    future.cancel()
                    raise Stopped("Stopped. What was finished before is kept.") from None
                if left <= 0:
                    future.cancel()
                    raise ServiceUnavailable(
                        f"{self.title} did not answer in time; try again later.", self.title
                    ) from None

    # -- on the loop --------------------------------------------------------------------------------------------------
    async def _serve(self, ready: Future[Client]) -> None:
        """Hold the connection open until it is to be closed or is lost. Tells of its beginning through `ready`."""
        from mcp import Client

        self._closing = closing = asyncio.Event()
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
            try:
                async with Client(
                    self._transport(said), message_handler=self._heard, read_timeout_seconds=CALL_SECONDS, cache=None
                ) as client:
                    following = asyncio.create_task(self._follow(client))
                    ready.set_result(client)
                    try:
                        await closing.wait()
                    finally:
                        following.cancel()
            except BaseException as error:
                if not ready.done():
                    ready.set_exception(self._unreachable(error, said))
                elif isinstance(error, asyncio.CancelledError):
                    raise

    def _transport(self, said: TextIO) -> Any:
        from mcp import StdioServerParameters, stdio_client

        address = self.address
        if address.url:
            return _over_http(address.url, {k: filled(v, self.title) for k, v in address.headers.items()})
        env = {name: filled(value, self.title) for name, value in address.env.items()}
        command, *arguments = (filled(word, self.title) for word in address.command)
        return stdio_client(StdioServerParameters(command=command, args=arguments, env=env), errlog=said)

    def _unreachable(self, error: BaseException, said: TextIO) -> Exception:
        if isinstance(found := _first(error), Invalid):
            return found
        said.seek(0)
        last = [line.strip() for line in said.read()[-4_000:].splitlines() if line.strip()]
        why = hidden(last[-1] if last else " ".join(str(found).split()), self.address.secrets)[:200]
        how = "see that it runs there" if self.address.url else "see that the command starts it"
        return ServiceUnavailable(f"{self.title} cannot be reached: {how} ({why or type(found).__name__}).", self.title)

    async def _listed(self, client: Client) -> list[Tool]:
        tools: list[Tool] = []
        cursor: str | None = None
        try:
            while len(tools) < MOST_TOOLS:
                page = await client.list_tools(cursor=cursor, cache_mode="bypass")
                tools += page.tools
                if not (cursor := page.next_cursor):
                    break
        except Exception as error:  # noqa: BLE001 - whatever the server or its stream raises becomes one of ours
            raise self._failed(error) from None
        return tools

    async def _called(self, client: Client, name: str, arguments: dict[str, Any], report: Report) -> CallToolResult:
        async def progressed(progress: float, total: float | None, message: str | None) -> None:
            report(min(1.0, progress / total) if total else None, hidden(message or "", self.address.secrets)[:200])

        try:
            return await client.call_tool(name, arguments, progress_callback=progressed)
        except Exception as error:  # noqa: BLE001 - whatever the server or its stream raises becomes one of ours
            raise self._failed(error) from None

    def _failed(self, error: BaseException) -> Exception:
        """What went wrong with a request. A lost connection is let go of, so that the next call makes a new one."""
        from mcp import MCPError

        found = _first(error)
        if isinstance(found, MCPError) and found.error.code == _TIMEOUT:
            return ServiceUnavailable(f"{self.title} did not answer in time; try again later.", self.title)
        if isinstance(found, MCPError) and found.error.code != _CLOSED:
            text = hidden(" ".join(found.error.message.split()), self.address.secrets)[:240].rstrip(".")
            return ServiceRefused(f"{self.title} did not take the call: {text}.", self.title)
        if isinstance(found, TimeoutError):
            return ServiceUnavailable(f"{self.title} did not answer in time; try again later.", self.title)
        self._client = None
        if self._closing is not None:
            self._closing.set()
        return ServiceUnavailable(
            f"{self.title} ended while it was asked; it is started again when it is asked next, so try again.",
            self.title,
        )

    async def _heard(self, message: Any) -> None:
        if getattr(message, "method", "") == "notifications/tools/list_changed" and self._client is not None:
            # Not awaited here: the answer to what is asked comes by the very stream that this handler is part of.
            self._renewing = asyncio.create_task(self._renew(self._client))

    async def _follow(self, client: Client) -> None:
        """Newer servers tell of changed tools only those who listen."""
        from mcp import MCPError
        from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost

        with contextlib.suppress(ListenNotSupportedError, SubscriptionLost, MCPError, TimeoutError):
            async with client.listen(tools_list_changed=True) as changes:
                async for _ in changes:
                    await self._renew(client)

    async def _renew(self, client: Client) -> None:
        if (changed := self.changed) is None:
            return
        with contextlib.suppress(ServiceUnavailable, ServiceRefused):
            tools = await self._listed(client)
            await asyncio.to_thread(changed, tools)


@contextlib.asynccontextmanager
async def _over_http(url: str, headers: Mapping[str, str]) -> AsyncGenerator[Any]:
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    # The SDK follows redirects within the endpoint's origin only.
    timeout = httpx2.Timeout(30.0, read=CALL_SECONDS)
    async with (
        httpx2.AsyncClient(headers=dict(headers), timeout=timeout) as client,
        streamable_http_client(url, http_client=client) as streams,
    ):
        yield streams


async def _set(event: asyncio.Event) -> None:
    event.set()


def _first(error: BaseException) -> BaseException:
    """The first error of a group of them."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return error
