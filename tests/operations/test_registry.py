"""The registry while things come and go: children, versions, dependencies, calls made by an older version."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatialnb.agent.conductor import Conductor
from spatialnb.errors import Invalid, NotFound
from spatialnb.models.plan import Plan, PlanStep
from spatialnb.operations import load_operations
from spatialnb.operations.context import Context
from spatialnb.operations.registry import DEFAULT, Operation, Outcome, Registry, describe, operation
from spatialnb.studio import Studio

load_operations()


def made(name: str = "fade", version: int = 1, **fields: Any) -> Operation:
    def function(ctx: Context, amount: float = 1.0) -> Outcome:
        """Let things fade."""
        return Outcome(summary=f"{name}@{version}")

    function.__name__ = name
    return describe(function, version=version, **fields)


# -- children ----------------------------------------------------------------------------------------------------------
def test_a_child_has_what_its_parent_has_and_keeps_its_own_to_itself() -> None:
    parent = Registry()
    child, other = Registry(parent=parent), Registry(parent=parent)
    parent.add(made("fade"))
    child.add(made("glow"))
    assert [o.name for o in child] == ["fade", "glow"]
    assert "glow" not in parent
    assert "glow" not in other
    child.remove("fade")
    assert "fade" in child, "what is the parent's stays"
    child.add(own := made("fade"))
    assert child.get("fade") is own
    assert parent.get("fade") is not own
    child.remove("fade")
    assert child.get("fade") is parent.get("fade")
    parent.add(made("shine"))
    assert "shine" in child
    assert len(child) == 3


def test_a_studio_has_a_registry_of_its_own(studio: Studio) -> None:
    studio.workspace.registry.add(made("fade"))
    assert "fade" in dir(studio)
    assert "fade" not in DEFAULT
    with Studio("another", settings=studio.settings) as other:
        assert "fade" not in dir(other)


def test_followers_hear_of_every_coming_and_going_until_they_stop() -> None:
    parent = Registry()
    child = Registry(parent=parent)
    heard: list[int] = []
    stop = child.follow(lambda: heard.append(len(child)))
    parent.add(made("fade"))
    child.add(made("glow"))
    child.remove("glow")
    stop()
    child.add(made("glow"))
    assert heard == [1, 2, 1]


def test_the_stamp_differs_after_every_change() -> None:
    parent = Registry()
    child = Registry(parent=parent)
    changes: list[Callable[[], object]] = [
        lambda: parent.add(made("fade")),
        lambda: child.add(made("glow", source="kit")),
        lambda: child.unload("kit"),
        lambda: parent.remove("fade"),
    ]
    stamps = [child.stamp]
    for change in changes:
        change()
        stamps.append(child.stamp)
    assert len(set(stamps)) == len(stamps)


# -- versions ----------------------------------------------------------------------------------------------------------
@given(st.permutations([1, 2, 3, 10]), st.sampled_from([0, 1]))
def test_a_name_means_the_highest_version_wherever_it_was_registered(order: list[int], split: int) -> None:
    parent = Registry()
    child = Registry(parent=parent)
    for at, version in enumerate(order):
        (parent if at % 2 == split else child).add(made(version=version))
    assert child.get("fade").version == 10
    assert [o.version for o in child.versions("fade")] == [1, 2, 3, 10]
    assert [o.version for o in child] == [10]
    for version in order:
        assert child.get(f"fade@{version}").version == version
        assert f"fade@{version}" in child
    assert "fade@4" not in child


def test_a_version_that_is_not_there_is_told_apart_from_a_name_that_is_not() -> None:
    registry = Registry()
    registry.add(made(version=1))
    registry.add(made(version=3))
    with pytest.raises(NotFound, match="no version 2 of fade; there is 1, 3"):
        registry.get("fade@2")
    with pytest.raises(NotFound, match="Did you mean 'fade'"):
        registry.get("fades@1")


def test_versions_come_and_go_one_by_one() -> None:
    registry = Registry()
    for version in (1, 2):
        registry.add(made(version=version))
    registry.remove("fade@2")
    assert registry.get("fade").version == 1
    registry.remove("fade@2")
    assert registry.get("fade").version == 1, "what is not there cannot go"
    registry.remove("fade")
    assert "fade" not in registry


def test_old_calls_keep_working_after_an_operation_has_changed(studio: Studio) -> None:
    registry = studio.workspace.registry

    @operation(registry=registry, changes="items")
    def sign(ctx: Context, text: str) -> Outcome:
        """Write a sign."""
        return registry.get("label").function(ctx, text, height=0.2, colour=None)

    first = sign
    studio.sign(text="one")
    assert "studio.sign(text='one')" in studio.to_code()

    @operation(registry=registry, changes="items", version=2)
    def sign(ctx: Context, words: str, *, loud: bool = False) -> Outcome:
        """Write a sign, loudly if need be."""
        return first(ctx, words.upper() if loud else words)

    studio.sign(words="two", loud=True)
    with pytest.raises(Invalid, match="text"):
        studio.sign(text="three")
    studio.do("sign@1", text="four")
    assert [change.call.version for change in studio.changes()] == [1, 2, 1]
    assert {change.call.operation for change in studio.changes()} == {"sign"}

    code = studio.to_code()
    assert "studio.do(\"sign@1\", text='one')" in code
    assert "studio.sign(words='two', loud=True)" in code
    again = code.replace(repr(studio.name), "'again'").replace("Studio('again')", "reopen()")
    again = again.replace("from spatialnb import Studio", "")

    def reopen() -> Studio:
        other = Studio("again", settings=studio.settings)
        for version in registry.versions("sign"):
            other.workspace.registry.add(version)
        return other

    scope: dict[str, Any] = {"reopen": reopen}
    exec(again, scope)
    assert scope["studio"].scene_hash() == studio.scene_hash()
    scope["studio"].close()


def test_a_plan_may_name_a_version(studio: Studio) -> None:
    registry = studio.workspace.registry
    for version in (1, 2):
        registry.add(made("fade", version=version))
    steps = tuple(PlanStep(id=f"s{n}", operation=name) for n, name in enumerate(("fade", "fade@1")))
    conductor = Conductor(studio.workspace, studio.settings, planner=lambda *_, **__: Plan(request="", steps=steps))
    run = conductor.submit("fade").wait(30)
    conductor.close()
    assert [step.result["summary"] for step in run.steps] == ["fade@2", "fade@1"]


# -- what needs what ---------------------------------------------------------------------------------------------------
def test_all_that_the_package_brings_has_what_it_needs() -> None:
    assert not [(known.name, need) for known in DEFAULT for need in known.needs if need not in DEFAULT]


def test_what_belongs_together_is_loaded_all_or_none() -> None:
    registry = Registry(parent=DEFAULT)
    together = [made("fade", needs=("glow",), source="kit"), made("glow", needs=("label", "fade@1"), source="kit")]
    with pytest.raises(Invalid, match="kit cannot be loaded: fade needs glow"):
        registry.add_all(together[:1])
    assert "fade" not in registry
    registry.add_all(together)
    assert {"fade", "glow"} <= set(registry.operations)
    with pytest.raises(Invalid, match="needs place@7"):
        registry.add_all([made("shine", needs=("place@7",))])


def test_nobody_takes_the_name_of_what_another_brought() -> None:
    registry = Registry(parent=DEFAULT)
    with pytest.raises(Invalid, match="spatialnb has an operation of that name"):
        registry.add_all([made("glow", source="kit"), made("remove", version=9, source="kit")])
    assert "glow" not in registry
    assert registry.get("remove") is DEFAULT.get("remove")


def test_what_others_need_goes_only_by_force() -> None:
    registry = Registry()
    registry.add_all([made("glow", source="light")])
    registry.add_all([made("fade", needs=("glow",), source="kit")])
    for take in (lambda **k: registry.unload("light", **k), lambda **k: registry.remove("glow", **k)):
        with pytest.raises(Invalid, match="cannot be taken away: fade needs glow"):
            take()
        assert "glow" in registry
    assert registry.unload("light", force=True) == 1
    assert "glow" not in registry
    registry.add(made("shine", source="lamp"))
    assert registry.unload("lamp") == 1, "that a need was gone before holds nothing up"
    assert registry.unload("kit") == 1
    assert registry.unload("kit") == 0
    assert len(registry) == 0


def test_what_the_parent_also_has_may_go() -> None:
    parent = Registry()
    parent.add(made("glow"))
    child = Registry(parent=parent)
    child.add(made("glow", source="light"))
    child.add(made("fade", needs=("glow",)))
    assert child.unload("light") == 1
    assert child.get("glow") is parent.get("glow")


# -- describing --------------------------------------------------------------------------------------------------------
def test_a_parameter_may_be_called_as_a_model_s_method_is() -> None:
    registry = Registry()

    @operation(registry=registry)
    def query(ctx: Context, schema: str, copy: int = 1, model_fields: str = "") -> Outcome:
        """Ask a database."""
        return Outcome(summary=f"{schema} {copy}")

    known = registry.get("query")
    assert known.validate({"schema": "public", "copy": 2}) == {"schema": "public", "copy": 2, "model_fields": ""}
    assert set(known.tool()["function"]["parameters"]["properties"]) == {"schema", "copy", "model_fields"}


def test_a_schema_that_came_along_is_shown_and_not_changed_by_whoever_looks() -> None:
    given_schema = {"type": "object", "properties": {"amount": {"type": "number"}}}
    known = made(schema_=given_schema)
    known.schema()["properties"]["amount"]["type"] = "text"
    assert known.schema() == given_schema
    assert known.tool()["function"]["parameters"]["properties"] == {"amount": {"type": "number"}}


def test_readers_never_see_a_registry_half_changed() -> None:
    registry = Registry(parent=DEFAULT)
    together = [made(name, source="kit") for name in ("fade", "glow", "shine")]
    wrong: list[set[str]] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            seen = {o.name for o in registry if o.source == "kit"}
            if len(seen) not in (0, 3):
                wrong.append(seen)

    readers = [threading.Thread(target=look) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(200):
        registry.add_all(together)
        registry.unload("kit")
    done.set()
    for reader in readers:
        reader.join()
    assert not wrong
