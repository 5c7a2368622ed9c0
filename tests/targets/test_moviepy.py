"""Our film in moviepy's hands: frames, sound, cutting and writing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from spatialnb.targets.moviepy import clip
from tests.targets.scenes import Shelf, item, music, plain, project_of

COLOURS = ((210, 40, 40), (40, 190, 60))


@pytest.fixture
def film(tmp_path: Path) -> Iterator[Any]:
    shelf = Shelf(tmp_path / "media")
    assets = [plain(shelf, colour, f"c{n}") for n, colour in enumerate(COLOURS)]
    tune = music(shelf)
    items = [item(a, start=2.0 * n, duration=2.0) for n, a in enumerate(assets)]
    made = clip(project_of([*assets, tune], [*items, item(tune)]), shelf, "draft")
    yield made
    made.close()
    made.audio.close()
    for part in made.audio.clips:
        part.close()


def test_frames_are_the_films(film) -> None:
    assert film.size == (640, 360) or list(film.size) == [640, 360]
    assert film.duration == 4.0
    for t, colour in zip((1.2, 3.0, 1.2), (*COLOURS, COLOURS[0]), strict=True):
        assert np.abs(film.get_frame(t)[180, 320].astype(int) - colour).max() < 12


def test_it_can_be_cut_and_written_with_sound(film, tmp_path: Path) -> None:
    part = film.subclipped(2.8, 3.6)
    part.write_videofile(str(tmp_path / "part.mp4"), logger=None)
    with av.open(str(tmp_path / "part.mp4")) as file:
        pictures = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
        assert np.abs(pictures[5][180, 320].astype(int) - COLOURS[1]).max() < 25
        assert file.streams.audio
    assert np.abs(film.audio.get_frame(np.linspace(1.5, 2.5, 500))).max() > 0.01
