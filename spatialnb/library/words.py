"""Words of a query or an asset: split, folded and stemmed, so that "Cities" meets "city"."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_STOP_WORDS = """
a an and are as at be by for from has in into is it its of on or that the their this to was were which with without
me my some any all show find search look get give please thing things file files asset assets one ones those these
them where like similar about who what containing contains der die das und ein eine le la les un une des du de et el
los las y
"""
STOP = frozenset(_STOP_WORDS.split())

_EXCEPTIONS = {
    "men": "man",
    "women": "woman",
    "skies": "sky",
    "people": "person",
    "buses": "bus",
    "children": "child",
    "feet": "foot",
    "mice": "mouse",
    "geese": "goose",
    "teeth": "tooth",
    "leaves": "leaf",
    "wolves": "wolf",
    "gray": "grey",
    "colour": "color",
    "news": "news",
    "series": "series",
    "species": "species",
    "glasses": "glasses",
    "jeans": "jeans",
}


def tokens(text: str) -> list[str]:
    """Folded words in their order: lower case, without accents, camelCase taken apart."""
    apart = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])|(?<=[^\W\d_]{3})(?=\d)|(?<=\d)(?=[^\W\d_]{3})", " ", text)
    plain = unicodedata.normalize("NFKD", apart.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.findall(r"[^\W_]+", plain)


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """A light English stem: plurals, -ing and -ed. Short words and words with digits stay as they are."""
    if word in _EXCEPTIONS:
        return _EXCEPTIONS[word]
    if len(word) < 4 or not word.isalpha():
        return word
    for ending, put, least in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least and not word.endswith(_KEPT):
            base = word[: len(word) - len(ending)] + put
            if ending in ("ing", "ed"):
                if not re.search(r"[aeiouy]", base):
                    return word
                if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "lsz":
                    return base[:-1]
                return base.removesuffix("e")
            return _end(base)
    return _end(word)


def _end(word: str) -> str:
    """So that "house" and "houses", "city" and "cities" end alike."""
    if len(word) > 3 and word[-1] == "y" and word[-2] not in "aeiou":
        return f"{word[:-1]}i"
    return word.removesuffix("e") if len(word) > 4 else word


_ENDINGS = (
    ("sses", "ss", 2),
    ("ies", "i", 2),
    ("shes", "sh", 2),
    ("ches", "ch", 2),
    ("xes", "x", 2),
    ("zes", "z", 2),
    ("s", "", 3),
    ("ing", "", 3),
    ("ed", "", 3),
)
_KEPT = ("ss", "us", "is", "ous")
