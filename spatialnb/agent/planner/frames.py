"""Fitting the pieces of a clause to the parameters of an operation, by their names and types."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from spatialnb.agent.planner import english
from spatialnb.agent.planner.comparing import Spot
from spatialnb.agent.planner.lexicon import Lexicon, Param, Sense
from spatialnb.agent.planner.pieces import Clause, Creation, Piece
from spatialnb.agent.planner.reading import Cover
from spatialnb.models import selection as s
from spatialnb.operations.language.nouns import Noun
from spatialnb.operations.language.vocabulary import KINDS
from spatialnb.operations.language.words import spaced
from spatialnb.operations.registry import Operation

MISSING = 2.5
"""Cost of a parameter that has to be asked for."""
NO_VERB = 1.0
_TARGETS = ("target", "to_item", "facing_item", "around", "reference", "other")


SPOT = "@spot"
"""Stands for the thing whose place another is to take."""


@dataclass(frozen=True)
class Own:
    """That each thing's own name or date is meant."""

    what: str


@dataclass
class Fit:
    """One reading of a clause as one call."""

    operation: Operation
    cost: float
    args: dict[str, Any] = field(default_factory=dict)
    things: dict[str, Noun] = field(default_factory=dict)
    """Parameter to what is pointed at. `@between` and `@rows` still need places and counts."""
    missing: list[str] = field(default_factory=list)
    skipped: tuple[Piece, ...] = ()
    verb: str = ""
    start: int = 0
    end: int = 0
    made: str = ""
    """The noun of what is made, where the clause makes something."""
    then: dict[str, Any] = field(default_factory=dict)
    """How what it makes is arranged afterwards."""


class Frame:
    """One attempt to fit a cover to an operation."""

    def __init__(self, operation: Operation, lexicon: Lexicon, clause: Clause, sense: Sense | None) -> None:
        self.operation = operation
        self.sense = sense
        self.lexicon = lexicon
        self.clause = clause
        self.params: dict[str, Param] = {p.name: p for p in lexicon.params[operation.name]}
        self.args: dict[str, Any] = {}
        self.things: dict[str, Noun] = {}
        self.cost = 0.0
        self.then: dict[str, Any] = {}
        self.even = False
        self.created = -1
        """Where the words of what is made begin."""

    def free(self, names: Sequence[str], *kinds: str) -> str | None:
        """The first parameter of these names that nothing fills yet."""
        for name in names:
            param = self.params.get(name)
            if param and name not in self.args and name not in self.things and (not kinds or param.kind in kinds):
                return name
        return None

    def any_of(self, *kinds: str, unit: str | None = None) -> str | None:
        """The first parameter of these kinds that nothing fills yet; required ones first."""
        fitting = [
            p
            for p in self.params.values()
            if p.kind in kinds
            and p.name not in self.args
            and p.name not in self.things
            and (unit is None or p.unit == unit)
        ]
        fitting.sort(key=lambda p: not p.required)
        return fitting[0].name if fitting else None

    def put(self, name: str | None, value: Any, cost: float = 0.0) -> bool:
        if name is None:
            return False
        self.args[name] = [value] if self.params[name].kind == "texts" and isinstance(value, str) else value
        self.cost += cost
        return True


Filler: TypeAlias = Callable[[Frame, Any, Piece], bool]


def _named(*names: str, kinds: tuple[str, ...] = (), then: tuple[str, ...] = ()) -> Filler:
    """Fill the first parameter of these names, or else (at a cost) the first of the kinds in `then`."""

    def fill(frame: Frame, value: Any, _: Piece) -> bool:
        if (name := frame.free(names, *kinds)) is not None:
            return frame.put(name, value)
        return bool(then) and frame.put(frame.any_of(*then), value, 0.5)

    return fill


