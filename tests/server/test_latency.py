from __future__ import annotations

import asyncio
from typing import Any

import pytest
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

from spatialnb.server import latency


class Socket:
    """A kernel websocket as far as opening it goes."""

    def __init__(self, *, connected: bool = True) -> None:
        self.ws_connection = object() if connected else None
        self.did: list[Any] = []

    def set_nodelay(self, on: bool) -> None:
        self.did.append(("nodelay", on))


def opened(monkeypatch: pytest.MonkeyPatch) -> Any:
    async def original(self: Socket, kernel_id: str) -> None:
        self.did.append(("open", kernel_id))

    monkeypatch.setattr(KernelWebsocketHandler, "open", original)
    monkeypatch.setattr(KernelWebsocketHandler, "_spatialnb_nodelay", False, raising=False)
    latency.turn_nagle_off()
    latency.turn_nagle_off()
    return KernelWebsocketHandler.open


def test_small_messages_go_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    socket = Socket()
    asyncio.run(opened(monkeypatch)(socket, "k1"))
    assert socket.did == [("nodelay", True), ("open", "k1")]


def test_a_socket_that_is_gone_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    socket = Socket(connected=False)
    asyncio.run(opened(monkeypatch)(socket, "k1"))
    assert socket.did == [("open", "k1")]
