"""What a document says is what an operation takes, sends and gives; over real HTTP."""

from __future__ import annotations

import base64
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from spatialnb.errors import Invalid, ServiceRefused, ServiceUnavailable, Unsupported
from spatialnb.operations.external.answer import Answered, AnsweredMedia
from spatialnb.studio import Studio
from tests.operations.external.loopback import Loopback, Said

HERE = Path(__file__).parent
SHOP: dict[str, Any] = yaml.safe_load((HERE / "shop.yaml").read_text())


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as server:
        yield server


@pytest.fixture
def shop(studio: Studio, server: Loopback, monkeypatch: pytest.MonkeyPatch) -> Studio:
    monkeypatch.setenv("SHOP_KEY", "very-secret-key")
    studio.tools.add_openapi(SHOP, name="shop", base=server.url, headers={"key": "env:SHOP_KEY"})
    return studio


def test_every_operation_is_there_with_its_arguments(shop: Studio) -> None:
    frame = shop.tools.list()
    mine = frame[frame["source"] == "shop"]
    assert sorted(mine["name"]) == [
        "shop_drop_toy", "shop_get_picture", "shop_get_toy", "shop_list_toys", "shop_login", "shop_make_toy",
        "shop_send_picture", "shop_set_parts",
    ]  # fmt: skip
    assert set(mine["service"]) == {"Toy Shop API"}
    assert list(inspect.signature(shop.shop_list_toys).parameters) == [
        "X_Tenant", "per_page", "colours", "filter", "from_", "where",
    ]  # fmt: skip
    assert list(inspect.signature(shop.shop_make_toy).parameters) == ["name", "price", "X_Tenant", "colour", "parts"]
    assert list(inspect.signature(shop.shop_set_parts).parameters) == ["id", "body"]
    registry = shop.workspace.registry
    approvals = {
        name: registry.get(f"shop_{name}").approval for name in ("list_toys", "make_toy", "drop_toy", "set_parts")
    }
    assert approvals == {"list_toys": "", "make_toy": "publishes", "drop_toy": "deletes", "set_parts": "publishes"}
    assert registry.get("shop_list_toys").retries
    assert not registry.get("shop_make_toy").retries


def test_where_each_argument_goes(shop: Studio, server: Loopback) -> None:
    shop.shop_list_toys(
        per_page=5, colours=["red", "sky blue"], filter={"age": 3}, from_="2026-01-02", X_Tenant="north"
    )
    asked = server.asked[-1]
    assert asked.path == "/v1/toys"
    assert asked.query == [("per-page", "5"), ("colours", "red,sky blue"), ("filter[age]", "3"), ("from", "2026-01-02")]
    assert asked.headers["x-tenant"] == "north"
    assert asked.headers["x-shop-key"] == "very-secret-key"
    shop.shop_list_toys()
    assert server.asked[-1].target == "/v1/toys"


def test_a_body_is_given_field_by_field(shop: Studio, server: Loopback) -> None:
    shop.shop_make_toy(name="Top", price=2.5, colour=None, parts=[{"name": "Pin", "price": 1}])
    assert server.asked[-1].json == {
        "name": "Top", "price": 2.5, "colour": None, "parts": [{"name": "Pin", "price": 1}],
    }  # fmt: skip
    shop.shop_set_parts(id="a/b c", body=["wheel", {"name": "Pin", "price": 1}])
    assert server.asked[-1].path == "/v1/toys/a%2Fb%20c"
    assert server.asked[-1].json == ["wheel", {"name": "Pin", "price": 1}]


