"""`spatialnb mcp`: a project as an MCP server over standard input and output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spatialnb.server.workers import Workers

if TYPE_CHECKING:
    from spatialnb.server.mcp_tools import Policy
    from spatialnb.studio import Studio

AT_ONCE = 4


def serve_stdio(studio: Studio, *, policy: Policy = "ask") -> None:
    """Serve until the client closes the pipe."""
    import anyio

    anyio.run(_serve, studio, policy)


async def _serve(studio: Studio, policy: Policy) -> None:
    from mcp.server.stdio import stdio_server

    from spatialnb.server.mcp_tools import McpProject

    project = McpProject(studio, Workers("mcp", AT_ONCE, waiting=64).run, policy=lambda _: policy)
    try:
        async with stdio_server() as (read, write):
            await project.server.run(read, write, project.server.create_initialization_options())
    finally:
        await project.close()
