"""The notebook cell that asked for something, so that what comes of it later appears under that cell.

ipykernel sends what a thread displays to whichever cell runs at that moment, or to none. A `Cell` remembers the message
that started its cell and makes it the parent of every output written through it, from any thread.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator, Mapping
from typing import Any, Self


class Cell:
    """Where outputs go.

    `room` counts how many more the cell should get, for JupyterLab shows at most 50; `last` is the key of the output
    that all that comes later shares.
    """

    last: str = ""

    def __init__(self, shell: Any, parent: Mapping[str, Any], room: int = 44) -> None:
        self._shell = shell
        self._parent = dict(parent)
        self.room = room

    @classmethod
    def current(cls) -> Self | None:
        """The cell that is running in this thread, or None where there is no notebook."""
        ipython = sys.modules.get("IPython")
        shell: Any = ipython.get_ipython() if ipython is not None else None
        if shell is None or not hasattr(shell, "kernel"):
            return None
        return cls(shell, shell.get_parent() or {})

    @property
    def id(self) -> str:
        """The same for two cells that are one run of one cell."""
        return str(self._parent.get("header", {}).get("msg_id", ""))

    def show(self, key: str, data: Mapping[str, str]) -> None:
        """A new output, which `update` finds again by `key`."""
        self.room -= 1
        with self._as_parent():
            self._shell.display_pub.publish(data=dict(data), metadata={}, transient={"display_id": key})

    def update(self, key: str, data: Mapping[str, str]) -> None:
        """Put `data` in the place of the output that was shown as `key`."""
        with self._as_parent():
            self._shell.display_pub.publish(data=dict(data), metadata={}, transient={"display_id": key}, update=True)

    @contextlib.contextmanager
    def _as_parent(self) -> Generator[None]:
        # Older kernels have one parent for all threads; there an output goes to the cell that runs now.
        if not hasattr(self._shell, "set_thread_parent"):
            yield
            return
        tokens = self._shell.set_thread_parent(self._parent)
        try:
            yield
        finally:
            self._shell.reset_thread_parent(tokens)
