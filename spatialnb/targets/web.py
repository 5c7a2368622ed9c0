"""The web target: one folder that opens from disk and can be walked, without a server and without the network.

    index.html        the page, with a plain list of the works for readers without scripts and for print
    scene.js          window.SPATIALNB_SCENE = {…}
    viewer.js         the viewer, as built into the package
    media/<hash>.js   window.SPATIALNB_MEDIA("<hash>", "<mime>", "<base64>"), loaded when it comes into view
    .spatialnb.json   says that the folder is ours, and may be written over

A page opened from disk may not fetch, which is why everything travels in classic scripts.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from importlib import resources
from pathlib import Path
from typing import Any

from spatialnb.errors import Invalid, NotFound, Stopped, Unavailable
from spatialnb.models.asset import Asset
from spatialnb.models.project import Project
from spatialnb.models.protocol import Scene
from spatialnb.models.scene import media_of, scene_of
from spatialnb.targets.exported import Exported, Report
from spatialnb.targets.film_art import Media
from spatialnb.targets.web_page import Work, page

MARKER = ".spatialnb.json"
_HASH = re.compile(r"[0-9a-f]{64}")
_MIME = re.compile(r"[a-z]+/[a-zA-Z0-9.+-]+")


def export_web(
    project: Project,
    media: Media,
    path: Path,
    *,
    quality: str = "standard",
    report: Report | None = None,
    stopped: Callable[[], bool] = lambda: False,
    scene: Scene | None = None,
    title: str = "",
    description: str = "",
) -> Exported:
    """Write the page into the folder `path`. It is replaced only if an earlier export made it.

    `quality` "draft" leaves large pictures out and shows thumbnails. Raises `Invalid` for an empty project, a folder
    with other people's files in it, and a place that cannot be written; `Unavailable` when the viewer is not built;
    `Stopped`.
    """
    began = time.perf_counter()
    target = path.parent if path.name == "index.html" else path
    shown = scene or scene_of(project)
    if not shown.items:
        raise Invalid(f"There is nothing to see in {project.name!r}: place something first.", "target")
    _ours_or_new(target)
    shown = shown.model_copy(update={"media_base": ""})
    if quality == "draft":
        shown = shown.model_copy(update={"items": tuple(_light(item) for item in shown.items)})
    notes: list[str] = []
    fresh = _beside(target)
    try:
        _write(fresh / "viewer.js", _viewer())
        hashes = [*media_of(shown), *shown.atlas.pages]
        mimes = _mimes(project.assets.values())
        missing: set[str] = set()
        (fresh / "media").mkdir()
        for number, key in enumerate(dict.fromkeys(hashes)):
            if stopped():
                raise Stopped("The export was stopped. No page was written.")
            if report:
                report(number / len(hashes), f"Packing media {number + 1} of {len(hashes)}")
            packed = _packed(media, key, mimes)
            if packed is None:
                missing.add(key)
            else:
                _write(fresh / "media" / f"{key}.js", packed)
        if missing:
            names = [item.name for item in shown.items if missing & {*item.media.model_dump().values()}]
            listed = f"{', '.join(names[:5])}{' …' if len(names) > 5 else ''}"
            notes.append(f"Media are missing for {listed}; the page shows plain cards there. Ingest the files again.")
        _write(
            fresh / "scene.js", f"window.SPATIALNB_SCENE = {_script_json(shown.model_dump(mode='json'))};\n".encode()
        )
        works = _works(project, media, shown)
        _write(
            fresh / "index.html",
            page(title or project.name, description or _described(works), works, shown.environment.theme).encode(),
        )
        about = {"made": "spatialnb", "target": "web", "project": project.name, "revision": project.revision}
        _write(fresh / MARKER, (json.dumps(about, ensure_ascii=False) + "\n").encode())
        _take_place(fresh, target)
    except OSError as error:
        raise Invalid(
            f"{target} cannot be written ({error.strerror or error}); choose another place.", "path"
        ) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    files = tuple(sorted(file for file in target.rglob("*") if file.is_file()))
    if report:
        report(1.0, f"Wrote {len(files)} files")
    return Exported(
        path=target / "index.html", files=files, bytes=sum(file.stat().st_size for file in files),
        seconds=time.perf_counter() - began, notes=tuple(notes),
    )  # fmt: skip


def _ours_or_new(target: Path) -> None:
    if target.is_dir():
        if any(target.iterdir()) and not (target / MARKER).is_file():
            raise Invalid(f"{target} holds files that no export made; choose an empty or a new folder.", "path")
    elif target.exists():
        raise Invalid(f"{target} is a file; a web page needs a folder.", "path")


def _beside(target: Path) -> Path:
    """A new folder next to the target, to be moved there when it is whole."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=".web-", dir=target.parent))
    except OSError as error:
        raise Invalid(f"{target} cannot be written ({error.strerror}); choose another place.", "path") from error


