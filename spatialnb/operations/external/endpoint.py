"""An outside API in a form of our own: what its document says, as JSON that can be kept, hashed and locked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from spatialnb.models.base import Frozen, FrozenDict, FrozenMap, digest
from spatialnb.operations.external.schema import reached

Where: TypeAlias = Literal["path", "query", "header", "cookie"]
Kind: TypeAlias = Literal["openapi", "mcp"]
Style: TypeAlias = Literal[
    "simple", "label", "matrix", "form", "spaceDelimited", "pipeDelimited", "tabDelimited", "deepObject"
]


class Parameter(Frozen):
    """One parameter of a request."""

    argument: str
    """What the operation calls it."""
    name: str
    """What the API calls it."""
    where: Where
    required: bool = False
    style: Style = "form"
    explode: bool = True
    reserved: bool = False
    """Characters such as / and ? are sent as they are."""
    json_: bool = False
    """It is sent as JSON text."""


class Part(Frozen):
    """How one field of a form is sent."""

    style: Style = "form"
    explode: bool = True
    content: str = ""
    """Media type of the part, or empty."""
    binary: bool = False


class Body(Frozen):
    """What a request carries."""

    media: str
    required: bool = False
    argument: str = ""
    """The argument that is the whole body; empty where each field of it is an argument of its own."""
    fields: FrozenMap[str, str] = FrozenDict()
    """Argument to the field of the body that it is."""
    parts: FrozenMap[str, Part] = FrozenDict()
    """For forms: field to how it is sent."""
    schema_: FrozenMap[str, Any] = FrozenDict()


class Answers(Frozen):
    """What is known of a successful answer."""

    media: tuple[str, ...] = ()
    rows: bool = False
    """It is, or holds, a list of objects."""
    values: FrozenMap[str, tuple[str, ...]] = FrozenDict()
    """Fields of the answer (of its rows, if it has some) that have one of a few values."""
    fields: tuple[str, ...] = ()
    """Names of fields of the answer, or of its rows."""


class Scheme(Frozen):
    """A way in which the API wants to be told who calls."""

    name: str
    kind: Literal["header", "query", "cookie", "bearer", "basic", "other"]
    parameter: str = ""
    """Header, query parameter or cookie that carries it."""


class Endpoint(Frozen):
    """One operation of an API: an HTTP endpoint, or a tool of an MCP server."""

    name: str
    """Of the operation it becomes."""
    method: str
    """HTTP method, or `TOOL`."""
    path: str
    """Path template, or the tool's own name."""
    base: str = ""
    """Where it is, if not at the base of its API."""
    summary: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    arguments: FrozenMap[str, Any] = FrozenDict()
    """JSON Schema of each argument, by name."""
    required: tuple[str, ...] = ()
    security: tuple[tuple[str, ...], ...] = ()
    """Alternatives; each is schemes that are needed together. Nothing: it is open to all."""
    answers: Answers = Answers()
    approval: Literal["", "deletes", "publishes"] = ""
    safe: bool = False
    """It only reads, so that it may be called again."""
    deprecated: bool = False
    where: str = ""
    """The argument that picks rows of the answer, where it has rows; it is not sent."""

    def schema_with(self, definitions: Mapping[str, Any]) -> dict[str, Any]:
        """JSON Schema of all arguments, with the definitions it needs."""
        schema: dict[str, Any] = {
            "type": "object",
            "properties": self.arguments,
            "required": list(self.required),
            "additionalProperties": False,
        }
        if needed := reached([self.arguments, self.body.schema_ if self.body else {}], definitions):
            schema["$defs"] = needed
        return schema

    def digest_with(self, definitions: Mapping[str, Any]) -> str:
        """SHA-256 of all that a call of it depends on."""
        return digest([self.model_dump(mode="json"), self.schema_with(definitions)])


class Pack(Frozen):
    """A whole API."""

    kind: Kind
    title: str
    version: str = ""
    base: str = ""
    """Where its paths begin, without a slash at the end."""
    location: str = ""
    """Where the document came from: a URL or path, or empty."""
    document: str = ""
    """SHA-256 of the document."""
    schemes: FrozenMap[str, Scheme] = FrozenDict()
    definitions: FrozenMap[str, Any] = FrozenDict()
    endpoints: tuple[Endpoint, ...] = ()
    problems: tuple[str, ...] = ()
    """What in the document could not be used."""
