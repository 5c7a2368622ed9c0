"""Single words: their plural and verb forms, and which known word a misspelt one was meant to be."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache


def spaced(text: str) -> list[str]:
    """The words of a text set apart by spaces; keeps long tables of words readable."""
    return text.split()


_PLURALS = {
    "people": "person", "men": "man", "women": "woman", "children": "child", "feet": "foot", "teeth": "tooth",
    "mice": "mouse", "geese": "goose", "leaves": "leaf", "wolves": "wolf", "knives": "knife", "lives": "life",
    "shelves": "shelf", "wives": "wife", "loaves": "loaf", "halves": "half", "selves": "self", "movies": "movie",
    "selfies": "selfie", "zombies": "zombie", "cookies": "cookie", "axes": "axis", "indices": "index",
    "canvases": "canvas",
    "buses": "bus", "gases": "gas", "shoes": "shoe", "toes": "toe", "statues": "statue", "dice": "die",
}  # fmt: skip
_NO_PLURAL = frozenset(
    spaced(
        "this is was has canvas glass grass bus gas lens series news jazz chess atlas cactus "
        "focus axis always less process class his its us as yes plus minus towards upwards "
        "downwards backwards forwards sideways across guess press cross mess boss paris "
        "texas mars venus chaos cosmos bass brass mass address compass princess stress"
    )
)

_IRREGULAR = {
    "put": ("putting", "put"), "set": ("setting", "set"), "hang": ("hanging", "hung"), "make": ("making", "made"),
    "take": ("taking", "took", "taken"), "bring": ("bringing", "brought"), "send": ("sending", "sent"),
    "spread": ("spreading", "spread"), "spin": ("spinning", "spun"), "stick": ("sticking", "stuck"),
    "stand": ("standing", "stood"), "throw": ("throwing", "threw", "thrown"), "give": ("giving", "gave", "given"),
    "draw": ("drawing", "drew", "drawn"), "write": ("writing", "wrote", "written"), "build": ("building", "built"),
    "find": ("finding", "found"), "show": ("showing", "shown", "showed"), "get": ("getting", "got", "gotten"),
    "let": ("letting", "let"), "lay": ("laying", "laid"), "swing": ("swinging", "swung"), "shrink": ("shrinking",
    "shrank", "shrunk"),
    "grow": ("growing", "grew", "grown"), "rise": ("rising", "rose", "risen"), "undo": ("undoing", "undid", "undone"),
    "redo": ("redoing", "redid", "redone"), "sink": ("sinking", "sank", "sunk"), "split": ("splitting", "split"),
    "cut": ("cutting", "cut"), "tell": ("telling", "told"), "keep": ("keeping", "kept"), "go": ("going", "went",
    "gone"),
    "do": ("doing", "did", "done"), "sit": ("sitting", "sat"), "shut": ("shutting", "shut"), "tie": ("tying", "tied"),
    "string": ("stringing", "strung"), "chuck": ("chucking", "chucked"), "see": ("seeing", "saw", "seen"),
}  # fmt: skip


@lru_cache(maxsize=50_000)
def lemma(word: str) -> str:
    """The singular of a lower case noun, or the word itself."""
    if (irregular := _PLURALS.get(word)) is not None:
        return irregular
    if len(word) < 3 or not word.endswith("s") or word in _NO_PLURAL or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses", "zes")):
        return word[:-2]
    return word[:-1]


def is_plural(word: str) -> bool:
    """Whether a lower case noun looks like a plural."""
    return lemma(word) != word


@lru_cache(maxsize=4_000)
def verb_forms(verb: str) -> frozenset[str]:
    """A verb's base form with its -s, -ing and past forms."""
    third = verb + ("es" if verb.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        third = verb[:-1] + "ies"
    if (irregular := _IRREGULAR.get(verb)) is not None:
        return frozenset((verb, third, *irregular))
    stem = verb[:-1] if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")) else verb
    past = verb[:-1] + "ied" if third.endswith("ies") else stem + "ed"
    forms = {verb, third, stem + "ing", past}
    short = len(verb) >= 3 and verb[-1] in "bdgklmnprt" and verb[-2] in "aeiou" and verb[-3] not in "aeiou"
    if short:
        forms |= {verb + verb[-1] + "ing", verb + verb[-1] + "ed"}
    return frozenset(forms)


def edits(a: str, b: str, limit: int) -> int:
    """How many letters must be added, dropped, changed or swapped with their neighbour; `limit` + 1 where it is more.

    The restricted Damerau-Levenshtein distance (optimal string alignment).
    """
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, last = last, row
    return last[-1]


def _swapped(a: str, b: str) -> bool:
    return len(a) == len(b) and sorted(a) == sorted(b)


@lru_cache(maxsize=8_000)
def _allowed(length: int) -> int:
    return 0 if length < 3 else 1 if length < 8 else 2


def correct(word: str, known: Collection[str], preferred: Iterable[str] = ()) -> str:
    """The known word that a misspelt one was most likely meant to be, or the word itself.

    Careful: short words only for two swapped letters, the first letter has to agree, and where two words are equally
    near, `preferred` ones win and otherwise nothing is changed.
    """
    allowed = _allowed(len(word))
    if word in known or not allowed or not word.isalpha():
        return word
    liked = frozenset(preferred)
    best: list[tuple[int, int, str]] = []
    for candidate in known:
        if candidate[:1] != word[:1] and not (len(word) > 4 and candidate[:2] == word[1::-1]):
            continue
        if abs(len(candidate) - len(word)) > allowed or len(candidate) < 3:
            continue
        if len(word) < 5 and not _swapped(word, candidate):
            continue
        if (far := edits(word, candidate, allowed)) <= allowed:
            best.append((far, candidate not in liked, candidate))
    best.sort()
    if not best or (len(best) > 1 and best[0][:2] == best[1][:2] and lemma(best[0][2]) != lemma(best[1][2])):
        return word
    return best[0][2]
