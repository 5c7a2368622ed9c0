"""Takes the network away from this process: connections that would leave the machine are refused."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

TOLD = "The network is off while a recording is replayed."


def network_off() -> None:
    """Refuse every connection and look-up that goes beyond this machine, from now on and for good."""
    if getattr(socket.socket.connect, "refuses", False):
        return
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    setattr(socket, "getaddrinfo", _looked_up(socket.getaddrinfo))  # noqa: B010 - their stubs do not allow it


def _guarded(method: Any) -> Any:
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        address = arguments[-1] if arguments else None
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple) and not _is_here(address[0]):
            raise OSError(TOLD)
        return method(self, *arguments)

    setattr(guarded, "refuses", True)  # noqa: B010 - a mark, so that it is done once
    return guarded


def _looked_up(method: Any) -> Any:
    def looked_up(host: Any, *arguments: Any, **named: Any) -> Any:
        if host and not _is_here(host):
            raise OSError(TOLD)
        return method(host, *arguments, **named)

    return looked_up


def _is_here(host: Any) -> bool:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if name in ("localhost", "", "0.0.0.0", "::"):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False
