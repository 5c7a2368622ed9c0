"""Noun phrases read as selections, by recursive descent over tokens.

Every way to read the words from a token on is returned with the token it ends at and what it costs, so that a reader of
clauses can weigh "move (the picture behind the robot)" against "move (the picture) (behind the robot)".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from spatialnb.models import selection as s
from spatialnb.models.canvas import ItemKind
from spatialnb.operations.language import afterwards
from spatialnb.operations.language import vocabulary as v
from spatialnb.operations.language.numbers import CARDINALS, ORDINALS, UNIT_WORDS, number_at, ordinal_at
from spatialnb.operations.language.tokens import Token
from spatialnb.operations.language.words import is_plural

UNKNOWN = 1.6
"""Cost of a noun that nothing in the project is called."""
KNOWN = 0.05
LONGEST = 60
"""Tokens a noun phrase may have."""


@dataclass(frozen=True)
class Noun:
    """A noun phrase: the selection it means, where it ends, and its cost (0 is a sure reading)."""

    end: int
    selection: s.Selection
    cost: float = 0.0
    plural: bool = False
    indefinite: bool = False
    pronoun: bool = False
    bare: bool = False
    """No determiner, number or other mark of a noun phrase before an unknown word."""
    kind: ItemKind | None = None
    head: str = ""
    """The head noun as it was said, singular."""
    count: int | None = None
    unknown: tuple[str, ...] = ()
    more: bool = False
    """Others than there are already: "another", "two more"."""


@dataclass(frozen=True)
class Draft:
    """A noun phrase while it is read, before numbers and superlatives are applied."""

    base: s.Selection = field(default_factory=s.All)
    names: tuple[str, ...] = ()
    like: str = ""
    """What it should be about, in words of one's own."""
    kind: ItemKind | None = None
    called: str = ""
    colours: tuple[str, ...] = ()
    flags: tuple[tuple[str, bool], ...] = ()
    order: tuple[s.Measure, bool] | None = None
    graded: tuple[s.Measure, bool] | None = None
    ordinal: int | None = None
    count: int | None = None
    share: float | None = None
    every: int | None = None
    every_start: int | None = None
    side: s.Side | None = None
    determiner: str = ""
    plural: bool = False
    head: str = ""
    wraps: tuple[Callable[[s.Selection], s.Selection], ...] = field(default=())
    """What the words after the noun add, in order."""
    cost: float = 0.0
    unknown: tuple[str, ...] = ()
    more: bool = False


