"""Model endpoints: what one is, and those that a tenant has, added and removed while running."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

from spatialnb.errors import Invalid, NotFound, StoreUnavailable
from spatialnb.models.base import Json
from spatialnb.store.endpoints import Snapshot
from spatialnb.store.limits import Limits

if TYPE_CHECKING:
    from spatialnb.store import Store

Kind: TypeAlias = Literal["text", "embedding", "image", "speech"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SETTINGS = "settings"
"""Name of the endpoint that `SPATIALNB_MODEL` makes."""


@dataclass(frozen=True)
class Endpoint:
    """A model at an address.

    `model` is its LiteLLM name, such as `openai/gpt-5.1`; `base` the URL where that is not the provider's own;
    `key_env` the name of the environment variable with its key. Prices are US dollars per million tokens asked and
    answered, per picture, and per million characters spoken; where they are not given LiteLLM's list is looked up. A
    model that is on neither counts as free of charge while no budget applies, and is not asked when one does.
    """

    name: str
    model: str
    base: str = ""
    key_env: str = ""
    quality: float = 0.5
    """0 to 1, compared with the others; the model of the settings has 0.8."""
    kinds: tuple[Kind, ...] = ("text",)
    input_usd: float | None = None
    output_usd: float | None = None
    image_usd: float | None = None
    speech_usd: float | None = None
    requests: int | None = None
    """Requests that it takes in a minute."""
    tokens: int | None = None
    """Tokens that it takes in a minute, asked and answered."""
    at_once: int | None = None
    """Calls that it takes at a time."""
    window: int | None = None
    """Tokens that fit into one call."""
    tools: bool | None = None
    """Whether it calls tools by itself; None: LiteLLM's list says, or nobody knows."""
    timeout: float = 60.0
    """Seconds of silence after which it counts as down."""
    pool: str = ""
    """Endpoints of one pool share their limits, in every tenant. By default those of the same model, base and key
    variable do; tenants that keep different keys under one variable should give different pools."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w][\w .:@/-]{0,79}", self.name):
            raise Invalid("An endpoint's name is up to 80 letters, digits, spaces and . : @ / - _", "name")
        if not self.model.strip():
            raise Invalid("An endpoint needs a model, by its LiteLLM name such as openai/gpt-5.1.", "model")
        if self.base and (urlsplit(self.base).scheme not in ("http", "https") or urlsplit(self.base).password):
            raise Invalid("base is an http or https URL without a password, such as http://127.0.0.1:8080/v1.", "base")
        if self.key_env and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", self.key_env):
            # Never quoted back: somebody may have given the key itself.
            raise Invalid("key_env is the name of an environment variable, not the key itself.", "key_env")
        if not 0 <= self.quality <= 1:
            raise Invalid("quality is between 0 and 1.", "quality")
        if not self.kinds or set(self.kinds) - set(KINDS):
            raise Invalid(f"kinds are some of {', '.join(KINDS)}.", "kinds")
        for name in ("input_usd", "output_usd", "image_usd", "speech_usd"):
            if (value := getattr(self, name)) is not None and not 0 <= value < 1e6:
                raise Invalid(f"{name} is a price in US dollars, 0 or more.", name)
        for name in ("requests", "tokens", "at_once", "window"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise Invalid(f"{name} is a number of 1 or more, or None for no limit.", name)
        if not self.timeout > 0:
            raise Invalid("timeout is a number of seconds, more than 0.", "timeout")

    @property
    def limits(self) -> Limits:
        return Limits(self.requests, self.tokens, self.at_once)

    @property
    def shared(self) -> str:
        """Name of the pool of its limits."""
        return self.pool or _mark(self.model, self.base, self.key_env)

    @property
    def health_key(self) -> str:
        """Under which its health is kept: what was measured at another address does not count."""
        return f"{self.name}@{_mark(self.model, self.base)}"

    @property
    def short(self) -> str:
        """The model's name without its provider."""
        return self.model.rpartition("/")[2]

    @property
    def key(self) -> str | None:
        """The key, from the environment; None if no variable is named. Raises `KeyError` if it is not set."""
        if not self.key_env:
            return None
        if not (key := os.environ.get(self.key_env, "")):
            raise KeyError(self.key_env)
        return key

    def json(self) -> dict[str, Json]:
        """As it is kept: what differs from the defaults."""
        data = asdict(self)
        plain = {f.name: f.default for f in fields(self)}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in data.items() if v != plain[k] and k != "name"}

    @classmethod
    def of(cls, name: str, data: Mapping[str, Any]) -> Endpoint:
        """From its kept form; fields that a later version wrote are left out."""
        known = {f.name for f in fields(cls)}
        given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items() if k in known}
        given["name"] = name
        return cls(**given)


def _mark(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


class Endpoints:
    """The endpoints of a tenant: those given here, which nobody else sees, and those kept in the store."""

    def __init__(self, store: Store, given: tuple[Endpoint, ...] = ()) -> None:
        self._table = store.endpoints()
        self._latest: Mapping[str, Mapping[str, Any]] = {}
        self.given = given

    def add(self, endpoint: Endpoint) -> None:
        """Keep an endpoint, in place of one of that name. Every kernel of this tenant may use it from its next call."""
        if any(endpoint.name == one.name for one in self.given):
            raise Invalid(f"{endpoint.name!r} is the model of the settings; choose another name.", "name")
        self._table.save(endpoint.name, endpoint.json())

    def remove(self, name: str) -> None:
        """Take an endpoint away, with all that was measured of it. Calls under way are finished."""
        if any(name == one.name for one in self.given):
            raise Invalid(f"{name!r} is the model of the settings; unset SPATIALNB_MODEL instead.", "name")
        kept = self._table.snapshot().endpoints
        if name not in kept:
            there = ", ".join(sorted(kept)) or "none"
            raise NotFound(f"There is no endpoint {name!r}; there are: {there}.")
        self._table.remove(name, Endpoint.of(name, kept[name]).health_key)

    def all(self, kept: Mapping[str, Mapping[str, Any]] | None = None) -> tuple[Endpoint, ...]:
        """All there are, those of the settings first, the others by name; while the store is away, as last known."""
        if kept is None:
            kept = self.snapshot().endpoints
        return (*self.given, *(Endpoint.of(name, data) for name, data in sorted(kept.items())))

    def snapshot(self) -> Snapshot:
        """What is kept of endpoints now; while the store is away, those last known, of whose health nothing is."""
        try:
            snapshot = self._table.snapshot()
        except StoreUnavailable:
            return Snapshot(int(time.time() * 1000), self._latest, {}, {})
        self._latest = snapshot.endpoints
        return snapshot
