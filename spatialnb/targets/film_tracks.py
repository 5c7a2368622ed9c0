"""Which sounds a film has, and when."""

from __future__ import annotations

from collections.abc import Mapping

from spatialnb.models.canvas import Item
from spatialnb.targets.film import Track
from spatialnb.targets.film_art import Gallery
from spatialnb.targets.film_reader import has_sound

_BED = 8.0
"""Sounds of at least so many seconds go on under the whole film when nothing says when they play."""


def tracks_of(
    gallery: Gallery, items: list[Item], times: Mapping[str, tuple[float, float]], duration: float
) -> tuple[Track, ...]:
    """The sounds of audio items and the videos' own, on a film where items are shown at `times`.

    A sound that is on the timeline plays then. Another long one is repeated under the whole film, the longest at full
    level, the others at half; a short one plays when its item is shown, or else at the start.
    """
    tracks: list[Track] = []
    beds: list[tuple[float, Item]] = []
    for item in items:
        asset = gallery.project.asset_of(item)
        length = (asset.facts.duration if asset else None) or 0.0
        if item.kind == "video":
            path = gallery.file(asset, "proxy", original=True)
            if path is not None and item.id in times and _speaks(gallery, item):
                start, end = times[item.id]
                tracks.append(Track(path, item.name, start, max(0.1, min(end, duration) - start), loops=True, gain=0.9))
        elif item.kind == "audio":
            path = gallery.file(asset, "proxy", original=True)
            if path is None or not has_sound(path):
                gallery.note(f"The sound {item.name!r} is missing or cannot be read, so the film is without it.")
            elif item.start is not None:
                seconds = item.duration or length or duration - item.start
                if item.start < duration:
                    tracks.append(
                        Track(
                            path, item.name, item.start, min(seconds, duration - item.start), loops=bool(item.duration)
                        )
                    )
            elif length >= _BED or not length:
                beds.append((length, item))
            else:
                start = times.get(item.id, (0.0, 0.0))[0]
                tracks.append(Track(path, item.name, start, min(length, duration - start), gain=0.8, fade=0.05))
    for rank, (_, item) in enumerate(sorted(beds, key=lambda bed: -bed[0])):
        path = gallery.file(gallery.project.asset_of(item), "proxy", original=True)
        assert path is not None
        tracks.append(Track(path, item.name, 0.0, duration, loops=True, gain=1.0 if rank == 0 else 0.5, fade=1.5))
    return tuple(sorted(tracks, key=lambda track: track.start))


def _speaks(gallery: Gallery, item: Item) -> bool:
    asset = gallery.project.asset_of(item)
    path = gallery.file(asset, "proxy", original=True)
    return bool(path and asset and asset.facts.has_audio is not False and has_sound(path))
