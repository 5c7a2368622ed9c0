"""The Jupyter server extension: the API, MCP, media by hash, and a kernel connection that answers at once.

`etc/jupyter/jupyter_server_config.d/spatialnb.json`, which the wheel installs, turns it on.
"""

from __future__ import annotations

import threading
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


def _jupyter_server_extension_points() -> list[dict[str, str]]:  # pyright: ignore[reportUnusedFunction]
    """What `jupyter server extension list` shows."""
    return [{"module": "spatialnb.server"}]


def _load_jupyter_server_extension(app: ServerApp) -> None:  # pyright: ignore[reportUnusedFunction]
    """Add the routes under the server's base URL."""
    from spatialnb.server import latency
    from spatialnb.server.routes import routes

    latency.turn_nagle_off()
    # The first picture of a page should not wait for the media store's libraries.
    threading.Thread(target=import_module, args=("spatialnb.library.storage",), daemon=True).start()
    assert app.web_app is not None
    app.web_app.add_handlers(".*$", routes(app.base_url))
    app.log.info("spatialnb serves media at %sspatialnb/media/, its API at %sspatialnb/api/v1/", *[app.base_url] * 2)
