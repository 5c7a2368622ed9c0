"""Routes that read projects: which there are, what one holds, its items, its history."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from spatialnb.server.api import ApiHandler

if TYPE_CHECKING:
    from spatialnb.models.canvas import Canvas, Item
    from spatialnb.studio import Studio


class HealthHandler(ApiHandler):
    """`GET /health`: the version, and whether the store answers."""

    async def do_get(self) -> None:
        from importlib.metadata import version

        projects = await self.gateway.reads.run(self.gateway.projects.names)
        there = {"status": "ok", "version": version("spatialnb"), "api": "v1", "projects": len(projects)}
        self.answer(there)


class ProjectsHandler(ApiHandler):
    """`GET /projects`: their names."""

    async def do_get(self) -> None:
        self.answer({"projects": await self.gateway.reads.run(self.gateway.projects.names)})


class ProjectHandler(ApiHandler):
    """`GET /projects/{project}`: all it holds, with its revision and the hash of its scene."""

    async def do_get(self, project: str) -> None:
        self.answer(await self.gateway.read(project, state_of))


class ItemsHandler(ApiHandler):
    """`GET /projects/{project}/items`: a row an item, as `studio.items()` has it."""

    async def do_get(self, project: str) -> None:
        from spatialnb.server.queries import ItemsQuery

        query = self.query(ItemsQuery)

        def rows(studio: Studio) -> dict[str, Any]:
            from spatialnb.operations.registry import Reference

            there = {row["id"]: row for row in rows_of(studio)}
            if query.select:
                there = {item.id: there[item.id] for item in studio.workspace.resolve(query.select, Reference("item"))}
            return {
                "revision": studio.project.revision,
                "total": len(there),
                "items": list(there.values())[query.offset : query.offset + query.limit],
            }

        self.answer(await self.gateway.read(project, rows))


class HistoryHandler(ApiHandler):
    """`GET /projects/{project}/history`: changes, oldest first."""

    async def do_get(self, project: str) -> None:
        from spatialnb.server.queries import HistoryQuery

        query = self.query(HistoryQuery)

        def changes(studio: Studio) -> str:
            head = studio.project.revision
            last = min(head, query.start + query.limit - 1)
            found = studio.workspace.log.history(query.start, last) if query.start <= last else []
            listed = ",".join(change.model_dump_json() for change in found)
            return f'{{"revision": {head}, "changes": [{listed}]}}'

        self.answer(await self.gateway.read(project, changes))


def state_of(studio: Studio) -> str:
    """The project as JSON, as `spatialnb state --json` prints it."""
    from spatialnb.models.project import scene_hash

    project = studio.project
    return json.dumps(
        {**project.model_dump(mode="json"), "scene_hash": scene_hash(project)}, ensure_ascii=False, default=str
    )


def rows_of(studio: Studio) -> list[dict[str, Any]]:
    """A row for each item of the project."""
    return [row_of(canvas, item) for canvas, item in studio.project.items()]


def row_of(canvas: Canvas, item: Item) -> dict[str, Any]:
    """Position in metres, rotation in degrees, size in metres."""
    (x, y, z), (rx, ry, rz) = item.position, item.rotation
    return {
        "id": item.id,
        "asset": item.asset,
        "name": item.name,
        "kind": item.kind,
        "canvas": canvas.id,
        "group": item.group,
        "x": x,
        "y": y,
        "z": z,
        "rx": rx,
        "ry": ry,
        "rz": rz,
        "width": item.size.width,
        "height": item.size.height,
        "depth": item.size.depth,
    }
