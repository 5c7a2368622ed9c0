"""Cities: a skyline in rain and neon, and a road to a striped sun."""

from __future__ import annotations

import cv2
import numpy as np

from spatialnb.make.painting.brush import Mask, Painting, as_mask, circle
from spatialnb.make.painting.palettes import mix


def skyline(p: Painting) -> None:
    """Towers in fog, lit windows, signs, rain, and all of it again in the wet street."""
    tones, chance = p.palette, p.chance
    ground = 0.76
    p.ramp([tones.deep, tones.dark, tones.middle, mix(tones.middle, tones.bright, 0.75)], [0, 0.3, 0.62, ground])
    clouds = p.noise(0.35, 5, stretch=2.5)
    p.light(mix(tones.middle, tones.bright, 0.4), np.clip(clouds - 0.5, 0, 1) * (1 - p.y) * 0.9)
    moon = (float(chance.uniform(0.25, 0.75)) * p.aspect, float(chance.uniform(0.24, 0.36)))
    radius = float(chance.uniform(0.1, 0.15))
    p.light(tones.bright, p.halo(*moon, 0.62, 1.1) * 0.7)
    p.over(mix(tones.light, tones.bright, 0.35), p.disc(*moon, radius) * 0.92)
    p.over(mix(tones.bright, tones.middle, 0.3), p.disc(*moon, radius) * np.clip(p.noise(0.09, 3) - 0.45, 0, 1) * 0.7)

    layers = 4
    for layer in range(layers):
        near = layer / (layers - 1)
        _towers(p, near, ground)
        if layer < layers - 1:
            fog = p.blur(p.below(np.full(p.width, ground - 0.16 - 0.05 * near)), 0.28) * p.noise(0.5, 3, stretch=3)
            p.over(mix(tones.middle, tones.bright, 0.62 - 0.35 * near), fog * (0.85 - 0.3 * near))
    _street(p, ground)
    _rain(p)
    p.bloom(0.62, 0.07, 0.75)
    p.vignette(0.35)


def _towers(p: Painting, near: float, ground: float) -> None:
    tones, chance = p.palette, p.chance
    body = mix(mix(tones.middle, tones.dark, 0.3), tones.deep, 0.2 + 0.66 * near)
    x = -0.05
    solid = p.empty()
    windows, signs = p.empty(), [p.empty(), p.empty()]
    unit = 0.0065 + 0.0065 * near
    height_px = p.height
    while x < p.aspect + 0.05:
        wide = float(chance.uniform(0.05, 0.1)) * (0.75 + 0.95 * near)
        middle = 1 - abs((x + wide / 2) / p.aspect - 0.5) * 1.3
        tall = float(chance.uniform(0.12, 0.46)) * (1.12 - 0.42 * near) * (0.72 + 0.5 * middle)
        top = ground - tall
        _block(solid, x, top, x + wide, 1.0, height_px, 255)
        for _ in range(int(chance.integers(0, 3))):
            inset = wide * float(chance.uniform(0.12, 0.36))
            step = float(chance.uniform(0.012, 0.05))
            _block(solid, x + inset, top - step, x + wide - inset, top, height_px, 255)
            if chance.random() < 0.5:
                mast = x + wide / 2
                _block(
                    solid,
                    mast - 0.0012,
                    top - step - float(chance.uniform(0.03, 0.09)),
                    mast + 0.0012,
                    top,
                    height_px,
                    255,
                )
                break
        columns, rows = int(wide / (unit * 1.9)), int(tall / (unit * 2.3))
        style = chance.random()
        lit = chance.random((rows, columns)) < (0.24 + 0.3 * chance.random())
        if style < 0.3:
            lit &= chance.random((rows, 1)) < 0.55
        elif style < 0.5:
            lit &= chance.random((1, columns)) < 0.45
        for row, column in zip(*np.nonzero(lit), strict=True):
            left = x + unit * 0.9 + column * unit * 1.9
            above = top + unit * 1.6 + row * unit * 2.3
            if left + unit < x + wide and above + unit < ground:
                _block(
                    windows,
                    left,
                    above,
                    left + unit,
                    above + unit * (1.1 if style < 0.7 else 0.5),
                    height_px,
                    int(chance.integers(70, 255)),
                )
        if near > 0.3 and chance.random() < 0.6:
            _sign(p, signs[int(chance.integers(0, 2))], x, top, wide, tall)
        x += wide + float(chance.uniform(-0.01, 0.02)) * (1 - 0.3 * near)
    mask = as_mask(solid)
    shading = 0.75 + 0.25 * p.noise(0.04, 2)
    p.over(body * shading[..., None], mask)
    glow = as_mask(windows)
    warm = mix(tones.accent, tones.light, 0.45) if near > 0.5 else mix(tones.bright, tones.light, 0.4)
    p.light(warm, glow * (0.35 + 0.6 * near))
    p.glow(glow, tones.bright, 0.014, 0.7)
    for sign, colour in zip(signs, (tones.accent, tones.second), strict=True):
        drawn = as_mask(sign)
        p.glow(drawn, colour, 0.11, 2.6)
        p.glow(drawn, colour, 0.016, 0.9)
        p.over(mix(colour, tones.light, 0.35), drawn)


