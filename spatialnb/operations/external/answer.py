"""What came of a call to an outside service: data that people can read, tables can be made of and models can afford."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spatialnb.models.base import Json
from spatialnb.models.plan import Preview
from spatialnb.operations.registry import Outcome

if TYPE_CHECKING:
    import pandas as pd

FOR_AGENTS = 32_000
"""Characters of JSON that an agent's step keeps of an answer."""
NAMED = 12
"""Things named in a sentence."""
_NAMES = ("name", "title", "full_name", "display_name", "label", "path", "key", "login", "slug", "id", "url")


class Answered(Outcome):
    """An outside service's answer. `status` is its HTTP status, 0 for tools that have none."""

    status: int = 0
    data: Json = None
    """What it answered; its rows only, where some were picked."""
    cut: bool = False
    """Not all of it is here; the notes say what is missing."""

    def frame(self) -> pd.DataFrame:
        """The rows of the answer as a table: a row an object, nested fields as `a.b`."""
        import pandas as pd

        rows = rows_of(self.data)
        if rows and all(isinstance(row, Mapping) for row in rows):
            return pd.json_normalize([dict(row) for row in rows if isinstance(row, Mapping)])
        return pd.DataFrame({"value": rows})


class AnsweredMedia(Answered):
    """An answer that may hold pictures, sound or models, which are then in the library."""

    assets: tuple[str, ...] = ()


def rows_of(data: Json) -> list[Json]:
    """The list that an answer is, or holds; else the answer itself as the only row."""
    if isinstance(data, list):
        return data
    if isinstance(data, Mapping):
        lists = [value for value in data.values() if isinstance(value, list)]
        objects = [value for value in lists if value and all(isinstance(one, Mapping) for one in value)]
        if objects or len(lists) == 1:
            return max(objects or lists, key=len)
        return [dict(data)]
    return [] if data is None else [data]


def picked(data: Json, where: Mapping[str, Json]) -> list[Json]:
    """The rows whose fields have these values; text without regard to case."""

    def same(one: Any, other: Any) -> bool:
        if isinstance(one, str) and isinstance(other, str):
            return one.casefold() == other.casefold()
        return one == other

    return [
        row
        for row in rows_of(data)
        if isinstance(row, Mapping) and all(name in row and same(row[name], value) for name, value in where.items())
    ]


def bounded(data: Json, largest: int = FOR_AGENTS) -> tuple[Json, str]:
    """`data` in at most about `largest` characters of JSON, and what was left out in words, empty for nothing."""
    if len(json.dumps(data, ensure_ascii=False)) <= largest:
        return data, ""
    data = _shortened(data, max(200, largest // 40))
    if len(json.dumps(data, ensure_ascii=False)) <= largest:
        return data, "Long texts in the answer are cut"
    rows = rows_of(data)
    kept: list[Json] = []
    size = 0
    for row in rows:
        size += len(json.dumps(row, ensure_ascii=False)) + 2
        if size > largest:
            break
        kept.append(row)
    if kept:
        return kept, f"Only the first {len(kept):,} of {len(rows):,} rows are here; ask for fewer, or a page at a time"
    return _pruned(data, 3), "The answer is large: what is nested deep in it is left out"


def _shortened(data: Json, longest: int) -> Json:
    if isinstance(data, str):
        return data if len(data) <= longest else f"{data[:longest]}…"
    if isinstance(data, Mapping):
        return {key: _shortened(value, longest) for key, value in data.items()}
    return [_shortened(value, longest) for value in data] if isinstance(data, list) else data


def _pruned(data: Json, depth: int) -> Json:
    if isinstance(data, Mapping):
        return {k: _pruned(v, depth - 1) for k, v in list(data.items())[:40]} if depth else "…"
    if isinstance(data, list):
        return [_pruned(value, depth - 1) for value in data[:10]] if depth else "…"
    return data if not isinstance(data, str) else data[:200]


# -- in words ---------------------------------------------------------------------------------------------------------
def told(title: str, data: Json, what: str = "") -> str:
    """An answer in a sentence: how many things, and their names. `what` is what one of them is called."""
    if data is None:
        return f"{title}: done"
    rows = rows_of(data)
    if (not isinstance(data, list) and rows == [data]) or (not isinstance(data, (list, Mapping))):
        return f"{title}: {_name(data) or _brief(data) or 'done'}"
    if not rows:
        return f"There is no {what}" if what else f"{title}: nothing"
    count = f"{len(rows):,} {what or 'entr'}{_ending(what, len(rows))}"
    title = f"{title}: " if not what else ""
    names = [name for row in rows[:NAMED] if (name := _name(row))]
    more = f" and {len(rows) - len(names):,} more" if len(names) < len(rows) else ""
    return f"{title}{count}: {', '.join(names)}{more}" if names else f"{title}{count}"


def shown(data: Json) -> Preview:
    """An answer as a small table in Markdown: at most ten rows and five columns."""
    rows = rows_of(data)
    objects = [row for row in rows if isinstance(row, Mapping)]
    if not objects:
        return Preview(text="\n".join(f"- {escaped(one)}" for one in rows[:10]))
    plain = {
        key
        for row in objects[:10]
        for key, value in row.items()
        if value is not None and value != "" and not isinstance(value, (Mapping, list))
    }
    columns = [key for key in _NAMES if key in plain][:2]
    columns += [key for key in objects[0] if key in plain and key not in columns][: 5 - len(columns)]
    if not columns:
        return Preview(text=f"{len(objects):,} rows")
    lines = [" | ".join(escaped(key) for key in columns), " | ".join("---" for _ in columns)]
    lines += [" | ".join(escaped(row.get(key)) for key in columns) for row in objects[:10]]
    more = f"\n\n… and {len(rows) - 10:,} more" if len(rows) > 10 else ""
    return Preview(text="\n".join(f"| {line} |" for line in lines) + more)


def escaped(value: Any, longest: int = 80) -> str:
    """Text of an outside service inside our Markdown: one line that is nothing but text."""
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    text = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return re.sub(r"([\\`*\[\]<>|#!~])", r"\\\1", text).replace("](", "]\\(")


def _name(row: Any) -> str:
    if isinstance(row, Mapping):
        for key in _NAMES:
            if isinstance(row.get(key), (str, int)) and not isinstance(row.get(key), bool) and row[key] != "":
                return escaped(row[key], 60)
        return ""
    return escaped(row, 60) if isinstance(row, (str, int, float)) else ""


def _brief(data: Json) -> str:
    """The first few plain fields of an object."""
    if not isinstance(data, Mapping):
        return ""
    plain = {k: v for k, v in data.items() if v is not None and v != "" and not isinstance(v, (Mapping, list))}
    inner = [value for value in data.values() if isinstance(value, Mapping)]
    if not plain and inner:
        return next((said for value in inner if (said := _name(value) or _brief(value))), "")
    return ", ".join(f"{escaped(key, 30)} {escaped(value, 40)}" for key, value in list(plain.items())[:4])


def _ending(what: str, count: int) -> str:
    if not what:
        return "y" if count == 1 else "ies"
    return "" if count == 1 or what.endswith("s") else "s"


def notes_of(parts: Sequence[str]) -> tuple[str, ...]:
    """Notes as sentences."""
    return tuple(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts if part)
