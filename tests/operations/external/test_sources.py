"""What is added is the project's, in every kernel of it, and leaves no trace when it is taken away."""

from __future__ import annotations

import gc
import json
import weakref
from pathlib import Path
from typing import Any

import pytest
import yaml

from spatialnb.config import Settings
from spatialnb.errors import Invalid, NotFound, Unsupported
from spatialnb.operations.context import Context
from spatialnb.operations.external import sources
from spatialnb.operations.external.operation import External
from spatialnb.operations.registry import Outcome, operation
from spatialnb.studio import Studio
from tests.operations.external.loopback import Loopback, Said

SHOP = Path(__file__).with_name("shop.yaml")
SECRET = "a-very-secret-key"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", SECRET)
    monkeypatch.setattr(sources, "LOOK_AGAIN", 0.0)


def keys_of(studio: Studio) -> dict[bytes, Any]:
    """Every key of the store and what it holds."""
    client: Any = studio.workspace.store._link.client  # pyright: ignore[reportPrivateUsage]
    return {key: client.dump(key) for key in client.scan_iter("*")}


def added(studio: Studio, url: str = "http://shop.invalid/", **more: Any) -> tuple[str, ...]:
    return studio.tools.add_openapi(SHOP, name="shop", base=url, headers={"key": "env:SHOP_KEY"}, **more)


def test_nothing_is_left_of_what_was_taken_away(studio: Studio) -> None:
    studio.tools.list()
    before, names = keys_of(studio), set(studio.workspace.registry.operations)
    mine = added(studio)
    held = weakref.ref(studio.workspace.registry.get(mine[0]).function)
    assert set(keys_of(studio)) != set(before)
    assert studio.tools.remove("shop") == len(mine) == 8
    assert keys_of(studio) == before
    assert set(studio.workspace.registry.operations) == names
    assert not hasattr(studio, mine[0])
    assert mine[0] not in dir(studio)
    assert not [name for name in studio.tools.search("list the toys")["name"] if name.startswith("shop_")]
    assert "shop" not in repr(studio.tools)
    gc.collect()
    assert held() is None or isinstance(held(), External)
    with pytest.raises(NotFound, match="no source 'shop'"):
        studio.tools.remove("shop")


def test_another_kernel_sees_what_was_added_and_taken_away(studio: Studio, home: Path) -> None:
    with Loopback(lambda _: Said(body=[{"name": "Top"}])) as server:
        added(studio, server.url)
        with Studio(studio.name, settings=Settings(home=home)) as other:
            assert other.shop_list_toys().data == [{"name": "Top"}]
            assert server.asked[-1].headers["x-shop-key"] == SECRET
            studio.tools.remove("shop")
            assert not hasattr(other, "shop_list_toys")
            other.tools.add_openapi(
                SHOP, name="again", base=server.url, headers={"key": "env:SHOP_KEY"}, only=["list_*"]
            )
            assert studio.again_list_toys().status == 200
            assert len(studio.tools.list().query("source == 'again'")) == 1


def test_other_projects_do_not_see_it(studio: Studio, home: Path) -> None:
    added(studio)
    with Studio(f"{studio.name}-2", settings=Settings(home=home)) as other:
        assert not hasattr(other, "shop_list_toys")


def test_no_secret_is_kept_anywhere(studio: Studio, home: Path, tmp_path: Path) -> None:
    with Loopback(lambda asked: Said(body=[{"name": "x", "sent": asked.headers["x-shop-key"]}])) as server:
        added(studio, server.url)
        studio.shop_list_toys()
        run = studio.run("list the toys", show=False)
        assert run.status == "done", run.reply
        studio.tools.lock(tmp_path / "tools.lock.json")
    secret = SECRET.encode()
    assert not [key for key, value in keys_of(studio).items() if value and secret in value]
    assert secret not in (tmp_path / "tools.lock.json").read_bytes()
    assert not [path for path in (home / "media").rglob("*") if path.is_file() and secret in path.read_bytes()]
    assert SECRET not in json.dumps(run.state.model_dump(mode="json"))
    assert SECRET not in studio.to_code()


def test_adding_again_replaces(studio: Studio) -> None:
    added(studio)
    assert studio.tools.add_openapi(SHOP, name="shop", base="http://x.invalid", only=["GET /toys"]) == (
        "shop_list_toys",
    )
    assert list(studio.tools.list().query("source == 'shop'")["name"]) == ["shop_list_toys"]
    with pytest.raises(Invalid, match="Did you mean"):
        studio.tools.add_openapi(SHOP, name="shop", base="http://x.invalid", only=["list_toyz"])


@pytest.mark.parametrize(
    "name", ["a b", "_x", "1x", "", "x" * 40, "spatialnb", "../x", "caf\N{LATIN SMALL LETTER E WITH ACUTE}"], ids=len
)
def test_names_are_words_of_their_own(studio: Studio, name: str) -> None:
    with pytest.raises(Invalid):
        studio.tools.add_openapi(SHOP, name=name, base="http://x.invalid")


def test_an_operation_that_is_there_is_not_replaced(studio: Studio) -> None:
    document = yaml.safe_load(SHOP.read_text())
    document["paths"] = {"/x": {"get": {"operationId": "image", "responses": {}}}}
    with pytest.raises(Invalid, match="make_image is already an operation of spatialnb"):
        studio.tools.add_openapi(document, name="make", base="http://x.invalid")


