"""Operations: everything that can be done to a project, each usable from words, hand, code and the command line."""

from __future__ import annotations

from importlib import import_module

MODULES = (
    *("media", "items", "layout", "structure", "history", "taking_back"),
    *("view", "make", "export", "composite", "preferences", "alignment", "standins"),
)
"""Modules that register operations when they are imported; a new subject is one more name."""


def load_operations() -> None:
    """Register the operations that come with the package."""
    for name in MODULES:
        import_module(f"{__name__}.{name}")
