"""Search: words by their stems, kin words by vectors and families, then colour, kind and date. Deterministic.

An asset is described by weighted terms. Each word of the query takes the best of an asset's terms, and counts the more
the rarer it is in the library, as in BM25 (Robertson and Zaragoza, 2009); how often a term occurs counts only in long
texts.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from spatialnb.errors import Invalid
from spatialnb.library.colours import colour_asked, nearness
from spatialnb.library.dates import Span, span_of
from spatialnb.library.hits import Hit
from spatialnb.library.meaning import ALIKE, Meaning
from spatialnb.library.related import kin
from spatialnb.library.words import STOP, stem, tokens
from spatialnb.models.asset import Asset, AssetKind

Field = Literal["name", "label", "colour", "kind", "text", "source"]
Match = tuple[float, str]
"""How well an indexed term stands for a query's word (0 to 1), and how that is told."""

_WEIGHTS: dict[Field, float] = {"name": 1.0, "label": 0.95, "colour": 0.85, "kind": 0.8, "text": 0.7, "source": 0.6}
_KIND_WORDS: dict[AssetKind, str] = {
    "image": "image photo picture photograph",
    "video": "video film clip movie footage",
    "audio": "audio sound recording music",
    "model": "model 3d object mesh",
    "text": "text page document writing",
}
_TOLD: dict[Field, str] = {"name": "named", "label": "labelled", "colour": "coloured", "text": "says", "source": "in"}
_EVERYTHING = frozenset(("all", "everything", "any"))
_COLOUR_SHARE, _COLOUR_LEAST = 0.12, 0.1
_BODY_WORDS = 3000

EXACT, BEGINNING, KIN, SPELLING = 1.0, 0.75, 0.62, 0.6
_LEAST_SCORE = 0.3
"""Below it a hit is chance: calibrated so that made-up words and words of foreign subjects find nothing."""
_LEAST_COVERED = 0.5
"""Part of the query's weight that must be met at all."""
_LEAST_OF_BEST = 0.4
"""Hits that fit much worse than the best are left out."""


@dataclass(frozen=True)
class _Term:
    weight: float
    surface: str
    field: Field


@dataclass(frozen=True)
class _Index:
    """Terms of every asset, and for every stem where it occurs."""

    assets: Mapping[str, Asset]
    order: tuple[Asset, ...]
    where: Mapping[str, tuple[tuple[int, _Term], ...]]
    spoken: tuple[str, ...]
    """Stems from names and labels, which kin words are looked for among."""
    vectors: NDArray[np.float32]
    """A row for each of `spoken`; zeros where a word has no vector."""


class Searcher:
    """Keeps the index of the assets it was last asked about, and what it learnt of each asset."""

    def __init__(self) -> None:
        self._meaning: Meaning | None = None
        self._terms: dict[str, tuple[Asset, dict[str, _Term]]] = {}
        self._index: _Index | None = None

    def search(
        self,
        assets: Mapping[str, Asset],
        query: str,
        *,
        kind: AssetKind | None,
        colour: str | None,
        since: str | date | datetime | None,
        until: str | date | datetime | None,
        limit: int | None,
    ) -> list[Hit]:
        """See `Library.search`."""
        if kind is not None and kind not in get_args(AssetKind):
            raise Invalid(
                f"'{kind}' is not a kind of asset; use one of {', '.join(get_args(AssetKind))}.", field="kind"
            )
        if limit is not None and limit < 1:
            raise Invalid("The limit must be at least 1.", field="limit")
        wanted = colour_asked(colour) if colour else None
        span = span_of(since, until)
        words = _query_words(query)
        if words:
            found = self._ranked(assets, words)
        else:
            found = [] if query.strip() and not _wants_all(query) else [(asset, 1.0, "") for asset in assets.values()]
        hits = [
            hit
            for asset, score, why in found
            if (kind is None or asset.kind == kind) and (hit := _filtered(asset, score, why, wanted, span, bool(words)))
        ]
        place = {asset_id: index for index, asset_id in enumerate(assets)}
        hits.sort(key=lambda hit: (-hit.score, place[hit.asset.id]))
        return hits[:limit]

    # -- words --------------------------------------------------------------------------------------------------------
    def _ranked(self, assets: Mapping[str, Asset], words: list[str]) -> list[tuple[Asset, float, str]]:
        index = self._indexed(assets)
        count = len(index.order)
        scores, covered, total = np.zeros(count), np.zeros(count), 0.0
        reasons: dict[int, list[str]] = {}
        for word in words:
            matches = self._matches(word, index)
            best: dict[int, tuple[float, str]] = {}
            for name, (likeness, told) in matches.items():
                for position, term in index.where[name]:
                    value = likeness * term.weight
                    if value > best.get(position, (0.0, ""))[0]:
                        best[position] = (value, _reason(word, told, term))
            rarity = 1 + math.log((count + 1) / (len(best) + 1)) if best else 1 + math.log(count + 1)
            total += rarity
            for position, (value, reason) in best.items():
                scores[position] += rarity * value
                covered[position] += rarity
                reasons.setdefault(position, []).append(reason)
        if not total:
            return []
        scores, covered = scores / total, covered / total
        least = max(_LEAST_SCORE, _LEAST_OF_BEST * float(scores.max(initial=0.0)))
        good = np.nonzero((scores >= least) & (covered >= _LEAST_COVERED))[0]
        return [(index.order[i], round(float(scores[i]), 4), ", ".join(dict.fromkeys(reasons[int(i)]))) for i in good]

    def _matches(self, word: str, index: _Index) -> dict[str, Match]:
        """Every indexed stem that stands for `word`, the closest way first."""
        base = stem(word)
        found: dict[str, Match] = {base: (EXACT, "")} if base in index.where else {}

        def add(name: str, likeness: float, told: str) -> None:
            if name in index.where and found.get(name, (0.0, ""))[0] < likeness:
                found[name] = (likeness, told)

        for name in kin().get(base, ()):
            add(name, KIN, "like")
        if len(base) >= 4:
            for name in index.where:
                if name.startswith(base) and len(name) - len(base) <= 6:
                    add(name, BEGINNING, "as in")
        if self._meaning is None:
            self._meaning = Meaning()
        likenesses = self._meaning.likeness(word, index.vectors)
        for row in np.nonzero(likenesses >= ALIKE)[0]:
            add(index.spoken[int(row)], min(KIN, 0.38 + 0.6 * (float(likenesses[row]) - ALIKE)), "like")
        if not found and len(base) >= 5:
            for name in index.spoken:
                if abs(len(name) - len(base)) <= 1 and name[0] == base[0] and _one_slip(base, name):
                    add(name, SPELLING, "spelt")
        return found

    # -- index --------------------------------------------------------------------------------------------------------
    def _indexed(self, assets: Mapping[str, Asset]) -> _Index:
        index = self._index
        if index is not None and (index.assets is assets or index.order == tuple(assets.values())):
            return index
        where: dict[str, list[tuple[int, _Term]]] = {}
        surfaces: dict[str, str] = {}
        for position, asset in enumerate(assets.values()):
            for name, term in self._terms_of(asset).items():
                where.setdefault(name, []).append((position, term))
                if term.field != "text" or asset.kind != "text":
                    surfaces.setdefault(name, term.surface)
        spoken = tuple(surfaces)
        if self._meaning is None:
            self._meaning = Meaning()
        rows = [self._meaning.vector(surfaces[name]) for name in spoken]
        vectors = (
            np.stack([np.zeros(256, np.float32) if row is None else row for row in rows])
            if rows
            else np.zeros((0, 256))
        )
        postings = {name: tuple(places) for name, places in where.items()}
        self._index = _Index(assets, tuple(assets.values()), postings, spoken, vectors.astype(np.float32))
        return self._index

    def _terms_of(self, asset: Asset) -> dict[str, _Term]:
        known = self._terms.get(asset.id)
        if known is None or known[0] is not asset:
            if len(self._terms) > 100_000:
                self._terms.clear()
            known = self._terms[asset.id] = (asset, _described(asset))
        return known[1]


