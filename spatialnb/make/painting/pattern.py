"""Pictures without a place: flow fields, networks of light, posters of plain shapes."""

from __future__ import annotations

import cv2
import numpy as np

from spatialnb.make.painting.brush import Painting, circle
from spatialnb.make.painting.palettes import mix


def flow(p: Painting) -> None:
    """Thousands of fine strokes that follow one invisible current."""
    tones, chance = p.palette, p.chance
    light = tones.is_light
    ground = (
        [tones.light, mix(tones.light, tones.bright, 0.5)] if light else [tones.deep, mix(tones.deep, tones.dark, 0.8)]
    )
    p.ramp(ground)
    size = 256
    scale = p.height / size
    columns = int(size * p.aspect)
    field = np.zeros((size, columns), np.float32)
    for cell, weight in ((3, 1.0), (6, 0.45), (12, 0.16)):
        grid = chance.random((cell + 2, int(cell * p.aspect) + 2), dtype=np.float32)
        field += cv2.resize(grid, (columns, size), interpolation=cv2.INTER_CUBIC) * np.float32(weight)
    # Running along the contour lines of a height field (its curl) keeps the strokes from piling up anywhere.
    dy, dx = np.gradient(field)
    norm = np.hypot(dx, dy) + 1e-5
    u, v = -dy / norm, dx / norm
    swirl = float(chance.uniform(-0.5, 0.5))
    count, steps = 2600, 60
    x, y = chance.uniform(0, columns, count), chance.uniform(0, size, count)
    trail = np.empty((steps, count, 2), np.float32)
    for k in range(steps):
        trail[k, :, 0], trail[k, :, 1] = x, y
        i, j = np.clip(y, 0, size - 1).astype(int), np.clip(x, 0, columns - 1).astype(int)
        a, b = u[i, j], v[i, j]
        x, y = x + (a - swirl * b) * 1.5, y + (b + swirl * a) * 1.5
    height = field[
        np.clip(trail[0, :, 1], 0, size - 1).astype(int), np.clip(trail[0, :, 0], 0, columns - 1).astype(int)
    ]
    rank = np.argsort(np.argsort(height + chance.normal(0, 0.12, count)))
    bands = (
        [tones.dark, tones.middle, tones.second, tones.bright, tones.accent, tones.light]
        if not light
        else [tones.deep, tones.dark, tones.accent, tones.second, tones.middle]
    )
    which = (rank * len(bands)) // count
    canvas = (np.clip(p.pixels, 0, 1) * 255).astype(np.uint8)
    order = chance.permutation(count)
    fixed = np.round(trail * scale * 16).astype(np.int32)
    lengths = chance.integers(steps // 3, steps, count)
    widths = chance.choice([1, 1, 2, 2, 3, 5], count)
    for n in order:
        colour = np.clip(bands[which[n]] * (0.82 + 0.36 * chance.random()), 0, 1) * 255
        width = max(1, round(float(widths[n]) * p.height / 720))
        cv2.polylines(
            canvas, [np.ascontiguousarray(fixed[: lengths[n], n])], False, colour.tolist(), width, cv2.LINE_AA, 4
        )
    p.pixels = canvas.astype(np.float32) / 255
    if not light:
        p.bloom(0.6, 0.05, 0.45)
    p.vignette(0.25 if light else 0.5)


def network(p: Painting) -> None:
    """Points of light joined to their neighbours: a brain of two halves, thinking."""
    tones, chance = p.palette, p.chance
    p.ramp([tones.deep, mix(tones.deep, tones.dark, 0.9), tones.deep])
    x, y = p.aspect / 2, 0.5
    p.light(tones.dark, p.halo(x, y, 0.85, 1.4) * 0.9)
    p.light(mix(tones.middle, tones.second, 0.3), p.halo(x, y, 0.45, 1.4) * 0.35 * (0.5 + p.noise(0.3, 4)))
    points = _brain(chance, 620) * (0.4, 0.36) + (x, y - 0.02)
    strays = np.stack([chance.uniform(0, p.aspect, 130), chance.uniform(0, 1, 130)], axis=1)
    every = np.concatenate([points, strays]).astype(np.float32)
    gap = np.hypot(*(every[:, None, :] - every[None, :, :]).transpose(2, 0, 1))
    np.fill_diagonal(gap, 9)
    near = np.argsort(gap, axis=1)[:, :4]
    inside = [(a, int(b)) for a in range(len(points)) for b in near[a] if gap[a, b] < 0.075]
    outside = [(a, int(b)) for a in range(len(points), len(every)) for b in near[a, :2] if gap[a, b] < 0.22]
    p.light(tones.middle, p.lines([[every[a], every[b]] for a, b in outside], 0.001) * 0.5)
    thoughts = set(chance.choice(len(inside), len(inside) // 9, replace=False).tolist())
    calm = p.lines([[every[a], every[b]] for k, (a, b) in enumerate(inside) if k not in thoughts], 0.0012)
    p.light(mix(tones.bright, tones.accent, 0.4), calm * 0.55)
    p.glow(calm, tones.bright, 0.02, 0.5)
    for colour, half in ((tones.accent, 0), (tones.second, 1)):
        live = p.lines(
            [[every[inside[k][0]], every[inside[k][1]]] for k in thoughts if (every[inside[k][0]][0] > x) == bool(half)]
            or [[(-1, -1), (-1, -1)]],
            0.0024,
        )
        p.glow(live, colour, 0.03, 1.8)
        p.light(mix(colour, tones.light, 0.4), live)
    dots, cores = p.empty(), p.empty()
    sizes = 0.0015 + 0.0065 * chance.random(len(every)) ** 4
    for (px, py), size in zip(every, sizes, strict=True):
        at = p.fixed((px, py))
        cv2.circle(dots, (int(at[0]), int(at[1])), max(8, int(size * p.height * 16)), 255, -1, cv2.LINE_AA, 4)
        if size > 0.0045:
            cv2.circle(cores, (int(at[0]), int(at[1])), max(8, int(size * p.height * 16)), 255, -1, cv2.LINE_AA, 4)
    light = dots.astype(np.float32) / 255
    p.glow(cores.astype(np.float32) / 255, tones.accent, 0.06, 2.2)
    p.glow(light, tones.bright, 0.014, 1.0)
    p.light(tones.light, light * 0.95)
    p.stars(160)
    p.bloom(0.6, 0.07, 0.5)
    p.vignette(0.5)


def _brain(chance: np.random.Generator, count: int) -> np.ndarray:
    """Points in the outline of a brain seen from the side, denser along its folds."""
    found: list[tuple[float, float]] = []
    while len(found) < count:
        x, y = float(chance.uniform(-1, 1)), float(chance.uniform(-1, 1))
        dome = (x / 1.0) ** 2 + ((y + 0.08) / (0.86 - 0.1 * x)) ** 2 < 1 and y < 0.42 + 0.12 * x
        back = ((x - 0.52) / 0.36) ** 2 + ((y - 0.5) / 0.22) ** 2 < 1
        stem = abs(x - 0.22 - (y - 0.4) * 0.28) < 0.085 and 0.3 < y < 0.98
        folds = np.sin(7 * x + 3.2 * np.sin(5 * y)) * np.sin(6.5 * y + 2.6 * np.sin(4 * x))
        if (dome or back or stem) and (abs(folds) < 0.32 or chance.random() < 0.25):
            found.append((x, y))
    return np.array(found)


def poster(p: Painting) -> None:
    """Plain shapes on paper, in balance: discs, quarters, bars and stripes on a hidden grid."""
    tones, chance = p.palette, p.chance
    paper = tones.light if tones.is_light else mix(tones.light, tones.bright, 0.08)
    p.ramp([paper, paper])
    colours = [tones.accent, tones.second, tones.dark, tones.deep, mix(tones.middle, tones.bright, 0.5)]
    rows = 4
    columns = max(2, round(p.aspect * rows))
    cell_x, cell_y = p.aspect / columns, 1 / rows
    taken = np.zeros((rows, columns), bool)
    for size in (2, 2, 1):
        for row in range(rows - size + 1):
            for column in range(columns - size + 1):
                if taken[row : row + size, column : column + size].any() or (size == 2 and chance.random() > 0.34):
                    continue
                taken[row : row + size, column : column + size] = True
                _tile(p, column * cell_x, row * cell_y, cell_x * size, cell_y * size, colours, size)
    x, y = p.aspect * float(chance.uniform(0.3, 0.7)), float(chance.uniform(0.35, 0.65))
    for k, radius in enumerate((0.34, 0.27, 0.2)):
        p.over(
            tones.deep if k % 2 else tones.accent, p.lines([circle(x, y, radius, 200 + 40 * k, 420 + 60 * k)], 0.011)
        )
    p.pixels *= (0.96 + 0.06 * p.noise(0.006, 2))[..., None]
    p.vignette(0.14)


def _tile(p: Painting, x: float, y: float, wide: float, tall: float, colours: list[np.ndarray], size: int) -> None:
    chance = p.chance
    picks = chance.permutation(len(colours))
    ground, ink, spot = (colours[int(k)] for k in picks[:3])
    box = [(x, y), (x + wide, y), (x + wide, y + tall), (x, y + tall)]
    frame = p.polygon(box)
    kind = int(chance.integers(0, 7 if size == 1 else 6))
    if kind < 5:
        p.over(ground, frame)
    corner = [(x, y, 0), (x + wide, y, 90), (x + wide, y + tall, 180), (x, y + tall, 270)][int(chance.integers(0, 4))]
    radius = min(wide, tall)
    if kind in (0, 5):
        for k, share in enumerate((1.0, 0.72, 0.44, 0.18)):
            arc = circle(corner[0], corner[1], radius * share, corner[2], corner[2] + 90)
            p.over(
                (ink, spot, ground if kind == 0 else ink, spot)[k], p.polygon([(corner[0], corner[1]), *arc]) * frame
            )
    elif kind == 1:
        p.over(ink, p.disc(x + wide / 2, y + tall / 2, radius * 0.4))
        p.over(
            spot,
            p.polygon(
                [
                    (x + wide / 2, y + tall / 2),
                    *circle(x + wide / 2, y + tall / 2, radius * 0.4, corner[2], corner[2] + 180),
                ]
            ),
        )
    elif kind == 2:
        bars = 7
        turned = chance.random() < 0.5
        for k in range(0, bars, 2):
            a, b = k / bars, (k + 1) / bars
            bar = (
                [(x, y + tall * a), (x + wide, y + tall * a), (x + wide, y + tall * b), (x, y + tall * b)]
                if turned
                else [(x + wide * a, y), (x + wide * b, y), (x + wide * b, y + tall), (x + wide * a, y + tall)]
            )
            p.over(ink, p.polygon(bar))
    elif kind == 3:
        p.over(ink, p.polygon([box[0], box[1], box[3]] if chance.random() < 0.5 else [box[0], box[1], box[2]]))
        p.over(spot, p.disc(x + wide * 0.5, y + tall * 0.5, radius * 0.16))
    elif kind == 4:
        for arc in (0, 180):
            cy = y + tall * (0.25 if arc == 0 else 0.75)
            p.over(ink if arc == 0 else spot, p.polygon(circle(x + wide / 2, cy, radius * 0.42, arc + 180, arc + 360)))
    else:
        grid = 5
        for k in range(grid * grid):
            p.over(ink, p.disc(x + wide * (k % grid + 0.5) / grid, y + tall * (k // grid + 0.5) / grid, radius * 0.035))
