"""Changing a plan while it runs: what a person says now, against the steps that have not begun.

A sentence is taken apart into what is left out ("skip the film"), what comes in addition ("also add a title"), and what
is to be otherwise ("make them blue instead"). The last is understood in three ways, one after the other: as a request
of its own that does what a step does; as a value that takes the place of one of its sort in the steps (a colour, a
kind, a name from a list that a parameter has); and as words that belong to what a step was asked with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args, get_origin

from spatialnb.agent.values import needs, takes
from spatialnb.errors import SpatialError
from spatialnb.models.base import FrozenDict, Json
from spatialnb.models.plan import Plan, PlanStep
from spatialnb.operations.language import vocabulary as v
from spatialnb.operations.language.words import lemma
from spatialnb.operations.registry import Registry

CUES = (
    r"skip|drop|leave (?:out|off)|forget|without|omit|do not|don't|no need|cancel|never mind|also|make|use|take|add|"
    r"export|write|put|arrange"
)
PARTS = re.compile(
    rf"(?:\s*[,;.]\s*(?:and |but |then )?|\s+(?:and|but|then)\s+)(?=(?:please )?(?:{CUES})\b)", re.IGNORECASE
)
DROP = re.compile(
    r"^(?:please |and |but |no,? )*(?:let'?s )?"
    r"(?:skip|drop|leave out|leave off|forget(?: about)?|without|omit|do not|don't|no need|cancel|never mind)\b",
    re.IGNORECASE,
)
ADD = re.compile(r"\b(also|too|as well|in addition|additionally|and then|afterwards|plus)\b", re.IGNORECASE)
FILLER = re.compile(
    r"\b(instead|please|rather|actually|no|not|let'?s|make|use|take|have|do|them|it|those|these|ones|one|but|then)\b|[,.]",
    re.IGNORECASE,
)
POINTS = re.compile(r"\b(them|it|those|these|ones|one|they)\b", re.IGNORECASE)
WORD = re.compile(r"[a-z0-9]+")
EMPTY = frozenset(
    WORD.findall(
        "a about an and also be bit but cancel do does don drop everything for forget from i in instead is it leave "
        "let make me mind my need never no not of off omit on one ones out please rather s skip step t that the them "
        "then there they this those these to too use want will with without you"
    )
)

PlanOf = Callable[[str], Plan]
"""Understands words as a request of their own."""


class Amended(NamedTuple):
    """The steps from now on, and what to say of words that could not be followed."""

    steps: tuple[PlanStep, ...]
    reply: str = ""
    choices: tuple[str, ...] = ()


def amend(
    steps: Sequence[PlanStep],
    begun: Collection[str],
    words: str,
    plan_of: PlanOf,
    registry: Registry,
    *,
    about: str = "",
) -> Amended:
    """The steps of a run after a person said `words`. Steps in `begun` stay as they are.

    `about`: what the run is about, for what is added and named after it.
    """
    now, replies, choices = tuple(steps), list[str](), tuple[str, ...]()
    for clause in [part.strip() for line in words.splitlines() for part in PARTS.split(line) if part.strip()]:
        change = _dropped if DROP.match(clause) else _added if ADD.search(clause) else _changed
        found = change(_Asked(now, begun, clause, plan_of, registry, about))
        now, choices = found.steps, choices or found.choices
        replies += [found.reply] if found.reply else []
    return Amended(now, "\n\n".join(replies), choices)


class _Asked(NamedTuple):
    """One thing that a person wants to be different."""

    steps: tuple[PlanStep, ...]
    begun: Collection[str]
    words: str
    plan_of: PlanOf
    registry: Registry
    about: str

    @property
    def ahead(self) -> list[PlanStep]:
        return [step for step in self.steps if step.id not in self.begun]

    def understood(self, words: str) -> Plan:
        """`words` as a plan; an empty one, with a reply, where they are none."""
        try:
            return self.plan_of(words)
        except SpatialError as error:
            return Plan(request=words, reply=str(error), understood=False)

    def with_changes(self, changed: Mapping[str, PlanStep]) -> tuple[PlanStep, ...]:
        return tuple(changed.get(step.id, step) for step in self.steps)


# -- leaving out -------------------------------------------------------------------------------------------------------
def _dropped(asked: _Asked) -> Amended:
    meant = _meant(asked.ahead, asked.words, asked.registry)
    if not meant:
        done = _meant([step for step in asked.steps if step.id in asked.begun], asked.words, asked.registry)
        why = (
            f"“{done[0].title or done[0].operation}” has begun already; undo it" if done else "name a step that is left"
        )
        return Amended(asked.steps, f"Nothing could be left out for “{asked.words}”: {why}.")
    gone = {step.id for step in meant}
    for step in asked.ahead:  # what works with their results is not possible without them
        if gone.intersection(takes(step)):
            gone.add(step.id)
    return Amended(tuple(_unchained(step, gone) for step in asked.steps if step.id not in gone))


def _unchained(step: PlanStep, gone: Collection[str]) -> PlanStep:
    if not set(step.after) & set(gone):
        return step
    return step.model_copy(update={"after": tuple(name for name in step.after if name not in gone)})


def _meant(steps: Sequence[PlanStep], words: str, registry: Registry) -> list[PlanStep]:
    """The steps that words speak of: those that share the most words with them, one at least."""
    said = _told(words)
    shared = {step.id: len(said & _vocabulary(step, registry)) for step in steps}
    most = max(shared.values(), default=0)
    return [step for step in steps if most and shared[step.id] == most]


def _told(text: str) -> set[str]:
    """Words that say something, in the singular, and the kinds they name."""
    words = {lemma(word) for word in WORD.findall(text.lower())} - EMPTY
    return words | {v.KINDS[word].kind for word in words if word in v.KINDS}


def _vocabulary(step: PlanStep, registry: Registry) -> set[str]:
    """Words that a step goes by: its title, its operation's name and verbs, its short arguments."""
    words = _told(" ".join([step.title, step.operation.replace("_", " "), *_texts(step.args)]))
    if step.operation in registry:
        # As they are: "render" is a verb here, and no kind of picture.
        words |= {lemma(word) for word in WORD.findall(" ".join(registry.get(step.operation).words))} - EMPTY
    return words


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for key, inner in value.items() if key not in ("from", "field") for text in _texts(inner))
    elif isinstance(value, (list, tuple)):
        yield from (text for inner in value for text in _texts(inner))


