"""A run and its steps as a notebook keeps them: HTML, Markdown and plain text that read well with no kernel.

The HTML is semantic markup with inline styles: JupyterLab and nbconvert show the styles, code hosting sites take them
away, and what is left is still headings, paragraphs, pictures and tables in the right order. The elements
`<spatialnb-run>` and `<spatialnb-step>` around it come alive where the steps view's module is loaded in the page, and
mean nothing anywhere else. Everything here is a pure function of the state and of the media it names.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any, NamedTuple, Protocol

from spatialnb.errors import NotFound
from spatialnb.models.base import Json
from spatialnb.models.plan import Preview, RunState, RunStatus, StepState, StepStatus

PICTURE_BYTES = 24_000
"""Pictures up to this size go into the notebook as they are, larger ones are made smaller."""
PICTURE_EDGE = 220
"""Pixels of the long edge of a picture that was made smaller."""
SOUND_BYTES = 600_000
"""Sounds up to this size can be played in the saved notebook."""
TABLE_ROWS, TABLE_COLUMNS, CELL_CHARACTERS = 8, 6, 60


class Pictures(Protocol):
    """What is needed of the media store."""

    def read(self, hash: str, /) -> bytes: ...
    def mime(self, hash: str, /) -> str: ...


class Look(NamedTuple):
    """How a status is shown: a sign, a word and a colour that stands out from light and from dark."""

    sign: str
    word: str
    colour: str


STEP_LOOKS: Mapping[StepStatus, Look] = {
    "queued": Look("○", "queued", "#7a7f87"),
    "running": Look("◔", "running", "#2f7fd6"),
    "waiting": Look("◆", "waits for you", "#b7791f"),
    "done": Look("✓", "done", "#2c8a57"),
    "failed": Look("✕", "failed", "#cf4a43"),
    "skipped": Look("–", "skipped", "#7a7f87"),
    "stopped": Look("■", "stopped", "#7a7f87"),
}
RUN_LOOKS: Mapping[RunStatus, Look] = {
    "running": STEP_LOOKS["running"],
    "waiting": STEP_LOOKS["waiting"],
    "done": STEP_LOOKS["done"],
    "partial": Look("◐", "done in part", "#b7791f"),
    "failed": STEP_LOOKS["failed"],
    "stopped": STEP_LOOKS["stopped"],
}

REASONS: Mapping[str, str] = {
    "deletes": "This deletes things; you can undo it.",
    "spends": "This costs money.",
    "publishes": "This makes things public.",
}
"""Why a step waits for a person: the kinds of an operation's `approval`; anything else is a sentence already."""

_QUIET = "color:var(--jp-ui-font-color2,#70757d);font-weight:400"
_FRAME = (
    "font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:13px;line-height:1.5;"
    "margin:2px 0;max-width:854px;"
    "padding:8px 12px;border:1px solid var(--jp-border-color2,#8883);border-radius:8px;"
    "background:var(--jp-layout-color1,transparent)"
)
_LINE = "margin:4px 0 0"
_PICTURE = "max-width:100%;height:auto;max-height:160px;border-radius:6px;margin:0 8px 0 0;display:inline-block"


def step_html(step: StepState, media: Pictures | None = None, *, project: str = "") -> str:
    """One step as the output of a cell."""
    return (
        f'<spatialnb-step data-run="{escape(project)}/{escape(step.run)}" data-step="{escape(step.id)}" '
        f'class="mathjax_ignore tex2jax_ignore" style="display:block">'
        f'<article style="{_FRAME}">{_step_lines(step, media)}</article></spatialnb-step>'
    )


def run_html(run: RunState, media: Pictures | None = None, *, steps: bool = True, reply: bool = True) -> str:
    """A run as the output of a cell: what was asked, how it stands and, if wanted, its steps and its reply."""
    listed = ""
    if steps and run.steps:
        lines = "".join(f'<li style="margin:8px 0">{_step_lines(step, media)}</li>' for step in run.steps)
        listed = f'<ol style="margin:8px 0 0;padding:0 0 0 20px">{lines}</ol>'
    return (
        f'<spatialnb-run data-run="{escape(run.project)}/{escape(run.id)}" data-list="{str(bool(listed)).lower()}" '
        f'class="mathjax_ignore tex2jax_ignore" style="display:block"><article style="{_FRAME}">'
        f"{_headline(RUN_LOOKS[run.status], run.request.strip() or 'Run', _run_facts(run))}{_reduced(run)}"
        f"{listed}</article></spatialnb-run>{reply_html(run) if reply else ''}"
    )


def reply_html(run: RunState) -> str:
    """What was answered, or nothing: its Markdown made HTML and cleaned of all that could run."""
    if not run.reply.strip():
        return ""
    choices = "".join(f"<li>{escape(choice)}</li>" for choice in run.choices)
    offered = f"<ul>{choices}</ul>" if choices else ""
    return (
        f'<div class="mathjax_ignore tex2jax_ignore" style="font-family:var(--jp-ui-font-family,system-ui,sans-serif);'
        f'font-size:14px;line-height:1.55;padding:4px 12px;max-width:72ch">{markdown(run.reply)}{offered}</div>'
    )


