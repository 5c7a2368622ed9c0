"""Operations as methods: what editors, type checkers, Jupyter's completion and help know of them."""

from __future__ import annotations

import ast
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

from spatialnb.errors import Invalid
from spatialnb.operations import load_operations
from spatialnb.operations.context import Context
from spatialnb.operations.registry import DEFAULT, Outcome, Registry, Things, operation
from spatialnb.studio import Studio
from spatialnb.studio.bound import signature_of
from spatialnb.studio.generate_methods import TARGET, own_methods, stub

load_operations()


def built_in() -> Registry:
    """What comes with the package, whatever other tests have registered."""
    own = Registry()
    for known in DEFAULT:
        if known.source == "spatialnb":
            own.add(known)
    return own


def test_the_stub_is_what_the_registry_is() -> None:
    written = stub(built_in(), own_methods())
    assert TARGET.read_text(encoding="utf-8") == written, "run: python -m spatialnb.studio.generate_methods"


def test_the_stub_has_every_operation_with_its_parameters_and_docstring() -> None:
    tree = ast.parse(TARGET.read_text(encoding="utf-8"))
    methods = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    found = {node.name: node for node in methods.body if isinstance(node, ast.FunctionDef)}
    assert found.keys() == {known.name for known in built_in()} - own_methods()
    for name, node in found.items():
        known = DEFAULT.get(name)
        named = [*node.args.args[1:], *node.args.kwonlyargs]
        assert [arg.arg for arg in named] == list(known.args.model_fields)
        assert ast.get_docstring(node) == inspect.cleandoc(known.description)


def test_a_type_that_is_not_known_is_an_error() -> None:
    registry = Registry()

    @operation(registry=registry)
    def odd(ctx: Context, what: type[int]) -> Outcome:
        """Take something that has no text."""
        return Outcome()

    with pytest.raises(TypeError, match="teach it"):
        stub(registry)


def test_type_checkers_know_the_methods(tmp_path: Path) -> None:
    code = tmp_path / "uses.py"
    code.write_text(
        "from spatialnb import Studio\n"
        "studio = Studio('x')\n"
        "reveal_type(studio.arrange('the photos', 'circle'))\n"
        "studio.arrange(items=studio.items(), radius=2, around=studio.project.item('a'))\n"
        "studio.arrange('the photos', 'zigzag')\n"
        "studio.move('the photos', by=[1, 0, 0.5])\n"
    )
    command = [sys.executable, "-m", "basedpyright", "--pythonpath", sys.executable, "--outputjson", str(code)]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, cwd=tmp_path).stdout)
    messages = [(d["severity"], d["range"]["start"]["line"], d["message"]) for d in told["generalDiagnostics"]]
    assert [m for m in messages if m[1] == 2 and '"Arranged"' in m[2]], messages
    errors = [(line, message) for severity, line, message in messages if severity == "error"]
    assert [line for line, _ in errors] == [4], errors
    assert "zigzag" in errors[0][1]


# -- at run time -------------------------------------------------------------------------------------------------------
@pytest.fixture
def shell(studio: Studio) -> Iterator[InteractiveShell]:
    shell = InteractiveShell()
    shell.user_ns["studio"] = studio
    yield shell
    InteractiveShell.clear_instance()
    shell.history_manager.end_session()


def completed(shell: InteractiveShell, text: str) -> set[str]:
    with provisionalcompleter():
        return {completion.text for completion in shell.Completer.completions(text, len(text))}


def test_jupyter_completes_methods_and_parameters(shell: InteractiveShell) -> None:
    assert any(text.endswith("arrange") for text in completed(shell, "studio.arr"))
    assert {"arrangement=", "around="} <= completed(shell, "studio.arrange(ar") | completed(shell, "studio.arrange(")
    told = re.sub("\x1b\\[[0-9;]*m", "", shell.object_inspect_mime("studio.arrange")["text/plain"])
    assert "Place items in a named arrangement" in told
    assert "arrangement: 'ArrangementName' = 'grid'" in told


def test_what_is_added_at_run_time_completes_and_what_is_removed_does_not(
    studio: Studio, shell: InteractiveShell
) -> None:
    registry = studio.workspace.registry

    @operation(registry=registry)
    def levitate(ctx: Context, items: Things, height: float = 1.0) -> Outcome:
        """Let items float above where they are."""
        return Outcome(summary="Levitated")

    assert any(text.endswith("levitate") for text in completed(shell, "studio.lev"))
    assert "height=" in completed(shell, "studio.levitate(he")
    assert "Let items float" in shell.object_inspect_mime("studio.levitate")["text/plain"]
    registry.remove("levitate")
    assert not completed(shell, "studio.lev")


def test_outside_tools_complete(studio: Studio, shell: InteractiveShell) -> None:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Lamps", "version": "1"},
        "servers": [{"url": "http://127.0.0.1:9"}],
        "paths": {
            "/lamps/{lamp}": {
                "put": {
                    "operationId": "dim",
                    "summary": "Dim a lamp.",
                    "parameters": [{"name": "lamp", "in": "path", "required": True, "schema": {"type": "string"}}],
                    "requestBody": {
                        "content": {
                            "application/json": {
                                "schema": {"type": "object", "properties": {"brightness": {"type": "number"}}}
                            }
                        }
                    },
                    "responses": {"200": {"description": "Done"}},
                }
            }
        },
    }
    (name,) = studio.tools.add_openapi(document, name="lamps")
    assert any(text.endswith(name) for text in completed(shell, "studio.lam"))
    assert "brightness=" in completed(shell, f"studio.{name}(br")
    assert "Dim a lamp" in shell.object_inspect_mime(f"studio.{name}")["text/plain"]
    studio.tools.remove("lamps")
    assert not completed(shell, "studio.lam")


def test_what_has_to_be_given_can_be_given_by_position(studio: Studio) -> None:
    studio.label("Hello")
    studio.rename("label-hello-1", "World")
    assert studio.project.item("label-hello-1").name == "World"
    studio.restore(1)
    assert studio.project.item("label-hello-1").name != "World"
    assert str(signature_of(DEFAULT.get("restore"))) == "(revision: 'int') -> 'Outcome'"


def test_an_argument_too_many_is_told_in_plain_words(studio: Studio) -> None:
    with pytest.raises(Invalid, match="it takes revision"):
        studio.restore(1, 2)
    with pytest.raises(Invalid, match="it takes items, hidden"):
        studio.hide(item="the label")


def test_python_points_with_items_and_tables(studio: Studio) -> None:
    studio.label("Hello")
    studio.label("World")
    hello = studio.project.item("label-hello-1")
    assert studio.hide(hello).items == ("label-hello-1",)
    assert set(studio.hide(studio.items()).items) == {"label-hello-1", "label-world-1"}
    assert studio.hide([hello]).items == ("label-hello-1",)
    frame = studio.items()
    assert studio.hide(frame.loc[frame.name == "World", "id"]).items == ("label-world-1",)
    with pytest.raises(Invalid, match="a column 'id'"):
        studio.hide(frame.drop(columns="id"))
