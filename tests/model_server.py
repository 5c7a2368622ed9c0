"""An OpenAI-compatible model endpoint on loopback whose answers a test writes down beforehand.

    script = [calls(("arrange", {"items": "the photos", "arrangement": "circle"})), say("There they are.")]
    with ModelServer(script) as server:
        settings = Settings(model="openai/test", model_base=server.url)
        ...
    assert server.requests[0]["tools"]

It speaks real HTTP: `POST /v1/chat/completions` (streamed by server-sent events, or whole) and `GET /v1/models`. A
script is a list of `Turn`s, used in order, one a request; a turn with `when` is used only for a request whose latest
user message holds that text. When the script is used up the server says "Done.". Instead of a list, a function from
the request's body to a `Turn` may be given.

A server with `tools=False` refuses requests that offer tools, as many small models' servers do; with `schema=False` it
refuses `response_format` too. Tool calls of the script are then written as JSON in the text of the answer.

From a shell: `python -m tests.model_server --port 8899 --script FILE`, where FILE is a JSON list of turns as dicts:

    [{"when": "circle", "calls": [["arrange", {"arrangement": "circle"}]]}, {"text": "Done."},
     {"status": 429, "retry_after": 1}]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

from aiohttp import web

Call: TypeAlias = tuple[str, Mapping[str, Any] | str]
"""Name and arguments of a tool call. Arguments given as text are sent as they are, valid JSON or not."""
Broken: TypeAlias = Literal["truncated", "json", "nonsense", "empty"]
"""truncated: the connection ends in the middle of a stream; json: a body that is no JSON; nonsense: well-formed JSON of
another shape; empty: an answer without text or calls."""
Script: TypeAlias = "Iterable[Turn] | Callable[[dict[str, Any]], Turn]"


@dataclass(frozen=True)
class Turn:
    """What the server answers to one request."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    when: str = ""
    """Only for requests whose latest user message contains this (case is ignored)."""
    status: int = 200
    retry_after: float | None = None
    message: str = ""
    """The error's text, with a `status` of 400 and above."""
    hang: float = 0.0
    """Seconds of silence before the answer. Closing the server ends it."""
    pause: float = 0.0
    """Seconds between two pieces of a stream."""
    broken: Broken | None = None
    piece: int = 7
    """Length of the pieces that text and arguments are streamed in, in characters."""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """A turn from its JSON form."""
        known = {field.name for field in fields(cls)}
        if unknown := set(data) - known:
            raise ValueError(f"A turn has no {sorted(unknown)}; it takes {sorted(known)}.")
        calls = tuple((str(name), arguments) for name, arguments in data.get("calls", ()))
        return cls(**{**data, "calls": calls})


def say(text: str, **more: Any) -> Turn:
    """The model only talks."""
    return Turn(text=text, **more)


def calls(*calls: Call, text: str = "", **more: Any) -> Turn:
    """The model calls tools, several at once if several are given."""
    return Turn(text=text, calls=calls, **more)


def fail(status: int, message: str = "", *, retry_after: float | None = None, **more: Any) -> Turn:
    """The endpoint answers with an error."""
    return Turn(status=status, message=message or f"Error {status} on demand", retry_after=retry_after, **more)


