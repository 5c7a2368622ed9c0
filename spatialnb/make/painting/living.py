"""Living things and far ones: plants, a person in profile, planets."""

from __future__ import annotations

import cv2
import numpy as np

from spatialnb.make.painting.brush import Painting, as_mask, circle
from spatialnb.make.painting.palettes import mix

_PROFILE = (
    (0.10, -0.86), (0.27, -0.83), (0.41, -0.71), (0.48, -0.55), (0.5, -0.4), (0.485, -0.3), (0.5, -0.23), (0.56, -0.12),
    (0.615, -0.035), (0.6, 0.01), (0.535, 0.03), (0.525, 0.07), (0.555, 0.115), (0.545, 0.155), (0.515, 0.17),
    (0.535, 0.2), (0.525, 0.25), (0.49, 0.28), (0.495, 0.33), (0.47, 0.4), (0.39, 0.44), (0.26, 0.43), (0.16, 0.45),
    (0.12, 0.55), (0.13, 0.68), (0.24, 0.78), (0.46, 0.86), (0.66, 1.0), (0.72, 1.2), (-0.95, 1.2), (-0.86, 0.98),
    (-0.62, 0.84), (-0.42, 0.72), (-0.34, 0.55), (-0.37, 0.36), (-0.47, 0.15), (-0.54, -0.1), (-0.55, -0.35),
    (-0.47, -0.6), (-0.32, -0.77), (-0.12, -0.86),
)  # fmt: skip
"""A head in profile, facing right: x and y (down) in half picture heights around its middle."""


def _smooth(points: np.ndarray, rounds: int = 3) -> np.ndarray:
    """A closed outline with its corners cut (Chaikin 1974)."""
    for _ in range(rounds):
        after = np.roll(points, -1, axis=0)
        points = np.stack([0.75 * points + 0.25 * after, 0.25 * points + 0.75 * after], axis=1).reshape(-1, 2)
    return points


def figure(p: Painting) -> None:
    """A head in profile, filled with what it thinks of: stars and a network, light running out of it."""
    tones, chance = p.palette, p.chance
    left = bool(chance.random() < 0.5)
    p.ramp(
        [
            mix(tones.dark, tones.middle, 0.25),
            mix(tones.middle, tones.bright, 0.55),
            mix(tones.bright, tones.accent, 0.25),
        ]
    )
    x, y = p.aspect / 2 + (0.05 if left else -0.05), 0.53
    for k in range(7, 0, -1):
        p.over(
            mix(mix(tones.middle, tones.bright, 0.5), mix(tones.light, tones.accent, 0.35), 1 - k / 8),
            p.disc(x, y - 0.06, 0.085 * k) * 0.35,
        )
    outline = _smooth(np.array(_PROFILE)) * (-0.5 if left else 0.5, 0.5) + (x, y)
    head = p.polygon(outline)
    p.shade(p.blur(head, 0.12) * 0.45)
    inside = np.clip((p.y - 0.05) / 0.95, 0, 1) * np.ones_like(p.x)
    cloud = p.noise(0.28, 5)
    p.over(
        p.tone(
            np.clip(inside * 0.8 + (cloud - 0.5) * 0.9, 0, 1),
            [tones.dark, tones.deep, mix(tones.dark, tones.middle, 0.5), tones.deep],
        ),
        head,
    )
    p.light(tones.second, head * np.clip(cloud - 0.52, 0, 1) * 1.2 * np.exp(-(((p.y - 0.3) / 0.28) ** 2)))
    p.light(tones.accent, head * np.clip(p.noise(0.2, 5) - 0.55, 0, 1) * 1.3)
    spots = np.stack([chance.uniform(x - 0.3, x + 0.3, 420), chance.uniform(0.08, 0.75, 420)], axis=1)
    covered = (
        head[
            np.clip(spots[:, 1] * p.height, 0, p.height - 1).astype(int),
            np.clip(spots[:, 0] * p.height, 0, p.width - 1).astype(int),
        ]
        > 0.99
    )
    spots = spots[covered].astype(np.float32)
    gap = np.hypot(*(spots[:, None, :] - spots[None, :, :]).transpose(2, 0, 1)) + np.eye(len(spots)) * 9
    near = np.argsort(gap, axis=1)[:, :3]
    web = p.lines([[spots[a], spots[b]] for a in range(len(spots)) for b in near[a] if gap[a, b] < 0.08], 0.0012) * head
    p.light(mix(tones.accent, tones.light, 0.3), web * 0.6)
    p.glow(web, tones.accent, 0.02, 0.7)
    dots = p.empty()
    for px, py in spots:
        at = p.fixed((px, py))
        cv2.circle(
            dots,
            (int(at[0]), int(at[1])),
            int((0.0012 + 0.004 * chance.random() ** 4) * p.height * 16),
            255,
            -1,
            cv2.LINE_AA,
            4,
        )
    p.glow(as_mask(dots), tones.light, 0.012, 1.1)
    p.light(tones.light, as_mask(dots))
    rim = np.clip(head - p.blur(head, 0.014), 0, 1)
    p.light(mix(tones.light, tones.accent, 0.4), rim * 1.1)
    for k in range(3):
        p.over(
            tones.light,
            p.lines([circle(x, y - 0.06, 0.44 + 0.05 * k, 180 + 8 * k, 360 - 8 * k)], 0.0014)
            * (1 - head)
            * (0.5 - 0.12 * k),
        )
    p.bloom(0.66, 0.06, 0.45)
    p.vignette(0.35)