def _object(frame: Frame, _: Any, piece: Piece) -> bool:
    noun = piece.noun
    assert noun is not None
    name = frame.any_of("things")
    if name is None and not any(p.kind == "things" for p in frame.params.values()):
        singles = [
            p.name for p in frame.params.values() if p.kind == "thing" and p.name not in frame.things and p.required
        ]
        name = (
            singles[0]
            if singles
            else frame.free(_TARGETS, "thing")
            if "text" in frame.params or not _wants_text(frame)
            else None
        )
        if name is None and not _wants_text(frame):
            name = frame.any_of("thing")
    if name is None and frame.things and frame.clause.word(piece.start) == "with":
        name = frame.free(("to",), "thing")  # "line them up with the robot"
    if name is not None:
        frame.things[name] = noun
        return True
    if "query" in frame.params and not frame.operation.references:
        return _sought(frame, noun, piece)
    # "draw a dragon", "rename the robot to Hal": what is no thing of the scene is what a text parameter is about.
    start = piece.start + (frame.clause.word(piece.start) in ("of", "from", "with", "using", "for"))
    known = ("the", "this", "these", "that", "my") if "prompt" in frame.params else ()
    if (
        not _may_be_text(frame, noun)
        or piece.start < frame.created
        or frame.clause.word(start) in ("its", "their", *known)
    ):
        return False
    start += frame.clause.word(start) in ("a", "an", "the", "some")
    text = frame.clause.words(start, piece.end)
    return frame.put(frame.any_of("text", "texts") if _wants_text(frame) else None, text, 0.4)


def _sought(frame: Frame, noun: Noun, piece: Piece) -> bool:
    """A noun phrase as the terms of a search: kind, colour, dates, and the words that are left."""
    terms: list[str] = []
    node: s.Selection | None = noun.selection
    if noun.pronoun:
        return False
    while node is not None:
        if isinstance(node, s.Order | s.Nth | s.Every | s.Relate | s.Except | s.Pointed | s.Union | s.Intersect):
            return False  # more than a search can be told
        if isinstance(node, s.Named):
            terms.insert(0, node.description)
        elif isinstance(node, s.Filter):
            fields = {"kind": node.kind, "colour": node.colour, "since": node.since, "until": node.until}
            for name, value in fields.items():
                if value and name in frame.params and (name != "kind" or value in frame.params[name].choices):
                    frame.args[name] = value.isoformat() if name in ("since", "until") else value  # pyright: ignore
            terms += [word for word in (node.label, node.says) if word]
            terms += [node.called] if node.called and "kind" not in frame.args else []
        elif isinstance(node, s.Take) and node.count and "limit" in frame.params:
            frame.args["limit"] = node.count
        node = getattr(node, "of", None)
    if terms or len(frame.args) == 0:
        frame.args["query"] = " ".join(terms) or frame.clause.words(piece.start, piece.end)
    return True


def _may_be_text(frame: Frame, noun: Noun) -> bool:
    """Whether a noun phrase may be what is to be drawn or written, and not a thing that cannot be made here."""
    if "prompt" in frame.params:
        plain = frame.sense is None or frame.sense.phrase in (*_PLAIN_MAKING, "write", "score")
        other = noun.head in KINDS or frame.operation.name not in frame.lexicon.makes.get(
            noun.head, {frame.operation.name: 0}
        )
        return not plain and not other
    return frame.sense is not None and not noun.indefinite and not noun.pronoun


_PLAIN_MAKING = frozenset(spaced("make create generate design produce build craft record play new add set up"))
"""Verbs of making anything at all: what is made has to be said for them to mean an operation."""


def _wants_text(frame: Frame) -> bool:
    return any(p.kind in ("text", "texts") and p.required and p.name not in frame.args for p in frame.params.values())


