"""Requests that an outside operation answers: "list the notebooks in this folder", "delete issue 5 of octo/hello".

What is asked for has to be in the words: each of them says what is done, what it is done to, which of the results are
meant, or is the value of an argument. A word that says nothing of an operation rules it out, and an argument that has
to be given and is not said is asked for. Nothing is filled in by guess.
"""

from __future__ import annotations

import itertools
import math
import re
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spatialnb.library.words import stem, tokens
from spatialnb.models.base import Json
from spatialnb.models.plan import Plan, PlanStep
from spatialnb.operations.external.endpoint import Endpoint
from spatialnb.operations.external.here import folder_here
from spatialnb.operations.external.operation import EXTERNAL, endpoint_of, place_of
from spatialnb.operations.language.words import spaced
from spatialnb.operations.registry import Operation, Registry

READS = frozenset(
    spaced(
        "list show get find see what which who count display fetch read look view give tell retrieve many are is "
        "there have has"
    )
)
MAKES = frozenset(spaced("create make add new post send upload put"))
CHANGES = frozenset(spaced("update change edit set rename patch modify save replace"))
DELETES = frozenset(spaced("delete remove erase destroy drop discard"))
EMPTY = frozenset(
    spaced(
        "a an the this that these those my our your me us i we you it its their of in on at from for to with by and "
        "or all any some every each please can could would will do does did let s want need like here there now "
        "currently right how much just as be been am was were into inside under within up out called named name one "
        "ones"
    )
)
FOLDERS = ("path", "folder", "directory", "dir", "cwd")
"""Arguments that "this folder" is a value of."""
_SAME = (
    ("directory", "folder", "dir"), ("repository", "repo"), ("delete", "remove"), ("image", "picture", "photo"),
    ("user", "account"), ("organization", "org", "organisation"), ("identity", "me"),
    ("language", "lang"), ("document", "doc"), ("configuration", "config", "setting"),
)  # fmt: skip
SURE = 0.62
STRONG = 0.8
"""How strongly an operation has to say at least one of the words: in its name, its summary, what it answers."""
CLOSE = 0.04
"""Two readings nearer than this are told apart by asking."""
_HERE = re.compile(
    r"\b(?:in|of|from|inside|within|under)?\s*(?:this|the current|the present|my(?: current)?|the working)\s+"
    r"(?:working\s+)?(?:folder|directory|dir)\b|\b(?:right )?here\b",
    re.IGNORECASE,
)
_TOP = re.compile(
    r"\b(?:in|of|from|inside|within|under)?\s*the\s+(?:top|root|home|main)(?:[- ]level)?\s+(?:folder|directory)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“”`]([^\"“”`]+)[\"“”`]|(?<!\w)['‘]([^'’]+)['’](?!\w)")
_LITERAL = re.compile(r"(?<!\S)(?:https?://\S+|#?[\w@~+-]*(?:[/_.@:#][\w@~+-]+)+/?|[\w-]*\d[\w-]*)(?=[\s.,;:?!)]|$)")


@dataclass(frozen=True)
class _Words:
    """What an operation's own words say, by stem: 1 for its name and summary, less for what is said further off."""

    weights: Mapping[str, float]
    core: frozenset[str]
    """Words of the path, which a request for it should have."""
    summary: frozenset[str]
    first: str
    """The word that the summary begins with, mostly a verb."""


@dataclass
class _Said:
    """A request, taken apart."""

    literals: list[tuple[str, str]]
    """(value, the word before it) of quoted texts, paths, numbers and ids."""
    here: bool
    top: bool
    stems: tuple[str, ...] = ()
    plurals: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset()
    first: str = ""
    """The word it begins with, as it was written."""
    after: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """Stem to the word as it was written and the stem before it: "user octocat"."""

    @property
    def joined(self) -> dict[str, tuple[str, str]]:
        """Pairs of words that may be written as one: "kernel specs"."""
        return {one + other: (one, other) for one, other in itertools.pairwise(self.stems)}


