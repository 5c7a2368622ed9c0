"""Everything one does in a checkout, on a machine that has only Python: `python3 tasks.py` lists it.

Uses nothing but the standard library, so that it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = str(BIN / ("python.exe" if os.name == "nt" else "python"))
LOCK = ROOT / "requirements.lock"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

TASKS: dict[str, Callable[[list[str]], None]] = {}


def task(function: Callable[[list[str]], None]) -> Callable[[list[str]], None]:
    TASKS[function.__name__.rstrip("_")] = function
    return function


def run(*command: str, **environment: str) -> None:
    print("$", " ".join(command), flush=True)
    result = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment})
    if result.returncode:
        sys.exit(result.returncode)


@task
def setup(_: list[str]) -> None:
    """Make .venv with every locked package, build the widgets and install the project into it."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this is where an older one is told
        sys.exit("spatialnb needs Python 3.11 or later.")
    if not Path(PYTHON).exists():
        venv.create(VENV, with_pip=True)
    stamp = VENV / "lock.sha256"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        # The lock file is complete and hashed: nothing is resolved, so nothing can differ between two machines.
        run(PYTHON, "-m", "pip", "install", "-q", "--no-deps", "--require-hashes", "-r", str(LOCK))
        stamp.write_text(wanted)
    run(PYTHON, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "-e", ".")


@task
def demo(arguments: list[str]) -> None:
    """Set up, then tell the whole story once: media, words, a hand, an undo, a web page and a film."""
    setup([])
    run(PYTHON, "-m", "spatialnb", "demo", *arguments)


@task
def lab(arguments: list[str]) -> None:
    """Set up, then open the first notebook in JupyterLab."""
    setup([])
    run(PYTHON, "-m", "jupyterlab", "notebooks/01-first-scene.ipynb", *arguments)


@task
def test(arguments: list[str]) -> None:
    """Set up, install a browser if there is none, then run every check: fast ones first, the browser last."""
    setup([])
    browser([])
    check([])
    run(PYTHON, "-m", "pytest", "-m", "not browser", *arguments)
    run(PYTHON, "-m", "pytest", "--nbval-lax", "notebooks", "-p", "no:cacheprovider")
    run(PYTHON, "-m", "pytest", "-m", "browser", *arguments)


@task
def check(_: list[str]) -> None:
    """Lint, formatting, types and layers of both languages; needs `setup`."""
    run(PYTHON, "-m", "ruff", "check", ".")
    run(PYTHON, "-m", "ruff", "format", "--check", ".")
    run(str(BIN / "lint-imports"), "--no-cache")
    run(PYTHON, "-m", "basedpyright")
    run(PYTHON, "widgets/hatch_build.py", "--check")


@task
def bench(arguments: list[str]) -> None:
    """Measure, against peers and bare libraries in the same run; needs `setup`."""
    names = arguments or sorted(path.stem for path in (ROOT / "tests" / "bench").glob("bench_*.py"))
    for name in names:
        run(PYTHON, "-m", f"tests.bench.{name}")


@task
def browser(_: list[str]) -> None:
    """Install a browser by the system's own means if there is none."""
    if any(shutil.which(name) for name in BROWSERS):
        return
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", DEBIAN_FRONTEND="noninteractive")
    else:
        run(PYTHON, "-m", "playwright", "install", "--with-deps", "chromium")


@task
def lock(arguments: list[str]) -> None:
    """Resolve the dependencies in pyproject.toml anew into requirements.lock; needs `setup`."""
    run(PYTHON, "-m", "pip", "install", "-q", "uv")
    run(
        *(str(BIN / "uv"), "pip", "compile", "-q", "--universal", "--python-version", "3.11", "--generate-hashes"),
        *("--no-emit-index-url", "--no-annotate", "--custom-compile-command", "python3 tasks.py lock"),
        *("--all-extras", "--group", "build", "-o", str(LOCK), "pyproject.toml", *arguments),
    )


def main() -> None:
    name, *arguments = sys.argv[1:] or ["help"]
    if name not in TASKS:
        print("usage: python3 tasks.py TASK\n")
        for known, function in TASKS.items():
            print(f"  {known:<8} {(function.__doc__ or '').strip()}")
        sys.exit(0 if name in ("help", "-h", "--help") else 2)
    TASKS[name](arguments)


if __name__ == "__main__":
    main()
