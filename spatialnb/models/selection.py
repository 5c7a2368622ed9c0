"""What is pointed at, as data: a small algebra over the things of a project, with a JSON form and a text form.

"The three largest red photos except the first" is

    except(take(order(filter(all(), kind="image", colour="red"), by="size", reverse=true), count=3),
           without=nth(take(...), n=1))

A selection says what is meant and knows nothing of any project; `spatialnb.operations.resolve` evaluates it.
`str(selection)` is its canonical text, which `parse` reads back; its JSON form is what pydantic makes of it.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any, Literal, TypeAlias, cast

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from spatialnb.errors import Invalid
from spatialnb.models.base import Frozen
from spatialnb.models.canvas import ItemKind
from spatialnb.models.change import Author

Measure: TypeAlias = Literal[
    "size",
    "area",
    "width",
    "height",
    "depth",
    "date",
    "name",
    "kind",
    "colour",
    "x",
    "y",
    "z",
    "clearance",
    "distance",
    "middle",
    "duration",
    "brightness",
    "loudness",
    "words",
]
"""What things can be ordered by; `middle` is the way to the middle of what stands in the space.

Lengths are metres, areas square metres, durations seconds, brightness 0 to 1.
"""
Amount: TypeAlias = Literal[
    "size",
    "area",
    "width",
    "height",
    "depth",
    "x",
    "y",
    "z",
    "clearance",
    "duration",
    "brightness",
    "loudness",
    "words",
]
"""Measures that can be compared with a number.

`size` is the longest edge, metres; `clearance` how high a thing's lowest point is above the floor.
"""
Side: TypeAlias = Literal["left", "right", "top", "bottom", "front", "back", "middle"]
Place: TypeAlias = Literal[
    "left of",
    "right of",
    "above",
    "below",
    "in front of",
    "behind",
    "on",
    "inside",
    "next to",
    "near",
    "around",
    "between",
]
Pointer: TypeAlias = Literal["selection", "last", "made", "moved", "shown"]


class Node(Frozen):
    """Base of every kind of selection."""

    def __str__(self) -> str:
        return _text(self)

    def text(self) -> str:
        """The canonical text form; `parse` reads it back."""
        return _text(self)


class Comparison(Frozen):
    """That a measure is more or less than a number, in the measure's own unit."""

    measure: Amount
    relation: Literal["<", "<=", "=", ">=", ">"]
    value: float


class All(Node):
    """The things of the project: the placed ones, and where nothing that fits is placed, those of the library.

    `everywhere` takes both at once, as in "all photos".
    """

    op: Literal["all"] = "all"
    everywhere: bool = False


class Ids(Node):
    """Items, assets or groups by id."""

    op: Literal["ids"] = "ids"
    ids: tuple[str, ...]


class Pointed(Node):
    """What the conversation points at; see `spatialnb.operations.pointing`."""

    op: Literal["pointed"] = "pointed"
    at: Pointer


class Named(Node):
    """Things whose name, labels, group or text fit a description; by words first, by meaning second.

    `loosely` takes what comes closest in meaning, even if it is not very close.
    """

    op: Literal["named"] = "named"
    of: Selection = All()
    description: str
    loosely: bool = False


class Filter(Node):
    """The things of `of` for which everything given here is true. Dates are inclusive.

    `called` narrows softly: "posters" are the images that are called posters, and where none is, all images.
    """

    op: Literal["filter"] = "filter"
    of: Selection = All()
    kind: ItemKind | None = None
    called: str = ""
    colour: str = ""
    label: str = ""
    group: str = ""
    canvas: str = ""
    says: str = ""
    """Words in the thing's own text or caption."""
    placed: bool | None = None
    hidden: bool | None = None
    locked: bool | None = None
    side: Side | None = None
    since: date | None = None
    until: date | None = None
    where: tuple[Comparison, ...] = ()