def _place(frame: Frame, value: s.Place, piece: Piece) -> bool:
    noun = piece.noun
    assert noun is not None
    if value == "around" and frame.free(("around",), "thing"):
        frame.things["around"] = noun
        if "arrangement" in frame.params:
            frame.args.setdefault("arrangement", "circle")
        return True
    if value == "between" and (name := frame.free(("at", "to"), "vector")):
        frame.things["@between"] = noun
        frame.args[name] = None
        return True
    relation = frame.params.get("relation")
    said = {"near": "next to", "around": "next to"}.get(value, value)
    if relation is None or said not in relation.choices or not (target := frame.free(("target",), "thing")):
        return False
    frame.args["relation"] = said
    frame.things[target] = noun
    return "by" not in frame.args


def _facing(frame: Frame, _: Any, piece: Piece) -> bool:
    name = frame.free(("facing_item", "facing", "towards"), "thing")
    if name is None or piece.noun is None:
        return False
    frame.things[name] = piece.noun
    return True


def _shift(frame: Frame, value: Any, _: Piece) -> bool:
    if (name := frame.free(("by", "offset"), "vector")) is None or "relation" in frame.args:
        return False
    return frame.put(name, list(value))


def _turn(frame: Frame, value: tuple[float, str], _: Piece) -> bool:
    if not frame.put(frame.free(("degrees", "angle")) or frame.any_of("number", unit="deg"), value[0]):
        return False
    if value[1] != "y" and "axis" in frame.params:
        frame.args["axis"] = value[1]
    return True


def _create(frame: Frame, value: Creation, piece: Piece) -> bool:
    if frame.operation.name not in value.operations:
        return False
    frame.created = piece.start
    if value.count is not None and (value.count > 1 or frame.params.get("count")):
        name = frame.free(("count", "copies"), "integer")
        if name is None and value.count > 1:
            return False
        if name and value.count > 1:
            frame.args[name] = value.count
    return True


def _measure(*names: str) -> Filler:
    return lambda frame, value, _: frame.put(frame.free(names, "number"), round(value, 6))


def _alike(frame: Frame, value: str, piece: Piece) -> bool:
    if (name := frame.free(("measure",), "choice")) is None:
        return False
    if piece.noun is not None:
        if (like := frame.free(("to",), "thing")) is None:
            return False
        frame.things[like] = piece.noun
    return frame.put(name, value)


def _sized(frame: Frame, value: tuple[str, float], piece: Piece) -> bool:
    """A measure of a thing that is named with it: "the height of the ball to 2 m"."""
    things, name = frame.any_of("things"), frame.free((value[0],), "number")
    if things is None or name is None or "factor" not in frame.params or piece.noun is None:
        return False
    frame.things[things] = piece.noun
    return frame.put(name, round(value[1], 6))


def _apart(frame: Frame, value: float, piece: Piece) -> bool:
    if "measure" in frame.params or "degrees" in frame.params or "width" in frame.params:
        return False
    if piece.noun is not None:
        if (other := frame.free(("to",), "thing")) is None:
            return False
        frame.things[other] = piece.noun
    return frame.put(frame.free(("factor",), "number"), value)


def _spot(frame: Frame, value: Spot, piece: Piece) -> bool:
    if (name := frame.free(("to", "at"), "vector")) is None or "degrees" in frame.params:
        return False
    if piece.noun is not None:
        frame.things[SPOT] = piece.noun
    frame.args[name] = value
    return True


def _floor(frame: Frame, _value: bool, _piece: Piece) -> bool:
    """Down on the floor; where things are arranged, they stand there as they do."""
    if "arrangement" in frame.params:
        senses = english.VERB_SENSES.get(frame.sense.phrase if frame.sense else "", {})
        return "arrangement" in {**senses, **frame.args}
    said = next((name for name, value in frame.args.items() if isinstance(value, Spot)), None)
    if said is not None:
        frame.args[said] = frame.args[said]._replace(floor=True)
        return True
    name = frame.free(("to", "at"), "vector")
    if name is None or "degrees" in frame.params or "by" in frame.args or "relation" in frame.args:
        return False
    frame.args[name] = Spot(floor=True)
    return True


def _even(frame: Frame, _value: bool, _piece: Piece) -> bool:
    frame.even = True
    return "gap" in frame.params or "arrangement" in frame.params


