from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from spatialnb.errors import Unsupported
from spatialnb.library.kinds import kind_of, misnamed
from tests import media

MAKERS = {
    "photo.jpg": (media.photo, "image", "jpeg"),
    "poster.png": (media.poster, "image", "png"),
    "moving.gif": (media.animation, "image", "gif"),
    "film.mp4": (media.video, "video", "mp4"),
    "film.mov": (media.video, "video", "mov"),
    "tone.wav": (media.sound, "audio", "wav"),
    "tone.flac": (media.sound, "audio", "flac"),
    "tone.mp3": (media.sound, "audio", "mp3"),
    "tone.ogg": (media.sound, "audio", "ogg"),
    "tone.m4a": (media.sound, "audio", "m4a"),
    "tone.aiff": (media.sound, "audio", "aiff"),
    "robot.glb": (media.robot, "model", "glb"),
    "quad.gltf": (media.gltf, "model", "gltf"),
    "pyramid.obj": (media.obj, "model", "obj"),
    "ball.stl": (media.stl, "model", "stl"),
    "page.md": (media.text, "text", "text"),
}


@pytest.mark.parametrize("name", MAKERS)
def test_content_tells_the_kind_whatever_the_name(name: str, tmp_path: Path) -> None:
    make, kind, form = MAKERS[name]
    path = make(tmp_path / name)
    assert (kind_of(path).kind, kind_of(path).format) == (kind, form)
    assert misnamed(name, kind_of(path)) == ""
    bare = path.rename(tmp_path / "without_a_suffix")
    if form != "gltf":
        assert kind_of(bare).format == form


def test_a_wrong_name_is_told(tmp_path: Path) -> None:
    kind = kind_of(media.poster(tmp_path / "holiday.mp3"))
    assert kind.kind == "image"
    assert misnamed("holiday.mp3", kind) == "Its name ends in .mp3, but it is a PNG picture; it was taken as that."
    assert "JPEG picture" in misnamed("a.png", kind_of(media.photo(tmp_path / "a.png")))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (bytes(5000), "zeros"),
        (b"%PDF-1.7 x", "PDF"),
        (b"MThd\0\0\0\6", "MIDI"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"newmtl paint\nKd 1 0 0\n", "OBJ"),
        (b"#EXTM3U\nhttp://example.org/a.ts\n", "playlist"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(data: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "file.jpg"
    path.write_bytes(data)
    with pytest.raises(Unsupported, match=said):
        kind_of(path)


def test_archives_and_noise_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "words")
    with pytest.raises(Unsupported, match="unpack it"):
        kind_of(tmp_path / "a.zip")
    (tmp_path / "noise.dat").write_bytes(os.urandom(4000))
    with pytest.raises(Unsupported, match="cannot be used"):
        kind_of(tmp_path / "noise.dat")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_texts_of_old_and_new_encodings_are_texts(encoding: str, tmp_path: Path) -> None:
    words = "Ein schöner Tag für alle, die Grün mögen.\nÄpfel und Öl stehen auf dem Tisch.\n" * 4
    assert kind_of(media.text(tmp_path / "a.txt", words, encoding)).kind == "text"
