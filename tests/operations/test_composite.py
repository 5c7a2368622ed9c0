"""Composites: one call, one change, one undo; and what is left when a part fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from spatialnb.errors import Invalid, NotFound, Stopped
from spatialnb.models.project import Project
from spatialnb.studio import Studio


def images(studio: Studio) -> list[str]:
    return [asset.id for asset in studio.library if asset.kind == "image"]


def placed(project: Project, kind: str) -> list[str]:
    return [item.id for _, item in project.items() if item.kind == kind]


def test_a_gallery_is_hung_captioned_titled_lit_and_one_undo(gallery_studio: Studio) -> None:
    studio, before = gallery_studio, gallery_studio.project
    robot = next(asset.id for asset in studio.library if asset.kind == "model")
    built = studio.build_gallery(items=[*images(studio), robot], title="Our year")
    after = studio.project
    assert after.revision == before.revision + 1
    assert len(placed(after, "image")) == len(images(studio))
    hung = [item for _, item in after.items() if item.kind == "image"]
    assert all(item.text == item.name for item in hung)
    [heading] = [after.item(i) for i in placed(after, "label")]
    assert heading
    assert heading.text == "Our year"
    assert built.items[-1] == heading.id
    environment = next(iter(after.environments.values()))
    assert environment.theme == "gallery"
    assert environment.camera is not None
    front = max(item.position[2] for _, item in after.items())
    assert environment.camera.position[2] > front
    studio.undo()
    assert studio.project.canvases == before.canvases
    assert studio.project.environments == before.environments


def test_what_is_built_next_takes_the_place_of_what_was_said_before(gallery_studio: Studio) -> None:
    studio = gallery_studio
    studio.build_gallery(items=images(studio), title="Gallery")
    studio.make_timeline(items=images(studio), title="Timeline")
    project = studio.project
    assert [project.item(i).text for i in placed(project, "label")] == ["Timeline"]  # type: ignore[union-attr]
    assert all(":" in item.text for _, item in project.items() if item.kind == "image")


def test_a_timeline_says_when_and_plays_music_from_the_beginning(gallery_studio: Studio) -> None:
    studio = gallery_studio
    sound = next(asset.id for asset in studio.library if asset.kind == "audio")
    built = studio.make_timeline(items=images(studio), music=sound, seconds_each=5, title="2024")
    project = studio.project
    sights = [item for _, item in project.items() if item.kind == "image"]
    assert sorted(item.start for item in sights if item.start is not None) == [5.0 * k for k in range(len(sights))]
    music = next(item for _, item in project.items() if item.kind == "audio")
    assert music.start == 0
    texts = {item.text for _, item in project.items()}
    assert any(text.startswith("0:05  ") for text in texts)
    assert built.summary.startswith("Made a timeline")


def test_a_video_project_makes_what_is_missing_and_writes_the_film(studio: Studio, tmp_path: Path) -> None:
    told: list[tuple[float | None, str]] = []
    built = studio.workspace.do(
        "create_video_project",
        {"prompt": "a storm at sea", "pictures": 2, "seconds_each": 1, "film": True, "quality": "draft"}
        | {"path": str(tmp_path / "storm.mp4"), "title": "Storm"},
        report=lambda fraction, note: told.append((fraction, note)),
    )
    project = studio.project
    assert project.revision == 1
    assert len(placed(project, "image")) == 2
    assert len(placed(project, "audio")) == 1
    assert Path(built.paths[0]).stat().st_size > 10_000  # type: ignore[attr-defined]
    fractions = [fraction for fraction, _ in told if fraction is not None]
    assert fractions == sorted(fractions)
    assert fractions[-1] > 0.7


def test_the_library_is_used_before_anything_is_drawn(gallery_studio: Studio) -> None:
    studio = gallery_studio
    known = set(images(studio))
    name = studio.project.assets[images(studio)[0]].name
    studio.create_video_project(prompt=name, pictures=1, music=False)
    shown = {item.asset for _, item in studio.project.items() if item.kind == "image"}
    assert len(shown) == 1
    assert shown <= known


def test_what_cannot_be_written_is_noted_and_the_rest_stands(studio: Studio, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    built = studio.create_video_project(
        prompt="dunes", pictures=1, seconds_each=1, music=False, film=True, path=str(blocked / "film.mp4")
    )
    assert built.paths == ()
    assert any("export" in note for note in built.notes)
    assert len(placed(studio.project, "image")) == 1


def test_publishing_keeps_what_could_be_written(gallery_studio: Studio, tmp_path: Path) -> None:
    studio = gallery_studio
    studio.arrange(items=images(studio)[:3], arrangement="row")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "web").write_text("someone else's file stands where the page would go")
    built = studio.publish_environment(path=str(folder), targets=("web", "video"), quality="draft")
    assert len(built.paths) == 1
    assert Path(built.paths[0]).exists()
    assert len(built.notes) >= 1
    assert next(iter(studio.project.environments.values())).camera is not None


def test_publishing_keeps_the_entrance_that_someone_chose(gallery_studio: Studio, tmp_path: Path) -> None:
    studio = gallery_studio
    studio.build_gallery(items=images(studio)[:4])
    chosen = next(iter(studio.project.environments.values())).camera
    studio.publish_environment(path=str(tmp_path / "page"))
    assert next(iter(studio.project.environments.values())).camera == chosen


def test_an_agent_must_ask_before_it_publishes(studio: Studio) -> None:
    assert studio.workspace.registry.get("publish_environment").approval == "publishes"


def test_nothing_to_publish_says_so(studio: Studio, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="Place something first"):
        studio.publish_environment(path=str(tmp_path / "x"))


def test_a_part_that_must_succeed_leaves_nothing_behind(gallery_studio: Studio) -> None:
    before = gallery_studio.scene_hash()
    with pytest.raises(NotFound):
        gallery_studio.build_gallery(items="the unicorns")
    assert gallery_studio.scene_hash() == before


def test_stopped_in_the_middle_changes_nothing(studio: Studio) -> None:
    drawn: list[str] = []

    def stopped() -> bool:
        return any("Composing" in note for note in drawn)

    with pytest.raises(Stopped):
        studio.workspace.do(
            "create_video_project",
            {"prompt": "fog", "pictures": 1},
            report=lambda _fraction, note: drawn.append(note),
            stopped=stopped,
        )
    assert studio.project.revision == 0


@pytest.mark.parametrize(
    ("request_", "operation"),
    [
        ("build a gallery of the photos", "build_gallery"),
        ("make a timeline of the photos", "make_timeline"),
        ("create an exhibition of the posters", "build_gallery"),
    ],
)
def test_words_reach_composites(gallery_studio: Studio, request_: str, operation: str) -> None:
    run = gallery_studio.run(request_, show=False)
    assert run.status == "done", run.reply
    assert [step.operation for step in run.steps] == [operation]