def _described(asset: Asset) -> dict[str, _Term]:
    """The terms of an asset; a term that is in several fields counts by the weightiest."""
    terms: dict[str, _Term] = {}

    def add(words: Iterable[str], field: Field, factor: float = 1.0) -> None:
        for word in words:
            weight, name = _WEIGHTS[field] * factor, stem(word)
            if word not in STOP and (name not in terms or terms[name].weight < weight):
                terms[name] = _Term(weight, word, field)

    add(tokens(asset.name), "name")
    for label in asset.labels:
        add(tokens(label), "label")
    add((colour.name for colour in asset.colours if colour.share >= _COLOUR_SHARE), "colour")
    add(_KIND_WORDS[asset.kind].split(), "kind")
    add(tokens(asset.source.rpartition("/")[0]), "source")
    counts = Counter(tokens(asset.text)[:_BODY_WORDS])
    long = asset.kind == "text"
    for word, count in counts.items():
        add((word,), "text", min(1.0, 0.7 + 0.1 * count) if long else 1.0)
    return terms


def _query_words(query: str) -> list[str]:
    words = list(dict.fromkeys(tokens(query)))
    telling = [word for word in words if word not in STOP and word not in _EVERYTHING]
    return telling[:40]


def _wants_all(query: str) -> bool:
    return any(word in _EVERYTHING for word in tokens(query))


def _reason(word: str, told: str, term: _Term) -> str:
    if term.field == "kind":
        return f"fits '{word}'"
    said = f"{_TOLD[term.field]} {term.surface}"
    return said if not told or told == "as in" else f"{said} ({told} {word})"


def _one_slip(first: str, second: str) -> bool:
    """Whether one letter was added, left out, changed, or two neighbours swapped."""
    if first == second:
        return True
    short, long = sorted((first, second), key=len)
    at = next((i for i, letter in enumerate(short) if letter != long[i]), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at + 1 : at + 2] + short[at : at + 1] == long[at : at + 2]
    return short[at + 1 :] == long[at + 1 :] or (swapped and short[at + 2 :] == long[at + 2 :])


# -- filters -----------------------------------------------------------------------------------------------------------
def _filtered(
    asset: Asset, score: float, why: str, wanted: tuple[str | None, str | None] | None, span: Span, by_words: bool
) -> Hit | None:
    if not span.holds(asset.created):
        return None
    reasons = [why] if why else []
    if wanted is not None:
        share = _colour_share(asset, *wanted)
        if share < _COLOUR_LEAST:
            return None
        reasons.append(f"{round(100 * share)} % {wanted[0] or wanted[1]}")
        score = score * (0.5 + 0.5 * share) if by_words else share
    if span.asked and asset.created:
        reasons.append(f"from {asset.created:%Y-%m-%d}")
    return Hit(asset, round(min(1.0, score), 4), ", ".join(reasons) or "passes the filters")


def _colour_share(asset: Asset, name: str | None, hex_colour: str | None) -> float:
    """Share of the picture in the named colour, or near the given one weighted by nearness."""
    if hex_colour is None:
        return sum(colour.share for colour in asset.colours if colour.name == name)
    return sum(colour.share * nearness(colour.hex, hex_colour) for colour in asset.colours)
