"""What a source says of itself, by way of the recorder, so that a source can be added again with the network off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from spatialnb.models.base import Json

if TYPE_CHECKING:
    from mcp_types import Tool

    from spatialnb.operations.external.mcp_link import Address


def document(recorder: Any, url: str, fetch: Callable[[], bytes]) -> bytes:
    """The bytes of the document at `url`. What is recorded has to be text, as JSON and YAML are."""
    if recorder is None or recorder.mode == "off":
        return fetch()

    def perform() -> Json:
        return {"document": fetch().decode("utf-8-sig", "replace")}

    told: Any = recorder.call("http", {"method": "GET", "url": url}, perform)
    return str(told["document"]).encode()


def tools(recorder: Any, address: Address, ask: Callable[[], tuple[str, Sequence[Tool]]]) -> tuple[str, Sequence[Tool]]:
    """The name of an MCP server and the tools that it has."""
    if recorder is None or recorder.mode == "off":
        return ask()
    from mcp_types import Tool

    def perform() -> Json:
        title, listed = ask()
        return {
            "title": title,
            "tools": [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed],
        }

    # Where programs are differs between machines; what they are called does not.
    command: list[Json] = [PurePath(part).name for part in address.command]
    asked: Json = {"server": address.url or " ".join(map(str, command)), "tool": "tools/list"}
    told: Any = recorder.call("mcp", asked, perform)
    return str(told["title"]), [Tool.model_validate(tool) for tool in told["tools"]]