def _grouping(frame: Frame, _value: bool, _piece: Piece) -> bool:
    return "group" in frame.operation.result.model_fields


def _excepted(frame: Frame, value: s.Selection, piece: Piece) -> bool:
    """What was left out, said after all else: "in a circle, except the posters"."""
    name = next((n for n in frame.things if n in frame.params and frame.params[n].kind == "things"), None)
    if name is None or piece.noun is None:
        return False
    noun = frame.things[name]
    frame.things[name] = replace(noun, selection=s.Except(of=noun.selection, without=value), pronoun=False)
    return True


def _own(frame: Frame, value: str, _: Piece) -> bool:
    """Each thing's own name or date as the text."""
    if (name := frame.free(("text",), "text")) is None:
        return False
    frame.args[name] = Own(value)
    return True


def _length(frame: Frame, value: float, _: Piece) -> bool:
    goal = "height" if "factor" in frame.params else "distance" if "relation" in frame.args else ""
    return frame.put(frame.free((goal,)) if goal else frame.any_of("number", unit="m"), round(value, 6), 0.3)


def _number(frame: Frame, value: float, _: Piece) -> bool:
    names = ("copies", "count", "steps", "factor", "degrees", "limit", "revision", "number", "brightness")
    wanted = frame.any_of("integer", "number", unit="")
    needed = wanted if wanted and frame.params[wanted].required else None
    if (name := frame.free(names, "integer", "number") or needed) is None:
        return False
    whole = frame.params[name].kind == "integer"
    return (not whole or float(value).is_integer()) and frame.put(name, int(value) if whole else value, 0.2)


def _percent(frame: Frame, value: float, _: Piece) -> bool:
    if frame.put(frame.free(("brightness", "volume", "opacity"), "number"), value):
        return True
    return frame.put(frame.free(("factor", "scale"), "number"), ("@percent", value))


def _columns(frame: Frame, value: int, _: Piece) -> bool:
    if not frame.put(frame.free(("columns",), "integer"), value):
        return False
    if "arrangement" in frame.params:
        frame.args.setdefault("arrangement", "grid")
    return True


def _rows(frame: Frame, value: int, piece: Piece) -> bool:
    if "columns" in frame.args:
        return True
    return _columns(frame, -value, piece)


def _order(frame: Frame, value: tuple[str, bool], _: Piece) -> bool:
    param = frame.params.get("order") or frame.params.get("by")
    if param is None or param.kind != "choice" or value[0] not in param.choices:
        return False
    if frame.args.get(param.name, value[0]) != value[0]:
        return False
    frame.args[param.name] = value[0]
    if value[1] and "reverse" in frame.params:
        frame.args["reverse"] = True
    return True


def _colour(frame: Frame, value: tuple[str, str], _: Piece) -> bool:
    name = frame.free(("colour", "light_colour", "color", "tint"), "text", "colour")
    return frame.put(name, value[1] if name and frame.params[name].kind == "colour" else value[0])


def _path(frame: Frame, value: str, _: Piece) -> bool:
    endings = {".mp4": "video", ".mov": "video", ".html": "web", ".htm": "web"}
    target = next((t for e, t in endings.items() if value.lower().endswith(e)), None)
    if target and "target" in frame.params and target in frame.params["target"].choices:
        frame.args.setdefault("target", target)
    return frame.put(frame.free(("path", "paths", "folder", "file")), value)


def _choice(frame: Frame, value: Any, piece: Piece) -> bool:
    name = piece.slot[1:]
    param = frame.params.get(name)
    if param is None and name == "arrangement" and "copies" in frame.params and not frame.then:
        frame.then = {name: value}
        return True
    if param is None or value not in param.choices:
        return False
    if name in frame.args and frame.args[name] != value:
        # "in a grid by colour": the shape is one thing, the order within it another.
        order = frame.params.get("order")
        for shape, key in (("by colour", "colour"), ("timeline", "date")):
            if name == "arrangement" and order and shape in (value, frame.args[name]) and key in order.choices:
                frame.args["order"] = key
                frame.args[name] = value if frame.args[name] == shape else frame.args[name]
                return True
        return name == "arrangement" and frame.args[name] in ("circle", "grid") and frame.put(name, value, 0.2)
    return frame.put(name, value)


