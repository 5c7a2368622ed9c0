"""3D objects from words, without a model: a table of builders, each gives parts with materials in metres."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from spatialnb.errors import Invalid
from spatialnb.make.gltf import Material, Model, ball, box, faceted, lathe, rod, torus
from spatialnb.make.painting.palettes import PALETTES, Colour
from spatialnb.make.words import chance, choose, look_up, title_of, words_of


@dataclass(frozen=True)
class Object3D:
    """A GLB file's bytes, and what it is."""

    data: bytes
    mime: str
    suffix: str
    name: str
    labels: tuple[str, ...]
    kind: str
    size: tuple[float, float, float]
    """Width, height and depth in metres."""
    seed: int


def make_model(prompt: str, *, kind: str | None = None, seed: int = 0) -> Object3D:
    """Build `prompt` as a GLB that stands on y = 0. `kind` is a name of `KINDS`; None lets the words choose.

    The same arguments give the same bytes. Raises `Invalid` for an unknown kind.
    """
    if kind is not None and kind not in KINDS:
        raise Invalid(f"There is no 3D object {kind!r}. There are: {', '.join(KINDS)}.", "kind")
    found = look_up(WORDS, prompt)
    chosen = kind or (found[0] if found else choose(tuple(KINDS), "model", " ".join(words_of(prompt)), seed))
    model = Model(title_of(prompt))
    KINDS[chosen](model, chance("model", prompt.strip().lower(), chosen, seed))
    points = np.concatenate([mesh.points for _, mesh, _ in model.parts])
    low, high = points.min(axis=0), points.max(axis=0)
    # Every builder stands on the floor by its own measures; what is left over is rounding.
    for n, (name, mesh, material) in enumerate(model.parts):
        model.parts[n] = (name, mesh.turned(at=(0, -float(low[1]), 0)), material)
    width, height, depth = (round(float(v), 4) for v in high - low)
    return Object3D(
        data=model.glb(prompt),
        mime="model/gltf-binary",
        suffix=".glb",
        name=title_of(prompt),
        labels=tuple(dict.fromkeys([*words_of(prompt), chosen, "3d"])),
        kind=chosen,
        size=(width, height, depth),
        seed=seed,
    )


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{round(float(c) * 255):02x}" for c in colour)


