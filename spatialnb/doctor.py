"""What is there, what is missing, and what to do about it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from spatialnb.config import Settings
from spatialnb.errors import SpatialError


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `needed` says whether spatialnb works without it."""

    what: str
    fine: bool
    text: str
    needed: bool = True


def examine() -> Iterator[Finding]:
    """Look at each part in turn."""
    settings = Settings.from_environment()
    for check in CHECKS:
        yield check(settings)


def _python(_: Settings) -> Finding:
    return Finding("Python", sys.version_info >= (3, 11), sys.version.split()[0])


def _packages(_: Settings) -> Finding:
    names = ("jupyterlab", "anywidget", "langgraph", "litellm", "redis", "moviepy", "pythreejs")
    missing = [name for name in names if _version(name) is None]
    text = f"missing {', '.join(missing)}; install spatialnb again" if missing else "all there"
    return Finding("Packages", not missing, text)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _store(settings: Settings) -> Finding:
    from spatialnb.store import open_store

    try:
        store = open_store(settings)
    except SpatialError as error:
        return Finding("Store", False, str(error))
    try:
        return Finding("Store", True, "Redis by URL" if settings.redis_url else "embedded, under SPATIALNB_HOME")
    finally:
        store.close()


def _widgets(_: Settings) -> Finding:
    from importlib.resources import files

    static = files("spatialnb.widgets") / "static"
    missing = [name for name in ("space", "chat", "steps", "viewer") if not (static / f"{name}.js").is_file()]
    text = f"not built: {', '.join(missing)}; run python3 tasks.py setup in the checkout" if missing else "built"
    return Finding("Widgets", not missing, text)


def _ffmpeg(_: Settings) -> Finding:
    import imageio_ffmpeg

    try:
        return Finding("Film encoder", True, f"ffmpeg {imageio_ffmpeg.get_ffmpeg_version()}")
    except RuntimeError as error:
        return Finding("Film encoder", False, str(error).splitlines()[0])


def _models(settings: Settings) -> Finding:
    from spatialnb.llm import Router
    from spatialnb.llm.choice import Health
    from spatialnb.store import open_store

    try:
        with open_store(settings) as store:
            snapshot = store.endpoints().snapshot()
            endpoints = Router(settings, store).endpoints.all(snapshot.endpoints)
    except SpatialError as error:
        return Finding("Models", False, str(error), False)
    if not endpoints:
        told = "none: the local planner answers. Set SPATIALNB_MODEL=provider/model, or use studio.models.add"
        return Finding("Models", True, told, False)
    health = {e.name: Health.of(snapshot.health.get(e.health_key)) for e in endpoints}
    keyless = [e.key_env for e in endpoints if e.key_env and not os.environ.get(e.key_env)]
    down = [e.name for e in endpoints if health[e.name].state(snapshot.now_ms) == "open"]
    told = ", ".join(f"{e.name} ({e.model})" if e.name != "settings" else e.model for e in endpoints)
    told += f"; no key: set {', '.join(keyless)}" if keyless else ""
    told += f"; left alone for now: {', '.join(f'{name}: {health[name].why}' for name in down)}" if down else ""
    return Finding("Models", not keyless and not down, told, False)


def _browser(_: Settings) -> Finding:
    found = next((n for n in ("chromium", "chromium-browser", "google-chrome", "firefox") if shutil.which(n)), None)
    return Finding(
        "Browser", found is not None, found or "none on the PATH; only needed on this machine for tests", False
    )


CHECKS: tuple[Callable[[Settings], Finding], ...] = (_python, _packages, _store, _widgets, _ffmpeg, _models, _browser)
