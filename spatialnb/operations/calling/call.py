"""One call of an operation, as the stages of the pipeline pass it on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from spatialnb.models.change import Author, Edit
from spatialnb.models.project import Project

if TYPE_CHECKING:
    from spatialnb.operations.context import Context
    from spatialnb.operations.registry import Operation, Outcome
    from spatialnb.operations.workspace import Workspace


class Kept(NamedTuple):
    """An outcome from an earlier call, and what that call changed."""

    outcome: Outcome
    edits: tuple[Edit, ...]
    at: float
    """When it was made, Unix time."""


@dataclass
class Calling:
    """A call on its way. What comes first is as the caller gave it; the rest is filled in by the stages."""

    workspace: Workspace
    operation: Operation
    given: Mapping[str, Any]
    author: Author = "code"
    actor: str = ""
    run: str = ""
    step: str = ""
    correlation_id: str = ""
    base: int | None = None
    report: Callable[[float | None, str], None] | None = None
    stopped: Callable[[], bool] | None = None
    fresh: bool = False
    """Do the work even where an earlier outcome could be used again."""

    within: Context | None = None
    """The context of the call that this one is a part of: then what it changes goes into that one's Change."""

    args: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Every argument, checked."""
    notes: list[str] = field(default_factory=list[str])
    """What a person should know besides the outcome's summary."""
    retries: int = 0
    spendings: list[float] = field(default_factory=list[float])
    """What was paid for, US dollars, lost attempts as well."""
    sizes: dict[str, float] = field(default_factory=dict[str, float])
    """What it was about in numbers, for forecasts."""
    kept: Kept | None = None
    """What is used instead of doing the work."""
    edits: tuple[Edit, ...] = ()
    """What it changed."""
    after: Project | None = None
    """The project as the operation left it."""

    @property
    def replayed(self) -> bool:
        """Whether outside calls are answered from a recording: then no service is asked, and none can be tired."""
        return getattr(self.workspace.recorder, "mode", "off") == "replay"

    @property
    def recorded(self) -> bool:
        """Whether outside calls are written to a recording or answered from one."""
        return getattr(self.workspace.recorder, "mode", "off") != "off"

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


Next = Callable[[Calling], "Outcome"]
"""What comes after a stage."""
