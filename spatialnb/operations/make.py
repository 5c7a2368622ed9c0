"""Making media from words: pictures and music with no model and no network, pictures and speech with a hosted one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from spatialnb.errors import ModelUnavailable
from spatialnb.models.asset import Asset
from spatialnb.models.geometry import Seconds
from spatialnb.models.plan import Preview
from spatialnb.models.project import copy_with
from spatialnb.operations.context import Context
from spatialnb.operations.registry import Outcome, operation
from spatialnb.operations.scene import several, slug


class Made(Outcome):
    """`assets` are the ids of what was made."""

    assets: tuple[str, ...] = ()


@operation(
    changes="assets",
    tags={"make"},
    cached=True,
    words=("make image", "draw", "paint", "generate image", "make picture", "make poster", "create image"),
    tastes=("style",),
)
def make_image(
    ctx: Context,
    prompt: str = Field(min_length=1, max_length=4000),
    *,
    style: str | None = None,
    count: int = Field(default=1, ge=1, le=24),
    seed: int = 0,
) -> Made:
    """Draw pictures from words, without a model: the same prompt, style and seed give the same picture.

    `style` is any word for a look, such as "cyberpunk", or the name of one way of drawing, such as "skyline" or "sea".
    """
    from spatialnb.make.image import STYLES
    from spatialnb.make.image import make_image as draw

    if style is not None and style not in STYLES:
        prompt, style = f"{style} {prompt}", None

    made: list[Asset] = []
    for number in range(count):
        ctx.check()
        ctx.report(number / count, f"Drawing {number + 1} of {count}")
        picture = draw(prompt, style=style, seed=seed + number)
        made.extend(_keep(ctx, picture.data, picture.suffix, picture.name, picture.labels, "make_image"))
    return _told(ctx, made, "Drew")


@operation(
    changes="assets",
    tags={"make"},
    cached=True,
    words=("make music", "compose", "generate music", "create music", "make song", "make sound", "score"),
    tastes=("seconds",),
)
def make_music(
    ctx: Context,
    prompt: str = Field(min_length=1, max_length=4000),
    *,
    seconds: Seconds = Field(default=30.0, gt=0, le=600),
    seed: int = 0,
) -> Made:
    """Compose a piece of music from words, without a model: the same prompt, length and seed give the same piece."""
    from spatialnb.make.music import make_music as compose

    ctx.report(None, "Composing")
    piece = compose(prompt, seconds=seconds, seed=seed)
    return _told(ctx, _keep(ctx, piece.data, piece.suffix, piece.name, piece.labels, "make_music"), "Composed")


@operation(
    changes="assets",
    tags={"make", "hosted"},
    words=("draw with a model", "paint with a model", "generate with a model", "make photo with a model"),
    approval="spends",
    outside=True,
    tastes=("style",),
)
def generate_image(
    ctx: Context,
    prompt: str = Field(min_length=1, max_length=4000),
    *,
    style: str | None = None,
    count: int = Field(default=1, ge=1, le=8),
    size: Literal["1024x1024", "1536x1024", "1024x1536"] = "1024x1024",
    seed: int = 0,
) -> Made:
    """Have a hosted model draw pictures from words, which costs money. What it cannot do is drawn without a model.

    `style` is any word for a look. `seed` tells pictures of one prompt apart; not every model has another use for it.
    `make_image` draws without a model, for nothing.
    """
    from spatialnb.make.providers import PICTURES, Wish, made

    words = f"{style} {prompt}" if style else prompt
    assets: list[Asset] = []
    for number in range(count):
        ctx.check()
        ctx.report(number / count, f"Drawing {number + 1} of {count}")
        call = _hosted(ctx, "draw", lambda n=number: ctx.models.image(words, size, seed=seed + n, **_errand(ctx)))
        wish = Wish(words, seed=seed + number, hosted=call)
        picture, failed = made(PICTURES, ("hosted", "embedded"), wish)
        for error in failed:
            _note(ctx, f"Drawn without a model: {error}")
        origin = "generate_image" if picture.by == "hosted" else "make_image"
        assets.extend(_keep(ctx, picture.data, picture.suffix, picture.name, picture.labels, origin))
    return _told(ctx, assets, "Drew")


@operation(
    changes="assets",
    tags={"make", "hosted"},
    words=("make speech", "speak", "read aloud", "narrate", "make voice over", "make narration", "text to speech"),
    approval="spends",
    outside=True,
)
def make_speech(
    ctx: Context,
    text: str = Field(min_length=1, max_length=4000),
    *,
    voice: str = Field(default="alloy", min_length=1, max_length=80),
) -> Made:
    """Have a hosted model speak a text, which costs money. `voice` is one of the model's own, such as "alloy".

    There is no voice without a model: without one this fails and says how to have one.
    """
    from spatialnb.make.providers import SPEECH, Wish, made

    ctx.report(None, "Speaking")
    call = _hosted(ctx, "speak", lambda: ctx.models.speak(text, voice, **_errand(ctx)))
    try:
        speech, _ = made(SPEECH, ("hosted",), Wish(text, hosted=call))
    except ModelUnavailable as error:
        told = str(error).rstrip(".")
        raise type(error)(
            f"{told}. Add a voice with studio.models.add(name, model, kinds=('speech',)), or ingest a recording.",
            error.hops,
        ) from None
    return _told(ctx, _keep(ctx, speech.data, speech.suffix, speech.name, speech.labels, "make_speech"), "Spoke")


def _hosted(ctx: Context, task: str, ask: Callable[[], Coroutine[Any, Any, Any]]) -> Callable[[], bytes] | None:
    """What asks a hosted model, or None where there is none and no recording of one."""
    recorder = ctx.recorder
    replays = recorder is not None and not recorder.performs
    if ctx.models is None or not (replays or ctx.models.has(task)):
        return None

    def call() -> bytes:
        media = ctx.models.wait(ask())
        ctx.spend(media.cost_usd)
        _note(ctx, media.used.line(media.cost_usd))
        return media.data

    return call


def _errand(ctx: Context) -> dict[str, str]:
    return {"run": ctx.run, "project": ctx.project.name}


def _note(ctx: Context, text: str) -> None:
    if text and text not in ctx.notes:
        ctx.notes.append(text)


def _keep(ctx: Context, data: bytes, suffix: str, name: str, labels: tuple[str, ...], origin: str) -> list[Asset]:
    """Generated bytes as an asset of the library, through the same door as every file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{slug(name)}{suffix}"
        path.write_bytes(data)
        report = ctx.library.ingest([path], known=(), report=lambda _fraction, _note: None, stopped=ctx.stopped)
    # What is drawn has no date of its own; a file's would make two runs of one notebook differ.
    return [
        copy_with(asset, name=name, labels=tuple(dict.fromkeys((*labels, *asset.labels))), origin=origin, created=None)
        for asset in report.added
    ]


def _told(ctx: Context, made: list[Asset], verb: str) -> Made:
    ctx.project = ctx.project.with_assets(made)
    summary = f"{verb} {several(made)}"
    thumbnails = tuple(r.hash for asset in made if (r := asset.rendition("thumbnail")))
    sound = next((r.hash for asset in made if (r := asset.rendition("proxy"))), "")
    return Made(
        summary=summary,
        assets=tuple(asset.id for asset in made),
        preview=Preview(text=summary, images=thumbnails[:6], audio=sound),
    )
