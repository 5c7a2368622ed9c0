"""What the ways over HTTP cost: loading the extension, a read, a call, the document, a tool call over MCP.

python -m tests.bench.bench_api
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import anyio
import httpx

from tests.lab import CHECKOUT, Lab
from tests.server.mcp_client import ERAS, connected

LOAD = """
import time, jupyter_server.serverapp
began = time.perf_counter()
from spatialnb.server import latency
from spatialnb.server.routes import routes
routes("/")
print((time.perf_counter() - began) * 1000)
"""


def row(what: str, ms: float) -> None:
    print(f"{what:<44} {ms:8.1f} ms")


def median(work: Callable[[], object], times: int) -> float:
    taken: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


async def over_mcp(lab: Lab, era: str) -> None:
    async with connected(lab, "bench", era) as client:
        taken: list[float] = []
        await client.list_tools()
        for _ in range(50):
            began = time.perf_counter()
            await client.call_tool("move", {"items": "x", "by": [0, 0.01, 0]})
            taken.append((time.perf_counter() - began) * 1000)
        row(f"MCP call of `move`, {client.protocol_version}", statistics.median(taken))


def main() -> None:
    loads = [
        float(subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True).stdout)
        for _ in range(5)
    ]
    row("Loading the extension (best of 5)", min(loads))
    folder = Path(tempfile.mkdtemp())
    environ = {"PYTHONPATH": str(CHECKOUT), "SPATIALNB_API_RATE": "100000"}
    with (
        Lab(folder, environ=environ) as lab,
        httpx.Client(
            base_url=f"{lab.url}/spatialnb/api/v1", headers={"Authorization": f"token {lab.token}"}, timeout=60
        ) as api,
    ):
        call = "/operations/{}?project=bench"
        row("First call of all", median(lambda: api.post(call.format("label"), json={"text": "x"}), 1))
        row("GET /projects/{project}", median(lambda: api.get("/projects/bench"), 100))
        row(
            "POST /operations/move",
            median(lambda: api.post(call.format("move"), json={"items": "x", "by": [0, 0.01, 0]}), 100),
        )
        row("GET /openapi.json, first", median(lambda: api.get("/openapi.json"), 1))
        row("GET /openapi.json, again", median(lambda: api.get("/openapi.json"), 20))
        for era in ERAS:
            anyio.run(over_mcp, lab, era)


if __name__ == "__main__":
    main()
