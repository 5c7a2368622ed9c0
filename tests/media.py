"""Small real media files of our own making, for any test that needs some.

Every function writes one file (or one model with its side files) and returns its path. All of it is deterministic: the
same call gives the same bytes as long as the encoders stay the same.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from trimesh.visual.material import PBRMaterial

COLOURS: Mapping[str, tuple[int, int, int]] = {
    "red": (214, 38, 42),
    "orange": (242, 133, 32),
    "yellow": (246, 214, 54),
    "green": (52, 158, 70),
    "teal": (24, 142, 142),
    "blue": (42, 92, 208),
    "purple": (124, 62, 178),
    "pink": (240, 128, 172),
    "brown": (122, 76, 42),
    "black": (18, 18, 20),
    "grey": (128, 129, 130),
    "white": (244, 244, 242),
}
RATE = 44_100


# -- pictures --------------------------------------------------------------------------------------------------------
def picture(colour: str = "red", size: tuple[int, int] = (640, 480), seed: int = 0) -> Image.Image:
    """A photo-like picture in one colour: a soft gradient, a few round shapes and some grain."""
    rng = np.random.default_rng([seed, *COLOURS[colour]])
    width, height = size
    base = np.asarray(COLOURS[colour], np.float32)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    light = 0.94 + 0.12 * (x / width * rng.random() + (1 - y / height) * rng.random())
    pixels = base * light[..., None]
    for _ in range(4):
        cx, cy, r = rng.random() * width, rng.random() * height, (0.05 + 0.1 * rng.random()) * min(size)
        inside = np.clip(r - np.hypot(x - cx, y - cy), 0, 3)[..., None] / 3
        pixels = pixels * (1 - inside) + base * (0.8 + 0.4 * rng.random()) * inside
    pixels += rng.normal(0, 3, (height, width, 1))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def photo(
    path: Path,
    colour: str = "red",
    *,
    size: tuple[int, int] = (640, 480),
    seed: int = 0,
    taken: datetime | None = datetime(2024, 5, 17, 9, 30),  # noqa: DTZ001  EXIF dates carry no zone
    title: str = "",
    keywords: Sequence[str] = (),
    orientation: int = 1,
) -> Path:
    """A JPEG with EXIF: date taken, orientation (1 to 8), description and keywords."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    if title:
        exif[0x010E] = title
    if keywords:
        exif[0x9C9E] = (";".join(keywords) + "\0").encode("utf-16-le")
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken.strftime("%Y:%m:%d %H:%M:%S")
    path.parent.mkdir(parents=True, exist_ok=True)
    picture(colour, size, seed).save(path, "JPEG", quality=88, exif=exif)
    return path


def poster(path: Path, words: str = "NEON CITY", *, size: tuple[int, int] = (480, 720), seed: int = 0) -> Path:
    """A PNG poster: a night gradient with a skyline and big words."""
    rng = np.random.default_rng(seed)
    width, height = size
    top, bottom = np.array([18, 10, 44], np.float32), np.array([226, 44, 140], np.float32)
    ramp = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    image = Image.fromarray(np.broadcast_to(top * (1 - ramp) + bottom * ramp, (height, width, 3)).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    x = 0
    while x < width:
        w, h = int(rng.integers(24, 60)), int(rng.integers(height // 5, height // 2))
        draw.rectangle((x, height - h, x + w, height), fill=(12, 10, 26))
        x += w
    font = ImageFont.load_default(size=width // 8)
    draw.multiline_text((width / 2, height / 4), words.replace(" ", "\n"), font=font, fill=(96, 240, 255), anchor="mm")
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, "PNG")
    return path


def cutout(path: Path, colour: str = "teal", *, size: tuple[int, int] = (200, 200)) -> Path:
    """A PNG disc on a transparent ground."""
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((10, 10, size[0] - 10, size[1] - 10), fill=(*COLOURS[colour], 255))
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, "PNG")
    return path


def animation(path: Path, *, frames: int = 4) -> Path:
    """An animated GIF."""
    names = list(COLOURS)
    stills = [picture(names[i % len(names)], (120, 90), i) for i in range(frames)]
    path.parent.mkdir(parents=True, exist_ok=True)
    stills[0].save(path, "GIF", save_all=True, append_images=stills[1:], duration=100, loop=0)
    return path


def bomb(path: Path, *, side: int = 60_000) -> Path:
    """A PNG of a few kilobytes that says it is `side` x `side` pixels: more than any reader should unpack."""
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(1_000_000), 9)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))
    return path


