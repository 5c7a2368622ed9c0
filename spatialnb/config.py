"""Settings from the environment, read once when a part is built and then passed on as values."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self, cast, get_args

from spatialnb.errors import Invalid

Replay = Literal["off", "record", "replay"]


def _home() -> Path:
    if folder := os.environ.get("SPATIALNB_HOME"):
        return Path(folder)
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "spatialnb"


@dataclass(frozen=True)
class Settings:
    """Where things are kept and which outside services may be used."""

    home: Path = field(default_factory=_home)
    """Folder of the embedded store and of the media, shared by all projects of a user (`SPATIALNB_HOME`)."""
    redis_url: str | None = None
    """A Redis to use in place of the embedded one (`SPATIALNB_REDIS_URL`)."""
    tenant: str = "local"
    """Prefix of every key (`SPATIALNB_TENANT`)."""
    model: str | None = None
    """LiteLLM name of the model in charge, such as `openai/gpt-5.1` (`SPATIALNB_MODEL`); None: the local planner."""
    model_base: str | None = None
    """Base URL of the model's endpoint, where it is not the provider's own (`SPATIALNB_MODEL_BASE`)."""
    replay: Replay = "off"
    """Whether outside calls are recorded, answered from the recording, or neither (`SPATIALNB_REPLAY`)."""
    recording: Path | None = None
    """File of the recording, or the folder it is put in (`SPATIALNB_RECORDING`); None: `<project>.calls.json` in the
    working directory, which is beside the notebook."""
    idle_seconds: float = field(default_factory=lambda: float(os.environ.get("SPATIALNB_IDLE_SECONDS", "300")))
    """How long the embedded store waits for its next user before it stops (`SPATIALNB_IDLE_SECONDS`)."""

    def __post_init__(self) -> None:
        if self.replay not in get_args(Replay):
            raise Invalid(f"SPATIALNB_REPLAY is {self.replay!r}; set it to off, record or replay.", "replay")
        # Other processes are told where it is, and they work in folders of their own.
        object.__setattr__(self, "home", self.home.expanduser().absolute())

    @classmethod
    def from_environment(cls) -> Self:
        environ = os.environ
        return cls(
            redis_url=environ.get("SPATIALNB_REDIS_URL") or None,
            tenant=environ.get("SPATIALNB_TENANT") or "local",
            model=environ.get("SPATIALNB_MODEL") or None,
            model_base=environ.get("SPATIALNB_MODEL_BASE") or None,
            replay=cast(Replay, (environ.get("SPATIALNB_REPLAY") or "off").strip().lower()),
            recording=Path(environ["SPATIALNB_RECORDING"]) if environ.get("SPATIALNB_RECORDING") else None,
        )

    @property
    def media(self) -> Path:
        """Folder of the content-addressed media store."""
        return self.home / "media"
