"""Say it, see it, move it, run it again: a creative notebook with a conversation and a 3D space.

from spatialnb import Studio
studio = Studio("museum")
studio.ingest("media/")
studio.chat()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spatialnb.config import Settings
    from spatialnb.magics import load_ipython_extension as load_ipython_extension
    from spatialnb.operations.context import Context
    from spatialnb.operations.registry import Outcome, operation
    from spatialnb.studio import Studio

__version__ = "0.1.0"
__all__ = ["Context", "Outcome", "Settings", "Studio", "__version__", "operation"]

# Importing the package must cost next to nothing: a Jupyter server does it at start, and most commands need little.
_WHERE = {
    "Studio": "spatialnb.studio",
    "Settings": "spatialnb.config",
    "Context": "spatialnb.operations.context",
    "Outcome": "spatialnb.operations.registry",
    "operation": "spatialnb.operations.registry",
    "load_ipython_extension": "spatialnb.magics",
}


def __getattr__(name: str) -> Any:
    if (module := _WHERE.get(name)) is None:
        raise AttributeError(f"module 'spatialnb' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(module), name)


def __dir__() -> list[str]:
    return sorted(__all__)
