"""General English for our domain, as tables: kinds, colours, orders, relations, pronouns and the small words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, Literal, NamedTuple, TypeVar

from spatialnb.models.canvas import ItemKind
from spatialnb.models.selection import Amount, Measure, Place, Pointer, Side
from spatialnb.operations.language.tokens import Token
from spatialnb.operations.language.words import spaced

T = TypeVar("T")


class Kind(NamedTuple):
    """What kind a noun names. A `narrow` one ("poster") first means what is called so, then any of the kind."""

    kind: ItemKind
    narrow: bool


def _kinds(kind: ItemKind, plain: str, narrow: str) -> dict[str, Kind]:
    return {w: Kind(kind, False) for w in plain.split()} | {w: Kind(kind, True) for w in narrow.split()}


KINDS: Mapping[str, Kind] = {
    **_kinds("image", "photo picture image photograph pic img snapshot shot still jpeg jpg png", ""),
    **_kinds(
        "image",
        "",
        "poster painting panel drawing portrait artwork illustration sketch print icon logo render "
        "screenshot banner canvas-print polaroid selfie watercolour watercolor collage",
    ),
    **_kinds("video", "video clip film movie footage vid", "animation trailer recording-video reel"),
    **_kinds(
        "audio", "sound audio", "song track music recording tune melody soundtrack noise sample loop jingle voice"
    ),
    **_kinds("model", "object model 3d", "mesh sculpture statue figurine prop"),
    **_kinds("text", "text document", "note poem essay story article letter paragraph quote doc script"),
    **_kinds("label", "label caption", "title sign heading tag headline nameplate"),
}
MASS = frozenset(["music", "footage", "audio", "artwork", "stuff", "media", "text"])
GENERIC = frozenset(spaced("one thing item element piece stuff asset media file content work entry"))
"""Nouns that say nothing of the kind."""
COLOURS: Mapping[str, tuple[str, ...]] = {
    "red": ("red",), "crimson": ("red",), "scarlet": ("red",), "orange": ("orange",), "amber": ("orange", "yellow"),
    "brown": ("brown",), "tan": ("brown",), "beige": ("brown", "white"), "yellow": ("yellow",),
    "gold": ("yellow", "orange"), "golden": ("yellow", "orange"), "green": ("green",), "lime": ("green",),
    "olive": ("green",),
    "emerald": ("green",), "cyan": ("cyan",), "teal": ("cyan", "green"), "turquoise": ("cyan",), "blue": ("blue",),
    "navy": ("blue",), "azure": ("blue", "cyan"), "indigo": ("blue", "purple"), "purple": ("purple", "violet"),
    "violet": ("purple", "violet"), "magenta": ("pink", "magenta", "purple"), "pink": ("pink", "magenta"),
    "rose": ("pink",),
    "white": ("white",), "grey": ("grey", "gray"), "gray": ("grey", "gray"), "silver": ("grey", "gray"),
    "black": ("black",),
    "warm": ("red", "orange", "yellow", "brown", "pink"), "cool": ("blue", "cyan", "green", "purple"),
    "cold": ("blue", "cyan"), "neutral": ("grey", "gray", "white", "black", "brown"),
}  # fmt: skip
HEX: Mapping[str, str] = {
    "red": "#e53935", "crimson": "#dc143c", "scarlet": "#ff2400", "orange": "#fb8c00", "amber": "#ffbf00",
    "brown": "#795548", "tan": "#d2b48c", "beige": "#f5f5dc", "yellow": "#fdd835", "gold": "#ffd700",
    "golden": "#ffd700",
    "green": "#43a047", "lime": "#c0ca33", "olive": "#808000", "emerald": "#50c878", "cyan": "#00bcd4",
    "teal": "#009688",
    "turquoise": "#40e0d0", "blue": "#1e88e5", "navy": "#1a237e", "azure": "#007fff", "indigo": "#3f51b5",
    "purple": "#8e24aa", "violet": "#7f00ff", "magenta": "#ff00ff", "pink": "#ec407a", "rose": "#ff66a3",
    "white": "#ffffff", "grey": "#9e9e9e", "gray": "#9e9e9e", "silver": "#c0c0c0", "black": "#000000",
}  # fmt: skip

# adjective -> measure, whether its superlative counts from the top
_GRADED: Sequence[tuple[str, Measure, bool]] = [
    ("big large huge great massive", "area", True), ("small tiny little", "area", False), ("tall high", "height", True),
    ("short low", "height", False), ("wide broad", "width", True), ("narrow thin slim", "width", False),
    ("deep thick", "depth", True), ("long", "duration", True), ("brief", "duration", False),
    ("new recent late fresh young", "date", True), ("old early ancient", "date", False), ("bright light",
    "brightness", True),
    ("dark dim gloomy", "brightness", False), ("loud noisy", "loudness", True), ("quiet soft silent", "loudness",
    False),
    ("near close", "distance", False), ("far distant", "distance", True),
]  # fmt: skip


def _inflected(word: str, ending: str) -> str:
    if word.endswith("e"):
        return word + ending[1:]
    if word.endswith("y"):
        return word[:-1] + "i" + ending
    if word in ("big", "thin", "slim", "dim"):
        return word + word[-1] + ending
    return word + ending


ADJECTIVES: Mapping[str, tuple[Measure, bool]] = {w: (m, up) for ws, m, up in _GRADED for w in ws.split()}
SUPERLATIVES: Mapping[str, tuple[Measure, bool]] = {
    **{_inflected(w, "est"): how for w, how in ADJECTIVES.items()},
    "latest": ("date", True), "furthest": ("distance", True), "farthest": ("distance", True), "leftmost": ("x", False),
    "rightmost": ("x", True), "topmost": ("y", True), "uppermost": ("y", True), "bottommost": ("y", False),
    "frontmost": ("z", True), "foremost": ("z", True), "backmost": ("z", False), "rearmost": ("z", False),
}  # fmt: skip
COMPARATIVES: Mapping[str, tuple[Measure, bool]] = {
    **{_inflected(w, "er"): how for w, how in ADJECTIVES.items()},
    "further": ("distance", True), "farther": ("distance", True),
}  # fmt: skip
AMOUNTS: Mapping[str, Amount] = {
    "big": "size", "large": "size", "small": "size", "size": "size", "tall": "height", "high": "height",
    "height": "height",
    "short": "height", "wide": "width", "width": "width", "narrow": "width", "deep": "depth", "thick": "depth",
    "depth": "depth", "long": "duration", "length": "duration", "duration": "duration",
}  # fmt: skip
SIDES: Mapping[str, Side] = {
    "left": "left", "right": "right", "top": "top", "upper": "top", "bottom": "bottom", "lower": "bottom",
    "front": "front",
    "back": "back", "rear": "back", "middle": "middle", "centre": "middle", "center": "middle", "central": "middle",
}  # fmt: skip
SIDE_ORDER: Mapping[Side, tuple[Measure, bool]] = {
    "left": ("x", False), "right": ("x", True), "top": ("y", True), "bottom": ("y", False), "front": ("z", True),
    "back": ("z", False),
}  # fmt: skip

POLITE = frozenset(
    spaced(
        "please kindly thanks thank cheers just now so ok okay hey hi hello well also really "
        "actually maybe perhaps simply then again instead first finally lastly next "
        "everybody there here directly immediately quickly right_away all_right alright um "
        "uh er hmm only still currently already nicely neatly carefully slowly gently "
        "properly"
    )
)
DETERMINERS = frozenset(spaced("the my our your their his her its"))
DEMONSTRATIVES = frozenset(["this", "that", "these", "those"])
INDEFINITE = frozenset(["a", "an", "any", "some", "another"])
SMALL_WORDS = frozenset(
    spaced(
        "a an the of in on at to with and or is are be by for from my our your its it this that these those some any"
    )
)
NEVER_NOUNS = (
    SMALL_WORDS
    | frozenset(
        spaced(
            "i you he she we they me us them him who which what where when how why not no so "
            "than as into onto toward towards but except then if please do does did can "
            "could will would shall should may might must has have had was were been being "
            "am if because while until though although also there here very too much more "
            "most less least each every all both either neither between behind above below "
            "beside under over near around inside next after before up down through across "
            "against along among beneath beyond off out upon within without about like such "
            "just only called named titled labelled labeled tagged saying says reading again "
            "let want need twice half make it's"
        )
    )
)  # fmt: skip


class Phrases(Generic[T]):
    """A table of phrases (one or several words each) that finds what begins at a token, longest first."""

    def __init__(self, entries: Iterable[tuple[str, T]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], T]]] = {}
        for phrase, value in entries:
            words = tuple(phrase.split())
            self._by_first.setdefault(words[0], []).append((words, value))
        for found in self._by_first.values():
            found.sort(key=lambda entry: -len(entry[0]))

    def at(self, tokens: Sequence[Token], at: int) -> list[tuple[int, T]]:
        """Each phrase that begins here: where it ends and what it stands for."""
        if at >= len(tokens):
            return []
        found: list[tuple[int, T]] = []
        for words, value in self._by_first.get(tokens[at].word, ()):
            end = at + len(words)
            if end <= len(tokens) and all(t.word == w for t, w in zip(tokens[at:end], words, strict=True)):
                found.append((end, value))
        return found

    def words(self) -> Iterable[str]:
        """Every word of every phrase."""
        return {word for entries in self._by_first.values() for words, _ in entries for word in words}


def _each(phrases: str, value: T) -> Iterable[tuple[str, T]]:
    return [(phrase.strip(), value) for phrase in phrases.split("|")]


PLACES: Phrases[Place] = Phrases[Place](
    [
        *_each(
            "left of|to the left of|on the left of|at the left of|on the left side of|on the "
            "left hand side of"
        , "left of"),
        *_each(
            "right of|to the right of|on the right of|at the right of|on the right side of|"
            "on the right hand side of"
        , "right of"),
        *_each("above|over|on top of it|higher than|atop of|up above", "above"),
        *_each("below|under|beneath|underneath|lower than", "below"),
        *_each("in front of|before|ahead of|to the front of|at the front of", "in front of"),
        *_each(
            "behind|in back of|at the back of|to the back of|in the back of|to the rear of|"
            "at the rear of"
        , "behind"),
        *_each("on|on top of|onto|atop|upon", "on"),
        *_each("inside|inside of|within|in|into", "inside"),
        *_each(
            "next to|beside|besides|by|alongside|adjacent to|at the side of|to the side of|"
            "against|by the side of"
        , "next to"),
        *_each("near|near to|close to|closer to|nearer to|nearby|not far from|in the vicinity of|at", "near"),
        *_each("around|round|surrounding|encircling|about", "around"),
        *_each("between|in between|in the middle of|amid|among|amongst", "between"),
    ]
)  # fmt: skip
POINTERS: Phrases[Pointer] = Phrases[Pointer](
    [
        *_each(
            "it|them|they|those|that|him|her|the same|the same ones|that one|all of them|all "
            "of it|both of them|the lot"
        , "last"),
        *_each(
            "each of them|them all|all of those|every one of them|those ones|themselves|"
            "itself|ones from before"
        , "last"),
        *_each(
            "these|this|the selection|the selected ones|the selected|this one|these ones|all "
            "of these|my selection"
        , "selection"),
        *_each(
            "what i selected|what i have selected|the selected things|the selected items|"
            "what is selected|these things"
        , "selection"),
        *_each(
            "what you just made|what you made|the new ones|the new one|what was made|what "
            "you just placed|what you added"
        , "made"),
        *_each(
            "what was just made|what you just added|what you created|what you just created|"
            "what you have just made"
        , "made"),
        *_each("what i moved|what i just moved|the moved ones|what i have moved|what was moved", "moved"),
        *_each("the results|the result|the search results|what you found|what you showed me|what you listed", "shown"),
    ]
)  # fmt: skip
DOINGS: Mapping[str, Pointer] = {
    "moved": "moved", "dragged": "moved", "shifted": "moved", "touched": "moved", "made": "made", "created": "made",
    "placed": "made", "added": "made", "generated": "made", "drew": "made", "drawn": "made", "painted": "made",
    "selected": "selection", "picked": "selection", "chose": "selection", "chosen": "selection", "clicked": "selection",
    "highlighted": "selection", "marked": "selection", "found": "shown", "showed": "shown", "shown": "shown",
    "listed": "shown",
    "mentioned": "last", "arranged": "last", "changed": "last", "resized": "last", "rotated": "last",
}  # fmt: skip
COLOURED = frozenset(spaced("coloured colored toned hued tinted"))
"""Words that may follow a colour and say nothing more."""
POSTURES = frozenset(
    spaced("standing sitting hanging lying placed located floating stands sits hangs lies stand sit hang lie")
)
LIKING = frozenset(spaced("looks look sounds sound feels feel like similar"))
DONE: Mapping[str, Literal["made", "moved", "changed"]] = {
    **dict.fromkeys(spaced("placed added put brought imported ingested uploaded inserted"), "made"),
    **dict.fromkeys(spaced("moved dragged shifted turned rotated resized scaled arranged"), "moved"),
    **dict.fromkeys(spaced("changed edited touched altered modified"), "changed"),
}  # fmt: skip
"""What the change log tells of things."""
EXCEPT: Phrases[bool] = Phrases[bool](
    _each(
        "except|except for|but|but not|other than|apart from|besides|excluding|without|"
        "minus|bar|save for|save|aside from|"
        "with the exception of|leaving out|not including|not counting|and not|not",
        True,
    )
)
EVERYTHING: Phrases[bool] = Phrases[bool](
    _each(
        "everything|everything here|all of it|all things|all the things|all items|all of "
        "the items|all the items|the lot|the whole scene|the scene|the whole lot|all of "
        "the things",
        True,
    )
)
"""Phrases for all there is; True where the library counts too."""
REST: Phrases[bool] = Phrases[bool](
    _each(
        "everything else|the rest|the others|all others|the other ones|all the others|"
        "all the rest|the remaining ones|the rest of them|others|the rest of it",
        True,
    )
)
