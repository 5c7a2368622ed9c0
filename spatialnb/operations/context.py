"""What an operation gets besides its arguments: the project as it is, the services, and who is asking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spatialnb.errors import Stopped
from spatialnb.models.change import Author
from spatialnb.models.events import Event, ViewAction
from spatialnb.models.project import Project
from spatialnb.operations.pointing import Pointing

if TYPE_CHECKING:
    from spatialnb.library import Library
    from spatialnb.operations.registry import Operation, Outcome, Registry
    from spatialnb.store.changes import ChangeLog


def _no_parts() -> Outcome:
    raise TypeError("Only a call of a workspace has parts.")


@dataclass
class Context:
    """One call of an operation.

    To change the project, an operation assigns a changed copy to `ctx.project`; the difference becomes the Change.
    """

    project: Project
    library: Library
    log: ChangeLog
    pointing: Pointing
    author: Author = "code"
    actor: str = ""
    run: str = ""
    step: str = ""
    report: Callable[[float | None, str], None] = lambda _fraction, _note: None
    """Progress: a fraction from 0 to 1 (None when it cannot be told) and what is being done now."""
    stopped: Callable[[], bool] = lambda: False
    point: Callable[..., None] = lambda **_: None
    """Say what is pointed at from now on; takes fields of `Pointing`."""
    publish: Callable[[Event], None] = lambda _: None
    """Tell every view and kernel of something that is no change."""
    operations: Registry | None = None
    """The operations there are, for those that are about operations."""
    attend: Callable[[ViewAction], bool] = lambda _: False
    """Ask every open view for something; whether one did it."""
    undoes: tuple[int, ...] = ()
    redoes: tuple[int, ...] = ()
    """Set by undo and redo: the revisions that the new change takes back or makes again."""
    recorder: Any = None
    """Through which every outside call goes (`spatialnb.llm.replay.Recorder`); None: calls are simply made."""
    models: Any = None
    """The router to hosted models (`spatialnb.llm.Router`); None where there is none."""
    notes: list[str] = field(default_factory=list[str])
    """Told with the outcome: what a person should know besides its summary."""
    spendings: list[float] = field(default_factory=list[float])

    part: Callable[[Operation, Mapping[str, Any], Context], Outcome] = field(default=lambda *_: _no_parts())
    """Carry out another operation as a part of this call, in a context made from this one: through every stage of a
    call's way, but into this call's own Change. The part's context has the project afterwards."""

    def spend(self, usd: float) -> None:
        """Say that an outside service took `usd`; the sum becomes the outcome's cost."""
        self.spendings.append(usd)

    def check(self) -> None:
        """Raise `Stopped` if someone stopped the run. Long operations call it between files or frames."""
        if self.stopped():
            raise Stopped("Stopped. What was finished before is kept.")
