from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from spatialnb.library import Library
from spatialnb.library.probe_text import LONGEST, decoded
from tests import media


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_texts_are_decoded_and_counted(encoding: str, library: Library, tmp_path: Path) -> None:
    words = "Über den Dächern\n\nDer Morgen ist kühl und die Stadt schläft noch nicht ganz, "
    words += "denn es ist die Zeit der Bäcker.\n"
    asset = library.ingest(media.text(tmp_path / "a.txt", words, encoding)).added[0]
    assert asset.text == words
    assert asset.facts.words == 21
    assert asset.facts.characters == len(words)
    assert "german" in asset.labels
    assert {"dächern", "über"} <= set(asset.labels)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0\ufeff")))
def test_any_utf8_text_is_read_as_written(words: str) -> None:
    assert decoded(words.encode()) == words


@given(st.binary())
def test_no_bytes_break_the_decoder(data: bytes) -> None:
    decoded(data)


def test_the_page_has_a_title_and_lines(library: Library, tmp_path: Path) -> None:
    asset = library.ingest(media.text(tmp_path / "night_gallery.md")).added[0]
    assert asset.mime == "text/markdown"
    assert "english" in asset.labels
    texture = asset.renditions["texture"]
    assert (texture.width, texture.height) == (792, 1024)
    page = np.asarray(Image.open(io.BytesIO(library.media.read(texture.hash))).convert("L"))
    ink = (page < 128).sum(axis=1)
    assert ink[84:160].max() > 20
    assert ink[900:].max() < 5
    assert page[20:60, 20:700].min() > 200


def test_letters_without_a_font_are_drawn_as_bars(library: Library, tmp_path: Path) -> None:
    words = "𐎠𐎡𐎢𐎣𐎤𐎥𐎦𐎧 𐎨𐎩𐎪𐎫\n" * 6
    asset = library.ingest(media.text(tmp_path / "old_persian.txt", words)).added[0]
    page = np.asarray(Image.open(io.BytesIO(library.media.read(asset.renditions["texture"].hash))).convert("L"))
    assert 150 < np.median(page[90:110, 100:200]) < 252


def test_long_texts_are_kept_in_part_and_counted_whole(library: Library, tmp_path: Path) -> None:
    asset = library.ingest(media.text(tmp_path / "long.txt", "word " * 100_000)).added[0]
    assert (len(asset.text), asset.facts.words) == (LONGEST, 100_000)
    assert len(library.media.read(asset.hash)) == 500_000


def test_blank_texts_are_refused(library: Library, tmp_path: Path) -> None:
    report = library.ingest(media.text(tmp_path / "blank.txt", " \n\n"))
    assert report.failed[0].reason == "The text is blank."