def _robot(model: Model, dice: np.random.Generator) -> None:
    """About 1.6 m: a rounded head with a dark visor, glowing eyes, antenna, jointed arms with grippers, legs."""
    skin, glow = [("#e9edf2", "#23e5ff"), ("#f3b33d", "#4df0ff"), ("#d9433f", "#ffe27a"), ("#3f7fd9", "#8affc1")][
        int(dice.integers(0, 4))
    ]
    shell = Material("shell", skin, 0.25, 0.32)
    steel = Material("steel", "#8d96a3", 0.95, 0.34)
    dark = Material("visor", "#10141d", 0.4, 0.12)
    rubber = Material("rubber", "#2a2f3a", 0.0, 0.85)
    light = Material("light", glow, 0.0, 0.4, emits=glow)
    model.add("body", box(0.5, 0.54, 0.34, 0.11, 3), shell, at=(0, 0.83, 0))
    model.add("belly", box(0.32, 0.26, 0.04, 0.02), dark, at=(0, 0.86, 0.165))
    model.add("heart", torus(0.055, 0.012), light, at=(0, 0.9, 0.19), rotation=(90, 0, 0))
    for k in range(3):
        model.add(f"lamp {k + 1}", ball(0.014, 16, 10), light if k == 1 else steel, at=(-0.07 + 0.07 * k, 0.785, 0.186))
    model.add("waist", rod(0.15, 0.08), rubber, at=(0, 0.54, 0))
    model.add("hips", box(0.36, 0.12, 0.26, 0.05), steel, at=(0, 0.47, 0))
    model.add("neck", rod(0.075, 0.1), rubber, at=(0, 1.14, 0))
    model.add("head", box(0.46, 0.34, 0.36, 0.12, 3), shell, at=(0, 1.34, 0))
    model.add("visor", box(0.38, 0.17, 0.06, 0.028, 3), dark, at=(0, 1.35, 0.16))
    for side in (-1, 1):
        name = "left" if side < 0 else "right"
        model.add(f"{name} eye", ball(0.042), light, at=(side * 0.09, 1.355, 0.186), scale=(1, 1.2, 0.4))
        model.add(f"{name} ear", rod(0.075, 0.06), steel, at=(side * 0.245, 1.34, 0), rotation=(0, 0, 90))
        model.add(f"{name} ear light", torus(0.05, 0.009), light, at=(side * 0.276, 1.34, 0), rotation=(0, 0, 90))
        model.add(f"{name} shoulder", ball(0.095), steel, at=(side * 0.305, 1.02, 0))
        model.add(f"{name} upper arm", rod(0.055, 0.26), rubber, at=(side * 0.345, 0.88, 0), rotation=(0, 0, side * 14))
        model.add(f"{name} elbow", ball(0.07), shell, at=(side * 0.378, 0.745, 0))
        model.add(
            f"{name} forearm", rod(0.07, 0.24, top=0.06), shell, at=(side * 0.385, 0.65, 0.075), rotation=(-40, 0, 0)
        )
        model.add(f"{name} wrist", ball(0.052), steel, at=(side * 0.385, 0.57, 0.155))
        for finger, (dx, dy) in enumerate(((-0.035, 0.0), (0.035, 0.0), (0.0, -0.03))):
            model.add(
                f"{name} finger {finger + 1}",
                box(0.026, 0.03, 0.1, 0.012),
                rubber,
                at=(side * 0.385 + dx, 0.555 + dy, 0.215),
                rotation=(25, -np.sign(dx) * 12, 0),
            )
        model.add(f"{name} thigh", rod(0.075, 0.2), rubber, at=(side * 0.115, 0.36, 0))
        model.add(f"{name} knee", ball(0.082), steel, at=(side * 0.115, 0.265, 0.01))
        model.add(f"{name} shin", rod(0.085, 0.2, top=0.075), shell, at=(side * 0.115, 0.165, 0))
        model.add(f"{name} foot", box(0.17, 0.09, 0.27, 0.042, 3), shell, at=(side * 0.115, 0.045, 0.035))
    model.add("crown", rod(0.06, 0.03), steel, at=(0, 1.515, 0))
    model.add("antenna", rod(0.011, 0.17), steel, at=(0, 1.6, 0))
    model.add("beacon", ball(0.034), light, at=(0, 1.7, 0))


def _lamp(model: Model, dice: np.random.Generator) -> None:
    """A floor lamp, 1.55 m: a round foot, a bowed stem, a warm shade."""
    brass = Material("brass", "#b98a3e", 0.95, 0.28)
    shade = Material("shade", ["#f6d9a8", "#f2b8a0", "#d8e6c8"][int(dice.integers(0, 3))], 0.0, 0.9, emits="#8a5a22")
    bulb = Material("bulb", "#fff3d0", 0.0, 0.5, emits="#ffe9b0")
    model.add(
        "foot",
        lathe([(0, 0), (0.2, 0), (0.2, 0), (0.205, 0.012), (0.19, 0.03), (0.06, 0.05), (0.022, 0.09), (0, 0.09)]),
        brass,
    )
    model.add("stem", rod(0.014, 1.2), brass, at=(0, 0.68, 0))
    model.add("knot", ball(0.034), brass, at=(0, 0.8, 0))
    model.add("collar", rod(0.04, 0.06), brass, at=(0, 1.26, 0))
    model.add(
        "shade",
        lathe(
            [(0.27, 1.18), (0.275, 1.19), (0.16, 1.53), (0.155, 1.54), (0.15, 1.535), (0.26, 1.19), (0.27, 1.18)], 48
        ),
        shade,
    )
    model.add("bulb", ball(0.062), bulb, at=(0, 1.34, 0))
    model.add("finial", ball(0.02, 16, 10), brass, at=(0, 1.56, 0))
    model.add("rod", rod(0.006, 0.26), brass, at=(0, 1.43, 0))


