"""The ffmpeg that comes with imageio-ffmpeg, run as a process of its own that can be stopped."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from spatialnb.errors import Stopped, Unsupported

_LOOK_UP = 0.1
"""Seconds between looks at whether someone pressed stop."""
# Nothing but local files: a film may name others, and a playlist in disguise would fetch them.
_SAFE = ("-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file")


@cache
def ffmpeg() -> str:
    """Path of the program."""
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def encode(source: Path, options: Sequence[str], suffix: str, stopped: Callable[[], bool]) -> bytes:
    """Run ffmpeg from `source` to a new file with `suffix` and return its bytes.

    Raises `Unsupported` when the file cannot be decoded to its end, `Stopped` when `stopped()` says so.
    """
    with tempfile.TemporaryDirectory(prefix="spatialnb-") as folder:
        target = Path(folder) / f"out{suffix}"
        # An absolute path with its scheme, so that a name with a colon or a dash is still a name.
        command = [ffmpeg(), *_SAFE, "-y", "-i", f"file:{source.absolute()}", *options, "-bitexact", f"file:{target}"]
        with (Path(folder) / "errors").open("w+b") as errors:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
            try:
                _wait(process, stopped)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
            if process.returncode != 0 or not target.exists():
                errors.seek(0)
                said = errors.read()[-2000:].decode("utf-8", "replace").strip().splitlines()
                raise Unsupported(
                    f"It could not be converted for playing ({(said or ['no reason given'])[-1][-120:].strip()})."
                )
        return target.read_bytes()


def _wait(process: subprocess.Popen[bytes], stopped: Callable[[], bool]) -> None:
    while True:
        try:
            process.wait(_LOOK_UP)
            return
        except subprocess.TimeoutExpired:
            if stopped():
                raise Stopped("Stopped. What was finished before is kept.") from None
