"""Answers to questions about the scene, and what to say when a request is not ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from spatialnb.errors import Ambiguous, NotFound
from spatialnb.models import selection as s
from spatialnb.models.asset import Asset
from spatialnb.models.canvas import Item
from spatialnb.models.project import Project
from spatialnb.models.selection import Measure
from spatialnb.operations.language.describe import KIND_NOUNS, count_of, describe, inventory, joined
from spatialnb.operations.language.evaluate import Search
from spatialnb.operations.language.measures import Measures, gap, stands
from spatialnb.operations.language.nouns import Noun, NounReader
from spatialnb.operations.language.tokens import Token
from spatialnb.operations.language.vocabulary import PLACES
from spatialnb.operations.language.words import spaced
from spatialnb.operations.pointing import Pointing
from spatialnb.operations.resolve import resolve

CAN_DO = (
    "I can place, move, turn, resize, arrange, group, label and remove things in this "
    "space, find and make pictures and music, "
    "and export a web page or a film"
)
DECLINED = f"{CAN_DO}. Try “arrange the photos in a circle”."
ANSWERS = "I can say how many there are, where something is, how large, of what colour, and what stands by it."
EDGES: tuple[Measure, ...] = ("width", "height", "depth")
EMPTY = "Say what you would like to see, such as “arrange the photos in a circle” or “place the robot”."


@dataclass(frozen=True)
class Scene:
    """What a question is answered from."""

    project: Project
    pointing: Pointing
    search: Search | None

    def things(self, node: s.Selection, to: str = "any") -> tuple[Item | Asset, ...]:
        return resolve(node, self.project, self.pointing, to=to, search=self.search)  # pyright: ignore[reportArgumentType]


_POLITE = frozenset(
    spaced(
        "please so and hey hi hello tell me can could you show say to i want know do let us "
        "know would like just ok okay"
    )
)


def answer(tokens: Sequence[Token], nouns: NounReader, scene: Scene) -> str | None:
    """The answer to a question, or None when it is none that is known here."""
    words = [token.word for token in tokens if token.kind != "mark"]
    plain = [token for token in tokens if token.kind != "mark" or token.word in (",",)]
    if not words:
        return None
    start = 0
    while start < len(tokens) and tokens[start].word in _POLITE and tokens[start].word not in ("show",):
        start += 1
    for ask in _QUESTIONS:
        if (said := ask(_Asked(tokens, start, nouns, scene))) is not None:
            return said
    del plain
    return None


class _Asked:
    """A question while it is read."""

    def __init__(self, tokens: Sequence[Token], at: int, nouns: NounReader, scene: Scene) -> None:
        self.tokens, self.at, self.nouns, self.scene = tokens, at, nouns, scene

    def word(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.tokens[at].word if 0 <= at < len(self.tokens) else ""

    def after(self, *phrases: str) -> int | None:
        """Where the question goes on after one of these phrases, or None if it begins otherwise."""
        for phrase in phrases:
            words = phrase.split()
            if [self.word(k) for k in range(len(words))] == words:
                return self.at + len(words)
        return None

    def nouns_to_end(self, at: int | None) -> Iterator[Noun]:
        """Noun phrases from here that leave nothing but small words before the end."""
        if at is None:
            return
        found = sorted(self.nouns.at(at), key=lambda n: n.cost - 0.3 * (n.end - at))
        for noun in found:
            rest = {t.word for t in self.tokens[noun.end :] if t.kind != "mark"}
            if rest <= _TAIL:
                yield noun
        for noun in found:
            # "which photos are red" asks for "photos that are red".
            if noun.end < len(self.tokens) and self.tokens[noun.end].word in ("are", "is", "were", "was"):
                that = Token("word", "that", "that", "that", self.tokens[noun.end].start, self.tokens[noun.end].start)
                said = (*self.tokens[at : noun.end], that, *(t for t in self.tokens[noun.end :] if t.kind != "mark"))
                yield from (n for n in self.nouns.over(said).at(0) if n.end == len(said))

    @property
    def rest(self) -> set[str]:
        return {t.word for t in self.tokens[self.at :]}


_TAIL = frozenset(
    spaced(
        "are is there here do we have in the scene space library now please i you got placed "
        "standing stand located at right currently room be "
        "exist exactly then though it project for of this"
    )
)


def _how_many(asked: _Asked) -> str | None:
    start = asked.after("how many", "count", "what is the number of", "number of", "count up", "the number of")
    for noun in asked.nouns_to_end(start):
        placed = asked.rest & {"scene", "space", "placed", "room"}
        words = describe(noun.selection)
        try:
            things = asked.scene.things(_everywhere(noun.selection), "item" if placed else "any")
        except NotFound:
            return f"There are no {words.plural}."
        here = sum(isinstance(thing, Item) for thing in things)
        one = len(things) == 1
        where = (
            ""
            if here == len(things)
            else f", {here} of them in the space"
            if here
            else ", none of them in the space yet"
        )
        return f"There {'is' if one else 'are'} {len(things)} {words.singular if one else words.plural}{where}."
    return None


def _everywhere(node: s.Selection) -> s.Selection:
    """The same over the space and the library at once, whatever number was said."""
    if isinstance(node, s.One):
        return _everywhere(node.of)
    if node == s.All():
        return s.All(everywhere=True)
    inner = getattr(node, "of", None)
    return node if inner is None else node.model_copy(update={"of": _everywhere(inner)})


def _where(asked: _Asked) -> str | None:
    start = asked.after(
        "where is",
        "where are",
        "where did i put",
        "where can i find",
        "where do i find",
        "where has",
        "locate",
        "find me where",
    )
    for noun in asked.nouns_to_end(start):
        try:
            things = asked.scene.things(noun.selection)
        except (NotFound, Ambiguous) as error:
            if isinstance(error, Ambiguous):
                things = tuple(t for each, _ in error.choices if (t := _thing(asked.scene.project, each)))
            else:
                return str(error)
        return " ".join(_position(asked.scene, thing) for thing in things[:5])
    return None


def _thing(project: Project, each: str) -> Item | Asset | None:
    return project.item(each) or project.assets.get(each)


def _position(scene: Scene, thing: Item | Asset) -> str:
    if isinstance(thing, Asset):
        return f"{thing.name} is in the library and not in the space yet."
    measures = Measures(scene.project)
    box = measures.box(thing)
    x, y, z = box.centre
    sides = [f"{abs(x):.1f} m {'left' if x < 0 else 'right'} of the middle" if abs(x) > 0.05 else "in the middle"]
    sides.append(f"{y:.1f} m high")
    if abs(z) > 0.05:
        sides.append(f"{abs(z):.1f} m {'towards the back' if z < 0 else 'towards you'}")
    others = [item for _, item in scene.project.items() if item.id != thing.id]
    near = min(others, key=lambda item: gap(box, measures.box(item)), default=None)
    by = f", nearest to {near.name}" if near else ""
    return f"{thing.name} is {', '.join(sides)}{by}."


def _related(asked: _Asked) -> str | None:
    start = asked.after(
        "what is", "what are", "what stands", "which is", "who is", "what things are", "which things are",
        "is there anything", "is anything",
        "what do you see", "what lies", "what sits", "what hangs", "anything", "what do we have", "what have we got",
         "what can you see",
    )  # fmt: skip
    if start is None:
        return None
    start += start < len(asked.tokens) and asked.tokens[start].word in (
        "standing",
        "right",
        "directly",
        "just",
        "there",
    )
    for end, place in PLACES.at(asked.tokens, start):
        for noun in asked.nouns_to_end(end):
            if place == "between" and not noun.plural:
                continue
            if noun.head in ("scene", "space", "room", "library", "world"):
                return inventory(asked.scene.project, "any" if noun.head == "library" else "item")
            try:
                targets = [t for t in asked.scene.things(noun.selection, "item") if isinstance(t, Item)]
            except (NotFound, Ambiguous) as error:
                return str(error)
            measures = Measures(asked.scene.project)
            boxes = [measures.box(item) for item in targets]
            names = [
                item.name
                for _, item in asked.scene.project.items()
                if item not in targets and stands(place, measures.box(item), boxes)
            ]
            where = f"{place} {joined([t.name for t in targets])}"
            return (
                f"{_sentence(joined(names[:12]))} {'is' if len(names) == 1 else 'are'} {where}."
                if names
                else f"Nothing is {where}."
            )
    return None


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _what_there(asked: _Asked) -> str | None:
    phrases = (
        "what is here", "what is there", "what do we have", "what have we got", "what is in the scene",
        "what is in the space", "what is in the library",
        "what is in here", "what do i have", "describe the scene", "describe the space", "what can you see",
        "what do you see", "what have i got",
        "what things are there", "describe what you see", "what is in my library", "summarise the scene",
        "summarize the scene", "what is placed",
        "what media do i have", "what assets do i have", "what is in this scene", "what is on stage",
        "what is in the room", "what is around",
    )  # fmt: skip
    end = asked.after(*phrases)
    if end is None or not {t.word for t in asked.tokens[end:] if t.kind != "mark"} <= _TAIL:
        return None
    in_space = bool(asked.rest & {"scene", "space", "stage", "room", "placed"})
    return inventory(asked.scene.project, "item" if in_space else "any")


def _is_there(asked: _Asked) -> str | None:
    start = asked.after(
        "is there",
        "are there",
        "do we have",
        "do i have",
        "have we got",
        "have i got",
        "is there any",
        "are there any",
        "do you have",
    )
    for noun in asked.nouns_to_end(start):
        try:
            things = asked.scene.things(_everywhere(noun.selection))
        except NotFound as error:
            return f"No. {error}"
        except Ambiguous as error:
            return f"Yes: {joined([name for _, name in error.choices[:8]])}."
        return f"Yes: {count_of(things)}."
    return None


def _size(asked: _Asked) -> str | None:
    start = asked.after(
        "how big is", "how big are", "how large is", "how tall is", "how wide is", "how high is", "how deep is",
        "what size is", "what is the size of",
        "how long is", "what are the dimensions of", "how tall are", "how wide are", "how long are",
        "what is the height of", "what is the width of",
    )  # fmt: skip
    for noun in asked.nouns_to_end(start):
        try:
            things = asked.scene.things(noun.selection)
        except (NotFound, Ambiguous) as error:
            return str(error)
        measures = Measures(asked.scene.project)
        said: list[str] = []
        for thing in things[:5]:
            width, height, depth = (measures.value(thing, name) for name in EDGES)
            length = measures.value(thing, "duration")
            size = f"{width:.2f} m wide, {height:.2f} m high and {depth:.2f} m deep"
            said.append(f"{thing.name} is {size}{f', and lasts {length:.1f} s' if length else ''}.")
        return " ".join(said)
    return None


def _colour(asked: _Asked) -> str | None:
    start = asked.after(
        "what colour is", "what color is", "what colour are", "what color are", "which colour is", "which color is",
        "which colour are", "what is the colour of", "what is the color of", "what colour has", "what colours has",
        "what colours are", "what are the colours of", "what colours are in", "tell me the colour of",
    )  # fmt: skip
    for noun in asked.nouns_to_end(start):
        try:
            things = asked.scene.things(noun.selection)
        except (NotFound, Ambiguous) as error:
            return str(error)
        return " ".join(_coloured(asked.scene.project, thing) for thing in things[:5])
    return None


def _coloured(project: Project, thing: Item | Asset) -> str:
    asset = project.asset_of(thing) if isinstance(thing, Item) else thing
    tint = thing.colour if isinstance(thing, Item) else None
    tinted = f", tinted {tint}" if tint else ""
    if asset is None or not asset.colours:
        return f"{thing.name} is {f'tinted {tint}' if tint else 'of no colour that is known'}."
    shares = [f"{colour.name} ({colour.share:.0%})" for colour in asset.colours[:3]]
    return f"{thing.name} is mostly {joined(shares)}{tinted}."


def _how_far(asked: _Asked) -> str | None:
    start = asked.after(
        "how far is",
        "how far are",
        "what is the distance between",
        "what is the distance from",
        "how far apart are",
        "how far away is",
    )
    if start is None:
        return None
    for noun in asked.nouns.at(start):
        joint = asked.tokens[noun.end].word if noun.end < len(asked.tokens) else ""
        if joint in ("from", "to"):
            others = list(asked.nouns_to_end(noun.end + 1))
            parts: tuple[s.Selection, ...] = (noun.selection, others[0].selection) if others else ()
        else:
            parts = noun.selection.parts if isinstance(noun.selection, s.Union) else ()
        if len(parts) == 2:
            try:
                pair = [
                    resolve(part, asked.scene.project, asked.scene.pointing, to="item", one=True)[0] for part in parts
                ]
            except (NotFound, Ambiguous) as error:
                return str(error)
            measures = Measures(asked.scene.project)
            a, b = (measures.box(item) for item in pair if isinstance(item, Item))
            return f"{_sentence(pair[0].name)} is {gap(a, b):.2f} m away from {pair[1].name}, edge to edge."
    return None


def _which(asked: _Asked) -> str | None:
    start = asked.after("who is", "what is", "which is", "which are", "what are", "which", "what", "list", "name")
    if start is None:
        return None
    if asked.after("what is", "what are", "which is", "which are", "who is") is None and not asked.rest & {
        "are",
        "is",
        "do",
        "have",
        "did",
    }:
        return None
    for noun in asked.nouns_to_end(start):
        if noun.unknown:
            continue
        try:
            things = asked.scene.things(noun.selection)
        except Ambiguous as error:
            return f"{_sentence(joined([name for _, name in error.choices[:12]]))}."
        except NotFound as error:
            return str(error)
        more = f" and {len(things) - 12} more" if len(things) > 12 else ""
        return f"{_sentence(joined([thing.name for thing in things[:12]]))}{more}."
    return None


def _changed(asked: _Asked) -> str | None:
    words = asked.rest
    if asked.word() not in ("what", "which", "who", "did", "has") or not words & {
        "changed",
        "moved",
        "happened",
        "selected",
        "move",
        "change",
        "touch",
        "touched",
    }:
        return None
    selected = "selected" in words
    ids = asked.scene.pointing.selection if selected else asked.scene.pointing.moved
    items = [item for each in ids if (item := asked.scene.project.item(each))]
    if not items:
        return "Nothing is selected." if selected else "Nothing has been moved by hand since your last request."
    return f"{_sentence(joined([item.name for item in items[:12]]))} {'is selected' if selected else 'moved by hand'}."


def _greeting(asked: _Asked) -> str | None:
    words = [t.word for t in asked.tokens if t.kind != "mark"]
    if (
        set(words)
        <= frozenset(
            spaced(
                "thanks thank you very much a lot great nice perfect cool ok okay good "
                "lovely wonderful cheers so awesome that is"
            )
        )
        and words
    ):
        return (
            "Glad to help. What shall we do next?"
            if set(words) & {"thanks", "thank", "cheers"}
            else "Good. What shall we do next?"
        )
    if (
        set(words) <= frozenset(spaced("hello hi hey there good morning evening afternoon you how are day everyone"))
        and words
    ):
        return f"Hello! {CAN_DO}. Try “arrange the photos in a circle”."
    helps = (
        "help",
        "what can you do",
        "what can i do",
        "what can i say",
        "how do i",
        "how does this work",
        "what are you",
        "who are you",
        "what do you do",
        "what can i ask",
        "how can you help",
    )
    if asked.after(*helps) is not None or words == ["help", "me"] or (words[:1] == ["help"] and len(words) <= 2):
        tries = "“put the three largest photos on the wall” or “make a poster about jazz”"
        return f"{CAN_DO}. Say it in plain words, such as {tries}."
    return None


_QUESTIONS: tuple[Callable[[_Asked], str | None], ...] = (
    _greeting, _how_many, _how_far, _colour, _size, _where, _what_there, _related, _changed, _is_there, _which,
)  # fmt: skip

__all__ = ["CAN_DO", "DECLINED", "EMPTY", "KIND_NOUNS", "Scene", "answer"]
