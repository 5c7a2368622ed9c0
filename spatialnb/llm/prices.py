"""What calls cost: what the endpoint is said to take, else LiteLLM's list, else nobody knows.

A call's price is foreseen from above, so that a budget that is checked against it holds: tokens asked are counted (or
bounded by the bytes of their text, as no byte-level tokenizer makes more tokens than bytes), and the answer is as long
as it may be. Of tiered prices the highest counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from spatialnb.llm.answers import Usage
from spatialnb.llm.client import library
from spatialnb.llm.endpoints import Endpoint

MILLION = 1_000_000
A_MESSAGE = 16
"""Tokens that a provider may put around a message."""
A_CALL = 64
"""Tokens that a provider may put around a whole request, and around its tools."""
TOOLS = 600
A_PICTURE = 2_500
"""Tokens that a picture in a message may count as."""


@dataclass(frozen=True)
class Price:
    """US dollars; None where nobody knows."""

    token_in: float | None = None
    token_out: float | None = None
    image: float | None = None
    character: float | None = None
    listed: bool = False
    """From LiteLLM's list, which also knows what a finished call did cost."""

    def text(self, tokens_in: int, tokens_out: int) -> float | None:
        """Of so many tokens."""
        if self.token_in is None or self.token_out is None:
            return None
        return self.token_in * tokens_in + self.token_out * tokens_out


@dataclass(frozen=True)
class Facts:
    """What LiteLLM's list says of a model; None where it does not."""

    price: Price = Price()
    window: int | None = None
    output: int | None = None
    tools: bool | None = None


@lru_cache(maxsize=256)
def facts(model: str) -> Facts:
    """From LiteLLM's list. Imports LiteLLM."""
    listed = _listed(model)
    if listed is None:
        return Facts()
    token_in = _highest(listed, "input_cost_per_token")
    token_out = _highest(listed, "output_cost_per_token")
    price = Price(
        token_in=token_in,
        token_out=token_out if token_out is not None else 0.0 if listed.get("mode") == "embedding" else None,
        image=listed.get("output_cost_per_image") or listed.get("input_cost_per_image"),
        character=listed.get("input_cost_per_character"),
        listed=True,
    )
    tools = bool(listed.get("supports_function_calling"))
    return Facts(price, listed.get("max_input_tokens"), listed.get("max_output_tokens"), tools)


def _listed(model: str) -> Mapping[str, Any] | None:
    litellm = library()
    try:
        return litellm.get_model_info(model)
    except Exception:  # noqa: BLE001 - LiteLLM says "not mapped" with several exceptions
        found: Any = litellm.model_cost.get(model) or litellm.model_cost.get(model.partition("/")[2])
        return found


def _highest(listed: Mapping[str, Any], name: str) -> float | None:
    """The highest of a price's tiers ("above 200k tokens"); prices of other ways of asking are not tiers."""
    tiers = [v for k, v in listed.items() if (k == name or k.startswith(f"{name}_above")) and v is not None]
    return max(tiers, default=None)


def price_of(endpoint: Endpoint) -> Price:
    """What an endpoint takes. What is stated of it is believed; LiteLLM is only imported for the rest."""
    stated = _stated(endpoint)
    return stated if stated != Price() else facts(endpoint.model).price


def known_price(endpoint: Endpoint) -> Price:
    """What an endpoint takes, as far as that can be told without importing LiteLLM."""
    stated = _stated(endpoint)
    return price_of(endpoint) if stated == Price() and library.cache_info().currsize else stated


def _stated(endpoint: Endpoint) -> Price:
    stated = Price(
        None if endpoint.input_usd is None else endpoint.input_usd / MILLION,
        None if endpoint.output_usd is None else endpoint.output_usd / MILLION,
        endpoint.image_usd,
        None if endpoint.speech_usd is None else endpoint.speech_usd / MILLION,
    )
    if stated.token_in is not None and stated.token_out is None and endpoint.kinds == ("embedding",):
        return Price(stated.token_in, 0.0)
    return stated


def window_of(endpoint: Endpoint) -> int | None:
    """Tokens that fit into one call; None if nobody knows."""
    return endpoint.window or facts(endpoint.model).window


def takes_tools(endpoint: Endpoint) -> bool | None:
    """Whether it calls tools by itself; None if nobody knows."""
    return endpoint.tools if endpoint.tools is not None else facts(endpoint.model).tools


# -- how much is asked -------------------------------------------------------------------------------------------------
def most_tokens(messages: Sequence[Mapping[str, Any]], extra: Sequence[Any] = ()) -> int:
    """A quick upper bound of what `messages` and `extra` (tools, a schema) count as, without any tokenizer."""
    told = sum(_most(message) + A_MESSAGE for message in messages)
    return A_CALL + told + sum(len(json.dumps(one).encode()) for one in extra) + (TOOLS if extra else 0)


def _most(message: Mapping[str, Any]) -> int:
    content = message.get("content")
    calls = message.get("tool_calls")
    tokens = len(json.dumps(calls).encode()) if calls else 0
    if isinstance(content, str):
        return tokens + len(content.encode(errors="replace"))
    for part in content or ():
        picture = isinstance(part, dict) and part.get("type") in ("image_url", "image", "input_image")
        tokens += A_PICTURE if picture else len(json.dumps(part, ensure_ascii=False).encode(errors="replace"))
    return tokens


def counted_tokens(model: str, messages: Sequence[Mapping[str, Any]], extra: Sequence[Any] = ()) -> int:
    """What they count as by the model's tokenizer, with room for what a provider adds; never above `most_tokens`."""
    bound = most_tokens(messages, extra)
    litellm = library()
    try:
        texts = [_plain(message) for message in messages]
        told = sum(litellm.token_counter(model=model, text=text) for text in (*texts, *map(json.dumps, extra)) if text)
    except Exception:  # noqa: BLE001 - without a tokenizer the bound holds all the same
        return bound
    pictures = sum(A_PICTURE for message in messages for part in _parts(message) if part.get("type") != "text")
    told = told * 11 // 10 + pictures + A_CALL + A_MESSAGE * len(messages) + (TOOLS if extra else 0)
    return min(bound, told)


def _parts(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    content = message.get("content")
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []


def _plain(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    text = content if isinstance(content, str) else "".join(str(part.get("text", "")) for part in _parts(message))
    calls = message.get("tool_calls")
    return text + (json.dumps(calls) if calls else "")


def cost_of(endpoint: Endpoint, usage: Usage, listed_usd: float) -> float:
    """What a finished call did cost, in US dollars, where LiteLLM's list says `listed_usd`; 0 where nobody knows."""
    price = price_of(endpoint)
    return listed_usd if price.listed and listed_usd else price.text(usage.prompt, usage.output) or 0.0