def test_what_others_need_stays(studio: Studio) -> None:
    added(studio)

    @operation(registry=studio.workspace.registry, needs=("shop_list_toys",), source="mine")
    def count_toys(ctx: Context) -> Outcome:
        """Count the toys."""
        return Outcome()

    with pytest.raises(Invalid, match="count_toys needs shop_list_toys"):
        studio.tools.remove("shop")
    assert studio.tools.remove("shop", force=True) == 8


# -- lock files --------------------------------------------------------------------------------------------------------
def test_a_lock_file_brings_the_same_operations_without_a_network(studio: Studio, home: Path, tmp_path: Path) -> None:
    with Loopback() as server:
        server.answer = lambda _: Said(body=SHOP.read_text())
        names = studio.tools.add_openapi(f"{server.url}/api.yaml", name="shop", headers={"key": "env:SHOP_KEY"})
        asked = len(server.asked)
        assert studio.tools.lock(tmp_path / "tools.lock.json") == ()
        first = (tmp_path / "tools.lock.json").read_text()
        assert len(server.asked) == asked
    tools = {name: studio.workspace.registry.get(name).tool() for name in names}
    with Studio(f"{studio.name}-b", settings=Settings(home=home)) as other:
        assert other.tools.load_lock(tmp_path / "tools.lock.json") == names
        assert {name: other.workspace.registry.get(name).tool() for name in names} == tools
        other.tools.lock(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text() == first
    assert str(tmp_path) not in first


def test_a_document_that_changed_is_noticed(studio: Studio, tmp_path: Path) -> None:
    document = yaml.safe_load(SHOP.read_text())
    path = tmp_path / "api.yaml"
    path.write_text(SHOP.read_text())
    studio.tools.add_openapi(path, name="shop", base="http://x.invalid")
    lock = tmp_path / "tools.lock.json"
    studio.tools.lock(lock)
    assert studio.tools.changed() == ()
    del document["paths"]["/login"]
    document["components"]["schemas"]["Toy"]["properties"]["name"]["maxLength"] = 9
    document["paths"]["/toys"]["delete"] = {"operationId": "dropAll", "responses": {}}
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    said = "\n".join(studio.tools.changed("shop"))
    assert "no longer offers shop_login" in said
    assert "something else for shop_make_toy, shop_set_parts" in said
    assert "offers besides shop_drop_all" in said
    assert hasattr(studio, "shop_login")
    studio.tools.add_openapi(path, name="shop", base="http://x.invalid")
    assert "no longer offers shop_login" in "\n".join(studio.tools.lock(lock))
    assert not hasattr(studio, "shop_login")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"format": "spatialnb-tools-1"}',
        '{"format": "spatialnb-tools-1", "sources": {"a": {}}}',
        "words",
    ],
)
def test_what_is_no_lock_file_is_refused(studio: Studio, tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(Unsupported):
        studio.tools.load_lock(tmp_path / "x.json")
    with pytest.raises(NotFound):
        studio.tools.load_lock(tmp_path / "none.json")


def test_a_lock_file_that_was_changed_by_hand_is_refused(studio: Studio, tmp_path: Path) -> None:
    added(studio)
    lock = tmp_path / "tools.lock.json"
    studio.tools.lock(lock)
    lock.write_text(lock.read_text().replace("/toys/{id}", "/boys/{id}"))
    with pytest.raises(Unsupported, match="changed by hand"):
        studio.tools.load_lock(lock)


# -- recording ---------------------------------------------------------------------------------------------------------
def test_calls_are_replayed_with_the_service_gone(
    studio: Studio, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = f"{studio.name}-rec"
    with (
        Loopback(lambda _: Said(body=[{"name": "Top"}])) as server,
        Studio(name, settings=Settings(home=home, replay="record")) as recording,
    ):
        added(recording, server.url)
        first = recording.shop_list_toys(per_page=3)
    assert list(tmp_path.glob("*.calls.json"))
    assert SECRET not in "".join(path.read_text() for path in tmp_path.glob("*.calls.json"))
    monkeypatch.delenv("SHOP_KEY")
    with Studio(name, settings=Settings(home=home, replay="replay")) as replaying:
        again = replaying.shop_list_toys(per_page=3)
        assert again.data == first.data
        with pytest.raises(Exception, match="record"):
            replaying.shop_list_toys(per_page=4)


def test_a_notebook_that_adds_an_api_by_its_address_replays_without_a_network(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)

    def story(name: str, replay: Any, url: str) -> Any:
        with Studio(
            name, settings=Settings(home=home, replay=replay, recording=tmp_path / "story.calls.json")
        ) as studio:
            studio.tools.add_openapi(f"{url}/api.yaml", name="shop", headers={"key": "env:SHOP_KEY"}, base=url)
            return studio.shop_list_toys().data

    document = SHOP.read_text()
    with Loopback(lambda asked: Said(body=document if asked.path == "/api.yaml" else [{"name": "Top"}])) as server:
        told = story(f"{request.node.name[:60]}-a", "record", server.url)
    assert told == [{"name": "Top"}]
    assert SECRET not in (tmp_path / "story.calls.json").read_text()
    monkeypatch.delenv("SHOP_KEY")
    assert story(f"{request.node.name[:60]}-b", "replay", server.url) == told
