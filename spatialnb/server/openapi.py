"""The API's own document (OpenAPI 3.1), made from the registry and from the models that the routes check with.

Every operation has a path of its own with the schemas of its arguments and its outcome, those of plugins and of
outside tools of the asked project as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from spatialnb.server.api import ApiHandler
from spatialnb.server.problems import PROBLEM_JSON, PROBLEM_SCHEMA

if TYPE_CHECKING:
    from pydantic import BaseModel

    from spatialnb.operations.registry import Operation, Registry
    from spatialnb.server.components import Components

DESCRIPTION = """\
Every operation of spatialnb on the projects of this server: the same that Python, the chat, the space and MCP call.

Authentication, authorization, cross-site checks and CORS are those of the Jupyter server: send its token as
`Authorization: token …`, or its cookie together with `X-XSRFToken`. A change is recorded with the user that Jupyter
knows. A call is its caller's own act: nobody else is asked, also where an agent would have to wait for an approval.
"""

TROUBLES: Mapping[int, str] = {
    400: "The request is not well-formed: no JSON, no UTF-8.",
    403: "Not signed in, not authorized, or declined.",
    404: "Something that was named does not exist.",
    405: "Another method is meant for this address.",
    409: "Several things fit (see `choices`), or it is too late for this.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "An argument cannot be used (see `parameter`), or the call cannot be carried out as things stand.",
    429: "Too much at once, or too often. Come again after `Retry-After` seconds.",
    503: "The store, an outside service or a model does not answer. Come again after `Retry-After` seconds.",
}
ALWAYS = (400, 403, 404, 405, 413, 422, 429, 503)
WITH_BODY = (409, 415)


DOCUMENTS = 24
"""Documents that are kept, one a project."""
REFERENCE = "#/components/schemas/Reference"
REFERENCE_SCHEMA: Mapping[str, Any] = {
    "title": "Reference",
    "description": "What is meant: words such as “the two largest red photos”, an id, ids, or a selection in its JSON "
    "form (an object with `op`) or its text form.",
    "anyOf": [
        {"type": "string", "maxLength": 20_000},
        {"type": "array", "items": {"type": "string"}},
        {"type": "object", "properties": {"op": {"type": "string"}}, "required": ["op"]},
        {"type": "null"},
    ],
}
POINTS = {True: "Exactly one thing.", False: "Things."}


class OpenApiHandler(ApiHandler):
    """`GET /openapi.json`."""

    async def do_get(self) -> None:
        from spatialnb.server.queries import RegistryQuery

        query = self.query(RegistryQuery)
        at = self.request.path.removesuffix("/openapi.json")
        made = self.gateway.documents

        def text(registry: Registry) -> str:
            # Made anew only when tools have come or gone since.
            kept = made.get(query.project)
            if kept is None or kept[0] != registry.stamp:
                if len(made) >= DOCUMENTS:
                    made.clear()
                kept = made[query.project] = (registry.stamp, json.dumps(document(registry, at), ensure_ascii=False))
            return kept[1]

        self.answer(await self.gateway.known(query.project, text))


def document(registry: Registry, at: str) -> dict[str, Any]:
    """The document for the API that is served at the path `at`, with the operations of `registry`."""
    from importlib.metadata import version

    from spatialnb.models.events import EVENT
    from spatialnb.models.plan import RunState
    from spatialnb.server import queries as q
    from spatialnb.server.components import Components, Quiet, given

    parts = Components()
    parts.schemas |= {"Problem": dict(PROBLEM_SCHEMA), "Reference": dict(REFERENCE_SCHEMA)}
    run = parts.named("RunState", given(RunState))
    parts.named("Event", EVENT.json_schema(mode="serialization", schema_generator=Quiet))
    in_project = [_in_path("project", _schema_of(q.CallQuery, "project"))]
    in_run = [*in_project, _in_path("run", {"type": "string", "minLength": 1, "maxLength": 100})]
    paths: dict[str, Any] = {
        "/health": {"get": _get("getHealth", "Whether the API and its store work.", _answer(HEALTH))},
        "/openapi.json": {
            "get": _get("getOpenApi", "This document.", _answer({"type": "object"}), _in_query(q.RegistryQuery))
        },
        "/operations": {
            "get": _get("listOperations", "Every operation.", _answer(OPERATIONS), _in_query(q.OperationsQuery))
        },
        "/projects": {"get": _get("listProjects", "Names of the projects.", _answer(PROJECTS))},
        "/projects/{project}": {
            "get": _get("getProject", "All that a project holds.", _answer(PROJECT), in_project),
        },
        "/projects/{project}/items": {
            "get": _get("listItems", "A row an item.", _answer(ITEMS), [*in_project, *_in_query(q.ItemsQuery)]),
        },
        "/projects/{project}/history": {
            "get": _get(
                "listChanges", "Changes, oldest first.", _answer(CHANGES), [*in_project, *_in_query(q.HistoryQuery)]
            ),
        },
        "/projects/{project}/events": {
            "get": _get(
                "followEvents",
                "What happens in a project, as server-sent events. `data` is an Event, `event` its type.",
                {"200": {"description": "Events.", "content": {"text/event-stream": {"schema": EVENT_FRAME}}}},
                [*in_project, *_in_query(q.EventsQuery), LAST_EVENT],
            )
        },
        "/projects/{project}/runs": {
            "get": _get(
                "listRuns",
                "The latest runs, oldest first.",
                _answer(_listed("runs", run)),
                [*in_project, *_in_query(q.RunsQuery)],
            ),
            "post": _post(
                "beginRun",
                "Begin what is asked for in words. The events, and the run, tell what becomes of it.",
                _answer(run, 202, "It has begun.", {"Location": "The address of the run."}),
                parts.named("RunRequest", q.RunRequest.model_json_schema()),
                in_project,
            ),
        },
        "/projects/{project}/runs/{run}": {"get": _get("getRun", "How a run stands.", _answer(run), in_run)},
        "/projects/{project}/runs/{run}/approvals": {
            "post": _post(
                "answerStep",
                "Approve, edit or reject a step that waits for an answer.",
                _answer(run),
                parts.named("Approval", q.Approval.model_json_schema()),
                in_run,
            )
        },
        "/projects/{project}/runs/{run}/stop": {
            "post": _post("stopRun", "Stop a run; what is finished is kept.", _answer(run), None, in_run)
        },
    }
    for operation in registry:
        paths[f"/operations/{quote(operation.name, safe='')}"] = _operation(
            operation, parts, q.CallQuery, q.RegistryQuery
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "spatialnb", "version": version("spatialnb"), "description": DESCRIPTION},
        "servers": [{"url": at}],
        "security": [{"token": []}],
        "tags": [{"name": "operations"}, {"name": "projects"}],
        "paths": paths,
        "components": {
            "schemas": parts.schemas,
            "responses": _problems(),
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "The Jupyter server's token, as `token …`.",
                }
            },
        },
    }


def _operation(operation: Operation, parts: Components, call: type[BaseModel], look: type[BaseModel]) -> dict[str, Any]:
    from spatialnb.server.components import given

    args = operation.schema()
    for name, reference in operation.references.items():
        # The algebra in full, in each of a hundred places, would be most of the document. `describe` has it.
        was = args["properties"][name]
        kept = {key: was[key] for key in ("default", "title") if key in was}
        args["properties"][name] = {**kept, "description": POINTS[reference.one], "$ref": REFERENCE}
    described = _get(
        f"describe_{operation.name}",
        f"What `{operation.name}` takes and gives.",
        _answer({"type": "object"}),
        _in_query(look),
    )
    called = _post(
        operation.name,
        operation.summary,
        _answer(
            parts.named(operation.result.__name__, given(operation.result)),
            headers={"X-Revision": "The project's revision after it."},
        ),
        parts.named(str(args.get("title") or f"{operation.name}_args"), args),
        _in_query(call),
        required=bool(args.get("required")),
    )
    extra = {
        "description": operation.description,
        "tags": ["operations", *sorted(operation.tags)],
        "x-version": operation.version,
        "x-tier": operation.tier,
        "x-source": operation.source,
    }
    return {"get": {**described, "tags": ["operations"]}, "post": {**called, **extra}}


# -- pieces ------------------------------------------------------------------------------------------------------------
def _get(name: str, summary: str, answers: dict[str, Any], parameters: list[Any] | None = None) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["projects"],
        "parameters": parameters or [],
        "responses": {**answers, "304": {"$ref": "#/components/responses/Unchanged"}, **_troubles(ALWAYS)},
    }


def _post(
    name: str,
    summary: str,
    answers: dict[str, Any],
    body: Mapping[str, Any] | None,
    parameters: list[Any],
    *,
    required: bool = True,
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "tags": ["projects"],
        "parameters": parameters,
        "responses": {**answers, **_troubles((*ALWAYS, *WITH_BODY))},
    }
    if body is not None:
        told["requestBody"] = {"required": required, "content": {"application/json": {"schema": dict(body)}}}
    return told


def _answer(
    schema: Mapping[str, Any], status: int = 200, description: str = "Done.", headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    told = {"X-Correlation-Id": "Leads to every trace of this call.", **(headers or {})}
    return {
        str(status): {
            "description": description,
            "headers": {name: {"description": text, "schema": {"type": "string"}} for name, text in told.items()},
            "content": {"application/json": {"schema": dict(schema)}},
        }
    }


def _troubles(statuses: tuple[int, ...]) -> dict[str, Any]:
    return {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(statuses)}


def _problems() -> dict[str, Any]:
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    found: dict[str, Any] = {
        f"Problem{status}": {"description": description, "content": content} for status, description in TROUBLES.items()
    }
    return found | {"Unchanged": {"description": "Unchanged since If-None-Match."}}


def _schema_of(model: type[BaseModel], name: str) -> dict[str, Any]:
    """The schema of one field, in the words of a parameter: optional is what need not be there, not what is null."""
    schema: dict[str, Any] = dict(model.model_json_schema()["properties"][name])
    schema.pop("title", None)
    choices = [choice for choice in schema.pop("anyOf", []) if choice.get("type") != "null"]
    if choices:
        schema = {**choices[0], **{k: v for k, v in schema.items() if k != "default"}}
    return schema


def _in_query(model: type[BaseModel]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name, field in model.model_fields.items():
        schema = _schema_of(model, name)
        told = schema.pop("description", "")
        found.append(
            {"name": name, "in": "query", "required": field.is_required(), "description": told, "schema": schema}
        )
    return found


def _in_path(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": dict(schema)}


def _listed(name: str, item: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return _object({name: {"type": "array", "items": dict(item)}, **more})


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


EVENT_FRAME: Mapping[str, Any] = {
    "type": "object",
    "description": "One event of the stream. `data` is an Event in JSON.",
    "properties": {
        "id": {"type": "string"},
        "event": {"type": "string"},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
LAST_EVENT: Mapping[str, Any] = {
    "name": "Last-Event-ID",
    "in": "header",
    "required": False,
    "description": "The `id` of the last event that was seen: the stream goes on after it.",
    "schema": {"type": "string", "pattern": r"^\d{1,20}-\d{1,20}/\d{1,20}-\d{1,20}$"},
}
_TEXT: Mapping[str, Any] = {"type": "string"}
_COUNT: Mapping[str, Any] = {"type": "integer", "minimum": 0}
HEALTH = _object({"status": _TEXT, "version": _TEXT, "api": _TEXT, "projects": _COUNT})
OPERATIONS = _listed(
    "operations",
    _object(dict.fromkeys(("name", "tier", "summary", "source"), _TEXT) | {"version": {"type": "integer"}}),
)
PROJECTS = _listed("projects", _TEXT)
PROJECT = _object({"name": _TEXT, "revision": _COUNT, "scene_hash": _TEXT})
ITEMS = _listed("items", _object({"id": _TEXT, "kind": _TEXT, "canvas": _TEXT}), revision=_COUNT, total=_COUNT)
CHANGES = _listed("changes", _object({"revision": _COUNT, "author": _TEXT, "summary": _TEXT}), revision=_COUNT)
