"""What may follow a noun and narrow it: places, sides, dates, names, comparisons and relative clauses.

Each reader takes the noun reader, the phrase so far and a token, and gives every way to go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Literal, TypeAlias

from spatialnb.models import selection as s
from spatialnb.models.change import Author
from spatialnb.operations.language import vocabulary as v
from spatialnb.operations.language.numbers import measure_at
from spatialnb.operations.language.when import bounded, period
from spatialnb.operations.language.words import lemma, spaced

if TYPE_CHECKING:
    from spatialnb.operations.language.nouns import Draft, NounReader

Step: TypeAlias = "tuple[int, Draft]"
Reader: TypeAlias = "Callable[[NounReader, Draft, int], Iterator[Step]]"
ATTACHED = 0.35
"""Cost of taking a place as part of the noun rather than of the verb."""
_VISITOR = frozenset(spaced("me us here camera visitor"))
FLOOR = 0.05
"""Metres above the floor up to which something stands on it."""
_NAMED = frozenset(["called", "named", "titled", "entitled"])
_LABELLED = frozenset(["labelled", "labeled", "tagged", "marked"])
_SAYING = frozenset(["saying", "says", "reading", "reads", "said"])
_SHOWING = frozenset(["showing", "shows", "containing", "contains", "depicting", "featuring", "about"])


def modifiers(reader: NounReader, draft: Draft, at: int) -> Iterator[Step]:
    """Every way to go on with the phrase at a token."""
    start = at + (reader.word(at) == "," and reader.word(at + 1) in ("which", "that", "the"))
    token = reader.tokens[start] if start < len(reader.tokens) else None
    if token is None or (token.kind == "mark" and token.word != ","):
        return
    for read in _READERS:
        yield from read(reader, draft, start)


def _wrap(draft: Draft, wrap: Callable[[s.Selection], s.Selection], cost: float = 0.1) -> Draft:
    return replace(draft, wraps=(*draft.wraps, wrap), cost=draft.cost + cost)


def _filtered(**fields: object) -> Callable[[s.Selection], s.Selection]:
    return lambda of: s.Filter(of=of, **fields)  # pyright: ignore[reportArgumentType]


def _place(reader: NounReader, draft: Draft, at: int) -> Iterator[Step]:
    at = _copula(reader, at)
    standing = at + (reader.word(at) in v.POSTURES or reader.word(at) in ("right", "just", "directly"))
    if (reader.word(at), reader.word(at + 1)) == ("right", "of"):
        standing = at
    closest = reader.word(at) in ("closest", "nearest") and reader.word(at + 1) == "to"
    if closest or (reader.word(at) == "furthest" and reader.word(at + 1) == "from"):
        far = not closest
        if reader.word(at + 2) in _VISITOR:
            taken = replace(draft, order=("distance", far), cost=draft.cost + 0.1)
            yield at + 3, taken
            return
        for noun in reader.at(at + 2):
            nearest = _nearest(noun.selection, far)
            cost = draft.cost + noun.cost + 0.1
            taken = replace(_wrap(draft, nearest), cost=cost, determiner="some", unknown=draft.unknown + noun.unknown)
            yield noun.end, taken
        return
    for end, place in v.PLACES.at(reader.tokens, standing):
        if place == "inside" and reader.word(standing) in ("in", "into") and _is_container(reader, end):
            continue
        for noun in reader.at(end):
            if place == "between" and not noun.plural:
                continue
            cost = draft.cost + ATTACHED + noun.cost
            related = _wrap(draft, _related(place, noun.selection))
            yield noun.end, replace(related, cost=cost, unknown=draft.unknown + noun.unknown)


def _nearest(to: s.Selection, far: bool) -> Callable[[s.Selection], s.Selection]:
    return lambda of: s.Nth(of=s.Order(of=of, by="distance", to=to, reverse=far), n=1)


def _related(place: s.Place, to: s.Selection) -> Callable[[s.Selection], s.Selection]:
    return lambda of: s.Relate(of=of, relation=place, to=to)


def _is_container(reader: NounReader, at: int) -> bool:
    words = {reader.word(at), reader.word(at + 1), reader.word(at + 2)}
    return bool(words & {"group", "canvas", "library", "scene", "space", "middle", "front", "back"})


def _copula(reader: NounReader, at: int) -> int:
    if reader.word(at) in ("that", "which", "who") and reader.word(at + 1) in ("is", "are", "was", "were"):
        return at + 2
    return at


def _side(reader: NounReader, draft: Draft, at: int) -> Iterator[Step]:
    at = _copula(reader, at)
    start = at
    if reader.word(at) not in ("on", "at", "in", "to", "from"):
        return
    at += 1
    at += reader.word(at) == "the"
    at += reader.word(at) in ("far", "very")
    side = v.SIDES.get(reader.word(at))
    if side is None or (reader.word(start) == "to" and side not in ("left", "right")):
        return
    at += 1
    if (across := v.SIDES.get(reader.word(at))) and reader.word(at + 1) == "corner":
        end = at + 2
        end += 3 if [reader.word(end + k) for k in range(2)] == ["of", "the"] else 0
        yield end, _wrap(draft, _corner(side, across, one=not draft.plural), ATTACHED)
        return
    at += reader.word(at) in ("side", "edge", "end", "half")
    at += reader.word(at) == "side"
    if reader.word(at) == "of" and not (
        reader.word(at + 1) == "the" and reader.word(at + 2) in ("scene", "space", "room")
    ):
        return
    if reader.word(at) == "of":
        at += 3
    # "to the left" alone is rather where something should go than where it is.
    yield at, replace(draft, side=side, cost=draft.cost + (0.6 if reader.word(start) == "to" else ATTACHED))


def _corner(side: s.Side, across: s.Side, *, one: bool) -> Callable[[s.Selection], s.Selection]:
    """The things towards a corner, or the one that is furthest into it."""
    if not one:
        return lambda of: s.Filter(of=s.Filter(of=of, side=side), side=across)
    by, reverse = v.SIDE_ORDER[across]
    along = 1 if side in ("top", "back") else -1
    return lambda of: s.Nth(of=s.Order(of=s.Line(of=of, along="row", n=along), by=by, reverse=reverse), n=1)


def _dates(reader: NounReader, draft: Draft, at: int) -> Iterator[Step]:
    at += reader.word(at) in (
        "taken",
        "made",
        "created",
        "shot",
        "recorded",
        "dated",
        "dating",
        "filmed",
    ) and reader.word(at + 1) in (
        "in",
        "on",
        "from",
        "since",
        "before",
        "after",
        "during",
        "between",
        "today",
        "yesterday",
        "last",
    )
    word = reader.word(at)
    if word == "between" and (first := period(reader.word, at + 1, reader.today)) and reader.word(first[0]) == "and":
        if second := period(reader.word, first[0] + 1, reader.today):
            yield second[0], _wrap(draft, _filtered(since=first[1], until=second[2]))
        return
    if word == "from" and (span := _from_to(reader, at + 1)) is not None:
        yield span[0], _wrap(draft, _filtered(since=span[1], until=span[2]))
        return
    start = at + (word in ("from", "of", "in", "since", "before", "after", "until", "during", "on", "older", "newer"))
    start += reader.word(start) == "than" or (word == "from" and reader.word(start) == "before")
    stretch = period(reader.word, start, reader.today)
    if stretch is None:
        return
    end, since, until = stretch
    yield end, _wrap(draft, _filtered(**bounded(word, since, until)))


def _from_to(reader: NounReader, at: int) -> tuple[int, date, date] | None:
    """ "(from) january to march 2024": the year that is said once is that of both."""
    first = period(reader.word, at, reader.today)
    if first is None or reader.word(first[0]) not in ("to", "until", "till", "through"):
        return None
    second = period(reader.word, first[0] + 1, reader.today)
    if second is None:
        return None
    since = first[1] if reader.word(first[0] - 1).isdigit() else first[1].replace(year=second[1].year)
    return second[0], since if since <= second[2] else first[1], second[2]


def _titled(reader: NounReader, draft: Draft, at: int) -> Iterator[Step]:
    at = _copula(reader, at)
    word = reader.word(at)
    if word == "with" and reader.word(at + 1) in ("the", "a") and reader.word(at + 2) in ("label", "tag"):
        word, at = "labelled", at + 2
    elif word == "with" and reader.word(at + 1) in ("label", "tag"):
        word, at = "labelled", at + 1
    elif word == "with" and reader.word(at + 1) == "the" and reader.word(at + 2) in ("name", "title"):
        word, at = "called", at + 2
    if word not in _NAMED | _LABELLED | _SAYING:
        return
    at += 1 + (reader.word(at + 1) == "as")
    for end, text in _words(reader, at):
        if word in _LABELLED:
            yield end, _wrap(draft, _filtered(label=text), 0.1 * (end - at))
        elif word in _NAMED:
            yield end, replace(draft, names=(*draft.names, text), cost=draft.cost + 0.1 * (end - at))
        else:
            yield end, _wrap(draft, _filtered(says=text), 0.1 * (end - at))


def _words(reader: NounReader, at: int) -> Iterator[tuple[int, str]]:
    """One to four words of a name or a label, the quoted text where there is one."""
    if at < len(reader.tokens) and reader.tokens[at].kind == "quote":
        yield at + 1, reader.tokens[at].word
        return
    words: list[str] = []
    while at < len(reader.tokens) and len(words) < 4 and reader.tokens[at].kind in ("word", "number"):
        words.append(reader.tokens[at].word)
        at += 1
        yield at, " ".join(words)


def _content(reader: NounReader, draft: Draft, at: int) -> Iterator[Step]:
    """ "of the sea", "with a cat", "showing two people": words that say what is in a picture."""
    at = _copula(reader, at)
    word = reader.word(at)
    at += word in ("that", "which") and reader.word(at + 1) in _SHOWING
    word = reader.word(at)
    if word not in _SHOWING and word not in ("of", "with", "from"):
        return
    at += 1
    while reader.word(at) in ("the", "a", "an", "my", "our", "some"):
        at += 1
    words: list[str] = []
    cost = ATTACHED
    unknown: list[str] = []
    while at < len(reader.tokens) and len(words) < 4:
        token = reader.tokens[at]
        if token.kind not in ("word", "quote") or token.word in v.NEVER_NOUNS or token.word in v.POLITE:
            return
        is_known = token.word in reader.known or token.lemma in reader.known
        cost += 0.05 if is_known else 1.2
        words.append(token.word)
        if not is_known:
            unknown.append(token.word)
        at += 1
        yield (
            at,
            replace(
                draft,
                names=(*draft.names, " ".join(words)),
                cost=draft.cost + cost,
                unknown=draft.unknown + tuple(unknown),
            ),
        )


def _comparison(reader: NounReader, draft: Draft, at: int) -> Iterator[Step]:
    at = _copula(reader, at)
    word = reader.word(at)
    if (comparative := v.COMPARATIVES.get(word)) and reader.word(at + 1) == "than":
        if measured := measure_at(reader.tokens, at + 2):
            amount = _amount(comparative[0], measured[0].dimension)
            end = measured[1]
            if (said := v.AMOUNTS.get(reader.word(end))) is not None:
                amount, end = said, end + 1
            if amount:
                yield end, _wrap(draft, _compared(amount, ">" if comparative[1] else "<", measured[0].value))
        return
    relation, skip = _BOUNDS.get(word, ("", 0))
    if word in ("at", "more", "less", "no") and reader.word(at + 1) in ("least", "most", "than", "more", "less"):
        relation = _TWO_WORDS.get(f"{word} {reader.word(at + 1)}", "")
        skip = 2
        if word == "no" and reader.word(at + 2) == "than":
            relation, skip = ("<=" if reader.word(at + 1) == "more" else ">="), 3
    if not relation:
        return
    if measured := measure_at(reader.tokens, at + skip):
        end = measured[1]
        said = v.AMOUNTS.get(reader.word(end)) or v.AMOUNTS.get(lemma(reader.word(end)))
        amount = ("duration" if measured[0].dimension == "time" else said) or _amount("area", measured[0].dimension)
        if amount:
            yield end + (said is not None), _wrap(draft, _compared(amount, relation, measured[0].value))


_BOUNDS: Mapping[str, tuple[str, int]] = {"over": (">", 1), "under": ("<", 1), "above": (">", 1), "below": ("<", 1)}
_TWO_WORDS = {"at least": ">=", "at most": "<=", "more than": ">", "less than": "<"}


def _amount(measure: s.Measure, dimension: str) -> s.Amount | None:
    if dimension == "time":
        return "duration"
    if dimension != "length":
        return None
    lengths: dict[str, s.Amount] = {"area": "size", "duration": "width"}
    plain: tuple[s.Amount, ...] = ("width", "height", "depth")
    return lengths.get(measure) or next((name for name in plain if name == measure), None)


def _compared(measure: s.Amount, relation: str, value: float) -> Callable[[s.Selection], s.Selection]:
    comparison = s.Comparison(measure=measure, relation=relation, value=round(value, 6))  # pyright: ignore[reportArgumentType]
    return _filtered(where=(comparison,))


def _floor(reader: NounReader, draft: Draft, at: int) -> Iterator[Step]:
    """ "on the floor", "hanging on the wall", "in the air": what stands and what does not."""
    at = _copula(reader, at)
    at += reader.word(at) in v.POSTURES
    if reader.word(at) not in ("on", "in", "off"):
        return
    after = at + 1 + (reader.word(at + 1) == "the")
    ground = reader.word(after)
    if reader.word(at) == "on" and ground in ("floor", "ground"):
        yield after + 1, _wrap(draft, _filtered(where=(_low("<="),)))
    elif (reader.word(at), ground) in (("in", "air"), ("off", "floor"), ("off", "ground")):
        yield after + 1, _wrap(draft, _filtered(where=(_low(">"),)))


def _low(relation: str) -> s.Comparison:
    return s.Comparison(measure="clearance", relation=relation, value=FLOOR)  # pyright: ignore[reportArgumentType]


def _liking(reader: NounReader, draft: Draft, at: int) -> Iterator[Step]:
    """ "that looks like a city at night", "like the sea": what it should be about, in words of one's own."""
    at += reader.word(at) in ("that", "which")
    at += reader.word(at) in ("is", "are") or (reader.word(at) in v.LIKING and reader.word(at + 1) == "like")
    if reader.word(at) != "like" and (reader.word(at), reader.word(at + 1)) != ("similar", "to"):
        return
    at += 1 + (reader.word(at) == "similar")
    words: list[str] = []
    while at < len(reader.tokens) and len(words) < 8 and reader.tokens[at].kind in ("word", "quote"):
        words.append(reader.tokens[at].word)
        at += 1
        if words[-1] not in v.SMALL_WORDS:
            # A few more words are a better description; where they end, something else must begin.
            described = replace(draft, like=" ".join(words), determiner="some", plural=True)
            yield at, replace(described, cost=draft.cost + 0.5 + 0.02 * len(words))


