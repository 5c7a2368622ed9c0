"""What the routes take besides operations' arguments. The API's document is made from these models."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

PROJECT = r"^[^/\\:\x00\n]{1,120}$"
"""What a project may be called."""
PLACE = r"^\d{1,20}-\d{1,20}/\d{1,20}-\d{1,20}$"
"""A place in a project's streams of changes and events."""

ProjectName: TypeAlias = Annotated[str, Field(pattern=PROJECT, description="Name of the project.", examples=["museum"])]
Place: TypeAlias = Annotated[str, Field(pattern=PLACE, description="The `id` of the last event that was seen.")]
Words: TypeAlias = Annotated[str, Field(min_length=1, max_length=20_000)]


class Given(BaseModel):
    """Base: what is not known is refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


class CallQuery(Given):
    project: ProjectName
    base: Annotated[int, Field(ge=0, lt=2**53)] | None = None
    """The revision that the caller saw: what others have changed since is noticed."""


class RegistryQuery(Given):
    project: ProjectName | None = None
    """With the plugins and outside tools of this project."""


class OperationsQuery(RegistryQuery):
    q: Annotated[str, Field(max_length=400)] = ""
    """Only operations that can do what these words ask for, best first: "what can make sound?"."""
    limit: Annotated[int, Field(ge=1, le=1000)] = 1000


class McpQuery(Given):
    project: ProjectName
    approve: Literal["ask", "auto"] = "ask"


class ItemsQuery(Given):
    select: Annotated[str, Field(max_length=2000)] = ""
    """Only what these words mean: "the three largest red photos"."""
    offset: Annotated[int, Field(ge=0, lt=2**53)] = 0
    limit: Annotated[int, Field(ge=1, le=10_000)] = 1000


class HistoryQuery(Given):
    start: Annotated[int, Field(ge=1, lt=2**53)] = 1
    """The first revision."""
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class EventsQuery(Given):
    since: Place | None = None
    """As the header Last-Event-ID, for those who cannot send one."""
    idle: Annotated[float, Field(ge=0.1, le=3600)] | None = None
    """End after so many seconds with nothing new. Without it, the stream stays open."""


class RunsQuery(Given):
    limit: Annotated[int, Field(ge=1, le=500)] = 50


class RunRequest(Given):
    """A request in words."""

    request: Words
    """What is wanted: "arrange the photos in a circle"."""
    approve: Literal["ask", "auto"] = "ask"
    """Who agrees to steps that delete, spend or publish: a person, by `approvals`; or nobody has to."""


class Approval(Given):
    """A decision on a step that waits."""

    step: Annotated[str, Field(min_length=1, max_length=200)]
    decision: Literal["approve", "edit", "reject"]
    args: dict[str, Any] = Field(default_factory=dict)
    """Arguments to change, with `edit`."""