@dataclass
class _Reading:
    """One operation as what was meant."""

    operation: Operation
    endpoint: Endpoint
    score: float = 0.0
    args: dict[str, Json] = field(default_factory=dict[str, Json])
    missing: list[str] = field(default_factory=list[str])
    at_top: bool = False
    by_shape: bool = False
    """Arguments were told only by the shape of what was said."""


def plan_outside(request: str, registry: Registry, *, named: bool = False) -> Plan | None:
    """The plan for a request that an outside operation answers; a question when something is lacking; None otherwise.

    `named`: only when the request says whose operation it wants ("the issues on github").
    """
    index = _index(registry)
    if not index.words:
        return None
    text = " ".join(request.split())
    source = next((name for name in index.sources if re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE)), None)
    if source is None and named:
        return None
    if source is not None:
        whose = rf"\b(?:(?:on|in|at|by|from|of|via)\s+)?{re.escape(source)}(?:'s)?\b"
        text = re.sub(whose, " ", text, flags=re.IGNORECASE)
    said = _said(text)
    if not said.stems:
        return None
    readings = [
        reading
        for operation, words in index.words
        if (source is None or operation.source == source.replace(" ", "_"))
        and (reading := _read(said, operation, words, index)) is not None
    ]
    readings.sort(key=lambda one: (-one.score, len(one.endpoint.path), one.operation.name))
    if not readings or readings[0].score < SURE:
        return None
    best = readings[0]
    rivals = [one for one in readings[1:4] if best.score - one.score < CLOSE and not one.missing]
    if rivals and not best.missing:
        choices = tuple(f"{one.operation.summary} ({one.operation.name})" for one in (best, *rivals))
        return Plan(request=request, reply="Several could be meant; say which.", choices=choices, understood=False)
    if best.missing:
        return Plan(request=request, reply=_asks(best), understood=False)
    step = PlanStep(
        id="s1",
        operation=best.operation.name,
        args=best.args,  # pyright: ignore[reportArgumentType]
        title=_title(best),
        approval=best.operation.approval,
    )
    return Plan(request=request, steps=(step,))


# -- the words of a request --------------------------------------------------------------------------------------------
def _said(text: str) -> _Said:
    here, top = bool(_HERE.search(text)), bool(_TOP.search(text))
    left = _TOP.sub(" ", _HERE.sub(" ", text))
    literals: list[tuple[str, str]] = []

    def taken(found: re.Match[str]) -> str:
        value = next((group for group in found.groups() if group), found[0]).rstrip(".,;:?!)")
        before = [_root(word) for word in tokens(left[: found.start()]) if word not in EMPTY]
        literals.append((value, before[-1] if before else ""))
        return " "

    left = _QUOTED.sub(taken, left)
    left = _LITERAL.sub(taken, left)
    written = [word for word in re.findall(r"[^\W_]+(?:-[^\W_]+)*", left) if not word.isdigit()]
    words = [(word, one) for word in written for one in tokens(word)]
    verbs = frozenset(one for _, one in words if one in READS | MAKES | CHANGES | DELETES)
    plain = [(word, _root(one)) for word, one in words if one not in EMPTY and one not in READS]
    after = {root: (word, before) for (_, before), (word, root) in itertools.pairwise([("", ""), *plain])}
    first = next((one for _, one in words if one not in EMPTY), "")
    stems = tuple(dict.fromkeys(root for _, root in plain))
    plurals = frozenset(root for word, root in plain if word.endswith("s") and not word.endswith("ss"))
    return _Said(literals, here, top, stems, plurals, verbs, first, after)


def _root(word: str) -> str:
    """A stem that words for the same share."""
    return _SAME_AS.get(stem(word), stem(word))


_SAME_AS = {stem(word): stem(group[0]) for group in _SAME for word in group}


# -- the words of operations -------------------------------------------------------------------------------------------
class _Index:
    """The words of every outside operation of a registry."""

    def __init__(self, registry: Registry) -> None:
        outside = [(one, end) for one in registry if EXTERNAL in one.tags and (end := endpoint_of(one)) is not None]
        self.words = tuple((one, _words_of(one, end)) for one, end in outside)
        names = {one.source for one, _ in outside}
        self.sources = sorted({*names, *(name.replace("_", " ") for name in names)}, key=len, reverse=True)
        counts: dict[str, int] = {}
        for _, words in self.words:
            for word in words.weights:
                counts[word] = counts.get(word, 0) + 1
        self._counts = counts

    def weight(self, word: str) -> float:
        """How much a word tells: rare ones more."""
        return 1.0 + math.log((len(self.words) + 1) / (self._counts.get(word, 0) + 1))


