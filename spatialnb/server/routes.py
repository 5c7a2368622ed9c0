"""The routes of the extension and what stands behind each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado import web

from spatialnb.config import Settings
from spatialnb.server.api import ApiHandler, NothingHere
from spatialnb.server.calls import OperationHandler, OperationsHandler
from spatialnb.server.follow import EventsHandler
from spatialnb.server.gateway import Gateway
from spatialnb.server.mcp_route import McpHandler
from spatialnb.server.media import Media, MediaHandler, SpatialHandler
from spatialnb.server.modules import ModuleHandler
from spatialnb.server.openapi import OpenApiHandler
from spatialnb.server.runs import ApprovalsHandler, RunHandler, RunsHandler, StopHandler
from spatialnb.server.state import HealthHandler, HistoryHandler, ItemsHandler, ProjectHandler, ProjectsHandler

API: tuple[tuple[str, type[ApiHandler]], ...] = (
    ("/health", HealthHandler),
    ("/mcp", McpHandler),
    ("/openapi.json", OpenApiHandler),
    ("/operations", OperationsHandler),
    ("/operations/([^/]+)", OperationHandler),
    ("/projects", ProjectsHandler),
    ("/projects/([^/]+)", ProjectHandler),
    ("/projects/([^/]+)/items", ItemsHandler),
    ("/projects/([^/]+)/history", HistoryHandler),
    ("/projects/([^/]+)/events", EventsHandler),
    ("/projects/([^/]+)/runs", RunsHandler),
    ("/projects/([^/]+)/runs/([^/]+)", RunHandler),
    ("/projects/([^/]+)/runs/([^/]+)/approvals", ApprovalsHandler),
    ("/projects/([^/]+)/runs/([^/]+)/stop", StopHandler),
    ("/.*", NothingHere),
)
"""Below `{base_url}spatialnb/api/v1`; a name in a path is quoted."""


class LazyMedia:
    """The media store of this user, opened when the first file is asked for, so that the server starts no slower."""

    def __init__(self) -> None:
        self._store: Media | None = None

    def path(self, hash: str, /) -> Path:
        return self._opened().path(hash)

    def mime(self, hash: str, /) -> str:
        return self._opened().mime(hash)

    def _opened(self) -> Media:
        store = self._store
        if store is None:
            from spatialnb.library.storage import MediaStore

            store = self._store = MediaStore(Settings.from_environment().media)
        return store


class StatusHandler(SpatialHandler):
    """`GET {base_url}spatialnb/status`: a view asks once whether media can be had over HTTP."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        from importlib.metadata import version

        self.check_xsrf_cookie()
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", "application/json")
        self.finish({"name": "spatialnb", "version": version("spatialnb"), "media": "spatialnb/media/"})


def routes(
    base_url: str, media: Media | None = None, gateway: Gateway | None = None
) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """The URL patterns under `base_url`."""
    root = re.escape(url_path_join(base_url, "spatialnb"))
    gateway = gateway or Gateway()
    return [
        (root + r"/media/([^/]+)", MediaHandler, {"media": media or LazyMedia()}),
        (root + r"/widget/([a-z]+)-([0-9a-f]{16})\.js", ModuleHandler, {}),
        (root + "/status", StatusHandler, {}),
        *((f"{root}/api/v1{path}", handler, {"gateway": gateway}) for path, handler in API),
    ]
