"""From frames and sounds to an MP4: one ffmpeg process, fed through a pipe, so that memory stays small."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import cast

from typing_extensions import Buffer

from spatialnb.errors import Invalid, Stopped, Unavailable
from spatialnb.targets.film import Film, Setting, Track
from spatialnb.targets.film_frame import Frame

LOUDNESS = -16.0
Report = Callable[[float | None, str], None]


def encode(
    film: Film,
    path: Path,
    *,
    title: str = "",
    report: Report | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Write `film` to `path` (H.264 and AAC in MP4, index first) and give the number of frames.

    The file appears when it is whole: a stopped or failed export leaves what was there before. Raises `Invalid` when
    the place cannot be written, `Stopped`, and `Unavailable` when the encoder fails.
    """
    setting = film.setting
    count = max(1, round(film.duration * setting.rate))
    unfinished = _beside(path)
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command(setting, count / setting.rate, film.tracks, unfinished, title),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
            bufsize=0,
        )
        assert process.stdin is not None
        pipe = _Pipe(process.stdin.fileno(), setting)
        try:
            for n in range(count):
                if stopped():
                    raise Stopped("The export was stopped. No file was written.")
                frame = pipe.free()
                if frame is None:
                    break
                film.draw(n / setting.rate, frame)
                pipe.send(frame)
                if report and n % 15 == 0:
                    report(n / count, f"Frame {n} of {count}")
            pipe.finish()
        except BaseException:
            process.kill()
            pipe.finish()
            process.wait()
            unfinished.unlink(missing_ok=True)
            raise
        finally:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        code = process.wait()
        if code or pipe.broke:
            unfinished.unlink(missing_ok=True)
            log.seek(0)
            said = log.read().decode(errors="replace").strip().splitlines()
            why = said[-1] if said else f"code {code}"
            raise Unavailable(f"The video encoder gave up: {why}. Try again, or with another quality.")
    os.replace(unfinished, path)
    if report:
        report(1.0, f"Wrote {count} frames")
    return count


def _beside(path: Path) -> Path:
    """A new file in the same folder, to be renamed when it is whole."""
    if path.is_dir():
        raise Invalid(f"{path} is a folder; name a file such as film.mp4.", "path")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=".mp4", prefix=".film-", dir=path.parent)
        os.fchmod(handle, 0o644) if hasattr(os, "fchmod") else None
        os.close(handle)
    except OSError as error:
        raise Invalid(f"{path} cannot be written ({error.strerror}); choose another place.", "path") from error
    return Path(name)


class _Pipe:
    """Writes frames to the encoder on a thread of its own, while the next is drawn. Holds three frames."""

    def __init__(self, handle: int, setting: Setting) -> None:
        self._handle = handle
        self._free: SimpleQueue[Frame] = SimpleQueue()
        self._full: SimpleQueue[Frame | None] = SimpleQueue()
        self.broke = False
        for _ in range(3):
            self._free.put(Frame(setting.width, setting.height))
        self._thread = Thread(target=self._work, name="spatialnb-film", daemon=True)
        self._thread.start()

    def free(self) -> Frame | None:
        """A frame to draw into, or None when the encoder no longer takes any."""
        frame = self._free.get()
        return None if self.broke else frame

    def send(self, frame: Frame) -> None:
        self._full.put(frame)

    def finish(self) -> None:
        """Wait until every frame is written, or cannot be."""
        self._full.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (frame := self._full.get()) is not None:
            if not self.broke:
                data = memoryview(cast(Buffer, frame.data)).cast("B")
                try:
                    while data:
                        data = data[os.write(self._handle, data) :]
                except OSError:
                    # The encoder is gone; why stands in its log.
                    self.broke = True
            self._free.put(frame)


def command(setting: Setting, seconds: float, tracks: Sequence[Track], path: Path, title: str = "") -> list[str]:
    """The ffmpeg call for a film of `seconds`, its frames on standard input."""
    import imageio_ffmpeg

    sounds: list[str] = []
    for track in tracks:
        loop = ["-stream_loop", "-1"] if track.loops else []
        sounds += [*loop, "-protocol_whitelist", "file", "-t", f"{track.seconds:.3f}", "-i", f"file:{track.path}"]
    if not tracks:
        sounds = ["-f", "lavfi", "-t", f"{seconds:.3f}", "-i", "anullsrc=r=48000:cl=stereo"]
    return [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-hide_banner",
        "-loglevel",
        "error",
        "-nostdin",
        "-y",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "yuv420p",
        "-s",
        f"{setting.width}x{setting.height}",
        "-r",
        str(setting.rate),
        "-i",
        "pipe:0",
        *sounds,
        *(
            ["-filter_complex", mixed(tracks, seconds), "-map", "0:v", "-map", "[mix]"]
            if tracks
            else ["-map", "0:v", "-map", "1:a"]
        ),
        "-c:v",
        "libx264",
        "-preset",
        setting.preset,
        "-crf",
        str(setting.factor),
        "-pix_fmt",
        "yuv420p",
        "-colorspace",
        "smpte170m",
        "-color_primaries",
        "smpte170m",
        "-color_trc",
        "smpte170m",
        "-color_range",
        "tv",
        "-c:a",
        "aac",
        "-b:a",
        "160k",
        "-ar",
        "48000",
        "-ac",
        "2",
        "-t",
        f"{seconds:.3f}",
        "-metadata",
        f"title={title}",
        "-fflags",
        "+bitexact",
        "-movflags",
        "+faststart",
        "-f",
        "mp4",
        f"file:{path}",
    ]


def mixed(tracks: Sequence[Track], seconds: float) -> str:
    """One filter graph: each sound cut, faded, set in time; all added up, levelled, and cut to the picture's length."""
    parts: list[str] = []
    for n, track in enumerate(tracks, start=1):
        fade = min(track.fade, track.seconds / 3)
        parts.append(
            f"[{n}:a:0]aresample=48000,aformat=channel_layouts=stereo,atrim=0:{track.seconds:.3f},asetpts=PTS-STARTPTS,"
            f"afade=t=in:d={fade / 2:.3f},afade=t=out:st={max(0.0, track.seconds - fade):.3f}:d={fade:.3f},"
            f"volume={track.gain:.3f},adelay={round(track.start * 1000)}:all=1[t{n}]"
        )
    ins = "".join(f"[t{n}]" for n in range(1, len(tracks) + 1))
    parts.append(
        f"{ins}amix=inputs={len(tracks)}:duration=longest:normalize=0,loudnorm=I={LOUDNESS}:TP=-1.5:LRA=11,aresample=48000,"
        f"apad,atrim=0:{seconds:.3f}[mix]"
    )
    return ";".join(parts)
