"""Which operations fit what was said: a search over names, verbs, summaries, parameters and documentation.

Three readings of a request are added up, each measured in its own spread over the registry, since none is right alone:

- its words and the concepts it speaks of, counted as BM25 counts words over weighted fields (Robertson and Zaragoza,
  2009);
- its words one by one against the nearest word of each operation, by static word vectors;
- the whole of it against the whole of each operation, by the mean of those vectors without what all have in common
  (Arora, Liang and Ma, 2017).

An operation gains by what else of its service fits, and a request of several clauses is read clause by clause too.
What is known of an operation is worked out once; an index is put together from that anew when the registry has changed.
"""

from __future__ import annotations

import math
import re
import threading
import types
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin
from weakref import WeakKeyDictionary, finalize

import numpy as np
from numpy.typing import NDArray

from spatialnb.library.meaning import Meaning, meaning
from spatialnb.library.words import stem, tokens
from spatialnb.operations.everyday import concepts_of
from spatialnb.operations.registry import Found, Operation, Registry, Stamp, Tier

Floats: TypeAlias = NDArray[np.float32]

WEIGHTS: Mapping[str, float] = {
    "name": 3.0,
    "words": 2.0,
    "summary": 1.5,
    "rest": 0.8,
    "parameters": 0.6,
    "told": 0.5,
    "choices": 0.6,
    "service": 0.8,
}
"""What a word counts by where it stands."""
SATURATED, LENGTH = 1.2, 0.4
"""BM25's k1 and b."""
LEXICAL, WORDWISE, WHOLE, SHORT, SERVICE = 1.2, 0.5, 1.0, 0.3, 0.3
"""Shares of the readings: the words, word by word, the whole against all that is said of an operation, against its name
and summary alone, and what the three best of its service have."""
SAID, MEANT, RARE, FULL = 1.2, 3.5, 1.5, 1.8
"""How fast a word that is said counts more by being rare; what a concept that is spoken of counts against a word, and
how fast that grows; the BM25 value from which an operation has a concept's word in full."""
NAMED = 3.0
"""Standard deviations that the operations of a service gain when it is called by its name."""
WHOLE_FIRST = 3
"""How many that fit the whole request come to one that fits a clause of it."""
FEW = 5
"""Of so many operations, what all have in common is half known."""
LEAST_ALIKE = 0.25
"""Cosine under which two words have nothing to do with each other."""
LONGEST, MOST_WORDS, MOST_CLAUSES = 2_000, 60, 6
MOST_KEPT = 2_000
"""Words of which the nearest are kept."""
RELATED, MET, ALIKE = 0.5, 0.3, 0.45
"""Cosine from which words are told as alike. A search leaves out what neither meets this part of the words asked for,
nor is so like the whole."""
HALF = 6.0
"""Standard deviations above the others that are told as a score of one half."""

_STOP_WORDS = """
a an the and or but if then so as at by for from has have had in into is are was were be been being it its of on
that this these those to with without i me my mine we us our you your he she they them their his her him what who
whom which when where why how do does did can could will would shall should may might must am not no there here
please just some any all one now also too very really much more most than about up out s t re ve ll d m
"""
STOP = frozenset(_STOP_WORDS.split())
_CLAUSES = re.compile(r"(?:[.;:?!,]\s+|\band\b|\bthen\b|\bafter that\b|\bbefore\b)", re.IGNORECASE)


@dataclass(frozen=True)
class Known:
    """What is known of one operation by itself."""

    words: Mapping[str, float]
    """Its words and what they count."""
    stems: Mapping[str, float]
    whole: Floats
    short: Floats


def known(operation: Operation, vectors: Meaning) -> Known:
    fields = _fields(operation)
    words: dict[str, float] = {}
    stems: dict[str, float] = {}
    for name, text in fields.items():
        for word, count in Counter(tokens(text)).items():
            if word not in STOP:
                words[word] = words.get(word, 0.0) + WEIGHTS[name] * count
                base = stem(word)
                stems[base] = stems.get(base, 0.0) + WEIGHTS[name] * count
    words = words or {operation.name: 1.0}
    short = f"{fields['name']}. {fields['summary']}"
    whole = f"{short} {fields['rest']} {fields['parameters']} {fields['words']}"
    return Known(words, stems, vectors.of(whole), vectors.of(short))