class NounReader:
    """Reads noun phrases from one request. `known` are words that things of the project are called by."""

    def __init__(
        self,
        tokens: Sequence[Token],
        known: frozenset[str] = frozenset(),
        names: dict[str, list[tuple[str, ...]]] | None = None,
        *,
        today: date | None = None,
        stops: frozenset[str] = frozenset(),
    ) -> None:
        self.tokens = tokens
        self.known = known
        self.names = names or {}
        self.today = today or date.today()  # noqa: DTZ011  the reader's own day is what "today" means
        self.stops = stops
        """Words that end a bare noun phrase though they could be names: verbs of the registry."""
        self._memo: dict[int, list[Noun]] = {}
        self._depth = 0

    def over(self, tokens: Sequence[Token]) -> NounReader:
        """A reader of other tokens with the same knowledge."""
        return NounReader(tokens, self.known, self.names, today=self.today, stops=self.stops)

    def word(self, at: int) -> str:
        return self.tokens[at].word if 0 <= at < len(self.tokens) else ""

    # -- coordination -------------------------------------------------------------------------------------------------
    def at(self, start: int) -> list[Noun]:
        """Every noun phrase that starts at a token, the cheapest for each end, coordination included."""
        if start in self._memo:
            return self._memo[start]
        if self._depth > 6 or start >= len(self.tokens):
            return []
        self._depth += 1
        best: dict[int, Noun] = {}
        for noun in self._simple(start):
            _keep(best, noun)
            for joint in self._joints(noun.end):
                for other in self.at(joint):
                    if not other.indefinite or noun.indefinite:
                        _keep(best, _joined(noun, other))
        for noun in list(best.values()):
            for excepted in self._except(noun):
                _keep(best, excepted)
        self._depth -= 1
        self._memo[start] = sorted(best.values(), key=lambda n: n.end)
        return self._memo[start]

    def _joints(self, at: int) -> list[int]:
        """Where the next part of a coordination may start."""
        comma = self.word(at) == ","
        after = at + comma
        if self.word(after) in ("and", "plus", "or"):
            return [after + 1 + (self.word(after + 1) in ("also", "then"))]
        if self.word(after) == "as" and self.word(after + 1) == "well" and self.word(after + 2) == "as":
            return [after + 3]
        if self.word(after) == "together" and self.word(after + 1) == "with":
            return [after + 2]
        if self.word(after) == "along" and self.word(after + 1) == "with":
            return [after + 2]
        return [after] if comma else []

    def _except(self, noun: Noun) -> list[Noun]:
        at = noun.end + (self.word(noun.end) == ",")
        found: list[Noun] = []
        for end, _ in v.EXCEPT.at(self.tokens, at):
            after = end + (self.word(end) == "for")
            inner = self.over(self.tokens)
            inner._depth = self._depth + 1
            for other in inner.at(after):
                without = _over(other.selection, noun.selection)
                found.append(
                    replace(
                        noun,
                        end=other.end,
                        selection=s.Except(of=noun.selection, without=without),
                        cost=noun.cost + other.cost + 0.1,
                        unknown=noun.unknown + other.unknown,
                    )
                )
        return found

    # -- one phrase ---------------------------------------------------------------------------------------------------
    def _simple(self, start: int) -> list[Noun]:
        found: list[Noun] = []
        for end, pointer in v.POINTERS.at(self.tokens, start):
            if self.word(start) in v.DEMONSTRATIVES and end == start + 1 and self._begins_noun(end):
                continue
            many = self.word(start) in ("them", "they", "those", "these") or end - start > 1
            found.append(Noun(end, s.Pointed(at=pointer), plural=many, pronoun=True))
        for end, _ in v.REST.at(self.tokens, start):
            found.append(Noun(end, s.Except(of=s.All(), without=s.Pointed(at="last")), plural=True, pronoun=True))
            if self.word(end) == "of":
                for noun in self.at(end + 1):
                    left = s.Except(of=noun.selection, without=s.Pointed(at="last"))
                    found.append(replace(noun, selection=left, plural=True, indefinite=False))
        for end, _ in v.EVERYTHING.at(self.tokens, start):
            draft = Draft(base=s.All(everywhere=True), plural=True, head="thing")
            found += self._finish(draft, end)
        if self.word(start) in _WHATEVER:
            draft = Draft(plural=self.word(start) != "something", head="thing", determiner="some")
            # "what" alone is a question; with words after it that narrow it, it is what they say.
            after = start + 1 + (self.word(start + 1) in ("is", "are", "was", "were"))
            found += [noun for noun in self._finish(draft, after) if noun.end > after]
        if self.tokens[start].kind == "quote":
            found += self._finish(
                Draft(names=(self.tokens[start].word,), head=self.tokens[start].word, determiner="the"), start + 1
            )
        found += self._full(start)
        return found

    def _begins_noun(self, at: int) -> bool:
        """Whether a word can go on a noun phrase after "this" or "that"."""
        token = self.tokens[at] if at < len(self.tokens) else None
        if token is None or token.kind == "mark":
            return False
        word = token.word
        plain = word in self.known or token.lemma in self.known or token.lemma in v.KINDS or token.lemma in v.GENERIC
        return plain or word in v.COLOURS or word in v.SUPERLATIVES or word in CARDINALS or word in v.ADJECTIVES

    def _full(self, start: int) -> list[Noun]:
        found: list[Noun] = []
        for at, draft in self._opening(start):
            for end, described in self._adjectives(at, draft):
                for stop, headed in self._head(end, described, started=end > start):
                    found += self._finish(headed, stop)
        return found

    def _opening(self, start: int) -> list[tuple[int, Draft]]:
        """Quantifier and determiner: "all of the", "every second", "half of my", "these", "any"."""
        word, at, draft = self.word(start), start, Draft()
        if word == "all" or (word == "both"):
            draft = replace(
                draft, base=s.All(everywhere=word == "all"), plural=True, count=2 if word == "both" else None
            )
            at = self._of(start + 1)
        elif word in ("every", "each"):
            return self._every(start)
        elif word in ("half", "most"):
            draft = replace(draft, share=0.5 if word == "half" else 0.75, plural=True)
            at = self._of(start + 1)
        elif word in ("several", "few", "some") and self.word(start + 1):
            few = 3 if word in ("several", "few") else None
            draft, at = replace(draft, count=few, plural=True, determiner="some"), self._of(start + 1)
        elif (
            (part := number_at(self.tokens, start))
            and self.word(part[1]) == "of"
            and self._whole(part[0])
            and part[0] >= 1
        ):
            draft, at = replace(draft, count=int(part[0]), plural=part[0] > 1), part[1] + 1
        elif word == "any" and self.word(start + 1) == "of":
            draft, at = replace(draft, count=1), start + 2
        if at > start and self.word(at) in ("them", "those", "these", "it"):
            pointer: s.Pointer = "selection" if self.word(at) == "these" else "last"
            return [(at + 1, replace(draft, base=s.Pointed(at=pointer), head="thing", determiner="of"))]
        determined = self._determiner(at, draft)
        return [determined]

    @staticmethod
    def _whole(value: float) -> bool:
        return float(value).is_integer()

    def _of(self, at: int) -> int:
        return at + (self.word(at) == "of")

    def _every(self, start: int) -> list[tuple[int, Draft]]:
        at, draft = start + 1, Draft(base=s.All(everywhere=True), plural=True, determiner="every")
        if self.word(at) == "single" or self.word(at) == "one":
            at += 1 + (self.word(at + 1) == "of")
            return [self._determiner(at, replace(draft, plural=True))]
        plain = replace(draft, base=s.All())
        if self.word(at) in ("other", "alternate"):
            return [(at + 1, replace(plain, every=2, every_start=1))]
        if (nth := ordinal_at(self.tokens, at)) and nth[0] > 1:
            return [(nth[1], replace(plain, every=nth[0]))]
        if (number := number_at(self.tokens, at)) and number[0] >= 2 and self._whole(number[0]):
            return [(number[1], replace(plain, every=int(number[0])))]
        return [(at, draft)]

    def _determiner(self, at: int, draft: Draft) -> tuple[int, Draft]:
        word = self.word(at)
        if word in v.DETERMINERS:
            draft, at = replace(draft, determiner=draft.determiner or "the"), at + 1
        elif word in v.DEMONSTRATIVES and self._begins_noun(at + 1):
            pointer: s.Pointer = "selection" if word in ("this", "these") else "last"
            draft, at = replace(draft, base=s.Pointed(at=pointer), determiner=draft.determiner or "the"), at + 1
        elif word in v.INDEFINITE or (word == "one" and draft.determiner == ""):
            is_number = word == "one" and not self._begins_noun(at + 1)
            if not is_number and not (word == "a" and number_at(self.tokens, at)):
                more = draft.more or word == "another"
                draft, at = replace(draft, determiner=draft.determiner or "a", more=more), at + 1
        return at, draft

    def _adjectives(self, at: int, draft: Draft) -> list[tuple[int, Draft]]:
        """Numbers, ordinals, superlatives, colours and states before the noun."""
        found = [(at, draft)]
        while (step := self._adjective(at, draft)) is not None:
            at, draft = step
            found.append((at, draft))
        return found[::-1]

    def _adjective(self, at: int, draft: Draft) -> tuple[int, Draft] | None:
        word = self.word(at)
        if not word or self.tokens[at].kind == "mark":
            return None
        if word == "," and draft.colours:
            return None
        if word in ("more", "further", "extra", "additional") and draft.count and self._noun_follows(at + 1):
            return at + 1, replace(draft, more=True)
        if word in ("most", "least") and (graded := v.ADJECTIVES.get(self.word(at + 1))):
            return at + 2, replace(draft, order=(graded[0], graded[1] == (word == "most")))
        if (superlative := v.SUPERLATIVES.get(word)) is not None:
            return at + 1, replace(draft, order=superlative)
        if word in ("far", "very") and self.word(at + 1) in v.SIDES:
            return at + 1, draft
        if (side := v.SIDES.get(word)) and self._noun_follows(at + 1):
            return at + 1, replace(draft, side=side)
        if (nth := ordinal_at(self.tokens, at)) and (draft.ordinal is None) and not self._is_second_unit(at):
            return nth[1], replace(draft, ordinal=nth[0])
        number = number_at(self.tokens, at)
        if (
            number
            and self._whole(number[0])
            and 0 < number[0] <= 100_000
            and draft.count is None
            and not self._unit(number[1])
            and (word not in ("one", "half") or draft.ordinal is not None or draft.order is not None)
        ):
            return number[1], replace(draft, count=int(number[0]), plural=number[0] > 1)
        if word in v.COLOURS and not draft.names:
            after = at + 1 + (self.word(at + 1) in v.COLOURED)
            after += self.word(after) in ("and", "or") and self.word(after + 1) in v.COLOURS
            return after, replace(draft, colours=(*draft.colours, word))
        if (state := _STATES.get(word)) is not None:
            return at + 1, state(draft)
        if (graded := v.ADJECTIVES.get(word)) and word not in self.known and self._noun_follows(at + 1):
            return at + 1, replace(draft, graded=graded)
        return None

    def _noun_follows(self, at: int) -> bool:
        token = self.tokens[at] if at < len(self.tokens) else None
        if token is None or token.kind != "word":
            return False
        return token.word not in v.NEVER_NOUNS or token.word in v.COLOURS or token.word in v.ADJECTIVES

    def _unit(self, at: int) -> bool:
        token = self.tokens[at] if at < len(self.tokens) else None
        return token is not None and (token.word in UNIT_WORDS or token.lemma in UNIT_WORDS or token.word == "by")

    def _is_second_unit(self, at: int) -> bool:
        return self.tokens[at].word == "seconds"

    # -- the noun itself ----------------------------------------------------------------------------------------------
    def _head(self, at: int, draft: Draft, *, started: bool) -> list[tuple[int, Draft]]:
        found: list[tuple[int, Draft]] = []
        if draft.head and draft.determiner == "of":
            return [(at, draft)]
        for end in self._full_names(at):
            text = " ".join(t.word for t in self.tokens[at:end] if t.kind != "mark")
            found.append((end, replace(draft, names=(text,), head=text, cost=draft.cost, plural=draft.plural)))
        words: list[str] = []
        unknown: list[str] = []
        cost = draft.cost
        end = at
        while end < len(self.tokens) and end - at < 6:
            token = self.tokens[end]
            if token.kind == "quote" and words:
                break
            if (done := self._kind_head(end, draft, words, unknown, cost)) is not None:
                found.append(done)
            if not self._may_name(token, started or bool(words)):
                break
            is_known = token.word in self.known or token.lemma in self.known
            cost += KNOWN if is_known else UNKNOWN
            words.append(token.word)
            if not is_known and token.lemma not in v.KINDS:
                unknown.append(token.word)
            end += 1
            plural = draft.plural or (is_plural(token.word) and token.word not in self.known)
            bare = 0.0 if started else 0.3
            named = replace(
                draft,
                names=(" ".join(words),),
                head=token.lemma,
                plural=plural,
                cost=cost + bare,
                unknown=tuple(unknown),
            )
            found.append((end, named))
        if started and (draft.order or draft.ordinal or draft.count or draft.colours or draft.flags or draft.side):
            if at > 0 and not (draft.count and draft.ordinal is None and not draft.determiner and draft.order is None):
                headless = replace(draft, base=_mentioned(draft.base), head="one", cost=draft.cost + 0.5)
                headless = replace(headless, plural=draft.plural or bool(draft.count and draft.count > 1))
                found.append((at, headless))
            elif draft.count and draft.count > 1:
                found.append(
                    (at, replace(draft, base=_mentioned(draft.base), head="one", cost=draft.cost + 0.9, plural=True))
                )
        return found

    def _full_names(self, at: int) -> list[int]:
        """Ends of whole names of things that start here, where a name has several words."""
        if at >= len(self.tokens):
            return []
        ends: list[int] = []
        for name in self.names.get(self.tokens[at].word, ()):
            words = self.tokens[at : at + len(name)]
            if len(words) == len(name) and all(t.word == w for t, w in zip(words, name, strict=True)):
                ends.append(at + len(name))
        return ends

    def _kind_head(
        self, at: int, draft: Draft, words: Sequence[str], unknown: Sequence[str], cost: float
    ) -> tuple[int, Draft] | None:
        token = self.tokens[at]
        if token.kind != "word":
            return None
        plural = draft.plural or is_plural(token.word) or token.word in v.MASS
        names = (*draft.names, " ".join(words)) if words else draft.names
        if (entry := v.KINDS.get(token.lemma)) is not None:
            end = at + 1
            if (
                entry.kind == "model"
                and token.lemma == "3d"
                and (v.KINDS.get(self.tokens[end].lemma) if end < len(self.tokens) else None)
            ):
                plural, end = plural or is_plural(self.word(end)), end + 1
            called = token.lemma if entry.narrow else ""
            made = replace(
                draft,
                kind=entry.kind,
                called=called,
                names=names,
                head=token.lemma,
                plural=plural,
                cost=cost,
                unknown=tuple(unknown),
            )
            number = number_at(self.tokens, end)
            if (
                number
                and self.tokens[end].kind == "number"
                and self._whole(number[0])
                and not plural
                and not self._unit(number[1])
            ):
                return number[1], replace(made, ordinal=int(number[0])) if number[0] >= 1 else made
            return end, made
        if token.lemma in _LINES and token.lemma not in self.known and (n := _line_number(draft)) is not None:
            line = s.Line(of=draft.base, along=_LINES[token.lemma], n=n)
            of = at + 1 + (self.word(at + 1) == "of")
            whole = replace(draft, base=line, side=None, ordinal=None, plural=True, head="thing", cost=cost + 0.05)
            if of == at + 2 and (inner := [noun for noun in self.at(of) if noun.plural]):
                noun = inner[-1]
                return noun.end, replace(whole, base=line.model_copy(update={"of": noun.selection}))
            return at + 1, whole
        if token.lemma in v.GENERIC and token.lemma not in self.known:
            base = _mentioned(draft.base) if token.lemma == "one" else draft.base
            return at + 1, replace(
                draft, base=base, names=names, head=token.lemma, plural=plural, cost=cost + 0.05, unknown=tuple(unknown)
            )
        return None

    def _may_name(self, token: Token, started: bool) -> bool:
        if token.kind == "quote":
            return not started
        if token.kind != "word":
            return token.kind == "number" and started
        if token.word in self.known or token.lemma in self.known:
            return token.word not in v.SMALL_WORDS
        if token.word in v.NEVER_NOUNS or token.word in v.POLITE or token.word in ORDINALS:
            return False
        return started or token.word not in self.stops

    # -- after the noun -----------------------------------------------------------------------------------------------
    def _finish(self, draft: Draft, end: int) -> list[Noun]:
        """The phrase as it stands, and with each run of words after the noun that belongs to it."""
        found: dict[int, Noun] = {}
        seen = [(end, draft)]
        for _ in range(4):
            following: list[tuple[int, Draft]] = []
            for at, each in seen:
                _keep(found, _built(each, at))
                for extended in afterwards.modifiers(self, each, at):
                    if extended[0] <= len(self.tokens) and extended[0] - end < LONGEST:
                        following.append(extended)
            if not following:
                break
            seen = following[:12]
        return list(found.values())


