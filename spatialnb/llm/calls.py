"""The kinds of calls: what each asks, what it may cost, and how what it gave is written down and read again."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Protocol, TypeAlias

from spatialnb.errors import ModelUnavailable
from spatialnb.llm.answers import Answer, Message, Priority, Result, Task, Usage
from spatialnb.llm.client import Model
from spatialnb.llm.endpoints import Endpoint
from spatialnb.llm.failures import Failure, is_unwilling
from spatialnb.llm.prices import Price, cost_of, counted_tokens, most_tokens
from spatialnb.llm.profiles import PROFILES
from spatialnb.models.base import Json

Done: TypeAlias = "Answer | Result"


@dataclass(frozen=True)
class Errand:
    """For whom a call is made."""

    run: str = ""
    project: str = ""
    priority: Priority = "interactive"


class Call(Protocol):
    """One thing to be asked of whichever endpoint suits."""

    recorded: ClassVar[str]
    """Kind of call by which the recorder knows it."""

    @property
    def task(self) -> Task: ...

    @property
    def errand(self) -> Errand: ...

    @property
    def tools(self) -> Sequence[Mapping[str, Any]]: ...

    def request(self) -> dict[str, Json]:
        """What is asked, without who is."""
        ...

    def bound(self) -> int:
        """Tokens asked, at most."""
        ...

    def counted(self, endpoint: Endpoint) -> int:
        """Tokens asked, counted; never above `bound`."""
        ...

    def worst(self, price: Price, asked: int, most: int) -> float | None:
        """US dollars that it may cost with `asked` tokens asked and `most` answered; None where nobody knows."""
        ...

    def perform(self, model: Model, most: int | None) -> AsyncIterator[str | Done]:
        """Make the call: text in pieces, then what it came to. Raises `Failure`."""
        ...

    def poor(self, done: Done) -> str:
        """What is wrong with an answer that came, so that another endpoint is asked if there is one."""
        ...

    def cost(self, endpoint: Endpoint, done: Done) -> float: ...


@dataclass(frozen=True)
class TextCall:
    task: Task
    errand: Errand
    messages: Sequence[Message]
    tools: Sequence[Mapping[str, Any]] = ()
    schema: Mapping[str, Any] | None = None
    recorded: ClassVar[str] = "model"

    def request(self) -> dict[str, Json]:
        asked: dict[str, Any] = {"task": self.task, "messages": list(self.messages)}
        if self.tools:
            asked["tools"] = list(self.tools)
        if self.schema is not None:
            asked["schema"] = self.schema
        return asked

    @property
    def _extra(self) -> list[Any]:
        return [*self.tools, *([self.schema] if self.schema is not None else [])]

    @cached_property
    def _bound(self) -> int:
        return most_tokens(self.messages, self._extra)

    def bound(self) -> int:
        return self._bound

    def counted(self, endpoint: Endpoint) -> int:
        return counted_tokens(endpoint.model, self.messages, self._extra)

    def worst(self, price: Price, asked: int, most: int) -> float | None:
        return price.text(asked, most)

    def perform(self, model: Model, most: int | None) -> AsyncIterator[str | Done]:
        return model.stream(self.messages, tools=self.tools, schema=self.schema, most=most)

    def poor(self, done: Done) -> str:
        assert isinstance(done, Answer)
        if done.calls:
            return ""
        if is_unwilling(done.text):
            return "would not do this."
        if self.schema is not None and not _is_json(done.text):
            return "did not answer in the form that was asked for."
        return ""

    def cost(self, endpoint: Endpoint, done: Done) -> float:
        return cost_of(endpoint, done.usage, done.cost_usd)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class _Whole:
    """A call that is answered in one piece."""

    errand: Errand
    tools: Sequence[Mapping[str, Any]] = field(default=(), init=False)

    def bound(self) -> int:
        return 0

    def counted(self, endpoint: Endpoint) -> int:  # noqa: ARG002 - the same for every model
        return self.bound()

    def poor(self, done: Done) -> str:  # noqa: ARG002 - what came can be used, or the call failed
        return ""


@dataclass(frozen=True)
class EmbedCall(_Whole):
    texts: Sequence[str] = ()
    task: Task = "embed"
    recorded: ClassVar[str] = "embedding"

    def request(self) -> dict[str, Json]:
        return {"task": self.task, "texts": list(self.texts)}

    def bound(self) -> int:
        return sum(len(text.encode(errors="replace")) + 2 for text in self.texts)

    def worst(self, price: Price, asked: int, most: int) -> float | None:  # noqa: ARG002 - nothing is answered
        return price.text(asked, 0)

    async def perform(self, model: Model, most: int | None) -> AsyncIterator[str | Done]:  # noqa: ARG002 - as above
        yield await model.embed(self.texts)

    def cost(self, endpoint: Endpoint, done: Done) -> float:
        return cost_of(endpoint, done.usage, done.cost_usd)


@dataclass(frozen=True)
class DrawCall(_Whole):
    prompt: str = ""
    size: str = "1024x1024"
    seed: int = 0
    task: Task = "draw"
    recorded: ClassVar[str] = "image"

    def request(self) -> dict[str, Json]:
        # The seed tells two pictures of one prompt apart; not every endpoint has a use for it.
        return {"task": self.task, "prompt": self.prompt, "size": self.size, "seed": self.seed}

    def worst(self, price: Price, asked: int, most: int) -> float | None:  # noqa: ARG002 - paid by the picture
        return price.image

    async def perform(self, model: Model, most: int | None) -> AsyncIterator[str | Done]:  # noqa: ARG002 - as above
        yield await model.draw(self.prompt, self.size)

    def cost(self, endpoint: Endpoint, done: Done) -> float:
        from spatialnb.llm.prices import price_of

        price = price_of(endpoint)
        return done.cost_usd if price.listed and done.cost_usd else price.image or 0.0


@dataclass(frozen=True)
class SpeakCall(_Whole):
    text: str = ""
    voice: str = "alloy"
    form: str = "mp3"
    task: Task = "speak"
    recorded: ClassVar[str] = "speech"

    def request(self) -> dict[str, Json]:
        return {"task": self.task, "text": self.text, "voice": self.voice, "form": self.form}

    def worst(self, price: Price, asked: int, most: int) -> float | None:  # noqa: ARG002 - paid by the character
        return None if price.character is None else price.character * len(self.text)

    async def perform(self, model: Model, most: int | None) -> AsyncIterator[str | Done]:  # noqa: ARG002 - as above
        yield await model.speak(self.text, self.voice, self.form)

    def cost(self, endpoint: Endpoint, done: Done) -> float:
        from spatialnb.llm.prices import price_of

        return self.worst(price_of(endpoint), 0, 0) or done.cost_usd


def longest_answer(task: Task, listed: int | None) -> int:
    """Tokens that an answer may have."""
    most = PROFILES[task].output
    return min(most, listed) if listed else most


def written(done: Done) -> dict[str, Json]:
    """What a call came to, as it ends a stream; the text went before."""
    if isinstance(done, Answer):
        calls: list[Json] = [asdict(call) for call in done.calls]
        return {"calls": calls, "usage": asdict(done.usage)}
    return {**done.content}


def usage_of(data: Mapping[str, Any]) -> Usage:
    return Usage(**data.get("usage", {}))


def bytes_of(data: Mapping[str, Any]) -> bytes:
    """Raises `ModelUnavailable` for what is no base64."""
    try:
        return base64.b64decode(data["data"], validate=True)
    except (KeyError, TypeError, binascii.Error):
        raise ModelUnavailable("The answer that was recorded holds no usable data; record it anew.") from None


__all__ = [
    "Call",
    "Done",
    "DrawCall",
    "EmbedCall",
    "Errand",
    "Failure",
    "SpeakCall",
    "TextCall",
    "bytes_of",
    "longest_answer",
    "usage_of",
    "written",
]
