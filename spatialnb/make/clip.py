"""Short films from words, without a model: a painting in layers that moves, as H.264 in MP4."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from spatialnb.errors import Invalid, Unavailable
from spatialnb.make.image import labels_of, look_of, paint
from spatialnb.make.painting.palettes import PALETTES, Palette
from spatialnb.make.words import chance, title_of

Pixels = NDArray[Any]


@dataclass(frozen=True)
class Clip:
    """A short film as a file's bytes, and what it is."""

    data: bytes
    mime: str
    suffix: str
    name: str
    labels: tuple[str, ...]
    seconds: float
    width: int
    height: int
    frame_rate: int
    seed: int


def make_clip(
    prompt: str,
    *,
    seconds: float = 4.0,
    width: int = 1280,
    height: int = 720,
    frame_rate: int = 24,
    seed: int = 0,
    title: str = "",
) -> Clip:
    """A moving picture of `prompt`, without sound. The same arguments give the same bytes on one machine.

    Raises `Invalid` for a length outside 0.2 to 60 s and for odd or too large sizes.
    """
    if not 0.2 <= seconds <= 60:
        raise Invalid(f"A clip is from 0.2 to 60 seconds long, not {seconds:g}.", "seconds")
    if width % 2 or height % 2 or not (64 <= width <= 3840 and 64 <= height <= 3840):
        raise Invalid(
            f"A clip is from 64 to 3840 pixels wide and high, in even numbers, not {width} x {height}.", "width"
        )
    style, _ = look_of(prompt, seed)
    frames = _frames(prompt, seed, round(seconds * frame_rate), width, height, frame_rate)
    words = ["-metadata", f"title={title or title_of(prompt)}"]
    data = run_ffmpeg(
        [
            "-f",
            "rawvideo",
            "-pix_fmt",
            "rgb24",
            "-s",
            f"{width}x{height}",
            "-r",
            str(frame_rate),
            "-i",
            "pipe:0",
            "-c:v",
            "libx264",
            "-preset",
            "veryfast",
            "-crf",
            "20",
            "-pix_fmt",
            "yuv420p",
            "-threads",
            "2",
            *words,
        ],
        frames,
        ".mp4",
    )
    return Clip(
        data=data,
        mime="video/mp4",
        suffix=".mp4",
        name=title or title_of(prompt),
        labels=labels_of(prompt, style),
        seconds=round(seconds * frame_rate) / frame_rate,
        width=width,
        height=height,
        frame_rate=frame_rate,
        seed=seed,
    )


def _frames(prompt: str, seed: int, count: int, width: int, height: int, rate: int) -> Iterator[bytes]:
    """A slow move over a painting that is a little larger than the frame, with what falls or drifts in front of it."""
    zoom = 1.14
    large, style, colours = paint(prompt, seed=seed, width=int(width * zoom / 2) * 2, height=int(height * zoom / 2) * 2)
    dice = chance("clip", prompt.strip().lower(), seed)
    particles = _WEATHER.get(style, _sparks)(PALETTES[colours], dice, width, height)
    turn = float(dice.choice([-1, 1]))
    spare = ((large.shape[1] - width) / 2, (large.shape[0] - height) / 2)
    for n in range(count):
        share = n / max(count - 1, 1)
        eased = share * share * (3 - 2 * share)
        scale = 1.0 - 0.05 * eased
        centre = (
            large.shape[1] / 2 + turn * spare[0] * 0.8 * (eased * 2 - 1),
            large.shape[0] / 2 + spare[1] * 0.3 * (1 - eased),
        )
        move = np.array(
            [[scale, 0, centre[0] - scale * width / 2], [0, scale, centre[1] - scale * height / 2]], np.float32
        )
        frame = cv2.warpAffine(
            large, move, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
        )
        glow = particles(n / rate)
        flicker = 1 + 0.03 * np.sin(n * 2.1) * np.sin(n * 0.7)
        yield cv2.convertScaleAbs(cv2.add(frame, glow), alpha=flicker).tobytes()


