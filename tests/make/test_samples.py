"""The demo's media and clips: all kinds, readable, the same bytes each time."""

from __future__ import annotations

import hashlib
import io
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from spatialnb.errors import Invalid
from spatialnb.make.clip import make_clip
from spatialnb.make.samples import write_samples


def test_set_is_complete_readable_and_repeatable(tmp_path: Path) -> None:
    told: list[float] = []
    files = write_samples(tmp_path / "a", report=lambda share, note: told.append(share or 0.0))
    kinds = [path.suffix for path in files]
    assert {suffix: kinds.count(suffix) for suffix in kinds} == {
        ".png": 7,
        ".jpg": 7,
        ".webp": 1,
        ".mp4": 2,
        ".m4a": 2,
        ".wav": 1,
        ".glb": 4,
        ".txt": 1,
    }
    assert told == sorted(told)
    assert told[-1] == 1.0
    again = write_samples(tmp_path / "b")
    for first, second in zip(files, again, strict=True):
        assert hashlib.sha256(first.read_bytes()).digest() == hashlib.sha256(second.read_bytes()).digest(), first.name
    for path in files:
        if path.suffix == ".png":
            with Image.open(path) as image:
                info = image.info
            assert info["Title"]
            assert "," in info["Keywords"]
            assert info["Creation Time"].startswith("202")
        elif path.suffix in (".jpg", ".webp"):
            with Image.open(path) as image:
                exif = image.getexif()
                assert exif[0x010E]
                assert exif.get_ifd(0x8769)[0x9003].startswith("202")
        elif path.suffix in (".mp4", ".m4a", ".wav"):
            with av.open(str(path)) as file:
                assert float(file.duration) / 1e6 >= 2.9


def test_clip_moves_and_is_as_asked() -> None:
    made = make_clip("cyberpunk rain", seconds=1, width=320, height=180, frame_rate=12)
    with av.open(io.BytesIO(made.data)) as file:
        stream = file.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        pictures = [frame.to_ndarray(format="rgb24").astype(int) for frame in file.decode(video=0)]
    assert len(pictures) == 12
    assert pictures[0].shape == (180, 320, 3)
    assert all(np.abs(a - b).mean() > 0.5 for a, b in pairwise(pictures))
    assert made.data == make_clip("cyberpunk rain", seconds=1, width=320, height=180, frame_rate=12).data


def test_clip_refusals() -> None:
    with pytest.raises(Invalid, match="even numbers"):
        make_clip("x", width=321)
    with pytest.raises(Invalid, match=r"0\.2 to 60"):
        make_clip("x", seconds=0)
