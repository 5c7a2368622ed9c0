"""How the house is built: layers, public names, what an import costs, and what may not be in a file."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import spatialnb

ROOT = Path(__file__).parent.parent
SOURCES = [
    p for p in ROOT.rglob("*") if p.suffix in {".py", ".ts", ".mjs"} and not {"node_modules", ".venv"} & set(p.parts)
]


def test_layers_are_as_drawn() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as main; main()", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_public_names() -> None:
    assert spatialnb.__all__ == ["Context", "Outcome", "Settings", "Studio", "__version__", "operation"]
    for name in spatialnb.__all__:
        assert getattr(spatialnb, name) is not None
    with pytest.raises(AttributeError):
        _ = spatialnb.nothing_of_this_name


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = {
        "litellm",
        "langgraph",
        "pandas",
        "cv2",
        "av",
        "trimesh",
        "moviepy",
        "numpy",
        "redis",
        "pydantic",
        "IPython",
    }
    code = f"import sys, spatialnb; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_names_say_what_files_are_for() -> None:
    vague = re.compile(r"(^|_)(utils?|manager|helpers?|misc|common)(_|$)")
    assert [str(p) for p in SOURCES if vague.search(p.stem)] == []


def test_no_file_names_one_machine() -> None:
    here = re.compile("/(" + "|".join(("work", "root", "farm")) + ")/")
    assert [str(p) for p in SOURCES if here.search(p.read_text(encoding="utf-8"))] == []
