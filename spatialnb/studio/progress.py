"""A progress bar in the notebook for operations that take a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

PATIENCE = 0.4
"""Seconds after which a bar is shown; what is done sooner needs none."""
REFRESH = 0.08


@contextmanager
def notebook_progress(title: str) -> Generator[Callable[[float | None, str], None]]:
    """A function that reports progress (fraction or None, and a note) to a bar in the running cell.

    The bar is gone when the operation is over, so that it does not stay in the saved notebook.
    """
    began = time.monotonic()
    shown: list[Any] = []
    latest = 0.0

    def report(fraction: float | None, note: str) -> None:
        nonlocal latest
        now = time.monotonic()
        if now - began < PATIENCE or now - latest < REFRESH:
            return
        latest = now
        if not shown:
            shown.extend(_shown(title))
        _, bar, label = shown
        bar.value = fraction if fraction is not None else bar.value
        bar.bar_style = "" if fraction is not None else "info"
        label.value = note

    try:
        yield report
    finally:
        if shown:
            handle, bar, label = shown
            handle.update({"text/plain": ""}, raw=True)
            bar.close()
            label.close()


def _shown(title: str) -> tuple[Any, Any, Any]:
    from IPython.display import display
    from ipywidgets import FloatProgress, HBox, Label, Layout

    bar = FloatProgress(max=1.0, layout=Layout(width="240px", height="18px"))
    label = Label(layout=Layout(overflow="hidden"))
    handle: Any = display(HBox([Label(title), bar, label]), display_id=True)
    return handle, bar, label
