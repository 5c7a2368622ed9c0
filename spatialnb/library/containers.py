"""Opening films and sounds: one demuxer, local files only, and errors in plain words."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from spatialnb.errors import Unsupported
from spatialnb.library.examined import Embedded
from spatialnb.library.kinds import Kind
from spatialnb.library.metadata import when

if TYPE_CHECKING:
    import av.container
    import av.stream

_DEMUXERS = {
    **dict.fromkeys(("mp4", "mov", "m4a"), "mov"),
    **{
        name: name
        for name in ("matroska", "avi", "flv", "asf", "ogg", "wav", "flac", "mp3", "aac", "aiff", "caf", "amr")
    },
}


@contextmanager
def opened(path: Path, kind: Kind) -> Generator[av.container.InputContainer]:
    """The file as a container. Whatever FFmpeg says is wrong with it, in or after opening, becomes `Unsupported`."""
    import av
    import av.error

    what = "sound" if kind.kind == "audio" else "video"
    try:
        with av.open(
            str(path.absolute()),
            format=_DEMUXERS.get(kind.format),
            options={"protocol_whitelist": "file"},
            metadata_errors="replace",
        ) as container:
            yield container
    except (av.error.FFmpegError, EOFError) as error:
        raise Unsupported(f"The {what} is broken or was cut short; copy it again ({_brief(error)}).") from error


def is_cover(stream: av.stream.Stream) -> bool:
    """Whether a video stream is only the picture on the sleeve."""
    import av.stream

    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def embedded(*metadata: dict[str, str]) -> Embedded:
    """Title, description, keywords, date and rights from container and stream tags; the first that says any."""
    tags: dict[str, str] = {}
    for source in metadata:
        for name, value in source.items():
            if value.strip():
                tags.setdefault(name.lower(), " ".join(value.split())[:2000])

    def first(*names: str) -> str:
        return next((tags[name] for name in names if name in tags), "")

    artist, title = first("artist", "album_artist"), first("title")
    return Embedded(
        title=title,
        description=first("description", "comment", "synopsis", "com.apple.quicktime.description"),
        keywords=tuple(
            dict.fromkeys(
                word.strip().lower()
                for text in (first("keywords"), first("genre"), artist, first("album"))
                for word in text.replace(";", ",").split(",")
                if word.strip()
            )
        ),
        created=when(first("creation_time", "com.apple.quicktime.creationdate", "date_recorded", "date")),
        licence=first("copyright", "license"),
    )


def _brief(error: BaseException) -> str:
    return str(getattr(error, "strerror", "") or error)[:80]
