"""Which operations fit what was said: a search over names, verbs, summaries, parameters and documentation."""

from __future__ import annotations

from collections.abc import Iterable

from spatialnb.library.words import STOP, stem, tokens
from spatialnb.operations.registry import Found, Operation, Registry, Tier


def search(registry: Registry, words: str, *, limit: int, tier: Tier | None) -> list[Found]:
    """See `Registry.search`."""
    asked = {stem(word) for word in tokens(words) if word not in STOP}
    found: list[Found] = []
    for operation in registry:
        shared = asked & {stem(word) for word in tokens(_text(operation))}
        if shared and (tier is None or operation.tier == tier):
            found.append(Found(operation, len(shared) / len(asked), f"says {', '.join(sorted(shared))}"))
    return sorted(found, key=lambda each: -each.score)[:limit]


def relevant(registry: Registry, request: str, *, limit: int, always: Iterable[str]) -> list[Operation]:
    """See `Registry.relevant`."""
    shown = {name: registry.get(name) for name in always if name in registry}
    for found in search(registry, request, limit=limit, tier=None):
        if len(shown) < limit:
            shown.setdefault(found.operation.name, found.operation)
    return list(shown.values())


def _text(operation: Operation) -> str:
    return " ".join((operation.name, *operation.words, operation.description, *operation.args.model_fields))
