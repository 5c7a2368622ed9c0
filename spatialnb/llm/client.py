"""The one place where models are called: any LiteLLM name, streamed, with plain errors and a price.

LiteLLM is imported at the first call (it takes seconds and 200 MB), with its look-ups on the network switched off.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from spatialnb.errors import ModelUnavailable
from spatialnb.llm.answers import Answer, Message, ToolCall

RETRIES = 2
LONGEST_WAIT = 8.0
"""Seconds that a `retry-after` may make us wait before we go on without the model."""


class TooLong(ModelUnavailable):
    """The request does not fit the model's context; a shorter one may. Whoever made it shortens it and asks again."""


class Refused(ModelUnavailable):
    """The endpoint does not take what was sent: usually tools or a response format it has no support for."""


@dataclass(frozen=True)
class Model:
    """A model by its LiteLLM name. `base` is the endpoint's URL where it is not the provider's own."""

    name: str
    base: str | None = None
    timeout: float = 60.0
    """Seconds of silence after which the endpoint counts as down."""
    patience: float = 1.0
    """Factor on the pauses before a call is tried again."""

    async def answer(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[Mapping[str, Any]] = (),
        schema: Mapping[str, Any] | None = None,
        on_text: Callable[[str], None] = lambda _: None,
        on_again: Callable[[], None] = lambda: None,
    ) -> Answer:
        """The model's answer to `messages`. `on_text` gets the text as it comes.

        Overload, time-outs and lost connections are tried again, `RETRIES` times; `on_again` is called before, so that
        text that came may be taken back.
        Raises `Refused` if the endpoint does not take `tools` or `schema`, else `ModelUnavailable`.
        """
        for attempt in range(RETRIES + 1):
            try:
                return await self._once(messages, tools, schema, on_text)
            except _Again as again:
                if attempt == RETRIES or again.wait > LONGEST_WAIT:
                    raise again.error from None
                on_again()
                await asyncio.sleep((again.wait or 0.3 * 2**attempt) * self.patience)
        raise AssertionError("unreachable")

    async def _once(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]],
        schema: Mapping[str, Any] | None,
        hear: Callable[[str], None],
    ) -> Answer:
        litellm = await asyncio.to_thread(_litellm)
        _quiet()
        extra: dict[str, Any] = {}
        if tools:
            extra["tools"] = list(tools)
        if schema is not None:
            shape = {"name": "call", "schema": schema, "strict": True}
            extra["response_format"] = {"type": "json_schema", "json_schema": shape}
        if self.base:
            extra["api_base"] = self.base
            if not _has_key():
                extra["api_key"] = "none"  # endpoints of one's own take any; the client insists on one
        chunks: list[Any] = []
        try:
            stream = await litellm.acompletion(
                model=self.name,
                messages=list(messages),
                stream=True,
                stream_options={"include_usage": True},
                timeout=self.timeout,
                num_retries=0,
                max_retries=0,
                **extra,
            )
            async for chunk in stream:
                chunks.append(chunk)
                delta = chunk.choices[0].delta if chunk.choices else None
                if delta is not None and delta.content:
                    hear(delta.content)
        except Exception as error:  # noqa: BLE001 - the boundary to LiteLLM: every failure becomes one of ours
            raise _plain(error, self.name, bool(tools) or schema is not None) from None
        return self._read(litellm, messages, chunks)

    def _read(self, litellm: ModuleType, messages: Sequence[Message], chunks: list[Any]) -> Answer:
        try:
            whole = litellm.stream_chunk_builder(chunks, messages=list(messages))
            message = whole.choices[0].message
        except Exception:  # noqa: BLE001 - nonsense from outside fails in as many ways as there are nonsenses
            raise _Again(ModelUnavailable(f"{self.name} answered something that cannot be read.")) from None
        calls = tuple(
            ToolCall(call.id or f"call-{index}", call.function.name or "", call.function.arguments or "")
            for index, call in enumerate(message.tool_calls or ())
        )
        text = message.content or ""
        if not text.strip() and not calls:
            raise _Again(ModelUnavailable(f"{self.name} gave an empty answer."))
        return Answer(text, calls, self._cost(litellm, whole))

    def _cost(self, litellm: ModuleType, whole: Any) -> float:
        """US dollars by LiteLLM's price list; 0 for models that are not on it."""
        try:
            return float(litellm.completion_cost(completion_response=whole, model=self.name))
        except Exception:  # noqa: BLE001 - an unknown price must not fail a call that went well
            return 0.0

    async def takes_tools(self) -> bool | None:
        """Whether the model calls tools by itself, from LiteLLM's list; None if it is not on it."""
        litellm = await asyncio.to_thread(_litellm)
        try:
            litellm.get_model_info(self.name)
        except Exception:  # noqa: BLE001 - LiteLLM says "not mapped" with several exceptions
            return None
        return bool(litellm.supports_function_calling(self.name))


