from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from spatialnb.library import Library
from spatialnb.library.gltf import parse
from spatialnb.models.asset import Asset
from tests import media


def _one(library: Library, path: Path) -> Asset:
    report = library.ingest(path)
    assert report.failed == ()
    assert len(report.added) == 1
    return report.added[0]


def _mesh(library: Library, asset: Asset) -> trimesh.Scene:
    data = library.media.read(asset.renditions["mesh"].hash)
    document, _ = parse(data)
    assert all("uri" not in holder for part in ("buffers", "images") for holder in document.get(part, []))
    return trimesh.load_scene(io.BytesIO(data), file_type="glb")


def test_a_self_contained_glb_stays_as_it_is(library: Library, tmp_path: Path) -> None:
    asset = _one(library, media.robot(tmp_path / "robot.glb"))
    assert asset.renditions["mesh"].hash == asset.hash
    assert asset.facts.extent == pytest.approx((0.94, 1.6, 0.405))
    assert asset.facts.faces == sum(len(mesh.faces) for mesh in media.robot_scene().geometry.values())
    assert asset.facts.animations == 0
    assert {"teal", "grey", "orange"} <= {colour.name for colour in asset.colours}


def test_a_gltf_takes_its_side_files_along(library: Library, tmp_path: Path) -> None:
    media.gltf(tmp_path / "quad.gltf")
    asset = _one(library, tmp_path)
    assert (asset.kind, asset.mime) == ("model", "model/gltf-binary")
    assert asset.facts.extent == (2.0, 2.0, 0.0)
    material = next(iter(_mesh(library, asset).geometry.values())).visual.material
    assert material.baseColorTexture.size == (64, 64)
    assert asset.colours[0].name == "green"
    assert library.media.read(asset.hash)[:4] == b"glTF"


def test_an_obj_brings_its_material_and_is_kept_whole(library: Library, tmp_path: Path) -> None:
    media.obj(tmp_path / "pyramid.obj")
    asset = _one(library, tmp_path)
    assert asset.facts.faces == 6
    assert asset.colours[0].name == "red"
    with zipfile.ZipFile(io.BytesIO(library.media.read(asset.hash))) as archive:
        assert archive.namelist() == ["pyramid.obj", "pyramid.mtl"]
    colour = next(iter(_mesh(library, asset).geometry.values())).visual.material.baseColorFactor
    assert tuple(colour[:3]) == pytest.approx((214, 38, 41), abs=2)


def test_the_same_obj_with_another_material_is_another_model(library: Library, tmp_path: Path) -> None:
    media.obj(tmp_path / "red" / "pyramid.obj")
    media.obj(tmp_path / "blue" / "pyramid.obj")
    (tmp_path / "blue" / "pyramid.mtl").write_text("newmtl paint\nKd 0.1 0.2 0.9\n")
    blue, red = library.ingest(tmp_path).added
    assert (blue.colours[0].name, red.colours[0].name) == ("blue", "red")


def test_an_stl_gets_clay_and_a_mesh(library: Library, tmp_path: Path) -> None:
    asset = _one(library, media.stl(tmp_path / "ball.stl"))
    assert asset.facts.extent == pytest.approx((1, 1, 1), abs=0.02)
    assert len(_mesh(library, asset).geometry) == 1
    ascii_stl = trimesh.creation.box().export(file_type="stl_ascii")
    (tmp_path / "box.stl").write_text(ascii_stl)
    assert _one(library, tmp_path / "box.stl").facts.faces == 12


def test_the_thumbnail_shows_the_model_in_its_colours(library: Library, tmp_path: Path) -> None:
    asset = _one(library, media.robot(tmp_path / "robot.glb"))
    image = Image.open(io.BytesIO(library.media.read(asset.renditions["thumbnail"].hash))).convert("RGB")
    assert image.size == (256, 256)
    pixels = np.asarray(image).astype(int)
    # The body in the middle is teal: green and blue well above red. The ground at the corners is light.
    body = pixels[120:140, 110:140].mean(axis=(0, 1))
    assert min(body[1], body[2]) > body[0] + 50
    assert pixels[:12, :12].min() > 220


@pytest.mark.parametrize(
    "uri", ["http://example.org/a.bin", "//host/a.bin", "../secret.bin", "/etc/passwd", "file:///etc/passwd"]
)
def test_nothing_outside_its_own_folder_is_fetched(uri: str, library: Library, tmp_path: Path) -> None:
    (tmp_path / "secret.bin").write_bytes(bytes(92))
    path = media.gltf(tmp_path / "inside" / "quad.gltf")
    document = json.loads(path.read_text())
    document["buffers"][0]["uri"] = uri
    path.write_text(json.dumps(document))
    report = library.ingest(tmp_path / "inside")
    assert report.added == ()
    reasons = {failed.path: failed.reason for failed in report.failed}
    assert "outside its own folder" in reasons["quad.gltf"]
    # Its picture is still its part, and no asset.
    assert "quad.png" not in reasons


def test_a_missing_side_file_is_named(library: Library, tmp_path: Path) -> None:
    path = media.gltf(tmp_path / "quad.gltf")
    path.with_suffix(".bin").unlink()
    report = library.ingest(tmp_path)
    assert [failed.path for failed in report.failed] == ["quad.gltf"]
    assert "'quad.bin'" in report.failed[0].reason


def _glb(document: dict[str, object]) -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<4sIIII", b"glTF", 2, 20 + len(text), len(text), 0x4E4F534A) + text


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"asset": {"version": "1.0"}}, "not glTF 2.0"),
        ({"asset": {"version": "2.0"}}, "no surfaces"),
        ({"asset": {"version": "2.0"}, "scenes": [{"nodes": [0]}], "nodes": [{"children": [0]}]}, "ancestor"),
        ({"asset": {"version": "2.0"}, "accessors": [{"count": 2_000_000_000, "type": "VEC3"}]}, "simplify"),
        ({"asset": {"version": "2.0"}, "extensionsRequired": ["KHR_draco_mesh_compression"]}, "Draco"),
        (
            {"asset": {"version": "2.0"}, "meshes": [{"primitives": [{"attributes": {"POSITION": 7}}]}]},
            "broken|no surfaces",
        ),
    ],
)
def test_malformed_models_are_refused_with_a_reason(
    document: dict[str, object], said: str, library: Library, tmp_path: Path
) -> None:
    import re

    (tmp_path / "a.glb").write_bytes(_glb(document))
    report = library.ingest(tmp_path)
    assert report.added == ()
    assert re.search(said, report.failed[0].reason)


def test_a_cut_glb_is_told(library: Library, tmp_path: Path) -> None:
    data = media.robot(tmp_path / "a.glb").read_bytes()
    (tmp_path / "a.glb").write_bytes(data[:-500])
    assert "cut short" in library.ingest(tmp_path).failed[0].reason
