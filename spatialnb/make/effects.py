"""Sound effects from words: rain, wind, waves, chime, whoosh, drone, click, heartbeat."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from spatialnb.errors import Invalid
from spatialnb.make import synth
from spatialnb.make.music import Sound, SoundFormat, as_file
from spatialnb.make.sound import RATE, Stereo, band, mastered, reverberated
from spatialnb.make.words import chance, choose, look_up, title_of, words_of


def make_effect(
    prompt: str, *, seconds: float | None = None, seed: int = 0, kind: str | None = None, form: SoundFormat = "wav"
) -> Sound:
    """An effect for `prompt`, about -18 LUFS. `kind` is a name of `EFFECTS`; None lets the words choose.

    `seconds` None means the effect's own length. Raises `Invalid` for an unknown kind and a length outside
    0.2 to 600 s.
    """
    if kind is not None and kind not in EFFECTS:
        raise Invalid(f"There is no effect {kind!r}. There are: {', '.join(EFFECTS)}.", "kind")
    found = look_up(WORDS, prompt)
    chosen = kind or (found[0] if found else choose(tuple(EFFECTS), "effect", " ".join(words_of(prompt)), seed))
    function, usual = EFFECTS[chosen]
    length = usual if seconds is None else seconds
    if not 0.2 <= length <= 600:
        raise Invalid(f"An effect is from 0.2 to 600 seconds long, not {length:g}.", "seconds")
    dice = chance("effect", prompt.strip().lower(), chosen, seed)
    sound = mastered(function(round(length * RATE), dice), -18.0)
    labels = tuple(dict.fromkeys([*words_of(prompt), chosen, "effect"]))
    return as_file(sound, form, name=title_of(prompt), labels=labels, mood=chosen, seed=seed)


def _noise(count: int, dice: np.random.Generator) -> Stereo:
    return dice.standard_normal((count, 2), dtype=np.float32)


def _rain(count: int, dice: np.random.Generator) -> Stereo:
    """A hiss far away and single drops near by; loops."""
    bed = band(_noise(count, dice), 900, 7500) * 0.3 + band(_noise(count, dice), 150, 700) * 0.12
    drops = np.zeros((count, 2), np.float32)
    for _ in range(int(count / RATE * 70)):
        length = int(dice.uniform(0.006, 0.03) * RATE)
        t = np.arange(length) / RATE
        tone = dice.uniform(1200, 5200)
        drop = (
            np.sin(2 * np.pi * tone * t * (1 + 2 * t))
            * np.exp(-t * dice.uniform(150, 420))
            * dice.uniform(0.05, 0.5) ** 2
        )
        start, pan = int(dice.integers(0, max(1, count - length))), dice.random()
        room = drops[start : start + length]
        room += np.outer(drop, (1 - pan, pan)).astype(np.float32)[: len(room)]
    return reverberated(bed + drops * 1.6, 0.7, 0.25, dice)


def _wind(count: int, dice: np.random.Generator) -> Stereo:
    t = np.arange(count) / count
    total = np.zeros((count, 2), np.float32)
    for tone in (220, 420, 760, 1250):
        swell = 0.5 + 0.5 * np.sin(2 * np.pi * (int(dice.integers(1, 5)) * t + dice.random()))
        total += (
            band(_noise(count, dice), tone * 0.75, tone * 1.3, 3)
            * (swell**2)[:, None].astype(np.float32)
            * np.float32((300 / tone) ** 0.4)
        )
    return total


def _waves(count: int, dice: np.random.Generator) -> Stereo:
    t = np.arange(count) / RATE
    rolls = max(1, round(count / RATE / 6))
    phase = (t * rolls / (count / RATE)) % 1
    surge = np.where(phase < 0.35, (phase / 0.35) ** 2, np.exp(-(phase - 0.35) * 4.5))
    low, high = band(_noise(count, dice), 60, 600), band(_noise(count, dice), 700, 6500)
    return low * (0.35 + 0.65 * surge)[:, None].astype(np.float32) + high * (0.05 + surge**2 * 0.6)[:, None].astype(
        np.float32
    )


def _whoosh(count: int, dice: np.random.Generator) -> Stereo:
    t = np.linspace(0, 1, count, dtype=np.float32)
    rise = np.exp(-(((t - 0.55) / 0.2) ** 2))
    total = np.zeros((count, 2), np.float32)
    for k, tone in enumerate((300, 700, 1500, 3200)):
        total += (
            band(_noise(count, dice), tone * 0.6, tone * 1.5) * np.exp(-(((t - 0.3 - 0.13 * k) / 0.16) ** 2))[:, None]
        )
    side = np.stack([1 - t * 0.8, 0.2 + t * 0.8], axis=1)
    return (
        total * rise[:, None] * side * np.maximum(np.sin(np.pi * np.minimum(t * 1.02, 1)), 0)[:, None] ** 0.4
    ).astype(np.float32)


def _chime(count: int, dice: np.random.Generator) -> Stereo:
    total = np.zeros((count, 2), np.float32)
    steps = (0, 4, 7, 11, 14)
    root = int(dice.integers(70, 77))
    for k, step in enumerate(steps):
        start = int(k * 0.085 * RATE)
        note = synth.bell(root + step, max(0.3, count / RATE - k * 0.085), 4200)[: max(0, count - start)]
        pan = k / len(steps)
        total[start : start + len(note)] += np.outer(note, (1 - pan * 0.7, 0.3 + pan * 0.7)).astype(np.float32) * 0.4
    return _faded(_open_room(total, 2.2, 0.5, dice), 0.15)


def _drone(count: int, dice: np.random.Generator) -> Stereo:
    root = int(dice.integers(31, 37))
    t = np.arange(count) / count
    total = np.zeros((count, 2), np.float32)
    for step, loud in ((0, 1.0), (7, 0.5), (12, 0.5), (19, 0.25), (24, 0.16)):
        sides = [
            synth.wave(root + step + cents, count, 1.25, bright=900, phase=float(dice.random()))
            for cents in (-0.05, 0.06)
        ]
        swell = 0.65 + 0.35 * np.sin(2 * np.pi * (int(dice.integers(1, 4)) * t + dice.random()))
        total += np.stack(sides, axis=1) * (loud * swell)[:, None].astype(np.float32)
    return reverberated(total, 4.0, 0.6, dice)


def _heart(count: int, dice: np.random.Generator) -> Stereo:
    beats = max(1, round(count / RATE * float(dice.uniform(0.98, 1.12))))
    period = count / beats
    hit = synth.kick(1.0)
    total = np.zeros((count, 2), np.float32)
    for n in range(beats):
        for late, loud in ((0.0, 1.0), (0.28, 0.65)):
            start = int((n + late) * period)
            part = hit[: max(0, count - start)]
            total[start : start + len(part)] += part[:, None] * np.float32(loud)
    return band(total, 30, 180)


def _click(count: int, dice: np.random.Generator) -> Stereo:
    t = np.arange(count) / RATE
    tick = np.sin(2 * np.pi * 2100 * t) * np.exp(-t * 160) + np.sin(2 * np.pi * 880 * t) * np.exp(-t * 90) * 0.6
    return _open_room(np.stack([tick, tick], axis=1).astype(np.float32), 0.3, 0.12, dice)


def _open_room(sound: Stereo, seconds: float, wet: float, dice: np.random.Generator) -> Stereo:
    """Reverb that does not wrap around: for effects with a beginning."""
    longer = np.concatenate([sound, np.zeros((int(seconds * 2.2 * RATE), 2), np.float32)])
    return reverberated(longer, seconds, wet, dice)[: len(sound)]


def _faded(sound: Stereo, seconds: float) -> Stereo:
    count = min(len(sound), int(seconds * RATE))
    sound[len(sound) - count :] *= np.linspace(1, 0, count, dtype=np.float32)[:, None]
    return sound


EFFECTS: dict[str, tuple[Callable[[int, np.random.Generator], Stereo], float]] = {
    "rain": (_rain, 10.0),
    "wind": (_wind, 10.0),
    "waves": (_waves, 12.0),
    "whoosh": (_whoosh, 1.4),
    "chime": (_chime, 3.0),
    "drone": (_drone, 12.0),
    "heartbeat": (_heart, 6.0),
    "click": (_click, 0.4),
}
"""Name to function and usual length in seconds."""

_CONCEPTS = {
    "rain": "rain storm drop shower wet",
    "wind": "wind air breeze desert cold",
    "waves": "wave sea ocean beach surf water coast",
    "whoosh": "whoosh swoosh swish transition pass fly fast",
    "chime": "chime bell ding notification magic sparkle success",
    "drone": "drone hum engine machine dark tension space ship ambience room robot",
    "heartbeat": "heart heartbeat pulse",
    "click": "click tick button tap switch",
}
WORDS = {word: kind for kind, words in _CONCEPTS.items() for word in words.split()}
