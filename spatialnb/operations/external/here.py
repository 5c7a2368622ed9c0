"""Where "this folder" is for a service of files that serves the folder we work in: a Jupyter server on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0", ""})


def folder_here(base: str) -> str | None:
    """The working folder as the Jupyter server at `base` calls it ("" is its top); None where that is not known.

    Every Jupyter server of a user writes down where it listens and which folder it serves.
    """
    from jupyter_core.paths import jupyter_runtime_dir

    here = Path.cwd().resolve()
    for file in sorted(Path(jupyter_runtime_dir()).glob("jpserver-*.json")):
        try:
            said: Any = json.loads(file.read_text(encoding="utf-8"))
            root = Path(said["root_dir"]).expanduser().resolve()
            same = _place(str(said["url"])) == _place(base)
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if same and here.is_relative_to(root):
            relative = here.relative_to(root).as_posix()
            return "" if relative == "." else relative
    return None


def _place(url: str) -> tuple[str, int | None, str]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return "loopback" if host in _LOOPBACK else host, port, parts.path.rstrip("/")
