"""The whole story once, without a browser: what a person does in the first notebook."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import TypeVar

from spatialnb.config import Settings
from spatialnb.errors import Invalid, SpatialError
from spatialnb.studio import Studio

T = TypeVar("T")
REQUESTS = ("create a cyberpunk music video about AI consciousness", "arrange the posters in a circle around the robot")
MARK = ".spatialnb-demo"


def run_demo(folder: Path) -> None:
    """Make media, ingest them, run two requests, edit by hand, undo, export a web page and a film into `folder`.

    Raises `Invalid` when `folder` holds something else than an earlier demo.
    """
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise Invalid(f"{folder} is not empty. Name another folder: spatialnb demo FOLDER.", "folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
    began = time.perf_counter()
    # What a request exports without naming a place goes where one works.
    with chdir(folder), Studio("demo", settings=Settings(home=Path(".store"))) as studio:
        _tell_story(studio, folder)
    print(f"\nAll of it in {time.perf_counter() - began:.1f} s. Now the same in a notebook: python3 tasks.py lab")


def _tell_story(studio: Studio, folder: Path) -> None:
    from spatialnb.make.samples import write_samples

    files = _timed(f"Made media of our own in {folder / 'media'}", lambda: write_samples(Path("media")))
    print(f"         {len(files)} files")
    report = _timed("Ingested them", lambda: studio.ingest("media"))
    print(f"         {report.summary}")
    for request in REQUESTS:
        run = _timed(f"“{request}”", lambda request=request: studio.run(request, approve="auto", show=False))
        for step in run.steps:
            print(f"         {step.status:<8} {step.preview.text.splitlines()[0] if step.preview.text else step.title}")
            for path in step.preview.files:
                print(f"         {folder / path}")
        if run.status != "done":
            raise SpatialError(f"The run ended as {run.status}: {run.reply}")
    before = studio.scene_hash()
    first = next(item for _, item in studio.project.items() if item.kind == "image")
    x, y, z = first.position
    moved = {"items": [first.id], "poses": [{"position": [x, y + 0.5, z], "rotation": list(first.rotation)}]}
    _timed(
        f"A hand lifts {first.name} by half a metre", lambda: studio.workspace.do("transform", moved, author="person")
    )
    _timed("Undo", studio.undo)
    if studio.scene_hash() != before:
        raise SpatialError("Undo did not bring the scene back; please report this.")
    page = _timed("Web page", lambda: studio.export("web", "page"))
    print(f"         {folder / page.path}")
    film = _timed("Film of a walk through the scene", lambda: studio.export("video", "walk.mp4"))
    print(f"         {folder / film.path} ({film.seconds:.1f} s)")
    print(f"\nScene {studio.scene_hash()[:16]} at revision {studio.project.revision}")


def _timed(what: str, work: Callable[[], T]) -> T:
    began = time.perf_counter()
    result = work()
    print(f"{time.perf_counter() - began:6.1f} s {what}")
    return result
