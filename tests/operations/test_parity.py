"""An operation is written once: none of its ways in lacks what another has."""

from __future__ import annotations

import inspect

import pytest

from spatialnb.models.geometry import Metres
from spatialnb.models.project import copy_with
from spatialnb.operations import load_operations
from spatialnb.operations.context import Context
from spatialnb.operations.registry import DEFAULT, Operation, Outcome, Registry, Things, operation
from spatialnb.studio import Studio

load_operations()


@pytest.mark.parametrize("known", list(DEFAULT), ids=lambda o: o.name)
def test_every_operation_is_a_method_a_tool_and_documented(known: Operation, studio: Studio) -> None:
    method = getattr(studio, known.name)
    assert known.name in dir(studio)
    assert inspect.getdoc(method)
    parameters = set(inspect.signature(method).parameters) if known.name != "select" else set(known.args.model_fields)
    assert parameters == set(known.args.model_fields)
    tool = known.tool()["function"]
    assert tool["name"] == known.name
    assert set(tool["parameters"]["properties"]) == set(known.args.model_fields)
    assert issubclass(known.result, Outcome)
    assert known.summary.endswith((".", "!"))


def test_what_deletes_asks() -> None:
    assert DEFAULT.get("remove").approval == "deletes"


def test_an_operation_without_a_docstring_is_refused() -> None:
    with pytest.raises(TypeError, match="docstring"):

        @operation(registry=Registry())
        def silent(ctx: object) -> Outcome:
            return Outcome()


def test_a_new_operation_is_at_once_sayable_callable_and_a_tool(studio: Studio) -> None:
    @operation(changes="items", words=("levitate",))
    def levitate(ctx: Context, items: Things, height: Metres = 1.0) -> Outcome:
        """Let items float above where they are."""
        ctx.project = ctx.project.with_items(
            copy_with(i, position=(i.position[0], i.position[1] + height, i.position[2])) for i in items
        )
        return Outcome(summary=f"Levitated {len(items)}", items=tuple(i.id for i in items))

    try:
        label = studio.label(text="Hello").id
        before = studio.project.item(label).position[1]  # type: ignore[union-attr]
        studio.levitate(items=[label])
        assert studio.project.item(label).position[1] == before + 1  # type: ignore[union-attr]
        studio.undo()
        assert studio.run("levitate the label by 2 metres", show=False).status == "done"
        assert studio.project.item(label).position[1] == before + 2  # type: ignore[union-attr]
    finally:
        DEFAULT.remove("levitate")