_LINES: dict[str, Literal["row", "column"]] = {"row": "row", "column": "column"}
_LINE_ENDS = {"top": 1, "back": 1, "left": 1, "bottom": -1, "front": -1, "right": -1}


def _line_number(draft: Draft) -> int | None:
    """Which row or column is meant: "the top row", "the second column"."""
    if draft.ordinal is not None:
        return draft.ordinal
    return _LINE_ENDS.get(draft.side or "")


def _keep(best: dict[int, Noun], noun: Noun) -> None:
    if noun.end not in best or noun.cost < best[noun.end].cost:
        best[noun.end] = noun


def _joined(first: Noun, second: Noun) -> Noun:
    parts = (
        *(first.selection.parts if isinstance(first.selection, s.Union) else (first.selection,)),
        *(second.selection.parts if isinstance(second.selection, s.Union) else (second.selection,)),
    )
    return Noun(
        end=second.end,
        selection=s.Union(parts=parts),
        cost=first.cost + second.cost + 0.05,
        plural=True,
        indefinite=first.indefinite,
        kind=first.kind if first.kind == second.kind else None,
        head=first.head,
        unknown=first.unknown + second.unknown,
    )


def _mentioned(base: s.Selection) -> s.Selection:
    """The domain of "the second one": what was listed or spoken of last, where nothing else was said."""
    return s.Pointed(at="shown") if base == s.All() else base


