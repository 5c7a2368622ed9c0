"""What all routes of the API share: the open projects, the threads, and how much anybody may ask for."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from spatialnb.server.projects import OpenProjects
from spatialnb.server.rates import Rates
from spatialnb.server.workers import Workers

if TYPE_CHECKING:
    from spatialnb.config import Settings
    from spatialnb.operations.registry import Outcome, Registry
    from spatialnb.server.mcp_http import McpEndpoints
    from spatialnb.studio import Studio

CALLS_AT_ONCE = 8
READS_AT_ONCE = 4
WAITING = 64
"""Calls, and reads, that may wait for a thread."""
STREAMS = 200
"""Event streams that may be open."""

T = TypeVar("T")


class Gateway:
    """One for a server. Costs nothing until the first request."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.projects = OpenProjects(settings)
        self.streams = 0
        self.documents: dict[str | None, tuple[object, str]] = {}
        """The API's document by project, with the stamp of the registry it was made from."""
        per_second = float(os.environ.get("SPATIALNB_API_RATE") or 100)
        self.rates = Rates(per_second, burst=2 * per_second)
        atexit.register(self.projects.close)

    @cached_property
    def calls(self) -> Workers:
        return Workers("call", CALLS_AT_ONCE, WAITING)

    @cached_property
    def reads(self) -> Workers:
        """Apart from the calls, so that a project can be looked at while films are made."""
        return Workers("read", READS_AT_ONCE, WAITING)

    async def mcp(self) -> McpEndpoints:
        """The MCP endpoints; the SDK is imported at the first use, and not on the loop."""
        return await self.reads.run(lambda: self._mcp)

    @cached_property
    def _mcp(self) -> McpEndpoints:
        from spatialnb.server.mcp_http import McpEndpoints

        return McpEndpoints(self)

    async def read(self, project: str, look: Callable[[Studio], T]) -> T:
        """What `look` finds in a project that there is."""

        def work() -> T:
            with self.projects.borrow(project) as studio:
                return look(studio)

        return await self.reads.run(work)

    async def known(self, project: str | None, look: Callable[[Registry], T]) -> T:
        """What `look` finds in the registry of a project, or in the common one."""
        if project is not None:
            return await self.read(project, lambda studio: look(studio.workspace.registry))
        return await self.reads.run(lambda: look(common_registry()))

    async def call(self, project: str, name: str, args: Mapping[str, Any], **call: Any) -> tuple[Outcome, int]:
        """Call an operation (see `Workspace.do` for `call`): its outcome, and the revision after it.

        The project is made if there is none of that name, unless the call could not succeed in a new one.
        """

        def work() -> tuple[Outcome, int]:
            if not self.projects.exists(project):
                common_registry().get(name).validate(args)
            with self.projects.borrow(project, create=True) as studio:
                outcome = studio.workspace.do(name, args, **call)
                return outcome, studio.project.revision

        return await self.calls.run(work)


def common_registry() -> Registry:
    """The operations that every project has."""
    from spatialnb.operations import load_operations
    from spatialnb.operations.registry import DEFAULT

    load_operations()
    return DEFAULT


__all__ = ["STREAMS", "Gateway", "common_registry"]