def _fields(operation: Operation) -> dict[str, str]:
    parameters, told, choices = _parameters(operation)
    return {
        "name": operation.name.replace("_", " "),
        "words": ", ".join(operation.words),
        "summary": operation.summary,
        "rest": operation.description.removeprefix(operation.summary),
        "parameters": " ".join(parameters).replace("_", " "),
        "told": " ".join(told),
        "choices": " ".join(choices).replace("_", " "),
        "service": operation.service,
    }


def _parameters(operation: Operation) -> tuple[list[str], list[str], list[str]]:
    """Names, descriptions and values that can be chosen, without the JSON schema being made, which takes long."""
    if operation.schema_ is not None:
        properties: Mapping[str, Any] = operation.schema_.get("properties", {})
        plain = [p for p in properties.values() if isinstance(p, dict)]
        told = [str(p.get("description", "")) for p in plain]
        return list(properties), told, [str(value) for p in plain for value in p.get("enum", ())]
    fields = operation.args.model_fields
    told = [info.description for info in fields.values() if info.description]
    return list(fields), told, [c for n, i in fields.items() if n not in operation.references for c in _choices(i)]


def _choices(annotation: Any) -> list[str]:
    annotation = getattr(annotation, "annotation", annotation)
    origin = get_origin(annotation)
    if origin is Literal:
        return [str(value) for value in get_args(annotation)]
    if origin in (Union, types.UnionType):
        return [choice for member in get_args(annotation) for choice in _choices(member)]
    return _choices(get_args(annotation)[0]) if origin is Annotated else []


