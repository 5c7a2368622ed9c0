"""An endpoint for every kind of call, on a thread of its own, that counts what it is asked and how much at once."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web
from PIL import Image


@dataclass
class Counted:
    """What the endpoint saw."""

    bodies: list[dict[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    """Seconds, of every request's coming."""
    at_once: int = 0
    most: int = 0
    tokens: int = 0
    output: int = 0


class Endpoint:
    """A server on a free port of 127.0.0.1. `hold` is how long it takes over an answer; `fail` a status to answer."""

    def __init__(self, *, hold: float = 0.0, output: int = 50) -> None:
        self.hold = hold
        self.output = output
        self.fail: int | None = None
        self.port = 0
        self.seen = Counted()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(10)

    async def _main(self) -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/v1/chat/completions", self._counted(self._chat))
        app.router.add_post("/v1/embeddings", self._counted(self._embeddings))
        app.router.add_post("/v1/images/generations", self._counted(self._images))
        app.router.add_post("/v1/audio/speech", self._counted(self._speech))
        app.router.add_get("/v1/models", self._models)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        self._ready.set()
        await self._closing.wait()
        await runner.cleanup()

    def _counted(self, answer: Any) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            body = await request.json()
            seen = self.seen
            seen.bodies.append(body)
            seen.times.append(time.monotonic())
            seen.at_once += 1
            seen.most = max(seen.most, seen.at_once)
            try:
                await asyncio.sleep(self.hold)
                if self.fail is not None:
                    return web.json_response({"error": {"message": "on demand"}}, status=self.fail)
                return await answer(request, body)
            finally:
                seen.at_once -= 1

        return handle

    async def _models(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": []}, status=self.fail or 200)

    async def _chat(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        asked = len(json.dumps(body["messages"])) // 4
        output = min(self.output, body.get("max_tokens") or self.output)
        self.seen.tokens += asked + output
        self.seen.output += output
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        head = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": body["model"]}
        usage = {"prompt_tokens": asked, "completion_tokens": output, "total_tokens": asked + output}
        for chunk in (
            {**head, "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Fine."}}]},
            {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
            {**head, "choices": [], "usage": usage},
        ):
            await response.write(f"data: {json.dumps(chunk)}\n\n".encode())
        await response.write(b"data: [DONE]\n\n")
        return response

    async def _embeddings(self, request: web.Request, body: dict[str, Any]) -> web.Response:
        rows = [
            {"object": "embedding", "index": index, "embedding": [float(len(text)), 1.0, 0.0]}
            for index, text in enumerate(body["input"])
        ]
        usage = {"prompt_tokens": 7, "total_tokens": 7}
        # Out of order, as it may be.
        return web.json_response({"object": "list", "data": rows[::-1], "model": body["model"], "usage": usage})

    async def _images(self, request: web.Request, body: dict[str, Any]) -> web.Response:
        width, height = map(int, body["size"].split("x"))
        buffer = io.BytesIO()
        Image.new("RGB", (width, height), (200, 30, 40)).save(buffer, "PNG")
        data = base64.b64encode(buffer.getvalue()).decode()
        return web.json_response({"created": 0, "data": [{"b64_json": data}]})

    async def _speech(self, request: web.Request, body: dict[str, Any]) -> web.Response:
        return web.Response(body=tone(), content_type="audio/wav")


def tone(seconds: float = 0.5) -> bytes:
    """A wave file."""
    import wave

    import numpy as np

    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        times = np.arange(int(16000 * seconds)) / 16000
        file.writeframes((np.sin(2 * np.pi * 330 * times) * 8000).astype("<i2").tobytes())
    return buffer.getvalue()
