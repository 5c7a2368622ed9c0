"""Runs a whole notebook from its recording, in a fresh project with the network off: what CI does, in one call."""

from __future__ import annotations

import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spatialnb.config import Settings
from spatialnb.errors import NotFound, NotRecorded, SpatialError, Unsupported
from spatialnb.models.project import scene_hash
from spatialnb.store import open_store

_BEFORE = "from spatialnb.studio.offline import network_off; network_off()"
_AFTER = (
    "import dataclasses as _d, json as _j, spatialnb.llm.replay as _r; "
    "print('spatialnb-tally', _j.dumps(_d.asdict(_r.TALLY)))"
)


@dataclass(frozen=True)
class Replayed:
    """What running a notebook came to."""

    cells: int
    seconds: float
    calls: int
    """Outside calls that were answered from the recording, or recorded."""
    scenes: dict[str, str]
    """Project to the hash of its scene."""
    recorded: bool = False

    @property
    def summary(self) -> str:
        """One line for people."""
        how = "recorded" if self.recorded else "answered from the recording, with the network off"
        calls = f"{self.calls} outside call{'' if self.calls == 1 else 's'}"
        return f"Ran {self.cells} cells in {self.seconds:.1f} s; {calls} {how}."


def replay_notebook(path: Path, *, record: bool = False, timeout: float | None = None) -> Replayed:
    """Run the notebook at `path` in a kernel and a home of its own, with its outside calls answered from the recording
    beside it, or with `record` made and recorded. The notebook itself is not changed.

    `timeout` is in seconds a cell. Raises `NotRecorded` if a call was not recorded, `Unsupported` if a cell failed.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    path = path.expanduser().absolute()
    if not path.is_file():
        raise NotFound(f"There is no notebook {path.name} in {path.parent}.")
    try:
        notebook: Any = nbformat.read(path, as_version=4)
    except (ValueError, nbformat.ValidationError):
        raise Unsupported(f"{path.name} is no notebook that can be read.") from None
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="spatialnb-replay-", ignore_cleanup_errors=True) as home:
        client = NotebookClient(
            notebook,
            timeout=timeout,
            kernel_name="python3",
            extra_arguments=["--IPKernelApp.log_level=ERROR"],
            resources={"metadata": {"path": str(path.parent)}},
        )
        trouble: SpatialError | None = None
        with client.setup_kernel(env=_environment(path, Path(home), record)):
            if not record:
                _aside(client, _BEFORE)
            try:
                for index, cell in enumerate(notebook.cells):
                    client.execute_cell(cell, index)
            except CellExecutionError as error:
                trouble = Unsupported(f"A cell of {path.name} failed: {error.ename}: {error.evalue}")
            except CellTimeoutError:
                trouble = Unsupported(f"A cell of {path.name} took more than {timeout:.0f} s.")
            except DeadKernelError:
                raise Unsupported(f"The kernel of {path.name} died.") from None
            told = json.loads(_aside(client, _AFTER).partition("spatialnb-tally ")[2] or "{}")
        if missing := told.get("missing"):
            raise NotRecorded(missing[0])
        if trouble:
            raise trouble
        calls = told.get("recorded" if record else "replayed", 0)
        return Replayed(len(cells), time.perf_counter() - began, calls, _scenes(Path(home)), record)


def _environment(path: Path, home: Path, record: bool) -> dict[str, str]:
    """The environment of the kernel: as here, but for what would reach other projects or the outside."""
    kept = {name: value for name, value in os.environ.items() if name != "SPATIALNB_REDIS_URL"}
    recording = os.environ.get("SPATIALNB_RECORDING") or str(path.parent)
    return {
        **kept,
        "SPATIALNB_HOME": str(home),
        "SPATIALNB_REPLAY": "record" if record else "replay",
        "SPATIALNB_RECORDING": recording,
        "SPATIALNB_IDLE_SECONDS": "5",
    }


def _aside(client: Any, code: str) -> str:
    """What `code` prints in the kernel, outside the notebook."""
    import nbformat

    cell: Any = nbformat.v4.new_code_cell(code)
    client.nb.cells.append(cell)
    try:
        client.execute_cell(cell, len(client.nb.cells) - 1, store_history=False)
    finally:
        client.nb.cells.pop()
    return "".join(output.get("text", "") for output in cell.outputs)


def _scenes(home: Path) -> dict[str, str]:
    with open_store(Settings(home=home)) as store:
        return {name: scene_hash(store.changes(name).head) for name in sorted(store.projects())}