# -- sound and film --------------------------------------------------------------------------------------------------
def wave(
    seconds: float = 1.0, *, hertz: float = 440.0, gain: float = 0.3, bpm: float | None = None
) -> NDArray[np.float32]:
    """A mono tone at 44.1 kHz, or with `bpm` short clicks of noise on every beat over a quiet tone."""
    t = np.arange(int(seconds * RATE)) / RATE
    tone = gain * np.sin(2 * math.pi * hertz * t)
    if bpm is None:
        return tone.astype(np.float32)
    noise = np.random.default_rng(0).normal(0, 0.5, t.size)
    return (0.1 * tone + noise * np.exp(-(t % (60 / bpm)) * 40)).clip(-1, 1).astype(np.float32)


def sound(
    path: Path,
    *,
    seconds: float = 1.0,
    hertz: float = 440.0,
    gain: float = 0.3,
    bpm: float | None = None,
    tags: Mapping[str, str] | None = None,
) -> Path:
    """A stereo sound; the codec follows the suffix: .wav .flac .mp3 .ogg (Opus) .m4a (AAC) .aiff."""
    codecs = {".wav": "pcm_s16le", ".flac": "flac", ".mp3": "libmp3lame", ".m4a": "aac", ".aiff": "pcm_s16be"}
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        container.metadata.update(tags or {})
        rate = 48_000 if path.suffix == ".ogg" else RATE
        stream = container.add_stream(codecs.get(path.suffix, "libopus"), rate=rate, layout="stereo")
        _encode_sound(container, stream, wave(seconds, hertz=hertz, gain=gain, bpm=bpm))
    return path


def video(
    path: Path,
    *,
    seconds: float = 1.0,
    size: tuple[int, int] = (320, 180),
    fps: int = 24,
    colour: str = "blue",
    with_sound: bool = True,
    codec: str = "libx264",
    tags: Mapping[str, str] | None = None,
) -> Path:
    """A short film of a disc that crosses a coloured ground, H.264 (or another codec) with or without a tone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"movflags": "faststart"} if path.suffix in {".mp4", ".mov"} else {}
    with av.open(str(path), "w", options=options) as container:
        container.metadata.update(tags or {})
        film = container.add_stream(codec, rate=Fraction(fps))
        film.width, film.height, film.pix_fmt = *size, "yuv420p"  # pyright: ignore
        if codec == "libx264":
            film.options = {"preset": "ultrafast", "crf": "26"}
        tone = None
        if with_sound:
            name, rate = ("libopus", 48_000) if path.suffix in {".webm", ".mkv"} else ("aac", RATE)
            tone = container.add_stream(name, rate=rate, layout="stereo")
        ground = picture(colour, size)
        count = max(1, round(seconds * fps))
        for index in range(count):
            still = ground.copy()
            x = size[0] * (index + 0.5) / count
            r = size[1] / 6
            ImageDraw.Draw(still).ellipse((x - r, size[1] / 2 - r, x + r, size[1] / 2 + r), fill=(250, 240, 200))
            frame = av.VideoFrame.from_image(still)
            frame.pts, frame.time_base = index, Fraction(1, fps)
            container.mux(film.encode(frame))  # pyright: ignore
        container.mux(film.encode(None))  # pyright: ignore
        if tone is not None:
            _encode_sound(container, tone, wave(seconds))
    return path


def _encode_sound(container: av.container.OutputContainer, stream: object, samples: NDArray[np.float32]) -> None:
    stereo = np.ascontiguousarray(np.stack([samples, samples]))
    resampler = av.AudioResampler(stream.format.name, stream.layout.name, stream.rate)  # pyright: ignore
    for start in range(0, stereo.shape[1], 4096):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(stereo[:, start : start + 4096]), "fltp", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        for part in resampler.resample(frame):
            container.mux(stream.encode(part))  # pyright: ignore
    for part in resampler.resample(None):
        container.mux(stream.encode(part))  # pyright: ignore
    container.mux(stream.encode(None))  # pyright: ignore


# -- 3D models -------------------------------------------------------------------------------------------------------
def robot_scene() -> trimesh.Scene:
    """A robot 1.7 high, standing on y = 0, made of boxes and balls in a few colours."""
    scene = trimesh.Scene()
    parts: list[tuple[str, trimesh.Trimesh, tuple[float, float, float], str]] = [
        ("body", trimesh.creation.box((0.6, 0.7, 0.35)), (0, 0.85, 0), "teal"),
        ("head", trimesh.creation.box((0.42, 0.36, 0.34)), (0, 1.42, 0), "grey"),
        ("left eye", trimesh.creation.icosphere(2, 0.05), (-0.1, 1.46, 0.18), "yellow"),
        ("right eye", trimesh.creation.icosphere(2, 0.05), (0.1, 1.46, 0.18), "yellow"),
        ("left arm", trimesh.creation.box((0.14, 0.6, 0.16)), (-0.4, 0.85, 0), "orange"),
        ("right arm", trimesh.creation.box((0.14, 0.6, 0.16)), (0.4, 0.85, 0), "orange"),
        ("left leg", trimesh.creation.box((0.18, 0.5, 0.2)), (-0.16, 0.25, 0), "grey"),
        ("right leg", trimesh.creation.box((0.18, 0.5, 0.2)), (0.16, 0.25, 0), "grey"),
    ]
    for name, mesh, place, colour in parts:
        material = PBRMaterial(
            name=colour, baseColorFactor=[*COLOURS[colour], 255], metallicFactor=0.1, roughnessFactor=0.6
        )
        mesh.visual = trimesh.visual.TextureVisuals(material=material)
        scene.add_geometry(
            mesh, node_name=name, geom_name=name, transform=trimesh.transformations.translation_matrix(place)
        )
    return scene


def robot(path: Path) -> Path:
    """The robot as one self-contained GLB."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(robot_scene().export(file_type="glb"))
    return path