def _over(node: s.Selection, domain: s.Selection) -> s.Selection:
    """`node` over `domain`, where it was over what was mentioned: "all photos except the first"."""
    if node == s.Pointed(at="shown"):
        return domain
    if isinstance(node, s.Union):
        return s.Union(parts=tuple(_over(part, domain) for part in node.parts))
    inner = getattr(node, "of", None)
    return node if inner is None else node.model_copy(update={"of": _over(inner, domain)})


def _with_flag(name: str, value: bool) -> Callable[[Draft], Draft]:
    return lambda draft: replace(draft, flags=(*draft.flags, (name, value)))


def _pointing(pointer: s.Pointer) -> Callable[[Draft], Draft]:
    return lambda draft: replace(draft, base=s.Pointed(at=pointer))


def _others(draft: Draft) -> Draft:
    return replace(draft, wraps=(*draft.wraps, lambda of: s.Except(of=of, without=s.Pointed(at="last"))), plural=True)


_WHATEVER = frozenset(["what", "whatever", "whichever", "anything", "something"])
_STATES: dict[str, Callable[[Draft], Draft]] = {
    "hidden": _with_flag("hidden", True),
    "invisible": _with_flag("hidden", True),
    "visible": _with_flag("hidden", False),
    "locked": _with_flag("locked", True),
    "unlocked": _with_flag("locked", False),
    "placed": _with_flag("placed", True),
    "unplaced": _with_flag("placed", False),
    "unused": _with_flag("placed", False),
    "selected": _pointing("selection"),
    "highlighted": _pointing("selection"),
    "moved": _pointing("moved"),
    "new": _pointing("made"),
    "other": _others,
    "remaining": _others,
    "whole": lambda draft: draft,
    "entire": lambda draft: draft,
    "same": lambda draft: replace(draft, base=s.Pointed(at="last")),
}