def _nothing(_frame: Frame, _value: Any, _piece: Piece) -> bool:
    """Words that fill nothing and are no obstacle."""
    return True


_ALSO = {"spacing": ("gap",)}
"""Other names of parameters that take a measure."""
FILLERS: Mapping[str, Filler] = {
    "": _nothing,
    "?": _nothing,
    "verb": _nothing,
    "light": _nothing,
    "create": _create,
    "object": _object,
    "place": _place,
    "facing": _facing,
    "visitor": _named("facing_visitor", kinds=("flag",)),
    "shift": _shift,
    "factor": _named("factor", "scale", kinds=("number",)),
    "percent": _percent,
    "turn": _turn,
    "columns": _columns,
    "rows": _rows,
    "number": _number,
    "count": _named("copies", "count", kinds=("integer",)),
    "steps": _named("steps", kinds=("integer",)),
    "time": _named("seconds", "duration", "seconds_each", kinds=("number",)),
    "length": _length,
    "order": _order,
    "reverse": _named("reverse", kinds=("flag",)),
    "name": _named("name", "title", "text", "labels", kinds=("text", "texts")),
    "says": _named("text", "caption", "labels", "name", kinds=("text", "texts"), then=("text",)),
    "topic": _named("prompt", "query", "topic", "subject", "about", "labels", kinds=("text", "texts")),
    "quote": _named("text", "name", "labels", "prompt", "query", kinds=("text", "texts"), then=("text", "texts")),
    "style": _named("style", kinds=("text",)),
    "colour": _colour,
    "path": _path,
    "closeness": _measure("spacing", "gap"),
    "alike": _alike,
    "sized": _sized,
    "apart": _apart,
    "spot": _spot,
    "floor": _floor,
    "even": _even,
    "grouping": _grouping,
    "except": _excepted,
    "own": _own,
    "tone": _named("light_colour", kinds=("colour",)),
    **{name: _measure(name, *_ALSO.get(name, ())) for name in english.MEASURE_WORDS},
}


def _by_own_name(frame: Frame, value: Any, piece: Piece) -> bool:
    """A number that was said with the name of its parameter."""
    param = frame.params.get(piece.slot.removeprefix("#"))
    if param is None or param.kind not in ("number", "integer") or param.name in frame.args:
        return False
    return frame.put(param.name, int(value) if param.kind == "integer" else value)


def filler(slot: str) -> Filler:
    """What puts a slot's value into a frame."""
    return _choice if slot.startswith("=") else _by_own_name if slot.startswith("#") else FILLERS[slot]


_DISTINCT = frozenset(
    spaced(
        "shift factor percent turn facing visitor place columns rows create width height "
        "depth radius spacing =arrangement =theme #brightness alike sized apart spot floor even grouping colour tone "
        "count"
    )
)
"""Slots that tell by themselves what is to be done, where no verb does."""