class Index:
    """The operations of a registry at one stamp, in arrays."""

    def __init__(self, operations: Sequence[Operation], vectors: Meaning) -> None:
        self.operations = operations
        self._known = all_known = [_learnt(operation, vectors) for operation in operations]
        self._vectors = vectors
        count = len(all_known)
        # -- words and their kin
        self._postings: dict[str, tuple[NDArray[np.intp], Floats]] = {}
        lengths = np.array([sum(each.stems.values()) for each in all_known], np.float32)
        norm = SATURATED * (1 - LENGTH + LENGTH * lengths / max(1e-6, float(lengths.mean()) if count else 1.0))
        where: dict[str, list[tuple[int, float]]] = {}
        for at, each in enumerate(all_known):
            for base, weight in each.stems.items():
                where.setdefault(base, []).append((at, weight))
        for base, found in where.items():
            places = np.array([at for at, _ in found], np.intp)
            weights = np.array([weight for _, weight in found], np.float32)
            value = weights * (SATURATED + 1) / (weights + norm[places])
            self._postings[base] = (places, value.astype(np.float32))
        self._count = count
        # -- word by word
        spoken = {word: at for at, word in enumerate(dict.fromkeys(word for each in all_known for word in each.words))}
        rows = [vectors.of(word) for word in spoken]
        self._table = np.stack(rows) if rows else np.zeros((0, vectors.size), np.float32)
        self._flat = np.array([spoken[word] for each in all_known for word in each.words], np.intp)
        self._flat_weights = np.array([w / (w + 1.0) for each in all_known for w in each.words.values()], np.float32)
        self._starts = np.cumsum([0, *(len(each.words) for each in all_known)])[:-1]
        # -- the whole
        self._whole, self._whole_mean = _centred([each.whole for each in all_known], vectors.size)
        self._short, self._short_mean = _centred([each.short for each in all_known], vectors.size)
        # -- services
        names = [operation.service or operation.source for operation in self.operations]
        services = {name: at for at, name in enumerate(dict.fromkeys(names))}
        self._service = np.array([services[name] for name in names], np.intp)
        self._names = _names(self.operations, names)
        """Words by which a service is called, to its place."""
        self._near: dict[str, Floats] = {}

    def order(self, request: str) -> NDArray[np.intp]:
        """Places of all operations, the best first.

        A request of several clauses is answered from each of them too, so that none is crowded out by another: to
        `WHOLE_FIRST` that fit the whole, one that fits each clause.
        """
        readings = [self.scores(request)]
        clauses = [clause for clause in _CLAUSES.split(request) if len(_asked(clause)) > 1]
        if 1 < len(clauses) <= MOST_CLAUSES:
            readings += [self.scores(clause) for clause in clauses]
        ranks = [np.argsort(np.argsort(-scores, kind="stable"), kind="stable") for scores in readings]
        return np.lexsort((ranks[0], np.min([ranks[0] / WHOLE_FIRST, *ranks[1:]], axis=0)))

    def scores(self, text: str) -> Floats:
        """How well each operation fits, in standard deviations: comparable within one request only."""
        words = _asked(text)
        readings = (
            (LEXICAL, self._lexical(words) + np.float32(MEANT) * self._meant(text, words)),
            (WORDWISE, self._wordwise(words)),
            (WHOLE, self.alike(text)),
            (SHORT, self._short @ _direction(self._vectors.of(text) - self._short_mean)),
        )
        total = np.zeros(self._count, np.float32)
        for share, values in readings:
            total += np.float32(share) * _spread(values)
        total += np.float32(SERVICE) * self._of_services(total)
        for word in words:
            if (named := self._names.get(word)) is not None:
                total[self._service == named] += np.float32(NAMED)
        return total

    def reasons(self, at: int, text: str) -> tuple[float, str]:
        """Which part of what was asked for an operation meets word by word, and by which of its words, for people."""
        own = self._known[at]
        surfaces = {stem(word): word for word in own.words}
        meant = {base: concept for concept in concepts_of(text) for base in concept if base in surfaces}
        told: list[str] = []
        total = met = 0.0
        for word in _asked(text):
            base = stem(word)
            total += self.rarity(base)
            if base in surfaces:
                met += self.rarity(base)
                told.append(f"says {surfaces[base]!r}")
                continue
            likeness = self._vectors.likeness_of(word, tuple(own.words))
            if likeness and likeness[1] >= RELATED:
                met += self.rarity(base) * likeness[1]
                told.append(f"{word!r} is like {likeness[0]!r}")
        if meant:
            met = max(met, total / 2)
            told.append(f"is about {', '.join(surfaces[base] for base in meant)}")
        return met / total if total else 0.0, "; ".join(dict.fromkeys(told))

    def alike(self, text: str) -> Floats:
        """Cosines of the whole request with each operation."""
        return self._whole @ _direction(self._vectors.of(text) - self._whole_mean)

    def rarity(self, base: str) -> float:
        there = len(self._postings[base][0]) if base in self._postings else 0
        return math.log(1 + (self._count - there + 0.5) / (there + 0.5))

    def _lexical(self, words: Sequence[str]) -> Floats:
        scores = np.zeros(self._count, np.float32)
        for base in dict.fromkeys(stem(word) for word in words):
            if base in self._postings:
                places, values = self._postings[base]
                scores[places] += self.rarity(base) ** SAID * values
        return scores

    def _meant(self, text: str, words: Sequence[str]) -> Floats:
        said = {stem(word) for word in words}
        scores = np.zeros(self._count, np.float32)
        for names, surely in concepts_of(text).items():
            covered = np.zeros(self._count, np.float32)
            rarities = [self.rarity(base) for base in names]
            for base, rarity in zip(names, rarities, strict=True):
                # What was said itself has been counted as that.
                if base in self._postings and base not in said:
                    places, values = self._postings[base]
                    covered[places] += rarity * np.minimum(1.0, values / FULL)
            scores += surely * max(rarities) ** RARE * covered / sum(rarities)
        return scores

    def _wordwise(self, words: Sequence[str]) -> Floats:
        scores = np.zeros(self._count, np.float32)
        for word in words:
            scores += np.float32(self.rarity(stem(word))) * self._nearest(word)
        return scores

    def _nearest(self, word: str) -> Floats:
        """How near each operation's nearest word is to `word`: 0 to 1."""
        found = self._near.get(word)
        if found is None:
            # One product a word: many at once would wake the threads of the linear algebra library, which costs more.
            likeness = self._table @ self._vectors.of_word(word)
            likeness[likeness < LEAST_ALIKE] = 0.0
            found = np.zeros(self._count, np.float32)
            if len(self._flat):
                found = np.maximum.reduceat(likeness[self._flat] * self._flat_weights, self._starts)
            if len(self._near) >= MOST_KEPT:
                self._near.clear()
            self._near[word] = found
        return found

    def _of_services(self, scores: Floats) -> Floats:
        """For each operation, the mean of the three best of its service."""
        order = np.lexsort((-scores, self._service))
        services = self._service[order]
        first = np.searchsorted(services, services)
        best = np.arange(len(order)) - first < 3
        sums = np.bincount(services[best], weights=scores[order][best])
        return (sums / np.bincount(services[best]))[self._service].astype(np.float32)


