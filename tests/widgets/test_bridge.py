from __future__ import annotations

import gzip
import importlib.util
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from spatialnb.errors import Unavailable
from spatialnb.models.base import Frozen
from spatialnb.models.protocol import (
    FROM_CHAT,
    AskMessage,
    BytesMessage,
    FetchMessage,
    NoticeMessage,
    StopMessage,
    UndoMessage,
)
from spatialnb.widgets import bridge
from spatialnb.widgets.bridge import Handler, View, answer_while_busy, bundle
from tests.widgets.scripted import ScriptedHost


class Echo(View):
    """A view that says what it was asked, and breaks on demand."""

    module = "chat"
    incoming = FROM_CHAT

    def handlers(self) -> Mapping[type[Frozen], Handler]:
        def ask(message: AskMessage, _: Any) -> None:
            self.notice(message.text, "info")

        def stop(message: StopMessage, _: Any) -> None:
            raise RuntimeError("boom")

        def undo(message: UndoMessage, _: Any) -> None:
            raise Unavailable("The store is away; wait a moment.")

        return {AskMessage: ask, StopMessage: stop, UndoMessage: undo}

    def fallback(self) -> str:
        return "<p>echo</p>"


@pytest.fixture
def host() -> ScriptedHost:
    return ScriptedHost()


@pytest.fixture
def view(host: ScriptedHost) -> Echo:
    return Echo(host)


@pytest.fixture
def said(view: Echo, monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], list[bytes]]]:
    out: list[tuple[dict[str, Any], list[bytes]]] = []
    monkeypatch.setattr(view, "send", lambda content, buffers=None: out.append((content, list(buffers or ()))))
    return out


def test_a_message_reaches_its_handler(view: Echo, said: list[Any]) -> None:
    view._receive(view, {"type": "ask", "text": "hello", "client": "c"}, [])
    assert said == [({"type": "notice", "level": "info", "text": "hello"}, [])]


@pytest.mark.parametrize(
    "content",
    [None, 3, {}, {"type": "nonsense"}, {"type": "ask"}, {"type": "ask", "text": "x", "client": "c", "more": 1}, []],
)
def test_what_is_no_message_is_answered_with_a_notice(view: Echo, said: list[Any], content: Any) -> None:
    view._receive(view, content, [])
    [(answer, _)] = said
    assert answer["type"] == "notice"
    assert answer["level"] == "error"


def test_an_error_of_ours_is_told_as_it_is_and_any_other_is_told_and_logged(
    view: Echo, said: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    view._receive(view, {"type": "undo", "redo": False}, [])
    with caplog.at_level(logging.ERROR):
        view._receive(view, {"type": "stop", "run": "r"}, [])
    assert [answer["text"] for answer, _ in said] == [
        "The store is away; wait a moment.",
        "Something went wrong in the kernel: RuntimeError: boom",
    ]
    assert "boom" in caplog.text


def test_media_come_over_the_messages_and_what_is_not_there_is_said(
    view: Echo, host: ScriptedHost, said: list[Any]
) -> None:
    key = host.media.add(b"pixels", "image/webp")
    for name in (key, "0" * 64):
        view._receive(view, FetchMessage(hash=name).model_dump(), [])
    assert said == [
        (BytesMessage(hash=key, mime="image/webp").model_dump(), [b"pixels"]),
        (BytesMessage(hash="0" * 64, mime="").model_dump(), []),
    ]


def test_the_module_is_sent_packed_and_only_its_own(view: Echo, said: list[Any]) -> None:
    view._receive(view, {"type": "module", "name": "../../etc/passwd"}, [])
    assert said == []
    view._receive(view, {"type": "module", "name": "chat"}, [])
    [(answer, [packed])] = said
    assert answer == {"type": "module", "name": "chat"}
    assert gzip.decompress(packed) == (bridge.STATIC / "chat.js").read_bytes()


def test_a_long_message_is_packed(view: Echo, said: list[Any]) -> None:
    view.tell(NoticeMessage(text="long " * 20_000), [b"after"])
    [(content, [packed, after])] = said
    assert content == {"type": "packed"}
    assert after == b"after"
    assert len(packed) < 2_000
    assert json.loads(gzip.decompress(packed))["text"] == "long " * 20_000


def test_the_text_form_is_the_same_in_every_run(host: ScriptedHost) -> None:
    assert repr(Echo(host)) == repr(Echo(host)) == "<Echo of 'museum'>"


def test_what_travels_with_each_instance_is_small(view: Echo) -> None:
    assert len(json.dumps({k: v for k, v in view.get_state().items() if isinstance(v, str)})) < 6_000
    assert view._module_hash == bundle("chat")[0]


def test_a_checkout_that_is_not_built_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "STATIC", tmp_path)
    with pytest.raises(Unavailable, match="hatch_build"):
        bridge._static("loader.js")


def test_displaying_makes_the_widget_and_beside_it_its_static_form(view: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[dict[str, Any], dict[str, Any]]] = []
    updates: list[str] = []

    class Handle:
        def update(self, data: dict[str, Any], **_: Any) -> None:
            updates.append(data["text/html"])

    def display(data: dict[str, Any], **options: Any) -> Handle:
        shown.append((data, options))
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    view._ipython_display_()
    (widget, _), (static, options) = shown
    assert "application/vnd.jupyter.widget-view+json" in widget
    assert static["text/html"] == '<div class="spatialnb-fallback"><p>echo</p></div>'
    assert options["display_id"]
    view.renew_fallback()
    assert updates == []
    view.fallback = lambda: "<p>later</p>"  # type: ignore[method-assign]
    view.renew_fallback()
    assert updates == ['<div class="spatialnb-fallback"><p>later</p></div>']


def test_answers_take_the_way_the_page_chose_where_the_kernel_lets_them() -> None:
    class Comm:
        def _reply_subshell_for(self, data: Any, default: Any) -> str:
            return "the shell that last sent"

    comm = Comm()
    answer_while_busy(comm)
    assert comm._reply_subshell_for({}, "the subshell of the page") == "the subshell of the page"
    answer_while_busy(object())
    answer_while_busy(None)


def test_the_kernels_comm_still_has_the_hook_that_this_needs() -> None:
    from ipykernel.comm.comm import BaseComm

    # When this fails, a new ipykernel has moved the hook: look again at how a view is reached while a cell runs.
    assert hasattr(BaseComm, "_reply_subshell_for")


def test_nothing_is_built_again_when_no_source_has_changed() -> None:
    spec = importlib.util.spec_from_file_location(
        "hatch_build", Path(__file__).parents[2] / "widgets" / "hatch_build.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    stamp = json.loads(module.STAMP.read_text())
    assert module._is_built(stamp["sources"])
    assert not module._is_built("other sources")
