"""A page in place of JupyterLab: a real view of a real studio in a real browser, HTTP in place of the kernel's socket.

    with StandIn(space) as standin:
        page.goto(standin.url())

What the view sends is posted to `/send`; what the kernel sends comes as server-sent events. Media are served as the
server extension serves them, unless `media=False`: then the view has to ask for them over its messages.
"""

from __future__ import annotations

import base64
import json
import queue
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from spatialnb.errors import NotFound
from spatialnb.widgets.bridge import STATIC, View

PAGE = """<!doctype html><meta charset="utf-8"><title>stand-in</title>
<style>body { margin: 0; padding: 16px; background: %(ground)s; color: %(text)s; font-family: system-ui; }</style>
<body data-jp-theme-light="%(light)s"><div id="out"></div>
<script type="module">
const out = document.getElementById('out');
const listeners = new Map();
const b64 = (buffer) => btoa(Array.from(new Uint8Array(buffer), (c) => String.fromCharCode(c)).join(''));
window.sent = [];
window.model = {
  get: (name) => (%(traits)s)[name],
  on: (name, f) => listeners.set(name, [...(listeners.get(name) ?? []), f]),
  off: (name, f) => listeners.set(name, (listeners.get(name) ?? []).filter((g) => g !== f)),
  send(content, _callbacks, buffers = []) {
    window.sent.push(content);
    fetch('/send', { method: 'POST', body: JSON.stringify({ content, buffers: (buffers ?? []).map(b64) }) });
  },
  fire(name, ...args) { for (const f of listeners.get(name) ?? []) f(...args); },
};
const events = new EventSource('/events');
events.onmessage = ({ data }) => {
  const { content, buffers } = JSON.parse(data);
  const view = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  model.fire('msg:custom', content, buffers.map(view));
};
await new Promise((open) => (events.onopen = open));
const { default: widget } = await import('/static/loader.js');
const abort = new AbortController();
window.dispose = await widget.render({ model, el: out, signal: abort.signal });
window.mounted = true;
</script>"""


class StandIn:
    def __init__(self, view: View, *, media: bool = True) -> None:
        self.view = view
        self.media = media
        self._pages: list[queue.SimpleQueue[str]] = []
        self._kept: list[str] = []
        self.sent: list[dict[str, Any]] = []
        self.bytes = 0
        """What the kernel has sent, as it goes over a socket."""
        view.send = self._send  # type: ignore[method-assign]
        standin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                standin.get(self)

            def do_POST(self) -> None:
                standin.post(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, *, dark: bool = False) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/{'?dark' if dark else ''}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for page in self._pages:
            page.put("")
        self._server.shutdown()
        self._server.server_close()

    def _send(self, content: dict[str, Any], buffers: Sequence[bytes] | None = None) -> None:
        self.sent.append(content)
        data = {"content": content, "buffers": [base64.b64encode(bytes(b)).decode() for b in buffers or ()]}
        self.bytes += len(json.dumps(content)) + sum(len(b) for b in buffers or ())
        for page in self._pages:
            page.put(json.dumps(data))

    def get(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path
        if path == "/events":
            return self._stream(request)
        if path.startswith("/static/"):
            return _answer(request, (STATIC / path.removeprefix("/static/")).read_bytes(), "text/javascript")
        if path.startswith("/spatialnb/media/"):
            return self._media(request, path.rpartition("/")[2])
        if path in ("/", "/?dark"):
            dark = path.endswith("dark")
            look = {
                "light": str(not dark).lower(),
                "ground": "#111" if dark else "#fff",
                "text": "#eee" if dark else "#111",
            }
            return _answer(request, (PAGE % {**look, "traits": json.dumps(self._traits())}).encode(), "text/html")
        return _answer(request, b"", "text/plain", 404)

    def post(self, request: BaseHTTPRequestHandler) -> None:
        body = json.loads(request.rfile.read(int(request.headers["content-length"])))
        buffers = [memoryview(base64.b64decode(text)) for text in body["buffers"]]
        _answer(request, b"", "text/plain", 204)
        self.view._receive(self.view, body["content"], buffers)

    def _traits(self) -> dict[str, Any]:
        return {key: value for key, value in self.view.get_state().items() if isinstance(value, (str, int, bool))}

    def _stream(self, request: BaseHTTPRequestHandler) -> None:
        mine: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._pages.append(mine)
        request.send_response(200)
        request.send_header("content-type", "text/event-stream")
        request.end_headers()
        request.wfile.flush()
        while text := mine.get():
            try:
                request.wfile.write(f"data: {text}\n\n".encode())
                request.wfile.flush()
            except OSError:
                return

    def _media(self, request: BaseHTTPRequestHandler, name: str) -> None:
        try:
            if not self.media:
                raise NotFound(name)
            media = self.view.host.media
            return _answer(request, media.read(name), media.mime(name))
        except NotFound:
            return _answer(request, b"", "text/plain", 404)


def _answer(request: BaseHTTPRequestHandler, body: bytes, mime: str, status: int = 200) -> None:
    request.send_response(status)
    request.send_header("content-type", mime)
    request.send_header("content-length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
