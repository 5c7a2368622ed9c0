"""Pictures, sound, films and models that services give become assets; assets that services take are read."""

from __future__ import annotations

import mimetypes
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from spatialnb.errors import Invalid
from spatialnb.models.asset import Asset
from spatialnb.operations.external.request import Upload, data_url

if TYPE_CHECKING:
    from spatialnb.operations.context import Context

MEDIA = re.compile(r"(image/(?!svg)|audio/|video/|model/)")
_ENDINGS = {
    "image/webp": ".webp",
    "image/avif": ".avif",
    "model/gltf-binary": ".glb",
    "audio/mp4": ".m4a",
    "audio/flac": ".flac",
}


def taken_in(ctx: Context, data: bytes, media: str, name: str, origin: str) -> Asset | None:
    """The asset that these bytes become, new or known; None where they are of no kind that the library takes.

    `origin` is the operation that brought them.
    """
    kind = media.split(";")[0].strip().lower()
    ending = _ENDINGS.get(kind) or mimetypes.guess_extension(kind) or ".bin"
    plain = re.sub(r"[^\w -]+", " ", name).strip()[:60] or "answer"
    before = ctx.project.assets
    with tempfile.TemporaryDirectory(prefix="snb-") as folder:
        path = Path(folder) / f"{plain}{ending}"
        path.write_bytes(data)
        report = ctx.library.ingest([path], stopped=ctx.stopped)
    if not report.added:
        return None
    # The file's date is only when it was written here.
    asset = report.added[0].model_copy(update={"created": None, "origin": origin})
    if asset.id not in before:
        ctx.project = ctx.project.with_assets((asset,))
    return asset


def uploads(ctx: Context) -> Upload:
    """Reads what an argument for a file names: an asset of the library, or a `data:` URL. Never a path: a service is
    not given files that nobody put into the project.
    """

    def upload(named: str) -> tuple[bytes, str, str]:
        if (found := data_url(named)) is not None:
            return found[0], found[1], "data"
        asset = ctx.project.assets.get(named)
        if asset is None:
            raise Invalid(f"There is no asset {named[:80]!r}; give the id of an asset of the library, or a data: URL.")
        return ctx.library.media.read(asset.hash), asset.mime, asset.name

    return upload
