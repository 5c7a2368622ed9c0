"""Undo, redo and restore across words, hand and code."""

from __future__ import annotations

import pytest

from spatialnb.errors import Invalid, NotFound
from spatialnb.studio import Studio


def test_undo_and_redo_cross_authors(gallery_studio: Studio) -> None:
    studio = gallery_studio
    ids = [asset.id for asset in studio.library if asset.kind == "image"]
    hashes = [studio.scene_hash()]
    studio.arrange(items=ids, arrangement="row")
    hashes.append(studio.scene_hash())
    placed = [item.id for _, item in studio.project.items()]
    studio.workspace.do(
        "transform",
        {"items": placed[:1], "poses": [{"position": [9, 1, 1], "rotation": [0, 0, 0]}]},
        author="person",
    )
    hashes.append(studio.scene_hash())
    for step, operation in enumerate(("arrange", "rotate")):
        args = {"arrangement": "circle"} if operation == "arrange" else {"degrees": 10}
        studio.workspace.do(operation, {"items": placed, **args}, author="agent", run="run-1", step=f"s{step}")
    hashes.append(studio.scene_hash())
    for expected in reversed(hashes[:-1]):
        studio.undo()
        assert studio.scene_hash() == expected
    for expected in hashes[1:]:
        studio.redo()
        assert studio.scene_hash() == expected
    with pytest.raises(Invalid, match="nothing to redo"):
        studio.redo()


def test_restore_goes_anywhere_and_back(gallery_studio: Studio) -> None:
    studio = gallery_studio
    ids = [asset.id for asset in studio.library if asset.kind == "image"]
    studio.place(items=ids[:1])
    then, revision = studio.scene_hash(), studio.project.revision
    studio.place(items=ids[1:3])
    later = studio.scene_hash()
    studio.restore(revision=revision)
    assert studio.scene_hash() == then
    studio.undo()
    assert studio.scene_hash() == later
    with pytest.raises(NotFound, match="latest is"):
        studio.restore(revision=10_000)


def test_nothing_to_undo_is_said(studio: Studio) -> None:
    with pytest.raises(Invalid, match="nothing to undo"):
        studio.undo()
