"""Text cut into tokens: words, numbers, quoted text, file paths and marks, each with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from spatialnb.operations.language.words import lemma, spaced

TokenKind: TypeAlias = Literal["word", "number", "quote", "path", "mark"]


@dataclass(frozen=True, slots=True)
class Token:
    """`word` is lower case with spelling put right, `lemma` its singular; `start` and `end` are offsets in the text."""

    kind: TokenKind
    text: str
    word: str
    lemma: str
    start: int
    end: int
    value: float = 0.0


_FILES = (
    "mp4|mov|webm|gif|html?|zip|gltf|glb|obj|stl|otio|json|png|jpe?g|webp|svg|wav|mp3|m4a|"
    "ogg|flac|txt|md|pdf|csv|py|ipynb"
)

_LEXER = re.compile(
    rf"""
      (?P<quote>"[^"]*"|“[^”]*”|«[^»]*»|(?<![\w])'[^']+'(?![\w])|(?<![\w])‘[^’]+’(?![\w]))
    | (?P<path>(?:~|\.{{1,2}}|[\w-]+)?(?:/[\w.\-]+)+/?|[\w-]+/(?=\s|$)|[\w-]+\.(?:{_FILES})(?![\w]))
    | (?P<id>[^\W\d_]+(?:[-_][^\W\d_]+)*[-_]\d+|[^\W\d_]+\d+)
    | (?P<ordinal>\d+(?:st|nd|rd|th)(?![\w]))
    | (?P<dimension>3d(?![\w]))
    | (?P<fraction>\d+/\d+)
    | (?P<number>(?:(?<=\s)-|\A-)?(?:\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d+(?:\.\d+)?|\.\d+))
    | (?P<word>[^\W\d_]+(?:['’][^\W\d_]+)?)
    | (?P<sign>[%°×&+])
    | (?P<mark>[.,;:!?()\n])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SIGNS = {"%": "percent", "°": "degrees", "×": "x", "&": "and", "+": "plus"}
_ENDINGS = {"'s": ("is",), "'re": ("are",), "'d": ("would",), "'ll": ("will",), "'ve": ("have",), "'m": ("am",)}
_WHOLE = {
    "let's": ("let", "us"), "can't": ("can", "not"), "won't": ("will", "not"), "shan't": ("shall", "not"),
    "cannot": ("can", "not"), "gonna": ("going", "to"), "wanna": ("want", "to"), "gimme": ("give", "me"),
    "lemme": ("let", "me"), "pls": ("please",), "plz": ("please",), "thx": ("thanks",), "u": ("you",), "im": ("i",
    "am"),
    "dont": ("do", "not"), "lets": ("let", "us"), "whats": ("what", "is"), "wheres": ("where", "is"), "id": ("i",
    "would"),
}  # fmt: skip
_SUBJECTS = frozenset(spaced("it that this what where who there here he she how let which everything"))


def tokenize(text: str, correct: Callable[[str], str] | None = None) -> tuple[Token, ...]:
    """The tokens of `text`; `correct` puts the spelling of a lower case word right."""
    found: list[Token] = []
    for match in _LEXER.finditer(text):
        found.extend(_READERS[match.lastgroup or "mark"](match, correct or _as_is))
    return tuple(found)


def _as_is(word: str) -> str:
    return word


def _word(match: re.Match[str], correct: Callable[[str], str]) -> Sequence[Token]:
    raw = match.group().lower().replace("’", "'")
    if (whole := _WHOLE.get(raw)) is not None:
        return [_token("word", match, word) for word in whole]
    stem, mark, ending = raw.partition("'")
    if not mark:
        return [_token("word", match, correct(raw))]
    if ending == "t" and stem.endswith("n"):
        return [_token("word", match, stem[:-1]), _token("word", match, "not")]
    if ending == "s" and stem not in _SUBJECTS:
        return [_token("word", match, correct(stem)), _token("mark", match, "'s")]
    return [_token("word", match, word) for word in (stem, *_ENDINGS.get(mark + ending, (ending,)))]


def _token(kind: TokenKind, match: re.Match[str], word: str, value: float = 0.0) -> Token:
    return Token(kind, match.group(), word, lemma(word) if kind == "word" else word, match.start(), match.end(), value)


def _number(match: re.Match[str], _: Callable[[str], str]) -> Sequence[Token]:
    raw = match.group().replace(",", "")
    top, bottom = [*raw.split("/"), ""][:2]
    value = float(top) / float(bottom) if bottom and float(bottom) else float(top)
    return [_token("number", match, raw, value)]


_READERS: dict[str, Callable[[re.Match[str], Callable[[str], str]], Sequence[Token]]] = {
    "quote": lambda match, _: [_token("quote", match, match.group()[1:-1].strip())],
    "path": lambda match, _: [_token("path", match, match.group())],
    "id": lambda match, _: [_token("word", match, match.group().lower())],
    "ordinal": lambda match, _: [_token("word", match, match.group().lower())],
    "dimension": lambda match, _: [_token("word", match, "3d")],
    "fraction": _number,
    "number": _number,
    "word": _word,
    "sign": lambda match, _: [_token("word", match, _SIGNS[match.group()])],
    "mark": lambda match, _: [_token("mark", match, match.group())],
}


def source(text: str, tokens: Sequence[Token], start: int, end: int) -> str:
    """The text that tokens `start` to `end` were read from, as it was written."""
    if start >= end:
        return ""
    chosen = tokens[start:end]
    if len(chosen) == 1 and chosen[0].kind == "quote":
        return chosen[0].word
    return text[chosen[0].start : chosen[-1].end].strip()


_WORDS = re.compile(r"[^\W\d_]+(?:[-_][^\W\d_]+)*[-_]\d+|[^\W\d_]+\d+|[^\W\d_]+|\d+")


def split(text: str) -> list[str]:
    """The lower case words and numbers of a name or a label, as `tokenize` would cut them; quick, and nothing else."""
    return _WORDS.findall(text.lower())
