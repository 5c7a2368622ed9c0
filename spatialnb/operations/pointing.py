"""What a conversation points at: the things that "these", "them", "the last one" and "the ones I moved" may mean."""

from __future__ import annotations

from spatialnb.models.base import Frozen


class Pointing(Frozen):
    """Kept per project, in the store; every list is newest first and holds item or asset ids."""

    selection: tuple[str, ...] = ()
    """Selected by hand in the space (or by `select`): what "these", "this", "the selection" mean."""
    last: tuple[str, ...] = ()
    """What the latest request or operation was about: what "them", "those", "it" mean."""
    made: tuple[str, ...] = ()
    """Made or placed last: what "the new ones", "what you just made" mean."""
    moved: tuple[str, ...] = ()
    """Moved by a person's hand since the latest turn: what "the ones I moved" means."""
    shown: tuple[str, ...] = ()
    """Listed last, in the order of the list: what "the second one" means."""