class Relate(Node):
    """The things of `of` that stand in a relation to `to`; `within` (metres) bounds "near"."""

    op: Literal["relate"] = "relate"
    of: Selection = All()
    relation: Place
    to: Selection
    within: float | None = Field(default=None, gt=0)


class Done(Node):
    """The things of `of` that something was done to: "what I placed yesterday", "the first thing that was moved".

    Earliest first. Days are inclusive, in UTC; `end` keeps only what the first or the last such change was about.
    """

    op: Literal["done"] = "done"
    of: Selection = All()
    what: Literal["made", "moved", "changed"] = "changed"
    by: Author | None = None
    since: date | None = None
    until: date | None = None
    end: Literal["first", "last"] | None = None


class Line(Node):
    """One of the rows or columns that `of` stands in, counted from 1, or from the end with -1.

    Rows count from the top where things hang above each other, else from the back; columns from the left.
    """

    op: Literal["line"] = "line"
    of: Selection = All()
    along: Literal["row", "column"] = "row"
    n: int


class Order(Node):
    """`of` from the smallest to the largest by a measure; `reverse` turns it round.

    Distance is from `to`, or from the visitor.
    """

    op: Literal["order"] = "order"
    of: Selection = All()
    by: Measure
    reverse: bool = False
    to: Selection | None = None


class Take(Node):
    """So many of `of`, from its beginning or its end: a number, or a share of it (0 to 1)."""

    op: Literal["take"] = "take"
    of: Selection = All()
    count: int | None = Field(default=None, ge=0)
    share: float | None = Field(default=None, ge=0, le=1)
    end: Literal["first", "last"] = "first"

    @model_validator(mode="after")
    def _says_how_many(self) -> Take:
        if (self.count is None) == (self.share is None):
            raise ValueError("Give either a count or a share to take.")
        return self


class Nth(Node):
    """One of `of`, counted from 1, or from the end with -1."""

    op: Literal["nth"] = "nth"
    of: Selection = All()
    n: int

    @model_validator(mode="after")
    def _counts_from_one(self) -> Nth:
        if self.n == 0:
            raise ValueError("Count from 1, or from the end with -1.")
        return self


class Every(Node):
    """Every `step`-th thing of `of`: the second, the fourth and so on for 2. `start` is the first one taken, from 1."""

    op: Literal["every"] = "every"
    of: Selection = All()
    step: int = Field(ge=1)
    start: int | None = Field(default=None, ge=1)


class One(Node):
    """The one thing that `of` is; when it is several, a person is asked which."""

    op: Literal["one"] = "one"
    of: Selection


class Except(Node):
    """`of` without `without`."""

    op: Literal["except"] = "except"
    of: Selection = All()
    without: Selection


class Union(Node):
    """The things of each part, in the order of the parts."""

    op: Literal["union"] = "union"
    parts: tuple[Selection, ...]


class Intersect(Node):
    """The things that are in every part, in the order of the first."""

    op: Literal["intersect"] = "intersect"
    parts: tuple[Selection, ...]


Selection: TypeAlias = Annotated[
    All
    | Ids
    | Pointed
    | Named
    | Filter
    | Relate
    | Done
    | Line
    | Order
    | Take
    | Nth
    | Every
    | One
    | Except
    | Union
    | Intersect,
    Field(discriminator="op"),
]
SelectionLike: TypeAlias = str | tuple[str, ...] | Selection
"""Words ("the red photos"), canonical text, an id, ids, or a selection."""

NODES: tuple[type[Node], ...] = (
    All, Ids, Pointed, Named, Filter, Relate, Done, Line, Order, Take, Nth, Every, One, Except, Union, Intersect
)  # fmt: skip
for _node in NODES:
    _node.model_rebuild()
_OPS = {cast(str, node.model_fields["op"].default): node for node in NODES}
_ADAPTER: TypeAdapter[Selection] = TypeAdapter(Selection)


def selection_from_json(value: Any) -> Selection:
    """The selection that JSON data describes. Raises `Invalid`."""
    try:
        return _ADAPTER.validate_python(value)
    except ValidationError as error:
        raise Invalid(f"That is no selection: {error.errors()[0]['msg'].lower()}.") from None


