"""An MCP server of the kind there were before the official SDK's present one: JSON-RPC line by line, with a handshake.

It tells of a changed list of tools by itself, gives a tool list in pages, and writes what is no message to its errors.
"""

from __future__ import annotations

import json
import sys
from typing import Any

TOOLS: list[dict[str, Any]] = [
    {
        "name": f"tool-{n}",
        "description": f"Tool number {n}.",
        "inputSchema": {
            "type": "object",
            "properties": {"class": {"$ref": "#/$defs/Level"}, "x-y": {"type": ["number", "null"]}},
            "required": ["class"],
            "$defs": {"Level": {"enum": [f"low{n}", f"high{n}"]}},
        },
        "annotations": {"readOnlyHint": True},
    }
    for n in range(3)
]


def send(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def answer(method: str, params: dict[str, Any]) -> dict[str, Any] | None:
    if method == "initialize":
        return {
            "protocolVersion": "2025-03-26",
            "capabilities": {"tools": {"listChanged": True}},
            "serverInfo": {"name": "Plain old server", "version": "1"},
        }
    if method == "tools/list":
        at = int(params.get("cursor") or 0)
        more = {"nextCursor": str(at + 1)} if at + 1 < len(TOOLS) else {}
        return {"tools": TOOLS[at : at + 1], **more}
    if method == "tools/call":
        if params["name"] == "tool-2":
            TOOLS.pop()
            send({"method": "notifications/tools/list_changed"})
        return {"content": [{"type": "text", "text": json.dumps(params["arguments"])}]}
    return None


print("no message, only noise", file=sys.stderr)
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    result = answer(asked["method"], asked.get("params") or {})
    if result is None:
        send({"id": asked["id"], "error": {"code": -32601, "message": "Method not found"}})
    else:
        send({"id": asked["id"], "result": result})
