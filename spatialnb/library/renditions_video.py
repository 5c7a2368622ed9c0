"""Video: poster, thumbnail and a proxy that every browser plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spatialnb.library.encoder import encode
from spatialnb.library.examined import Examined, Source
from spatialnb.library.looks import brightness, sharpness
from spatialnb.library.pictures import TEXTURE, THUMBNAIL, put_picture, put_thumbnail, shrunk
from spatialnb.library.probe_video import Film, probe_video
from spatialnb.models.asset import Rendition

if TYPE_CHECKING:
    from spatialnb.library.storage import MediaStore

PROXY_HEIGHT = 720
_MODEST_RATE = 8_000_000
"""Bits a second up to which the original is as good a proxy as any."""
_PLAYABLE_SOUND = ("", "aac", "mp3", "mp3float")
_AAC = ("-c:a", "aac", "-b:a", "128k", "-ac", "2")
_H264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p")
_STREAMS = ("-map", "0:V:0", "-map", "0:a:0?", "-sn", "-dn", "-map_metadata", "-1", "-movflags", "+faststart")


def examine_video(source: Source, media: MediaStore) -> Examined:
    """Facts and renditions of one video: `poster`, `thumbnail` and `proxy`."""
    film = probe_video(source.path, source.kind)
    small = shrunk(film.poster, THUMBNAIL)
    return Examined(
        facts=film.facts.model_copy(update={"brightness": brightness(small), "sharpness": sharpness(film.poster)}),
        embedded=film.embedded,
        renditions={
            "thumbnail": put_thumbnail(media, small),
            "poster": put_picture(media, film.poster, TEXTURE),
            "proxy": _proxy(source, film, media),
        },
        look=small,
        traits=() if film.facts.has_audio else ("silent",),
    )


def _proxy(source: Source, film: Film, media: MediaStore) -> Rendition:
    width, height = film.facts.width or 1, film.facts.height or 1
    ready = film.codec == "h264" and film.pixel_format in ("yuv420p", "yuvj420p") and height <= PROXY_HEIGHT
    ready = ready and film.bit_rate <= _MODEST_RATE and film.sound in _PLAYABLE_SOUND
    if ready and source.kind.format == "mp4":
        return Rendition(hash=source.key, mime="video/mp4", bytes=source.bytes, width=width, height=height)
    if ready:
        options = [*_STREAMS, "-c", "copy"]
    else:
        high = min(PROXY_HEIGHT, height) // 2 * 2 or 2
        wide = max(2, round(width * high / height / 2) * 2)
        width, height = wide, high
        options = [*_STREAMS, "-vf", f"scale={wide}:{high}:flags=bicubic,setsar=1", *_H264, *_AAC]
    data = encode(source.path, options, ".mp4", source.stopped)
    return Rendition(hash=media.put(data, "video/mp4"), mime="video/mp4", bytes=len(data), width=width, height=height)
