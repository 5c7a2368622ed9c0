"""Open creative briefs: "create a <style> film about <topic>" as a plan made of the registry's operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spatialnb.agent.planner import english
from spatialnb.agent.planner.pieces import Clause
from spatialnb.errors import Ambiguous, NotFound
from spatialnb.models import selection as s
from spatialnb.models.asset import Asset
from spatialnb.models.plan import PlanStep
from spatialnb.models.project import Project
from spatialnb.operations.language import vocabulary as v
from spatialnb.operations.language.evaluate import MEANT, Search, words_of
from spatialnb.operations.language.words import spaced
from spatialnb.operations.registry import Registry

SIGHTS = 6
"""Pictures and clips that a composition wants at least."""
SECONDS = 4.0
"""How long each stands on the timeline of a film."""
_OPENERS = frozenset(spaced("a an me us my our some another new one for please"))
_TOPIC_WORDS = frozenset(
    spaced(
        "about on of for around exploring celebrating inspired by dedicated to regarding "
        "concerning based the theme subject topic titled"
    )
)
_NEEDS_TOPIC = frozenset(
    spaced(
        "wall room display space world scene experience collage album video film movie clip "
        "show animation reel timeline"
    )
)


@dataclass(frozen=True)
class Brief:
    """What is to be made, in which style and about what."""

    form: str
    film: bool
    style: str
    topic: str
    source: s.Selection | None = None
    """Things it is to be made of, where some were named."""

    @property
    def words(self) -> str:
        return " ".join(part for part in (self.style, self.topic) if part)


def brief_of(clause: Clause, start: int, end: int) -> Brief | None:
    """The brief that a clause is, or None."""
    at = next((k for k in range(start, min(end, start + 9)) if clause.word(k) in _making()), None)
    if at is None:
        return None
    at += 1
    while at < end and clause.word(at) in _OPENERS:
        at += 1
    first = at
    form = ""
    while at < end and at - first < 8:
        for size in (2, 1):
            phrase = " ".join(clause.word(at + k) for k in range(size))
            if phrase in english.FILM_FORMS or phrase in english.SHOW_FORMS:
                form = phrase
                break
        if form or clause.word(at) in v.NEVER_NOUNS:
            break
        at += 1
    if not form:
        return None
    style = clause.words(first, at)
    if style and all(_is_quality(clause, word.lower()) for word in style.split()):
        style = ""
    at += len(form.split())
    if clause.word(at) in english.SHOW_FORMS or clause.word(at) in english.FILM_FORMS:
        at += 1
    if at < end and clause.word(at) in ("called", "named", "wall", "mode", "theme", "settings"):
        return None
    film = form in english.FILM_FORMS
    topic, source = _about(clause, at, end)
    if topic is None and source is None and at < end:
        return None
    if not (style or topic or source):
        return None  # nothing was said of what it should show: it is about what is there already
    if form in _NEEDS_TOPIC and not topic and not (source or (style and film)):
        return None
    if source is not None and not film:
        return None
    return Brief(form, film, style, topic or "", source)


def _making() -> frozenset[str]:
    verbs = "make making create creating generate design build produce craft compose prepare give invent"
    return frozenset(spaced(f"{verbs} want like need love do together with up"))


def _is_quality(clause: Clause, word: str) -> bool:
    return word == "quality" or any(
        name == "quality" and words == (word,) for words, name, _ in clause.lexicon.values.get(word, ())
    )


def _about(clause: Clause, at: int, end: int) -> tuple[str | None, s.Selection | None]:
    """The topic, verbatim; or the things that it is to be made of: "from the red photos", "of these"."""
    if at >= end:
        return None, None
    lead = clause.word(at)
    if lead in ("of", "from", "with", "out", "using", "for"):
        begin = at + 1 + (lead == "out")
        for noun in sorted(clause.nouns.at(begin), key=lambda n: -n.end):
            if noun.end == end and not noun.unknown and (noun.plural or noun.pronoun):
                return None, noun.selection
    if lead not in _TOPIC_WORDS and lead not in ("in", "with", "featuring", "showing", "that", "which", "set"):
        return None, None
    at += 1
    while at < end and clause.word(at) in _TOPIC_WORDS:
        at += 1
    while end > at and clause.word(end - 1) in v.POLITE:
        end -= 1
    return clause.words(at, end) or None, None


def compose(
    brief: Brief, project: Project, registry: Registry, search: Search | None, source: list[str]
) -> list[PlanStep]:
    """The steps: what there is on the topic, what is still missing made, all laid out, and a film exported."""
    sights = source or _matching(project, brief.words, search, ("image", "video"))
    sounds = [] if not brief.film else _matching(project, brief.words, search, ("audio",))
    subject = brief.topic or brief.style or "the unknown"
    steps: list[PlanStep] = []
    parts: list[Any] = list(sights)
    wanted = 0 if source else max(0, SIGHTS - len(sights))
    if wanted and "make_image" in registry:
        steps.append(
            _step(
                steps,
                registry,
                "make_image",
                _with_style({"prompt": subject, "count": wanted}, brief.style, registry),
                f"Draw {wanted} pictures of {subject}",
            )
        )
        parts.append({"from": steps[-1].id, "field": "assets"})
    if brief.film and not sounds and "make_music" in registry:
        mood = f"{brief.style} music for {brief.topic or 'a ' + brief.form}".strip()
        length = SECONDS * max(SIGHTS, len(sights))
        steps.append(
            _step(
                steps,
                registry,
                "make_music",
                {"prompt": mood, "seconds": length},
                f"Compose {length:.0f} seconds of {mood}",
            )
        )
        parts.append({"from": steps[-1].id, "field": "assets"})
    parts += sounds[:1]
    made = tuple(step.id for step in steps)
    arrangement = "timeline" if brief.film or brief.form == "timeline" else "wall"
    steps.append(
        _step(
            steps,
            registry,
            "arrange",
            {"items": parts, "arrangement": arrangement},
            f"Lay everything out {'on a timeline' if arrangement == 'timeline' else 'as a gallery'}",
            made,
        )
    )
    if brief.film and "export" in registry:
        steps.append(
            _step(steps, registry, "export", {"target": "video"}, f"Export the {brief.form} as a film", (steps[-1].id,))
        )
    return steps


def _step(
    before: list[PlanStep], registry: Registry, name: str, args: dict[str, Any], title: str, after: tuple[str, ...] = ()
) -> PlanStep:
    return PlanStep(
        id=f"s{len(before) + 1}",
        operation=name,
        args=args,
        title=title,
        after=after,
        approval=registry.get(name).approval,
    )  # pyright: ignore[reportArgumentType]


def _with_style(args: dict[str, Any], style: str, registry: Registry) -> dict[str, Any]:
    if style and "style" in registry.get("make_image").args.model_fields:
        return {**args, "style": style}
    return {**args, "prompt": f"{style} {args['prompt']}".strip()}


def _matching(project: Project, words: str, search: Search | None, kinds: tuple[str, ...]) -> list[str]:
    """Assets on the topic: those found by meaning, else those that share a word of weight with it, best first."""
    fitting = {a.id: a for a in project.assets.values() if a.kind in kinds}
    if not fitting or not words:
        return []
    scores: dict[str, float] = {}
    if search is not None:
        scores = {each: score for each, score in search(words) if each in fitting and score >= MEANT}
    wanted = words_of(words)
    for asset in fitting.values():
        shared = len(wanted & _said(asset)) / len(wanted)
        if shared > 0:
            scores[asset.id] = max(scores.get(asset.id, 0.0), shared)
    order = list(fitting)
    return sorted(scores, key=lambda each: (-scores[each], order.index(each)))[: SIGHTS * 2]


def _said(asset: Asset) -> frozenset[str]:
    return words_of(" ".join((asset.name, *asset.labels)))


__all__ = ["Ambiguous", "Brief", "NotFound", "brief_of", "compose"]
