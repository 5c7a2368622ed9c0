"""Our film as a moviepy clip: cut it, mix it, lay it over others with the tool you know.

from spatialnb.targets.moviepy import clip
clip(studio.project, studio.library.media).subclipped(2, 9).write_videofile("part.mp4")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spatialnb.models.project import Project
from spatialnb.targets.film import Media, Mode, Quality, Track, film_of
from spatialnb.targets.film_frame import Frame

if TYPE_CHECKING:
    from moviepy import AudioClip, VideoClip


def clip(
    project: Project, media: Media, quality: Quality = "standard", *, mode: Mode = "auto", seconds: float | None = None
) -> VideoClip:
    """A `VideoClip` whose frames are drawn as they are asked for, with the film's sounds as a `CompositeAudioClip`.

    `.spatialnb_film` is the film itself. Raises `Invalid` as `film_of` does.
    """
    from moviepy import CompositeAudioClip, VideoClip

    film = film_of(project, media, quality, mode=mode, seconds=seconds)
    frame = Frame(film.setting.width, film.setting.height)

    def drawn(t: float) -> NDArray[np.uint8]:
        film.draw(min(float(t), film.duration - 1e-6), frame)
        return frame.rgb()

    made: Any = VideoClip(drawn, duration=film.duration).with_fps(film.setting.rate)
    if film.tracks:
        made = made.with_audio(
            CompositeAudioClip([_sound(track) for track in film.tracks]).with_duration(film.duration)
        )
    made.spatialnb_film = film
    return made


def _sound(track: Track) -> AudioClip:
    from moviepy import AudioFileClip, afx

    source: Any = AudioFileClip(str(track.path))
    effects = [
        afx.AudioFadeIn(min(track.fade, track.seconds / 3) / 2),
        afx.AudioFadeOut(min(track.fade, track.seconds / 3)),
        afx.MultiplyVolume(track.gain),
    ]
    if source.duration < track.seconds and track.loops:
        source = source.with_effects([afx.AudioLoop(duration=track.seconds)])
    return source.subclipped(0, min(track.seconds, source.duration)).with_effects(effects).with_start(track.start)
