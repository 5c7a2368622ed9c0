"""Routes of the operations: what there is, what each takes, and calling one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spatialnb.server.api import ApiHandler

if TYPE_CHECKING:
    from spatialnb.operations.registry import Operation, Registry


class OperationsHandler(ApiHandler):
    """`GET /operations`: every operation, or those that fit some words."""

    async def do_get(self) -> None:
        from spatialnb.server.queries import OperationsQuery

        query = self.query(OperationsQuery)

        def found(registry: Registry) -> list[dict[str, Any]]:
            fitting = [f.operation for f in registry.search(query.q, limit=query.limit)] if query.q else list(registry)
            return [about(operation) for operation in fitting[: query.limit]]

        self.answer({"operations": await self.gateway.known(query.project, found)})


class OperationHandler(ApiHandler):
    """`/operations/{name}`: GET describes it, POST calls it with the JSON object in the body as its arguments."""

    async def do_get(self, name: str) -> None:
        from spatialnb.server.queries import RegistryQuery

        query = self.query(RegistryQuery)
        self.answer(await self.gateway.known(query.project, lambda registry: described(registry.get(name))))

    async def do_post(self, name: str) -> None:
        from spatialnb.server.queries import CallQuery

        query, args = self.query(CallQuery), self.json_object()
        # A call over HTTP is its caller's own act, so nobody else has to agree to it.
        outcome, revision = await self.gateway.call(
            query.project,
            name,
            args,
            author="code",
            actor=self.actor,
            correlation_id=self.correlation_id,
            base=query.base,
            stopped=self.gone.is_set,
        )
        self.set_header("X-Revision", str(revision))
        self.answer(outcome.model_dump_json())


def about(operation: Operation) -> dict[str, Any]:
    """An operation in a line: a row of every list of tools."""
    return {
        "name": operation.name,
        "tier": operation.tier,
        "version": operation.version,
        "summary": operation.summary,
        "source": operation.source,
        "service": operation.service,
        "changes": operation.changes,
        "approval": operation.approval,
    }


def described(operation: Operation) -> dict[str, Any]:
    """An operation in full: what it says of itself, and the JSON Schemas of its arguments and its outcome."""
    from spatialnb.server.components import given

    return {
        **about(operation),
        "description": operation.description,
        "args": operation.schema(),
        "outcome": given(operation.result),
    }
