from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import spatialnb
from spatialnb.errors import NotUnderstood


class Studio:
    """Remembers what it was asked."""

    opened: list[str]
    asked: list[tuple[str, str, str]]

    def __init__(self, name: str) -> None:
        type(self).opened.append(name)
        self.name = name

    def run(self, words: str, *, approve: str) -> Any:
        if words == "gibberish":
            raise NotUnderstood("No operation answers to that; say what to make, move or find.")
        type(self).asked.append((self.name, words, approve))
        return SimpleNamespace(reply=f"Did: {words}")


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> InteractiveShell:
    import spatialnb.studio

    Studio.opened, Studio.asked = [], []
    monkeypatch.setattr(spatialnb.studio, "Studio", Studio)
    shell = InteractiveShell(ipython_dir=str(tmp_path))
    spatialnb.load_ipython_extension(shell)
    return shell


def test_a_project_is_opened_once_and_given_to_the_notebook(shell: InteractiveShell) -> None:
    first = shell.run_line_magic("spatial", "museum")
    assert first is shell.user_ns["studio"]
    assert first.name == "museum"
    assert shell.run_line_magic("spatial", "museum") is first
    assert shell.run_line_magic("spatial", "") is first
    assert Studio.opened == ["museum"]


def test_a_name_may_have_spaces(shell: InteractiveShell) -> None:
    assert shell.run_line_magic("spatial", "my first museum").name == "my first museum"
    assert shell.run_line_magic("spatial", '"my first museum"').name == "my first museum"


def test_words_go_to_the_current_project(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_line_magic("spatial", "museum")
    shell.run_cell_magic("spatial", "", "arrange the photos\nin a circle\n")
    assert Studio.asked == [("museum", "arrange the photos\nin a circle", "ask")]
    assert shell.user_ns["run"].reply.startswith("Did:")
    assert "Did: arrange" in capsys.readouterr().out


def test_options_name_another_project_and_who_approves(shell: InteractiveShell) -> None:
    shell.run_line_magic("spatial", "museum")
    shell.run_cell_magic("spatial", "--approve auto --project cellar", "remove it")
    assert Studio.asked == [("cellar", "remove it", "auto")]
    shell.run_cell_magic("spatial", "", "and here?")
    assert Studio.asked[-1][0] == "museum"


def test_without_a_project_there_is_one(shell: InteractiveShell) -> None:
    shell.run_cell_magic("spatial", "", "hello")
    assert Studio.asked == [("notebook", "hello", "ask")]
    assert shell.user_ns["studio"].name == "notebook"


def test_an_error_is_one_sentence(shell: InteractiveShell) -> None:
    with pytest.raises(UsageError, match="No operation answers to that"):
        shell.run_cell_magic("spatial", "", "gibberish")
    with pytest.raises(UsageError):
        shell.run_cell_magic("spatial", "--approve perhaps", "hello")


def test_loading_again_keeps_what_is_open(shell: InteractiveShell) -> None:
    studio = shell.run_line_magic("spatial", "museum")
    spatialnb.load_ipython_extension(shell)
    assert shell.run_line_magic("spatial", "") is studio
