"""What can be said, made from the operation registry: verbs, nouns that operations make, and values of parameters."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal, TypeAlias, Union, cast, get_args, get_origin

from pydantic.fields import FieldInfo

from spatialnb.agent.planner import english
from spatialnb.operations.language.vocabulary import KINDS
from spatialnb.operations.language.words import spaced, verb_forms
from spatialnb.operations.registry import Operation, Registry

ParamKind: TypeAlias = Literal[
    "thing", "things", "choice", "vector", "number", "integer", "text", "texts", "colour", "flag", "date", "other"
]


@dataclass(frozen=True)
class Param:
    """A parameter as a planner sees it."""

    name: str
    kind: ParamKind
    required: bool
    unit: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sense:
    """That a verb asks for an operation: how sure that is, and the phrase it was known by."""

    operation: str
    cost: float
    phrase: str


@dataclass
class Lexicon:
    """The words of one registry."""

    registry: Registry
    verbs: dict[str, list[tuple[tuple[str, ...], Sense]]] = field(default_factory=dict)
    """First word of a verb phrase, inflected, to the whole phrase and what it asks for."""
    makes: dict[str, dict[str, float]] = field(default_factory=dict)
    """Noun to the operations that make such a thing."""
    params: dict[str, tuple[Param, ...]] = field(default_factory=dict)
    values: dict[str, list[tuple[tuple[str, ...], str, str]]] = field(default_factory=dict)
    """First word of a value's phrase to the phrase, the parameter's name and the value."""

    numeric: dict[str, str] = field(default_factory=dict)
    """First word of a number's parameter to its name, for "brightness 50%"."""

    def __post_init__(self) -> None:
        for operation in self.registry:
            self.params[operation.name] = tuple(_params(operation))
            self._verbs(operation)
            self._makes(operation)
        self._values()
        for found in self.verbs.values():
            found.sort(key=lambda entry: (-len(entry[0]), entry[1].cost, entry[1].operation))

    def _verbs(self, operation: Operation) -> None:
        said = operation.name.replace("_", " ")
        phrases = {word.lower(): 0.0 for word in operation.words}
        if operation.approval == "spends":
            # What costs money is asked for in its own words only.
            self._said(operation, phrases)
            return
        phrases.setdefault(said, 0.0)
        families = [f for f in english.VERB_FAMILIES if said in f]
        if not families:
            families = [f for f in english.VERB_FAMILIES if set(f) & set(operation.words)][:2]
        for family in families:
            for word in family:
                phrases.setdefault(word, 0.3)
        for word in english.MORE_VERBS.get(operation.name, ()):
            phrases.setdefault(word, 0.3)
        self._said(operation, phrases)

    def _said(self, operation: Operation, phrases: Mapping[str, float]) -> None:
        for phrase, cost in phrases.items():
            words = phrase.split()
            for form in verb_forms(words[0]):
                entry = ((form, *words[1:]), Sense(operation.name, cost, phrase))
                self.verbs.setdefault(form, []).append(entry)

    def _makes(self, operation: Operation) -> None:
        nouns: set[str] = set()
        own = operation.approval == "spends"
        phrases = [*([] if own else [operation.name.replace("_", " ")]), *operation.words]
        for phrase in phrases:
            verb, _, noun = phrase.lower().partition(" ")
            if noun and verb in english.CREATING and noun not in ("up", "in", "bigger", "smaller", "out", "files"):
                nouns.add(noun)
        if operation.name in ("group", "label") or (len(phrases[0].split()) == 1 and phrases[0] in KINDS):
            nouns.add(phrases[0])
        kinds = {entry.kind for noun in nouns if (entry := KINDS.get(noun)) and operation.tags & {"make"} and not own}
        if "label" in nouns:
            kinds.add("label")
        nouns |= {word for word, entry in KINDS.items() if entry.kind in kinds and len(word) > 2}
        if "environment" in nouns:
            nouns |= {"world", "room"}
        for noun in nouns:
            self.makes.setdefault(noun, {})[operation.name] = 0.0

    def _values(self) -> None:
        for params in self.params.values():
            for param in params:
                if param.kind in ("number", "integer") and not param.unit:
                    self.numeric.setdefault(param.name.split("_")[0], param.name)
                if param.name == "relation":
                    continue  # a relation is nothing without the thing it is to; places are read as a whole
                table = english.VALUE_WORDS.get(param.name, {})
                for choice in param.choices:
                    for phrase in {choice.replace("_", " "), *table.get(choice, ())}:
                        words = tuple(phrase.split())
                        entry = (words, param.name, choice)
                        if entry not in self.values.setdefault(words[0], []):
                            self.values[words[0]].append(entry)
        for found in self.values.values():
            found.sort(key=lambda entry: -len(entry[0]))

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word, for spelling."""
        said = {w for entries in self.verbs.values() for words, _ in entries for w in words}
        valued = {w for entries in self.values.values() for words, *_ in entries for w in words}
        measured = {
            w for lists in english.MEASURE_WORDS.values() for ws in lists for phrase in ws for w in phrase.split()
        }
        forms = {
            w
            for phrase in (
                *english.FILM_FORMS,
                *english.SHOW_FORMS,
                *english.CREATING,
                *english.NAMING,
                *english.SAYING,
            )
            for w in phrase.split()
        }
        other = {*english.DIRECTIONS, *english.GROWING, *english.SHRINKING, *self.makes, *_EXTRA}
        lead = {w for phrase in english.LEAD_INS for w in phrase.split()}
        return frozenset(said | valued | measured | forms | other | lead)


_EXTRA = spaced(
    "clockwise anticlockwise counterclockwise upside sideways alphabetically reverse order ordered sorted "
    "sort columns column rows metres meters degrees many there where which what who change changed thing "
    "things steps step light lights brightness style about wide high apart size time times double clear "
    "undo redo poster posters"
)


def _params(operation: Operation) -> Sequence[Param]:
    found: list[Param] = []
    for name, info in operation.args.model_fields.items():
        if (reference := operation.references.get(name)) is not None:
            found.append(Param(name, "thing" if reference.one else "things", info.is_required()))
        else:
            found.append(_param(name, info))
    return found


def _param(name: str, info: FieldInfo) -> Param:
    annotation: Any = info.annotation
    pattern = next((str(p) for m in info.metadata if (p := getattr(m, "pattern", None))), "")
    extra = info.json_schema_extra
    unit = str(cast("Mapping[str, Any]", extra).get("unit", "")) if isinstance(extra, dict) else ""
    for member in _members(annotation):
        meta = get_args(member)[1:] if get_origin(member) is Annotated else ()
        plain = get_args(member)[0] if meta else member
        for each in meta:
            inner = getattr(each, "json_schema_extra", None)
            unit = unit or (str(inner.get("unit", "")) if isinstance(inner, dict) else "")
            pattern = pattern or str(getattr(each, "pattern", "") or "")
        kind, choices = _kind(plain)
        if kind != "other":
            if kind == "text" and pattern:
                # Text of a fixed form, such as `#rrggbb`, is not filled with whatever was said.
                kind = "colour" if pattern.startswith("^#") else "other"
            return Param(name, kind, info.is_required(), unit, choices)
    return Param(name, "other", info.is_required())


def _members(annotation: Any) -> Sequence[Any]:
    if get_origin(annotation) in (Union, types.UnionType):
        return [member for member in get_args(annotation) if member is not type(None)]
    return [annotation]


def _kind(annotation: Any) -> tuple[ParamKind, tuple[str, ...]]:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return "choice", tuple(str(a) for a in args)
    if origin is tuple:
        if args == (float, float, float):
            return "vector", ()
        return ("texts", ()) if args[:1] == (str,) else ("other", ())
    plain: dict[Any, ParamKind] = {bool: "flag", int: "integer", float: "number", str: "text", date: "date"}
    return plain.get(annotation, "other"), ()
