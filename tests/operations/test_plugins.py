"""Plugins: real distributions in a folder on `sys.path`, loaded, upgraded and taken away while everything runs."""

from __future__ import annotations

import shutil
import sys
import textwrap
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from spatialnb.errors import Invalid, NotFound
from spatialnb.operations import plugins
from spatialnb.operations.plugins import Loaded, load_plugins, plugins_of, unload_plugin
from spatialnb.operations.registry import DEFAULT, Registry
from spatialnb.studio import Studio

LEVITATE = '''
    """Things that float."""
    from spatialnb import Context, Outcome
    from spatialnb.models.geometry import Metres
    from spatialnb.operations.registry import Things, operation
    from spatialnb.models.project import copy_with

    @operation(changes="items", words=("levitate", "float up"), needs=("label",))
    def levitate(ctx: Context, items: Things, height: Metres = 1.0) -> Outcome:
        """Let items float above where they are."""
        ctx.project = ctx.project.with_items(
            copy_with(i, position=(i.position[0], i.position[1] + height, i.position[2])) for i in items
        )
        return Outcome(summary=f"Levitated {len(items)}", items=tuple(i.id for i in items))
'''


class Site:
    """A folder of installed distributions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wheels = folder.parent / "wheels"
        self.wheels.mkdir()
        folder.mkdir()

    def install(self, name: str, points: str, version: str = "1.0", **modules: str) -> None:
        """Build a wheel and unpack it here, as pip does."""
        self.uninstall(name)
        stem = f"{name.replace('-', '_')}-{version}"
        files = {f"{module}.py": textwrap.dedent(code) for module, code in modules.items()}
        files |= {
            f"{stem}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{stem}.dist-info/entry_points.txt": f"[spatialnb.operations]\n{points}\n",
        }
        files[f"{stem}.dist-info/RECORD"] = "".join(f"{file},,\n" for file in files)
        wheel = self.wheels / f"{stem}-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for file, content in files.items():
                archive.writestr(file, content)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(self.folder)

    def uninstall(self, name: str) -> None:
        for info in self.folder.glob(f"{name.replace('-', '_')}-*.dist-info"):
            for line in (info / "RECORD").read_text().splitlines():
                (self.folder / line.split(",")[0]).unlink(missing_ok=True)
            shutil.rmtree(info)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    site = Site(tmp_path / "site")
    monkeypatch.syspath_prepend(str(site.folder))
    # Modules change within a second here; compiled ones are told apart by the second.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield site
    for brought in list(plugins._BROUGHT):
        for holder in list(plugins._BROUGHT[brought].holders):
            unload_plugin(holder, brought, force=True)
    assert not {
        name
        for name in set(sys.modules) - before
        if getattr(sys.modules[name], "__file__", None) is not None
        and str(site.folder) in str(sys.modules[name].__file__)
    }


@pytest.fixture
def registry() -> Registry:
    return Registry(parent=DEFAULT)


def one(results: list[Loaded]) -> Loaded:
    assert len(results) == 1, results
    return results[0]


def test_an_installed_plugin_is_there_when_a_studio_opens_and_leaves_no_trace(site: Site, studio: Studio) -> None:
    registry = studio.workspace.registry
    assert "levitate" not in registry
    site.install("spatialnb-levitation", "levitation = levitation", levitation=LEVITATE)
    assert one(studio.tools.load_plugins()) == Loaded("spatialnb-levitation", ("levitate",), version="1.0")
    assert plugins_of(registry) == [Loaded("spatialnb-levitation", ("levitate",), version="1.0")]

    label = studio.label(text="Hello").id
    height = studio.project.item(label).position[1]
    studio.levitate(items=[label], height=0.5)
    assert studio.project.item(label).position[1] == pytest.approx(height + 0.5)
    studio.undo()
    assert studio.run("levitate the label by 2 metres", show=False).status == "done"
    assert studio.project.item(label).position[1] == pytest.approx(height + 2)
    assert "levitate" in dir(studio)
    assert studio.levitate.__doc__ == "Let items float above where they are."
    assert registry.get("levitate").source == "spatialnb-levitation"
    assert registry.get("levitate").tool()["function"]["parameters"]["properties"].keys() == {"items", "height"}
    assert [found.operation.name for found in registry.search("make things float", limit=1)] == ["levitate"]
    assert "levitate" not in DEFAULT, "a plugin is its studio's alone"

    assert studio.tools.remove("spatialnb-levitation") == 1
    assert "levitate" not in registry
    assert "levitate" not in dir(studio)
    assert "levitate" not in set(studio.tools.list().name)
    with pytest.raises(AttributeError):
        _ = studio.levitate
    assert "levitate" not in [found.operation.name for found in registry.search("make things float")]
    assert "levitate" not in [operation.name for operation in registry.relevant("levitate the label")]
    assert "levitation" not in sys.modules
    assert studio.run("levitate the label by 2 metres", show=False).status != "done"


def test_a_studio_that_opens_has_what_is_installed(site: Site, studio: Studio) -> None:
    site.install("spatialnb-levitation", "levitation = levitation", levitation=LEVITATE)
    with Studio("another", settings=studio.settings) as other:
        assert "levitate" in dir(other)


def test_loading_again_changes_nothing(site: Site, registry: Registry) -> None:
    site.install("spatialnb-levitation", "levitation = levitation", levitation=LEVITATE)
    first = load_plugins(registry)
    operation = registry.get("levitate")
    assert load_plugins(registry) == first
    assert registry.get("levitate") is operation


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import a_module_that_is_not_there", "ModuleNotFoundError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("def broken(:", "SyntaxError"),
        ("x = 1", "brings no operations"),
        (LEVITATE.replace('"label",', '"teleport",').replace("def levitate", "def hover"), "hover needs teleport"),
        (LEVITATE.replace("def levitate", "def arrange"), "spatialnb has an operation of that name"),
        (LEVITATE.replace('"""Let items float above where they are."""', ""), "needs a docstring"),
        (LEVITATE.replace("height: Metres", "height: object()"), "PydanticSchemaGenerationError"),
    ],
)
def test_a_broken_plugin_is_reported_and_harms_nothing(site: Site, registry: Registry, code: str, told: str) -> None:
    before = dict(registry.operations)
    site.install("spatialnb-broken", "broken = broken_plugin", broken_plugin=code)
    site.install("spatialnb-levitation", "levitation = levitation", levitation=LEVITATE)
    broken, good = sorted(load_plugins(registry), key=lambda each: each.source)
    assert told in broken.error, broken.error
    assert broken.error.startswith("The plugin spatialnb-broken 1.0 could not be loaded.")
    assert broken.operations == ()
    assert good.operations == ("levitate",)
    assert {k: v for k, v in registry.operations.items() if k != "levitate"} == before
    assert "broken_plugin" not in sys.modules


def test_plugins_may_need_each_other_in_any_order(site: Site, registry: Registry) -> None:
    first = LEVITATE.replace('"label",', '"sink",')
    sink = LEVITATE.replace("def levitate", "def sink")
    site.install("aaa-levitation", "a = levitation", levitation=first)
    site.install("zzz-sinking", "z = sinking", sinking=sink)
    assert not any(loaded.error for loaded in load_plugins(registry))
    with pytest.raises(Invalid, match="levitate needs sink"):
        unload_plugin(registry, "zzz-sinking")
    assert "sink" in registry
    assert "sinking" in sys.modules
    assert unload_plugin(registry, "aaa-levitation") == 1
    assert unload_plugin(registry, "zzz-sinking") == 1


def test_an_upgrade_is_loaded_in_its_place_and_a_broken_one_is_not(site: Site, registry: Registry) -> None:
    other = Registry(parent=DEFAULT)
    site.install("spatialnb-levitation", "levitation = levitation", levitation=LEVITATE)
    load_plugins(registry)
    load_plugins(other)
    site.install("spatialnb-levitation", "levitation = levitation", "1.1", levitation="raise ValueError('no')")
    loaded = one(load_plugins(registry))
    assert loaded.error.endswith("ValueError: no Version 1.0 stays.")
    assert "height" in registry.get("levitate").args.model_fields
    assert hasattr(sys.modules["levitation"], "levitate")
    newer = LEVITATE.replace("height: Metres", "how_high: Metres").replace("+ height", "+ how_high")
    site.install("spatialnb-levitation", "levitation = levitation", "2.0", levitation=newer)
    assert one(load_plugins(registry)).version == "2.0"
    for each in (registry, other):
        assert "how_high" in each.get("levitate").args.model_fields


def test_an_uninstalled_plugin_goes_when_plugins_are_loaded_again(site: Site, registry: Registry) -> None:
    site.install("spatialnb-levitation", "levitation = levitation", levitation=LEVITATE)
    load_plugins(registry)
    site.uninstall("spatialnb-levitation")
    assert load_plugins(registry) == []
    assert "levitate" not in registry
    assert "levitation" not in sys.modules


def test_a_plugin_that_another_studio_has_keeps_its_modules(site: Site, registry: Registry) -> None:
    other = Registry(parent=DEFAULT)
    site.install("spatialnb-levitation", "levitation = levitation", levitation=LEVITATE)
    load_plugins(registry)
    load_plugins(other)
    unload_plugin(registry, "spatialnb-levitation")
    assert "levitate" in other
    assert "levitate" not in registry
    assert "levitation" in sys.modules
    unload_plugin(other, "spatialnb-levitation")
    assert "levitation" not in sys.modules


def test_every_way_to_name_operations_in_an_entry_point(site: Site, registry: Registry) -> None:
    package = {
        "kit/__init__": "from kit.sounds import sink\nfrom kit import more\n",
        "kit/sounds": LEVITATE.replace("def levitate", "def sink"),
        "kit/more": LEVITATE + LEVITATE.replace("words=", "version=2, words="),
    }
    site.install("spatialnb-kit", "kit = kit", **package)
    assert set(one(load_plugins(registry)).operations) == {"levitate", "sink"}
    assert [operation.version for operation in registry.versions("levitate")] == [1, 2]
    unload_plugin(registry, "spatialnb-kit")
    assert not [name for name in sys.modules if name.split(".")[0] == "kit"]

    site.install("spatialnb-kit", "one = kit.sounds:sink", "1.1", **package)
    assert one(load_plugins(registry)).operations == ("sink",)
    unload_plugin(registry, "spatialnb-kit")

    package["kit/more"] = """
        from spatialnb import Context, Outcome
        from spatialnb.operations.registry import Registry, describe

        def wink(ctx: Context, times: int = 1) -> Outcome:
            \"\"\"Wink.\"\"\"
            return Outcome()

        def register(registry: Registry) -> None:
            registry.add(describe(wink))

        both = [describe(wink)]
    """
    for value in ("register", "both"):
        site.install("spatialnb-kit", f"one = kit.more:{value}", f"1.2.{len(value)}", **package)
        assert one(load_plugins(registry)).operations == ("wink",), value
        unload_plugin(registry, "spatialnb-kit")


def test_only_what_is_asked_for_is_loaded(site: Site, registry: Registry) -> None:
    site.install("spatialnb-levitation", "levitation = levitation", levitation=LEVITATE)
    site.install("spatialnb-sinking", "s = sinking", sinking=LEVITATE.replace("def levitate", "def sink"))
    assert one(load_plugins(registry, only=["spatialnb-sinking"])).operations == ("sink",)
    assert "levitate" not in registry
    with pytest.raises(NotFound, match="Did you mean 'spatialnb-levitation'"):
        load_plugins(registry, only=["spatialnb-levitating"])


def test_a_plugin_that_was_imported_by_hand_is_not_there_twice(site: Site, registry: Registry) -> None:
    site.install("spatialnb-levitation", "levitation = levitation", levitation=LEVITATE)
    import importlib

    try:
        importlib.import_module("levitation")
        assert DEFAULT.get("levitate").source == "levitation"
        assert one(load_plugins(registry)).error == ""
        unload_plugin(registry, "spatialnb-levitation")
        assert "levitate" in registry, "who imports it by hand has it everywhere"
    finally:
        DEFAULT.remove("levitate")
        sys.modules.pop("levitation", None)
