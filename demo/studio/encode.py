"""Writes the demo's media files, byte for byte the same each time. Part of `make_media`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from .speech import RATE, Samples

_EXACT = {"fflags": "+bitexact"}  # no random ids, no dates, no versions
_LONGEST = RATE  # samples handed over at a time


class _Audio:
    """An audio stream of an open container."""

    def __init__(
        self, container: Any, codec: str, *, rate: int, bit_rate: int | None, options: Mapping[str, str] | None = None
    ) -> None:
        self._container = container
        self._stream = container.add_stream(codec, rate=rate, options=dict(options or {}) | {"flags": "+bitexact"})
        self._stream.layout = "mono"
        if bit_rate:
            self._stream.bit_rate = bit_rate
        # The encoder resamples: from here on there is only one rate.
        self._resampler = av.AudioResampler(self._stream.format.name, "mono", rate)
        self._done = 0

    def write(self, samples: Samples) -> None:
        for start in range(0, len(samples), _LONGEST):
            part = (samples[start : start + _LONGEST] * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(part[None, :], format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, self._done
            self._done += len(part)
            for changed in self._resampler.resample(frame):
                self._container.mux(self._stream.encode(changed))

    def close(self) -> None:
        for changed in self._resampler.resample(None):
            self._container.mux(self._stream.encode(changed))
        self._container.mux(self._stream.encode(None))


def write_audio(
    path: Path,
    samples: Samples,
    codec: str,
    *,
    bit_rate: int | None = None,
    rate: int = RATE,
    tags: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
) -> None:
    """One recording. The container follows from the file's name; `bit_rate` in bit/s."""
    container_options = _EXACT | ({"movflags": "+faststart"} if path.suffix == ".m4a" else {})
    if path.suffix == ".mp3":
        container_options |= {"id3v2_version": "3", "write_xing": "1"}
    with av.open(str(path), "w", options=container_options) as container:
        container.metadata.update(tags or {})
        stream = _Audio(container, codec, rate=rate, bit_rate=bit_rate, options=options)
        stream.write(samples)
        stream.close()


class Film:
    """A film written in several encodings at once, so that each frame is painted once."""

    def __init__(self, width: int, height: int, frame_rate: int, tags: Mapping[str, str]) -> None:
        self._width, self._height, self._frame_rate, self._tags = width, height, frame_rate, tags
        self._open = ExitStack()
        self._outputs: list[tuple[Any, Any, _Audio]] = []
        self._count = 0

    def mp4(self, path: Path, *, crf: int, audio: int) -> None:
        """H.264 main profile and AAC, the index in front. `audio` in bit/s."""
        options = {"profile": "main", "preset": "slow", "crf": str(crf), "threads": "1", "tune": "animation"}
        options |= {"g": str(self._frame_rate * 5), "flags": "+bitexact"}
        self._add(path, "libx264", options, "aac", audio, {"movflags": "+faststart"})

    def webm(self, path: Path, *, crf: int, audio: int) -> None:
        """VP9 and Opus, the cues in front. `audio` in bit/s."""
        options = {"crf": str(crf), "b": "0", "deadline": "good", "cpu-used": "2", "threads": "1", "row-mt": "0"}
        options |= {"g": str(self._frame_rate * 5), "flags": "+bitexact"}
        self._add(path, "libvpx-vp9", options, "libopus", audio, {"cues_to_front": "1", "reserve_index_space": "2048"})

    def _add(
        self, path: Path, codec: str, options: dict[str, str], sound: str, bit_rate: int, muxer: dict[str, str]
    ) -> None:
        container = self._open.enter_context(av.open(str(path), "w", options=_EXACT | muxer))
        container.metadata.update(self._tags)
        picture: Any = container.add_stream(codec, rate=self._frame_rate, options=options)
        picture.width, picture.height, picture.pix_fmt = self._width, self._height, "yuv420p"
        rate = 48_000 if sound == "libopus" else RATE
        self._outputs.append((container, picture, _Audio(container, sound, rate=rate, bit_rate=bit_rate)))

    def write(self, frames: Iterable[NDArray[np.uint8]], samples: Samples) -> None:
        """All of it: a frame and the sound that goes with it in turn, so that the file is interleaved."""
        each = RATE // self._frame_rate
        for index, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
            frame.pts = index
            for container, picture, audio in self._outputs:
                container.mux(picture.encode(frame))
                audio.write(samples[index * each : (index + 1) * each])
        for container, picture, audio in self._outputs:
            container.mux(picture.encode(None))
            audio.close()
        self._open.close()


def total(paths: Sequence[Path]) -> int:
    """Bytes of all the files together."""
    return sum(path.stat().st_size for path in paths)
