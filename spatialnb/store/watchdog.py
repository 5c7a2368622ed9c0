"""A tiny process that starts the embedded server, stops it when nobody uses it, and takes it along when it dies.

It is run as a script, with nothing but the standard library, so that it is up in some 15 ms:

    python -I -S watchdog.py start|adopt FOLDER SOCKET IDLE_SECONDS SERVER ARGUMENTS...

and goes into the background: the command ends when the server answers (0) or does not (1, with the reason on standard
error). It belongs to no notebook: it has a session of its own, so that a kernel that is killed, with its process group
or without, leaves it be.

Three files in FOLDER say who is there, each by a lock that the kernel of the machine drops when its holder dies:

- `lock`: a launcher that is attaching, or the watchdog that is about to stop the server. Whoever attaches holds it
  until its connection counts, so that no server is stopped under someone who has just found it.
- `watchdog.lock`: a watchdog lives. A launcher that can take it starts a new one that adopts the running server.
- `server.lock`: inherited by the server: there is never a second server on one append-only file, not even while an old
  one is still busy with its end.

On Linux the server gets SIGTERM (it saves and ends) when the watchdog dies, even of SIGKILL. Elsewhere it goes on,
until the next launcher adopts it.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time

PATIENCE = 30.0
"""Seconds for a server to answer, with all of its file to read."""
PR_SET_PDEATHSIG = 1


def main(mode: str, folder: str, path: str, idle: float, command: list[str]) -> int:
    """Do it in a child that is nobody's; wait for its word."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        _silence()
        _detached(mode, folder, path, idle, command, writing)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        word = pipe.read()
    if word == b"ready":
        return 0
    sys.stderr.write(word.decode(errors="replace") or "The watchdog of the store ended at once.")
    return 1


def _silence() -> None:
    """Let go of the launcher's terminal and pipes, which would otherwise wait for us."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    os.close(nothing)


def _detached(mode: str, folder: str, path: str, idle: float, command: list[str], writing: int) -> None:
    own = _held(os.path.join(folder, "watchdog.lock"), wait=5)
    if own is None:
        os.write(writing, b"Another watchdog is there.")
        return
    server: subprocess.Popen[bytes] | None = None
    try:
        if mode == "start":
            server = _start(folder, path, command)
        talk = _connected(path, server)
        os.write(writing, b"ready")
    except OSError as error:
        if server is not None:
            server.kill()
            server.wait()
        os.write(writing, str(error).encode())
        return
    os.close(writing)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        _watch(folder, path, talk, idle)
    finally:
        _stop(talk, server)


def _start(folder: str, path: str, command: list[str]) -> subprocess.Popen[bytes]:
    lock = _held(os.path.join(folder, "server.lock"), wait=PATIENCE)
    if lock is None:
        raise OSError(f"An earlier server of the store in {folder} does not end; end it by hand.")
    if os.path.exists(path):
        os.unlink(path)
    watchdog = os.getpid()
    tie: list[object] = []
    if sys.platform == "linux":
        import ctypes

        tie.append(ctypes.CDLL(None).prctl)

    def bind() -> None:
        for prctl in tie:
            prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # type: ignore[operator]  # pyright: ignore
        if os.getppid() != watchdog:
            os._exit(1)

    log = os.path.join(folder, "server.log")
    mode = "ab" if os.path.exists(log) and os.path.getsize(log) < 1 << 20 else "wb"
    with open(log, mode) as output:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            pass_fds=[lock],
            preexec_fn=bind,
        )
    os.close(lock)
    return server


def _held(path: str, wait: float) -> int | None:
    """A descriptor that holds the lock, which a child may inherit."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    until = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() > until:
                os.close(descriptor)
                return None
            time.sleep(0.01)


def _connected(path: str, server: subprocess.Popen[bytes] | None) -> socket.socket:
    """A connection to a server that is ready."""
    until = time.monotonic() + PATIENCE
    reason = ""
    while time.monotonic() < until:
        talk = socket.socket(socket.AF_UNIX)
        talk.settimeout(PATIENCE)
        try:
            talk.connect(path)
            talk.sendall(b"PING\r\n")
            reason = _line(talk)
            if reason.startswith("+PONG"):
                return talk
        except OSError as error:
            reason = str(error)
        talk.close()
        if server is not None and server.poll() is not None:
            raise OSError(f"The server of the store ended at once with code {server.returncode}; see server.log.")
        time.sleep(0.002)
    raise OSError(f"The server of the store does not answer: {reason}")


def _line(talk: socket.socket) -> str:
    data = b""
    while not data.endswith(b"\r\n"):
        more = talk.recv(4096)
        if not more:
            raise OSError("the connection was closed")
        data += more
    return data.decode(errors="replace")


def _clients(talk: socket.socket) -> int:
    """How many others are connected."""
    talk.settimeout(PATIENCE)
    talk.sendall(b"INFO clients\r\n")
    text = _line(talk)
    while "connected_clients:" not in text or not text.endswith("\r\n"):
        text += _line(talk)
    return int(text.split("connected_clients:")[1].split()[0]) - 1


def _watch(folder: str, path: str, talk: socket.socket, idle: float) -> None:
    """Return when the server has gone or cannot be found any more, or has been idle: then with `lock` held."""
    pause = min(5.0, max(0.05, idle / 5))
    used = time.monotonic()
    while True:
        talk.settimeout(pause)
        try:
            if not talk.recv(4096):
                return
        except TimeoutError:
            pass
        except OSError:
            return
        if not os.path.exists(path):
            return
        try:
            if _clients(talk) > 0:
                used = time.monotonic()
            elif time.monotonic() - used >= idle:
                launchers = _held(os.path.join(folder, "lock"), wait=PATIENCE)
                if _clients(talk) == 0:
                    return
                if launchers is not None:
                    os.close(launchers)
                used = time.monotonic()
        except OSError:
            return


def _stop(talk: socket.socket, server: subprocess.Popen[bytes] | None) -> None:
    """Let the server write what it has and end. The append-only file is the record, so there is no other to save."""
    try:
        talk.sendall(b"SHUTDOWN\r\n")
        talk.settimeout(PATIENCE)
        while talk.recv(4096):
            pass
    except OSError:
        pass
    talk.close()
    if server is not None:
        try:
            server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]), sys.argv[5:]))