Weather = Callable[[float], Pixels]


def _rain(palette: Palette, dice: np.random.Generator, width: int, height: int) -> Weather:
    count = 420
    x, y = dice.uniform(-0.1, 1.1, count) * width, dice.random(count)
    near = dice.random(count) ** 2
    colour = tuple(float(c) for c in palette.light * 255)

    def draw(t: float) -> Pixels:
        picture = np.zeros((height, width, 3), np.uint8)
        fall = ((y + t * (1.1 + 1.9 * near)) % 1.15 - 0.1) * height
        long = (0.02 + 0.07 * near) * height
        for k in range(count):
            strength = 0.12 + 0.3 * near[k]
            a = (int(x[k] * 16), int(fall[k] * 16))
            b = (int((x[k] - long[k] * 0.14) * 16), int((fall[k] + long[k]) * 16))
            cv2.line(picture, a, b, [c * strength for c in colour], 1 if near[k] < 0.6 else 2, cv2.LINE_AA, 4)
        return picture

    return draw


def _sparks(palette: Palette, dice: np.random.Generator, width: int, height: int) -> Weather:
    count = 150
    x, y, near = dice.random(count), dice.random(count), dice.random(count) ** 2
    phase = dice.random(count) * 6.28
    colours = [palette.accent * 255, palette.light * 255, palette.second * 255]

    def draw(t: float) -> Pixels:
        small = np.zeros((height // 2, width // 2, 3), np.uint8)
        for k in range(count):
            px = (x[k] + 0.02 * np.sin(t * 1.3 + phase[k])) % 1 * width / 2
            py = (y[k] - t * (0.02 + 0.06 * near[k])) % 1 * height / 2
            shine = 0.25 + 0.55 * (0.5 + 0.5 * np.sin(t * 2.4 + phase[k]))
            cv2.circle(
                small,
                (int(px * 16), int(py * 16)),
                int((0.6 + 2.6 * near[k]) * height / 720 * 16),
                (colours[k % 3] * shine).tolist(),
                -1,
                cv2.LINE_AA,
                4,
            )
        soft = cv2.GaussianBlur(small, (0, 0), 2.2 * height / 720)
        return cv2.resize(cv2.add(small, soft), (width, height), interpolation=cv2.INTER_LINEAR)

    return draw


_WEATHER: dict[str, Callable[[Palette, np.random.Generator, int, int], Weather]] = {"skyline": _rain, "forest": _sparks}


def run_ffmpeg(arguments: list[str], source: bytes | Iterator[bytes], suffix: str) -> bytes:
    """Feed `source` to ffmpeg and give the finished file. MP4 needs a file it can seek in, hence the temporary one."""
    import imageio_ffmpeg

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"out{suffix}"
        command = [
            imageio_ffmpeg.get_ffmpeg_exe(),
            "-hide_banner",
            "-loglevel",
            "error",
            "-y",
            *arguments,
            "-fflags",
            "+bitexact",
            "-flags:v",
            "+bitexact",
            "-flags:a",
            "+bitexact",
            "-movflags",
            "+faststart",
            str(target),
        ]
        with (Path(folder) / "log").open("w+b") as log:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log)
            assert process.stdin is not None
            try:
                for part in (source,) if isinstance(source, bytes) else source:
                    process.stdin.write(part)
                process.stdin.close()
            except BrokenPipeError:
                pass  # ffmpeg has given up; what it said is in the log, below
            except BaseException:
                process.kill()
                raise
            finally:
                code = process.wait()
            if code:
                log.seek(0)
                said = log.read().decode(errors="replace").strip().splitlines()
                raise Unavailable(
                    f"The video encoder could not write the file: {said[-1] if said else f'code {code}'}."
                )
        return target.read_bytes()
