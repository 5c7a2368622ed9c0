"""What it costs to import the package and the studio, each in a fresh interpreter.

`python -m tests.bench.bench_import`
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 7
CASES = {"python alone": "pass", "import spatialnb": "import spatialnb", "Studio": "from spatialnb import Studio"}


def seconds(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - began


def main() -> None:
    alone = 0.0
    for name, code in CASES.items():
        median = statistics.median(seconds(code) for _ in range(ROUNDS))
        alone = alone or median
        print(f"{name:20} {median:6.3f} s, over python alone {median - alone:6.3f} s  (goal 0.4 s)")


if __name__ == "__main__":
    main()
