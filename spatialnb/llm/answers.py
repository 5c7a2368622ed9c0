"""What goes to a model and what comes back from one, with what was used and what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

Message: TypeAlias = dict[str, Any]
"""A message of the OpenAI chat format."""
Task: TypeAlias = Literal["plan", "edit", "write", "caption", "classify", "embed", "draw", "speak"]
Priority: TypeAlias = Literal["interactive", "background"]


@dataclass(frozen=True)
class ToolCall:
    """A call as the model wrote it; `arguments` should be a JSON object but may be anything."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Hop:
    """A model that was asked, or could not be asked, before the one that answered."""

    model: str
    error: str
    """One plain sentence."""
    at: float = 0.0
    """Seconds since 1970."""


@dataclass(frozen=True)
class Used:
    """Which model answered, why it was asked, and whether the answer may be less good than was hoped for."""

    model: str = ""
    endpoint: str = ""
    reason: str = ""
    """Why this one: one plain phrase."""
    reduced: str = ""
    """In one sentence, what is less than it would have been; empty if nothing is."""
    hops: tuple[Hop, ...] = ()

    @property
    def name(self) -> str:
        """The model's name without its provider, as people say it."""
        return self.model.rpartition("/")[2]

    def line(self, cost_usd: float = 0.0) -> str:
        """One line for people: "gpt-5.1 · $0.0042"."""
        price = f" · ${cost_usd:.4f}" if cost_usd else ""
        return f"{self.name}{price}{f' · {self.reduced}' if self.reduced else ''}" if self.model else ""

    def json(self) -> dict[str, Any]:
        """As it is kept. When hops were made is left out, so that equal calls are kept alike."""
        return {**asdict(self), "hops": [{"model": hop.model, "error": hop.error} for hop in self.hops]}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Used:
        """From its JSON form."""
        fields: dict[str, Any] = {**data, "hops": tuple(Hop(**hop) for hop in data.get("hops", ()))}
        return cls(**fields)


@dataclass(frozen=True)
class Usage:
    """Tokens that a call took, as the endpoint counted them."""

    prompt: int = 0
    output: int = 0


@dataclass(frozen=True)
class Answer:
    """One whole answer."""

    text: str
    calls: tuple[ToolCall, ...] = ()
    cost_usd: float = 0.0
    used: Used = field(default_factory=Used)
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True)
class Result:
    """What a call gave that was not for text: `content` is JSON data, binary data in it as base64."""

    content: Mapping[str, Any]
    cost_usd: float = 0.0
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True)
class Vectors:
    """An embedding of each text."""

    vectors: tuple[tuple[float, ...], ...]
    cost_usd: float = 0.0
    used: Used = field(default_factory=Used)


@dataclass(frozen=True)
class Media:
    """A picture or speech: its bytes as the endpoint encoded them."""

    data: bytes
    cost_usd: float = 0.0
    used: Used = field(default_factory=Used)


def told(hops: Sequence[Hop], otherwise: str = "the local planner did this instead, more simply.") -> str:
    """What people are told when no model answered: "gpt-5.1 did not answer in time; the local planner …"."""
    first = hops[0].error.rstrip(".") if hops else "No model is set up"
    return f"{first}; {otherwise}"
