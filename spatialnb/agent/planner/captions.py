"""Scenes described rather than asked for: "there are three cups and a bowl", "a teapot to the left of a lamp".

What the library has is placed; for what it has not, a stand-in is. Only words that put something somewhere are read
so, and only things of some kind that stand about: nothing is made up for an abstract word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from spatialnb.agent.planner.imagine import Imagined
from spatialnb.agent.planner.lexicon import Lexicon
from spatialnb.agent.planner.pieces import Clause
from spatialnb.errors import Ambiguous, Unusable
from spatialnb.models import selection as s
from spatialnb.models.plan import PlanStep
from spatialnb.operations.language import vocabulary as v
from spatialnb.operations.language.numbers import measure_at, number_at
from spatialnb.operations.language.words import lemma, spaced
from spatialnb.operations.scene import free_id

STAND_IN = "stand_in"
SEVERAL = 3
"""How many "some" and "several" are."""
LONGEST = 3
"""Words of a thing's name."""
_PUTS = frozenset(spaced("add place insert"))
"""Verbs that bring in what is not there; "put" wants what there is."""
_AFTER_VERB = frozenset(spaced("in up down here me us"))
_HERE = frozenset(spaced("here there please now in into the scene space room and"))
_MANNERS: dict[str, str] = {"near": "next to"}
_NO_THINGS = frozenset(
    spaced(
        "bit lot touch problem bug issue feature effect comment idea way time word mood feeling copy copies minute "
        "second hour question answer kind sort pair colour color light music song space gap row line circle grid "
        "group number something anything nothing thing one more none change step reason chance error difference "
        "shadow animation transition sound noise voice story poem rest end start view look"
    )
)


@dataclass(frozen=True)
class Thing:
    """A thing of the description: how many of it, or something that is in the scene already."""

    name: str
    count: int = 1
    there: s.Selection | None = None
    """What it is when it need not be placed."""


@dataclass(frozen=True)
class Described:
    """Things, and where all of them stand."""

    things: tuple[Thing, ...]
    relation: str = ""
    target: tuple[Thing, ...] = ()


def described(clause: Clause, world: Imagined, lexicon: Lexicon) -> Described | None:
    """The scene that a clause describes, if something in it is not there and can be stood in for."""
    if STAND_IN not in lexicon.registry:
        return None
    reader = _Reader(clause, world, lexicon)
    return reader.read()


