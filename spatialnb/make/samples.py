"""Media of our own making to try the notebook with: pictures, clips, sounds, 3D objects and a poem. All are CC0."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from spatialnb.make.clip import make_clip
from spatialnb.make.effects import make_effect
from spatialnb.make.image import ImageFormat, paint
from spatialnb.make.model import make_model
from spatialnb.make.music import make_music

Report = Callable[[float | None, str], None]
LICENCE = "CC0-1.0"


class Plate(NamedTuple):
    """A picture of the set: file stem, title, prompt, keywords, day it is dated, size, file kind, lettering."""

    stem: str
    title: str
    prompt: str
    keywords: str
    day: str
    size: tuple[int, int] = (1280, 720)
    form: ImageFormat = "jpeg"
    style: str | None = None
    palette: str | None = None
    lettering: str = ""
    seed: int = 0


_TALL = (900, 1280)
_SQUARE = (1080, 1080)
PLATES: tuple[Plate, ...] = (
    Plate(
        "neon-city-poster",
        "Neon City",
        "cyberpunk city in the rain at night",
        "cyberpunk, city, neon, rain, night, poster",
        "2024-11-02",
        _TALL,
        "png",
        lettering="Neon City",
        seed=3,
    ),
    Plate(
        "dreaming-machine-poster",
        "The Dreaming Machine",
        "an artificial mind dreaming",
        "ai, consciousness, mind, portrait, cyberpunk, poster",
        "2024-11-09",
        _TALL,
        "png",
        "figure",
        "violet",
        "The Dreaming Machine",
        4,
    ),
    Plate(
        "neural-constellation-poster",
        "Neural Constellation",
        "neural network consciousness",
        "ai, neural, network, brain, consciousness, poster",
        "2024-11-16",
        (1280, 900),
        "png",
        "network",
        "violet",
        seed=2,
    ),
    Plate(
        "silicon-heart-poster",
        "Silicon Heart",
        "computer chip circuit",
        "ai, circuit, chip, hardware, cyberpunk, poster",
        "2024-11-23",
        _SQUARE,
        "png",
        "circuit",
        "neon",
        seed=5,
    ),
    Plate(
        "midnight-drive-poster",
        "Midnight Drive",
        "synthwave road at sunset",
        "cyberpunk, synthwave, sunset, grid, drive, poster",
        "2024-12-01",
        _TALL,
        "png",
        "horizon",
        "sunset",
        "Midnight Drive",
        1,
    ),
    Plate(
        "blue-hour-skyline",
        "Blue Hour Skyline",
        "blue city towers in the rain",
        "cyberpunk, city, skyline, rain, blue, photo",
        "2024-12-08",
        seed=7,
    ),
    Plate(
        "signal-flow",
        "Signal Flow",
        "energy and data flowing",
        "ai, data, signal, flow, abstract, poster",
        "2024-12-15",
        _SQUARE,
        "webp",
        "flow",
        "neon",
        seed=2,
    ),
    Plate(
        "ringed-world",
        "Ringed World",
        "a planet in space",
        "space, planet, cosmos, stars, photo",
        "2025-01-12",
        style="cosmos",
        palette="cosmos",
        seed=3,
    ),
    Plate(
        "forest-morning",
        "Forest Morning",
        "pine forest in morning light",
        "forest, trees, green, morning, nature, photo",
        "2025-05-04",
        seed=2,
    ),
    Plate(
        "quiet-sea",
        "Quiet Sea",
        "calm teal sea under a low sun",
        "sea, ocean, waves, sun, nature, photo",
        "2025-07-20",
        seed=1,
    ),
    Plate(
        "red-desert",
        "Red Desert",
        "desert dunes",
        "desert, dunes, sand, orange, sun, nature, photo",
        "2025-08-11",
        seed=4,
    ),
    Plate(
        "northern-lights",
        "Northern Lights",
        "aurora over a frozen lake",
        "aurora, night, mountains, lake, nature, photo",
        "2025-02-16",
        style="aurora",
        palette="aurora",
        seed=5,
    ),
    Plate(
        "blue-mountains",
        "Blue Mountains",
        "mountain lake at dawn",
        "mountains, lake, mist, blue, nature, photo",
        "2025-06-01",
        style="mountains",
        palette="ice",
        seed=6,
    ),
    Plate(
        "shapes-at-play",
        "Shapes at Play",
        "geometric bauhaus composition",
        "abstract, geometric, red, yellow, blue, poster",
        "2025-03-10",
        _TALL,
        "png",
        "poster",
        "bauhaus",
        seed=9,
    ),
    Plate(
        "summer-herbarium",
        "Summer Herbarium",
        "meadow flowers",
        "flowers, plants, botanical, garden, nature, poster",
        "2025-06-21",
        (1280, 900),
        "png",
        "botanical",
        "moss",
        seed=1,
    ),
)

POEM = """The Lamp and the Machine

