"""The route of MCP: from tornado to the SDK's ASGI application and back."""

from __future__ import annotations

import asyncio
from typing import Any

from tornado.iostream import StreamClosedError

from spatialnb.server.api import ApiHandler

HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}
"""Headers that belong to the connection, which is tornado's."""


class McpHandler(ApiHandler):
    """`/mcp?project=NAME`: MCP over streamable HTTP. With `approve=auto`, calls that delete, spend or publish are not
    asked about: it stands in the address that a person gave the client, where no model can put it.
    """

    async def do_post(self) -> None:
        from spatialnb.server.queries import McpQuery

        query = self.query(McpQuery)
        endpoints = await self.gateway.mcp()
        self._body_given = False
        self._left = asyncio.Event()
        self.when_gone(self._left.set)
        await endpoints.serve(query.project, self.request, self.actor, query.approve, self._receive, self._send)
        if not self._finished:
            self.finish(set_content_type=self._headers.get("Content-Type") or "application/json")

    do_get = do_delete = do_post

    async def _receive(self) -> dict[str, Any]:
        if not self._body_given:
            self._body_given = True
            return {"type": "http.request", "body": bytes(self._body), "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.set_status(message["status"])
            self.clear_header("Content-Type")
            for name, value in message["headers"]:
                if (key := name.decode("latin-1")).lower() not in HOP:
                    self.set_header(key, value.decode("latin-1"))
            return
        if body := message.get("body", b""):
            self.write(body)
        if message.get("more_body"):
            try:
                await self.flush()
            except StreamClosedError:
                self._left.set()
        elif not self._finished:
            self.finish(set_content_type=self._headers.get("Content-Type") or "application/json")
