"""Three hundred tools such as public APIs offer, and three hundred requests to find them by.

Two hundred requests were written before retrieval was. Every other one, `tool_requests("tuning")`, was looked at while
it was made; the others, `tool_requests("held out")`, told how good it was, and were looked at when it was done. Then a
hundred more, `tool_requests("fresh")`, were written about tools that had not been asked for; of these 83 were met at
first. Every other one of them was looked at to see why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Listed:
    """A tool of the catalogue."""

    service: str
    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    summary: str


@dataclass(frozen=True)
class Asked:
    """A request, and the tools that it takes: of each group, one."""

    request: str
    groups: tuple[tuple[str, ...], ...]


def tools() -> Iterator[Listed]:
    service = ""
    for line in (_HERE / "catalogue.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            service = line.split(maxsplit=2)[2]
        elif found := re.match(r"(\w+)\((.*?)\) (.*)", line):
            names = [name.strip() for name in found[2].split(",") if name.strip()]
            required = tuple(name for name in names if not name.endswith("?"))
            optional = tuple(name[:-1] for name in names if name.endswith("?"))
            yield Listed(service, found[1], required, optional, found[3])


def tool_requests(which: Literal["tuning", "held out", "fresh"]) -> list[Asked]:
    name = "tool_requests_fresh.txt" if which == "fresh" else "tool_requests.txt"
    found: list[Asked] = []
    for line in (_HERE / name).read_text(encoding="utf-8").splitlines():
        names, arrow, request = line.partition(" > ")
        if arrow and not line.startswith("#"):
            found.append(Asked(request, tuple(tuple(group.split("|")) for group in names.split("+"))))
    return {"tuning": found[::2], "held out": found[1::2], "fresh": found}[which]


def source() -> str:
    """A Python module that registers the whole catalogue, as someone would write it by hand."""
    lines = [
        "from typing import Annotated",
        "from pydantic import Field",
        "from spatialnb import Context, Outcome",
        "from spatialnb.operations.registry import Registry, operation",
        "REGISTRY = Registry()",
    ]
    for tool in tools():
        told = [f"{name}: Annotated[str, Field(description='The {name}.')]" for name in tool.required]
        told += [f"{name}: str | None = None" for name in tool.optional]
        lines += [
            f"@operation(registry=REGISTRY, service={tool.service!r}, outside=True)",
            f"def {tool.name}({', '.join(('ctx: Context', *told))}) -> Outcome:",
            f"    {tool.summary!r}",
            f"    return Outcome(summary={tool.name!r})",
        ]
    return "\n".join(lines) + "\n"
