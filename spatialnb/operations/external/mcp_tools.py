"""The tools of an MCP server as endpoints, and how they are called."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spatialnb.errors import ServiceRefused
from spatialnb.models.base import Json, digest
from spatialnb.operations.context import Context
from spatialnb.operations.external import naming
from spatialnb.operations.external.answer import Answered
from spatialnb.operations.external.arguments import Contract
from spatialnb.operations.external.credentials import hidden
from spatialnb.operations.external.document import Document
from spatialnb.operations.external.endpoint import Answers, Endpoint, Pack, Parameter
from spatialnb.operations.external.mcp_link import Link
from spatialnb.operations.external.media import MEDIA, taken_in
from spatialnb.operations.external.operation import outcome, recorded
from spatialnb.operations.external.schema import Schemas

if TYPE_CHECKING:
    from mcp_types import CallToolResult, Tool


def read_tools(tools: Sequence[Tool], source: str, title: str) -> Pack:
    """The tools, named for `source`, in the order the server gives them."""
    document = Document({"tools": [_rooted(tool.input_schema, index) for index, tool in enumerate(tools)]})
    schemas = Schemas(document)
    found: dict[str, Endpoint] = {}
    for tool, schema in zip(tools, document.data["tools"], strict=True):
        name = naming.operation_name(source, tool.name, "", "")
        name = naming.unique(name, tool.name, found)
        found[name] = _endpoint(tool, schema, name, schemas)
    told = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]
    return Pack(
        kind="mcp",
        title=title,
        document=digest(told),
        definitions=schemas.definitions,
        endpoints=tuple(found.values()),
        problems=tuple(schemas.problems),
    )


def _endpoint(tool: Tool, schema: Mapping[str, Any], name: str, schemas: Schemas) -> Endpoint:
    properties: Any = schema.get("properties")
    arguments: dict[str, Any] = {}
    parameters: list[Parameter] = []
    needed: Any = schema.get("required")
    for wire, one in properties.items() if isinstance(properties, Mapping) else ():
        argument = naming.argument_name(wire, arguments)
        arguments[argument] = schemas.convert(one)
        asked = isinstance(needed, list) and wire in needed
        parameters.append(Parameter(argument=argument, name=wire, where="query", required=asked))
    hints = tool.annotations
    reads = bool(hints and hints.read_only_hint)
    deletes = bool(hints and not reads and hints.destructive_hint)
    text = (tool.description or "").strip()
    first = " ".join(text.split("\n\n")[0].split())
    summary = tool.title or (hints.title if hints else None) or first or tool.name
    return Endpoint(
        name=name,
        method="TOOL",
        path=tool.name,
        summary=summary if len(summary) <= 120 else f"{summary[:117].rsplit(' ', 1)[0]} …",
        description=text,
        parameters=tuple(parameters),
        arguments=arguments,
        required=tuple(one.argument for one in parameters if one.required),
        answers=Answers(),
        # A server that does not say that a tool only reads is taken to mean that it does more.
        approval="" if reads else "deletes" if deletes else "publishes",
        safe=reads,
    )


def _rooted(schema: Any, index: int) -> Any:
    """`schema` with its own references leading to its own place among all."""
    if isinstance(schema, Mapping):
        made = {key: _rooted(value, index) for key, value in schema.items()}
        if isinstance(reference := made.get("$ref"), str) and reference.startswith("#"):
            made["$ref"] = f"#/tools/{index}{reference[1:]}"
        return made
    return [_rooted(value, index) for value in schema] if isinstance(schema, list) else schema


class McpCaller:
    """Calls the tools of one server."""

    def __init__(self, link: Link) -> None:
        self.link = link

    def __call__(self, ctx: Context, contract: Contract, args: Mapping[str, Any]) -> Answered:
        endpoint, title = contract.endpoint, self.link.title
        given = {one.name: args[one.argument] for one in endpoint.parameters if one.argument in args}
        asked: Json = {"service": title, "operation": endpoint.name, "tool": endpoint.path, "arguments": given}
        ctx.report(None, f"Asking {title}")

        def perform() -> Json:
            result = self.link.call(endpoint.path, given, ctx.report, ctx.stopped, again=endpoint.safe)
            told: Json = json.loads(hidden(json.dumps(_told(result)), self.link.address.secrets))
            return told

        answer: Any = recorded(ctx, "mcp", asked, perform)
        text = "\n".join(part["text"] for part in answer["content"] if part.get("text"))
        if answer["error"]:
            why = " ".join(text.split())[:300].rstrip(".") or "it does not say why"
            raise ServiceRefused(f"{title} could not do {endpoint.path}: {why}.", title)
        assets, images, notes = _kept(ctx, endpoint, answer["content"])
        data = answer.get("structured", _read(text))
        return outcome(ctx, endpoint, data, assets=assets, images=images, notes=notes)


def _told(result: CallToolResult) -> Json:
    """A result as it is recorded."""
    parts: list[Json] = []
    for block in result.content:
        if block.type == "text":
            parts.append({"text": block.text})
        elif block.type == "image" or block.type == "audio":
            parts.append({"media": block.mime_type, "base64": block.data})
        elif block.type == "resource":
            text, blob = getattr(block.resource, "text", None), getattr(block.resource, "blob", None)
            media = block.resource.mime_type or ""
            parts.append({"text": text} if text is not None else {"media": media, "base64": blob})
        else:
            parts.append({"text": f"{block.name}: {block.uri}"})
    made: dict[str, Json] = {"content": parts, "error": bool(result.is_error)}
    if result.structured_content is not None:
        made["structured"] = _unwrapped(result.structured_content)
    return made


def _unwrapped(structured: Any) -> Json:
    """Servers put a plain value into an object with the one field `result`."""
    plain: Json = structured["result"] if isinstance(structured, dict) and set(structured) == {"result"} else structured
    return plain


def _read(text: str) -> Json:
    if text.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(text, parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            return text
    return text or None


def _kept(
    ctx: Context, endpoint: Endpoint, content: Sequence[Mapping[str, Any]]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Assets made of what came with an answer, their thumbnails, and what could not be kept."""
    assets: dict[str, str] = {}
    notes: list[str] = []
    for part in content:
        if "base64" not in part:
            continue
        media = str(part.get("media", ""))
        data = base64.b64decode(part["base64"])
        asset = taken_in(ctx, data, media, endpoint.summary, endpoint.name) if MEDIA.match(media) else None
        if asset is None:
            notes.append(f"{len(data):,} bytes of {media or 'unknown content'} came along and are not kept")
        else:
            thumbnail = asset.rendition("thumbnail")
            assets[asset.id] = thumbnail.hash if thumbnail else ""
    return tuple(assets), tuple(hash_ for hash_ in assets.values() if hash_)[:6], tuple(notes)
