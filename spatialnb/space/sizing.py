"""How large a thing is when it is first placed: as a visitor would expect it in a room."""

from __future__ import annotations

from spatialnb.models.asset import Asset
from spatialnb.models.geometry import Size

PICTURE = 1.6
"""Long edge of a picture, metres: a large print."""
SCREEN = 2.4
"""Long edge of a video."""
MODEL = 1.2
"""Longest side of a 3D model whose own size tells nothing."""
THIN = 0.02
PLAUSIBLE = (0.05, 12.0)
"""Longest sides in metres at which a glTF file, whose unit is the metre, is taken at its word."""


def natural_size(asset: Asset) -> Size:
    """Size in metres for a new item that shows `asset`."""
    facts = asset.facts
    if asset.kind in ("image", "video"):
        edge = PICTURE if asset.kind == "image" else SCREEN
        width, height = facts.width or 4, facts.height or 3
        # A very long panorama or banner would be a thread at that edge, so its short edge is kept visible.
        factor = max(edge / max(width, height), 0.3 / min(width, height))
        return _size(width * factor, height * factor, THIN)
    if asset.kind == "model" and facts.extent:
        longest = max(max(facts.extent), 1e-9)
        metric = asset.mime.startswith("model/gltf") and PLAUSIBLE[0] <= longest <= PLAUSIBLE[1]
        factor = 1.0 if metric else MODEL / longest
        return _size(*(side * factor for side in facts.extent))
    if asset.kind == "audio":
        return Size(width=0.9, height=0.5, depth=THIN)
    return (
        Size(width=0.9, height=1.2, depth=THIN)
        if asset.kind == "text"
        else Size(width=MODEL, height=MODEL, depth=MODEL)
    )


def label_size(text: str, height: float = 0.22) -> Size:
    """Size of a label with letters about `height` metres high; long texts break into lines of at most 32 letters."""
    lines = [line[i : i + 32] for line in text.splitlines() or [""] for i in range(0, max(len(line), 1), 32)]
    widest = max(len(line) for line in lines)
    return _size(max(widest, 2) * height * 0.58 + height * 0.6, height * 1.35 * len(lines), THIN)


def _size(width: float, height: float, depth: float) -> Size:
    return Size(width=max(round(width, 4), 1e-3), height=max(round(height, 4), 1e-3), depth=max(round(depth, 4), 1e-3))
