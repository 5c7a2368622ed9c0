"""A page with one built widget and no kernel: the test plays the kernel's part."""

from __future__ import annotations

import base64
import functools
import http.server
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from playwright.sync_api import Locator, Page

from spatialnb.models.base import Frozen
from spatialnb.models.plan import RunState, StepState
from spatialnb.widgets.bridge import STATIC
from tests.lab import Chromium

PAGE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<style>body{margin:0;padding:16px;background:var(--jp-layout-color1,#fff)}
body[data-jp-theme-light=false]{--jp-layout-color1:#212121;--jp-ui-font-color1:#ffffffde;--jp-brand-color1:#2196f3}</style>
<body data-jp-theme-light="true"><div id="out"></div>
<script type="module">
class Model {
  #listeners = new Map(); sent = []; files = {}; traits = {media_base: ''}; interrupts = 0;
  kernel = {status: 'idle', interrupt: async () => { this.interrupts += 1 }};
  widget_manager = {kernel: this.kernel};
  get(name) { return this.traits[name] }
  on(name, call) { (this.#listeners.get(name) ?? this.#listeners.set(name, new Set()).get(name)).add(call) }
  off(name, call) { this.#listeners.get(name)?.delete(call) }
  fire(name, ...args) { for (const call of [...(this.#listeners.get(name) ?? [])]) call(...args) }
  count() { return [...this.#listeners.values()].reduce((sum, each) => sum + each.size, 0) }
  emit(message, buffers = []) { this.fire('msg:custom', message, buffers) }
  send(message) {
    this.sent.push(message);
    if (message.type !== 'fetch') return;
    const file = this.files[message.hash];
    const bytes = file && Uint8Array.from(atob(file.data), c => c.charCodeAt(0)).buffer;
    const answer = {type: 'bytes', hash: message.hash, mime: file?.mime ?? ''};
    queueMicrotask(() => this.emit(answer, bytes ? [new DataView(bytes)] : []));
  }
}
window.start = async (name, how) => {
  const module = (await import(`/${name}.js`)).default;
  window.model = new Model();
  if (how === 'initialize') module.initialize({model});
  else window.stop = module.render({model, el: document.getElementById('out')});
};
window.ready = true;
</script>"""


class _Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        body = PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None: ...


class Site:
    """Serves the built bundles on the loopback, and opens pages with one of them."""

    def __init__(self, root: Path = STATIC) -> None:
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(_Handler, directory=str(root))
        )
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.chromium = Chromium(width=900, height=800)

    def open(self, name: str, *, how: str = "render", width: int = 900, dark: bool = False) -> WidgetPage:
        page = self.chromium.page()
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"http://127.0.0.1:{self.server.server_port}/")
        page.wait_for_function("() => window.ready")
        page.evaluate("dark => { document.body.dataset.jpThemeLight = String(!dark) }", dark)
        return WidgetPage(page, name, how)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.chromium.close()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class WidgetPage:
    """A page with a widget in it."""

    def __init__(self, page: Page, name: str, how: str) -> None:
        self.page = page
        self.problems: list[str] = []
        page.on("console", lambda message: self.problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.evaluate("([name, how]) => window.start(name, how)", [name, how])

    def say(self, message: Frozen | Mapping[str, Any]) -> None:
        """The kernel sends a message."""
        content = message.model_dump(mode="json") if isinstance(message, Frozen) else dict(message)
        self.page.evaluate("message => window.model.emit(message)", content)

    def sent(self, type: str) -> list[dict[str, Any]]:
        """Messages of a type that the page has sent."""
        return self.page.evaluate("type => window.model.sent.filter(each => each.type === type)", type)

    def file(self, hash: str, data: bytes, mime: str) -> None:
        """Let the kernel have a file."""
        content = {"data": base64.b64encode(data).decode(), "mime": mime}
        self.page.evaluate("([hash, file]) => { window.model.files[hash] = file }", [hash, content])

    def wait(self, condition: str, arg: Any = None) -> None:
        self.page.wait_for_function(condition, arg=arg, timeout=10_000)

    def get(self, selector: str) -> Locator:
        return self.page.locator(selector)

    def close(self) -> None:
        self.page.close()


def run(id: str = "r1", request: str = "arrange it", status: Any = "running", **fields: Any) -> RunState:
    return RunState(id=id, project="museum", request=request, status=status, **fields)


def step(id: str = "s1", title: str = "Find photos", status: Any = "done", **fields: Any) -> StepState:
    return StepState(id=id, run=fields.pop("run", "r1"), operation="search", title=title, status=status, **fields)
