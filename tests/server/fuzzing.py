"""What schemathesis is told besides the API's document: see `test_schema.py`, which starts it.

Names of projects that are possible all mean one project, so that calls meet each other's work and a run does not open
hundreds; streams end soon; what takes its time with what it makes makes little.
"""

from __future__ import annotations

import re
from typing import Any

import schemathesis

from spatialnb.server.queries import PROJECT

SMALL = {"seconds": 1, "count": 1, "limit": 20, "pictures": 2}
CHEAP = {"target": ("video", "web"), "film": (True, False)}
"""Arguments of which one value takes minutes, and what is taken for it."""


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    path, query, body = case.operation.path, case.query or {}, case.body
    if isinstance(query.get("project"), str) and re.fullmatch(PROJECT, query["project"]):
        query["project"] = "fuzzed"
    names = case.path_parameters or {}
    if "project" in names and len(str(names["project"])) % 5:
        names["project"] = "fuzzed"
        if "run" in names and len(str(names["run"])) % 2:
            names["run"] = "run-1"
    if path.endswith("/events"):
        query["idle"] = 0.1
        case.query = query
    if isinstance(body, dict):
        for name, most in SMALL.items():
            if isinstance(body.get(name), int | float) and not isinstance(body[name], bool):
                body[name] = min(body[name], most)
        for name, (costly, cheap) in CHEAP.items():
            if body.get(name) == costly:
                body[name] = cheap
        if isinstance(body.get("targets"), list) and "video" in body["targets"]:
            body["targets"] = ["web"]
    if path.endswith("/create_video_project") and body is not None:
        case.body = {**body, "film": body.get("film", False)} if isinstance(body, dict) else body
