"""What music sounds like for a word: tempo, scale, harmony and which instruments play."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Part: TypeAlias = Literal["pad", "bass", "pulse", "arp", "keys", "bell", "lead", "beat", "soft beat", "toms"]

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
}


class Mood(NamedTuple):
    """Tempo in beats a minute, chords as degrees of the scale (0 is the first), brightness in Hz, room in seconds."""

    tempo: float
    scale: str
    chords: tuple[tuple[int, ...], ...]
    parts: tuple[Part, ...]
    bright: float = 4000.0
    room: float = 2.0
    wet: float = 0.35
    swing: float = 0.0


MOODS: dict[str, Mood] = {
    "synthwave": Mood(
        104,
        "minor",
        ((0, 5, 2, 6), (0, 3, 5, 6), (0, 6, 5, 6)),
        ("pad", "pulse", "arp", "lead", "beat"),
        5200,
        1.8,
        0.3,
    ),
    "dark": Mood(82, "phrygian", ((0, 1, 0, 6), (0, 5, 1, 0)), ("pad", "bass", "bell", "toms"), 2200, 3.6, 0.55),
    "calm": Mood(72, "lydian", ((0, 4, 5, 1), (0, 1, 3, 4)), ("pad", "keys", "bass"), 2800, 3.2, 0.5),
    "ambient": Mood(60, "major", ((0, 3, 5, 4), (0, 2, 3, 3)), ("pad", "bell"), 2400, 5.0, 0.8),
    "happy": Mood(116, "major", ((0, 4, 5, 3), (0, 3, 4, 4)), ("keys", "bass", "arp", "beat"), 5200, 1.2, 0.22),
    "epic": Mood(92, "minor", ((0, 5, 2, 6), (0, 2, 5, 4)), ("pad", "bass", "arp", "lead", "toms"), 4600, 3.4, 0.5),
    "sad": Mood(66, "minor", ((0, 5, 3, 4), (0, 3, 6, 2)), ("keys", "pad"), 2400, 3.4, 0.5),
    "dance": Mood(124, "dorian", ((0, 3, 0, 6), (0, 5, 3, 6)), ("pad", "pulse", "arp", "beat"), 6200, 1.4, 0.25),
    "jazz": Mood(96, "dorian", ((1, 4, 0, 5), (0, 3, 1, 4)), ("keys", "bass", "soft beat"), 3600, 1.5, 0.25, 0.16),
    "mystery": Mood(76, "dorian", ((0, 3, 0, 1), (0, 6, 3, 0)), ("pad", "bell", "bass", "soft beat"), 2800, 3.8, 0.55),
    "wonder": Mood(84, "lydian", ((0, 1, 4, 5), (0, 4, 1, 3)), ("pad", "arp", "bell", "bass"), 3800, 4.0, 0.6),
}

_CONCEPTS: dict[str, str] = {
    "synthwave": "synthwave cyberpunk neon retrowave outrun eighties 80s city night drive arcade retro robot future"
    " futuristic electronic",
    "dark": "dark horror shadow gothic noir fear evil tense tension thriller storm doom ruin",
    "calm": "calm peace peaceful quiet relax relaxing gentle soft morning forest nature lake river spa gallery museum",
    "ambient": "ambient drone sleep meditation zen dream dreamy still float cloud ocean sea aurora",
    "happy": "happy joy joyful fun bright sunny cheerful party summer spring kids play holiday upbeat",
    "epic": "epic hero heroic trailer battle victory mountain grand cinematic adventure war storm",
    "sad": "sad lonely melancholy loss grief tears rain winter farewell autumn",
    "dance": "dance club techno house disco energetic energy fast sport run beat",
    "jazz": "jazz cafe lounge coffee swing evening piano bar",
    "mystery": "mystery mysterious detective secret desert ancient strange alien labyrinth",
    "wonder": "wonder space cosmos star galaxy planet magic magical ai artificial intelligence consciousness mind"
    " brain thought data network science discovery hope",
}
WORDS: dict[str, str] = {}
for _mood, _words in _CONCEPTS.items():
    for _word in _words.split():
        WORDS.setdefault(_word, _mood)

PACE: dict[str, float] = {"slow": 0.8, "slower": 0.8, "fast": 1.2, "faster": 1.2, "quick": 1.15, "upbeat": 1.1}