def fit(cover: Cover, operation: Operation, sense: Sense | None, lexicon: Lexicon, clause: Clause) -> Fit | None:
    """The cover as a call of the operation, or None where some piece of it has no place there."""
    frame = Frame(operation, lexicon, clause, sense)
    ranked = sorted(cover.pieces, key=lambda p: _ORDER.get(p.slot, 1))
    for piece in ranked:
        if not filler(piece.slot)(frame, piece.value, piece):
            return None
    _senses(frame, sense)
    if not _meant(frame, sense, cover):
        return None
    if frame.then and "copies" not in frame.args and not (sense and operation.name == "duplicate"):
        return None
    _made(frame, cover)
    missing = _missing(frame)
    verbs = cover.of("verb")
    cost = cover.cost + frame.cost + MISSING * len(missing)
    if sense and sense.phrase in english.WEAK and any(cover.of(slot) for slot in ALONE.get(operation.name, ())):
        cost -= sense.cost  # what only this operation takes was said: the verb is as good as its own
    cost += sense.cost if sense else NO_VERB - (0.4 if cover.of("light") else 0.0)
    if "arrangement" in frame.params and sense and sense.phrase in _PUTTING and not set(frame.args) - {"spacing", "at"}:
        cost += 2.0
    if frame.even and "arrangement" in frame.params and "arrangement" not in frame.args:
        cost += 0.5  # evenly means to distribute, unless a shape is named
    said = [piece for piece in cover.pieces if piece.slot]
    created = cover.of("create")
    return Fit(
        operation,
        cost,
        frame.args,
        frame.things,
        missing,
        cover.skipped,
        sense.phrase if sense else "",
        start=verbs[0].start if verbs else said[0].start if said else 0,
        end=said[-1].end if said else 0,
        made=created[0].value.noun if created else "",
        then=frame.then,
    )


ALONE: Mapping[str, tuple[str, ...]] = {
    "spread": ("apart",),
    "match": ("alike",),
    "tint": ("colour",),
    "distribute": ("spacing", "even"),
    "align": ("=edge", "object"),
    "group": ("grouping", "name"),
    "resize": ("factor", "percent", "width", "height", "depth", "sized", "length", "number"),
}
"""Slots, one of which has to be said for a verb of many meanings (or none) to mean the operation."""


def _meant(frame: Frame, sense: Sense | None, cover: Cover) -> bool:
    """Whether a verb of many meanings, or none, is followed by what only this operation can take."""
    if (slots := ALONE.get(frame.operation.name)) is None or (sense and sense.phrase not in english.WEAK):
        return True
    if frame.operation.name == "align":
        return bool({"edge", "to"} & {*frame.args, *frame.things})
    return any(cover.of(slot) for slot in slots)


_PUTTING = frozenset(spaced("put place position set group gather collect present form pin lay mount show"))
"""Verbs that ask for an arrangement only together with its name."""
_ORDER = {
    "even": 3,
    "floor": 4,
    "except": 5,
    "quote": 0,
    "create": 0,
    "verb": 0,
    "object": 2,
    "place": 2,
    "length": 3,
    "number": 4,
}


def _senses(frame: Frame, sense: Sense | None) -> None:
    """What the verb says besides, where nothing else says it."""
    for name, value in english.VERB_SENSES.get(sense.phrase if sense else "", {}).items():
        shaped = frame.args.get(name)
        if name == "factor" and isinstance(shaped, tuple) and shaped[0] == "@percent":
            frame.args[name] = max(0.01, 1 - shaped[1] if value < 1 else 1 + shaped[1])
        elif name == "factor" and isinstance(shaped, float) and value < 1 < shaped:
            frame.args[name] = 1 / shaped  # "shrink it three times" makes it smaller
        elif name == "by" and "distance" in frame.args and "relation" not in frame.args:
            way = 1 if value[1] > 0 else -1
            frame.args["by"] = [0.0, way * frame.args.pop("distance"), 0.0]
        if name not in frame.params or name in frame.args or _settled(frame, name):
            continue
        frame.args[name] = list(value) if isinstance(value, tuple) else value
    if isinstance(shaped := frame.args.get("factor"), tuple):
        frame.args["factor"] = shaped[1]


_RIVALS = {
    "by": ("relation", "to", "target"),
    "degrees": ("facing_item", "facing_visitor", "to"),
    "factor": ("width", "height", "depth", "to"),
    "arrangement": ("order",),
    "axis": ("facing_item", "facing_visitor"),
}


def _settled(frame: Frame, name: str) -> bool:
    return any(rival in frame.args or rival in frame.things for rival in _RIVALS.get(name, ()))