def _done(reader: NounReader, draft: Draft, at: int) -> Iterator[Step]:
    """ "(that) I placed yesterday", "added today", "that was moved last": what the change log tells."""
    at += reader.word(at) in ("that", "which")
    person = reader.word(at)
    at += person in ("i", "you", "we")
    while reader.word(at) in ("just", "have", "had", "has", "was", "were", "been", "did", "ve"):
        at += 1
    what = v.DONE.get(reader.word(at))
    if what is None:
        return
    at += 1
    by: Author | None = "agent" if person == "you" else "person" if what == "moved" and person == "i" else None
    done = s.Done(of=draft.base, what=what, by=by)
    if reader.word(at) in ("last", "first", "latest") and not period(reader.word, at, reader.today):
        end: Literal["first", "last"] = "first" if reader.word(at) == "first" else "last"
        yield at + 1, _based(draft, done.model_copy(update={"end": end}))
        return
    word = reader.word(at)
    start = at + (word in ("on", "since", "before", "after", "until", "during", "in"))
    if stretch := period(reader.word, start, reader.today):
        end_at, since, until = stretch
        yield end_at, _based(draft, done.model_copy(update=bounded(word, since, until)))
    elif draft.ordinal is not None:
        yield at, _based(draft, done)


def _based(draft: Draft, base: s.Selection) -> Draft:
    return replace(draft, base=base, cost=draft.cost + 0.02)


