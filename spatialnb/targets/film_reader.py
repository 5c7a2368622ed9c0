"""Frames of a video file at any time, decoded in order as long as time goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from spatialnb.targets.film_frame import Frame, Pixels

_FAR = 1.5
"""Seconds ahead from which a jump is cheaper than decoding on."""


class Reader:
    """One video, scaled to at most `most` pixels high. `at(t)` loops past the end. Raises `OSError` for bad files."""

    def __init__(self, path: Path, most: int) -> None:
        import av
        from av.error import FFmpegError

        try:
            self._file: Any = av.open(str(path), options={"protocol_whitelist": "file"})
        except FFmpegError as error:
            raise OSError(str(error)) from error
        if not self._file.streams.video:
            self._file.close()
            raise OSError("no video in it")
        stream = self._file.streams.video[0]
        stream.thread_type = "AUTO"
        self._stream = stream
        factor = min(1.0, most / max(1, stream.codec_context.height))
        self.width = max(2, round(stream.codec_context.width * factor / 2) * 2)
        self.height = max(2, round(stream.codec_context.height * factor / 2) * 2)
        length = float(stream.duration * stream.time_base) if stream.duration else float(self._file.duration or 0) / 1e6
        self.seconds = max(length, 0.04)
        self._first = float(stream.start_time or 0) * float(stream.time_base)
        self._frames: Iterator[Any] = iter(self._file.decode(stream))
        self._shown: Frame | None = None
        self._shown_at, self._next = -1.0, None

    def at(self, t: float) -> Frame:
        """The frame that is on screen at `t` seconds; the file's last one if it ends early."""
        from av.error import FFmpegError

        t = max(0.0, t) % self.seconds
        if t < self._shown_at - 1e-3 or t > self._shown_at + _FAR:
            self._seek(t)
        while True:
            if self._next is None:
                try:
                    self._next = next(self._frames, None)
                except FFmpegError:
                    self._next = None
                if self._next is None:
                    break
            at = float(self._next.time or 0) - self._first
            if self._shown is not None and at > t + 1e-3:
                break
            # Frames that are passed over are not converted: only the last one before t is.
            following = next(self._frames, None)
            if following is None or float(following.time or 0) - self._first > t + 1e-3:
                self._shown, self._shown_at = self._converted(self._next), at
            self._next = following
            if following is None:
                break
        if self._shown is None:
            self._shown = Frame(self.width, self.height)
            self._shown.fill((16, 128, 128))
        return self._shown

    def _seek(self, t: float) -> None:
        self._file.seek(int((t + self._first) / self._stream.time_base), stream=self._stream)
        self._frames = iter(self._file.decode(self._stream))
        self._next = None
        self._shown_at = -1.0

    def _converted(self, picture: Any) -> Frame:
        made = picture.reformat(
            width=self.width, height=self.height, format="yuv420p", dst_colorspace="ITU601", dst_color_range="MPEG"
        )
        return Frame(self.width, self.height, np.ascontiguousarray(made.to_ndarray()))

    def still(self) -> Pixels:
        return self.at(self.seconds * 0.25).rgb()

    def close(self) -> None:
        self._file.close()


def has_sound(path: Path) -> bool:
    """Whether the file has a sound track that can be read."""
    import av
    from av.error import FFmpegError

    try:
        with av.open(str(path), options={"protocol_whitelist": "file"}) as file:
            return bool(file.streams.audio)
    except (FFmpegError, OSError):
        return False


def shrunk(pixels: Pixels, most: int) -> Pixels:
    """Pixels with no side above `most`."""
    factor = most / max(pixels.shape[:2])
    if factor >= 1:
        return pixels
    size = (max(2, round(pixels.shape[1] * factor)), max(2, round(pixels.shape[0] * factor)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
