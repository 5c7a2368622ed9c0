"""Whatever an argument is, it arrives: made-up documents and values over real HTTP, read back by the styles' rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from spatialnb.errors import Invalid
from spatialnb.models.project import Project
from spatialnb.operations.context import Context
from spatialnb.operations.external.document import load
from spatialnb.operations.external.openapi import read
from spatialnb.operations.external.operation import HttpCaller, operation_of
from spatialnb.operations.external.service import Service
from spatialnb.operations.external.style import scalar
from spatialnb.operations.pointing import Pointing
from spatialnb.operations.registry import Operation
from tests.operations.external.by_document import nested
from tests.operations.external.loopback import Asked, Loopback, Said


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    with Loopback(lambda _: Said(body={})) as server:
        yield server


@pytest.fixture(scope="module")
def service(server: Loopback) -> Iterator[Service]:
    service = Service("Toys", server.url)
    yield service
    service.close()


def made(service: Service, path: str, method: str, operation: dict[str, Any]) -> Operation:
    document = {"openapi": "3.0.3", "info": {"title": "T"}, "paths": {path: {method: {**operation, "responses": {}}}}}
    pack = read(load(document, lambda url: b""), "t", service.base)
    return operation_of(pack.endpoints[0], pack, "t", "Toys", HttpCaller(service))


def call(operation: Operation, server: Loopback, **args: Any) -> Asked:
    nothing: Any = SimpleNamespace()
    context = Context(Project(name="x"), nothing, nothing, Pointing())
    operation.function(context, **operation.validate(args))
    return server.asked[-1]


PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
IN_PATH = PLAIN.filter(lambda text: text and not {".", ".."} & set(text.split("/")))
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": PLAIN, "integer": st.integers(-(10**12), 10**12), "boolean": st.booleans(),
    "number": st.floats(-1e6, 1e6, allow_nan=False),
}  # fmt: skip
TEXTS = {"type": "array", "items": {"type": "string"}}
TYPED = st.sampled_from(sorted(SCALARS)).flatmap(lambda kind: st.tuples(st.just(kind), SCALARS[kind]))
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(st.lists(IN_PATH, min_size=2, max_size=2), TYPED, st.lists(PLAIN, min_size=1, max_size=4), st.booleans())
@quick
def test_parameters_arrive(
    service: Service, server: Loopback, ends: list[str], typed: tuple[str, Any], many: list[str], explode: bool
) -> None:
    kind, value = typed
    operation = made(
        service,
        "/a/{x}/b/{y}",
        "get",
        {
            "parameters": [
                *({"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in "xy"),
                {"name": "one [&]", "in": "query", "schema": {"type": kind}},
                {"name": "many", "in": "query", "explode": explode, "schema": TEXTS},
            ]
        },
    )  # fmt: skip
    asked = call(operation, server, x=ends[0], y=ends[1], one=value, many=many)
    assert [unquote(part) for part in asked.path.split("/")] == ["", "a", ends[0], "b", ends[1]]
    query = parse_qsl(asked.target.partition("?")[2], keep_blank_values=True)
    assert dict(query)["one [&]"] == scalar(value)
    listed = [text for name, text in query if name == "many"]
    assert listed == (many if explode else [",".join(many)])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["a", "b-c", "class", "schema", "ctx"]), JSON, min_size=1))
@quick
def test_bodies_arrive(service: Service, server: Loopback, body: dict[str, Any]) -> None:
    names = {"a": "a", "b-c": "b_c", "class": "class_", "schema": "schema_", "ctx": "ctx_"}
    content = {"application/json": {"schema": {"type": "object", "properties": {name: {} for name in names}}}}
    operation = made(service, "/x", "post", {"requestBody": {"required": True, "content": content}})
    asked = call(operation, server, **{names[name]: value for name, value in body.items()})
    assert json.loads(asked.body) == body
    whole = {"application/json": {"schema": {}}}
    operation = made(service, "/x", "post", {"requestBody": {"required": True, "content": whole}})
    assert json.loads(call(operation, server, body=body).body) == body


FIELDS = st.dictionaries(st.sampled_from("abc"), st.text("xyz &=[]%+é", min_size=1, max_size=6), min_size=1)


@given(FIELDS, FIELDS)
@quick
def test_forms_arrive(service: Service, server: Loopback, plain: dict[str, str], deep: dict[str, str]) -> None:
    schema = {
        "type": "object",
        "properties": {**{name: {"type": "string"} for name in "abc"}, "deep": {"type": "object"}},
    }
    content = {"application/x-www-form-urlencoded": {"schema": schema, "encoding": {"deep": {"style": "deepObject"}}}}
    operation = made(service, "/x", "post", {"requestBody": {"required": True, "content": content}})
    asked = call(operation, server, **plain, deep=deep)
    assert nested(parse_qsl(asked.body.decode(), keep_blank_values=True)) == {**plain, "deep": deep}


@given(st.binary(max_size=200), PLAIN)
@quick
def test_files_arrive(service: Service, server: Loopback, data: bytes, title: str) -> None:
    import base64
    from email import policy
    from email.parser import BytesParser

    schema = {
        "type": "object",
        "properties": {"file": {"type": "string", "format": "binary"}, "title": {"type": "string"}},
    }
    content = {"multipart/form-data": {"schema": schema}}
    operation = made(service, "/x", "post", {"requestBody": {"required": True, "content": content}})
    url = f"data:application/x-test;base64,{base64.b64encode(data).decode()}"
    asked = call(operation, server, file=url, title=title)
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    parts = list(BytesParser(policy=policy.HTTP).parsebytes(head + asked.body).iter_parts())
    boundary = asked.headers["content-type"].partition("boundary=")[2].encode()
    raw = [part.partition(b"\r\n\r\n")[2][:-2] for part in asked.body.split(b"--" + boundary)[1:-1]]
    assert [part.get_param("name", header="content-disposition") for part in parts] == ["file", "title"]
    assert raw == [data, title.encode()]


@given(JSON, st.sampled_from(["string", "integer", "number", "boolean", "array", "object"]))
@quick
def test_a_value_is_sent_or_refused_in_one_sentence(service: Service, server: Loopback, value: Any, kind: str) -> None:
    content = {
        "application/json": {"schema": {"type": "object", "required": ["v"], "properties": {"v": {"type": kind}}}}
    }
    operation = made(service, "/x", "post", {"requestBody": {"required": True, "content": content}})
    if Draft202012Validator({"type": kind}).is_valid(value):
        assert json.loads(call(operation, server, v=value).body) == {"v": value}
        return
    article = "an" if kind in ("integer", "array", "object") else "a"
    with pytest.raises(Invalid, match=f"^v of t_post_x should be {article} {kind}, not .") as raised:
        call(operation, server, v=value)
    assert raised.value.field == "v"
    assert len(str(raised.value)) < 200
