"""`GET {base_url}spatialnb/media/{hash}`: a file of the content-addressed store, whole or in part."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any, NoReturn, Protocol

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from tornado import web
from tornado.iostream import StreamClosedError

from spatialnb.errors import NotFound
from spatialnb.server.ranges import Span, Unsatisfiable, span_of
from spatialnb.server.types import delivery_of

CHUNK = 256 * 1024
HASH = re.compile(r"[0-9a-f]{64}")


class Media(Protocol):
    """What is needed of the media store."""

    def path(self, hash: str, /) -> Path: ...
    def mime(self, hash: str, /) -> str: ...


class SpatialHandler(JupyterHandler):
    """Common to all routes: for signed-in people, same site only, errors as one plain sentence."""

    auth_resource = "spatialnb"

    @property
    def content_security_policy(self) -> str:
        """Whatever is served, opened by itself it is an inert page of no origin."""
        return "default-src 'none'; frame-ancestors 'none'; sandbox"

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")

    def get_login_url(self) -> str:
        """A picture cannot sign in: no redirect to the login page."""
        raise web.HTTPError(403, "Sign in to this Jupyter server first.")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """One sentence of plain text."""
        error = (kwargs.get("exc_info") or (None, None))[1]
        said = error.log_message if isinstance(error, web.HTTPError) and status_code < 500 else None
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(f"{said or 'This did not work. The log of the Jupyter server says why.'}\n")


class MediaHandler(SpatialHandler):
    """Media never change under their hash, so that a browser asks for each only once."""

    media: Media

    def initialize(self, media: Media) -> None:
        self.media = media

    @web.authenticated
    @authorized
    async def get(self, hash: str) -> None:
        await self._serve(hash)

    @web.authenticated
    @authorized
    async def head(self, hash: str) -> None:
        await self._serve(hash)

    async def _serve(self, hash: str) -> None:
        self.check_xsrf_cookie()
        if HASH.fullmatch(hash) is None:
            self._missing(hash)
        try:
            path, mime = await asyncio.to_thread(self._find, hash)
        except (NotFound, FileNotFoundError):
            self._missing(hash)
        size = path.stat().st_size
        self._describe(hash, mime)
        if self.check_etag_header():
            self.set_status(304)
            return
        try:
            span = span_of(self.request.headers.get("Range") if self._range_applies() else None, size)
        except Unsatisfiable:
            self._unsatisfiable(size)
            return
        if span is not None:
            self.set_status(206)
            self.set_header("Content-Range", span.content_range(size))
        span = span or Span(0, size)
        self.set_header("Content-Length", str(span.end - span.start))
        if self.request.method != "HEAD":
            await self._send(path, span)

    def _find(self, hash: str) -> tuple[Path, str]:
        return self.media.path(hash), self.media.mime(hash)

    def _missing(self, hash: str) -> NoReturn:
        raise web.HTTPError(404, f"There is no file {hash[:12]}… in the media store of this server.")

    def _describe(self, hash: str, mime: str) -> None:
        delivery = delivery_of(mime)
        self.set_header("Content-Type", delivery.content_type)
        if delivery.attachment:
            self.set_header("Content-Disposition", f'attachment; filename="{hash[:12]}"')
        self.set_header("ETag", f'"{hash}"')
        self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        self.set_header("Accept-Ranges", "bytes")

    def _range_applies(self) -> bool:
        """A resumed download names the version it has begun with; of another version it must get everything."""
        condition = self.request.headers.get("If-Range")
        return condition is None or condition.strip() == self._headers.get("ETag")

    def _unsatisfiable(self, size: int) -> None:
        self.set_status(416)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Content-Range", f"bytes */{size}")
        self.clear_header("Content-Disposition")
        self.set_header("Cache-Control", "no-store")

    async def _send(self, path: Path, span: Span) -> None:
        with path.open("rb") as file:
            file.seek(span.start)
            left = span.end - span.start
            while left > 0:
                data = await asyncio.to_thread(file.read, min(CHUNK, left))
                if not data:
                    # The length is already promised: a short answer must look broken, not complete.
                    raise web.HTTPError(500, "A file of the media store is shorter than it was.")
                left -= len(data)
                self.write(data)
                try:
                    await self.flush()
                except StreamClosedError:
                    return  # players close the connection when they have enough

    def compute_etag(self) -> None:
        """The hash is the ETag; tornado need not hash the body again."""
        return
