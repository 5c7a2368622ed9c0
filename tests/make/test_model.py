"""3D objects: valid, self-contained, standing on the floor, of sensible size."""

from __future__ import annotations

import io
import json
import struct

import numpy as np
import pytest
import trimesh

from spatialnb.errors import Invalid
from spatialnb.make.gltf import ball, box, lathe, rod, torus
from spatialnb.make.model import KINDS, make_model


def document(data: bytes) -> dict:
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data))
    size, kind = struct.unpack_from("<I4s", data, 12)
    assert kind == b"JSON"
    return json.loads(data[20 : 20 + size])


@pytest.mark.parametrize("kind", KINDS)
def test_every_object_is_whole_and_stands_on_the_floor(kind: str) -> None:
    made = make_model(kind, seed=3)
    assert made.kind == kind
    head = document(made.data)
    assert "uri" not in json.dumps(head), "nothing is fetched from outside"
    scene = trimesh.load_scene(io.BytesIO(made.data), file_type="glb")
    low, high = scene.bounds
    assert low[1] == pytest.approx(0, abs=1e-4)
    assert np.allclose(high - low, made.size, atol=1e-3)
    assert 0.2 < made.size[1] < 2.5
    assert sum(len(mesh.faces) for mesh in scene.geometry.values()) < 25_000
    assert made.data == make_model(kind, seed=3).data
    for mesh in scene.geometry.values():
        assert np.allclose(np.linalg.norm(mesh.vertex_normals, axis=1), 1, atol=1e-3)


def test_robot_has_its_parts_and_its_eyes_shine() -> None:
    head = document(make_model("robot").data)
    names = {node["name"] for node in head["nodes"]}
    assert {"head", "antenna", "left eye", "right eye", "left forearm", "right forearm", "body"} <= names
    eye = next(mesh for mesh in head["meshes"] if mesh["name"] == "left eye")
    assert max(head["materials"][eye["primitives"][0]["material"]]["emissiveFactor"]) > 0.3


@pytest.mark.parametrize(
    "mesh",
    [
        ball(),
        rod(0.2, 1),
        torus(1, 0.2),
        box(1, 0.5, 0.7, 0.1),
        lathe([(0, 0), (1, 0), (1, 0), (1, 1), (1, 1), (0, 1)]),
    ],
)
def test_shapes_face_outwards(mesh) -> None:
    corners = mesh.points[mesh.faces].astype(float)
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert ((flat * mesh.normals[mesh.faces].mean(axis=1)).sum(axis=1) > 0).mean() > 0.99
    volume = (corners[:, 0] * np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volume > 0


def test_words_choose() -> None:
    assert make_model("a friendly android").kind == "robot"
    assert make_model("reading lamps").kind == "lamp"
    assert make_model("zzz").kind == make_model("zzz").kind
    with pytest.raises(Invalid, match="no 3D object"):
        make_model("x", kind="spaceship")
