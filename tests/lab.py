"""Drives a real JupyterLab in a real Chromium for the tests in `tests/browser`.

Nothing of the user's is read or written: every server has its own folders for configuration, data, runtime files and
spatialnb's home. Nothing sleeps: every wait is for a state of the server, the page or the kernel.

    with Lab(tmp_path) as lab, Chromium() as chromium:
        notebook = chromium.open(lab, lab.write("story.ipynb", ["1 + 1"]))
        notebook.run(0)
        assert notebook.text(0) == "2"
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import nbformat
from playwright.sync_api import Locator, Page, sync_playwright

CHECKOUT = Path(__file__).parents[1]
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
    # Timers and animation frames at full rate although nothing is on a screen.
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
)
QUIET = {
    "@jupyterlab/apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    }
}
SECONDS = 60


def chromium_path() -> str | None:
    """The system's Chromium or Chrome (or `$CHROMIUM`), or None: then playwright's own is used."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("CHROMIUM") or next((found for name in names if (found := shutil.which(name))), None)


class Lab:
    """A JupyterLab server of its own on the loopback, with the server extension of this checkout turned on.

    `settings` are JupyterLab settings by plugin id, `environ` is added to the server's environment, and `base_url`
    puts it under a prefix as JupyterHub does.
    """

    def __init__(
        self,
        root: Path,
        *,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        environ: Mapping[str, str] | None = None,
        base_url: str = "/",
        options: Sequence[str] = (),
    ) -> None:
        self.root = root.resolve()
        self.root.mkdir(parents=True, exist_ok=True)
        # Short, because unix sockets in it may not have long paths.
        self.state = Path(tempfile.mkdtemp(prefix="snb-"))
        self.home = self.state / "home"
        self.token = secrets.token_hex(16)
        self.base_url = base_url
        self._write_settings({**QUIET, **(settings or {})})
        enabled = self.state / "config" / "jupyter_server_config.d"
        enabled.mkdir(parents=True)
        shutil.copy(CHECKOUT / "jupyter_config" / "spatialnb.json", enabled)
        self.log: list[str] = []
        self._ready = threading.Event()
        self.process = subprocess.Popen(
            self._command(options),
            env=self._environ(environ or {}),
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(SECONDS) or not self._listens():
            self.stop()
            raise RuntimeError("JupyterLab did not start:\n" + "".join(self.log[-40:]))

    def _write_settings(self, settings: Mapping[str, Mapping[str, Any]]) -> None:
        for plugin, values in settings.items():
            path = self.state / "settings" / f"{plugin}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))

    def _command(self, options: Sequence[str]) -> list[str]:
        return [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            "--port=0",
            f"--ServerApp.base_url={self.base_url}",
            f"--ServerApp.root_dir={self.root}",
            f"--IdentityProvider.token={self.token}",
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.news_url=",
            "--LabApp.extension_manager=readonly",
            *options,
        ]

    def _environ(self, added: Mapping[str, str]) -> dict[str, str]:
        folders = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "run",
            "IPYTHONDIR": "ipython",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "SPATIALNB_HOME": "home",
        }
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "SPATIALNB_"))}
        return {**kept, **{name: str(self.state / folder) for name, folder in folders.items()}, **added}

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.log.append(line)
            # The first address printed is that of the server; with port 0 only it knows its port.
            if not self._ready.is_set() and "http://127.0.0.1:" in line:
                self.port = int(line.split("http://127.0.0.1:")[1].split("/")[0])
                self._ready.set()
        self._ready.set()

    def _listens(self) -> bool:
        """The address is printed a moment before the server takes connections."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            try:
                return self.request("api/status")[0] == 200
            except OSError:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(0.05)
                    return False
        return False

    @property
    def url(self) -> str:
        """Address with the base URL and without the slash at its end."""
        return f"http://127.0.0.1:{self.port}{self.base_url.rstrip('/')}"

    def request(
        self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, signed: bool = True
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of a request to the server, with the token unless `signed` is False."""
        token = {"Authorization": f"token {self.token}"} if signed else {}
        request = urllib.request.Request(f"{self.url}/{path}", method=method, headers={**token, **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def write(self, name: str, cells: Sequence[str]) -> str:
        """A notebook with these code cells in the server's folder; returns `name`."""
        notebook = nbformat.v4.new_notebook()
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
        nbformat.write(notebook, str(self.root / name))
        return name

    def stop(self) -> None:
        """End the kernels politely, then the server, and remove its folders."""
        if self.process.poll() is None:
            try:
                for kernel in json.loads(self.request("api/kernels")[2]):
                    self.request(f"api/kernels/{kernel['id']}", method="DELETE")
            except (OSError, ValueError, AttributeError):
                pass  # it may not have come so far as to have kernels
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(5)
        if self.process.stdout is not None:
            self.process.stdout.close()
        shutil.rmtree(self.state, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Chromium:
    """A headless browser with one context: what is signed in on one page is signed in on all."""

    def __init__(
        self, *, width: int = 1280, height: int = 900, dark: bool = False, scale: float = 1, flags: Sequence[str] = ()
    ) -> None:
        self.playwright = sync_playwright().start()
        self.browser = self.playwright.chromium.launch(
            executable_path=chromium_path(), headless=True, args=[*FLAGS, *flags]
        )
        self.context = self.browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            device_scale_factor=scale,
        )

    def page(self) -> Page:
        return self.context.new_page()

    def open(self, lab: Lab, path: str) -> Notebook:
        """The notebook at `path`, shown, with its kernel idle."""
        return Notebook(lab, self.page(), path)

    def close(self) -> None:
        self.browser.close()
        self.playwright.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


FIND_PANEL = """async ([path, ms]) => {
  const app = window.jupyterapp, frame = () => new Promise(done => setTimeout(done, 20)), end = performance.now() + ms;
  await app.restored;
  let panel;
  const find = () => [...app.shell.widgets('main')].find(w => w.context && w.context.path === path);
  while (!(panel = find())) { if (performance.now() > end) throw new Error(`${path} did not open`); await frame(); }
  app.shell.activateById(panel.id);
  await panel.context.ready; await panel.sessionContext.ready; await panel.revealed;
  window.__panel = panel;
}"""
IDLE = "() => window.__panel.sessionContext.session?.kernel?.status === 'idle'"
RUN = """async ([index, wait]) => {
  const notebook = window.__panel.content;
  notebook.deselectAll(); notebook.activeCellIndex = index;
  const done = window.jupyterapp.commands.execute('notebook:run-cell', {toolbar: false});
  if (wait) await done;
}"""
EXECUTE = """async code => {
  const kernel = window.__panel.sessionContext.session.kernel;
  const future = kernel.requestExecute({code, store_history: false, stop_on_error: false});
  let text = '', failure = '';
  future.onIOPub = message => {
    const content = message.content;
    if (message.header.msg_type === 'stream') text += content.text;
    if (message.header.msg_type === 'execute_result') text += content.data['text/plain'];
    if (message.header.msg_type === 'error') failure = `${content.ename}: ${content.evalue}`;
  };
  await future.done;
  if (failure) throw new Error(failure);
  return text;
}"""
ADD = """code => {
  const model = window.__panel.content.model.sharedModel;
  model.insertCell(model.cells.length, {cell_type: 'code', source: code, metadata: {}, outputs: []});
  return model.cells.length - 1;
}"""


class Notebook:
    """A notebook that is open in JupyterLab."""

    def __init__(self, lab: Lab, page: Page, path: str) -> None:
        self.lab, self.page, self.path = lab, page, path
        self.problems: list[str] = []
        """Errors of the page's console and uncaught exceptions."""
        page.on("console", lambda message: self.problems.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.goto(f"{lab.url}/lab/tree/{path}?reset&token={lab.token}", wait_until="domcontentloaded")
        self._attach()

    def _attach(self) -> None:
        # JupyterLab replaces the page's address (and may load the page again) while it restores its workspace.
        self.page.wait_for_url(lambda url: "reset" not in url, timeout=SECONDS * 1000, wait_until="domcontentloaded")
        self.page.wait_for_function("() => window.jupyterapp?.shell", timeout=SECONDS * 1000)
        self.page.evaluate(FIND_PANEL, [self.path, SECONDS * 1000])
        self.idle()

    def idle(self, seconds: float = SECONDS) -> None:
        """Wait until the kernel has nothing to do."""
        self.page.wait_for_function(IDLE, timeout=seconds * 1000)

    def run(self, index: int, *, wait: bool = True) -> None:
        """Run a cell; with `wait`, until the kernel has answered."""
        self.page.evaluate(RUN, [index, wait])

    def add(self, code: str) -> int:
        """Append a code cell; returns its index."""
        return int(self.page.evaluate(ADD, code))

    def execute(self, code: str) -> str:
        """Run code in the kernel without a cell and return what it printed. Raises if it raised."""
        return str(self.page.evaluate(EXECUTE, code))

    def cell(self, index: int) -> Locator:
        """The cell's element, for clicks and pictures."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def outputs(self, index: int) -> list[dict[str, Any]]:
        """The outputs of a cell as they would be saved now."""
        return self.page.evaluate("i => window.__panel.content.widgets[i].model.sharedModel.getOutputs()", index)

    def text(self, index: int) -> str:
        """The outputs of a cell as plain text: streams, `text/plain`, and errors as `NAME: message`."""
        said: list[str] = []
        for output in self.outputs(index):
            if output["output_type"] == "stream":
                said.append("".join(output["text"]))
            elif output["output_type"] == "error":
                said.append(f"{output['ename']}: {output['evalue']}")
            else:
                said.append("".join(output["data"].get("text/plain", "")))
        return "\n".join(said).strip()

    def wait(self, condition: str, arg: Any = None, *, seconds: float = 30) -> Any:
        """Wait until a JavaScript function of the page gives something true; returns it."""
        return self.page.wait_for_function(condition, arg=arg, timeout=seconds * 1000).json_value()

    def command(self, name: str, args: Mapping[str, Any] | None = None) -> None:
        """Run a command of JupyterLab."""
        self.page.evaluate(
            "async ([name, args]) => { await window.jupyterapp.commands.execute(name, args) }", [name, args or {}]
        )

    def theme(self, name: str) -> None:
        """Switch to a theme, such as `JupyterLab Dark`, and wait until it is loaded."""
        self.command("apputils:change-theme", {"theme": name})
        light = "false" if "Dark" in name else "true"
        self.wait("light => document.body.dataset.jpThemeLight === light", light)

    def save(self) -> nbformat.NotebookNode:
        """Save, and return what is in the file."""
        self.page.evaluate("async () => { await window.__panel.context.save() }")
        return nbformat.read(str(self.lab.root / self.path), as_version=4)

    def reload(self) -> None:
        """Load the page again; the kernel lives on."""
        self.page.reload(wait_until="domcontentloaded")
        self._attach()

    def interrupt(self) -> None:
        self.page.evaluate("async () => { await window.__panel.sessionContext.session.kernel.interrupt() }")

    def restart(self) -> None:
        """Restart the kernel without asking."""
        self.page.evaluate("async () => { await window.__panel.sessionContext.session.kernel.restart() }")
        self.idle()

    def kernel_id(self) -> str:
        return str(self.page.evaluate("() => window.__panel.sessionContext.session.kernel.id"))

    def shut_down(self) -> None:
        """End the kernel, leaving the page as it is."""
        for session in json.loads(self.lab.request("api/sessions")[2]):
            if session["path"] == self.path:
                self.lab.request(f"api/sessions/{session['id']}", method="DELETE")
