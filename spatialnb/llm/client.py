"""The one place where models are called: any LiteLLM name, text streamed, with plain errors and a price.

LiteLLM is imported at the first call (it takes seconds and 200 MB), with its look-ups on the network switched off.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import importlib
import inspect
import os
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from spatialnb.errors import Refused, TooLong
from spatialnb.llm.answers import Answer, Message, Result, ToolCall, Usage
from spatialnb.llm.failures import AGAIN, Failure, failure_of

__all__ = ["Model", "Refused", "TooLong", "close", "library", "warm"]

RETRIES = 2
LONGEST_WAIT = 8.0
"""Seconds that a `retry-after` may make us wait before we go on without the model."""
LATE = ("openai.resources.chat.completions", "anyio._backends._asyncio", "httpcore", "h2.connection")
"""What LiteLLM itself imports in the middle of the first call, on the event loop, for more than half a second."""
LARGEST = 64 * 2**20
"""Bytes of a picture that is fetched from where the endpoint says it is."""


@dataclass(frozen=True)
class Model:
    """A model by its LiteLLM name. `base` is the endpoint's URL where it is not the provider's own."""

    name: str
    base: str | None = None
    timeout: float = 60.0
    """Seconds of silence after which the endpoint counts as down."""
    patience: float = 1.0
    """Factor on the pauses before a call is tried again."""
    key: str | None = None
    """The key, where it is not in the provider's own environment variable."""
    label: str = ""
    """What people call it; its name, if nothing else is given."""

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
                async for piece in self.stream(messages, tools=tools, schema=schema):
                    if isinstance(piece, Answer):
                        return piece
                    on_text(piece)
            except Failure as failure:
                if failure.why not in AGAIN or attempt == RETRIES or failure.wait > LONGEST_WAIT:
                    raise failure.error from None
                on_again()
                await asyncio.sleep((failure.wait or 0.3 * 2**attempt) * self.patience)
        raise AssertionError("unreachable: a stream ends with its answer, or fails")

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[Mapping[str, Any]] = (),
        schema: Mapping[str, Any] | None = None,
        most: int | None = None,
    ) -> AsyncIterator[str | Answer]:
        """One call: the text in pieces, and last the whole answer, of at most `most` tokens. Raises `Failure`."""
        litellm = await loaded()
        extra: dict[str, Any] = self._address()
        if tools:
            extra["tools"] = list(tools)
        if schema is not None:
            shape = {"name": "call", "schema": schema, "strict": True}
            extra["response_format"] = {"type": "json_schema", "json_schema": shape}
        if most is not None:
            extra["max_tokens"] = most
        chunks: list[Any] = []
        try:
            stream = await litellm.acompletion(
                model=self.name,
                messages=list(messages),
                stream=True,
                stream_options={"include_usage": True},
                **extra,
            )
            async for chunk in stream:
                chunks.append(chunk)
                delta = chunk.choices[0].delta if chunk.choices else None
                if delta is not None and delta.content:
                    yield delta.content
        except Exception as error:  # noqa: BLE001 - the boundary to LiteLLM: every failure becomes one of ours
            raise failure_of(error, self.label or self.name, bool(tools) or schema is not None) from None
        answer = self._read(litellm, messages, chunks)
        if getattr(stream, "received_finish_reason", True) is None:
            # LiteLLM ends every stream as if all were said; this one never said so.
            raise Failure("broken", f"{self.label or self.name} broke off in the middle of its answer.")
        yield answer

    def _address(self) -> dict[str, Any]:
        address: dict[str, Any] = {"timeout": self.timeout, "num_retries": 0, "max_retries": 0}
        if self.key:
            address["api_key"] = self.key
        if self.base:
            address["api_base"] = self.base
            if not self.key and not os.environ.get("OPENAI_API_KEY"):
                address["api_key"] = "none"  # endpoints of one's own take any; the client insists on one
        return address

    def _read(self, litellm: ModuleType, messages: Sequence[Message], chunks: list[Any]) -> Answer:
        try:
            whole = litellm.stream_chunk_builder(chunks, messages=list(messages))
            choice = whole.choices[0]
            message = choice.message
        except Exception:  # noqa: BLE001 - nonsense from outside fails in as many ways as there are nonsenses
            raise Failure("broken", f"{self.label or self.name} answered something that cannot be read.") from None
        calls = tuple(
            ToolCall(call.id or f"call-{index}", call.function.name or "", call.function.arguments or "")
            for index, call in enumerate(message.tool_calls or ())
        )
        text = message.content or ""
        if choice.finish_reason == "content_filter":
            raise Failure("refusal", f"{self.label or self.name} would not do this.")
        if not text.strip() and not calls:
            raise Failure("broken", f"{self.label or self.name} gave an empty answer.")
        return Answer(text, calls, self._cost(litellm, whole), usage=_usage(whole))

    def _cost(self, litellm: ModuleType, whole: Any) -> float:
        """US dollars by LiteLLM's price list; 0 for models that are not on it."""
        try:
            return float(litellm.completion_cost(completion_response=whole, model=self.name))
        except Exception:  # noqa: BLE001 - an unknown price must not fail a call that went well
            return 0.0

    # -- other than text -----------------------------------------------------------------------------------------------
    async def embed(self, texts: Sequence[str]) -> Result:
        """A vector for each text, as `content["vectors"]`. Raises `Failure`."""
        litellm = await loaded()
        try:
            whole = await litellm.aembedding(model=self.name, input=list(texts), **self._address())
            rows = sorted(whole.data, key=lambda row: int(row["index"]))
            vectors = [[float(number) for number in row["embedding"]] for row in rows]
        except Exception as error:  # noqa: BLE001 - the boundary to LiteLLM: every failure becomes one of ours
            raise failure_of(error, self.label or self.name, asked_more=False) from None
        if len(vectors) != len(texts) or len({len(vector) for vector in vectors}) > 1:
            raise Failure("broken", f"{self.label or self.name} answered something that cannot be read.")
        return Result({"vectors": vectors}, self._cost(litellm, whole), _usage(whole))

    async def draw(self, prompt: str, size: str) -> Result:
        """A picture of `size`, "1024x1024", as `content["data"]` in base64. Raises `Failure`."""
        litellm = await loaded()
        extra = self._address()
        if "dall-e" in self.name:
            extra["response_format"] = "b64_json"
        try:
            whole = await litellm.aimage_generation(model=self.name, prompt=prompt, size=size, n=1, **extra)
            (made,) = whole.data
            data = base64.b64decode(made.b64_json) if made.b64_json else await self._fetched(made.url)
        except Failure:
            raise
        except Exception as error:  # noqa: BLE001 - the boundary to LiteLLM: every failure becomes one of ours
            raise failure_of(error, self.label or self.name, asked_more=False) from None
        if not data:
            raise Failure("broken", f"{self.label or self.name} gave no picture.")
        return Result({"data": base64.b64encode(data).decode()}, self._cost(litellm, whole))

    async def _fetched(self, url: str) -> bytes:
        """A picture from where the endpoint keeps it: https, or the endpoint's own host."""
        import httpx

        place = urlsplit(url or "")
        own = bool(self.base) and place.hostname == urlsplit(self.base or "").hostname
        if place.scheme != "https" and not (place.scheme == "http" and own):
            raise Failure("broken", f"{self.label or self.name} gave no picture.")
        data = bytearray()
        async with (
            httpx.AsyncClient(timeout=self.timeout) as client,
            client.stream("GET", url) as response,
        ):
            response.raise_for_status()
            async for piece in response.aiter_bytes():
                data += piece
                if len(data) > LARGEST:
                    raise Failure("broken", f"{self.label or self.name} gave a picture that is too large.")
        return bytes(data)

    async def speak(self, text: str, voice: str, form: str = "mp3") -> Result:
        """Speech, as `content["data"]` in base64, encoded as `form`. Raises `Failure`."""
        litellm = await loaded()
        try:
            whole = await litellm.aspeech(
                model=self.name, input=text, voice=voice, response_format=form, **self._address()
            )
            data = bytes(whole.content)
        except Exception as error:  # noqa: BLE001 - the boundary to LiteLLM: every failure becomes one of ours
            raise failure_of(error, self.label or self.name, asked_more=False) from None
        if len(data) < 16:
            raise Failure("broken", f"{self.label or self.name} gave no sound.")
        return Result({"data": base64.b64encode(data).decode()})

    async def takes_tools(self) -> bool | None:
        """Whether the model calls tools by itself, from LiteLLM's list; None if it is not on it."""
        litellm = await loaded()
        try:
            litellm.get_model_info(self.name)
        except Exception:  # noqa: BLE001 - LiteLLM says "not mapped" with several exceptions
            return None
        return bool(litellm.supports_function_calling(self.name))


