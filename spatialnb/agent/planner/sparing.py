"""What is to be left as it is: "but leave the others alone", "and don't touch the posters"."""

from __future__ import annotations

from spatialnb.agent.planner.pieces import Clause
from spatialnb.models import selection as s
from spatialnb.operations.language.nouns import Noun
from spatialnb.operations.language.words import spaced

_LEAVE = frozenset(spaced("leave leaving keep let"))
_CHANGE = frozenset(spaced("touch change move alter affect resize turn remove delete include take hide edit do rotate"))
_AS_IT_IS = (
    "alone", "as it is", "as they are", "where it is", "where they are", "in place", "untouched", "unchanged",
    "be", "in peace", "out", "out of it", "as is", "the same", "where it was", "where they were", "out of this",
)  # fmt: skip
_BEFORE = frozenset(spaced("please but and just do though only"))


def spared(clause: Clause) -> Noun | None:
    """The things that a clause wants left as they are, or None where it wants something else."""
    at = 0
    while clause.word(at) in _BEFORE and clause.word(at + 1) != "not":
        at += 1
    if clause.word(at) in _LEAVE:
        for noun in sorted(clause.nouns.at(at + 1), key=lambda n: -n.end):
            if clause.words(noun.end, _end(clause)).lower() in _AS_IT_IS:
                return noun
        return None
    if clause.word(at) in ("do", "not", "never", "without"):
        at += 1 + (clause.word(at) == "do" and clause.word(at + 1) == "not")
        verb = clause.word(at).removesuffix("ing")
        if verb in _CHANGE or f"{verb}e" in _CHANGE:
            for noun in clause.nouns.at(at + 1):
                if noun.end == _end(clause):
                    return noun
    return None


def _end(clause: Clause) -> int:
    end = len(clause.tokens)
    while end and (clause.tokens[end - 1].kind == "mark" or clause.word(end - 1) == "please"):
        end -= 1
    return end


def is_rest(noun: Noun) -> bool:
    """Whether only what was not spoken of is meant: "the others"."""
    node = noun.selection
    return isinstance(node, s.Except) and node.without == s.Pointed(at="last")
