"""The kernel's half of the bridge: what every view of the notebook shares.

Messages that come in are checked against the pydantic union of the view before anything looks at them; one that does
not fit, and any error on the way, becomes a notice in the view. Messages that go out are models of
`spatialnb/models/protocol.py`.

**What stays in the saved notebook.** A widget needs a kernel, a notebook is read without one. Displaying a view
therefore makes two outputs: the widget, and an HTML output with a display id that holds its static form in `<div
class="spatialnb-fallback">`. The widget's own style sheet hides that class while it is alive; without a kernel, in
nbconvert's HTML and on code hosting sites, no widget hides it and it is what one sees. It is renewed by
`update_display`, which JupyterLab writes into the notebook without drawing the widget again.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import RLock
from typing import Any, ClassVar, Literal, Protocol, TypeAlias

import anywidget
import traitlets
from pydantic import TypeAdapter, ValidationError

from spatialnb.errors import NotFound, SpatialError, Unavailable
from spatialnb.models.base import Frozen, Json
from spatialnb.models.change import Author
from spatialnb.models.events import Event, ViewAction
from spatialnb.models.plan import Decision, RunState
from spatialnb.models.project import Project
from spatialnb.models.protocol import (
    ActedMessage,
    ActMessage,
    BytesMessage,
    FetchMessage,
    FetchModule,
    HandMessage,
    ModuleMessage,
    NoticeMessage,
    PackedMessage,
    Scene,
    Turn,
)
from spatialnb.operations.registry import Outcome

STATIC = Path(__file__).parent / "static"
PACK_ABOVE = 24_000
"""Bytes of JSON above which a message is sent packed."""

log = logging.getLogger(__name__)

Handler = Callable[[Any, Sequence[memoryview]], None]


class HostMedia(Protocol):
    """The content-addressed files that views show."""

    def path(self, hash: str, /) -> Path: ...
    def mime(self, hash: str, /) -> str: ...
    def read(self, hash: str, /) -> bytes: ...


class Host(Protocol):
    """What the views need of a studio. Every method may be called from any thread."""

    @property
    def name(self) -> str:
        """Name of the project."""
        ...

    @property
    def project(self) -> Project:
        """The project as it is now."""
        ...

    @property
    def media(self) -> HostMedia: ...

    def do(
        self, name: str, args: Mapping[str, Any], *, author: Author = "code", actor: str = "", base: int | None = None
    ) -> Outcome:
        """Call an operation. `base` is the revision that its author saw."""
        ...

    def follow(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call back for each event, on a background thread and in their order; the answer ends it."""
        ...

    def media_base(self) -> str:
        """URL prefix under which the Jupyter server serves media, relative to its base URL
        (such as `spatialnb/media`), absolute, or empty where there is no server extension."""
        ...

    def scene(self) -> Scene:
        """Everything a space draws, with the atlas of thumbnails and the media base."""
        ...

    def runs(self) -> Sequence[Turn]:
        """Every run of the project's conversation, oldest first."""
        ...

    def submit(self, text: str) -> RunState:
        """Start a run on words; what becomes of it comes as events."""
        ...

    def answer(self, run: str, step: str, decision: Decision, args: Mapping[str, Json]) -> None:
        """A person's decision on a step that waits."""
        ...

    def stop(self, run: str) -> None:
        """Stop a run; what is finished stays."""
        ...

    def point(self, *, selection: Sequence[str]) -> None:
        """Remember what is selected by hand: what "these" means in the next request."""
        ...

    def acted(self, action: str, *, done: bool = True) -> None:
        """A view did the `ViewAction` with this id, or has asked its page to."""
        ...

    def hand(self, message: HandMessage) -> None:
        """Show the other views (and kernels) a hand that is dragging. Never stored."""
        ...

    def follow_hands(self, callback: Callable[[HandMessage], None]) -> Callable[[], None]:
        """Call back for each `hand` of any view, the caller's own included; the answer ends it."""
        ...


@cache
def bundle(name: str) -> tuple[str, bytes]:
    """Hash and gzip of the built widget module called `name`."""
    packed = _static(f"{name}.js.gz").read_bytes()
    return hashlib.sha256(packed).hexdigest()[:16], packed


Wrapped: TypeAlias = tuple[dict[str, Any], tuple[bytes, ...]]
"""A message as it goes over the wire: its content and its buffers."""


def wrapped(message: Frozen) -> Wrapped:
    """`message` as it is sent: long ones are packed."""
    text = message.model_dump_json().encode()
    if len(text) > PACK_ABOVE:
        return PackedMessage().model_dump(mode="json"), (gzip.compress(text, 3),)
    return json.loads(text), ()


def module_path(name: str, media_base: str) -> str:
    """Where the server that serves media serves the built module `name`; empty where none does."""
    base = media_base.rstrip("/").rpartition("/")[0]
    return f"{base}/widget/{name}-{bundle(name)[0]}.js" if base else ""


def _static(name: str) -> Path:
    file = STATIC / name
    if not file.is_file():
        raise Unavailable(
            "The widgets are not built; run `python widgets/hatch_build.py` in the checkout, then restart the kernel."
        )
    return file


