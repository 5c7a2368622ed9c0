"""The layout as pythreejs objects."""

from __future__ import annotations

import math
import warnings

import pytest

from spatialnb.studio import Studio
from spatialnb.targets.pythreejs import pythreejs_scene


def test_every_item_stands_where_it_stands_in_the_space(gallery_studio: Studio) -> None:
    studio = gallery_studio
    robot = next(asset.id for asset in studio.library if asset.kind == "model")
    studio.arrange(items="the photos", arrangement="circle", around=robot)
    studio.label(text="Welcome")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pythreejs 2.4 declares its traits the old way
        scene = pythreejs_scene(studio.project, studio.workspace.media)
    by_name = {child.name: child for child in scene.children}
    for _, item in studio.project.items():
        mesh = by_name[item.id]
        assert tuple(mesh.position) == pytest.approx(item.position)
        if item.kind != "label":
            assert [math.degrees(angle) for angle in mesh.rotation[:3]] == pytest.approx(list(item.rotation))
    picture = next(item for _, item in studio.project.items() if item.kind == "image")
    assert by_name[picture.id].material.map.imageUri.startswith("data:image/webp;base64,")
    assert by_name[picture.id].geometry.width == pytest.approx(picture.size.width)