def _pedestal(model: Model, dice: np.random.Generator) -> None:
    """A museum plinth, 1 m, with a shadow gap and a brass plate."""
    stone = Material("stone", ["#f1efe9", "#e4ddd0", "#cfd5da"][int(dice.integers(0, 3))], 0.0, 0.75)
    gap = Material("gap", "#3a3a3c", 0.1, 0.8)
    brass = Material("brass", "#c39a4d", 0.95, 0.3)
    model.add("gap", box(0.4, 0.04, 0.4, 0.004), gap, at=(0, 0.02, 0))
    model.add("plinth", box(0.46, 0.9, 0.46, 0.012), stone, at=(0, 0.49, 0))
    model.add("cap", box(0.52, 0.06, 0.52, 0.012), stone, at=(0, 0.97, 0))
    model.add("plate", box(0.16, 0.07, 0.008, 0.003), brass, at=(0, 0.72, 0.232))


def _chair(model: Model, dice: np.random.Generator) -> None:
    """An easy chair with wooden legs, seat at 0.44 m."""
    cloth = Material("cloth", ["#d95f43", "#2f6f73", "#e0a92e", "#5a5fa8"][int(dice.integers(0, 4))], 0.0, 0.95)
    wood = Material("wood", "#9b6a3c", 0.0, 0.55)
    model.add("seat", box(0.6, 0.14, 0.58, 0.06, 3), cloth, at=(0, 0.41, 0.02))
    model.add("back", box(0.6, 0.52, 0.13, 0.06, 3), cloth, at=(0, 0.7, -0.27), rotation=(-13, 0, 0))
    for side in (-1, 1):
        model.add(f"arm {side}", box(0.06, 0.045, 0.54, 0.02), wood, at=(side * 0.34, 0.62, 0.0))
        model.add(
            f"front leg {side}",
            rod(0.02, 0.64, top=0.027),
            wood,
            at=(side * 0.34, 0.31, 0.24),
            rotation=(-4, 0, side * 2),
        )
        model.add(
            f"back leg {side}",
            rod(0.02, 0.64, top=0.027),
            wood,
            at=(side * 0.34, 0.31, -0.24),
            rotation=(8, 0, side * 2),
        )


def _crystal(model: Model, dice: np.random.Generator) -> None:
    """A cluster of six-sided crystals on rock, glowing from inside."""
    palette = PALETTES[["violet", "electric", "aurora", "rose"][int(dice.integers(0, 4))]]
    glass = Material("crystal", _hex(palette.bright), 0.1, 0.08, emits=_hex(palette.middle * 0.7))
    core = Material("core", _hex(palette.accent), 0.1, 0.12, emits=_hex(palette.accent * 0.6))
    rock = Material("rock", "#3b3d46", 0.05, 0.95)
    model.add("rock", faceted(lathe([(0, 0), (0.3, 0), (0.34, 0.05), (0.26, 0.13), (0.14, 0.17), (0, 0.18)], 9)), rock)
    count = 9
    for k in range(count):
        tall = 0.85 if k == 0 else float(dice.uniform(0.28, 0.6))
        wide = tall * (0.15 if k == 0 else float(dice.uniform(0.14, 0.2)))
        turn = 2 * np.pi * k / (count - 1) + float(dice.uniform(-0.3, 0.3))
        lean = 0.0 if k == 0 else float(dice.uniform(18, 42))
        away = 0.0 if k == 0 else 0.13
        shape = faceted(lathe([(0, 0), (wide * 0.8, 0), (wide, tall * 0.72), (0, tall)], 6))
        model.add(
            f"crystal {k + 1}",
            shape,
            core if k % 3 == 0 else glass,
            at=(away * np.cos(turn), 0.1, away * np.sin(turn)),
            rotation=(lean * np.sin(turn), 0, -lean * np.cos(turn)),
        )


