"""What a search gives."""

from __future__ import annotations

from dataclasses import dataclass

from spatialnb.models.asset import Asset


@dataclass(frozen=True)
class Hit:
    """An asset that was found, how well it fits (0 to 1), and why in a few words."""

    asset: Asset
    score: float
    why: str
