"""The way of a call: which stages it has, what they add to its outcome, and what does not change."""

from __future__ import annotations

from typing import Any

import pytest

from spatialnb.errors import Invalid, NotFound
from spatialnb.models.canvas import Item
from spatialnb.models.geometry import Metres
from spatialnb.operations.calling import pipeline
from spatialnb.operations.calling.call import Calling, Next
from spatialnb.operations.calling.defaults import Filled
from spatialnb.operations.calling.pipeline import STAGES, Stage
from spatialnb.operations.composing import Composition
from spatialnb.operations.context import Context
from spatialnb.operations.registry import Outcome, describe
from spatialnb.operations.workspace import Workspace
from tests.operations.calling.conftest import Opened, add


def put(ctx: Context, name: str, x: float = 0.0) -> Outcome:
    """Put a label there."""
    ctx.project = ctx.project.with_items([Item(id=name, name=name, kind="label", position=(x, 0, 0))])
    ctx.spend(0.01)
    ctx.spend(0.02)
    ctx.notes.append("Put where there was room.")
    return Outcome(summary=f"Put {name}", items=(name,))


def test_what_the_context_is_told_comes_out_with_the_outcome(workspace: Workspace) -> None:
    add(workspace, describe(put, changes="items"))
    outcome = workspace.do("put", {"name": "a"})
    assert outcome.cost_usd == pytest.approx(0.03)
    assert outcome.notes == ("Put where there was room.",)
    assert outcome.preview.text == "Put a"


def test_operations_get_the_recorder_and_the_models_of_the_workspace(opened: Opened) -> None:
    recorder = object()
    workspace = opened(recorder=recorder)
    workspace.models = models = object()
    seen: list[Any] = []

    def look(ctx: Context) -> Outcome:
        """Look at what is given."""
        seen.extend((ctx.recorder, ctx.models))
        return Outcome()

    add(workspace, describe(look))
    workspace.do("look")
    assert seen == [recorder, models]


def test_a_new_stage_is_one_row_and_costs_nothing_where_it_does_not_apply(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def watched(call: Calling, then: Next) -> Outcome:
        seen.append(f"before {call.operation.name}")
        outcome = then(call)
        seen.append(f"after {call.operation.name}")
        return outcome

    stages = (*STAGES, Stage(watched, lambda operation: "watched" in operation.tags))
    monkeypatch.setattr(pipeline, "STAGES", stages)
    add(workspace, describe(put, changes="items", tags=frozenset({"watched"})))
    workspace.do("put", {"name": "a"})
    assert seen == ["before put", "after put"]
    add(workspace, describe(put, changes="items"))
    workspace.do("put", {"name": "a"})
    assert len(seen) == 2


def test_what_is_left_open_is_filled_in_checked_written_down_and_said(workspace: Workspace) -> None:
    add(workspace, describe(put, changes="items"))
    workspace.defaults[:] = [lambda call: Filled({"x": 2.5, "name": "never this"}, ("At 2.5 m, as you prefer.",))]
    outcome = workspace.do("put", {"name": "a"})
    assert workspace.project.canvases["main"].items["a"].position[0] == 2.5
    assert "At 2.5 m, as you prefer." in outcome.notes
    assert dict(workspace.log.history()[-1].call.args) == {"name": "a", "x": 2.5}
    outcome = workspace.do("put", {"name": "b", "x": 1.0})
    assert workspace.project.canvases["main"].items["b"].position[0] == 1.0
    assert "At 2.5 m, as you prefer." not in outcome.notes


def test_a_default_that_does_not_fit_is_left_out(workspace: Workspace) -> None:
    add(workspace, describe(put, changes="items"))
    workspace.defaults[:] = [lambda call: Filled({"x": "far"}, ("As you prefer.",)), lambda call: None]
    outcome = workspace.do("put", {"name": "a"})
    assert "As you prefer." not in outcome.notes
    assert dict(workspace.log.history()[-1].call.args) == {"name": "a"}


def test_amounts_in_words_are_written_down_as_numbers(workspace: Workspace) -> None:
    def lift(ctx: Context, name: str, height: Metres = 1.0) -> Outcome:
        """Put a label up there."""
        ctx.project = ctx.project.with_items([Item(id=name, name=name, kind="label", position=(0, height, 0))])
        return Outcome(items=(name,))

    add(workspace, describe(lift, changes="items"))
    workspace.do("lift", {"name": "a", "height": "150 cm"})
    assert dict(workspace.log.history()[-1].call.args) == {"name": "a", "height": 1.5}


def test_an_error_leaves_everything_as_it_was(workspace: Workspace) -> None:
    def half(ctx: Context) -> Outcome:
        """Change something and then fail."""
        ctx.project = ctx.project.with_items([Item(id="a", name="a", kind="label")])
        raise Invalid("It is not to be.")

    add(workspace, describe(half, changes="items"))
    with pytest.raises(Invalid, match="not to be"):
        workspace.do("half")
    assert workspace.project.revision == 0
    with pytest.raises(NotFound):
        workspace.do("nothing of that name")


def test_mistakes_in_the_program_are_not_dressed_up(workspace: Workspace) -> None:
    def broken(ctx: Context) -> Outcome:
        """Fail."""
        raise KeyError("oops")

    add(workspace, describe(broken))
    with pytest.raises(KeyError, match="oops"):
        workspace.do("broken")
    assert workspace.measures.frame().last_error[0] == "KeyError: 'oops'"


def test_parts_go_every_stage_of_the_way_and_into_one_change(opened: Opened) -> None:
    drawn: list[str] = []

    def draw(ctx: Context, name: str) -> Outcome:
        """Draw a picture."""
        drawn.append(name)
        ctx.spend(0.5)
        ctx.notes.append(f"{name} is small.")
        ctx.project = ctx.project.with_items([Item(id=name, name=name, kind="label")])
        return Outcome(summary=f"Drew {name}", items=(name,))

    def look(ctx: Context) -> Outcome:
        """Look around."""
        drawn.append("look")
        return Outcome(summary="Looked")

    def exhibition(ctx: Context, bad: bool = False) -> Outcome:
        """Draw two and look."""
        work = Composition(ctx, 3, registry=ctx.operations)
        work.do("draw", name="a")
        work.do("draw", name="b", **({"nme": 1} if bad else {}))
        looked = work.do("look")
        return Outcome(summary=looked.summary)

    workspace = opened()
    workspace.defaults[:] = [lambda call: Filled({"name": "z"}, ("As you like it.",))]
    for each in (describe(draw, changes="items"), describe(look, cached=True), describe(exhibition, changes="items")):
        add(workspace, each)
    outcome = workspace.do("exhibition")
    assert [change.call.operation for change in workspace.log.history()] == ["exhibition"]
    assert set(workspace.project.canvases["main"].items) == {"a", "b"}
    assert outcome.cost_usd == 1.0
    assert set(outcome.notes) >= {"a is small.", "b is small."}
    assert "As you like it." not in outcome.notes
    workspace.do("exhibition")
    assert drawn == ["a", "b", "look", "a", "b"]
    frame = workspace.measures.frame().set_index("name")
    assert list(frame.calls[["draw", "look", "exhibition"]]) == [4, 2, 2]
    assert frame.cached["look"] == 1
    with pytest.raises(Invalid, match="no parameter 'nme'"):
        workspace.do("exhibition", {"bad": True})
    assert workspace.project.revision == 1
