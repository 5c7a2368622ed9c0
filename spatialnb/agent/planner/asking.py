"""What a clause asks, what is asked back of whoever said it, and what a step is called."""

from __future__ import annotations

from spatialnb.agent.planner.frames import Fit
from spatialnb.agent.planner.pieces import Clause
from spatialnb.operations.language import vocabulary as v
from spatialnb.operations.language.words import spaced

_ASKING = frozenset(spaced("is are was were does did has am who whose whom why"))


def is_question(clause: Clause) -> bool:
    """Whether a clause asks: what asks is answered or not, and never carried out."""
    at = 0
    while at < len(clause.tokens) and clause.word(at) in v.POLITE and clause.word(at) not in ("there", "here"):
        at += 1
    return clause.word(at) in _ASKING and len(clause.tokens) > at + 1


def title_of(clause: Clause, one: Fit) -> str:
    """What a step is called: the words that asked for it."""
    said = clause.words(one.start, one.end).strip(" ,.;")
    if (one.verb and clause.word(one.start) in (one.verb.split()[0], one.operation.name)) or one.made:
        text = said
    else:
        text = f"{one.operation.name.replace('_', ' ')}: {clause.words(0, len(clause.tokens))}"
    return text[:1].upper() + text[1:160]


_ASKS = {
    "by": "Where to? Say a direction such as “2 metres to the left”, or a place such as “next to the robot”.",
    "factor": "How big? Say “twice as big”, “50% smaller” or “2 metres wide”.",
    "degrees": "How far should it turn? Say “45 degrees”, or what it should face.",
    "theme": "What should it look like? Say a theme, such as “night”.",
    "text": "What should it say? Put the words in quotes.",
    "name": "What should it be called? Say “called …”.",
    "prompt": "Of what? Say what it should be about.",
    "target": "As what? Say “as a web page” or “as a film”.",
    "paths": "Which files? Give a path.",
    "labels": "With which words? Put them in quotes.",
    "query": "What should I look for?",
    "colour": "Which colour? Say “red”, or “its own colours” to take a tint off.",
    "second": "With what? Name the two things that should change places.",
}


def question_for(one: Fit) -> str:
    """What to ask for where a reading leaves something open that has to be known."""
    name = one.missing[0]
    if name in one.operation.references:
        verb = one.operation.name.replace("_", " ").capitalize()
        return f"{verb} what? Say which things you mean, such as “the red photos”."
    return _ASKS.get(
        name, f"{one.operation.name.replace('_', ' ').capitalize()} needs to know the {name.replace('_', ' ')}."
    )