def _relative(reader: NounReader, draft: Draft, at: int) -> Iterator[Step]:
    """ "(that) I moved", "you just made", "that are red", "that were moved", "which you can see"."""
    word = reader.word(at)
    after = at + (word in ("that", "which", "who"))
    if reader.word(after) in ("i", "you", "we"):
        after += 1
        while reader.word(after) in ("just", "have", "had", "did", "already", "recently", "last", "only", "ve"):
            after += 1
        if (pointer := v.DOINGS.get(reader.word(after))) is not None:
            after += 1
            after += reader.word(after) in ("myself", "before", "earlier", "me")
            yield after, _pointed(draft, pointer)
        return
    if after > at and reader.word(after) in ("is", "are", "was", "were"):
        after += 1
        while reader.word(after) in ("just", "still", "already", "currently", "being"):
            after += 1
        yield from _is(reader, draft, after)


def _is(reader: NounReader, draft: Draft, at: int) -> Iterator[Step]:
    word = reader.word(at)
    if word == "not" and reader.word(at + 1) in v.COLOURS:
        colour = reader.word(at + 1)
        yield at + 2, _wrap(draft, lambda of: s.Except(of=of, without=s.Filter(of=of, colour=colour)))
    elif word == "not" and (state := _ADJECTIVE_STATES.get(reader.word(at + 1))):
        yield at + 2, _wrap(draft, _filtered(**{state[0]: not state[1]}))
    elif word == "not":
        for noun in reader.at(at + 1):
            without = _kind_of(noun.selection)
            wrapped = _wrap(draft, lambda of, without=without: s.Except(of=of, without=without))
            yield noun.end, replace(wrapped, cost=wrapped.cost + noun.cost, unknown=draft.unknown + noun.unknown)
    elif word in v.COLOURS:
        yield at + 1, _wrap(draft, _filtered(colour=word))
    elif (state := _ADJECTIVE_STATES.get(word)) is not None:
        yield at + 1, _wrap(draft, _filtered(**{state[0]: state[1]}))
    elif (pointer := v.DOINGS.get(word)) is not None:
        yield at + 1, _pointed(draft, pointer)