class ModelServer:
    """A server on a free port of 127.0.0.1, on a thread of its own. Use it as a context manager."""

    def __init__(
        self, script: Script = (), *, tools: bool = True, schema: bool = True, window: int | None = None, port: int = 0
    ) -> None:
        self.tools = tools
        self.schema = schema
        self.window = window
        """Characters of messages and tools that fit into a request; longer ones are refused."""
        self.port = port
        self.requests: list[dict[str, Any]] = []
        """Bodies of the requests so far, oldest first, refused ones too."""
        self.headers: list[dict[str, str]] = []
        """Their headers, names in lower case."""
        self._choose = script if callable(script) else None
        self._turns: list[Turn] = [] if callable(script) else list(script)
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._closing: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    @property
    def url(self) -> str:
        """Base URL for clients, ends in `/v1`."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def left(self) -> tuple[Turn, ...]:
        """Turns of the script that were not used yet."""
        return tuple(self._turns)

    def add(self, *turns: Turn) -> None:
        """More turns at the end of the script."""
        with self._lock:
            self._turns.extend(turns)

    def start(self) -> Self:
        self._thread = threading.Thread(target=self._serve, name="model-server", daemon=True)
        self._thread.start()
        if not self._ready.wait(10):
            raise TimeoutError("The model server did not start.")
        if self._failure:
            raise self._failure
        return self

    def close(self) -> None:
        if self._loop and self._closing and self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._closing.set)
            self._thread.join(10)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- serving -------------------------------------------------------------------------------------------------------
    def _serve(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that called `start`
            self._failure = error
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/v1/chat/completions", self._answer)
        app.router.add_get("/v1/models", self._models)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port = runner.addresses[0][1]
        self._ready.set()
        await self._closing.wait()
        await runner.cleanup()

    async def _models(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "test", "object": "model"}]})

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        with self._lock:
            self.requests.append(body)
            self.headers.append({name.lower(): value for name, value in request.headers.items()})
        if body.get("tools") and not self.tools:
            return _error(400, "This model does not support tools.")
        if body.get("response_format") and not self.schema:
            return _error(400, "response_format is not supported by this model.")
        if self.window is not None and len(json.dumps([body["messages"], body.get("tools")])) > self.window:
            return _error(400, f"This model's maximum context length is {self.window // 4} tokens.")
        turn = self._next(body)
        if turn.hang and self._closing:
            _, waiting = await asyncio.wait([asyncio.ensure_future(self._closing.wait())], timeout=turn.hang)
            for task in waiting:
                task.cancel()
        if turn.status >= 400:
            return _error(turn.status, turn.message, turn.retry_after)
        if turn.broken == "json":
            return web.Response(text='{"id": "chatcmpl-1", "choices": [{"mess', content_type="application/json")
        if turn.broken == "nonsense":
            return web.json_response({"weather": "sunny", "choices": "none"})
        if turn.broken == "empty":
            turn = Turn()
        elif not body.get("tools"):
            turn = self._as_text(turn, bool(body.get("response_format")))
        if body.get("stream"):
            response = web.StreamResponse(headers={"content-type": "text/event-stream", "cache-control": "no-cache"})
            with contextlib.suppress(ConnectionError):  # the client may have gone, which is its right
                await self._stream(request, response, body, turn)
            return response
        return web.json_response(_whole(body, turn))

    def _next(self, body: dict[str, Any]) -> Turn:
        if self._choose:
            return self._choose(body)
        asked = latest_user(body).lower()
        with self._lock:
            for index, turn in enumerate(self._turns):
                if turn.when.lower() in asked:
                    return self._turns.pop(index)
        return say("Done.")

    def _as_text(self, turn: Turn, schema: bool) -> Turn:
        """The first call as JSON, as a model without tools writes it; the others stay for the next requests."""
        if not turn.calls:
            reply = {"tool": "reply", "arguments": {"text": turn.text}}
            return replace(turn, text=json.dumps(reply) if schema else turn.text)
        (name, arguments), *others = turn.calls
        if others:
            with self._lock:
                self._turns.insert(0, Turn(calls=tuple(others)))
        text = f'{{"tool": {json.dumps(name)}, "arguments": {_written(arguments)}}}'
        return replace(turn, text=text if schema else f"Of course.\n```json\n{text}\n```", calls=())

    async def _stream(
        self, request: web.Request, response: web.StreamResponse, body: dict[str, Any], turn: Turn
    ) -> None:
        await response.prepare(request)
        chunks = [_chunk(body, delta, finish) for delta, finish in deltas(turn)]
        if (body.get("stream_options") or {}).get("include_usage"):
            chunks.append({**_head(body, "chat.completion.chunk"), "choices": [], "usage": _usage(body, turn)})
        if turn.broken == "truncated":
            chunks = chunks[: max(2, len(chunks) // 2)]
        for chunk in chunks:
            await response.write(f"data: {json.dumps(chunk)}\n\n".encode())
            if turn.pause:
                await asyncio.sleep(turn.pause)
        if turn.broken == "truncated":
            await response.write(b'data: {"id": "chatcmpl-1", "choi')
            if request.transport:
                request.transport.abort()
            return
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()


def latest_user(body: Mapping[str, Any]) -> str:
    """Text of the latest user message of a request."""
    said = [message for message in body.get("messages", ()) if message.get("role") == "user"]
    content = said[-1]["content"] if said else ""
    return content if isinstance(content, str) else json.dumps(content)


def deltas(turn: Turn) -> Iterable[tuple[dict[str, Any], str | None]]:
    """The pieces of a streamed answer: text first, then the calls with their arguments split, interleaved."""
    yield {"role": "assistant", "content": "" if turn.text else None}, None
    for piece in _pieces(turn.text, turn.piece):
        yield {"content": piece}, None
    left: list[list[str]] = []
    for index, (name, arguments) in enumerate(turn.calls):
        head = {"index": index, "id": f"call_{index}", "type": "function", "function": {"name": name, "arguments": ""}}
        yield {"tool_calls": [head]}, None
        left.append(_pieces(_written(arguments), turn.piece))
    while any(left):
        for index, pieces in enumerate(left):
            if pieces:
                yield {"tool_calls": [{"index": index, "function": {"arguments": pieces.pop(0)}}]}, None
    yield {}, "tool_calls" if turn.calls else "stop"


def _written(arguments: Mapping[str, Any] | str) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


def _pieces(text: str, length: int) -> list[str]:
    return [text[start : start + length] for start in range(0, len(text), length)]


def _head(body: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 0, "model": body.get("model", "test")}


def _chunk(body: Mapping[str, Any], delta: Mapping[str, Any], finish: str | None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {**_head(body, "chat.completion.chunk"), "choices": [choice]}


def _whole(body: Mapping[str, Any], turn: Turn) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": turn.text or None}
    if turn.calls:
        message["tool_calls"] = [
            {"id": f"call_{index}", "type": "function", "function": {"name": name, "arguments": _written(arguments)}}
            for index, (name, arguments) in enumerate(turn.calls)
        ]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if turn.calls else "stop"}
    return {**_head(body, "chat.completion"), "choices": [choice], "usage": _usage(body, turn)}


def _usage(body: Mapping[str, Any], turn: Turn) -> dict[str, int]:
    """Tokens, counted as four characters each."""
    asked = len(json.dumps(body.get("messages", ()))) // 4
    said = (len(turn.text) + sum(len(_written(arguments)) for _, arguments in turn.calls)) // 4
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def _error(status: int, message: str, retry_after: float | None = None) -> web.Response:
    headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
    error = {"error": {"message": message, "type": "test_error", "code": str(status)}}
    return web.json_response(error, status=status, headers=headers)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="A scripted OpenAI-compatible model endpoint on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", type=Path, help="JSON file with a list of turns")
    parser.add_argument("--no-tools", action="store_true", help="refuse requests that offer tools")
    parser.add_argument("--no-schema", action="store_true", help="refuse requests that ask for a JSON schema")
    given = parser.parse_args(arguments)
    turns = [Turn.of(turn) for turn in json.loads(given.script.read_text())] if given.script else []
    with ModelServer(turns, tools=not given.no_tools, schema=not given.no_schema, port=given.port) as server:
        print(server.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
