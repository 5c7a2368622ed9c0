"""Operations on the library: bring files in, and find them again."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated

from pydantic import Field

from spatialnb.models.asset import AssetKind
from spatialnb.models.base import Frozen
from spatialnb.models.plan import Preview
from spatialnb.operations.context import Context
from spatialnb.operations.registry import Outcome, operation
from spatialnb.operations.scene import several


class Refusal(Frozen):
    """A file that was not added, and why."""

    path: str
    reason: str


class Ingested(Outcome):
    """What came of the files: ids of new assets, files already known, files that cannot be used."""

    added: tuple[str, ...] = ()
    skipped: tuple[Refusal, ...] = ()
    failed: tuple[Refusal, ...] = ()


class Hit(Frozen):
    """An asset that was found. `score` is 0 to 1; `why` says what matched."""

    asset: str
    name: str
    kind: AssetKind
    score: float
    why: str


class Found(Outcome):
    """Hits, best first. `assets` are their ids."""

    hits: tuple[Hit, ...] = ()
    assets: tuple[str, ...] = ()


@operation(changes="assets", tags={"library"}, words=("ingest", "import", "load", "upload", "read in"))
def ingest(ctx: Context, paths: str | tuple[str, ...]) -> Ingested:
    """Bring files or folders of images, video, audio, 3D models and text into the library.

    The same content is taken once. A file that cannot be used is reported with the reason and nothing else is lost.
    """
    wanted = [Path(path).expanduser() for path in ([paths] if isinstance(paths, str) else paths)]
    report = ctx.library.ingest(wanted, known=ctx.project.assets.keys(), report=ctx.report, stopped=ctx.stopped)
    ctx.project = ctx.project.with_assets(report.added)
    parts = [f"Added {several(report.added)}" if report.added else "Added nothing new"]
    if report.skipped:
        parts.append(f"skipped {len(report.skipped)} already there or not media")
    if report.failed:
        parts.append(f"{len(report.failed)} could not be used")
    thumbnails = [r.hash for asset in report.added if (r := asset.rendition("thumbnail"))]
    return Ingested(
        summary=", ".join(parts),
        added=tuple(asset.id for asset in report.added),
        skipped=tuple(Refusal(path=str(s.path), reason=s.reason) for s in report.skipped),
        failed=tuple(Refusal(path=str(f.path), reason=f.reason) for f in report.failed),
        preview=Preview(text=", ".join(parts), images=tuple(thumbnails[:6])),
    )


@operation(tags={"library"}, words=("search", "find", "look for", "list", "which", "show me"))
def search(
    ctx: Context,
    query: str = "",
    *,
    kind: AssetKind | None = None,
    colour: str | None = None,
    since: date | None = None,
    until: date | None = None,
    limit: Annotated[int, Field(ge=1, le=1000)] = 20,
) -> Found:
    """Find assets of the library by words and meaning, kind, colour and date; best first, with why each was found."""
    found = ctx.library.search(
        ctx.project.assets,
        query,
        kind=kind,
        colour=colour,
        since=datetime.combine(since, time.min) if since else None,
        until=datetime.combine(until, time.max) if until else None,
        limit=limit,
    )
    hits = tuple(
        Hit(asset=h.asset.id, name=h.asset.name, kind=h.asset.kind, score=round(min(h.score, 1.0), 3), why=h.why)
        for h in found
    )
    what = " ".join(word for word in (colour, kind, f"for “{query}”" if query else "") if word)
    summary = f"Found {several([h.asset for h in found])} {what}".strip() if hits else f"Found nothing {what}".strip()
    thumbnails = [r.hash for h in found if (r := h.asset.rendition("thumbnail"))]
    lines = "\n".join(f"- **{h.name}**: {h.why}" for h in hits[:8])
    return Found(
        summary=summary,
        hits=hits,
        assets=tuple(h.asset for h in hits),
        preview=Preview(text=lines or summary, images=tuple(thumbnails[:6])),
    )
