"""What is wrong with the arguments of a call, and where: pydantic's errors as the few that a person has to know.

Of a parameter that takes one thing or another only the alternative that comes closest is spoken of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from spatialnb.operations.calling.expected import Expectations, Path, plain_number

if TYPE_CHECKING:
    from spatialnb.operations.registry import Operation

MISMATCH = "mismatch"
"""That none of several alternatives fits."""
_TELLING = ("union_tag_invalid", "value_error")
"""Mistakes which show that their alternative was meant, although it is the whole that they are about."""


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong."""

    kind: str
    path: Path
    given: Any
    context: Mapping[str, Any]
    expected: Expectations
    operation: str
    labels: tuple[tuple[int, str], ...] = field(default=())
    """The alternatives it was found in: how much of the path leads to them, and their name."""

    @property
    def where(self) -> str:
        return path_in_words(self.path)

    @property
    def unit(self) -> str:
        """`m`, `deg`, `s` or empty. One of three in a list (a position, an offset, a rotation) is of metres or degrees,
        which its schema does not say.
        """
        said = self.expected.unit(self.path)
        if said or not self.path or not isinstance(self.path[-1], int):
            return said
        turned = any(part in str(self.path[0]) for part in ("rot", "angle"))
        return "deg" if turned else "m"

    @property
    def shown(self) -> str:
        return shown(self.given, self.where)


def mistakes_of(
    operation: Operation, args: Mapping[str, Any], error: ValidationError, expected: Expectations
) -> list[Mistake]:
    raw: list[Mistake] = []
    for each in error.errors(include_url=False):
        path, labels = _path(each["loc"], args, each["type"])
        raw.append(
            Mistake(each["type"], path, each.get("input"), each.get("ctx") or {}, expected, operation.name, labels)
        )
    return _without_echoes(_closest(raw, args))


def _path(loc: Sequence[str | int], args: Any, kind: str) -> tuple[Path, tuple[tuple[int, str], ...]]:
    """Where in the arguments an error is. What pydantic adds to say in which alternative it was is set apart."""
    path: list[str | int] = []
    labels: list[tuple[int, str]] = []
    at = args
    for number, step in enumerate(loc):
        is_last = number == len(loc) - 1
        if isinstance(at, Mapping) and step in at:
            at = cast("Mapping[Any, Any]", at)[step]
        elif isinstance(step, int):
            at = at[step] if isinstance(at, (list, tuple)) and -len(at) <= step < len(at) else None
        elif not (is_last and kind in ("missing", "extra_forbidden")):
            labels.append((len(path), step))
            continue
        path.append(step)
    return tuple(path), tuple(labels)


def _closest(mistakes: Sequence[Mistake], args: Mapping[str, Any], depth: int = 0) -> list[Mistake]:
    """Of the alternatives that were tried, only the mistakes of the one that came closest."""
    found: list[Mistake] = []
    unions: dict[Path, dict[str, list[Mistake]]] = {}
    for mistake in mistakes:
        if len(mistake.labels) <= depth:
            found.append(mistake)
            continue
        upto, label = mistake.labels[depth]
        prefix = mistake.path[:upto]
        if prefix not in unions:
            unions[prefix] = {}
        unions[prefix].setdefault(label, []).append(mistake)
    for prefix, branches in unions.items():
        deeper = {label: of for label, of in branches.items() if all(len(m.path) > len(prefix) for m in of)}
        if deeper:
            found += _closest(min(deeper.values(), key=len), args, depth + 1)
            continue
        telling = [m for of in branches.values() for m in of if m.kind in _TELLING]
        if telling:
            found.append(telling[0])
            continue
        some = next(iter(branches.values()))[0]
        only = len(branches) == 1 and len(some.labels) > depth
        kind = some.kind if only else MISMATCH
        found.append(Mistake(kind, prefix, _value_at(args, prefix), some.context, some.expected, some.operation))
    return found


def _value_at(args: Any, path: Path) -> Any:
    for step in path:
        try:
            args = args[step]
        except (KeyError, IndexError, TypeError):
            return None
    return args


def _without_echoes(mistakes: Sequence[Mistake]) -> list[Mistake]:
    """Each place once; and nothing is called missing that is only misspelt."""
    misspelt = {
        (m.path[:-1], close)
        for m in mistakes
        if m.kind == "extra_forbidden" and (close := nearest(str(m.path[-1]), m.expected.fields(m.path[:-1])))
    }
    kept: dict[Path, Mistake] = {}
    for mistake in mistakes:
        if mistake.kind == "missing" and (mistake.path[:-1], mistake.path[-1]) in misspelt:
            continue
        kept.setdefault(mistake.path, mistake)
    return list(kept.values())


def path_in_words(path: Path) -> str:
    """A place in the arguments: rows[3].width."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def shown(value: Any, name: str = "") -> str:
    """A value as a person would write it, short; a secret is not repeated."""
    from spatialnb.llm.secrets import is_secret

    if name and is_secret(name.rpartition(".")[2]):
        return "what was given"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return plain_number(value)
    if isinstance(value, str):
        text = " ".join(value.split())
        return f"“{text}”" if len(text) <= 60 else f"“{text[:57]}…”"
    if isinstance(value, Mapping):
        count = len(cast("Mapping[Any, Any]", value))
        return f"a set of {count} field{'' if count == 1 else 's'}"
    if isinstance(value, Sequence):
        count = len(cast("Sequence[Any]", value))
        return f"a list of {count}" if count else "an empty list"
    return "what was given"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, if any is alike."""
    names = list(known)
    folded = {name.lower().replace("_", " ").replace("-", " "): name for name in names}
    wanted = word.lower().replace("_", " ").replace("-", " ")
    if wanted in folded:
        return folded[wanted]
    found = get_close_matches(wanted, list(folded), n=1, cutoff=0.5)
    if found:
        return folded[found[0]]
    begun = [name for key, name in folded.items() if wanted and (key.startswith(wanted) or wanted.startswith(key))]
    return begun[0] if begun else None