def _built(draft: Draft, end: int) -> Noun:
    """The selection of a phrase: domain, name, filters, words after the noun, order, number."""
    node = draft.base
    for name in draft.names:
        node = s.Named(of=node, description=name)
    if draft.like:
        node = s.Named(of=node, description=draft.like, loosely=True)
    fields: dict[str, object] = dict(draft.flags)
    if draft.kind:
        fields |= {"kind": draft.kind, "called": draft.called}
    if len(draft.colours) == 1:
        fields["colour"] = draft.colours[0]
    if fields:
        node = s.Filter(of=node, **fields)  # pyright: ignore[reportArgumentType]
    if len(draft.colours) > 1:
        node = s.Union(parts=tuple(s.Filter(of=node, colour=colour) for colour in draft.colours))
    for wrap in draft.wraps:
        node = wrap(node)
    node, single = _counted(draft, node)
    definite = draft.determiner in ("the", "")
    mass = draft.head in v.MASS
    if not single and not draft.plural and not mass:
        if draft.determiner == "a":
            node = s.Take(of=node, count=1)
        elif definite and draft.head and not isinstance(node, s.Pointed):
            node = s.One(of=node)
    return Noun(
        end=end,
        selection=node,
        cost=draft.cost,
        plural=draft.plural,
        indefinite=draft.determiner == "a" or (draft.count is not None and draft.determiner == ""),
        bare=not draft.determiner and bool(draft.unknown),
        kind=draft.kind,
        head=draft.head,
        count=draft.count,
        unknown=draft.unknown,
        more=draft.more,
    )


