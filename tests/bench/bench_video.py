"""How fast films are written, against the bare encoder fed with the same frames from memory, in one run.

    python tests/bench/bench_video.py [--quality standard] [--seconds 10]

Prints frames a second and the ratio for a film in timeline order and for a walk. The encoder, its settings and the
pictures are the same; only the making of the frames is added.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from spatialnb.targets.film import Film, film_of
from spatialnb.targets.film_encoder import encode
from spatialnb.targets.film_frame import Frame
from tests.targets.scenes import hall, sequence


class Memory:
    """The frames of a film, drawn before the clock starts."""

    def __init__(self, film: Film, seconds: float) -> None:
        self.setting, self.tracks, self.times, self.notes = film.setting, (), {}, []
        self.duration = min(seconds, film.duration)
        self._frames = []
        for n in range(round(self.duration * self.setting.rate)):
            frame = Frame(self.setting.width, self.setting.height)
            film.draw(n / self.setting.rate, frame)
            self._frames.append(frame)

    def draw(self, t: float, frame: Frame) -> None:
        frame.data = self._frames[min(round(t * self.setting.rate), len(self._frames) - 1)].data

    def close(self) -> None:
        self._frames.clear()


class Cut:
    """The real film, drawn while it is encoded, cut to the same length and without sound."""

    def __init__(self, film: Film, seconds: float) -> None:
        self.setting, self.tracks, self.times, self.notes = film.setting, (), {}, []
        self.duration, self.draw, self.close = min(seconds, film.duration), film.draw, film.close


def timed(film: Film, path: Path) -> tuple[float, float]:
    """Frames a second, and processor time a frame (ours and the encoder's, in milliseconds)."""
    began, used = time.perf_counter(), _processor()
    count = encode(film, path)
    return count / (time.perf_counter() - began), (_processor() - used) / count * 1000


def _processor() -> float:
    child = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + child.ru_utime + child.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quality", default="standard")
    parser.add_argument("--seconds", type=float, default=10)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "film.mp4"
        for name, build in (("timeline", sequence), ("walk", hall)):
            project, media = build(Path(folder) / name)
            memory = Memory(film_of(project, media, asked.quality), asked.seconds)
            bare, real = [], []
            for _ in range(3):
                bare.append(timed(memory, target))
                film = Cut(film_of(project, media, asked.quality), asked.seconds)
                real.append(timed(film, target))
                film.close()
            # The machine may be busy with other things: the best of three of each says what the program can do, and
            # processor time hardly depends on what else runs.
            rate, bare_rate = max(r for r, _ in real), max(r for r, _ in bare)
            cost, bare_cost = min(c for _, c in real), min(c for _, c in bare)
            print(
                f"{name:9} {memory.setting.height}p  bare {bare_rate:6.1f} fps {bare_cost:5.1f} ms  "
                f"film {rate:6.1f} fps {cost:5.1f} ms  "
                f"ratio of rates {rate / bare_rate:.2f}, of processor time {bare_cost / cost:.2f}"
            )


if __name__ == "__main__":
    main()