class _Again(Exception):
    """A failure that may pass."""

    def __init__(self, error: ModelUnavailable, wait: float = 0.0) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


def _plain(error: Exception, name: str, asked_more: bool) -> Exception:
    """A failure as one of ours. What the provider said is not passed on: it may quote a key."""
    status = getattr(error, "status_code", None)
    kind = type(error).__name__
    if kind == "Timeout" or status == 408:
        return _Again(ModelUnavailable(f"{name} did not answer in time."))
    if status == 429:
        return _Again(ModelUnavailable(f"{name} is overloaded or out of quota."), _retry_after(error))
    if status in (401, 403):
        return ModelUnavailable(f"{name} refused the key. Set the provider's key in the environment.")
    if status == 404 or kind == "NotFoundError":
        return ModelUnavailable(f"There is no model {name} at its endpoint. Check SPATIALNB_MODEL.")
    if kind == "ContextWindowExceededError":
        return TooLong(f"The request is too long for {name}.")
    if status in (400, 415, 422) or kind == "UnsupportedParamsError":
        return (
            Refused(f"{name} did not take the request.")
            if asked_more
            else ModelUnavailable(f"{name} did not take the request.")
        )
    return _Again(ModelUnavailable(f"{name} cannot be reached or broke off."))


def _retry_after(error: Exception) -> float:
    for headers in (
        getattr(error, "litellm_response_headers", None),
        getattr(getattr(error, "response", None), "headers", None),
    ):
        try:
            if headers and (value := headers.get("retry-after")):
                return max(0.0, float(value))
        except (TypeError, ValueError):
            continue
    return 0.0


def _has_key() -> bool:
    return bool(os.environ.get("OPENAI_API_KEY"))


@cache
def _litellm() -> ModuleType:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import litellm

        # Their models are built at first use and warn then; build them while nobody listens.
        litellm.ModelResponse()
        litellm.ModelResponseStream()
    setattr(litellm, "telemetry", False)  # noqa: B010 - their own stubs do not know it
    litellm.suppress_debug_info = True
    litellm.disable_hf_tokenizer_download = True
    litellm.disable_aiohttp_transport = True
    litellm.drop_params = False
    return litellm


def _quiet() -> None:
    """LiteLLM's own deprecation warnings are not for the people who use this package."""
    quiet = {"action": "ignore", "module": r"litellm(\.|$)"}
    if not any(
        entry[0] == "ignore" and getattr(entry[3], "pattern", "") == quiet["module"] for entry in warnings.filters
    ):
        warnings.filterwarnings("ignore", module=quiet["module"])


def warm() -> None:
    """Import LiteLLM now, so that the first call does not wait for it."""
    _litellm()


async def close() -> None:
    """Close the connections kept for the next call. Call it on the loop that made the calls."""
    if _litellm.cache_info().currsize:
        litellm = _litellm()
        clients = list(getattr(litellm.in_memory_llm_clients_cache, "cache_dict", {}).values())
        for client in clients:
            if inspect.iscoroutinefunction(getattr(client, "close", None)):
                await client.close()
        litellm.in_memory_llm_clients_cache.flush_cache()