def _counted(draft: Draft, node: s.Selection) -> tuple[s.Selection, bool]:
    """Order, ordinal, number and share applied; whether that settled how many there are."""
    order = draft.order
    if draft.side is not None:
        if draft.side == "middle" and not draft.plural and order is None:
            order = ("middle", False)
        elif (draft.plural and draft.count is None) or draft.side == "middle":
            node = s.Filter(of=node, side=draft.side)
        elif order is None:
            order = v.SIDE_ORDER[draft.side]
    if draft.graded is not None and order is None:
        if draft.plural:
            ordered = s.Order(of=node, by=draft.graded[0], reverse=draft.graded[1])
            if draft.count is None:
                return s.Take(of=ordered, share=0.5), True
            node = ordered
        else:
            order = draft.graded
    if order is not None:
        node = s.Order(of=node, by=order[0], reverse=order[1])
    if draft.every is not None:
        return s.Every(of=node, step=draft.every, start=draft.every_start), True
    if draft.share is not None:
        return s.Take(of=node, share=draft.share), True
    if draft.ordinal is not None:
        if draft.count is not None and abs(draft.ordinal) == 1:
            return s.Take(of=node, count=draft.count, end="first" if draft.ordinal > 0 else "last"), True
        if draft.plural and abs(draft.ordinal) == 1 and draft.count is None and draft.determiner != "a":
            return s.Nth(of=node, n=draft.ordinal), True
        return s.Nth(of=node, n=draft.ordinal), True
    if draft.count is not None:
        return s.Take(of=node, count=draft.count), True
    if order is not None:
        return (s.Take(of=node, share=0.5) if draft.plural and draft.head != "one" else s.Nth(of=node, n=1)), True
    return node, False
