"""What lies beside a film or a recording: chapters, thumbnails, the shape of its sound. Part of `make_media`.

Made from the files themselves, so that it fits them, and needs nothing to be spoken or drawn again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .text import clock

BARS = 900  # pairs of peaks in a waveform: four to a pixel of a timeline is already too many
TILE = (160, 90)  # pixels of one thumbnail
COLUMNS = 7


def chapters(titles: Sequence[tuple[float, str]], duration: float) -> str:
    """WebVTT whose cues are chapters: each goes on until the next begins. Times in seconds."""
    bounds = [*(start for start, _ in titles), duration]
    cues = (
        f"{clock(start)} --> {clock(end)}\n{title}"
        for (start, end), (_, title) in zip(pairwise(bounds), titles, strict=True)
    )
    return "\n\n".join(["WEBVTT", *cues]) + "\n"


def thumbnails(film: Path, sprite: Path, *, every: float) -> str:
    """Writes one picture with a tile for each `every` seconds of a film; the WebVTT that says which is which.

    A cue's text is the sprite's name with a spatial fragment (W3C Media Fragments URI 1.0, section 4.2.2).
    """
    tiles: list[Image.Image] = []
    with av.open(str(film)) as container:
        duration = float(container.duration or 0) / av.time_base
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time >= (len(tiles) + 0.5) * every:
                picture = Image.fromarray(frame.to_ndarray(format="rgb24"))
                tiles.append(picture.resize(TILE, Image.Resampling.LANCZOS))
    if len(tiles) * every < duration - 0.1:
        tiles.append(tiles[-1])
    wide, high = TILE
    whole = Image.new("RGB", (wide * COLUMNS, high * math.ceil(len(tiles) / COLUMNS)))
    cues = ["WEBVTT"]
    for index, tile in enumerate(tiles):
        x, y = index % COLUMNS * wide, index // COLUMNS * high
        whole.paste(tile, (x, y))
        end = min((index + 1) * every, duration)
        cues.append(f"{clock(index * every)} --> {clock(end)}\n{sprite.name}#xywh={x},{y},{wide},{high}")
    whole.save(sprite, quality=62, progressive=True, optimize=True)
    return "\n\n".join(cues) + "\n"


def smaller(film: Path, path: Path, *, width: int, height: int, keys: float) -> None:
    """The film's picture without its sound, in another size, with a key picture every `keys` seconds: a rendition.

    Players change between renditions at key pictures, so these have to stand where the film's own do.
    """
    with av.open(str(film)) as given, av.open(str(path), "w", options={"fflags": "+bitexact"}) as out:
        rate = int(given.streams.video[0].average_rate or 25)
        options = {"profile": "main", "preset": "slow", "crf": "31", "threads": "1", "tune": "animation"}
        options |= {"g": str(round(keys * rate)), "sc_threshold": "0", "flags": "+bitexact"}
        stream: Any = out.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number, frame in enumerate(given.decode(video=0)):
            small = frame.reformat(width, height)
            small.pts, small.time_base = number, Fraction(1, rate)
            small.pict_type = av.video.frame.PictureType.NONE  # the film's own choice is not this encoder's
            out.mux(stream.encode(small))
        out.mux(stream.encode(None))


def peaks(recording: Path) -> str:
    """The JSON of audiowaveform, version 2: the least and the greatest sample of each stretch, in 8 bits."""
    plain: list[NDArray[np.int16]] = []
    with av.open(str(recording)) as container:
        resampler = av.AudioResampler("s16", "mono", 8000)
        for frame in container.decode(audio=0):
            plain += [part.to_ndarray()[0] for part in resampler.resample(frame)]
    samples = np.concatenate(plain).astype(np.int32)
    each = math.ceil(len(samples) / BARS)
    data: list[int] = []
    for start in range(0, len(samples), each):
        stretch = samples[start : start + each]
        data += [int(stretch.min()) >> 8, int(stretch.max()) >> 8]
    told: dict[str, Any] = {"version": 2, "channels": 1, "sample_rate": 8000, "samples_per_pixel": each, "bits": 8}
    return json.dumps({**told, "length": len(data) // 2, "data": data}, separators=(",", ":")) + "\n"