class View(anywidget.AnyWidget):
    """Base of the widgets: a view of a host, talking in typed messages.

    A subclass names its bundle (`module`), its two unions, and gives `handlers`: what to do for each type of message.
    With `_greets` set, the page says `ready` in the place of the view as soon as it knows of it, and keeps the answer
    until the view is there: use it for a view that is about to be shown, and unset it then. `_pictures` are the hashes
    of pictures that it will need first.
    """

    module: ClassVar[str]
    incoming: ClassVar[TypeAdapter[Any]]

    _esm = traitlets.Unicode().tag(sync=True)
    _module_name = traitlets.Unicode().tag(sync=True)
    _module_hash = traitlets.Unicode().tag(sync=True)
    _module_path = traitlets.Unicode().tag(sync=True)
    _key = traitlets.Unicode().tag(sync=True)
    _greets = traitlets.Bool(default_value=False).tag(sync=True)
    _pictures = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, host: Host, **traits: Any) -> None:
        self.host = host
        self._lock = RLock()
        self._shown: list[Any] = []
        self._last_fallback = ""
        self._releases: list[Callable[[], None]] = []
        self._table: dict[type[Frozen], Handler] = {
            FetchModule: self._send_module,
            FetchMessage: self._send_bytes,
            ActedMessage: self._on_acted,
            **self.handlers(),
        }
        super().__init__(
            _esm=_static("loader.js").read_text(encoding="utf-8"),
            _module_name=self.module,
            _module_hash=bundle(self.module)[0],
            _module_path=module_path(self.module, host.media_base()),
            _key=secrets.token_hex(8),
            **traits,
        )
        answer_while_busy(self.comm)
        self.on_msg(self._receive)
        self.releases(host.follow(self._on_action))

    def handlers(self) -> Mapping[type[Frozen], Handler]:
        """What to do with each type of message of `incoming`, besides those that every view has."""
        raise NotImplementedError

    def fallback(self) -> str:
        """HTML that stands for this view in the saved notebook."""
        raise NotImplementedError

    def __repr__(self) -> str:
        # Stable from run to run: it becomes the text form of the output, which nbval compares.
        return f"<{type(self).__name__} of {self.host.name!r}>"

    def tell(self, message: Frozen, buffers: Sequence[bytes] = ()) -> None:
        """Send a message to every copy of this view in the page."""
        self.tell_wrapped(wrapped(message), buffers)

    def tell_wrapped(self, message: Wrapped, buffers: Sequence[bytes] = ()) -> None:
        """Send what `wrapped` has made."""
        content, packed = message
        with self._lock:
            if self.comm is not None:
                self.send(content, [*packed, *buffers] or None)

    def notice(self, text: str, level: Literal["info", "warning", "error"] = "error") -> None:
        """Tell the person at the view something."""
        self.tell(NoticeMessage(level=level, text=text))

    def releases(self, *functions: Callable[[], None]) -> None:
        """Call these when the view is closed."""
        self._releases.extend(functions)

    def close(self) -> None:
        """Stop following the host and take the view out of the page."""
        for release in self._releases:
            release()
        self._releases.clear()
        super().close()

    # -- messages ---------------------------------------------------------------------------------------------------
    def _receive(self, _widget: Any, content: Any, buffers: Sequence[memoryview]) -> None:
        try:
            message = self.incoming.validate_python(content)
        except ValidationError as error:
            log.warning("%r was sent something that is no message of its: %s", self, error)
            self.notice(
                f"This view sent something the kernel does not understand ({_where(error)}). Run its cell again."
            )
            return
        try:
            self._table[type(message)](message, buffers)
        except SpatialError as error:
            self.notice(str(error))
        except Exception as error:  # the boundary: a person must hear of it, not only a log
            log.exception("%r failed at %s", self, type(message).__name__)
            self.notice(f"Something went wrong in the kernel: {type(error).__name__}: {error}")

    def _on_action(self, event: Event) -> None:
        if isinstance(event, ViewAction):
            self.host.acted(event.id, done=False)
            self.tell(ActMessage.model_validate(event.model_dump(exclude={"type"})))

    def _on_acted(self, message: ActedMessage, _buffers: Sequence[memoryview]) -> None:
        self.host.acted(message.id)

    def _send_module(self, message: FetchModule, _buffers: Sequence[memoryview]) -> None:
        # The page names the module, so only our own can be meant.
        if message.name == self.module:
            self.tell(ModuleMessage(name=message.name), [bundle(self.module)[1]])

    def _send_bytes(self, message: FetchMessage, _buffers: Sequence[memoryview]) -> None:
        try:
            data, mime = self.host.media.read(message.hash), self.host.media.mime(message.hash)
        except NotFound:
            self.tell(BytesMessage(hash=message.hash, mime=""))
            return
        self.tell(BytesMessage(hash=message.hash, mime=mime or "application/octet-stream"), [data])

    # -- the static form --------------------------------------------------------------------------------------------
    def _ipython_display_(self, **_: Any) -> None:
        from IPython.display import display

        formatted = self._repr_mimebundle_()
        data, metadata = formatted if isinstance(formatted, tuple) else (formatted, {})
        display(data, metadata=metadata, raw=True)
        self._last_fallback = self._fallback_html()
        self._shown.append(display(_html(self._last_fallback), raw=True, display_id=True))

    def renew_fallback(self) -> None:
        """Write the static form into the notebook again, if it has changed."""
        if self._shown and (html := self._fallback_html()) != self._last_fallback:
            self._last_fallback = html
            for handle in self._shown:
                handle.update(_html(html), raw=True)

    def _fallback_html(self) -> str:
        return f'<div class="spatialnb-fallback">{self.fallback()}</div>'


def _html(text: str) -> dict[str, str]:
    return {"text/html": text, "text/plain": ""}


def _where(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'message'}: {first['msg'].lower()}"


def answer_while_busy(comm: Any) -> None:
    """Let a view be answered while a cell runs.

    JupyterLab sends comm messages over subshells, but ipykernel 7.4 answers a comm on the shell that last sent on it:
    a view that the busy cell has touched would wait for the cell. This keeps the page's choice. The hook is private,
    so it is only put in where it exists; without it a view of an older kernel waits, as all widgets do there.
    """
    if comm is not None and hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda _data, default: default
