"""The official SDK's client, signed in to a test's Jupyter server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.lab import Lab

ERAS = ("auto", "legacy")
"""The protocol as it is now, and as clients of today speak it."""


@asynccontextmanager
async def connected(
    lab: Lab, project: str, era: str = "auto", query: str = "", **options: Any
) -> AsyncIterator[Client]:
    url = f"{lab.url}/spatialnb/api/v1/mcp?project={project}{query}"
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {lab.token}"}, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http), mode=era, **options) as client,
    ):
        yield client