def _teapot(model: Model, dice: np.random.Generator) -> None:
    """A round pot with spout, handle and lid, 0.3 m high."""
    clay = Material("glaze", ["#2e7f8c", "#c9553d", "#e6dcc6", "#4a5da8"][int(dice.integers(0, 4))], 0.0, 0.18)
    rim = Material("rim", "#d9b25a", 0.9, 0.25)
    angle = np.linspace(-1.15, 1.2, 22)
    belly = [(0.0, 0.0), *[(0.155 * np.cos(a), 0.125 + 0.13 * np.sin(a)) for a in angle], (0.0, 0.247)]
    model.add("pot", lathe(belly, 56), clay)
    model.add("rim", torus(0.062, 0.006), rim, at=(0, 0.245, 0))
    model.add("lid", lathe([(0.062, 0.246), (0.05, 0.262), (0.02, 0.272), (0.008, 0.275), (0, 0.275)], 40), clay)
    model.add("knob", ball(0.02), rim, at=(0, 0.288, 0))
    for k in range(26):
        t = k / 25
        model.add(f"spout {k + 1}", ball(0.038 - 0.02 * t, 14, 8), clay, at=(0.135 + 0.12 * t, 0.09 + 0.15 * t**1.5, 0))
    model.add("handle", torus(0.075, 0.012), clay, at=(-0.165, 0.14, 0), rotation=(90, 0, 0))


def _tree(model: Model, dice: np.random.Generator) -> None:
    """A small round-crowned tree in low polygons, about 1.8 m."""
    bark = Material("bark", "#6d4a2f", 0.0, 0.95)
    leaves = [Material(f"leaves {k}", c, 0.0, 0.9) for k, c in enumerate(("#3f8f4f", "#5aa85a", "#7cbf5c"))]
    model.add("trunk", rod(0.085, 0.8, 10, top=0.05), bark, at=(0, 0.4, 0))
    for k in range(8):
        turn, radius = k * 2.4, 0.28 if k else 0.0
        crown = faceted(ball(float(dice.uniform(0.24, 0.36)), 8, 6))
        model.add(
            f"crown {k + 1}",
            crown,
            leaves[k % 3],
            at=(radius * np.cos(turn), 1.0 + 0.075 * k, radius * np.sin(turn)),
            rotation=(float(dice.uniform(0, 90)), float(dice.uniform(0, 90)), 0),
        )


def _bust(model: Model, dice: np.random.Generator) -> None:
    """An abstract head on a foot, in stone and gold: 0.62 m."""
    stone = Material("stone", ["#f0ece4", "#33363d", "#c9b79c"][int(dice.integers(0, 3))], 0.0, 0.35)
    gold = Material("gold", "#d4a645", 1.0, 0.2)
    model.add("foot", box(0.24, 0.05, 0.24, 0.01), gold, at=(0, 0.025, 0))
    model.add("stem", lathe([(0.06, 0.05), (0.045, 0.1), (0.05, 0.13), (0, 0.13)]), gold)
    model.add("shoulders", ball(0.16), stone, at=(0, 0.19, 0), scale=(1.15, 0.55, 0.75))
    model.add("neck", rod(0.058, 0.16, top=0.05), stone, at=(0, 0.3, 0.005), rotation=(8, 0, 0))
    model.add("head", ball(0.125), stone, at=(0, 0.47, 0.02), scale=(0.8, 1.15, 0.95))
    model.add("nose", rod(0.03, 0.09, 16, top=0.008), stone, at=(0, 0.46, 0.142), rotation=(12, 0, 0))
    model.add("band", torus(0.128, 0.011), gold, at=(0, 0.51, 0.015), rotation=(-10, 0, 0), scale=(0.78, 1, 0.95))


KINDS: dict[str, Callable[[Model, np.random.Generator], None]] = {
    "robot": _robot,
    "lamp": _lamp,
    "pedestal": _pedestal,
    "chair": _chair,
    "crystal": _crystal,
    "teapot": _teapot,
    "tree": _tree,
    "bust": _bust,
}
_CONCEPTS = {
    "robot": "robot android machine ai droid cyborg automaton",
    "lamp": "lamp light lantern",
    "pedestal": "pedestal plinth base stand column",
    "chair": "chair seat armchair furniture sofa",
    "crystal": "crystal gem stone rock diamond mineral ice",
    "teapot": "teapot tea pot cup vase ceramic kitchen",
    "tree": "tree plant forest bonsai",
    "bust": "bust head statue sculpture person face human philosopher",
}
WORDS = {word: kind for kind, words in _CONCEPTS.items() for word in words.split()}
