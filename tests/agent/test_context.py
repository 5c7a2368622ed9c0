"""What a model is told is the same wherever and whenever it is told: no clock, no folder, no order of arrival."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialnb.agent.context import describe, portable
from spatialnb.models.asset import Asset
from spatialnb.models.canvas import Item
from spatialnb.models.project import Project
from spatialnb.operations.pointing import Pointing


@given(st.integers(0, 30), st.randoms(use_true_random=False))
def test_the_order_in_which_things_came_does_not_matter(count: int, chance: random.Random) -> None:
    items = [
        Item(id=f"{kind}-{n}", name=f"{kind} {n}", kind=kind, position=(n % 5, 1.6, n % 3))
        for n in range(count)
        for kind in ("image", "label")
    ]
    shuffled = list(items)
    chance.shuffle(shuffled)
    pointing = Pointing(moved=tuple(item.id for item in items[:3]))
    one, other = Project(name="hall").with_items(items), Project(name="hall").with_items(shuffled)
    assert describe(one, pointing) == describe(other.with_revision(7), pointing)


def test_things_are_listed_as_people_count() -> None:
    items = [Item(id=f"image-{n}", name="", kind="image") for n in (10, 2, 1)]
    told = describe(Project(name="hall").with_items(items), Pointing())
    assert [line.split()[1] for line in told.splitlines() if line.startswith("- ")] == [
        "image-1",
        "image-2",
        "image-10",
    ]


def test_results_name_no_folder_and_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work, home = tmp_path / "work", tmp_path / "home"
    work.mkdir()
    home.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    result = {
        "summary": f"Exported a page to {work / 'page' / 'index.html'} from {home / 'x'}",
        "path": str(work / "page"),
        "bytes": 12345,
        "preview": {"images": ["abc"]},
        "hits": [{"score": 0.123456789}],
        "url": "https://host/a/b",
    }
    assert portable(result) == {
        "summary": f"Exported a page to {Path('page') / 'index.html'} from {Path('~') / 'x'}",
        "path": "page",
        "hits": [{"score": 0.1235}],
        "url": "https://host/a/b",
    }


def test_assets_are_listed_by_id() -> None:
    assets = [Asset(id=f"image-{c}", name=c, kind="image", hash=c * 64, mime="image/png", bytes=1) for c in "cab"]
    told = describe(Project(name="hall").with_assets(assets), Pointing())
    assert [line.split()[1] for line in told.splitlines() if line.startswith("- ")] == ["image-a", "image-b", "image-c"]
