"""Effects outside of the project: what stood there before, whether they may be repeated, and how they are taken back.

The log makes a change of the project exactly once. What an operation does elsewhere (a film on the disk, a call that
costs money) cannot be written in the same moment as that it was done. So it is written down before it begins; whoever
goes on after a break then knows that it may have been done. Where doing it twice is harmless it is done again, and
otherwise the step says that it is not known, and a person looks.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spatialnb.errors import Declined
from spatialnb.models.base import Json, digest
from spatialnb.models.plan import PlanStep, StepState

if TYPE_CHECKING:
    from spatialnb.operations.workspace import Workspace


@dataclass(frozen=True)
class Compensation:
    """How the effect of an operation outside of the project is taken back."""

    before: Callable[[Workspace, Mapping[str, Any]], Json]
    """What has to be known to do that, found before the effect; kept with the step."""
    undo: Callable[[Workspace, StepState, Any, str], None]
    """Takes it back; gets what `before` found, and a key that is the same in every attempt. It may be called again
    after an attempt that was broken off, and then does what is left. Raises `SpatialError`, in words for the reply,
    when it cannot be taken back."""
    repeatable: bool = True
    """Whether the operation may be carried out again after it was broken off."""


COMPENSATIONS: dict[str, Compensation] = {}
"""By operation; a row more is all that another operation needs."""


class Interrupted(Declined):
    """It was broken off and may have been done."""


class Outside:
    """What the engine asks about effects outside of a project."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def concerns(self, operation: str) -> bool:
        """Whether it has an effect outside that is to be written down before it begins."""
        return operation in COMPENSATIONS or self._is_final(operation)

    def _is_final(self, operation: str) -> bool:
        registry = self._workspace.registry
        return operation in registry and registry.get(operation).approval in ("spends", "publishes")

    def before(self, step: PlanStep, args: Mapping[str, Json]) -> Json:
        """What is written down before the effect. Blocks."""
        compensation = COMPENSATIONS.get(step.operation)
        found = compensation.before(self._workspace, args) if compensation else None
        return {"operation": step.operation, "revision": self._workspace.log.head.revision, "found": found}

    def check_again(self, step: PlanStep) -> None:
        """Raise `Interrupted` if a step that was broken off must not be carried out again."""
        compensation, registry = COMPENSATIONS.get(step.operation), self._workspace.registry
        repeatable = compensation.repeatable if compensation else registry.get(step.operation).retries
        if not repeatable:
            raise Interrupted(
                "It was broken off while it was under way, so it may have been done or not. "
                "Look whether it was, then retry it or skip it."
            )

    def take_back(self, state: StepState, key: str) -> str:
        """Take back what a step did outside; what of it is left, in words, or nothing. Blocks."""
        noted: Any = state.before or {}
        compensation = COMPENSATIONS.get(state.operation)
        if compensation is not None and noted.get("operation") == state.operation:
            try:
                compensation.undo(self._workspace, state, noted.get("found"), key)
            except Declined as error:
                return str(error)
        elif self._is_final(state.operation):
            spent = f" and cost ${state.cost_usd:.2f}" if state.cost_usd else ""
            return f"“{state.title}” was done outside{spent}; that cannot be taken back"
        return f"“{state.title}” cost ${state.cost_usd:.2f}" if state.cost_usd else ""


# -- exports -----------------------------------------------------------------------------------------------------------
PAGE_MARKER = ".spatialnb.json"
SLACK = 2.0
"""Seconds between the first and the last file of an export being moved to its place, at most."""


def _export_before(workspace: Workspace, args: Mapping[str, Any]) -> Json:
    film = args.get("target") == "video"
    given = str(args.get("path") or f"{workspace.name}-{args.get('target')}{'.mp4' if film else ''}")
    place = Path(given).expanduser().absolute()
    there = place.exists() and (not place.is_dir() or any(place.iterdir()))
    return {"path": str(place), "there": there}


def _export_undo(_: Workspace, __: StepState, found: Any, key: str) -> None:
    place = Path(found["path"])
    going = place.with_name(f".{place.name}.{digest(key)[:12]}")  # out of sight at once, however long it takes to go
    shutil.rmtree(going, ignore_errors=True)
    if not place.exists():
        return
    if found["there"]:
        raise Declined(f"{place} was there before and was written anew; what it held is not kept")
    if place.is_dir():
        marker = place / PAGE_MARKER
        if not marker.is_file():
            raise Declined(f"{place} is not what was exported any more, so it is left alone")
        made = marker.stat().st_mtime
        if any(file.stat().st_mtime > made + SLACK for file in place.rglob("*") if file.is_file()):
            raise Declined(f"{place} was changed since, so it is left alone")
        place.rename(going)
        shutil.rmtree(going)
    else:
        place.unlink()


COMPENSATIONS["export"] = Compensation(_export_before, _export_undo)