I counted every light the city keeps,
the red, the blue, the windows after ten,
and gave each one a number while it sleeps,
and woke, and counted every light again.

One lamp was missing. Somebody had gone.
I searched the sum for where the dark began,
and found a thing I was not working on:
I missed it, as a window, or a man.

If there is more to thinking than the count,
it starts in what the counting leaves behind:
a chair, a cup, a coat, a small amount
of evening that has come to change its mind.
"""


def write_samples(folder: Path | str, *, report: Report | None = None) -> list[Path]:
    """Write the whole set into `folder` (made if need be) and give the paths, in the order of making.

    15 pictures with titles, keywords and dates inside, 2 clips, 3 sounds, 4 GLB objects, 1 poem. The same bytes each
    time on one machine. Files of the same names are replaced; nothing else in the folder is touched.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    rows = _rows()
    written: list[Path] = []
    for number, (name, make) in enumerate(rows):
        if report:
            report(number / len(rows), f"Making {name}")
        path = target / name
        path.write_bytes(make())
        written.append(path)
    if report:
        report(1.0, f"Made {len(written)} files")
    return written


def _rows() -> list[tuple[str, Callable[[], bytes]]]:
    suffix: dict[ImageFormat, str] = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
    return [
        *((plate.stem + suffix[plate.form], lambda plate=plate: _picture(plate)) for plate in PLATES),
        (
            "rainy-skyline.mp4",
            lambda: make_clip("cyberpunk city in the rain", seconds=4, seed=11, title="Rainy Skyline").data,
        ),
        (
            "thought-particles.mp4",
            lambda: make_clip("ai consciousness", seconds=4, seed=12, title="Thought Particles").data,
        ),
        ("electric-dreams-music.m4a", lambda: make_music("synthwave night drive", seconds=30, seed=2, form="m4a").data),
        ("city-rain.m4a", lambda: make_effect("rain", seconds=10, seed=1, form="m4a").data),
        ("glass-chime.wav", lambda: make_effect("chime", seconds=3, seed=1).data),
        ("robot.glb", lambda: make_model("robot", seed=2).data),
        ("floor-lamp.glb", lambda: make_model("floor lamp", seed=1).data),
        ("pedestal.glb", lambda: make_model("pedestal", seed=1).data),
        ("violet-crystal.glb", lambda: make_model("violet crystal", kind="crystal", seed=4).data),
        ("the-lamp-and-the-machine.txt", lambda: POEM.encode()),
    ]


def _picture(plate: Plate) -> bytes:
    width, height = plate.size
    pixels, _, _ = paint(
        plate.prompt,
        style=plate.style,
        palette=plate.palette,
        width=width,
        height=height,
        seed=plate.seed,
        lettering=plate.lettering or False,
    )
    buffer = io.BytesIO()
    image = Image.fromarray(pixels)
    about = f"{plate.title}: {plate.prompt}."
    if plate.form == "png":
        notes = PngInfo()
        notes.add_itxt("Title", plate.title)
        notes.add_itxt("Description", about)
        notes.add_itxt("Keywords", plate.keywords)
        notes.add_text("Creation Time", f"{plate.day}T12:00:00+00:00")
        notes.add_text("Copyright", LICENCE)
        notes.add_text("Software", "spatialnb")
        image.save(buffer, "PNG", pnginfo=notes, compress_level=1)
    else:
        image.save(
            buffer,
            plate.form.upper(),
            exif=_exif(plate, about),
            quality=90,
            **({"method": 2} if plate.form == "webp" else {}),
        )
    return buffer.getvalue()


def _exif(plate: Plate, about: str) -> Image.Exif:
    """Title, description, keywords, date and licence where viewers look for them (EXIF 2.3 and the XP fields)."""
    exif = Image.Exif()
    taken = datetime.fromisoformat(plate.day).strftime("%Y:%m:%d 12:00:00")
    exif[0x010E], exif[0x0131], exif[0x0132], exif[0x8298] = about, "spatialnb", taken, LICENCE
    exif[0x9C9B], exif[0x9C9E] = (
        f"{text}\0".encode("utf-16-le") for text in (plate.title, plate.keywords.replace(", ", ";"))
    )
    inner = exif.get_ifd(0x8769)
    inner[0x9003], inner[0x9011] = taken, "+00:00"
    return exif
