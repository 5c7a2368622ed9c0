"""Two large public APIs, GitHub's and Stripe's, by documents nobody here wrote: every operation, example and call."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from spatialnb.errors import Invalid
from spatialnb.operations.external.endpoint import Pack
from spatialnb.operations.external.operation import External
from spatialnb.operations.external.request import FORM
from spatialnb.studio import Studio
from tests.operations.external.by_document import METHODS, Checker, Maker, nested
from tests.operations.external.loopback import Loopback, Said
from tests.operations.external.public import documents

pytestmark = [pytest.mark.registry, pytest.mark.timeout(600)]
NAMES = {"github": "github.com/api.github.com", "stripe": "stripe.com"}
OPERATIONS = {"github": 845, "stripe": 452}


@pytest.fixture(scope="module", params=list(NAMES))
def api(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return request.param, documents(*NAMES.values())[NAMES[request.param]]


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback(lambda _: Said(body={})) as server:
        yield server


def pack_of(studio: Studio, name: str) -> Pack:
    return studio.workspace.sources.get(name)[1]


def test_every_operation_converts(studio: Studio, api: tuple[str, dict[str, Any]]) -> None:
    name, document = api
    begin = time.perf_counter()
    names = studio.tools.add_openapi(document, name=name)
    seconds = time.perf_counter() - begin
    count = sum(method in METHODS for path in document["paths"].values() for method in path)
    print(f"\n{name}: {len(names)} of {count} operations in {seconds:.2f} s")
    assert len(names) == len(set(names)) == count == OPERATIONS[name]
    assert studio.tools.problems(name) == ()
    assert seconds < 20
    begin = time.perf_counter()
    tools = [studio.workspace.registry.get(one).tool() for one in names]
    print(f"{name}: {len(tools)} tools shown in {time.perf_counter() - begin:.2f} s")
    for tool in tools:
        schema = tool["function"]["parameters"]
        Draft202012Validator.check_schema(schema)
        assert "'$ref':" not in str(schema)
        assert len(str(tool)) < 12_000
        assert len(tool["function"]["name"]) <= 64
    assert studio.tools.remove(name) == count


def test_examples_of_the_document_are_taken(studio: Studio, api: tuple[str, dict[str, Any]]) -> None:
    """Every example of a parameter or a body that its own schema in the document takes, is taken by ours."""
    name, document = api
    studio.tools.add_openapi(document, name=name)
    checker, endpoints = Checker(document), {(e.method, e.path): e for e in pack_of(studio, name).endpoints}
    tally: Counter[str] = Counter()
    wrong: list[str] = []
    for method, path, operation, parameters in checker.operations():
        endpoint = endpoints[method.upper(), path]
        contract = _contract(studio, endpoint.name)
        for one, example in _parameter_examples(checker, parameters):
            sound = not checker.valid(one.get("schema", {}), example)
            mine = next(p.argument for p in endpoint.parameters if (p.name, p.where) == (one["name"], one["in"]))
            taken = Draft202012Validator(
                {**endpoint.arguments[mine], "$defs": contract.schema.get("$defs", {})}
            ).is_valid(example)
            tally["sound" if sound else "unsound in the document"] += 1
            if sound and not taken:
                wrong.append(f"{endpoint.name} {mine}: {example!r}")
        for schema, example in _body_examples(checker, operation):
            sound = not checker.valid(schema, example)
            tally["sound" if sound else "unsound in the document"] += 1
            if sound and not _body_taken(contract, endpoint, example):
                wrong.append(f"{endpoint.name} body: {str(example)[:200]}")
    print(f"\n{name}: examples: {dict(tally)}; refused though sound: {len(wrong)}")
    assert wrong == []
    assert name != "github" or tally["sound"] > 200


def _contract(studio: Studio, name: str) -> Any:
    function = studio.workspace.registry.get(name).function
    assert isinstance(function, External)
    return function.contract


def _parameter_examples(checker: Checker, parameters: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Any]]:
    for one in parameters:
        if one["in"] == "header" and one["name"].lower() in ("accept", "authorization", "content-type"):
            continue
        schema = checker.resolve(one.get("schema", {}))
        for example in ([one["example"]] if "example" in one else []) + (
            [schema["example"]] if "example" in schema else []
        ):
            yield one, example
        for value in one.get("examples", {}).values():
            yield one, checker.resolve(value)["value"]


def _body_examples(checker: Checker, operation: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    body = checker.resolve(operation.get("requestBody")) or {}
    for media, content in body.get("content", {}).items():
        if "json" not in media:
            continue
        if "example" in content:
            yield content["schema"], content["example"]
        for value in content.get("examples", {}).values():
            yield content["schema"], checker.resolve(value).get("value")


def _body_taken(contract: Any, endpoint: Any, example: Any) -> bool:
    schema = {**endpoint.body.schema_, "$defs": contract.schema.get("$defs", {})} if endpoint.body else {}
    return Draft202012Validator(schema).is_valid(example)


def test_every_operation_makes_a_request_that_its_document_takes(
    studio: Studio, server: Loopback, api: tuple[str, dict[str, Any]]
) -> None:
    name, document = api
    studio.tools.add_openapi(document, name=name, base=f"{server.url}/")
    pack, checker = pack_of(studio, name), Checker(document)
    maker = Maker(pack.definitions)
    calls, refused, wrong = 0, list[str](), list[str]()
    begin = time.perf_counter()
    for number, endpoint in enumerate(pack.endpoints):
        every = {arg: maker.value(schema) for arg, schema in endpoint.arguments.items() if arg != endpoint.where}
        # Each once, by turns with what it needs and with all it takes.
        for args in ({arg: every[arg] for arg in endpoint.required} if number % 2 else every,):
            server.asked.clear()
            try:
                studio.do(endpoint.name, **args)
            except Invalid as error:
                refused.append(f"{endpoint.name}: {error}")
                continue
            calls += 1
            wrong += [f"{endpoint.name}: {problem}" for problem in checker.problems(server.asked[-1], endpoint.path)]
            body = endpoint.body
            if body is not None and body.media == FORM and server.asked[-1].body:
                sent = {field: args[arg] for arg, field in body.fields.items() if arg in args}
                wrong += [] if _same(sent, server.asked[-1].body.decode()) else [f"{endpoint.name}: {sent}"]
    seconds = time.perf_counter() - begin
    print(f"\n{name}: {calls} calls in {seconds:.1f} s, {len(refused)} of our arguments refused, {len(wrong)} wrong")
    assert wrong == []
    # Values made at random that the document itself would not take; few enough not to hide anything.
    assert len(refused) <= 2 * len(pack.endpoints) // 50, refused[:20]


def _same(sent: Any, body: str) -> bool:
    """Whether a form holds what was sent, all of it as text."""
    from urllib.parse import parse_qsl

    def text(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: made for k, v in value.items() if (made := text(v)) not in ({}, [])}
        if isinstance(value, list):
            return {str(n): made for n, v in enumerate(value) if (made := text(v)) not in ({}, [])}
        if isinstance(value, bool) or value is None:
            return {True: "true", False: "false", None: ""}[value]
        return str(value)

    return nested(parse_qsl(body, keep_blank_values=True)) == text(sent)