def step_markdown(step: StepState) -> str:
    """One step as a few lines of Markdown."""
    look = STEP_LOOKS[step.status]
    lines = [f"**{look.sign} {step.title or step.operation}** ({look.word})", *_said(step)]
    return "\n\n".join(lines)


def step_text(step: StepState) -> str:
    """One step as plain text. Without its time, so that the same run again gives the same text."""
    look = STEP_LOOKS[step.status]
    lines = [f"{look.sign} {step.title or step.operation} ({look.word})", *_said(step)]
    return "\n  ".join(lines)


def run_markdown(run: RunState) -> str:
    """A run as Markdown."""
    look = RUN_LOOKS[run.status]
    steps = "\n".join(f"{n}. {step_markdown(step)}".replace("\n", "\n   ") for n, step in enumerate(run.steps, 1))
    head = f"**{look.sign} {run.request.strip() or 'Run'}** ({look.word})"
    less = f"*{run.used}*" if run.reduced else ""
    return "\n\n".join(part for part in (head, steps, run.reply.strip(), less) if part)


def run_text(run: RunState) -> str:
    """A run as plain text."""
    look = RUN_LOOKS[run.status]
    head = f"{look.sign} {run.request.strip() or 'Run'} ({look.word})"
    less = [run.used] if run.reduced else []
    steps = ("  " + step_text(step).replace("\n", "\n  ") for step in run.steps)
    return "\n".join([head, *steps, run.reply, *less]).strip()


