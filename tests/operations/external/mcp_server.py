"""An MCP server made with the official SDK, for the tests: `python mcp_server.py stdio`, or `http PORT`."""

from __future__ import annotations

import base64
import io
import os
import sys
from typing import Literal

from mcp.server.mcpserver import Context, Image, MCPServer
from mcp_types import ToolAnnotations
from PIL import Image as Picture
from pydantic import BaseModel

server = MCPServer("Test Workshop")


class Part(BaseModel):
    name: str
    children: list[Part] = []


@server.tool(annotations=ToolAnnotations(read_only_hint=True), structured_output=True)
def add(a: int, b: int = 2) -> int:
    """Add two numbers."""
    return a + b


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def list_rows(kind: Literal["red", "blue"] = "red") -> list[dict[str, str]]:
    """List the rows of a kind."""
    return [{"name": f"{kind} {n}", "kind": kind} for n in range(3)]


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def depth(part: Part) -> int:
    """How deep a part is nested."""
    return 1 + max((depth(child) for child in part.children), default=0)


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def draw(colour: str = "red") -> Image:
    """Draw a picture of one colour."""
    data = io.BytesIO()
    Picture.new("RGB", (64, 48), colour).save(data, "PNG")
    return Image(data=data.getvalue(), format="png")


@server.tool()
def write_note(text: str) -> str:
    """Write a note."""
    return f"wrote {text}"


@server.tool(annotations=ToolAnnotations(destructive_hint=True))
def burn(name: str) -> str:
    """Burn a thing."""
    raise ValueError(f"{name} does not burn")


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def whoami() -> dict[str, str]:
    """The process, and the secret it was given."""
    return {"pid": str(os.getpid()), "secret": os.environ.get("WORKSHOP_KEY", "none")}


@server.tool()
def die() -> str:
    """End the server in the middle of a call."""
    os._exit(3)


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
async def slow(ctx: Context, steps: int = 3) -> str:
    """Work step by step, telling how far it is."""
    for step in range(steps):
        await ctx.report_progress(step + 1, steps, f"step {step + 1}")
    return "done"


@server.tool()
async def learn(ctx: Context, name: str) -> str:
    """Have one more tool from now on."""
    server.add_tool(lambda: base64.b64encode(name.encode()).decode(), name=name, description=f"Say {name}.")
    await ctx.notify_tools_changed()
    return f"learned {name}"


if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        server.run("stdio")
    else:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[2]))