def _sign(p: Painting, target: cv2.typing.MatLike, x: float, top: float, wide: float, tall: float) -> None:
    """A neon sign: a frame of light down the side of a tower, with strokes in it like letters of an unknown script."""
    chance = p.chance
    w = wide * float(chance.uniform(0.2, 0.34))
    h = min(tall * 0.6, float(chance.uniform(0.08, 0.22)))
    left = x + (wide - w) * float(chance.choice([0.06, 0.94]))
    above = top + float(chance.uniform(0.02, 0.1))
    thin = p.stroke(0.0022)

    def line(points: list[tuple[float, float]], closed: bool = False) -> None:
        cv2.polylines(target, [p.fixed(points)], closed, 255, thin, cv2.LINE_AA, 4)

    line([(left, above), (left + w, above), (left + w, above + h), (left, above + h)], closed=True)
    letters = max(2, int(h / (w * 1.05)))
    cell = h / letters
    for k in range(letters):
        cx, cy, r = left + w / 2, above + cell * (k + 0.5), min(w, cell) * 0.27
        for _ in range(int(chance.integers(2, 4))):
            a, b = chance.integers(-1, 2, 2), chance.integers(-1, 2, 2)
            if (a != b).any():
                line([(cx + r * int(a[0]), cy + r * int(a[1])), (cx + r * int(b[0]), cy + r * int(b[1]))])