def botanical(p: Painting) -> None:
    """A plant as in an old herbal: branches that grow by one rule, leaves, flowers, on soft ground."""
    tones, chance = p.palette, p.chance
    light = tones.is_light
    ground = mix(tones.light, tones.bright, 0.1) if light else mix(tones.light, tones.bright, 0.3)
    p.ramp([ground, mix(ground, tones.bright, 0.18)])
    p.over(mix(tones.second, ground, 0.3), p.disc(p.aspect * 0.5, 0.42, 0.31) * 0.85)
    stems: list[tuple[list[tuple[float, float]], float]] = []
    leaves: list[tuple[float, float, float, float, float]] = []
    flowers: list[tuple[float, float, float]] = []
    count = max(3, round(p.aspect * 4))
    for k in range(count):
        x = p.aspect * (0.12 + 0.76 * (k + 0.5) / count) + float(chance.normal(0, 0.02))
        side = abs(x / p.aspect - 0.5) * 2
        _grow(
            chance,
            x,
            1.03,
            -90 + float(chance.normal(0, 6)) + (x / p.aspect - 0.5) * 26,
            float(chance.uniform(0.27, 0.34)) * (1.1 - 0.4 * side),
            0,
            stems,
            leaves,
            flowers,
        )
    shades = [
        mix(tones.dark, tones.middle, 0.2),
        tones.dark,
        mix(tones.dark, tones.deep, 0.5),
        mix(tones.middle, tones.dark, 0.35),
    ]
    for path, width in stems:
        p.over(mix(tones.deep, tones.dark, 0.5), p.lines([path], width))
    groups: dict[int, list[np.ndarray]] = {}
    veins: list[list[tuple[float, float]]] = []
    for n, (x, y, angle, length, fat) in enumerate(leaves):
        groups.setdefault(n % len(shades), []).append(_leaf(x, y, angle, length, fat))
        turn = np.radians(angle)
        veins.append([(x, y), (x + np.cos(turn) * length * 0.9, y + np.sin(turn) * length * 0.9)])
    for n, shapes in groups.items():
        p.over(shades[n], p.polygon(*shapes))
    p.over(mix(ground, tones.middle, 0.3), p.lines(veins, 0.0012) * 0.6)
    for x, y, radius in flowers:
        _flower(p, x, y, radius)
    p.pixels *= (0.955 + 0.07 * p.noise(0.004, 2))[..., None]
    p.vignette(0.18)


def _grow(
    chance: np.random.Generator,
    x: float,
    y: float,
    angle: float,
    length: float,
    depth: int,
    stems: list[tuple[list[tuple[float, float]], float]],
    leaves: list[tuple[float, float, float, float, float]],
    flowers: list[tuple[float, float, float]],
) -> None:
    bend = float(chance.normal(0, 14))
    path = [(x, y)]
    for k in range(8):
        turn = np.radians(angle + bend * k / 8)
        x, y = x + float(np.cos(turn)) * length / 8, y + float(np.sin(turn)) * length / 8
        path.append((x, y))
        if depth and k % 2:
            for sign in (-1, 1):
                size = length * float(chance.uniform(0.26, 0.4))
                leaves.append(
                    (
                        x,
                        y,
                        angle + bend * k / 8 + sign * float(chance.uniform(38, 62)),
                        size,
                        float(chance.uniform(0.3, 0.42)),
                    )
                )
    stems.append((path, 0.0068 / (depth + 1) ** 0.8))
    if depth >= 3:
        flowers.append((x, y, length * float(chance.uniform(0.22, 0.34))))
        return
    branches = 2 if depth else 3
    for n in range(branches):
        spread = (n - (branches - 1) / 2) * float(chance.uniform(26, 40))
        _grow(
            chance,
            x,
            y,
            angle + bend + spread,
            length * float(chance.uniform(0.66, 0.82)),
            depth + 1,
            stems,
            leaves,
            flowers,
        )


def _leaf(x: float, y: float, angle: float, length: float, fat: float) -> np.ndarray:
    t = np.linspace(0, 1, 14)
    half = np.sin(np.pi * t**0.8) * length * fat / 2
    turn = np.radians(angle)
    along, across = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    spine = np.array([x, y]) + np.outer(t * length, along)
    return np.concatenate([spine + np.outer(half, across), (spine - np.outer(half, across))[::-1]])