class _Reader:
    def __init__(self, clause: Clause, world: Imagined, lexicon: Lexicon) -> None:
        self.clause, self.world, self.lexicon = clause, world, lexicon

    def read(self) -> Described | None:
        start, verb = self._lead()
        first = self._things(start)
        if first is None:
            return None
        things, end = first
        end = self._past(end)
        relation, target = "", ()
        if end < len(self.clause.tokens):
            placed = self._place(end)
            if placed is None:
                return None
            relation, target = placed
        scene = Described(things, relation, target)
        absent = [thing for thing in (*things, *target) if thing.there is None and not _there_is(thing, self.world)]
        if not absent:
            return None
        sure = verb or bool(relation) or all(self._known(thing.name) for thing in absent)
        return scene if sure else None

    def _lead(self) -> tuple[int, bool]:
        """Where the description begins, and whether a verb of putting leads it."""
        at = 0
        while self.clause.word(at) in v.POLITE and self.clause.word(at) not in ("there", "here"):
            at += 1
        if self.clause.word(at) in ("there", "here") and self.clause.word(at + 1) in ("is", "are", "stands", "stand"):
            return at + 2, False
        if self.clause.word(at) in _PUTS:
            at += 1
            while self.clause.word(at) in _AFTER_VERB:
                at += 1
            return at, True
        return at, False

    def _things(self, at: int) -> tuple[tuple[Thing, ...], int] | None:
        found: list[Thing] = []
        while True:
            one = self._thing(at)
            if one is None:
                return (tuple(found), at - 1) if found and self.clause.word(at - 1) in ("and", ",") else None
            found.append(one[0])
            at = one[1]
            comma = self.clause.word(at) == ","
            if self.clause.word(at + comma) == "and" or comma:
                at += comma + (self.clause.word(at + comma) == "and")
                continue
            return tuple(found), at

    def _thing(self, at: int) -> tuple[Thing, int] | None:
        """ "three red cups", "a teapot": a number or an article, and up to three words that name it."""
        if self.clause.word(at) in ("a", "an", "another", "one") and number_at(self.clause.tokens, at + 1) is None:
            count, at = 1, at + 1
        elif self.clause.word(at) in ("some", "several"):
            count, at = SEVERAL, at + 1
        elif (number := number_at(self.clause.tokens, at)) and number[0] >= 1 and float(number[0]).is_integer():
            if measure_at(self.clause.tokens, at) is not None:
                return None
            count, at = int(number[0]), number[1]
        else:
            return None
        words: list[str] = []
        while len(words) < LONGEST and self._names(at + len(words), first=not words):
            words.append(self.clause.word(at + len(words)))
        if not words or count > 100:
            return None
        head = lemma(words[-1])
        if head in v.KINDS or head in v.GENERIC or head in _NO_THINGS or head in self.lexicon.makes:
            return None
        return Thing(" ".join((*words[:-1], head)), count), at + len(words)

    def _names(self, at: int, *, first: bool) -> bool:
        if at >= len(self.clause.tokens):
            return False
        token = self.clause.tokens[at]
        if token.kind != "word" or not token.word.isalpha() or token.word in v.NEVER_NOUNS or token.word in v.POLITE:
            return False
        # A place begins where its words do; as the first word "left" or "back" would be part of no name.
        return not v.PLACES.at(self.clause.tokens, at) and not (first and token.word in v.SIDES)

    def _place(self, at: int) -> tuple[str, tuple[Thing, ...]] | None:
        skip = at + (self.clause.word(at) in ("standing", "sitting", "lying", "right", "directly", "just", "hanging"))
        for end, place in sorted(v.PLACES.at(self.clause.tokens, skip), key=lambda each: -each[0]):
            if (found := self._things(end)) is not None and self._past(found[1]) == len(self.clause.tokens):
                return _MANNERS.get(place, place), found[0]
            for noun in self.clause.nouns.at(end):
                if self._past(noun.end) == len(self.clause.tokens) and not noun.indefinite:
                    try:
                        self.world.resolve(noun.selection, "any")
                    except Unusable:
                        continue
                    return _MANNERS.get(place, place), (Thing(noun.head, there=noun.selection),)
        return None

    def _past(self, at: int) -> int:
        """Past words that only say "in here"."""
        end = at
        while end < len(self.clause.tokens) and (
            self.clause.word(end) in _HERE or self.clause.tokens[end].kind == "mark"
        ):
            end += 1
        return end if end == len(self.clause.tokens) else at

    @staticmethod
    def _known(name: str) -> bool:
        from spatialnb.operations.standins import ORDINARY, size_of

        return size_of(name) is not ORDINARY


def steps_of(scene: Described, world: Imagined, number: int, said: str) -> list[PlanStep]:
    """What places the things of a description: targets first, then what stands by them."""
    made: list[PlanStep] = []
    targets: list[Any] = []
    taken = {item.id for _, item in world.project.items()}
    for thing in scene.target:
        if thing.there is not None:
            targets.append(str(thing.there))
            continue
        made.append(_step(thing, "", None, number + len(made), world, said, taken))
        targets.append({"from": made[-1].id, "field": "items"})
    goal: Any = None
    if targets:
        goal = targets[0] if len(targets) == 1 else targets
    for thing in scene.things:
        made.append(_step(thing, scene.relation, goal, number + len(made), world, said, taken))
    return _in_turn(made)


def _step(thing: Thing, relation: str, goal: Any, number: int, world: Imagined, said: str, taken: set[str]) -> PlanStep:
    for _ in range(thing.count):
        taken.add(free_id(thing.name, taken))
    args: dict[str, Any] = {"name": thing.name, "count": thing.count}
    operation = STAND_IN
    if _there_is(thing, world):
        operation = "place"
        args = {"items": thing.name, **({"copies": thing.count} if thing.count > 1 else {})}
        relation = relation if relation not in ("between", "around") else "next to" if relation else ""
    if relation and goal is not None:
        args |= {"relation": relation, "target": goal}
    return PlanStep(
        id=f"s{number + 1}",
        operation=operation,
        args=args,  # pyright: ignore[reportArgumentType]
        title=f"Place {thing.count} {thing.name}: {said}"[:160],
    )


def _there_is(thing: Thing, world: Imagined) -> bool:
    """Whether the library or the space has something of that name; what is only alike in meaning does not count."""
    try:
        found = world.resolve(s.Named(description=thing.name), "any")
    except Ambiguous:
        return True
    except Unusable:
        return False
    words = set(thing.name.split())
    said = ({lemma(word) for word in f"{one.name} {' '.join(one.labels)}".lower().split()} for one in found)
    return any(words <= each for each in said)


def _in_turn(steps: Sequence[PlanStep]) -> list[PlanStep]:
    """One after the other: each looks for room that those before have left."""
    return [
        step.model_copy(update={"after": (steps[number - 1].id,)}) if number else step
        for number, step in enumerate(steps)
    ]
