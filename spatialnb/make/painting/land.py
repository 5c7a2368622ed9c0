"""Landscapes: mountains, forest, dunes, sea, northern lights."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from spatialnb.make.painting.brush import Painting
from spatialnb.make.painting.palettes import mix


def _sun(p: Painting, y: float, radius: float) -> float:
    """A low sun with its haze; gives its x."""
    tones = p.palette
    x = float(p.chance.uniform(0.25, 0.75)) * p.aspect
    p.light(mix(tones.accent, tones.light, 0.3), p.halo(x, y, 0.75, 1.1) * 0.6)
    p.over(mix(tones.light, tones.accent, 0.15), p.disc(x, y, radius))
    return x


def _sky(p: Painting, line: float) -> None:
    tones = p.palette
    p.ramp(
        [
            mix(tones.middle, tones.dark, 0.25),
            mix(tones.middle, tones.bright, 0.6),
            mix(tones.bright, tones.light, 0.45),
            tones.light,
        ],
        [0, 0.3, 0.55, line],
    )
    clouds = p.noise(0.3, 5, stretch=4.0)
    p.over(tones.light, (np.clip(clouds - 0.55, 0, 1) * 1.3 * (1 - p.y)).astype(np.float32))


def mountains(p: Painting) -> None:
    """Ridges that fade into the distance, mist in the valleys, a lake in front."""
    tones = p.palette
    lake = 0.8
    _sky(p, 0.62)
    x = _sun(p, 0.3, 0.065)
    count = 6
    for k in range(count):
        near = k / (count - 1)
        base = 0.48 + 0.3 * near
        ridge = p.ridge(0.52 + 0.06 * near, 0.75 - 0.3 * near, 8)
        heights = base - (0.27 - 0.13 * near) * ridge
        mask = p.below(heights)
        colour = mix(mix(tones.bright, tones.light, 0.35), mix(tones.dark, tones.deep, 0.4), near**0.8)
        p.over(colour, mask)
        if k < 3:
            # Light on the slopes that turn to the sun, from the slope of the ridge carried down the mountain.
            slope = np.gradient(cv2.GaussianBlur(ridge[None, :], (0, 0), 2.5 * p.height / 720)[0]) * p.width
            facing = np.clip(slope * np.sign(p.x[0] - x) * -0.12, 0, 1)
            depth = np.clip(1 - (p.y - heights[None, :]) / 0.14, 0, 1) * mask
            rock = np.clip(p.noise(0.03, 3, stretch=0.6) * 1.7 - 0.4, 0, 1)
            p.over(
                mix(tones.light, tones.accent, 0.3),
                (facing[None, :] * depth * rock * (0.55 - 0.12 * k)).astype(np.float32),
            )
        mist = np.exp(-(((p.y - base - 0.05) / 0.06) ** 2)) * p.noise(0.4, 3, stretch=4)
        p.over(mix(tones.light, tones.bright, 0.3), (mist * (0.65 - 0.45 * near)).astype(np.float32))
    _pines(p, lake + 0.004, 0.045, 0.075, mix(tones.deep, tones.dark, 0.25))
    _water(p, lake, 0.85)
    _pines(p, 1.04, 0.11, 0.34, tones.deep, only_sides=True)
    p.vignette(0.3)


def _pines(
    p: Painting, base: float, low: float, high: float, colour: NDArray[np.float32], only_sides: bool = False
) -> None:
    """A row of pines standing on `base`."""
    chance, shapes = p.chance, []
    x = -0.05
    while x < p.aspect + 0.05:
        tall = float(chance.uniform(low, high))
        side = abs(x / p.aspect - 0.5) * 2
        if not only_sides or side > 0.62 + 0.25 * chance.random():
            shapes.append(_pine(x, base, tall * (0.6 + 0.5 * side if only_sides else 1), chance))
        x += tall * float(chance.uniform(0.16, 0.36))
    p.over(colour, p.polygon(*shapes))


def _pine(x: float, base: float, tall: float, chance: np.random.Generator) -> list[tuple[float, float]]:
    tiers = max(7, int(tall * 60))
    left: list[tuple[float, float]] = []
    right: list[tuple[float, float]] = []
    for k in range(tiers):
        share = (k + 1) / tiers
        y = base - tall * (1 - share)
        wide = tall * 0.2 * share**0.85
        for side, sign in ((left, -1), (right, 1)):
            jitter = float(chance.uniform(0.75, 1.2))
            side.append((x + sign * wide * jitter, y))
            side.append((x + sign * wide * 0.42 * jitter, y - tall / tiers * 0.15))
    return [(x, base - tall), *right, (x + 0.006 * tall, base), (x - 0.006 * tall, base), *reversed(left)]


def _water(p: Painting, line: float, clarity: float) -> None:
    """Still water from `line` down: what is above, mirrored, in ripples that widen towards the shore."""
    edge = int(line * p.height)
    depth = p.height - edge
    mirrored = p.pixels[max(0, edge - depth * 2) : edge][::-1]
    mirrored = cv2.resize(mirrored, (p.width, depth), interpolation=cv2.INTER_AREA)
    rows = np.arange(depth, dtype=np.float32)[:, None] / depth
    ripple = p.noise(0.02, 3, stretch=6)[edge:] - 0.5
    columns = np.arange(p.width, dtype=np.float32)[None, :] + ripple * rows * 30 * (p.height / 720)
    lines = (rows + ripple * rows * 0.3) * depth
    wavy = cv2.remap(
        mirrored, columns.astype(np.float32), lines.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    tint = mix(p.palette.dark, p.palette.middle, 0.4)
    p.pixels[edge:] = wavy * clarity + tint * (1 - clarity)
    shine = np.clip(p.noise(0.012, 2, stretch=14)[edge:] - 0.62, 0, 1) * 1.6
    p.pixels[edge:] += (p.palette.light - p.pixels[edge:]) * (shine * 0.5)[..., None]


def forest(p: Painting) -> None:
    """Tall trunks in morning light, one row behind another, with beams and ferns."""
    tones, chance = p.palette, p.chance
    p.ramp(
        [
            mix(tones.bright, tones.light, 0.55),
            mix(tones.bright, tones.light, 0.8),
            mix(tones.middle, tones.bright, 0.6),
        ],
        [0, 0.5, 1],
    )
    sun = float(chance.uniform(0.3, 0.7)) * p.aspect
    p.light(mix(tones.light, tones.accent, 0.35), p.halo(sun, 0.25, 0.8, 1.2) * 0.8)
    layers = 6
    for layer in range(layers):
        near = layer / (layers - 1)
        colour = mix(mix(tones.bright, tones.light, 0.25), mix(tones.deep, tones.dark, 0.35), near**0.75)
        ground = 0.68 + 0.24 * near - 0.05 * p.ridge(0.5, 0.7, 5)
        shapes: list[list[tuple[float, float]]] = []
        x = float(chance.uniform(-0.1, 0.05))
        while x < p.aspect + 0.1:
            wide = (0.006 + 0.026 * near**1.4) * float(chance.uniform(0.7, 1.35))
            lean = float(chance.normal(0, 0.012))
            shapes.append(
                [
                    (x - wide * 0.32 + lean, -0.02),
                    (x + wide * 0.32 + lean, -0.02),
                    (x + wide * 0.55, 0.75),
                    (x + wide, 1.02),
                    (x - wide, 1.02),
                    (x - wide * 0.55, 0.75),
                ]
            )
            for _ in range(3 if near < 0.95 else 1):
                y = float(chance.uniform(0.02, 0.5))
                reach = float(chance.uniform(0.03, 0.1)) * float(chance.choice([-1, 1])) * (0.6 + near)
                shapes.append(
                    [(x + lean * (1 - y), y), (x + reach, y - abs(reach) * 0.55), (x + lean * (1 - y), y + wide * 0.35)]
                )
            x += float(chance.uniform(0.05, 0.13)) * (0.8 + 1.3 * near)
        p.over(colour, p.polygon(*shapes))
        crown = np.clip(p.noise(0.13 + 0.05 * near, 5) * 1.6 - 0.25 - p.y * (2.4 - 0.5 * near), 0, 1) * 2.2
        p.over(mix(colour, tones.middle, 0.45), np.minimum(crown, 1).astype(np.float32) * 0.9)
        p.over(mix(colour, tones.middle, 0.5), p.below(ground))
        if near < 0.9:
            fog = np.exp(-(((p.y - 0.62 - 0.2 * near) / 0.16) ** 2)) * p.noise(0.5, 3, stretch=3)
            p.over(mix(tones.light, tones.accent, 0.12), (fog * 0.4 * (1 - near)).astype(np.float32))
        if layer in (2, 4):
            _beams(p, sun, 0.4)
    ferns = [
        _fern(float(chance.uniform(0, p.aspect)), 1.03, float(chance.uniform(0.09, 0.22)), chance) for _ in range(70)
    ]
    p.over(mix(tones.deep, tones.dark, 0.3), p.lines([leaf for fern in ferns for leaf in fern], 0.003))
    p.bloom(0.7, 0.1, 0.5)
    p.vignette(0.4)


def _beams(p: Painting, sun: float, strength: float) -> None:
    chance, shapes = p.chance, []
    for _ in range(9):
        angle = float(chance.uniform(-0.75, 0.75))
        wide = float(chance.uniform(0.015, 0.07))
        end = sun + np.tan(angle) * 1.2
        shapes.append([(sun + angle * 0.1, -0.1), (end - wide, 1.1), (end + wide, 1.1)])
    beams = p.blur(p.polygon(*shapes), 0.03) * (1 - p.y) ** 0.7
    p.light(mix(p.palette.light, p.palette.accent, 0.4), (beams * strength).astype(np.float32))


def _fern(x: float, y: float, tall: float, chance: np.random.Generator) -> list[list[tuple[float, float]]]:
    lean = float(chance.normal(0, 0.5))
    stem = [(x + lean * tall * t * t, y - tall * t * (1 - 0.25 * t * abs(lean))) for t in np.linspace(0, 1, 14)]
    leaves = [stem]
    for k in range(2, 13):
        length = tall * 0.3 * (1 - k / 14)
        for sign in (-1, 1):
            leaves.append([stem[k], (stem[k][0] + sign * length, stem[k][1] - length * 0.45)])
    return leaves


def dunes(p: Painting) -> None:
    """Sand in long lines, each dune lit on one side, under a clear sky."""
    tones, chance = p.palette, p.chance
    p.ramp([mix(tones.accent, tones.dark, 0.15), mix(tones.accent, tones.light, 0.55), tones.light], [0, 0.32, 0.52])
    x = _sun(p, 0.26, 0.06)
    count = 7
    for k in range(count):
        near = k / (count - 1)
        base = 0.44 + 0.5 * near**1.25
        wave = cv2.GaussianBlur(p.ridge(0.3, 0.95 - 0.1 * near, 3)[None, :], (0, 0), 14 * p.height / 720)[0]
        heights = base - (0.08 + 0.2 * near) * wave
        mask = p.below(heights)
        slope = np.gradient(heights) * p.height / 1.0
        lit = 1 / (1 + np.exp(-(slope if x < p.aspect / 2 else -slope) * 7))
        depth = np.clip((p.y - heights[None, :]) / (0.1 + 0.22 * near), 0, 1)
        sunny = mix(mix(tones.bright, tones.light, 0.5 - 0.3 * near), tones.middle, 0.25 * near)
        shadow = mix(tones.middle, mix(tones.dark, tones.deep, 0.3), 0.25 + 0.55 * near)
        share = np.clip(lit[None, :] * (1 - 0.35 * depth) + 0.1 * depth, 0, 1)
        sand = p.tone(share.astype(np.float32), [shadow, mix(shadow, sunny, 0.6), sunny])
        ripples = np.sin((p.y * 220 - heights[None, :] * 130 + np.sin(p.x * 7 + k) * 1.5) * (1.7 - near)) * 0.016 * near
        p.over(sand + ripples[..., None].astype(np.float32), mask)
        haze = np.exp(-np.abs(p.y - base) / 0.05) * (1 - near) * 0.35
        p.over(tones.light, (haze * np.ones_like(p.x)).astype(np.float32) * mask)
    if chance.random() < 0.8:
        _caravan(p)
    p.vignette(0.25)


def _caravan(p: Painting) -> None:
    """Small birds far away, for scale."""
    chance, birds = p.chance, []
    x, y = float(chance.uniform(0.2, 0.7)) * p.aspect, float(chance.uniform(0.12, 0.22))
    for k in range(7):
        bx, by, s = x + k * 0.028 + float(chance.normal(0, 0.008)), y + abs(k - 3) * 0.011, 0.011
        birds.append(
            [
                (bx - s, by - s * 0.45),
                (bx - s * 0.4, by - s * 0.55),
                (bx, by),
                (bx + s * 0.4, by - s * 0.55),
                (bx + s, by - s * 0.45),
            ]
        )
    p.over(mix(p.palette.deep, p.palette.dark, 0.3), p.lines(birds, 0.0022) * 0.85)


def sea(p: Painting) -> None:
    """Swell rolling in under a low sun, with its glittering road on the water."""
    tones, chance = p.palette, p.chance
    line = 0.46
    _sky(p, line)
    x = _sun(p, line - 0.09, 0.075)
    water = p.below(np.full(p.width, line))
    depth = np.clip((p.y - line) / (1 - line), 0, 1)
    p.over(
        p.tone(
            depth * np.ones_like(p.x), [mix(tones.bright, tones.light, 0.25), tones.bright, tones.middle, tones.dark]
        ),
        water,
    )
    count = 9
    for k in range(count):
        near = k / (count - 1)
        base = line + 0.03 + (1 - line) * near**1.5 * 0.95
        phase = chance.uniform(0, 6.28, 3)
        length = 0.22 + 0.75 * near
        swell = sum(np.sin(p.x[0] / length * (3.1 * (j + 1)) + phase[j]) / (j + 1.3) for j in range(3))
        heights = base - (0.006 + 0.045 * near) * swell
        mask = p.below(heights)
        inner = np.clip((p.y - heights[None, :]) / (0.05 + 0.12 * near), 0, 1)
        colours = [
            mix(tones.bright, tones.light, 0.25 - 0.2 * near),
            mix(tones.bright, tones.middle, 0.35 + 0.3 * near),
            mix(tones.middle, tones.dark, 0.2 + 0.6 * near),
            mix(tones.dark, tones.deep, 0.6 * near),
        ]
        shaped = np.clip(inner + (p.noise(0.06, 3, stretch=4) - 0.5) * 0.25, 0, 1).astype(np.float32)
        p.over(p.tone(shaped, colours), mask * (0.45 + 0.5 * near))
        crest = mask - p.below(heights + 0.004 + 0.01 * near)
        foam = np.clip(p.noise(0.02 + 0.02 * near, 3, stretch=2.5) * 2.1 - 0.75, 0, 1)
        p.over(tones.light, np.clip(crest * foam * (0.5 + 0.5 * near), 0, 1))
        spray = np.clip(p.noise(0.015, 2, stretch=2) - 0.62, 0, 1) * np.exp(
            -np.abs(p.y - heights[None, :] - 0.02) / (0.01 + 0.02 * near)
        )
        p.over(tones.light, np.clip(spray * 1.8 * near, 0, 0.8).astype(np.float32))
    glitter = np.clip(p.noise(0.011, 2, stretch=5) - 0.5, 0, 1) * 4
    road = np.exp(-(((p.x - x) / (0.05 + 0.32 * depth)) ** 2)) * (1 - 0.55 * depth)
    p.light(mix(tones.light, tones.accent, 0.35), np.minimum(glitter * road * water, 1).astype(np.float32))
    p.bloom(0.7, 0.07, 0.5)
    p.vignette(0.3)


def aurora(p: Painting) -> None:
    """Curtains of light over snow hills and a still lake."""
    tones = p.palette
    p.ramp([tones.deep, tones.deep, tones.dark, mix(tones.dark, tones.middle, 0.7)], [0, 0.2, 0.55, 0.75])
    p.stars(700, 0.7)
    for colour, low, strength in ((tones.bright, 0.56, 1.0), (tones.accent, 0.46, 0.75), (tones.second, 0.4, 0.5)):
        wander = cv2.GaussianBlur(p.ridge(0.5, 0.6, 4)[None, :], (0, 0), 12 * p.height / 720)[0]
        foot = low - 0.24 * wander
        tall = 0.16 + 0.3 * cv2.GaussianBlur(p.ridge(0.6, 0.3, 5)[None, :], (0, 0), 5 * p.height / 720)[0]
        rays = 0.45 + 0.55 * cv2.GaussianBlur(p.ridge(0.75, 0.08, 6)[None, :], (0, 0), 1.6 * p.height / 720)[0]
        fade = 0.25 + 0.75 * cv2.GaussianBlur(p.ridge(0.5, 0.9, 3)[None, :], (0, 0), 30 * p.height / 720)[0]
        rise = (foot[None, :] - p.y) / tall[None, :]
        curtain = np.where(rise > 0, np.exp(-rise * 2.1), np.exp(rise * 14)) * (rays * fade)[None, :]
        p.light(colour, (p.blur(curtain.astype(np.float32), 0.006) * strength).astype(np.float32))
        p.glow(curtain.astype(np.float32), colour, 0.2, strength * 0.4)
    for k, (base, high) in enumerate(((0.72, 0.17), (0.77, 0.11), (0.8, 0.06))):
        ridge = p.ridge(0.55, 0.5, 8)
        mask = p.below(base - high * ridge)
        p.over(mix(tones.middle, tones.deep, 0.45 + 0.22 * k), mask)
        edge = np.clip(mask - p.below(base - high * ridge + 0.012), 0, 1) * p.noise(0.03, 3)
        p.over(mix(tones.light, tones.bright, 0.4), edge * (0.4 - 0.1 * k))
    _pines(p, 0.81, 0.03, 0.065, tones.deep)
    _water(p, 0.805, 0.8)
    p.bloom(0.55, 0.08, 0.5)
    p.vignette(0.4)