def _names(operations: Sequence[Operation], services: Sequence[str]) -> dict[str, int]:
    """The words with which all names of a service's operations begin, as `github_...`, and what else no other has."""
    places = {name: at for at, name in enumerate(dict.fromkeys(services))}
    first: dict[str, set[str]] = {}
    for operation, service in zip(operations, services, strict=True):
        first.setdefault(service, set()).add(tokens(operation.name)[0])
    titles = Counter(word for service in places for word in set(tokens(service)))
    named: dict[str, int] = {}
    for service, words in first.items():
        own = [word for word in tokens(service) if titles[word] == 1 and word not in STOP]
        for word in (*(words if len(words) == 1 and services.count(service) > 1 else ()), *own):
            named[word] = places[service]
    return named


def _asked(text: str) -> list[str]:
    return [word for word in dict.fromkeys(tokens(text)) if word not in STOP][:MOST_WORDS]


def _spread(values: Floats) -> Floats:
    """In standard deviations from the mean. One that has nothing is counted in, as a few tell little of a spread."""
    all_values = np.append(values, np.float32(0.0))
    deviation = float(all_values.std())
    return (values - all_values.mean()) / np.float32(deviation) if deviation > 1e-6 else np.zeros_like(values)


def _direction(vector: Floats) -> Floats:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 1e-6 else np.zeros_like(vector)


def _centred(vectors: Sequence[Floats], size: int) -> tuple[Floats, Floats]:
    """Directions from what all have in common, and that; of a few it is not known well, and is taken for less."""
    if not vectors:
        return np.zeros((0, size), np.float32), np.zeros(size, np.float32)
    table = np.stack(vectors)
    mean = table.mean(axis=0) * np.float32(len(table) / (len(table) + FEW))
    return np.stack([_direction(row) for row in table - mean]), mean


# -- indexes kept ------------------------------------------------------------------------------------------------------
_LOCK = threading.Lock()
_INDEXES: WeakKeyDictionary[Registry, tuple[Stamp, Index]] = WeakKeyDictionary()
_KNOWN: dict[int, Known] = {}
"""By the identity of the operation; goes when that goes."""


def index_of(registry: Registry) -> Index:
    """The index of the registry as it is now."""
    stamp = registry.stamp
    with _LOCK:
        kept = _INDEXES.get(registry)
        if kept is None or kept[0] != stamp:
            kept = (stamp, Index(tuple(registry), meaning()))
            _INDEXES[registry] = kept
        return kept[1]


def _learnt(operation: Operation, vectors: Meaning) -> Known:
    found = _KNOWN.get(id(operation))
    if found is None:
        found = _KNOWN[id(operation)] = known(operation, vectors)
        finalize(operation, _KNOWN.pop, id(operation), None)
    return found


def search(registry: Registry, words: str, *, limit: int, tier: Tier | None) -> list[Found]:
    """See `Registry.search`."""
    text = words[:LONGEST]
    index = index_of(registry)
    scores, alike = index.scores(text), index.alike(text)
    found: list[Found] = []
    for at in np.argsort(-scores, kind="stable"):
        if len(found) >= limit or scores[at] <= 0:
            break
        operation = index.operations[at]
        if tier is not None and operation.tier != tier:
            continue
        met, why = index.reasons(int(at), text)
        if met >= MET or alike[at] >= ALIKE:
            score = round(float(scores[at] / (scores[at] + HALF)), 3)
            found.append(Found(operation, score, why or "means something like it"))
    return found


def relevant(registry: Registry, request: str, *, limit: int, always: Iterable[str]) -> list[Operation]:
    """See `Registry.relevant`."""
    shown = {name: registry.get(name) for name in always if name in registry}
    index = index_of(registry)
    for at in index.order(request[:LONGEST]):
        if len(shown) >= limit:
            break
        shown.setdefault(index.operations[at].name, index.operations[at])
    return list(shown.values())