_INDICES: weakref.WeakKeyDictionary[Registry, tuple[Any, _Index]] = weakref.WeakKeyDictionary()


def _index(registry: Registry) -> _Index:
    kept = _INDICES.get(registry)
    if kept is None or kept[0] != registry.stamp:
        kept = _INDICES[registry] = (registry.stamp, _Index(registry))
    return kept[1]


def _words_of(operation: Operation, endpoint: Endpoint) -> _Words:
    weights: dict[str, float] = {}

    def says(text: str, weight: float) -> list[str]:
        found = [_root(word) for word in tokens(text.replace("_", " ")) if word not in EMPTY]
        for word in found:
            weights[word] = max(weights.get(word, 0.0), weight)
        return found

    says(operation.description, 0.35)
    for name in endpoint.arguments:
        says(name, 0.6)
    for values in endpoint.answers.values.values():
        says(" ".join(values), 0.9)
    for tag in endpoint.tags:
        says(tag, 0.8)
    says(operation.summary, 1.0)
    core = says(re.sub(r"{[^{}]*}", " ", endpoint.path), 1.0)
    says(operation.name.removeprefix(f"{operation.source}_"), 0.9)
    kept = frozenset(word for word in core if word not in ("api", "rest") and not re.fullmatch(r"v\d+", word))
    summary = tokens(operation.summary)
    own = tokens(operation.name.removeprefix(f"{operation.source}_").replace("_", " "))
    return _Words(weights, kept, frozenset(_root(word) for word in (*summary[:2], *own)), summary[0] if summary else "")


# -- reading -----------------------------------------------------------------------------------------------------------
def _read(said: _Said, operation: Operation, words: _Words, index: _Index) -> _Reading | None:
    endpoint = endpoint_of(operation)
    assert endpoint is not None
    fit = _verb_fits(said, endpoint, words)
    if fit is None:
        return None
    reading = _Reading(operation, endpoint)
    paired = {root for joined, pair in said.joined.items() if joined in words.weights for root in pair}
    used = paired | _fill(reading, said, words.weights, paired)
    explained, total, strongest = 0.0, 0.0, 0.0
    for word in said.stems:
        if word in _VERBS:
            continue
        total += (weight := index.weight(word))
        strength = 1.0 if word in used else words.weights.get(word, 0.0)
        if not strength:
            return None
        explained += weight * strength
        strongest = max(strongest, 1.0 if word in paired else words.weights.get(word, 0.0))
    if strongest < STRONG or not _all_said(reading, said):
        return None
    told = {*said.stems, *said.joined}
    covered = sum(index.weight(word) for word in words.core if word in told)
    asked = sum(index.weight(word) for word in words.core) or 1.0
    reading.score = 0.7 * explained / total + 0.25 * covered / asked + 0.1 * fit
    reading.score += 0.05 if endpoint.where in reading.args else 0.0
    reading.score -= 0.03 if reading.by_shape else 0.0
    reading.score -= 0.12 * len(reading.missing) + (0.1 if endpoint.deprecated else 0.0)
    return reading


def _all_said(reading: _Reading, said: _Said) -> bool:
    """Whether every value in the request is in some argument: whole, or in parts (octo/hello as owner and repo)."""
    if (said.here or said.top) and not reading.args.keys() & set(FOLDERS):
        return False
    given = {str(one) for value in reading.args.values() for one in (value if isinstance(value, list) else [value])}
    return all(
        {value, value.lstrip("#")} & given or set(value.strip("/").split("/")) <= given for value, _ in said.literals
    )


_VERBS = frozenset(_root(word) for word in READS | MAKES | CHANGES | DELETES)