def markdown(text: str) -> str:
    """Markdown as HTML that holds no scripts, no frames, no forms and no pictures from elsewhere."""
    import nh3

    return nh3.clean(
        _parser().render(text),
        tags=set(_TAGS),
        attributes={"a": {"href", "title"}, "th": {"align"}, "td": {"align"}, "code": {"class"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


_TAGS = frozenset(
    {"a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
     "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"}
)  # fmt: skip


@lru_cache(maxsize=1)
def _parser() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])


# -- parts ------------------------------------------------------------------------------------------------------------
def _step_lines(step: StepState, media: Pictures | None) -> str:
    look = STEP_LOOKS[step.status]
    parts = [_headline(look, step.title or step.operation, _step_facts(step))]
    if step.status == "running" and step.progress is not None:
        parts.append(
            f'<p style="{_LINE}"><progress max="1" value="{step.progress:.3f}" style="width:160px;height:6px">'
            f"{step.progress:.0%}</progress></p>"
        )
    if step.note and step.status in ("queued", "running"):
        parts.append(_paragraph(step.note))
    if step.status == "waiting":
        parts.append(_paragraph(_reason(step)))
    if step.error:
        parts.append(f'<p style="{_LINE};color:{STEP_LOOKS["failed"].colour}">{escape(step.error)}</p>')
    if step.preview.text:
        parts.append(f'<div style="{_LINE}">{markdown(step.preview.text)}</div>')
    if media is not None:
        parts.append(_pictures(step.preview, step.title or step.operation, media))
        parts.append(_sound(step.preview, media))
    parts.append(_files(step.preview.files))
    parts.append(_table(step.result))
    return "".join(parts)


def _headline(look: Look, title: str, facts: Sequence[str]) -> str:
    return (
        f'<p style="margin:0"><span style="color:{look.colour};font-weight:600" aria-hidden="true">{look.sign}</span> '
        f'<strong style="font-weight:600">{escape(_short(title, 300))}</strong> '
        f'<small style="{_QUIET}">{escape(" · ".join(facts))}</small></p>'
    )


def _paragraph(text: str) -> str:
    return f'<p style="{_LINE};{_QUIET}">{escape(text)}</p>'


def _step_facts(step: StepState) -> list[str]:
    facts = [STEP_LOOKS[step.status].word]
    if step.status == "running" and step.progress is not None:
        facts.append(f"{step.progress:.0%}")
    return [*facts, *_time_and_cost(step.seconds, step.cost_usd)]


def _run_facts(run: RunState) -> list[str]:
    over = sum(step.status in ("done", "skipped") for step in run.steps)
    facts = [RUN_LOOKS[run.status].word]
    if run.steps:
        total = len(run.steps)
        count = f"{total} step{'s' if total != 1 else ''}"
        facts.append(count if over == total else f"{over} of {count}")
    # What thinking cost stands beside what thought; what the steps cost comes on top.
    spent = sum(step.cost_usd for step in run.steps) if run.used else run.cost_usd
    return [*facts, *_time_and_cost(run.seconds, spent), *([run.used] if run.used and not run.reduced else [])]


def _reduced(run: RunState) -> str:
    """What is less than hoped, and why."""
    return f'<p style="{_LINE};color:{STEP_LOOKS["waiting"].colour}">{escape(run.used)}</p>' if run.reduced else ""


def _time_and_cost(seconds: float | None, cost_usd: float) -> list[str]:
    facts: list[str] = []
    if seconds is not None:
        facts.append(duration(seconds))
    if cost_usd > 0:
        facts.append(f"{cost_usd:.2f} USD" if cost_usd >= 0.01 else f"{cost_usd:.4f} USD")
    return facts


def duration(seconds: float) -> str:
    """Seconds as a person reads them: "40 ms", "0.4 s", "12 s", "3 min 20 s"."""
    if seconds < 0.0995:
        return f"{max(1, round(seconds * 1000))} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def _said(step: StepState) -> list[str]:
    waits = _reason(step) if step.status == "waiting" else ""
    return [line for line in (waits, step.error, step.preview.text, *step.preview.files) if line]


def _reason(step: StepState) -> str:
    return f"Waits for approval. {REASONS.get(step.approval, step.approval)}".strip()


def _files(files: Sequence[str]) -> str:
    if not files:
        return ""
    names = ", ".join(f"<code>{escape(file)}</code>" for file in files)
    return f'<p style="{_LINE}">{names}</p>'


# -- media ------------------------------------------------------------------------------------------------------------
def _pictures(preview: Preview, title: str, media: Pictures) -> str:
    found = [uri for hash in preview.images[:6] if (uri := _picture(hash, media))]
    if not found:
        return ""
    images = "".join(f'<img src="{uri}" alt="{escape(title)}" style="{_PICTURE}">' for uri in found)
    return f'<p style="margin:8px 0 0">{images}</p>'


def _sound(preview: Preview, media: Pictures) -> str:
    if not preview.audio or (found := _read(preview.audio, media)) is None:
        return ""
    data, mime = found
    if len(data) > SOUND_BYTES or not mime.startswith("audio/"):
        return _paragraph("A sound was made; it is in the project's media.")
    return f'<p style="{_LINE}"><audio controls preload="metadata" src="{_uri(data, mime)}"></audio></p>'


def _picture(hash: str, media: Pictures) -> str:
    found = _read(hash, media)
    if found is None or not found[1].startswith("image/") or "svg" in found[1]:
        return ""
    data, mime = found
    if len(data) <= PICTURE_BYTES:
        return _uri(data, mime)
    small = _smaller(data)
    return _uri(small, "image/webp") if small else ""


def _smaller(data: bytes) -> bytes | None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            image.thumbnail((PICTURE_EDGE, PICTURE_EDGE))
            out = io.BytesIO()
            image.convert("RGBA" if "A" in image.getbands() else "RGB").save(out, "WEBP", quality=75)
            return out.getvalue()
    except (OSError, ValueError, Image.DecompressionBombError):
        return None  # a preview that cannot be read is left out; the step itself says what came of it


def _read(hash: str, media: Pictures) -> tuple[bytes, str] | None:
    try:
        return media.read(hash), media.mime(hash)
    except (NotFound, OSError):
        return None


def _uri(data: bytes, mime: str) -> str:
    return f"data:{escape(mime)};base64,{base64.b64encode(data).decode()}"


# -- tables -----------------------------------------------------------------------------------------------------------
def rows_of(result: Json) -> list[dict[str, Json]]:
    """The rows of a result that is a table: a list of objects, or an object with exactly one such list in it."""
    if isinstance(result, dict):
        tables = [rows for value in result.values() if (rows := rows_of(value if isinstance(value, list) else None))]
        return tables[0] if len(tables) == 1 else []
    if not isinstance(result, list) or not result:
        return []
    rows = [row for row in result if isinstance(row, dict)]
    return rows if len(rows) == len(result) else []


def _table(result: Json) -> str:
    rows = rows_of(result)
    columns = list(dict.fromkeys(key for row in rows for key, value in row.items() if _plain(value)))[:TABLE_COLUMNS]
    if not columns:
        return ""
    cell = "padding:2px 12px 2px 0;text-align:left"
    head = "".join(f'<th scope="col" style="{cell}">{escape(column)}</th>' for column in columns)
    body = "".join(
        "<tr>" + "".join(f'<td style="{cell}">{escape(_cell(row.get(column)))}</td>' for column in columns) + "</tr>"
        for row in rows[:TABLE_ROWS]
    )
    more = len(rows) - TABLE_ROWS
    rest = _paragraph(f"and {more} more") if more > 0 else ""
    table = f'<table style="border-collapse:collapse;font-size:12px"><thead><tr>{head}</tr></thead>'
    return f'<div style="margin:8px 0 0;overflow-x:auto">{table}<tbody>{body}</tbody></table>{rest}</div>'


def _plain(value: Json) -> bool:
    return value is not None and not isinstance(value, (dict, list))


def _cell(value: Json) -> str:
    if value is None or isinstance(value, (dict, list)):
        return ""
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return _short(str(value), CELL_CHARACTERS)


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