def gltf(path: Path) -> Path:
    """A textured quad as `.gltf` JSON with a `.bin` and a `.png` beside it."""
    import json

    path.parent.mkdir(parents=True, exist_ok=True)
    points = np.array([[-1, 0, 0], [1, 0, 0], [1, 2, 0], [-1, 2, 0]], np.float32)
    uv = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)
    faces = np.array([0, 1, 2, 0, 2, 3], np.uint16)
    data = points.tobytes() + uv.tobytes() + faces.tobytes()
    path.with_suffix(".bin").write_bytes(data)
    picture("green", (64, 64)).save(path.with_suffix(".png"))
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "quad"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}, "metallicFactor": 0}}],
        "textures": [{"source": 0}],
        "images": [{"uri": path.with_suffix(".png").name}],
        "buffers": [{"uri": path.with_suffix(".bin").name, "byteLength": len(data)}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": 48},
            {"buffer": 0, "byteOffset": 48, "byteLength": 32},
            {"buffer": 0, "byteOffset": 80, "byteLength": 12},
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3", "min": [-1, 0, 0], "max": [1, 2, 0]},
            {"bufferView": 1, "componentType": 5126, "count": 4, "type": "VEC2"},
            {"bufferView": 2, "componentType": 5123, "count": 6, "type": "SCALAR"},
        ],
    }
    path.write_text(json.dumps(document))
    return path


def obj(path: Path) -> Path:
    """A red pyramid as OBJ, with its `.mtl` beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".mtl").write_text("newmtl paint\nKd 0.84 0.15 0.16\nKa 0 0 0\nNs 20\n")
    path.write_text(
        f"mtllib {path.with_suffix('.mtl').name}\no pyramid\n"
        "v -1 0 -1\nv 1 0 -1\nv 1 0 1\nv -1 0 1\nv 0 1.5 0\n"
        "usemtl paint\nf 1 2 3 4\nf 4 3 5\nf 3 2 5\nf 2 1 5\nf 1 4 5\n"
    )
    return path


def stl(path: Path) -> Path:
    """A ball of radius 0.5 as binary STL."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(trimesh.creation.icosphere(3, 0.5).export(file_type="stl"))
    return path


# -- words -----------------------------------------------------------------------------------------------------------
def text(path: Path, words: str = "", encoding: str = "utf-8") -> Path:
    """A text file; without `words`, a page about a gallery at night, as Markdown."""
    page = (
        "# The night gallery\n\nThe lights come on one by one. A robot walks along the wall of posters and stops "
        "before the largest.\n\n- neon city\n- quiet water\n- the old lighthouse\n"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((words or page).encode(encoding))
    return path


# -- folders ---------------------------------------------------------------------------------------------------------
def gallery(folder: Path) -> Path:
    """A mixed folder of good files: twelve photos in named colours, two posters, film, sounds, models and a text."""
    for index, colour in enumerate(COLOURS):
        taken = datetime(2024, 1 + index, 10, 12, 0)  # noqa: DTZ001
        photo(folder / "photos" / f"{colour}_wall-{index + 1:02d}.jpg", colour, taken=taken, seed=index)
    poster(folder / "posters" / "neon_city.png", "NEON CITY")
    poster(folder / "posters" / "robot_dreams.png", "ROBOT DREAMS", seed=1)
    video(folder / "film" / "blue_train.mp4")
    sound(folder / "sound" / "calm_tone.wav")
    sound(folder / "sound" / "club_beat.flac", seconds=4, bpm=120)
    robot(folder / "models" / "robot.glb")
    obj(folder / "models" / "pyramid.obj")
    stl(folder / "models" / "ball.stl")
    text(folder / "night_gallery.md")
    return folder


def png_bytes(colour: str = "red", size: tuple[int, int] = (64, 64)) -> bytes:
    """A PNG in memory."""
    buffer = io.BytesIO()
    picture(colour, size).save(buffer, "PNG")
    return buffer.getvalue()
