"""Sound: a picture of its waveform, a thumbnail, and a proxy where browsers cannot play the original."""

from __future__ import annotations

import colorsys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from spatialnb.library.encoder import encode
from spatialnb.library.examined import Examined, Pixels, Source
from spatialnb.library.pictures import THUMBNAIL, put_picture, put_thumbnail, shrunk
from spatialnb.library.probe_audio import Sound, probe_audio
from spatialnb.models.asset import Rendition

if TYPE_CHECKING:
    from spatialnb.library.storage import MediaStore

WAVEFORM = (1024, 256)
CARD = (256, 144)
_PLAYABLE = {
    "mp3": ("mp3", "mp3float"),
    "flac": ("flac",),
    "ogg": ("opus", "libopus", "vorbis", "libvorbis", "flac"),
    "wav": ("pcm_s16le", "pcm_u8", "pcm_s24le", "pcm_s32le", "pcm_f32le"),
    "m4a": ("aac", "mp3", "mp3float"),
    "mp4": ("aac", "mp3", "mp3float"),
}
_MIMES = {"mp4": "audio/mp4", "matroska": "audio/x-matroska", "mov": "audio/mp4"}
_FIRST, _LAST = (0.62, 0.68, 0.98), (0.88, 0.62, 0.98)
"""Hue, saturation and value at the left and the right end: readable on light and on dark."""


def examine_audio(source: Source, media: MediaStore) -> Examined:
    """Facts and renditions of one sound: `waveform`, `thumbnail` and `proxy`."""
    sound = probe_audio(source.path, source.kind, source.stopped)
    mime = _MIMES.get(source.kind.format, source.kind.mime)
    thumbnail = shrunk(sound.cover, THUMBNAIL) if sound.cover is not None else card(sound.outline, source.key)
    return Examined(
        facts=sound.facts,
        embedded=sound.embedded,
        renditions={
            "thumbnail": put_thumbnail(media, thumbnail),
            "waveform": put_picture(media, waveform(sound.outline), WAVEFORM[0], quality=90),
            "proxy": _proxy(source, sound, mime, media),
        },
        look=thumbnail if sound.cover is not None else None,
        traits=_traits(sound),
        mime=mime,
        kind="audio",
    )


def _proxy(source: Source, sound: Sound, mime: str, media: MediaStore) -> Rendition:
    if sound.codec in _PLAYABLE.get(source.kind.format, ()):
        return Rendition(hash=source.key, mime=mime, bytes=source.bytes)
    options = (
        "-map",
        "0:a:0",
        "-vn",
        "-map_metadata",
        "-1",
        "-c:a",
        "aac",
        "-b:a",
        "160k",
        "-ac",
        "2",
        "-movflags",
        "+faststart",
    )
    data = encode(source.path, options, ".m4a", source.stopped)
    return Rendition(hash=media.put(data, "audio/mp4"), mime="audio/mp4", bytes=len(data))


def _traits(sound: Sound) -> tuple[str, ...]:
    facts = sound.facts
    words: list[str] = []
    if facts.tempo:
        words.append("slow" if facts.tempo < 85 else "fast" if facts.tempo > 135 else "medium tempo")
    if facts.loudness is not None:
        words += ["quiet"] if facts.loudness < -30 else ["loud"] if facts.loudness > -11 else []
    if facts.loudness is None and float(sound.outline.max(initial=0)) < 1e-4:
        words.append("silent")
    return tuple(words)


def waveform(outline: NDArray[np.floating[Any]], size: tuple[int, int] = WAVEFORM) -> Pixels:
    """Round bars in a soft gradient on a transparent ground (RGBA)."""
    pixels = np.empty((size[1], size[0], 4), np.uint8)
    across = np.linspace(0, 1, size[0])
    colours = [_mixed(float(place)) for place in across]
    pixels[..., :3] = np.asarray(colours, np.uint8)[None]
    pixels[..., 3] = _bars(outline, size, bar=size[0] // 128, gap=size[0] // 170)
    return pixels


def card(outline: NDArray[np.floating[Any]], key: str) -> Pixels:
    """The waveform in white on a ground whose colour comes from the sound's hash, so that sounds differ at a glance."""
    width, height = CARD
    hue = int(key[:4], 16) / 0xFFFF
    top, bottom = (
        np.asarray(colorsys.hsv_to_rgb(h % 1, s, v)) for h, s, v in ((hue, 0.42, 0.86), (hue + 0.09, 0.62, 0.58))
    )
    y, x = np.mgrid[0:height, 0:width]
    ramp = ((y / height + x / width) / 2)[..., None]
    ground = (top * (1 - ramp) + bottom * ramp) * 255
    cover = _bars(outline, CARD, bar=4, gap=3, margin=20)[..., None] / 255 * 0.94
    return (ground * (1 - cover) + 255 * cover).round().astype(np.uint8)


def _bars(
    outline: NDArray[np.floating[Any]], size: tuple[int, int], *, bar: int, gap: int, margin: int | None = None
) -> NDArray[np.uint8]:
    """Coverage (0 to 255) of bars with round ends, one for each stretch of the outline, mirrored about the middle."""
    width, height = size
    edge = gap if margin is None else margin
    count = (width - 2 * edge + gap) // (bar + gap)
    start = (width - count * (bar + gap) + gap) / 2
    level = _levels(outline, count)
    smooth = 4
    canvas = Image.new("L", (width * smooth, height * smooth), 0)
    draw = ImageDraw.Draw(canvas)
    tallest = height - 2 * max(edge, height // 16)
    for index, value in enumerate(level):
        left = (start + index * (bar + gap)) * smooth
        half = max(bar / 2, tallest / 2 * float(value)) * smooth
        middle = height * smooth / 2
        box = (left, middle - half, left + bar * smooth - 1, middle + half - 1)
        draw.rounded_rectangle(box, radius=bar * smooth / 2, fill=255)
    return np.asarray(canvas.reduce(smooth))


def _levels(outline: NDArray[np.floating[Any]], count: int) -> NDArray[np.float64]:
    """One height (0 to 1) for each bar: the loudest of its stretch, quiet parts lifted, the whole scaled to fill."""
    places = np.linspace(0, len(outline), count + 1)
    stretches = [outline[int(a) : max(int(a) + 1, int(b))] for a, b in pairwise(places)]
    peaks = np.array(
        [float(np.sqrt(np.mean(np.square(s)))) * 0.5 + float(s.max()) * 0.5 if len(s) else 0.0 for s in stretches]
    )
    top = float(peaks.max(initial=0.0))
    return (peaks / top) ** 0.8 if top > 1e-4 else np.zeros(count)


def _mixed(place: float) -> tuple[int, int, int]:
    hue, saturation, value = (a + (b - a) * place for a, b in zip(_FIRST, _LAST, strict=True))
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)
