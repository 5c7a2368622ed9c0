"""Words that reach outside operations, without a model: every value from the request, or asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jupyter_server
import pytest

from spatialnb.agent.planner import plan
from spatialnb.models.plan import Plan
from spatialnb.models.project import Project
from spatialnb.operations import load_operations
from spatialnb.operations.external.document import load
from spatialnb.operations.external.openapi import read
from spatialnb.operations.external.operation import HttpCaller, operation_of
from spatialnb.operations.external.service import Service
from spatialnb.operations.pointing import Pointing
from spatialnb.operations.registry import DEFAULT, Registry

JUPYTER = Path(jupyter_server.__file__).parent / "services" / "api" / "api.yaml"
KERNEL = "8d1c0b2e-1111-4222-8333-444455556666"


def endpoint(
    method: str,
    summary: str,
    *,
    query: dict[str, Any] | None = None,
    body: dict[str, Any] | None = None,
    rows: Any = None,
) -> dict[str, Any]:
    """One operation of the made-up forge below."""
    made: dict[str, Any] = {"summary": summary, "responses": {"200": {"description": ""}}}
    made["parameters"] = [{"name": name, "in": "query", "schema": schema} for name, schema in (query or {}).items()]
    if body is not None:
        schema = {"type": "object", "properties": {name: {"type": "string"} for name in body}, "required": list(body)}
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if rows is not None:
        schema = {"type": "array", "items": {"type": "object", "properties": rows}}
        made["responses"]["200"]["content"] = {"application/json": {"schema": schema}}
    return {method: made}


TEXT = {"type": "string"}
OPEN = {"type": "string", "enum": ["opened", "closed", "all"]}
FORGE: dict[str, Any] = {
    "openapi": "3.0.0",
    "info": {"title": "Forge"},
    "paths": {
        "/repos/{owner}/{repo}/issues": {
            **endpoint("get", "List repository issues", query={"state": OPEN, "label": TEXT}, rows={"title": {}}),
            **endpoint("post", "Create an issue", body={"title": 1}),
        },
        "/repos/{owner}/{repo}/issues/{issue_number}": endpoint("get", "Get an issue"),
        "/repos/{owner}/{repo}/issues/{issue_number}/comments": endpoint(
            "post", "Create an issue comment", body={"text": 1}
        ),
        "/repos/{owner}/{repo}": {**endpoint("delete", "Delete a repository"), **endpoint("get", "Get a repository")},
        "/users/{username}/repos": endpoint("get", "List repositories for a user", rows={"name": {}}),
        "/gists/{gist_id}/forks": {
            **endpoint("post", "Fork a gist"),
            **endpoint("get", "List gist forks", rows={"id": {}}),
        },
    },
}
for _path, _item in FORGE["paths"].items():
    _number = {"name": "issue_number", "in": "path", "required": True, "schema": {"type": "integer"}}
    _item["parameters"] = [_number] if "issue_number" in _path else []


@pytest.fixture(scope="module")
def registry() -> Registry:
    load_operations()
    registry = Registry(parent=DEFAULT)
    for name, document in (("jupyter", JUPYTER), ("forge", FORGE)):
        pack = read(load(document, lambda url: b""), name, "http://127.0.0.1:1")
        caller = HttpCaller(Service(pack.title, pack.base))
        for one in pack.endpoints:
            registry.add(operation_of(one, pack, name, pack.title, caller))
    return registry


def planned(registry: Registry, request: str) -> Plan:
    return plan(request, Project(name="x"), Pointing(), registry)


CONTENTS, ISSUES = "jupyter_get_api_contents_path", "forge_get_repos_owner_repo_issues"
HELLO = {"owner": "octo", "repo": "hello"}


@pytest.mark.parametrize(
    ("request_", "operation", "args"),
    [
        ("list the notebooks in 'my/plans'", CONTENTS, {"path": "my/plans", "where": {"type": "notebook"}}),
        ("Which notebooks are in the top folder?", CONTENTS, {"path": "", "where": {"type": "notebook"}}),
        ("list the files in data/raw", CONTENTS, {"path": "data/raw", "where": {"type": "file"}}),
        ("list the running kernels", "jupyter_get_api_kernels", {}),
        ("what kernels are there", "jupyter_get_api_kernels", {}),
        (f"restart kernel {KERNEL}", "jupyter_post_api_kernels_kernel_id_restart", {"kernel_id": KERNEL}),
        ("please delete the file old.ipynb", CONTENTS.replace("get", "delete"), {"path": "old.ipynb"}),
        ("show the terminals", "jupyter_get_api_terminals", {}),
        ("get the kernel specs", "jupyter_get_api_kernelspecs", {}),
        ("list the checkpoints of story.ipynb", f"{CONTENTS}_checkpoints", {"path": "story.ipynb"}),
        ("list the issues of octo/hello", ISSUES, HELLO),
        ("show me the closed issues of octo/hello on forge", ISSUES, {**HELLO, "state": "closed"}),
        ("show issue 5 of octo/hello", f"{ISSUES}_issue_number", {**HELLO, "issue_number": 5}),
        ("list the repos of user octocat", "forge_get_users_username_repos", {"username": "octocat"}),
        ("delete the repo octo/hello", "forge_delete_repos_owner_repo", HELLO),
        ("fork the gist abc123", "forge_post_gists_gist_id_forks", {"gist_id": "abc123"}),
        ("list the forks of gist abc123", "forge_get_gists_gist_id_forks", {"gist_id": "abc123"}),
        (
            "create an issue in octo/hello with title “It burns”",
            ISSUES.replace("get", "post"),
            {**HELLO, "title": "It burns"},
        ),
        (
            "add a comment to issue 7 of octo/hello with text “me too”",
            f"{ISSUES}_issue_number_comments".replace("get", "post"),
            {**HELLO, "issue_number": 7, "text": "me too"},
        ),
    ],
)
def test_what_is_meant(registry: Registry, request_: str, operation: str, args: dict[str, Any]) -> None:
    made = planned(registry, request_)
    assert [(step.operation, dict(step.args)) for step in made.steps] == [(operation, args)], made.reply
    assert made.steps[0].approval == registry.get(operation).approval


@pytest.mark.parametrize(
    ("request_", "needs"),
    [
        ("interrupt the kernel", "kernel_id"),
        ("delete all kernels", "kernel_id"),
        ("delete the kernel", "kernel_id"),
        ("list the issues on forge", "owner"),
        ("create an issue in octo/hello", "title"),
        ("fork the gist", "gist_id"),
    ],
)
def test_what_is_lacking_is_asked_for(registry: Registry, request_: str, needs: str) -> None:
    made = planned(registry, request_)
    assert not made.steps
    assert not made.understood
    assert needs in made.reply
    assert f"such as {needs.replace('_', ' ')}" in made.reply


@pytest.mark.parametrize(
    "request_",
    [
        "tell me a joke",
        "what's the weather in Paris?",
        "book a flight to Rome",
        "rename story.ipynb to tale.ipynb and back to saga.ipynb",
        "delete everything",
        "kernel",
        "list the frobnicated kernels",
        "delete the kernels of the opera in Vienna",
        "restart",
        "x" * 300,
        "../../etc/passwd",
        "'; drop table kernels; --",
    ],
)
def test_nothing_is_guessed(registry: Registry, request_: str) -> None:
    made = planned(registry, request_)
    assert not [step for step in made.steps if step.operation.startswith(("jupyter_", "forge_"))]


@pytest.mark.parametrize(
    "request_", ["list the photos", "arrange the photos in a circle", "place the robot", "undo", "show me the pictures"]
)
def test_what_is_of_this_space_stays_here(registry: Registry, request_: str) -> None:
    made = planned(registry, request_)
    assert not [step for step in made.steps if step.operation.startswith(("jupyter_", "forge_"))]


def test_several_that_fit_alike_are_asked_about(registry: Registry) -> None:
    again = Registry(parent=registry)
    pack = read(load(JUPYTER, lambda url: b""), "other", "http://127.0.0.1:2")
    caller = HttpCaller(Service("Other server", pack.base))
    for one in pack.endpoints:
        again.add(operation_of(one, pack, "other", "Other server", caller))
    made = planned(again, "list the running kernels")
    assert not made.steps
    assert len(made.choices) == 2
    assert [step.operation for step in planned(again, "list the running kernels on other").steps] == [
        "other_get_api_kernels"
    ]


def test_without_outside_operations_nothing_changes() -> None:
    load_operations()
    plain = Registry(parent=DEFAULT)
    for request in ("list the notebooks in this folder", "arrange the photos in a circle", "delete the file old.ipynb"):
        assert planned(plain, request) == planned(Registry(parent=DEFAULT), request)


def test_one_clause_among_others_may_be_for_an_outside_operation(registry: Registry) -> None:
    made = planned(registry, "write a label saying “Hello”, and then list the running kernels")
    assert [step.operation for step in made.steps] == ["label", "jupyter_get_api_kernels"], made.reply
    assert len({step.id for step in made.steps}) == 2


def test_what_is_done_here_may_follow_what_is_done_outside(registry: Registry) -> None:
    made = planned(registry, "list the running kernels and then write a label saying “Hello”")
    assert [step.operation for step in made.steps] == ["jupyter_get_api_kernels", "label"], made.reply