# -- adding ------------------------------------------------------------------------------------------------------------
def _added(asked: _Asked) -> Amended:
    bare = " ".join(ADD.sub(" ", asked.words).split()).strip(" ,.")
    plans = (asked.understood(words) for words in _wordings(asked, bare))
    wanted = "label" if _names_label(bare) else ""
    tried: list[Plan] = []
    for plan in plans:
        tried.append(plan)
        if plan.understood and plan.steps and (not wanted or any(step.operation == wanted for step in plan.steps)):
            return Amended(
                (*asked.steps, *_renamed(plan.steps, {step.id for step in asked.steps})), plan.reply, plan.choices
            )
    return _lost(asked, next((plan for plan in tried if plan.reply), tried[0]))


def _wordings(asked: _Asked, bare: str) -> Iterable[str]:
    """Words as they were said, without what says that it is an addition, and with what a title would say."""
    yield asked.words
    yield bare
    if asked.about and _names_label(bare):
        yield f"{bare} that says “{asked.about}”"


def _names_label(words: str) -> bool:
    return any(v.KINDS[word].kind == "label" for word in _told(words) if word in v.KINDS)


def _lost(asked: _Asked, plan: Plan) -> Amended:
    why = plan.reply or f"I did not understand “{asked.words}”."
    return Amended(asked.steps, f"{why} What was still to be done stays as it was.", plan.choices)