def _take_place(fresh: Path, target: Path) -> None:
    fresh.chmod(0o755)
    if target.exists():
        old = target.with_name(f".{target.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        target.rename(old)
        fresh.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        fresh.rename(target)


def _viewer() -> bytes:
    found = resources.files("spatialnb").joinpath("widgets", "static", "viewer.js")
    if not found.is_file():
        raise Unavailable(
            "The viewer is not built: install spatialnb again, or run `python widgets/hatch_build.py` in a checkout."
        )
    return found.read_bytes()


def _packed(media: Media, key: str, mimes: dict[str, str]) -> bytes | None:
    """A media file as a script, or None when it is not there."""
    if not _HASH.fullmatch(key):
        return None
    try:
        data = media.path(key).read_bytes()
    except (NotFound, OSError):
        return None
    mime = mimes.get(key, "")
    if not mime:
        try:
            mime = media.mime(key)
        except (NotFound, KeyError):
            mime = ""
    mime = mime if _MIME.fullmatch(mime) else "application/octet-stream"
    return f'window.SPATIALNB_MEDIA("{key}", "{mime}", "{base64.b64encode(data).decode()}");\n'.encode()


def _mimes(assets: Iterable[Asset]) -> dict[str, str]:
    found: dict[str, str] = {}
    for asset in assets:
        found[asset.hash] = asset.mime
        found.update({rendition.hash: rendition.mime for rendition in asset.renditions.values()})
    return found


def _light(item: Any) -> Any:
    """The item with its thumbnail in place of the large picture."""
    small = item.media.thumbnail
    return item.model_copy(update={"media": item.media.model_copy(update={"picture": small})}) if small else item


def _script_json(value: Any) -> str:
    """JSON that is harmless in a script element too: no tag can begin in it and no line separator ends a line."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter, code in (
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
    ):
        text = text.replace(letter, code)
    return text


def _works(project: Project, media: Media, scene: Scene) -> list[Work]:
    works: list[Work] = []
    for item in scene.items:
        if item.hidden:
            continue
        picture = ""
        if item.media.thumbnail:
            try:
                data = media.path(item.media.thumbnail).read_bytes()
                picture = f"data:image/webp;base64,{base64.b64encode(data).decode()}" if len(data) < 100_000 else ""
            except (NotFound, OSError):
                picture = ""
        own = project.item(item.id)
        asset = project.asset_of(own) if own else None
        caption = item.text or (asset.text if asset and asset.kind != "text" else "")
        works.append(
            Work(
                name=item.text if item.kind == "label" else item.name,
                kind=item.kind,
                caption="" if item.kind == "label" else caption,
                picture=picture,
            )
        )
    return works


def _described(works: list[Work]) -> str:
    names = [work.name for work in works if work.kind != "label"]
    return (
        f"A space with {len(names)} works: {', '.join(names[:8])}{' and more' if len(names) > 8 else ''}."
        if names
        else "A space to walk in."
    )


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
