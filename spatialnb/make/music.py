"""Music from words, without a model.

The words choose a mood, the mood the harmony and the instruments, and a seed the notes.

The piece is exactly as long as asked, made of whole bars, and its end runs into its beginning: it can be looped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from spatialnb.errors import Invalid
from spatialnb.make import synth
from spatialnb.make.moods import MOODS, PACE, SCALES, WORDS, Mood, Part
from spatialnb.make.sound import RATE, Stereo, loudness, m4a, mastered, reverberated, wav
from spatialnb.make.words import chance, choose, look_up, title_of, words_of

SoundFormat: TypeAlias = Literal["wav", "m4a"]


@dataclass(frozen=True)
class Sound:
    """A sound as a file's bytes, and what it is."""

    data: bytes
    mime: str
    suffix: str
    name: str
    labels: tuple[str, ...]
    seconds: float
    loudness: float
    """LUFS."""
    peak: float
    """Largest sample, 0 to 1."""
    tempo: float | None = None
    """Beats a minute; None for effects."""
    mood: str = ""
    key: str = ""
    seed: int = 0


@dataclass
class Piece:
    """What every part needs to know, and the tape it plays on to."""

    mood: Mood
    root: int
    chords: tuple[int, ...]
    bars: int
    beat: float
    chance: np.random.Generator
    tape: Stereo

    def degree(self, step: int) -> int:
        """MIDI pitch of a step of the scale; steps go on above and below the octave."""
        scale = SCALES[self.mood.scale]
        return self.root + scale[step % len(scale)] + 12 * (step // len(scale))

    def chord(self, bar: int) -> tuple[int, int, int, int]:
        base = self.chords[bar % len(self.chords)]
        return (base, base + 2, base + 4, base + 6)

    def play(self, at: float, sound: NDArray[Any], gain: float, pan: float = 0.0) -> None:
        """Put `sound` on the tape `at` seconds, from the left (-1) to the right (1), around its end if need be."""
        stereo = (
            sound
            if sound.ndim == 2
            else np.stack([sound * np.sqrt(0.5 - pan / 2), sound * np.sqrt(0.5 + pan / 2)], axis=1)
        )
        stereo = stereo[: len(self.tape)] * np.float32(gain)
        start = int(at * RATE) % len(self.tape)
        first = min(len(stereo), len(self.tape) - start)
        self.tape[start : start + first] += stereo[:first]
        self.tape[: len(stereo) - first] += stereo[first:]


def make_music(
    prompt: str, *, seconds: float = 30.0, seed: int = 0, mood: str | None = None, form: SoundFormat = "wav"
) -> Sound:
    """Compose and play `prompt`. The same arguments give the same bytes on one machine.

    Mastered to -14 LUFS with peaks under -1 dBFS. Raises `Invalid` for an unknown mood and for a length outside 1 to
    600 s.
    """
    if not 1 <= seconds <= 600:
        raise Invalid(f"Music is from 1 to 600 seconds long, not {seconds:g}.", "seconds")
    chosen = mood_of(prompt, seed, mood)
    row = MOODS[chosen]
    pace = float(np.prod([PACE[word] for word in words_of(prompt) if word in PACE] or [1.0]))
    bars = max(1, round(seconds * row.tempo * pace / 240))
    beat = seconds / (bars * 4)
    dice = chance("music", prompt.strip().lower(), chosen, seed)
    piece = Piece(
        mood=row, root=int(dice.integers(45, 54)), chords=row.chords[int(dice.integers(0, len(row.chords)))], bars=bars,
        beat=beat, chance=dice, tape=np.zeros((round(seconds * RATE), 2), np.float32),
    )  # fmt: skip
    for part in row.parts:
        PARTS[part](piece)
    if {"beat"} & set(row.parts):
        _duck(piece)
    for part in row.parts:
        DRUMS.get(part, lambda _: None)(piece)
    sound = mastered(reverberated(piece.tape, row.room, row.wet, dice))
    return as_file(
        sound, form, name=title_of(prompt),
        labels=tuple(dict.fromkeys([*words_of(prompt), chosen, "music"])), tempo=60 / beat, mood=chosen,
        key=f"{_NAMES[piece.root % 12]} {row.scale}", seed=seed,
    )  # fmt: skip


def as_file(sound: Stereo, form: SoundFormat, **facts: Any) -> Sound:
    """A `Sound` from samples, with what can be measured."""
    data, mime, suffix = (wav(sound), "audio/wav", ".wav") if form == "wav" else (m4a(sound), "audio/mp4", ".m4a")
    return Sound(
        data=data, mime=mime, suffix=suffix, seconds=len(sound) / RATE, loudness=loudness(sound),
        peak=float(np.abs(sound).max()), **facts,
    )  # fmt: skip


def mood_of(prompt: str, seed: int = 0, mood: str | None = None) -> str:
    """The mood most of the words speak of; words that are not known choose one by their hash."""
    if mood is not None:
        if mood not in MOODS:
            raise Invalid(f"There is no mood {mood!r}. There are: {', '.join(MOODS)}.", "mood")
        return mood
    votes: dict[str, int] = {}
    for found in look_up(WORDS, prompt):
        votes[found] = votes.get(found, 0) + 1
    return (
        max(votes, key=lambda name: votes[name])
        if votes
        else choose(tuple(MOODS), "mood", " ".join(words_of(prompt)), seed)
    )


# -- parts -----------------------------------------------------------------------------------------------------------
def _pad(piece: Piece) -> None:
    bar = piece.beat * 4
    for n in range(piece.bars):
        for voice, step in enumerate(piece.chord(n)):
            sound = synth.pad(
                piece.degree(step) + (12 if voice < 2 else 0), bar * 1.45, piece.mood.bright * 0.5, piece.chance
            )
            piece.play(n * bar - bar * 0.1, sound, 0.15)


def _bass(piece: Piece) -> None:
    for n in range(piece.bars):
        root = piece.degree(piece.chord(n)[0]) - 12
        for at, length, up in ((0, 1.8, 0), (2.5, 1.2, 0 if n % 2 else 7)):
            piece.play(
                (n * 4 + at) * piece.beat, synth.bass(root + up, round(length * piece.beat, 4), piece.mood.bright), 0.34
            )


def _pulse(piece: Piece) -> None:
    """Bass in eighths, the motor of synthwave."""
    for n in range(piece.bars):
        root = piece.degree(piece.chord(n)[0]) - 12
        for k in range(8):
            up = 12 if k in (3, 6) else 0
            piece.play(
                (n * 4 + k / 2) * piece.beat,
                synth.bass(root + up, round(0.46 * piece.beat, 4), piece.mood.bright * 1.3),
                0.36,
            )


def _arp(piece: Piece) -> None:
    pattern = piece.chance.permutation([0, 1, 2, 3, 0, 2, 1, 3])
    quiet = max(1, piece.bars // 6)
    for n in range(piece.bars):
        if n < quiet and piece.bars > 4:
            continue
        chord = piece.chord(n)
        for k in range(16):
            step = chord[int(pattern[k % 8])] + (7 if k % 4 == 3 else 0)
            loud = 0.1 + 0.05 * (k % 4 == 0) + 0.03 * float(piece.chance.random())
            sound = synth.pluck(piece.degree(step) + 12, round(piece.beat * 0.9, 4), piece.mood.bright)
            piece.play((n * 4 + k / 4) * piece.beat, sound, loud, 0.6 * np.sin(k * 1.7))


def _keys(piece: Piece) -> None:
    for n in range(piece.bars):
        chord = piece.chord(n)
        for at in (0, 2) if piece.mood.tempo < 90 else (0, 1.5, 3):
            for voice, step in enumerate(chord):
                late = at + voice * (0.06 if piece.mood.tempo < 90 else 0.01) + piece.mood.swing * (at % 1 > 0)
                sound = synth.keys(piece.degree(step) + 12, round(piece.beat * 2.6, 4), piece.mood.bright)
                piece.play(
                    (n * 4 + late) * piece.beat, sound, 0.13 + 0.04 * float(piece.chance.random()), voice / 4 - 0.4
                )
        if piece.chance.random() < 0.7:
            step = chord[int(piece.chance.integers(0, 4))] + 7
            piece.play(
                (n * 4 + 2.5 + 0.5 * int(piece.chance.integers(0, 3))) * piece.beat,
                synth.keys(piece.degree(step) + 12, round(piece.beat * 3, 4), piece.mood.bright),
                0.13,
                0.3,
            )


def _bell(piece: Piece) -> None:
    for n in range(piece.bars):
        for _ in range(int(piece.chance.integers(1, 4))):
            step = piece.chord(n)[int(piece.chance.integers(0, 4))] + 7 * int(piece.chance.integers(1, 3))
            at = int(piece.chance.integers(0, 8)) / 2
            piece.play(
                (n * 4 + at) * piece.beat,
                synth.bell(piece.degree(step) + 12, round(piece.beat * 3.5, 4), piece.mood.bright),
                0.085,
                float(piece.chance.uniform(-0.7, 0.7)),
            )


def _lead(piece: Piece) -> None:
    """A slow tune in the second half of each eight bars, moving by steps and resting on chord tones."""
    step = 7
    for n in range(piece.bars):
        if piece.bars > 6 and n % 8 < 4:
            continue
        chord = piece.chord(n)
        for at, length in ((0, 1.4), (1.5, 0.9), (2.5, 1.4)):
            step += int(piece.chance.integers(-2, 3))
            if at == 0:
                step = min((c + 7 * o for c in chord for o in (0, 1, 2)), key=lambda s: abs(s - step))
            step = max(5, min(15, step))
            count = int(length * piece.beat * RATE)
            sound = synth.wave(piece.degree(step) + 12, count, 1.5, bright=piece.mood.bright) + synth.wave(
                piece.degree(step) + 12.08, count, 1.5, bright=piece.mood.bright, phase=0.3
            )
            piece.play((n * 4 + at) * piece.beat, sound * synth.shape(count, 0.04, 0.18), 0.085, 0.1)


def _duck(piece: Piece) -> None:
    """Everything but the drums gives way to the kick on every beat."""
    t = (np.arange(len(piece.tape)) / RATE) % piece.beat
    piece.tape *= (1 - 0.5 * np.exp(-t / (piece.beat * 0.22)))[:, None].astype(np.float32)


def _beat(piece: Piece) -> None:
    for n in range(piece.bars * 4):
        at = n * piece.beat
        piece.play(at, synth.kick(1.0), 0.75)
        if n % 2:
            piece.play(at, synth.snare(1.0), 0.42)
        for k in range(4):
            open_hat = k == 2
            piece.play(
                at + k * piece.beat / 4,
                synth.hat(1.0, 0.16 if open_hat else 0.05),
                (0.26 if open_hat else 0.13) * (0.8 + 0.4 * float(piece.chance.random())),
                0.25,
            )
        if n % 16 == 15:
            for k in range(3):
                piece.play(at + (1 + k) * piece.beat / 4, synth.snare(0.8), 0.25 + 0.08 * k)


def _soft_beat(piece: Piece) -> None:
    for n in range(piece.bars * 4):
        at = n * piece.beat
        if n % 4 in (0, 2):
            piece.play(at, synth.kick(0.8), 0.4)
        if n % 4 == 2:
            piece.play(at, synth.snare(0.5), 0.25)
        for k in (0, 0.5 + piece.mood.swing):
            piece.play(at + k * piece.beat, synth.hat(0.7, 0.07), 0.13, -0.3)


def _toms(piece: Piece) -> None:
    for n in range(piece.bars):
        for at, gain in ((0, 0.75), (0.75, 0.4), (1.5, 0.5), (2, 0.62), (3, 0.45), (3.5, 0.35)):
            if at == 0 or piece.chance.random() < 0.75:
                piece.play((n * 4 + at) * piece.beat, synth.tom(1.0), gain, 0.2 * np.sin(at * 3))
        if n % 4 == 0:
            piece.play(n * 4 * piece.beat, synth.hat(1.0, 1.6), 0.3, -0.2)


def _silent(_: Piece) -> None:
    """Drums play after the ducking, see `DRUMS`."""


PARTS: dict[Part, Callable[[Piece], None]] = {
    "pad": _pad, "bass": _bass, "pulse": _pulse, "arp": _arp, "keys": _keys, "bell": _bell, "lead": _lead,
    "beat": _silent, "soft beat": _silent, "toms": _silent,
}  # fmt: skip
DRUMS: dict[Part, Callable[[Piece], None]] = {"beat": _beat, "soft beat": _soft_beat, "toms": _toms}
_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
