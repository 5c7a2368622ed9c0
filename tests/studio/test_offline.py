"""A process without a network: this machine can be reached, nothing else can."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import asyncio, http.server, socket, threading, urllib.request
from spatialnb.studio.offline import TOLD, network_off

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
network_off()
network_off()
assert urllib.request.urlopen(f"http://localhost:{server.server_port}/").status == 200

def refused(call):
    try:
        call()
    except OSError as error:
        assert TOLD in str(error), error
        return
    raise AssertionError("it went through")

refused(lambda: socket.create_connection(("192.0.2.1", 80), 1))
refused(lambda: socket.create_connection(("example.org", 80), 1))
refused(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)))
refused(lambda: socket.socket(socket.AF_INET6).connect(("2001:db8::1", 80)))
refused(lambda: urllib.request.urlopen("http://example.org/"))
refused(lambda: asyncio.run(asyncio.open_connection("192.0.2.1", 80)))
one, other = socket.socketpair()
one.send(b"x")
assert other.recv(1) == b"x"
print("held")
"""


def test_only_this_machine_can_be_reached() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "held\n", done.stderr