# -- changing ----------------------------------------------------------------------------------------------------------
def _changed(asked: _Asked) -> Amended:
    plan = asked.understood(asked.words)
    for way in (_by_request, _by_value, _by_more_words):
        if (steps := way(asked, plan)) is not None:
            return Amended(steps)
    if plan.understood and plan.steps:
        return Amended((*asked.steps, *_renamed(plan.steps, {step.id for step in asked.steps})), plan.reply)
    return _lost(asked, plan)


def _by_request(asked: _Asked, plan: Plan) -> tuple[PlanStep, ...] | None:
    """Words that by themselves do what steps do: those get their arguments. What no step does yet is added."""
    if not plan.understood or not {step.operation for step in plan.steps} & {step.operation for step in asked.ahead}:
        return None
    left = list(_renamed(plan.steps, {step.id for step in asked.steps}))
    changed: dict[str, PlanStep] = {}
    for step in asked.ahead:
        same = next((new for new in left if new.operation == step.operation), None)
        if same is None:
            continue
        left.remove(same)
        changed[step.id] = _with_args(step, _own(asked, step, same.args), same.title)
        left = [renamed(new, {same.id: step.id}) if same.id in needs(new) else new for new in left]
    return (*asked.with_changes(changed), *left)


def _own(asked: _Asked, step: PlanStep, args: Mapping[str, Json]) -> Mapping[str, Json]:
    """New arguments without those that point at "them": a step knows best what it is about."""
    if not POINTS.search(asked.words) or step.operation not in asked.registry:
        return args
    pointing = asked.registry.get(step.operation).references
    return {name: value for name, value in args.items() if name not in pointing or name not in step.args}


def _with_args(step: PlanStep, args: Mapping[str, Json], title: str = "") -> PlanStep:
    return step.model_copy(update={"args": FrozenDict({**step.args, **args}), "title": title or step.title})


def _by_value(asked: _Asked, _: Plan) -> tuple[PlanStep, ...] | None:
    """A value that takes the place of one of its kind, in the steps that are named, or in all that have one."""
    said = _told(asked.words)
    named = [step for step in asked.ahead if (said - set(v.COLOURS)) & _vocabulary(step, asked.registry)]
    for steps in (named, asked.ahead):
        changed = {step.id: new for step in steps if (new := _revalued(step, asked)) != step}
        if changed:
            return asked.with_changes(changed)
    return None


def _revalued(step: PlanStep, asked: _Asked) -> PlanStep:
    """The step with values from the words in the place of its own."""
    words = [lemma(word) for word in WORD.findall(asked.words.lower())]
    swaps = {**_swaps(words, v.HEX, step), **_kind_swaps(words, step)}
    args: dict[str, Any] = {name: _swapped(value, swaps) for name, value in step.args.items()}
    fields = asked.registry.get(step.operation).args.model_fields if step.operation in asked.registry else {}
    references = asked.registry.get(step.operation).references if fields else {}
    for name, field in fields.items():
        if name in references:
            continue
        value = _listed_value(field.annotation, asked.words.lower(), step.args.get(name))
        if value is not None:
            args[name] = value
        elif name in ("colour", "light_colour") and (colour := next((w for w in words if w in v.HEX), None)):
            args[name] = v.HEX[colour]
    if args == dict(step.args):
        return step
    return step.model_copy(update={"args": FrozenDict(args), "title": _swapped(step.title, swaps)})


def _swaps(words: Sequence[str], table: Collection[str], step: PlanStep) -> dict[str, str]:
    """Words of a table that the step has, to the one that was said."""
    new = next((word for word in words if word in table and word not in _words(step)), None)
    return {old: new for old in _words(step) if old in table} if new else {}


def _kind_swaps(words: Sequence[str], step: PlanStep) -> dict[str, str]:
    """As `_swaps` for kinds: "photos" for "videos", in words and in selections alike."""
    new = next((word for word in words if word in v.KINDS), None)
    if new is None:
        return {}
    kind = v.KINDS[new].kind
    old = {word for word in _words(step, args_only=True) if word in v.KINDS and v.KINDS[word].kind != kind}
    return {word: kind if word == v.KINDS[word].kind else new for word in old}


