"""Which endpoint to ask: all that could do a task, best first, each with why. The same state gives the same choice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from spatialnb.llm.answers import Task
from spatialnb.llm.endpoints import Endpoint
from spatialnb.llm.prices import Price, price_of, takes_tools, window_of
from spatialnb.llm.profiles import PROFILES, Prefer, Profile, weights

State: TypeAlias = Literal["closed", "open", "half_open"]
CHEAP, FAST = 0.002, 4.0
"""US dollars, and seconds, that count half."""
FORGIVEN = 300_000
"""Milliseconds after which half of what an endpoint failed is forgiven."""
REMEMBERED = 3_600_000
"""Milliseconds for which an endpoint is believed to have no support for what it refused."""
SPOKEN = 500
"""Characters of a speech of the usual kind."""


@dataclass(frozen=True)
class Health:
    """How an endpoint has been doing, as kept in the store."""

    calls: int = 0
    failures: int = 0
    success: float = 1.0
    latency: float | None = None
    opened: int = 0
    until_ms: int = 0
    why: str = ""
    at: int = 0
    refuses: tuple[tuple[str, int], ...] = ()
    """What it said it has no support for, and when (ms)."""

    @classmethod
    def of(cls, data: Mapping[str, Any] | None) -> Health:
        if not data:
            return cls()
        known: dict[str, Any] = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        known["refuses"] = tuple(sorted((data.get("refuses") or {}).items()))
        return cls(**known)

    def takes(self, what: str, now_ms: int) -> bool:
        """False if it said a while ago that it has no support for that; servers learn with their next model."""
        return all(name != what or now_ms - at > REMEMBERED for name, at in self.refuses)

    def state(self, now_ms: int) -> State:
        """open: left alone; half_open: its while is over, and one call may find out."""
        if self.until_ms > now_ms:
            return "open"
        return "half_open" if self.opened else "closed"

    def reliable(self, now_ms: int) -> float:
        """0 to 1, in steps, as failures are forgiven with time."""
        forgiven = 0.5 ** (max(0, now_ms - self.at) / FORGIVEN)
        return round(1 - (1 - self.success) * forgiven, 1)


@dataclass(frozen=True)
class Candidate:
    """An endpoint that could do a task."""

    endpoint: Endpoint
    price: Price
    window: int | None
    health: Health
    state: State
    score: float = 0.0
    reason: str = ""
    blocked: str = ""
    """Why it is not asked now, in one sentence; empty if it may be."""
    form: bool = False
    """It is blocked because it does not take tools."""


def choose(
    task: Task,
    endpoints: Sequence[Endpoint],
    health: Mapping[str, Mapping[str, Any]],
    now_ms: int,
    prefer: Prefer | None = None,
    *,
    tools: bool = False,
    blocked: Mapping[str, str] | None = None,
) -> tuple[Candidate, ...]:
    """Every endpoint of the task's kind, best first. Those that are `blocked`, by health key, say why."""
    profile = PROFILES[task]
    seen = [
        _seen(endpoint, Health.of(health.get(endpoint.health_key)), now_ms, tools, blocked or {})
        for endpoint in endpoints
        if profile.kind in endpoint.kinds
    ]
    matters = weights(profile, prefer)
    # Who was never asked is thought to be as fast as the others, so that it is not passed over for being new.
    measured = sorted(c.health.latency for c in seen if c.health.latency is not None)
    guess = measured[len(measured) // 2] if measured else FAST
    parts = {c.endpoint.name: _parts(c, profile, guess) for c in seen}
    ranked = sorted(
        (
            replace(
                c,
                score=sum(matters[name] * value for name, value in parts[c.endpoint.name].items())
                * (0.4 + 0.6 * c.health.reliable(now_ms)),
            )
            for c in seen
        ),
        key=lambda c: (-round(c.score, 9), c.endpoint.name),
    )
    free = [c for c in ranked if not c.blocked]
    return tuple(replace(c, reason=_reason(c, free, task, prefer, matters, parts)) for c in ranked)


def _seen(endpoint: Endpoint, health: Health, now_ms: int, tools: bool, blocked: Mapping[str, str]) -> Candidate:
    state = health.state(now_ms)
    why = blocked.get(endpoint.health_key, "")
    form = False
    if not why:
        try:
            _ = endpoint.key
        except KeyError:
            why = f"{endpoint.short} has no key: set {endpoint.key_env} in the environment."
    if not why and state == "open":
        wait = math.ceil((health.until_ms - now_ms) / 1000)
        told = health.why.rstrip(".") or f"{endpoint.short} failed"
        why = f"{told} a moment ago; it is asked again in {wait} s."
    if not why and tools and (not health.takes("tools", now_ms) or takes_tools(endpoint) is False):
        why, form = f"{endpoint.short} does not call tools.", True
    return Candidate(endpoint, price_of(endpoint), window_of(endpoint), health, state, blocked=why, form=form)


def usual_cost(price: Price, profile: Profile) -> float | None:
    """US dollars of a call of the usual kind; None where nobody knows."""
    if profile.kind == "image":
        return price.image
    if profile.kind == "speech":
        return None if price.character is None else price.character * SPOKEN
    return price.text(*profile.usual)


def _parts(candidate: Candidate, profile: Profile, guess: float) -> dict[Prefer, float]:
    """Quality, cheapness and speed, 0 to 1 each."""
    seconds = guess if candidate.health.latency is None else candidate.health.latency
    # In steps of a half octave, so that a hundredth of a second does not turn a choice.
    steps = 2 ** (round(2 * math.log2(max(seconds, 0.01))) / 2)
    usd = usual_cost(candidate.price, profile) or 0.0
    return {"quality": candidate.endpoint.quality, "cost": 1 / (1 + usd / CHEAP), "latency": 1 / (1 + steps / FAST)}


_BEST: Mapping[Prefer, str] = {"quality": "best quality", "cost": "cheapest", "latency": "fastest"}


def _reason(
    candidate: Candidate,
    free: Sequence[Candidate],
    task: Task,
    prefer: Prefer | None,
    matters: Mapping[Prefer, float],
    parts: Mapping[str, Mapping[Prefer, float]],
) -> str:
    others = [c for c in free if c is not candidate]
    if not others:
        return "the only one that can be asked"
    mine = parts[candidate.endpoint.name]
    for name in sorted(matters, key=lambda name: -matters[name]):
        if all(mine[name] > parts[c.endpoint.name][name] for c in others):
            return f"{_BEST[name]} for {task}{', as preferred' if name == prefer else ''}"
    return f"best balance of quality, cost and speed for {task}"
