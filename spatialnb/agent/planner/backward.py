"""Back in time, said by what was done: "go back to before the circle"."""

from __future__ import annotations

from collections.abc import Sequence

from spatialnb.agent.planner.pieces import Clause
from spatialnb.errors import Invalid
from spatialnb.models.plan import PlanStep
from spatialnb.operations.language.doings import History
from spatialnb.operations.language.evaluate import words_of


def back_to(clause: Clause, history: History | None, steps: Sequence[PlanStep]) -> PlanStep | None:
    """ "go back to before the circle": the restore of the revision before the change that is described.

    None where nothing of the kind is asked for. Raises `Invalid` where no such change is known.
    """
    words = [token.word for token in clause.tokens if token.kind != "mark"]
    if "before" not in words:
        return None
    if not set(words[: words.index("before")]) & {
        "back",
        "undo",
        "restore",
        "return",
        "revert",
        "rewind",
        "everything",
        "was",
    }:
        return None
    at = next(k for k, token in enumerate(clause.tokens) if token.word == "before")
    described = clause.words(at + 1, len(clause.tokens))
    wanted = words_of(" ".join(word for word in words_of(described) if word not in ("i", "you", "we", "did", "made")))
    if not wanted or wanted <= {"it", "that", "this"}:
        return None
    if history is None:
        raise Invalid("Say how many steps to undo, such as “undo the last two things”.")
    for change in reversed(history()):
        if change.call.operation not in ("undo", "redo", "restore") and wanted & words_of(
            f"{change.summary} {change.call.operation} {change.call.args}"
        ):
            return PlanStep(
                id=f"s{len(steps) + 1}",
                operation="restore",
                args={"revision": change.revision - 1},  # pyright: ignore[reportArgumentType]
                title=f"Go back to before “{change.summary}”",
                after=tuple(step.id for step in steps),
            )
    raise Invalid(f"No change so far is about “{described}”. Say “undo the last two things”, or use the history.")