@pytest.mark.parametrize(
    ("name", "args", "words"),
    [
        ("make_toy", {"price": 1}, "needs 'name'"),
        ("make_toy", {"name": "", "price": 1}, "at least 1 characters"),
        ("make_toy", {"name": "x", "price": 0}, "more than 0"),
        ("make_toy", {"name": "x", "price": 1, "colour": "bleu"}, "Did you mean 'blue'"),
        ("make_toy", {"name": "x", "price": "1"}, 'price of shop_make_toy should be a number, not "1"'),
        ("make_toy", {"name": "x", "price": 1, "parts": [{"name": "y"}]}, "needs 'price' in parts.0"),
        ("make_toy", {"name": "x", "price": 1, "colr": "red"}, "no parameter 'colr'.*Did you mean 'colour'"),
        ("list_toys", {"per_page": 500}, "at most 100"),
        ("set_parts", {"id": "1", "body": [3]}, "none of the forms"),
        ("get_toy", {"id": ""}, "cannot be empty|"),
        ("drop_toy", {"id": ""}, "cannot be empty"),
        ("drop_toy", {"id": ".."}, "cannot have"),
        ("drop_toy", {"id": "../all"}, "cannot have"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_before_anything_is_sent(
    shop: Studio, server: Loopback, name: str, args: dict[str, Any], words: str
) -> None:
    if name == "get_toy":
        shop.shop_get_toy(**args)  # reading the end of a path may be reading the whole
        assert server.asked[-1].path == "/v1/toys/"
        return
    with pytest.raises(Invalid, match=words):
        shop.do(f"shop_{name}", **args)
    assert server.asked == []


def test_forms(shop: Studio, server: Loopback) -> None:
    shop.shop_login(name="Ann & Bob", grant="code", scopes=["a", "b"], extra={"x": {"y": 1}})
    asked = server.asked[-1]
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.body == b"name=Ann%20%26%20Bob&grant=code&scopes=a&scopes=b&extra%5Bx%5D%5By%5D=1"


def test_files_are_assets_of_the_library_and_never_paths(
    gallery_studio: Studio, server: Loopback, tmp_path: Any
) -> None:
    studio = gallery_studio
    studio.tools.add_openapi(SHOP, name="shop", base=server.url)
    photo = next(asset for asset in studio.library if asset.kind == "image")
    studio.shop_send_picture(id="1", file=photo.id, title="Näme", sizes=[1, 2])
    asked = server.asked[-1]
    kind, boundary = asked.headers["content-type"].split("; boundary=")
    assert kind == "multipart/form-data"
    parts = asked.body.split(f"--{boundary}".encode())[1:-1]
    assert len(parts) == 4
    assert studio.workspace.media.read(photo.hash) in parts[0]
    assert f"Content-Type: {photo.mime}".encode() in parts[0]
    assert "Näme".encode() in parts[1]
    studio.shop_send_picture(id="1", file="data:text/plain;base64," + base64.b64encode(b"hello").decode())
    assert b"hello" in server.asked[-1].body
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    with pytest.raises(Invalid, match="id of an asset"):
        studio.shop_send_picture(id="1", file=str(secret))


def test_rows_are_a_table_and_a_short_list(shop: Studio, server: Loopback) -> None:
    toys = [
        {"id": str(n), "name": f"Toy *{n}*", "colour": "red" if n % 2 else "blue", "size": {"w": n}} for n in range(30)
    ]
    server.answer = lambda _: Said(body=toys, headers={"link": '<x>; rel="next"'})
    outcome = shop.shop_list_toys()
    assert isinstance(outcome, Answered)
    assert outcome.data == toys
    assert outcome.summary.startswith("List the toys: 30 entries: Toy \\*0\\*, ")
    assert outcome.notes == ("There are more pages; ask for the next one.",)
    frame = outcome.frame()
    assert list(frame["size.w"]) == list(range(30))
    picked = shop.shop_list_toys(where={"colour": "RED"})
    assert picked.summary.startswith("15 REDs: ")
    assert len(picked.frame()) == 15
    assert "| name | id | colour |" in picked.preview.text


def test_an_agent_keeps_a_bounded_part_of_an_answer(shop: Studio, server: Loopback) -> None:
    server.answer = lambda _: Said(body=[{"name": f"t{n}", "text": "x" * 500} for n in range(2_000)])
    outcome = shop.workspace.do("shop_list_toys", {}, author="agent")
    assert isinstance(outcome, Answered)
    assert outcome.cut
    assert len(outcome.model_dump_json()) < 60_000
    assert "of 2,000 rows" in outcome.notes[0]
    assert len(shop.shop_list_toys().data) == 2_000


def test_a_picture_becomes_an_asset(shop: Studio, server: Loopback, media_folder: Any) -> None:
    data = next(media_folder.rglob("*.jpg")).read_bytes()
    server.answer = lambda _: Said(body=data, headers={"content-type": "image/jpeg"})
    outcome = shop.shop_get_picture(id="1")
    assert isinstance(outcome, AnsweredMedia)
    asset = shop.project.assets[outcome.assets[0]]
    assert asset.kind == "image"
    assert asset.origin == "shop_get_picture"
    revision = shop.project.revision
    shop.shop_get_picture(id="1")
    assert shop.project.revision == revision
    shop.undo()
    assert not shop.project.assets


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (Said(400, {"error": {"message": "bad colour"}}), ServiceRefused, "bad colour"),
        (Said(404, {"detail": "no toy"}), ServiceRefused, "no toy"),
        (Said(422, [{"msg": "too big"}]), ServiceRefused, "too big"),
        (Said(401, "<html><body>Login</body></html>"), ServiceRefused, "key is missing or wrong"),
        (Said(500, "boom"), ServiceUnavailable, "boom"),
        (Said(503, None), ServiceUnavailable, "overloaded"),
    ],
)
def test_refusals_are_told_in_plain_words(
    shop: Studio, server: Loopback, said: Said, error: type[Exception], words: str
) -> None:
    server.answer = lambda _: said
    with pytest.raises(error, match=words) as raised:
        shop.shop_make_toy(name="x", price=1)
    assert "very-secret-key" not in str(raised.value)
    assert "<html" not in str(raised.value)


def test_a_missing_key_is_asked_for_by_its_name(studio: Studio, server: Loopback) -> None:
    studio.tools.add_openapi(SHOP, name="shop", base=server.url)
    server.answer = lambda _: Said(401, {"message": "who?"})
    with pytest.raises(ServiceRefused, match=r"headers=\{'key': 'env:"):
        studio.shop_list_toys()


def test_reading_is_tried_again_and_writing_is_not(shop: Studio, server: Loopback) -> None:
    said = [Said(503), Said(503), Said(body=[])]
    server.answer = lambda _: said.pop(0)
    assert shop.shop_list_toys().status == 200
    assert len(server.asked) == 3
    said[:] = [Said(503), Said(201)]
    with pytest.raises(ServiceUnavailable):
        shop.shop_make_toy(name="x", price=1)
    assert len(server.asked) == 4


SWAGGER: dict[str, Any] = yaml.safe_load((HERE / "old.yaml").read_text())


def test_swagger(studio: Studio, server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLD_KEY", "k&y-secret")
    names = studio.tools.add_openapi(SWAGGER, base=server.url, headers={"q": "env:OLD_KEY"})
    assert names == ("old_get_kind_things", "old_post_kind_things", "old_patch_kind_things")
    studio.old_get_kind_things(kind="a", ids=[1, 2], tags=["x", "y"], n=2)
    assert server.asked[-1].target == "/api/a/things?ids=1%7C2&tags=x&tags=y&n=2&api_key=k%26y-secret"
    with pytest.raises(Invalid, match="less than 3"):
        studio.old_get_kind_things(kind="a", n=3)
    studio.old_post_kind_things(kind="b", name="x", state="new")
    assert server.asked[-1].json == {"name": "x", "state": "new"}
    studio.old_patch_kind_things(kind="b", file="data:,hello", note="n")
    assert server.asked[-1].headers["content-type"].startswith("multipart/form-data")
    server.answer = lambda _: Said(body={"things": [{"name": "x", "state": "old"}, {"name": "y", "state": "new"}]})
    assert studio.old_get_kind_things(kind="a", where={"state": "new"}).data == [{"name": "y", "state": "new"}]


NUMBER = {"type": ["integer", "null"]}
BODY = {"type": ["object", "null"], "properties": {"a": {"const": 1}, "if": {"type": "string"}}}


def test_a_newer_document(studio: Studio, server: Loopback) -> None:
    document = {
        "openapi": "3.1.0",
        "info": {"title": "New", "version": "1"},
        "servers": [{"url": server.url}],
        "paths": {
            "/x/{a}.{b}:run": {
                "post": {
                    "operationId": "run it",
                    "parameters": [
                        {"name": "a", "in": "path", "required": True, "style": "label", "schema": NUMBER},
                        {"name": "q", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}},
                        {"name": "c", "in": "cookie", "schema": {"type": "string"}},
                    ],
                    "requestBody": {"content": {"application/json": {"schema": BODY}}},
                    "responses": {},
                }
            }
        },
        "webhooks": {},
    }  # fmt: skip
    with pytest.raises(Invalid, match="does not say where"):
        studio.tools.add_openapi({**document, "servers": [{"url": "/v1"}]})
    assert studio.tools.add_openapi(document, base=server.url) == ("new_run_it",)
    studio.new_run_it(a=3, b="y z", q={"k": [1]}, c="v", a_2=1, if_="x")
    asked = server.asked[-1]
    assert asked.path == "/x/.3.y%20z:run"
    assert asked.query == [("q", '{"k":[1]}')]
    assert asked.headers["cookie"] == "c=v"
    assert asked.json == {"a": 1, "if": "x"}


@pytest.mark.parametrize(
    "document", [{}, {"openapi": "4.0", "paths": {}}, {"paths": []}, {"swagger": "1.2", "paths": {}}]
)
def test_other_documents_are_refused(studio: Studio, document: dict[str, Any]) -> None:
    with pytest.raises(Unsupported):
        studio.tools.add_openapi(document, base="http://x.invalid")


def test_one_broken_operation_does_not_cost_the_others(studio: Studio, server: Loopback) -> None:
    paths = {
        "/good": {"get": {"operationId": "good", "responses": {}}},
        "/bad": {"get": {"operationId": "bad", "parameters": [{"$ref": "#/nowhere"}], "responses": {}}},
        "/worse": {"$ref": "#/nowhere"},
    }
    document = {"openapi": "3.0.0", "info": {"title": "Half"}, "paths": paths}
    assert studio.tools.add_openapi(document, base=server.url) == ("half_good",)
    assert len(studio.tools.problems("half")) == 2


def test_names_are_stable_when_others_are_added(studio: Studio, server: Loopback) -> None:
    def names(*ids: str) -> set[str]:
        paths = {f"/{n}": {"get": {"operationId": one, "responses": {}}} for n, one in ids_of(ids)}
        return set(
            studio.tools.add_openapi({"openapi": "3.0.0", "info": {"title": "T"}, "paths": paths}, base=server.url)
        )

    def ids_of(ids: tuple[str, ...]) -> list[tuple[str, str]]:
        return [(f"{one}-{len(one)}", one) for one in ids]

    long = "x" * 90
    few = names("a", long, "a b")
    assert few < names("a", long, "a b", "c", "x" * 91)
    assert all(len(name) <= 64 for name in few)