def _flower(p: Painting, x: float, y: float, radius: float) -> None:
    tones, chance = p.palette, p.chance
    colour = tones.accent if chance.random() < 0.65 else tones.second
    first = float(chance.uniform(0, 72))
    petals = 6
    for n in range(petals):
        shape = _leaf(x, y, first + 360 * n / petals, radius * 1.25, 0.62)
        p.over(mix(colour, tones.light, 0.1 + 0.16 * (n % 2)), p.polygon(shape))
    p.over(mix(tones.second, tones.deep, 0.15) if colour is tones.accent else tones.deep, p.disc(x, y, radius * 0.3))


def cosmos(p: Painting) -> None:
    """A nebula, a ringed planet lit from one side, and its moons."""
    tones, chance = p.palette, p.chance
    p.ramp([tones.deep, mix(tones.deep, tones.dark, 0.5), tones.deep])
    warp = p.noise(0.6, 4)
    for colour, cell, cut, strength in (
        (tones.dark, 0.7, 0.3, 1.5),
        (tones.middle, 0.5, 0.45, 1.5),
        (tones.bright, 0.4, 0.56, 1.3),
        (tones.second, 0.35, 0.6, 1.1),
    ):
        cloud = np.clip(p.noise(cell, 6) * 0.65 + warp * 0.35 - cut, 0, 1) * strength
        p.light(colour, cloud.astype(np.float32))
    p.stars(1100)
    side = float(chance.choice([-1, 1]))
    x, y, radius = p.aspect / 2 + side * 0.18 * p.aspect, 0.54, float(chance.uniform(0.22, 0.28))
    tilt, squash = float(chance.uniform(-24, 24)), 0.26
    rings = _rings(p, x, y, radius, tilt, squash)
    turn = np.radians(tilt)
    across = -(p.x - x) * np.sin(turn) + (p.y - y) * np.cos(turn)
    for mask, colour in rings:
        p.over(colour, np.where(across < 0, mask, 0).astype(np.float32))
    _planet(p, x, y, radius, -side, turn, tones.middle)
    for mask, colour in rings:
        p.over(colour, np.where(across >= 0, mask, 0).astype(np.float32))
    for _ in range(2):
        mx, my = p.aspect / 2 - side * float(chance.uniform(0.12, 0.4)) * p.aspect, float(chance.uniform(0.15, 0.45))
        _planet(p, mx, my, float(chance.uniform(0.022, 0.055)), -side, turn, tones.bright)
    p.bloom(0.68, 0.06, 0.5)
    p.vignette(0.45)


def _planet(p: Painting, x: float, y: float, radius: float, sun: float, turn: float, body: np.ndarray) -> None:
    tones = p.palette
    disc = p.disc(x, y, radius)
    u, v = (p.x - x) / radius, (p.y - y) / radius
    depth = np.sqrt(np.clip(1 - u * u - v * v, 0, 1))
    lit = np.clip(sun * u * 0.75 - v * 0.35 + depth * 0.55, 0, 1) ** 0.85
    bands = np.clip(
        0.5
        + 0.36 * np.sin((-u * np.sin(turn) + v * np.cos(turn)) * 9 + p.noise(0.22, 4, stretch=3) * 4.5)
        + (p.noise(0.05, 3, stretch=4) - 0.5) * 0.3,
        0,
        1,
    )
    skin = p.tone(
        bands.astype(np.float32), [mix(tones.dark, body, 0.5), body, tones.accent, mix(tones.accent, tones.light, 0.5)]
    )
    p.light(
        mix(tones.bright, tones.light, 0.3), p.halo(x + sun * radius * 0.25, y - radius * 0.1, radius * 1.55, 2.6) * 0.4
    )
    p.over(skin * lit[..., None] + tones.deep * 0.5 * (1 - lit[..., None]), disc)
    edge = np.clip(1 - depth, 0, 1) ** 3 * np.clip(sun * u * 0.8 - v * 0.3 + 0.25, 0, 1) * disc
    p.light(mix(tones.bright, tones.light, 0.5), edge.astype(np.float32) * 0.9)


def _rings(
    p: Painting, x: float, y: float, radius: float, tilt: float, squash: float
) -> list[tuple[np.ndarray, np.ndarray]]:
    tones, chance = p.palette, p.chance
    found: list[tuple[np.ndarray, np.ndarray]] = []
    r = 1.32
    while r < 2.15:
        width = float(chance.uniform(0.02, 0.09))
        mask = p.empty()
        centre = p.fixed((x, y))
        axes = (int(radius * r * p.height * 16), int(radius * r * squash * p.height * 16))
        cv2.ellipse(
            mask,
            (int(centre[0]), int(centre[1])),
            axes,
            tilt,
            0,
            360,
            255,
            p.stroke(width * radius * 0.55),
            cv2.LINE_AA,
            4,
        )
        found.append(
            (
                as_mask(mask) * float(chance.uniform(0.3, 0.85)),
                mix(tones.accent, tones.light, float(chance.uniform(0, 0.8))),
            )
        )
        r += width + float(chance.uniform(0.0, 0.04))
    return found
