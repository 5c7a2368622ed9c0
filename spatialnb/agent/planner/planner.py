"""From a request to a plan: read each clause, resolve what it points at, and join the steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

from spatialnb.agent.planner import answers, compose, english, preferring
from spatialnb.agent.planner.asking import is_question, question_for, title_of
from spatialnb.agent.planner.backward import back_to
from spatialnb.agent.planner.captions import described, steps_of
from spatialnb.agent.planner.clauses import clauses
from spatialnb.agent.planner.comparing import Spot
from spatialnb.agent.planner.external import plan_outside
from spatialnb.agent.planner.frames import SPOT, Fit, Own, candidates, fit
from spatialnb.agent.planner.gapping import ungapped
from spatialnb.agent.planner.imagine import Imagined
from spatialnb.agent.planner.lexicon import Lexicon, Sense
from spatialnb.agent.planner.pieces import Clause
from spatialnb.agent.planner.plural import multiplied, other_than, own_text, pinned
from spatialnb.agent.planner.reading import SKIPPED, Cover, covers
from spatialnb.agent.planner.sparing import is_rest, spared
from spatialnb.agent.planner.whereabouts import as_it_stood, goal
from spatialnb.errors import Ambiguous, Invalid, NotFound, Unusable
from spatialnb.models import selection as s
from spatialnb.models.base import FrozenDict
from spatialnb.models.canvas import Item, ItemKind
from spatialnb.models.change import Change
from spatialnb.models.plan import Plan, PlanStep
from spatialnb.models.project import Project
from spatialnb.operations.external.operation import EXTERNAL
from spatialnb.operations.language.describe import count_of
from spatialnb.operations.language.evaluate import Search
from spatialnb.operations.language.nouns import Noun, NounReader
from spatialnb.operations.language.tokens import Token
from spatialnb.operations.language.vocabulary import KINDS
from spatialnb.operations.phrases import Names, names_of, tokens_of
from spatialnb.operations.pointing import Pointing
from spatialnb.operations.registry import Operation, Registry

LONGEST = 2_000
"""Characters of a request that is read; one that is longer is answered with a request to be brief."""
MOST = 8
"""Clauses of one request."""
TRUSTED = 7.5
"""Cost up to which a reading is acted on."""
UNRESOLVED = 3.0
SURE = 2.5
"""Cost above which a clause may rather describe a scene than ask for an operation."""
EACH = 60
"""Things that one request may name each by itself."""
History = Callable[[], Sequence[Change]]


class _Unclear(Exception):
    """A clause that cannot be acted on, and what to say instead."""

    def __init__(self, reply: str, choices: Sequence[str] = ()) -> None:
        super().__init__(reply)
        self.reply = reply
        self.choices = tuple(choices)


def plan(
    request: str,
    project: Project,
    pointing: Pointing,
    registry: Registry,
    *,
    search: Search | None = None,
    history: History | None = None,
    today: date | None = None,
) -> Plan:
    """What a request becomes, with no model: steps, an answer, a question or a friendly refusal.

    Deterministic; never raises on any text. `history` gives the changes so far, oldest first, for "go back to before
    the circle". All clauses are understood and point at something, or there is no step at all.
    """
    text = " ".join(request.split()) if "\n" not in request.strip() else request.strip()
    if not text:
        return Plan(request=request, reply=answers.EMPTY, understood=False)
    if len(text) > LONGEST:
        words = f"{len(text.split()):,} words"
        reply = f"That is {words}; I read requests of a few sentences. Say what to do first in one or two."
        return Plan(request=request[:LONGEST], reply=reply, understood=False)
    if (outside := plan_outside(text, registry, named=True)) is not None:
        return outside.model_copy(update={"request": request})
    lexicon = _lexicon(_Key(registry))
    names = _names(project)
    tokens = tokens_of(text, names, lexicon.words)
    if not any(token.kind != "mark" for token in tokens):
        return Plan(request=request, reply=answers.EMPTY, understood=False)
    for _ in range(MOST):
        if (written := ungapped(text, tokens, lexicon)) == text:
            break
        text, tokens = written, tokens_of(written, names, lexicon.words)
    planner = _Planner(text, tokens, names, lexicon, project, pointing, search, history, today)
    planner.operations = registry
    try:
        made = planner.plan(request)
        if _is_ours(made, tokens, names):
            return made
        outside = plan_outside(request, registry)
        return made if outside is None else outside
    except _Unclear as unclear:
        if (outside := plan_outside(request, registry)) is not None:
            return outside
        return Plan(request=request, reply=unclear.reply, choices=unclear.choices, understood=False)


def _is_ours(made: Plan, tokens: Sequence[Token], names: Names) -> bool:
    """Whether a plan is about the scene or the library, and not only a search for words that name nothing in them."""
    if any(step.operation != "search" or "query" not in step.args for step in made.steps):
        return True
    return _named_here(tokens, names)


def _named_here(tokens: Sequence[Token], names: Names) -> bool:
    """Whether something is called by a kind of things that there are here, or by a name in the project."""
    return any(token.lemma in KINDS or token.word in KINDS or token.word in names.words for token in tokens)


INSTEAD = "(placed instead)"
PLACED_INSTEAD = 0.7
"""Less than it costs to point at nothing, more than any reading in which the verb is taken at its word."""


def _unarranged(one: Fit) -> float:
    """Cost of arranging where no arrangement was asked for: one thing, or some that are only put somewhere."""
    if "arrangement" not in one.operation.args.model_fields or "around" in one.things:
        return 0.0
    alone = any(isinstance(noun.selection, s.One) for name, noun in one.things.items() if name == "items")
    return 0.6 if alone else 0.1 if "arrangement" not in one.args and "target" in one.things else 0.0


class _Key:
    """A registry as a cache key: the same while its operations are."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        # Outside operations have no words of their own by which people ask; `external` reads what they are asked for.
        self.operations = {name: one for name, one in registry.operations.items() if EXTERNAL not in one.tags}
        self._known = tuple((name, id(operation)) for name, operation in self.operations.items())

    def __hash__(self) -> int:
        return hash(self._known)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._known == other._known