def is_canonical(text: str) -> bool:
    """Whether `text` looks like the canonical form rather than like plain words."""
    head, bracket, _ = text.partition("(")
    return bool(bracket) and head.strip() in _OPS and text.rstrip().endswith(")")


def parse(text: str) -> Selection:
    """The selection whose canonical text this is. Raises `Invalid` and says where it stopped reading."""
    reader = _Reader(text)
    value = reader.node()
    reader.end()
    return selection_from_json(value)


def _text(node: Node) -> str:
    parts: list[str] = []
    for name, field in type(node).model_fields.items():
        value = getattr(node, name)
        if name == "op" or (not field.is_required() and value == field.default):
            continue
        written = _value(value)
        parts.append(written if name == "of" else f"{name}={written}")
    return f"{getattr(node, 'op')}({', '.join(parts)})"  # noqa: B009


def _value(value: Any) -> str:
    if isinstance(value, Node):
        return _text(value)
    if isinstance(value, Comparison):
        return json.dumps([value.measure, value.relation, value.value])
    if isinstance(value, tuple):
        return "[" + ", ".join(_value(v) for v in cast("tuple[Any, ...]", value)) + "]"
    if isinstance(value, date):
        return json.dumps(value.isoformat())
    return json.dumps(value, ensure_ascii=False)


_DEPTH = 60
"""Nesting beyond this is refused, so that hostile text cannot exhaust the stack."""


class _Reader:
    """Reads `op(node, name=value, ...)`, where a value is a node, a list of values, or JSON."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def node(self) -> dict[str, Any]:
        op = self._word()
        if op not in _OPS:
            raise self._error(f"{op!r} is no kind of selection; there are {', '.join(_OPS)}")
        self.depth += 1
        if self.depth > _DEPTH:
            raise self._error("it is nested too deeply")
        self._take("(")
        found: dict[str, Any] = {"op": op}
        while not self._at(")"):
            name, value = self._argument()
            found[name] = value
            if not self._at(")"):
                self._take(",")
        self._take(")")
        self.depth -= 1
        return found

    def end(self) -> None:
        self._space()
        if self.at != len(self.text):
            raise self._error("there is more than one selection")

    def _argument(self) -> tuple[str, Any]:
        start = self.at
        word = self._word()
        if self._at("="):
            self._take("=")
            return word, self._value(word)
        self.at = start
        return "of", self.node()

    def _value(self, name: str) -> Any:
        self._space()
        if self._at("["):
            self._take("[")
            values: list[Any] = []
            while not self._at("]"):
                values.append(self._value(""))
                if not self._at("]"):
                    self._take(",")
            self._take("]")
            return [_comparison(v) for v in values] if name == "where" else values
        here = self.text[self.at : self.at + 1]
        if here.isalpha() and not self.text.startswith(("true", "false", "null"), self.at):
            return self.node()
        try:
            value, self.at = json.JSONDecoder().raw_decode(self.text, self.at)
        except ValueError:
            raise self._error("a value is missing") from None
        return value

    def _word(self) -> str:
        self._space()
        start = self.at
        while self.at < len(self.text) and (self.text[self.at].isalpha() or self.text[self.at] == "_"):
            self.at += 1
        return self.text[start : self.at]

    def _space(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def _at(self, sign: str) -> bool:
        self._space()
        return self.text.startswith(sign, self.at)

    def _take(self, sign: str) -> None:
        if not self._at(sign):
            raise self._error(f"expected {sign!r}")
        self.at += len(sign)

    def _error(self, what: str) -> Invalid:
        return Invalid(f"This selection cannot be read at character {self.at + 1}: {what}.")


def _comparison(value: Any) -> Any:
    if isinstance(value, list) and len(cast("list[Any]", value)) == 3:
        return dict(zip(("measure", "relation", "value"), cast("list[Any]", value), strict=True))
    return cast(Any, value)
