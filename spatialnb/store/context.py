"""What a conversation points at and prefers, kept per project for a while."""

from __future__ import annotations

import json
import threading
from typing import Any

from spatialnb.errors import StoreUnavailable
from spatialnb.models.base import Json
from spatialnb.store.connection import Client, Link
from spatialnb.store.keys import CONTEXT_TTL, ProjectKeys


class ConversationContext:
    """Named JSON values. Each is written on its own, so two that set different ones do not undo each other's."""

    def __init__(self, link: Link, keys: ProjectKeys) -> None:
        self._link = link
        self._key = keys.context
        self._lock = threading.Lock()
        self._seen: dict[str, Json] = {}
        self._unsent: dict[str, Json] = {}
        link.when_back(self._send_unsent)

    def get(self) -> dict[str, Json]:
        """Every value. While the store is away: those last seen, with what was set since."""
        try:
            if self._unsent:
                self._send_unsent()
            stored: dict[bytes, bytes] = self._link.run(lambda client: client.hgetall(self._key))  # pyright: ignore
        except StoreUnavailable:
            return {**self._seen, **self._unsent}
        self._seen = {name.decode(): json.loads(value) for name, value in stored.items()}
        return dict(self._seen)

    def update(self, **fields: Json) -> None:
        """Set some values. While the store is away they are kept here, and sent when it is back."""
        with self._lock:
            self._unsent.update(fields)
        try:
            self._send_unsent()
        except StoreUnavailable:
            return

    def _send_unsent(self) -> None:
        with self._lock:
            if not self._unsent:
                return
            mapping: dict[Any, Any] = {name: json.dumps(value) for name, value in self._unsent.items()}

            def send(client: Client) -> None:
                with client.pipeline(transaction=True) as pipe:
                    pipe.hset(self._key, mapping=mapping)
                    pipe.expire(self._key, CONTEXT_TTL)
                    pipe.execute()

            self._link.run(send)
            self._seen.update(self._unsent)
            self._unsent.clear()
