"""Outside services as they are: whether they are asked at all, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spatialnb.errors import StoreUnavailable
from spatialnb.store.breakers import Standing

if TYPE_CHECKING:
    from spatialnb.operations.workspace import Workspace

ServiceState = Standing
"""One outside service, as every process of this tenant sees it. `closed`: it is asked. `open`: it failed too often and
is left alone. `half_open`: one call tries it."""


def service_states(workspace: Workspace) -> list[ServiceState]:
    """The services that operations of this project call, and those that have failed lately, by name."""
    names = {operation.service for operation in workspace.registry if operation.service}
    try:
        failed = workspace.store.breakers.standings()
    except StoreUnavailable:
        failed = {}
    return [failed.get(name) or ServiceState(name) for name in sorted(names | failed.keys())]
