"""What matters in each task: a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from spatialnb.llm.answers import Task
from spatialnb.llm.endpoints import Kind

Prefer: TypeAlias = Literal["quality", "cost", "latency"]
PREFERENCES: tuple[Prefer, ...] = ("quality", "cost", "latency")


@dataclass(frozen=True)
class Profile:
    """How much quality, cost and latency matter (they add to 1), and how long an answer is."""

    kind: Kind
    quality: float
    cost: float
    latency: float
    output: int = 0
    """Tokens that an answer may have at most, where a price makes that matter; thinking counts."""
    least: int = 0
    """Tokens with which an answer is still of use, when a budget leaves no more."""
    usual: tuple[int, int] = (0, 0)
    """Tokens asked and answered in a call of the usual kind: what prices are compared by."""


PROFILES: Mapping[Task, Profile] = {
    "plan": Profile("text", 0.75, 0.1, 0.15, output=8192, least=512, usual=(6000, 400)),
    "edit": Profile("text", 0.5, 0.15, 0.35, output=4096, least=256, usual=(4000, 200)),
    "write": Profile("text", 0.7, 0.2, 0.1, output=8192, least=256, usual=(1000, 1000)),
    "caption": Profile("text", 0.4, 0.4, 0.2, output=1024, least=64, usual=(1500, 60)),
    "classify": Profile("text", 0.2, 0.4, 0.4, output=1024, least=16, usual=(600, 10)),
    "embed": Profile("embedding", 0.4, 0.3, 0.3, usual=(2000, 0)),
    "draw": Profile("image", 0.7, 0.2, 0.1),
    "speak": Profile("speech", 0.6, 0.2, 0.2),
}
WEIGHT = 0.7
"""Of what a person prefers; the rest is shared by the other two as the task's profile has them."""


def weights(profile: Profile, prefer: Prefer | None) -> dict[Prefer, float]:
    """How much each matters in a task to somebody who prefers `prefer`; they add to 1."""
    plain: dict[Prefer, float] = {"quality": profile.quality, "cost": profile.cost, "latency": profile.latency}
    if prefer is None:
        return plain
    others = sum(value for name, value in plain.items() if name != prefer)
    return {
        name: WEIGHT if name == prefer else (1 - WEIGHT) * value / others if others else 0.0
        for name, value in plain.items()
    }
