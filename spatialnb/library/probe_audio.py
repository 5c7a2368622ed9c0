"""Sound: length, rate, channels, tags, loudness, tempo, and the outline that its picture is drawn from."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spatialnb.errors import Stopped, Unsupported
from spatialnb.library.containers import embedded, is_cover, opened
from spatialnb.library.examined import Embedded, Pixels
from spatialnb.library.kinds import Kind
from spatialnb.library.loudness import RATE, Loudness
from spatialnb.library.tempo import tempo_of
from spatialnb.models.asset import Facts

if TYPE_CHECKING:
    import av.container

_STEP = RATE // 100
_HEARD_FOR_TEMPO = 90 * RATE
_MAX_COVER = 4096 * 4096


@dataclass(frozen=True)
class Sound:
    """What is known of a sound. `outline`: loudest sample of every 10 ms, 0 to 1."""

    facts: Facts
    embedded: Embedded
    outline: NDArray[np.float32]
    codec: str
    cover: Pixels | None


def probe_audio(path: Path, kind: Kind, stopped: Callable[[], bool]) -> Sound:
    """Decode the whole sound once and measure it on the way. Raises `Unsupported` when it cannot be decoded."""
    import av

    with opened(path, kind) as container:
        if not container.streams.audio:
            raise Unsupported("It holds no sound.")
        stream = container.streams.audio[0]
        rate, channels = stream.rate, stream.layout.nb_channels
        names = [channel.name for channel in stream.layout.channels]
        cover = _cover(container)
        said = embedded(dict(container.metadata), dict(stream.metadata))
        if cover is not None:
            container.seek(0)
        resampler = av.AudioResampler("fltp", stream.layout, RATE)
        loudness = Loudness(names)
        peaks: list[NDArray[np.float32]] = []
        rest = np.zeros(0, np.float32)
        heard: list[NDArray[np.float32]] = []
        count = 0

        def take(samples: NDArray[np.float32]) -> None:
            nonlocal rest, count
            loudness.feed(samples)
            mono = samples.mean(axis=0)
            if count < _HEARD_FOR_TEMPO:
                heard.append(mono)
            count += len(mono)
            loudest = np.concatenate([rest, np.abs(samples).max(axis=0)])
            whole = len(loudest) // _STEP * _STEP
            peaks.append(loudest[:whole].reshape(-1, _STEP).max(axis=1))
            rest = loudest[whole:]

        for frame in container.decode(stream):
            if stopped():
                raise Stopped("Stopped. What was finished before is kept.")
            for part in resampler.resample(frame):
                take(np.asarray(part.to_ndarray(), np.float32))
        for part in resampler.resample(None):
            take(np.asarray(part.to_ndarray(), np.float32))
        if not count:
            raise Unsupported("The sound holds no samples; it is broken or was cut short.")
        if len(rest):
            peaks.append(rest.max(keepdims=True))
        facts = Facts(
            duration=round(count / RATE, 3),
            sample_rate=rate,
            channels=channels,
            loudness=loudness.integrated(),
            tempo=tempo_of(np.concatenate(heard)[:_HEARD_FOR_TEMPO], RATE),
        )
        return Sound(facts, said, np.concatenate(peaks), stream.codec_context.name, cover)


def _cover(container: av.container.InputContainer) -> Pixels | None:
    """The picture on the sleeve, if there is one that can be read."""
    from PIL import Image

    for stream in container.streams.video:
        if not is_cover(stream) or stream.codec_context.width * stream.codec_context.height > _MAX_COVER:
            continue
        for packet in container.demux(stream):
            if not packet.size:
                break
            try:
                with Image.open(io.BytesIO(bytes(packet)), formats=("JPEG", "PNG")) as image:
                    if image.size[0] * image.size[1] <= _MAX_COVER:
                        return np.asarray(image.convert("RGB"))
            except (OSError, SyntaxError, ValueError):
                # A sound is no worse for a broken picture on its sleeve.
                break
    return None