def _verb_fits(said: _Said, endpoint: Endpoint, words: _Words) -> float | None:
    """How well what is to be done fits: 1 where the operation says it itself; None where it does something else."""
    doing = said.verbs & (MAKES | CHANGES | DELETES)
    if not doing:
        # "interrupt the kernel": no verb that is known everywhere, but the one that the operation begins with.
        if not endpoint.safe:
            return 1.0 if not said.verbs and said.first == words.first else None
        return 0.8 if said.verbs else None
    if endpoint.safe:
        return None
    for kinds, methods in ((DELETES, ("DELETE",)), (MAKES, ("POST",)), (CHANGES, ("PATCH", "PUT"))):
        if doing & kinds:
            says = bool({_root(word) for word in kinds} & words.summary)
            return 1.0 if says else 0.8 if endpoint.method in methods else None
    return None


# -- arguments ---------------------------------------------------------------------------------------------------------
def _fill(reading: _Reading, said: _Said, known: Mapping[str, float], explained: set[str]) -> set[str]:
    """Arguments from the words; returns the words that are explained by that. `known`: words of the operation."""
    endpoint, args, used = reading.endpoint, reading.args, set[str]()
    fixed = {_root(word) for word in tokens(re.sub(r"{[^{}]*}", " ", endpoint.path))}
    picks = (
        {_root(value) for values in endpoint.answers.values.values() for value in values} if endpoint.where else set()
    )
    free = list(said.literals)
    required = [name for name in endpoint.required if not _settled(endpoint.arguments[name])]
    if (said.here or said.top) and (place := next((n for n in required if n in FOLDERS), None)):
        found = "" if said.top else folder_here(place_of(reading.operation))
        if found is not None or endpoint.safe:
            args[place], reading.at_top = found or "", found is None
    _run_of_literals(reading, free)
    for name in (*required, *(n for n in endpoint.arguments if n not in endpoint.required)):
        if name in args or name == endpoint.where:
            continue
        own = {_root(word) for word in tokens(name.replace("_", " ")) if word not in ("id", "number", "name", "key")}
        match = next((one for one in free if _is_of(one[1], own) and _may_be(endpoint, name, one[0])), None)
        if match is not None and (value := _as(endpoint.arguments[name], match[0])) is not None:
            args[name] = value
            free.remove(match)
            used |= own
            continue
        spoken = next(
            (
                root
                for root, (_, before) in said.after.items()
                if _is_of(before, own) and root not in known and root not in explained
            ),
            None,
        )
        if spoken is not None and (value := _as(endpoint.arguments[name], said.after[spoken][0])) is not None:
            args[name] = value
            used |= {*own, spoken}
            continue
        # "the files" are a kind of rows, "the closed issues" is asked for with an argument.
        rows = said.plurals & picks
        if (choice := _chosen(endpoint.arguments[name], said, fixed | used | rows)) is not None:
            args[name] = choice[0]
            used |= choice[1]
    open_ = [name for name in required if name not in args]
    if (
        len(open_) == 1
        and len(free) == 1
        and _may_be(endpoint, open_[0], free[0][0])
        and (value := _as(endpoint.arguments[open_[0]], free[0][0])) is not None
    ):
        args[open_[0]] = value
        free.clear()
    if endpoint.where and (where := _where(endpoint, said, fixed | used)):
        args[endpoint.where] = where
    reading.missing = [name for name in required if name not in args]
    return used


def _is_of(word: str, own: set[str]) -> bool:
    """Whether a word names an argument: "user" names `username`."""
    return bool(word) and any(word == one or (len(word) > 3 and one.startswith(word)) for one in own)


def _may_be(endpoint: Endpoint, name: str, text: str) -> bool:
    """Whether a text can be that argument: what names one thing in a path has no slash in it."""
    in_path = any(one.argument == name and one.where == "path" for one in endpoint.parameters)
    return not in_path or "/" not in text or any(word in _WITH_SLASHES for word in tokens(name.replace("_", " ")))


_WITH_SLASHES = frozenset((*FOLDERS, "file", "filename", "ref", "url", "uri", "key", "name", "branch"))


