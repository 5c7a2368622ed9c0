from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from spatialnb.library import Library
from spatialnb.library.pictures import shrunk, webp
from spatialnb.models.asset import Asset, RenditionRole
from tests import media


def _one(library: Library, path: Path) -> Asset:
    report = library.ingest(path)
    assert report.failed == ()
    return report.added[0]


def _picture(library: Library, asset: Asset, role: RenditionRole) -> Image.Image:
    rendition = asset.renditions[role]
    image = Image.open(io.BytesIO(library.media.read(rendition.hash)))
    assert image.format == "WEBP"
    assert library.media.mime(rendition.hash) == rendition.mime == "image/webp"
    assert (image.width, image.height) == (rendition.width, rendition.height)
    assert rendition.bytes == len(library.media.read(rendition.hash))
    return image


def test_a_photo_has_its_facts_renditions_and_original(library: Library, tmp_path: Path) -> None:
    path = media.photo(
        tmp_path / "red_wall.jpg", "red", size=(3000, 2000), title="The wall", keywords=["brick", "paint"]
    )
    asset = _one(library, path)
    assert (asset.facts.width, asset.facts.height, asset.facts.transparent) == (3000, 2000, False)
    assert asset.created == datetime(2024, 5, 17, 9, 30, tzinfo=UTC)
    assert asset.text == "The wall"
    assert asset.labels[:2] == ("brick", "paint")
    assert "landscape" in asset.labels
    assert asset.colours[0].name == "red"
    assert library.media.read(asset.hash) == path.read_bytes()
    assert max(_picture(library, asset, "texture").size) <= 2048
    assert _picture(library, asset, "thumbnail").size == (256, 171)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_upright_whatever_way_the_camera_was_held(
    orientation: int, library: Library, tmp_path: Path
) -> None:
    # As seen: red above, blue below, with a green corner at the upper left.
    seen = np.zeros((120, 80, 3), np.uint8)
    seen[:60], seen[60:], seen[:20, :20] = (220, 0, 0), (0, 0, 220), (0, 200, 0)
    undo = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(undo[orientation](seen)))
    stored.save(tmp_path / "a.jpg", quality=95, exif=exif)
    asset = _one(library, tmp_path / "a.jpg")
    assert (asset.facts.width, asset.facts.height) == (80, 120)
    shown = np.asarray(_picture(library, asset, "texture").convert("RGB")).astype(int)
    assert np.abs(shown - seen).mean() < 12


def test_xmp_is_read_and_entities_in_it_are_not(library: Library, tmp_path: Path) -> None:
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Description>'
        "<dc:title><rdf:Alt><rdf:li>Harbour</rdf:li></rdf:Alt></dc:title>"
        "<dc:subject><rdf:Bag><rdf:li>Boats</rdf:li><rdf:li>Fog</rdf:li></rdf:Bag></dc:subject>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    media.picture("blue").save(tmp_path / "a.jpg", xmp=xmp.encode())
    asset = _one(library, tmp_path / "a.jpg")
    assert (asset.text, asset.labels[:2]) == ("Harbour", ("boats", "fog"))
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    media.picture("green").save(tmp_path / "b.jpg", xmp=bomb.encode())
    assert _one(library, tmp_path / "b.jpg").text == ""


def test_iptc_is_read(library: Library, tmp_path: Path) -> None:
    def record(number: int, value: bytes) -> bytes:
        return bytes((0x1C, 2, number)) + len(value).to_bytes(2, "big") + value

    iptc = record(5, b"Market day") + record(25, b"fruit") + record(25, b"crowd") + record(120, b"In the old town")
    block = b"8BIM\x04\x04\0\0" + len(iptc).to_bytes(4, "big") + iptc + bytes(len(iptc) % 2)
    segment = b"Photoshop 3.0\0" + block
    media.picture("orange").save(
        tmp_path / "a.jpg", extra=b"\xff\xed" + (len(segment) + 2).to_bytes(2, "big") + segment
    )
    asset = _one(library, tmp_path / "a.jpg")
    assert asset.text == "Market day. In the old town"
    assert asset.labels[:2] == ("fruit", "crowd")


