"""A real HTTP server on loopback that fails as it is told to."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self


class FaultyServer:
    """Answers `script` one entry a request, then 200. An entry is a status, a (status, headers, body), or the name of a
    fault: `hang`, `reset`, `truncated`, `nonsense`."""

    def __init__(self, *script: Any, certificate: Path | None = None) -> None:
        self.script = list(script)
        self.asked = 0
        self.inside = 0
        self.most_inside = 0
        self.gate: threading.Event | None = None
        """Requests wait for it, if there is one."""
        self.ended = threading.Event()
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self.scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/thing"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self.asked += 1
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
            entry = self.script.pop(0) if self.script else 200
        try:
            if self.gate is not None:
                self.gate.wait(20)
            if isinstance(entry, str):
                _FAULTS[entry](self, request)
                return
            status, headers, body = entry if isinstance(entry, tuple) else (entry, {}, {"value": 42})
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            request.send_response(status)
            for name, value in headers.items():
                request.send_header(name, value)
            request.send_header("Content-Length", str(len(data)))
            request.send_header("Content-Type", "application/json")
            request.end_headers()
            request.wfile.write(data)
        finally:
            with self._lock:
                self.inside -= 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def _hang(server: FaultyServer, _: BaseHTTPRequestHandler) -> None:
    server.ended.wait(30)


def _reset(_: FaultyServer, request: BaseHTTPRequestHandler) -> None:
    # Linger of nothing: the connection is reset instead of closed.
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.connection.close()
    request.close_connection = True


def _truncated(_: FaultyServer, request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.wfile.write(b'{"val')
    request.close_connection = True


def _nonsense(_: FaultyServer, request: BaseHTTPRequestHandler) -> None:
    request.connection.sendall(b"this is no HTTP at all\r\n\r\n")
    request.close_connection = True


_FAULTS: Any = {"hang": _hang, "reset": _reset, "truncated": _truncated, "nonsense": _nonsense}


def closed_port() -> int:
    """A port where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def self_signed(path: Path) -> Path:
    """A certificate that nobody has reason to trust, with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path
