"""`GET {base_url}spatialnb/widget/{name}-{hash}.js`: the built module of a widget, without asking the kernel for it.

The hash is that of the packed file, so a browser keeps what it has; a kernel whose package is another one asks for
another hash, is told that it is not here, and sends its own.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from functools import cache
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from tornado import web

from spatialnb.server.media import SpatialHandler

STATIC = Path(__file__).parents[1] / "widgets" / "static"


class ModuleHandler(SpatialHandler):
    """Part of the package and the same for everyone; a script that is imported names no page it comes from."""

    @web.authenticated
    @authorized
    async def get(self, name: str, hash: str) -> None:
        packed = await asyncio.to_thread(_packed, name, hash)
        if packed is None:
            raise web.HTTPError(404, f"There is no widget {name} of this make here.")
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        self.set_header("Vary", "Accept-Encoding")
        if "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.finish(packed)
        else:
            self.finish(await asyncio.to_thread(gzip.decompress, packed))

    def compute_etag(self) -> None:
        """The address changes with the content; tornado need not hash the body."""
        return


def _packed(name: str, hash: str) -> bytes | None:
    """The packed module, if it is the one with this hash."""
    file = STATIC / f"{name}.js.gz"
    try:
        digest, packed = _read(file, file.stat().st_mtime_ns)
    except FileNotFoundError:
        return None
    return packed if digest == hash else None


@cache
def _read(file: Path, _changed: int) -> tuple[str, bytes]:
    packed = file.read_bytes()
    return hashlib.sha256(packed).hexdigest()[:16], packed