@lru_cache(maxsize=8)
def _lexicon(key: _Key) -> Lexicon:
    return Lexicon(Registry(key.operations))


_LAST_NAMES: list[tuple[Any, Any, Names]] = []
"""The names of the project read last; its maps are immutable, so identity tells whether they still hold."""


def _names(project: Project) -> Names:
    for assets, canvases, names in _LAST_NAMES:
        if assets is project.assets and canvases is project.canvases:
            return names
    _LAST_NAMES[:] = [(project.assets, project.canvases, names_of(project)), *_LAST_NAMES[:3]]
    return _LAST_NAMES[0][2]


class _Planner:
    """One request on its way to a plan."""

    def __init__(
        self,
        text: str,
        tokens: tuple[Token, ...],
        names: Names,
        lexicon: Lexicon,
        project: Project,
        pointing: Pointing,
        search: Search | None,
        history: History | None,
        today: date | None,
    ) -> None:
        self.text, self.tokens, self.names, self.lexicon = text, tokens, names, lexicon
        self.world = Imagined(project, pointing, search, history)
        self.search, self.history, self.today = search, history, today
        self.operations = lexicon.registry
        """Every operation, those of outside sources among them."""
        self.steps: list[PlanStep] = []
        self.replies: list[str] = []
        self.spoken: ItemKind | None = None
        """The kind of things spoken of last in this request."""

    def plan(self, request: str) -> Plan:
        spans = clauses(self.tokens, self.lexicon)
        if len(spans) > MOST:
            raise _Unclear(f"That is {len(spans)} things at once; ask for up to {MOST} in one go.")
        whole = self._clause(0, len(self.tokens))
        if (brief := compose.brief_of(whole, 0, len(self.tokens))) is not None and len(spans) == 1:
            return self._composed(request, brief)
        for start, end in spans:
            self._one(start, end)
        reply = " ".join(self.replies)
        if not self.steps and not reply:
            reply = answers.EMPTY
        return Plan(request=request, steps=tuple(self.steps), reply=reply)

    def _clause(self, start: int, end: int) -> Clause:
        tokens = self.tokens[start:end]
        stops = frozenset(word for word in self.lexicon.verbs if word not in self.names.words) | english.LIGHT
        reader = NounReader(tokens, self.names.words, self.names.by_first(), today=self.today, stops=stops)
        return Clause(self.text, tokens, reader, self.lexicon)

    def _composed(self, request: str, brief: compose.Brief) -> Plan:
        source: list[str] = []
        if brief.source is not None:
            source = [thing.id for thing in self._resolved(brief.source, "any")]
        steps = compose.compose(brief, self.world.project, self.lexicon.registry, self.search, source)
        return Plan(request=request, steps=tuple(steps))

    # -- one clause ---------------------------------------------------------------------------------------------------
    def _one(self, start: int, end: int) -> None:
        clause = self._clause(start, end)
        size = len(clause.tokens)
        scene = answers.Scene(self.world.project, self.world.pointing, self.search)
        if (reply := answers.answer(clause.tokens, clause.nouns, scene)) is not None:
            self.replies.append(reply)
            return
        if "restore" in self.lexicon.registry:
            try:
                back = back_to(clause, self.history, self.steps)
            except Unusable as problem:
                raise _Unclear(str(problem)) from None
            if back is not None:
                self.steps.append(back)
                return
        if (brief := compose.brief_of(clause, 0, size)) is not None and not self.steps:
            self.steps += compose.compose(brief, self.world.project, self.lexicon.registry, self.search, [])
            return
        if is_question(clause):
            said = clause.words(0, size)
            raise _Unclear(f"I cannot answer “{said}”, and nothing was done. {answers.ANSWERS}")
        if preferring.is_lasting(clause):
            lasting = preferring.preferences(clause, self.lexicon, len(self.steps))
            if not lasting:
                raise _Unclear(
                    f"I did not understand what “{clause.words(0, size)}” should change, so nothing was done. "
                    "Name a setting, such as “from now on half a metre apart” or “always in a circle”."
                )
            self.steps += lasting
            return
        if self.steps and (noun := spared(clause)) is not None:
            self._spare(noun)
            return
        found = covers(clause, 0, size)
        unclear: _Unclear | None = None
        try:
            best = self._best(clause, found)
        except _Unclear as problem:
            best, unclear = None, problem
        if best is None or best.skipped or best.cost > SURE:
            described_scene = described(clause, self.world, self.lexicon)
            if described_scene is not None:
                self.steps += steps_of(described_scene, self.world, len(self.steps), clause.words(0, size))
                return
        if unclear is not None:
            raise unclear
        guessed = best is None or (best.operation.name == "search" and not _named_here(clause.tokens, self.names))
        if guessed and len(self.tokens) > size and self._outside(clause.words(0, size)):
            return
        if best is None:
            raise self._not_understood(clause, found)
        if best.skipped:
            words = ", ".join(f"“{piece.value}”" for piece in best.skipped)
            if best.cost - SKIPPED * len(best.skipped) < TRUSTED and len(best.skipped) <= 2 and best.things:
                raise _Unclear(
                    f"I did not understand {words} in “{clause.words(0, size)}”, so nothing was done. "
                    "Say it in other words."
                )
            raise self._not_understood(clause, found)
        if best.missing:
            raise _Unclear(question_for(best))
        self._append(clause, best)

    def _outside(self, words: str) -> bool:
        """Whether an outside operation does what a clause among others says; its step is appended."""
        outside = plan_outside(words, self.operations)
        if outside is None or not outside.steps:
            return False
        self.steps.append(outside.steps[0].model_copy(update={"id": f"s{len(self.steps) + 1}"}))
        return True

    def _spare(self, noun: Noun) -> None:
        """Take what is to be left as it is out of the step before; "the others" are left anyway."""
        if is_rest(noun):
            return
        spared_ids = {thing.id for thing in self._resolved(noun.selection, "any")}
        step = self.steps[-1]
        operation = self.lexicon.registry.get(step.operation)
        if not spared_ids & self.world.touched.get(step.id, set()):
            return
        for name, reference in operation.references.items():
            value = step.args.get(name)
            if isinstance(value, str) and not reference.one and s.is_canonical(value):
                kept = s.Except(of=s.parse(value), without=noun.selection)
                args = {**step.args, name: str(kept)}
                self.steps[-1] = step.model_copy(update={"args": FrozenDict(args)})
                return

    def _best(self, clause: Clause, found: Sequence[Cover]) -> Fit | None:
        fits: list[Fit] = []
        for cover in found:
            for operation, sense in self._callable(cover):
                one = fit(cover, operation, sense, self.lexicon, clause)
                if one is None or one.cost > TRUSTED + 2 * SKIPPED:
                    continue
                one.cost += _unarranged(one) + (PLACED_INSTEAD if sense and sense.phrase == INSTEAD else 0.0)
                # Nothing is made up where a word was passed over: it may have been the verb that meant otherwise.
                if not (one.skipped and cover.of("create")):
                    fits.append(one)
        fits.sort(key=lambda one: one.cost)
        best: Fit | None = None
        errors: dict[int, Unusable] = {}
        for one in fits[:14]:
            if best is not None and one.cost >= best.cost:
                break
            one = multiplied(one, self.world, self.lexicon)
            # A reading that points at something is better than one that points at nothing.
            if (problem := self._problem(one)) is not None:
                one.cost += 0.8 if isinstance(problem, Ambiguous) else UNRESOLVED
                errors[id(one)] = problem
            if best is None or one.cost < best.cost:
                best = one
        if best is None or best.cost > TRUSTED + (SKIPPED * len(best.skipped)):
            return None
        if (error := errors.get(id(best))) is not None and not best.skipped:
            raise _Unclear(str(error), [name for _, name in error.choices] if isinstance(error, Ambiguous) else ())
        return best

    def _callable(self, cover: Cover) -> list[tuple[Operation, Sense | None]]:
        """The operations a cover may call. What is asked to move and is not in the space yet may be placed there."""
        found = candidates(cover, self.lexicon)
        registry = self.lexicon.registry
        names = {operation.name for operation, _ in found}
        if "move" in names and "place" not in names and "place" in registry and cover.of("place"):
            found = [*found, (registry.get("place"), Sense("place", 0.0, INSTEAD))]
        return found

    def _problem(self, one: Fit) -> Unusable | None:
        if "distance" in one.args and {"target", "to", "by"}.isdisjoint({*one.things, *one.args}):
            return Invalid("A distance is between two things: say how far from what.", "distance")
        for name, noun in one.things.items():
            reference = one.operation.references.get(name)
            if self._is_from_before(noun):
                continue
            to = reference.to if reference else "item"
            alone = bool(reference and reference.one) and not any(isinstance(v, Own) for v in one.args.values())
            try:
                things = self.world.resolve(self._node(noun, one), to, one=alone)
            except Unusable as error:
                return error
            if (
                one.operation.name == "hide"
                and one.args.get("hidden") is False
                and not any(getattr(t, "hidden", False) for t in things)
            ):
                return NotFound(f"{count_of(things)} can be seen already.")
        return None

    def _resolved(self, node: s.Selection, to: Any) -> tuple[Any, ...]:
        try:
            return self.world.resolve(node, to)
        except Ambiguous as error:
            raise _Unclear(str(error), [name for _, name in error.choices]) from None
        except Unusable as error:
            raise _Unclear(str(error)) from None

    def _not_understood(self, clause: Clause, found: Sequence[Cover]) -> _Unclear:
        words = clause.words(0, len(clause.tokens))
        known = [p for cover in found[:3] for p in cover.pieces if p.slot == "verb"]
        about = [
            p
            for cover in found[:3]
            for p in cover.pieces
            if p.noun is not None and not p.noun.unknown and not p.noun.pronoun
        ]
        if known and about:
            return _Unclear(f"I did not understand “{words}”, so nothing was done. {answers.CAN_DO}.")
        return _Unclear(f"“{words[:160]}” is outside what I can do here. {answers.DECLINED}")

    # -- steps --------------------------------------------------------------------------------------------------------
    def _is_from_before(self, noun: Noun) -> bool:
        node = noun.selection
        return (
            bool(self.steps)
            and noun.pronoun
            and node in (s.Pointed(at="last"), s.Pointed(at="made"))
            and self._produced() is not None
        )

    def _produced(self) -> PlanStep | None:
        """The latest step whose result a pronoun can mean."""
        for step in reversed(self.steps):
            operation = self.operations.get(step.operation)
            if "assets" in operation.result.model_fields or operation.references or "items" in operation.changes:
                return step
        return None

    def _reference(self, noun: Noun, one: Fit) -> tuple[Any, tuple[str, ...]]:
        """How a step points at something, and the steps that this waits for."""
        if self._is_from_before(noun) and (step := self._produced()) is not None:
            made = "assets" in self.operations.get(step.operation).result.model_fields
            return {"from": step.id, "field": "assets" if made else "items"}, (step.id,)
        node = self._node(noun, one)
        return str(pinned(node, self.world.pointing.last) if self.steps else node), ()

    def _node(self, noun: Noun, one: Fit) -> s.Selection:
        """What a noun phrase means here: after "the red photos", "the blue ones" and "the largest one" are photos."""
        here: list[ItemKind] = [other.kind for other in one.things.values() if other is not noun and other.kind]
        kind = here[0] if here else self.spoken
        node = noun.selection if kind is None else _over_kind(noun.selection, kind)
        pointing = self.world.pointing
        if self.steps or pointing.last or pointing.selection or pointing.made:
            return node
        # "the other objects" where nothing was spoken of before: other than those of the same clause.
        named = [other.selection for other in one.things.values() if other is not noun and not other.pronoun]
        return other_than(node, named[0]) if named else node

    def _append(self, clause: Clause, one: Fit) -> None:
        operation = one.operation
        if any(isinstance(value, Own) for value in one.args.values()):
            self._append_each(clause, one)
            return
        args: dict[str, Any] = {}
        after: set[str] = set()
        touched: set[str] = set()
        self._settle(one)
        for name, noun in one.things.items():
            value, waits = self._reference(noun, one)
            after |= set(waits)
            if name == SPOT:
                continue
            if name == "@between":
                things = self._resolved(self._node(noun, one), "item")
                goal = next(key for key, each in one.args.items() if each is None)
                one.args[goal] = self.world.midpoint(things)
            else:
                args[name] = value
            reference = operation.references.get(name)
            if not waits:
                touched |= self.world.ids(self._node(noun, one), reference.to if reference else "item")
            else:
                touched |= {each for step in waits for each in self.world.touched.get(step, ())}
        if (columns := one.args.get("columns")) is not None and columns < 0:
            count = len(touched) or 1
            one.args["columns"] = -(-count // -columns)
        args |= one.args
        step_id = f"s{len(self.steps) + 1}"
        after |= self._waits(one, args, touched)
        # In the order of the parameters, so that the same request always gives the same text.
        ordered: dict[str, Any] = {name: args[name] for name in operation.args.model_fields if name in args}
        try:
            operation.validate(
                {name: "it" if name in operation.references else value for name, value in ordered.items()}
            )
        except Unusable as error:
            raise _Unclear(str(error)) from None
        step = PlanStep(
            id=step_id,
            operation=operation.name,
            args=ordered,  # pyright: ignore[reportArgumentType]
            title=title_of(clause, one),
            after=tuple(sorted(after, key=lambda each: int(each[1:]))),
            approval=operation.approval,
        )
        if (
            operation.name == "undo"
            and ordered.get("steps", 1) == 1
            and self.steps
            and self.steps[-1].operation == "undo"
        ):
            return  # "never mind, put it back" is one wish
        said: list[ItemKind] = [noun.kind for noun in one.things.values() if noun.kind]
        self.spoken = said[0] if said else self.spoken
        self.steps.append(step)
        self.world.imagine(step, operation, one, touched)
        if one.then:
            self._follow(clause, one, step)

    def _settle(self, one: Fit) -> None:
        """Put coordinates in where a place was named by what stands there."""
        for name, value in one.args.items():
            if not isinstance(value, Spot):
                continue
            movers = self._known(one.things["items"], one, "any") if "items" in one.things else ()
            there: list[Item] = []
            try:
                if (noun := one.things.get(SPOT)) is not None:
                    ids = [thing.id for thing in self._known(noun, one, "item", gone=True)]
                    there = as_it_stood(ids, value, self.world)
                one.args[name] = goal(value, movers, there, self.world)
            except Unusable as error:
                raise _Unclear(str(error)) from None

    def _known(self, noun: Noun, one: Fit, to: Any, *, gone: bool = False) -> tuple[Any, ...]:
        """The things that a noun phrase means, also where it means what an earlier step is about."""
        if not self._is_from_before(noun):
            return self._resolved(self._node(noun, one), to)
        step = self._produced()
        ids = sorted(self.world.touched.get(step.id, ())) if step else []
        project = self.world.start if gone else self.world.project
        return tuple(item for each in ids if (item := project.item(each)))

    def _append_each(self, clause: Clause, one: Fit) -> None:
        """A step for each thing that is to bear its own name."""
        name = next((name for name in one.things if one.operation.references.get(name)), None)
        if name is None:
            raise _Unclear(f"Say which things should bear their names in “{clause.words(0, len(clause.tokens))}”.")
        noun = one.things[name]
        things = self._known(noun, one, "any")
        if len(things) > EACH:
            raise _Unclear(f"Those are {len(things)} things; I write up to {EACH} labels in one go. Say which.")
        for thing in things:
            args = {
                k: own_text(self.world.project, thing, v.what) if isinstance(v, Own) else v for k, v in one.args.items()
            }
            single = replace(noun, selection=s.Ids(ids=(thing.id,)), pronoun=False, plural=False)
            self._append(clause, replace(one, args=args, things={**one.things, name: single}))

    def _follow(self, clause: Clause, one: Fit, step: PlanStep) -> None:
        """What is done with what a step makes: "three copies in a circle"."""
        name = "arrange" if "arrangement" in one.then else "move"
        if name not in self.lexicon.registry:
            return
        operation = self.lexicon.registry.get(name)
        args: dict[str, Any] = {"items": {"from": step.id, "field": "items"}}
        for key, value in one.then.items():
            args[key] = self._reference(value, one)[0] if isinstance(value, Noun) else value
        ordered = {key: args[key] for key in operation.args.model_fields if key in args}
        following = PlanStep(
            id=f"s{len(self.steps) + 1}",
            operation=name,
            args=ordered,  # pyright: ignore[reportArgumentType]
            title=title_of(clause, one),
            after=(step.id,),
            approval=operation.approval,
        )
        self.steps.append(following)
        self.world.imagine(following, operation, one, self.world.touched.get(step.id, set()))

    def _waits(self, one: Fit, args: dict[str, Any], touched: set[str]) -> set[str]:
        """Earlier steps that this one has to wait for: those that touch the same things, or the room it looks for."""
        operation = one.operation
        registry = self.operations
        wide = operation.changes == "history" or not operation.changes
        places_freely = bool({"at", "relation", "around"} & set(operation.args.model_fields)) and not (
            {"at", "relation", "around", "by", "to", "target"} & set(args)
        )
        waits: set[str] = set()
        for step in self.steps:
            before = registry.get(step.operation)
            shares = bool(touched & self.world.touched.get(step.id, set()))
            crowding = places_freely and before.changes in ("items", "layout")
            imports = before.name == "ingest" or before.changes == "history"
            if wide or shares or crowding or imports or (before.changes == "environment" == operation.changes):
                waits.add(step.id)
        return waits


def _over_kind(node: s.Selection, kind: ItemKind) -> s.Selection:
    if node == s.Pointed(at="shown"):
        return s.Filter(kind=kind)
    if isinstance(node, s.Union):
        return s.Union(parts=tuple(_over_kind(part, kind) for part in node.parts))
    inner = getattr(node, "of", None)
    return node if inner is None else node.model_copy(update={"of": _over_kind(inner, kind)})
