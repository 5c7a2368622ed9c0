"""Outside services as they are: whether they are asked at all, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

State: TypeAlias = Literal["closed", "open", "half_open"]


@dataclass(frozen=True)
class ServiceState:
    """One outside service, as every process of this tenant sees it."""

    name: str
    state: State = "closed"
    """`closed`: it is asked. `open`: it failed too often and is left alone. `half_open`: one call tries it."""
    failures: int = 0
    """Failures in a row."""
    since: datetime | None = None
    """When it came into this state, UTC."""
    why: str = ""
    """The latest failure in plain words."""