def _usage(whole: Any) -> Usage:
    usage = getattr(whole, "usage", None)
    asked, answered = getattr(usage, "prompt_tokens", 0), getattr(usage, "completion_tokens", 0)
    return Usage(int(asked or 0), int(answered or 0))


@cache
def library() -> ModuleType:
    """LiteLLM, imported now; by one thread, whoever else asks meanwhile."""
    with _LOADING:
        return _imported()


_LOADING = threading.Lock()


@cache
def _imported() -> ModuleType:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import litellm

        # Their models are built at first use and warn then; build them while nobody listens.
        litellm.ModelResponse()
        litellm.ModelResponseStream()
        for name in LATE:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    setattr(litellm, "telemetry", False)  # noqa: B010 - their own stubs do not know it
    litellm.suppress_debug_info = True
    litellm.disable_hf_tokenizer_download = True
    litellm.disable_aiohttp_transport = True
    litellm.drop_params = False
    return litellm


_litellm = library


async def loaded() -> ModuleType:
    """LiteLLM, imported off the event loop, and quiet."""
    litellm = library() if library.cache_info().currsize else await asyncio.to_thread(library)
    _quiet()
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
    library()


async def close() -> None:
    """Close the connections that calls on this event loop have kept for the next one."""
    if not library.cache_info().currsize:
        return
    kept = library().in_memory_llm_clients_cache
    ending = f"-{id(asyncio.get_running_loop())}"
    for name in [name for name in getattr(kept, "cache_dict", {}) if str(name).endswith(ending)]:
        client = kept.cache_dict.pop(name)
        kept.ttl_dict.pop(name, None)
        if inspect.iscoroutinefunction(getattr(client, "close", None)):
            await client.close()