def _kind_of(node: s.Selection) -> s.Selection:
    """All of the kind that "a photo" is one of."""
    return node.of if isinstance(node, s.Take | s.One) else node


_ADJECTIVE_STATES: Mapping[str, tuple[str, bool]] = {
    "hidden": ("hidden", True),
    "invisible": ("hidden", True),
    "visible": ("hidden", False),
    "locked": ("locked", True),
    "placed": ("placed", True),
    "used": ("placed", True),
    "unplaced": ("placed", False),
}


def _pointed(draft: Draft, pointer: s.Pointer) -> Draft:
    return replace(
        draft,
        base=s.Pointed(at=pointer),
        plural=draft.plural or (draft.head == "one" and draft.plural),
        cost=draft.cost + 0.05,
    )


def _held(reader: NounReader, draft: Draft, at: int) -> Iterator[Step]:
    """ "in the group X", "from the X group", "on the canvas X", "in the library", "in the scene", "in red"."""
    word = reader.word(at)
    if word not in ("in", "from", "on", "of"):
        return
    start = at + 1
    if reader.word(start) in v.COLOURS and word == "in":
        yield start + 1, _wrap(draft, _filtered(colour=reader.word(start)))
        return
    start += reader.word(start) in ("the", "my", "our")
    holder = reader.word(start)
    if holder in ("library",):
        yield start + 1, _wrap(draft, lambda of: s.Intersect(parts=(of, s.All(everywhere=True))))
    elif holder in ("scene", "space", "room"):
        yield start + 1, _wrap(draft, _filtered(placed=True))
    elif holder in ("group", "canvas"):
        after = start + 1 + (reader.word(start + 1) in _NAMED)
        for end, text in _words(reader, after):
            yield end, _wrap(draft, _filtered(**{holder: text}), 0.1 + 0.1 * (end - after))
    else:
        for end, text in _words(reader, start):
            if (kind := reader.word(end)) in ("group", "canvas"):
                yield end + 1, _wrap(draft, _filtered(**{kind: text}))


_READERS: tuple[Reader, ...] = (
    _place,
    _floor,
    _liking,
    _done,
    _side,
    _dates,
    _titled,
    _content,
    _comparison,
    _relative,
    _held,
)