def _run_of_literals(reading: _Reading, free: list[tuple[str, str]]) -> None:
    """ "octo/hello" for two arguments that stand side by side in the path."""
    endpoint, args = reading.endpoint, reading.args
    runs = [re.findall(r"{([^{}]+)}", run) for run in re.findall(r"{[^{}]+}(?:/{[^{}]+})+", endpoint.path)]
    by_wire = {one.name: one.argument for one in endpoint.parameters if one.where == "path"}
    for run in runs:
        names = [by_wire[wire] for wire in run if wire in by_wire]
        if len(names) != len(run) or any(name in args for name in names):
            continue
        for match in list(free):
            parts = match[0].strip("/").split("/")
            values = [_as(endpoint.arguments[n], p) for n, p in zip(names, parts, strict=False) if p]
            if len(parts) == len(names) == len(values) and all(value is not None for value in values):
                args.update(zip(names, values, strict=True))
                reading.by_shape = True
                free.remove(match)
                break


def _chosen(schema: Any, said: _Said, spoken_for: set[str]) -> tuple[Json, set[str]] | None:
    """One of the values that an argument may have, where the request says it: "the closed issues"."""
    for value in _choices(schema):
        roots = {_root(word) for word in tokens(str(value).replace("_", " "))} if isinstance(value, str) else set()
        if roots and roots <= set(said.stems) and not roots & spoken_for:
            return value, roots
    return None


def _where(endpoint: Endpoint, said: _Said, spoken_for: set[str]) -> dict[str, Json]:
    """Which rows are meant: "the notebooks" are those whose type is notebook."""
    picked: dict[str, Json] = {}
    for name, values in endpoint.answers.values.items():
        if (choice := _chosen({"enum": values}, said, spoken_for)) is not None:
            picked[name] = choice[0]
            spoken_for = spoken_for | choice[1]
    return picked


def _choices(schema: Any) -> Sequence[Any]:
    return schema.get("enum", ()) if isinstance(schema, Mapping) else ()


def _settled(schema: Any) -> bool:
    """Whether an argument has a value of its own when none is given."""
    return isinstance(schema, Mapping) and ("default" in schema or "const" in schema or len(_choices(schema)) == 1)


def _as(schema: Any, text: str) -> Json:
    """A text from the request as a value of the kind an argument takes; None where it is of another."""
    kinds = list(_kinds(schema))
    if (
        isinstance(schema, Mapping)
        and schema.get("format") == "uuid"
        and not re.fullmatch(r"[0-9a-fA-F-]{32,36}", text)
    ):
        return None
    choices = [one for one in _choices(schema) if str(one).casefold() == text.casefold()]
    if _choices(schema):
        return choices[0] if choices else None
    number = text.lstrip("#")
    if "integer" in kinds and re.fullmatch(r"-?\d+", number):
        return int(number)
    if "number" in kinds and re.fullmatch(r"-?\d+(\.\d+)?", number):
        return float(number)
    if "array" in kinds and _as(schema.get("items", {}), text) is not None:
        return [_as(schema.get("items", {}), text)]
    return text if not kinds or "string" in kinds else None


def _kinds(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        kind = schema.get("type", ())
        yield from [kind] if isinstance(kind, str) else kind
        for one in schema.get("anyOf", ()):
            yield from _kinds(one)


# -- in words ----------------------------------------------------------------------------------------------------------
def _title(reading: _Reading) -> str:
    summary = reading.operation.summary.rstrip(".")
    where = " in its top folder" if reading.at_top else ""
    return f"{summary}{where} ({reading.operation.service})"


def _asks(reading: _Reading) -> str:
    needs: list[str] = []
    for name in reading.missing:
        schema = reading.endpoint.arguments[name]
        text = " ".join(str(schema.get("description", "")).split()) if isinstance(schema, Mapping) else ""
        text = text if len(text) <= 80 else f"{text[:80].rsplit(' ', 1)[0]} …"
        needs.append(f"{name} ({text.rstrip('.')})" if text else name)
    first = reading.missing[0].replace("_", " ")
    return (
        f"“{reading.operation.summary.rstrip('.')}” of {reading.operation.service} needs {' and '.join(needs)}. "
        f"Say it with its value, such as {first} “…”."
    )