def _made(frame: Frame, cover: Cover) -> None:
    """Prompt, style and text of what is made, from the words around its noun."""
    created = cover.of("create")
    if not created:
        return
    made: Creation = created[0].value
    for param in frame.params.values():
        # "make a film": what is made is itself one of the choices.
        wanted = next(
            (c for c in param.choices if made.noun in (c, *english.VALUE_WORDS.get(param.name, {}).get(c, ()))), None
        )
        if wanted and param.name not in frame.args:
            frame.args[param.name] = wanted
    if "prompt" in frame.params:
        if (topic := frame.args.get("prompt")) is None:
            if made.modifiers or frame.params["prompt"].required:
                frame.args["prompt"] = made.said
        elif made.modifiers and frame.free(("style",)):
            frame.args["style"] = made.modifiers
        elif made.modifiers:
            frame.args["prompt"] = f"{made.modifiers} {made.noun} about {topic}"
    elif made.modifiers:
        name = frame.free(("theme",), "choice")
        wanted = made.modifiers.lower()
        match = next(
            (c for c in frame.params[name].choices if wanted in (c, *english.VALUE_WORDS.get(name, {}).get(c, ()))),
            None
        ) if name else None  # fmt: skip
        if match:
            frame.args[name or ""] = match
        elif frame.free(("name",), "text"):
            frame.args["name"] = made.modifiers
        else:
            frame.cost += 1.5


def _missing(frame: Frame) -> list[str]:
    missing: list[str] = []
    for param in frame.params.values():
        if param.required and param.name not in frame.args and param.name not in frame.things:
            missing.append(param.name)
    if {p.kind for p in frame.params.values()} == {"things", "colour"} and "colour" not in frame.args:
        missing.append("colour")  # nothing but a colour can be said of it
    told = set(frame.args) - {"axis", "distance"}
    composite = frame.operation.tier == "composite"
    if {"by", "factor", "degrees", "theme"} & set(frame.params) and "name" not in frame.params and not composite:
        others = set(frame.things) - {name for name, p in frame.params.items() if p.kind == "things"}
        if not told and not others and not missing:
            missing.append(next(n for n in ("by", "factor", "degrees", "theme") if n in frame.params))
    return missing


def candidates(cover: Cover, lexicon: Lexicon) -> list[tuple[Operation, Sense | None]]:
    """The operations that a cover may call: by its verb, by what it makes, or by what it says of things."""
    registry = lexicon.registry
    verbs, created = cover.of("verb"), cover.of("create")
    if created:
        made: Creation = created[0].value
        senses = {sense.operation: sense for piece in verbs for sense in piece.value}
        word = verbs[0].value[0].phrase.split()[0] if verbs else ""
        putting = word in _PUTTING and bool(cover.of("says") or cover.of("own"))  # "put a sign saying …"
        meant = putting or word in english.CREATING or any(name in senses for name in made.operations)
        if verbs and not meant:
            return []
        # "put three photos there" wants those there are, not new ones.
        if not verbs and any(piece.value in _PUTTING for piece in cover.of("light")):
            return []
        return [(registry.get(name), senses.get(name) or Sense(name, 0.2, word)) for name in made.operations]
    if verbs:
        best: dict[str, Sense] = {}
        for sense in verbs[0].value:
            makes = any(sense.operation in found for found in lexicon.makes.values())
            if makes and sense.phrase in _PLAIN_MAKING:
                continue
            if sense.operation not in best or sense.cost < best[sense.operation].cost:
                best[sense.operation] = sense
        return [(registry.get(name), sense) for name, sense in best.items() if name in registry]
    if not any(piece.slot in _DISTINCT for piece in cover.pieces):
        return []
    return [
        (op, None)
        for op in registry
        if op.tier != "composite"  # whole pieces of work are asked for by name
        and (
            (op.references and op.changes in ("items", "layout") and not op.approval) or "theme" in op.args.model_fields
        )
    ]


Resolved: TypeAlias = Mapping[str, Any]
