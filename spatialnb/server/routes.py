"""The routes of the extension and what stands behind each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado import web

from spatialnb.config import Settings
from spatialnb.server.media import Media, MediaHandler, SpatialHandler


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


def routes(base_url: str, media: Media | None = None) -> list[tuple[str, type[SpatialHandler], dict[str, Any]]]:
    """The URL patterns under `base_url`."""
    root = re.escape(url_path_join(base_url, "spatialnb"))
    return [
        (root + r"/media/([^/]+)", MediaHandler, {"media": media or LazyMedia()}),
        (root + "/status", StatusHandler, {}),
    ]