def _words(step: PlanStep, *, args_only: bool = False) -> set[str]:
    text = " ".join(_texts(step.args)) + ("" if args_only else f" {step.title}")
    return {lemma(word) for word in WORD.findall(text.lower())}


def _swapped(value: Any, swaps: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return re.sub(r"[A-Za-z]+", lambda match: _like(match[0], swaps), value) if swaps else value
    if isinstance(value, Mapping):
        return {key: inner if key in ("from", "field") else _swapped(inner, swaps) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_swapped(inner, swaps) for inner in value]
    return value


def _like(word: str, swaps: Mapping[str, str]) -> str:
    new = swaps.get(lemma(word.lower()))
    if new is None:
        return word
    new = new.capitalize() if word[0].isupper() else new
    return f"{new}s" if word.lower().endswith("s") and lemma(word.lower()) != word.lower() else new


def _listed_value(annotation: Any, words: str, now: Any) -> str | None:
    """A value of a parameter that takes one of a list, if the words name one that it has not now."""
    members = [annotation, *get_args(annotation)]
    known = [value for member in members if get_origin(member) is Literal for value in get_args(member)]
    said = [str(value) for value in known if isinstance(value, str) and re.search(rf"\b{re.escape(value)}\b", words)]
    return max((value for value in said if value != now), key=len, default=None)


def _by_more_words(asked: _Asked, _: Plan) -> tuple[PlanStep, ...] | None:
    """Words that belong to what a step was asked with: "a bit further apart", said of an arrangement."""
    more = " ".join(FILLER.sub(" ", asked.words).split())
    if not more:
        return None
    for step in reversed(asked.ahead):
        if not step.title:
            continue
        plan = asked.understood(f"{step.title} {more}")
        if plan.understood and len(plan.steps) == 1 and plan.steps[0].operation == step.operation:
            references = asked.registry.get(step.operation).references
            new = {k: value for k, value in plan.steps[0].args.items() if k not in references}
            # A prompt or a text takes whatever is said; that it does says nothing.
            free = any(isinstance(value, str) and more.lower() in value.lower() for value in new.values())
            if not free and any(step.args.get(name) != value for name, value in new.items()):
                return asked.with_changes({step.id: _with_args(step, new, plan.steps[0].title)})
    return None


# -- ids ---------------------------------------------------------------------------------------------------------------
def _renamed(steps: Sequence[PlanStep], taken: Collection[str]) -> tuple[PlanStep, ...]:
    """`steps` under ids that are free, with what they say of each other following."""
    names: dict[str, str] = {}
    number = 1
    for step in steps:
        while f"s{number}" in taken or f"s{number}" in names.values():
            number += 1
        names[step.id] = f"s{number}"
    return tuple(renamed(step, names) for step in steps)


def renamed(step: PlanStep, names: Mapping[str, str]) -> PlanStep:
    """`step` with its own id and those it refers to replaced where `names` has another."""
    return step.model_copy(
        update={
            "id": names.get(step.id, step.id),
            "after": tuple(names.get(name, name) for name in step.after),
            "args": FrozenDict(repointed(step.args, names)),
            "each": repointed(step.each, names),
            "when": step.when
            and step.when.model_copy(
                update={"value": repointed(step.when.value, names), "than": repointed(step.when.than, names)}
            ),
            "alternatives": tuple(
                other.model_copy(update={"args": FrozenDict(repointed(other.args, names))})
                for other in step.alternatives
            ),
        }
    )


def repointed(value: Any, names: Mapping[str, str]) -> Any:
    """`value` with the step ids inside its references replaced."""
    if isinstance(value, Mapping):
        inside = {key: repointed(inner, names) for key, inner in value.items()}
        if isinstance(inside.get("from"), str) and set(inside) <= {"from", "field"}:
            inside["from"] = names.get(inside["from"], inside["from"])
        return inside
    if isinstance(value, (list, tuple)):
        return [repointed(inner, names) for inner in value]
    return value
