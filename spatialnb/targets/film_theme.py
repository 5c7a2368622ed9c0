"""Colours of a film's place, for each theme of an environment."""

from __future__ import annotations

from typing import NamedTuple

from spatialnb.models.environment import ThemeName


class Theme(NamedTuple):
    """Sky above and at the horizon, floor, its lines, the back of a panel, letters, panel edges; the floor's gloss."""

    zenith: str
    horizon: str
    floor: str
    line: str
    back: str
    text: str
    edge: str
    gloss: float


THEMES: dict[ThemeName, Theme] = {
    "auto": Theme("#101216", "#22262f", "#181b20", "#3a404b", "#2b2f37", "#eceef2", "#08090b", 0.26),
    "gallery": Theme("#ffffff", "#f1efec", "#ddd8d1", "#c8c1b7", "#e2ded8", "#1d2026", "#8d867c", 0.0),
    "night": Theme("#05070d", "#16203a", "#0b1020", "#2a3657", "#1a2238", "#e8eefc", "#04060b", 0.34),
    "paper": Theme("#fbf7ee", "#f3ecdd", "#ebe2cf", "#cfc2a6", "#e0d6c1", "#2a2620", "#a4937a", 0.0),
    "neon": Theme("#07040f", "#2a1250", "#0d0719", "#5b2a94", "#291a40", "#fbeaff", "#05020a", 0.42),
}
