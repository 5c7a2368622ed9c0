"""What is said at the end of a run: short, and true to what the steps gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spatialnb.agent.saga import told
from spatialnb.models.plan import RunStatus, StepState


def status_of(steps: Sequence[StepState], stopped: bool = False) -> RunStatus:
    """The status of a run whose steps are over."""
    steps = [step for step in steps if not step.parent and not step.needless]
    by: Mapping[str, int] = {status: sum(s.status == status for s in steps) for status in ("done", "failed", "skipped")}
    if stopped or any(step.status == "stopped" for step in steps):
        return "stopped"
    if by["done"] == len(steps):
        return "done"
    return "failed" if by["failed"] and not by["done"] else "partial"


def summary(steps: Sequence[StepState]) -> str:
    """What was made, what failed and what can be done about it, what was skipped; Markdown."""
    steps = [step for step in steps if not step.parent]
    done = [step for step in steps if step.status == "done"]
    failed = [step for step in steps if step.status == "failed"]
    lines = [_sentence(_told(step)) for step in done]
    if len(lines) > 6:
        lines = [*lines[:5], f"And {len(lines) - 5} more steps."]
    parts = ["\n".join(f"- {line}" for line in lines) if len(lines) > 1 else "".join(lines)]
    for step in failed:
        parts.append(f"**{step.title}** did not work: {_sentence(step.error)}")
    for step in steps:
        if step.status == "skipped" and not step.needless:
            parts.append(f"“{step.title}” was not done. {_sentence(step.note)}".strip())
    if left := [step for step in steps if step.status == "stopped"]:
        parts.append(f"Stopped; not finished: {', '.join(step.title for step in left)}. What was done before is kept.")
    if failed and done:
        parts.append("The rest is kept; you can retry that step, change it, or undo.")
    return "\n\n".join(part for part in parts if part)


def undone(steps: Sequence[StepState], complete: bool) -> str:
    """What is said of a run that was taken back: what failed, and what of the rest is left."""
    failed = [step for step in steps if step.status == "failed" and not step.parent]
    parts = [f"**{step.title}** did not work: {_sentence(step.error)}" for step in failed]
    return "\n\n".join([*parts, told(steps, complete)])


def _told(step: StepState) -> str:
    if isinstance(step.result, Mapping) and (text := step.result.get("summary")):
        return str(text)
    return step.note or step.title


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?…" else f"{text}."
