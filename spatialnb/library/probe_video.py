"""Video: size as seen, length, frame rate, whether it sounds, and one telling frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spatialnb.errors import Unsupported
from spatialnb.library.containers import embedded, is_cover, opened
from spatialnb.library.examined import Embedded, Pixels
from spatialnb.library.kinds import Kind
from spatialnb.library.pictures import TEXTURE, shrunk
from spatialnb.models.asset import Facts

if TYPE_CHECKING:
    import av.container
    import av.video.frame
    import av.video.stream

MAX_FRAME = 7680 * 4320
_LOOKS = (0.12, 0.35, 0.6)
"""Where in the film frames are taken to choose the poster from."""


@dataclass(frozen=True)
class Film:
    """What is known of a video. `codec`, `pixel_format`, `sound`: FFmpeg's names; `sound` is empty for silence."""

    facts: Facts
    embedded: Embedded
    poster: Pixels
    codec: str
    pixel_format: str
    sound: str
    bit_rate: int


def has_pictures(path: Path, kind: Kind) -> bool:
    """Whether a container holds moving pictures, or only sound. Raises `Unsupported` when it holds neither."""
    with opened(path, kind) as container:
        if any(not is_cover(stream) for stream in container.streams.video):
            return True
        if container.streams.audio:
            return False
        raise Unsupported("It holds neither pictures nor sound.")


def probe_video(path: Path, kind: Kind) -> Film:
    """Facts, tags and the poster. Raises `Unsupported` for broken, cut or immense videos."""
    with opened(path, kind) as container:
        stream = next(stream for stream in container.streams.video if not is_cover(stream))
        context = stream.codec_context
        if context.width * context.height > MAX_FRAME or context.width < 1 or context.height < 1:
            raise Unsupported(
                f"Its frames are {context.width} x {context.height} pixels; 7680 x 4320 is the most that is read."
            )
        _check_whole(path, stream)
        duration = _duration(container, stream)
        sound = container.streams.audio[0] if container.streams.audio else None
        poster = _poster(container, stream, duration)
        rate = float(stream.average_rate or stream.guessed_rate or 0)
        facts = Facts(
            width=poster.width,
            height=poster.height,
            duration=duration,
            frame_rate=round(rate, 3) or None,
            frames=stream.frames or (round(duration * rate) if duration and rate else None),
            has_audio=sound is not None,
            sample_rate=sound.rate if sound else None,
            channels=sound.layout.nb_channels if sound else None,
        )
        return Film(
            facts=facts,
            embedded=embedded(dict(container.metadata), dict(stream.metadata)),
            poster=poster.pixels,
            codec=context.name,
            pixel_format=context.pix_fmt or "",
            sound=sound.codec_context.name if sound else "",
            bit_rate=container.bit_rate or 0,
        )


def _duration(container: av.container.InputContainer, stream: av.video.stream.VideoStream) -> float | None:
    if stream.duration and stream.time_base:
        return round(float(stream.duration * stream.time_base), 3)
    return round(container.duration / 1_000_000, 3) if container.duration else None


def _check_whole(path: Path, stream: av.video.stream.VideoStream) -> None:
    """An index that points past the end of the file tells that the copy stopped early."""
    size = path.stat().st_size
    index = stream.index_entries
    missing = sum(1 for entry in index if entry.pos + entry.size > size) if len(index) < 200_000 else 0
    if missing > len(index) * 0.02:
        there = round(100 * (1 - missing / len(index)))
        raise Unsupported(f"The video was cut short: only {there} % of it is there; copy it again.")


@dataclass(frozen=True)
class _Poster:
    pixels: Pixels
    width: int
    height: int


def _poster(
    container: av.container.InputContainer, stream: av.video.stream.VideoStream, duration: float | None
) -> _Poster:
    """The frame with most to see of a few from the first two thirds."""
    best: tuple[float, _Poster] | None = None
    stream.thread_type = "AUTO"
    for part in _LOOKS if duration and duration > 1 and stream.time_base else (0.0,):
        if part and duration and stream.time_base:
            container.seek(int(duration * part / stream.time_base), stream=stream)
        frame = next(iter(container.decode(stream)), None)
        if frame is None:
            continue
        poster = _upright(frame, stream)
        score = _interest(poster.pixels)
        if best is None or score > best[0] * 1.05:
            best = (score, poster)
    if best is None:
        raise Unsupported("No frame of the video can be read; it is broken or was cut short.")
    return best[1]


def _upright(frame: av.video.frame.VideoFrame, stream: av.video.stream.VideoStream) -> _Poster:
    """The frame as a player shows it: turned as the camera was held, and with square pixels."""
    width, height = frame.width, frame.height
    if ratio := stream.sample_aspect_ratio:
        width = round(width * float(ratio)) if 0.1 < float(ratio) < 10 else width
    scale = min(1.0, TEXTURE / max(width, height))
    pixels = frame.to_ndarray(format="rgb24", width=max(1, round(width * scale)), height=max(1, round(height * scale)))
    turns = round(frame.rotation / 90) % 4
    if turns % 2:
        width, height = height, width
    return _Poster(np.ascontiguousarray(np.rot90(pixels, turns)).astype(np.uint8, copy=False), width, height)


def _interest(pixels: Pixels) -> float:
    """Contrast and detail: low for black, white and blurred frames."""
    import cv2

    grey = cv2.cvtColor(shrunk(pixels, 160), cv2.COLOR_RGB2GRAY)
    detail = float(np.abs(cv2.Laplacian(grey, cv2.CV_16S)).mean())
    return float(grey.std()) * (1 + detail)
