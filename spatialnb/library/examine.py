"""From one file to one `Asset`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from spatialnb.library.colours import colours_of
from spatialnb.library.examined import Examined, Source
from spatialnb.library.labels import labels_for, name_for
from spatialnb.library.probe_video import has_pictures
from spatialnb.library.renditions_audio import examine_audio
from spatialnb.library.renditions_image import examine_image
from spatialnb.library.renditions_model import examine_model
from spatialnb.library.renditions_text import examine_text
from spatialnb.library.renditions_video import examine_video
from spatialnb.models.asset import Asset, AssetKind
from spatialnb.models.base import FrozenDict

if TYPE_CHECKING:
    from spatialnb.library.storage import MediaStore


def _examine_container(source: Source, media: MediaStore) -> Examined:
    """A container may hold only sound: it is opened to find out."""
    return examine_video(source, media) if has_pictures(source.path, source.kind) else examine_audio(source, media)


EXAMINERS: Mapping[AssetKind, Callable[[Source, MediaStore], Examined]] = {
    "image": examine_image,
    "video": _examine_container,
    "audio": examine_audio,
    "model": examine_model,
    "text": examine_text,
}


def examine(source: Source, name: str, media: MediaStore) -> Asset:
    """Measure the file, make its renditions and put them into `media`. `name` is its path relative to what is ingested.

    Raises `Unsupported` for files that cannot be used and `Stopped`.
    """
    examined = EXAMINERS[source.kind.kind](source, media)
    kind = cast(AssetKind, examined.kind or source.kind.kind)
    colours = colours_of(examined.look) if examined.look is not None else ()
    said = examined.embedded
    return Asset(
        id=asset_id(kind, source.key),
        name=name_for(name, said.title),
        kind=kind,
        hash=source.key,
        mime=examined.mime or source.kind.mime,
        bytes=source.bytes,
        facts=examined.facts,
        labels=labels_for(name, examined, colours, kind),
        colours=colours,
        created=said.created or datetime.fromtimestamp(source.path.stat().st_mtime, UTC).replace(microsecond=0),
        text=examined.words or said.words,
        source=name,
        licence=said.licence[:200],
        renditions=FrozenDict(examined.renditions),
    )


def asset_id(kind: AssetKind, key: str) -> str:
    """The id of the asset with these bytes: `<kind>-<first 12 of the hash>`."""
    return f"{kind}-{key[:12]}"