def test_png_text_chunks_and_transparency(library: Library, tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Title", "Disc")
    Image.open(media.cutout(tmp_path / "c.png")).save(tmp_path / "cut.png", pnginfo=info)
    (tmp_path / "c.png").unlink()
    asset = _one(library, tmp_path / "cut.png")
    assert asset.text == "Disc"
    assert asset.facts.transparent
    assert "transparent" in asset.labels
    assert [colour.name for colour in asset.colours] == ["teal"]
    assert _picture(library, asset, "texture").mode == "RGBA"


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "CMYK", "I;16", "RGBA"])
def test_every_pixel_format_becomes_8_bit_colour(mode: str, library: Library, tmp_path: Path) -> None:
    if mode == "I;16":
        image = Image.fromarray(np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16))
    else:
        image = media.picture("purple", (64, 64)).convert(mode)
    path = tmp_path / ("a.tiff" if mode == "CMYK" else "a.png")
    image.save(path)
    asset = _one(library, path)
    assert _picture(library, asset, "texture").mode == "RGB"
    if mode == "I;16":
        assert 0.2 < (asset.facts.brightness or 0) < 0.5


def test_broken_colour_profiles_do_no_harm_and_good_ones_count(library: Library, tmp_path: Path) -> None:
    media.picture("red", (64, 64)).save(tmp_path / "a.png", icc_profile=b"nonsense" * 40)
    assert _one(library, tmp_path / "a.png").colours[0].name == "red"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    media.picture("teal", (64, 64)).save(tmp_path / "b.png", icc_profile=profile)
    assert _one(library, tmp_path / "b.png").colours[0].name == "teal"


def test_animations_are_told(library: Library, tmp_path: Path) -> None:
    asset = _one(library, media.animation(tmp_path / "a.gif", frames=3))
    assert asset.facts.frames == 3
    assert "animated" in asset.labels


def test_sharpness_and_brightness_order_pictures_as_eyes_do(library: Library, tmp_path: Path) -> None:
    from PIL import ImageFilter

    crisp = Image.effect_noise((400, 300), 80).convert("RGB")
    crisp.save(tmp_path / "crisp.png")
    crisp.filter(ImageFilter.GaussianBlur(6)).save(tmp_path / "soft.png")
    media.picture("black").save(tmp_path / "night.png")
    media.picture("white").save(tmp_path / "snow.png")
    crisp_one, night, snow, soft = library.ingest(tmp_path).added[:4]
    assert (crisp_one.name, soft.name) == ("Crisp", "Soft")
    assert crisp_one.facts.sharpness > 20 * soft.facts.sharpness
    assert "sharp" in crisp_one.labels
    assert "blurry" in soft.labels
    assert "dark" in night.labels
    assert "bright" in snow.labels


@given(st.integers(1, 70), st.integers(1, 70), st.sampled_from(list(media.COLOURS)))
def test_pictures_of_any_size_survive_webp(width: int, height: int, colour: str) -> None:
    pixels = np.asarray(media.picture(colour, (width, height)))
    shown = Image.open(io.BytesIO(webp(pixels)))
    assert shown.size == (width, height)
    assert np.abs(np.asarray(shown.convert("RGB")).astype(int) - pixels).mean() < 9


@given(st.integers(1, 400), st.integers(1, 400), st.integers(1, 300))
def test_shrinking_keeps_the_shape_and_the_mean(width: int, height: int, longest: int) -> None:
    pixels = np.full((height, width, 3), (10, 200, 90), np.uint8)
    small = shrunk(pixels, longest)
    assert max(small.shape[:2]) == min(longest, max(width, height))
    assert np.abs(small.astype(int) - (10, 200, 90)).max() <= 1


def test_display_p3_photos_show_their_true_colour(library: Library, tmp_path: Path) -> None:
    # A profile whose red lies beyond that of sRGB: the same numbers must come out redder, as on the maker's screen.
    import struct

    media.picture("red", (320, 240)).save(tmp_path / "plain.jpg", quality=95)
    wide = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    place = next(
        struct.unpack_from(">I", wide, 132 + 12 * index + 4)[0]
        for index in range(struct.unpack_from(">I", wide, 128)[0])
        if wide[132 + 12 * index : 136 + 12 * index] == b"rXYZ"
    )
    struct.pack_into(">i", wide, place + 8, int(0.515 * 65536))
    wide = wide.replace("sRGB".encode("utf-16-be"), "Wide".encode("utf-16-be"))
    media.picture("red", (320, 240)).save(tmp_path / "wide.jpg", quality=95, icc_profile=bytes(wide))
    plain, shown = library.ingest(tmp_path / "plain.jpg").added[0], library.ingest(tmp_path / "wide.jpg").added[0]
    assert int(shown.colours[0].hex[1:3], 16) > int(plain.colours[0].hex[1:3], 16) + 5