def _street(p: Painting, ground: float) -> None:
    """The picture above, mirrored and rippled."""
    edge = int(ground * p.height)
    depth = p.height - edge
    above = p.pixels[max(0, edge - int(depth * 2.4)) : edge][::-1]
    mirrored = cv2.resize(above, (p.width, depth), interpolation=cv2.INTER_AREA)
    rows = np.arange(depth, dtype=np.float32)[:, None]
    ripple = cv2.resize(
        p.chance.standard_normal((max(4, depth // 3), 48), dtype=np.float32),
        (p.width, depth),
        interpolation=cv2.INTER_CUBIC,
    )
    shift = ripple * (1.5 + rows / depth * 9) * (p.height / 720)
    columns = np.arange(p.width, dtype=np.float32)[None, :] + shift
    lines = np.broadcast_to(rows, columns.shape).astype(np.float32) + shift * 0.4
    wavy = cv2.remap(mirrored, columns.astype(np.float32), lines, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    wavy = cv2.blur(wavy, (1, max(3, int(p.height * 0.02))))
    fade = (1.15 - 0.5 * rows / depth)[..., None]
    p.pixels[edge:] = wavy * fade + p.palette.deep * (1 - fade) * 0.7
    p.light(p.palette.bright, p.blur(p.lines([[(0, ground), (p.aspect, ground)]], 0.003), 0.03) * 0.7)


def _rain(p: Painting) -> None:
    chance = p.chance
    for length, width, strength, count in (
        (0.035, 0.0008, 0.13, 650),
        (0.075, 0.0014, 0.17, 220),
        (0.16, 0.0022, 0.1, 40),
    ):
        x = chance.uniform(-0.1, p.aspect + 0.1, count)
        y = chance.uniform(-0.1, 1.0, count)
        fall = chance.uniform(0.6, 1.2, count) * length
        paths = [[(a, b), (a - f * 0.16, b + f)] for a, b, f in zip(x, y, fall, strict=True)]
        p.light(mix(p.palette.light, p.palette.accent, 0.25), p.lines(paths, width) * strength)


def _block(target: cv2.typing.MatLike, x0: float, y0: float, x1: float, y1: float, height: int, value: int) -> None:
    target[
        max(0, round(y0 * height)) : max(0, round(y1 * height)),
        max(0, round(x0 * height)) : max(0, max(round(x1 * height), round(x0 * height) + 1)),
    ] = value


def horizon(p: Painting) -> None:
    """A sun in stripes over a grid that runs to the horizon, between dark hills."""
    tones, chance = p.palette, p.chance
    line = 0.6
    p.ramp([tones.deep, tones.dark, tones.middle, tones.bright], [0, 0.28, 0.5, line])
    p.stars(420, line * 0.75)
    x, y, radius = p.aspect / 2, line - 0.17, 0.27
    p.light(tones.second, p.halo(x, y, 0.7, 1.3) * 0.55)
    sun = p.disc(x, y, radius)
    for k in range(8):
        share = k / 8
        top = y + radius * (-0.1 + 1.1 * share)
        sun *= 1 - (p.below(np.full(p.width, top)) - p.below(np.full(p.width, top + 0.004 + 0.02 * share)))
    height = np.clip((p.y - (y - radius)) / (2 * radius), 0, 1) * np.ones_like(p.x)
    p.over(
        p.tone(
            height,
            [
                tones.light,
                tones.accent if p.palette.accent[0] > 0.6 else mix(tones.bright, tones.light, 0.3),
                tones.second,
            ],
        ),
        sun,
    )
    for side in (-1, 1):
        ridge = p.ridge(0.5, 0.35, 6)
        away = np.abs(p.x[0] / p.aspect - 0.5) * 2
        on_side = np.sign(p.x[0] / p.aspect - 0.5) == side
        rise = np.where(on_side, np.clip(away - 0.32, 0, 1), 0) * (0.12 + 0.34 * ridge)
        hill = p.below(line - rise) * (1 - p.below(np.full(p.width, line)))
        p.over(mix(tones.deep, tones.dark, 0.5), hill)
        p.glow(np.clip(hill - p.below(line - rise + 0.004), 0, 1), tones.accent, 0.012, 1.6)
    floor = p.below(np.full(p.width, line))
    p.over(mix(tones.deep, tones.dark, 0.35), floor)
    p.light(tones.second, floor * np.exp(-np.abs(p.y - line) * 9) * 0.5)
    spread = [[(x + k * 0.028, line), (x + k * 0.42, 1.02)] for k in range(-40, 41)]
    offset = float(chance.random())
    across = [
        [(0, line + 0.42 / (k + offset + 0.35)), (p.aspect, line + 0.42 / (k + offset + 0.35))] for k in range(1, 28)
    ]
    grid = p.lines([*spread, *across], 0.0024) * floor * np.clip((p.y - line) * 9, 0.06, 1)
    p.glow(grid, tones.accent, 0.018, 1.6)
    p.light(mix(tones.accent, tones.light, 0.25), grid)
    p.light(tones.light, np.exp(-(((p.y - line) / 0.003) ** 2)) * np.ones_like(p.x) * 0.8)
    p.bloom(0.6, 0.06, 0.6)
    p.vignette(0.4)


def circuit(p: Painting) -> None:
    """Copper paths that turn at right angles around a glowing chip."""
    tones, chance = p.palette, p.chance
    p.ramp([mix(tones.deep, tones.dark, 0.6), tones.deep])
    p.light(tones.dark, p.noise(0.5, 3) * 0.5)
    x, y, half = p.aspect / 2, 0.5, 0.15
    paths: list[list[tuple[float, float]]] = []
    ends: list[tuple[float, float]] = []
    for k in range(120):
        side, offset = k % 4, float(chance.uniform(-half, half) * 0.92)
        out, wander = float(chance.uniform(0.06, 0.55)), float(chance.uniform(-0.5, 0.5))
        a = [(half, offset), (half + out, offset), (half + out + abs(wander) * 0.5, offset + wander * 0.5)]
        a.append((a[-1][0] + float(chance.uniform(0.03, 0.6)), a[-1][1]))
        turned = {0: a, 1: [(-u, v) for u, v in a], 2: [(v, u) for u, v in a], 3: [(v, -u) for u, v in a]}[side]
        path = [(x + u, y + v) for u, v in turned]
        paths.append(path)
        ends.append(path[-1])
    split = len(paths) // 5
    for some, colour, glow in ((paths[split:], tones.middle, 0.25), (paths[:split], tones.accent, 1.6)):
        drawn = p.lines(some, 0.0034)
        p.glow(drawn, colour, 0.03, glow)
        p.over(mix(colour, tones.light, 0.15), drawn * 0.9)
    for k, (ex, ey) in enumerate(ends):
        p.over(tones.accent if k < split else tones.bright, p.lines([circle(ex, ey, 0.008, count=24)], 0.0035))
    chip = p.polygon([(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)])
    p.glow(chip, tones.second, 0.5, 0.7)
    p.over(mix(tones.deep, tones.dark, 0.4), chip)
    core: Mask = np.zeros_like(chip)
    for k in range(5):
        core = np.maximum(
            core, p.lines([circle(x, y, half * (0.16 + 0.16 * k), 30 * k, 30 * k + 290)], 0.004) * (1 - 0.13 * k)
        )
    p.glow(core, tones.accent, 0.06, 2.0)
    p.light(mix(tones.accent, tones.light, 0.5), core)
    p.bloom(0.6, 0.06, 0.5)
    p.vignette(0.5)
