"""Names, texts and topics as they were said, and the small words that say nothing."""

from __future__ import annotations

from collections.abc import Iterator

from spatialnb.agent.planner import english
from spatialnb.agent.planner.piece import Clause, Piece
from spatialnb.operations.language import vocabulary as v
from spatialnb.operations.language.vocabulary import Phrases


def texts(clause: Clause, at: int) -> Iterator[Piece]:
    for table, slot, base in ((_NAMING, "name", 0.05), (_SAYING, "says", 0.05), (_TOPIC, "topic", 0.45)):
        for end, _ in table.at(clause.tokens, at):
            loose = 0.5 if clause.word(at) in ("as", "on", "for", "with", "of") and end - at == 1 else 0.0
            if table is _TOPIC and clause.word(at) == "about":
                loose = -0.3
            yield from _free(clause, slot, at, end, base + loose)
    sign = v.KINDS.get(clause.tokens[at - 1].lemma) if at else None
    if sign and sign.kind == "label" and clause.tokens[at].text[:1].isupper():
        yield from _free(clause, "says", at, at, 0.1)  # "a title My Exhibition"
    if clause.tokens[at].kind == "quote":
        yield Piece("quote", clause.tokens[at].word, at, at + 1, 0.15)
    if clause.tokens[at].kind == "path" or (
        clause.word(at) in ("to", "as", "into", "from")
        and at + 1 < len(clause.tokens)
        and clause.tokens[at + 1].kind == "path"
    ):
        end = at + 1 + (clause.tokens[at].kind != "path")
        yield Piece("path", clause.tokens[end - 1].text, at, end, 0.05)
    for end, _ in _STYLE.at(clause.tokens, at):
        for stop in range(end + 1, min(len(clause.tokens), end + 4) + 1):
            if end - at > 2 or clause.word(stop - 1) in ("style", "look", "mood", "manner"):
                last = stop - (clause.word(stop - 1) in ("style", "look", "mood", "manner"))
                if last > end:
                    yield Piece("style", clause.words(end, last), at, stop, 0.2)


def _free(clause: Clause, slot: str, start: int, at: int, cost: float) -> Iterator[Piece]:
    """Any run of words as a name or a text: longer ones cost a little, so that what is clearly else stays so."""
    if at < len(clause.tokens) and clause.tokens[at].kind == "quote":
        yield Piece(slot, clause.tokens[at].word, start, at + 1, cost)
        return
    if clause.word(at) in ("its", "their", "his", "her", "it", "them"):
        return
    for end in range(at + 1, min(len(clause.tokens), at + 40) + 1):
        # A name does not end in a preposition: what follows it belongs to something else.
        small = clause.word(end - 1) in v.SMALL_WORDS or clause.word(end - 1) in _GLUE
        last = clause.tokens[end - 1]
        proper = last.text[:1].isupper()
        dangling = 1.0 if (small and not proper) or last.kind == "mark" else 0.0
        # What is written with a capital goes on with the name: "Exhibit A".
        following = clause.tokens[end].text[:1] if end < len(clause.tokens) else ""
        broken = 0.6 if proper and following.isupper() else 0.0
        capitals = sum(token.text[:1].isupper() for token in clause.tokens[at:end])
        each = 0.28 * (end - at - capitals) + 0.06 * capitals
        yield Piece(slot, clause.words(at, end), start, end, cost + dangling + broken + each)


_GLUE = frozenset(("not", "do", "no", "above", "below", "behind", "next", "near", "between", "beside", "around"))
"""Words with which neither a name nor a text ends."""


def steps(clause: Clause, at: int) -> Iterator[Piece]:
    """ "that", "the last change", "what you did", "everything": what an undo is about, when it says no number."""
    for end, count in _LAST_CHANGE.at(clause.tokens, at):
        yield Piece("steps", count, at, end, 0.1)


def fillers(clause: Clause, at: int) -> Iterator[Piece]:
    word = clause.word(at)
    token = clause.tokens[at]
    for end, _ in _LEAD_INS.at(clause.tokens, at):
        yield Piece("", None, at, end, 0.05)
    if token.kind == "mark":
        yield Piece("", None, at, at + 1, 0.02)
    elif word in v.POLITE:
        yield Piece("", None, at, at + 1, 0.1)
    elif word in (
        "the",
        "a",
        "an",
        "in",
        "on",
        "of",
        "to",
        "at",
        "with",
        "it",
        "be",
        "is",
        "are",
        "all",
        "that",
        "so",
        "them",
        "and",
        "out",
        "off",
        "up",
        "down",
        "over",
        "one",
        "view",
        "my",
        "me",
        "us",
        "for",
        "you",
        "i",
        "we",
        "theirs",
        "this",
        "by",
        "space",
        "scene",
        "about",
        "round",
    ):
        yield Piece("", None, at, at + 1, 1.1)
    if word in ("scene", "space", "world", "stage", "room", "notebook") and at > 0:
        yield Piece("", None, at, at + 1, 0.3)
    for end, _ in _SCENE.at(clause.tokens, at):
        yield Piece("", None, at, end, 0.1)


_SCENE: Phrases[bool] = Phrases[bool]((phrase, True) for phrase in english.rows(

        "in the scene|into the scene|in the space|into the space|to the scene|to the space|"
        "onto the stage|on stage|in here|in the room|into the room|"


        "the size of|the sizes of|the scale of|the height of|the position of|for me|for us|"
        "halfway|midway|half way|exactly|the positions of|the places of|places of|positions of|"
        "the colour of|the color of|the colours of|the colors of|'s colour|'s color|"
        "if you can|if possible|if you would|if you do not mind|would you|will you|can you|"
        "as well|of course|from the scene|from the space|"


        "out of the scene|from the library|of mine|that we have|that i have|i have|we have|"
        "you have|of ours|you know|or something|or so|from here|the scene|"


        "some music please|the lights|the light|the lighting|all the lights|to each other|"
        "with each other|in the air|each|if it is not too much trouble|when you get a chance"

))  # fmt: skip
_LAST_CHANGE: Phrases[int] = Phrases[int]((phrase, 1) for phrase in english.rows(

        "that|it|this|the last one|the last change|the last step|the last action|the last "
        "thing|my last change|what you did|what you just did|the previous change|"


        "the last thing you did|what i did|what i just did|the change|the last move|that "
        "last one|that change|last change|last step|that move|a step|one step|back|"


        "it back|it back how it was|it back the way it was|them back|how it was|the way it "
        "was|to how it was|to the way it was|again|to before|that again|that please|"

    "the last edit|the edit|my mistake|that last change|that last step|the thing you just did|the latest change"
))  # fmt: skip
_LEAD_INS: Phrases[bool] = Phrases[bool]((phrase, True) for phrase in english.LEAD_INS)
_NAMING: Phrases[bool] = Phrases[bool]((phrase, True) for phrase in english.NAMING)
_SAYING: Phrases[bool] = Phrases[bool]((phrase, True) for phrase in english.SAYING)
_TOPIC: Phrases[bool] = Phrases[bool]((phrase, True) for phrase in english.TOPIC)
_STYLE: Phrases[bool] = Phrases[bool]((phrase, True) for phrase in english.STYLE_AFTER)
