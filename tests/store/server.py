"""A Redis of the tests' own, reached by URL, that can be killed and started again on the same files."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

from spatialnb.store.embedded import find_server
from tests.store.waiting import until


class Server:
    """A real server on a unix socket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "s"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}"
        self.start()

    def start(self) -> None:
        program = find_server()
        assert program is not None
        folder, path = str(self._folder), str(self._socket)
        self._socket.unlink(missing_ok=True)
        options = ["--port", "0", "--unixsocket", path, "--dir", folder, "--save", "", "--appendonly", "yes"]
        self._process = subprocess.Popen(
            [program, *options, "--appendfsync", "always"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(self._answers)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self._socket))
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def kill(self) -> None:
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)
