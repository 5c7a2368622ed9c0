"""How fast photos, films and models come in, and how fast they are found and packed again.

    python tests/bench/bench_ingest.py [--photos 240] [--folder FOLDER]

Photos are JPEG of 1600 x 1200 (a camera's small setting, 2 megapixels) with EXIF, half plain and half full of detail,
so that the encoder has work to do. Every photo gets all that an ingest gives: hash, original kept, texture, thumbnail,
tile, facts, colours, labels. Prints one JSON object; `ratio` is the measured rate over the one we hold ourselves to.
On a machine that others use too, `cpu_ms_a_photo` says more: two quiet cores do 2000 / it a second.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from spatialnb.library import Library, MediaStore
from spatialnb.models.asset import Asset, Rendition
from spatialnb.models.base import FrozenDict
from tests import media

PHOTOS_A_SECOND = 60.0
ATLAS_SECONDS = 0.3
T = TypeVar("T")


def make_photos(folder: Path, count: int, size: tuple[int, int] = (1600, 1200)) -> Path:
    """`count` different JPEGs."""
    names = list(media.COLOURS)
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    pictures = [media.picture(names[number % 12], size, number) for number in range(12)]
    for number in range(count):
        picture = pictures[number % 12].copy()
        if number % 2:
            # Structure at every scale, as leaves and streets have it.
            detail = sum(
                np.asarray(
                    Image.effect_noise((size[0] // step, size[1] // step), 40).resize(size, Image.Resampling.BILINEAR),
                    float,
                )
                for step in (4, 12, 40)
            )
            pixels = np.asarray(picture, float) + (detail[..., None] - 384) * 0.5
            picture = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        picture.paste((number % 256, number // 256, 120), (0, 0, 40, 40))
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = f"2024:{1 + number % 12:02}:{1 + number % 28:02} 12:00:00"
        picture.save(folder / f"{names[number % 12]}_{rng.integers(1e6)}_{number}.jpg", quality=88, exif=exif)
    return folder


def timed(do: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    result = do()
    return time.perf_counter() - start, result


def with_thumbnails(library: Library, assets: list[Asset], count: int) -> dict[str, Asset]:
    """`count` assets with thumbnails of their own, put as an ingest puts them."""
    from spatialnb.library.pictures import TILE_NOTE, tile

    made: dict[str, Asset] = {}
    for number in range(count):
        model = assets[number % len(assets)]
        pixels = np.full((48, 64, 3), (number % 256, number // 256, 60), np.uint8)
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, "WEBP", lossless=True)
        key = library.media.put(out.getvalue(), "image/webp")
        rng = np.random.default_rng(number)
        library.media.note(key, TILE_NOTE, (tile(pixels) + rng.integers(0, 40, (64, 64, 3), np.uint8)).tobytes())
        thumbnail = Rendition(hash=key, mime="image/webp", bytes=1, width=64, height=48)
        fields = {"id": f"image-{number:012x}", "renditions": FrozenDict({"thumbnail": thumbnail})}
        made[str(fields["id"])] = model.model_copy(update=fields)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=240)
    parser.add_argument("--folder", type=Path, help="real photos to ingest besides")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spatialnb-bench-") as scratch:
        folder = make_photos(Path(scratch) / "photos", arguments.photos)
        warm = Library(MediaStore(Path(scratch) / "warm"))
        warm.ingest(sorted(folder.iterdir())[:4])
        library = Library(MediaStore(Path(scratch) / "store"))
        before = time.process_time()
        seconds, report = timed(lambda: library.ingest(folder))
        processor = time.process_time() - before
        assert len(report.added) == arguments.photos, report.failed
        thousand = with_thumbnails(library, list(report.added), 1000)
        atlas_seconds, (atlas, _) = timed(lambda: library.atlas(thousand))
        again_seconds, _ = timed(lambda: library.atlas(thousand))
        library.search(thousand, "warm up")
        search_seconds, _ = timed(lambda: library.search(thousand, "red neon city"))
        rate = len(report.added) / seconds
        page_bytes = sum(len(library.media.read(page)) for page in atlas.pages)
        result: dict[str, object] = {
            "cores": len(os.sched_getaffinity(0)),
            "photos": len(report.added),
            "photos_a_second": round(rate, 1),
            "cpu_ms_a_photo": round(processor / len(report.added) * 1000, 1),
            "ratio": round(rate / PHOTOS_A_SECOND, 2),
            "atlas_1000_seconds": round(atlas_seconds, 3),
            "atlas_ratio": round(ATLAS_SECONDS / atlas_seconds, 2),
            "atlas_again_seconds": round(again_seconds, 4),
            "atlas_bytes": page_bytes,
            "search_1000_ms": round(search_seconds * 1000, 2),
        }
        if arguments.folder:
            real_seconds, real = timed(lambda: library.ingest(arguments.folder))
            pixels = sum((a.facts.width or 0) * (a.facts.height or 0) for a in real.added if a.kind == "image")
            result["folder"] = {
                "added": len(real.added),
                "failed": len(real.failed),
                "seconds": round(real_seconds, 2),
                "megapixels_a_second": round(pixels / 1e6 / real_seconds, 1),
            }
        print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
