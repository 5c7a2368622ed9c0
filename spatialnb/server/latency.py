"""Turns off Nagle's algorithm on the kernel websocket.

Jupyter leaves it on, and with the browser's delayed acknowledgements every small message of a widget then waits about
40 ms for the one before it.
"""

from __future__ import annotations

from typing import Any, cast

_MARK = "_spatialnb_nodelay"


def turn_nagle_off() -> None:
    """Make every kernel websocket opened from now on send small messages at once. Doing it twice changes nothing."""
    from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

    handler = cast(Any, KernelWebsocketHandler)
    if getattr(handler, _MARK, False):
        return
    open_before = handler.open

    async def open_at_once(self: Any, *args: Any, **kwargs: Any) -> None:
        # The connection may be gone before it is open; tornado then has no stream to set anything on.
        if self.ws_connection is not None:
            self.set_nodelay(True)
        await open_before(self, *args, **kwargs)

    handler.open = open_at_once
    setattr(handler, _MARK, True)
