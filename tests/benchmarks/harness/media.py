"""Small clips and a poster, made once with PyAV and kept in a git-ignored folder."""

from __future__ import annotations

from fractions import Fraction
from math import pi, sin
from pathlib import Path

import av

SECONDS = 60
RATE = 24_000
WIDTH, HEIGHT, FPS = 640, 360, 25


def make(folder: Path) -> None:
    """Write `clip-audio.mp3`, `clip-video.mp4` (H.264, AAC) and `poster.jpg`, unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, maker in (("clip-audio.mp3", _audio), ("clip-video.mp4", _video), ("poster.jpg", _poster)):
        if not (folder / name).exists():
            part = folder / f"part-{name}"
            maker(part)
            part.replace(folder / name)


def _sound(position: int, samples: int) -> av.AudioFrame:
    """A quiet tone that swells once a second."""
    frame = av.AudioFrame(format="s16", layout="mono", samples=samples)
    values = bytearray()
    for index in range(position, position + samples):
        swell = 0.5 - 0.5 * sin(2 * pi * index / RATE)
        values += int(3000 * swell * sin(2 * pi * 330 * index / RATE)).to_bytes(2, "little", signed=True)
    frame.planes[0].update(bytes(values))
    frame.sample_rate = RATE
    frame.pts = position
    frame.time_base = Fraction(1, RATE)
    return frame


def _picture(index: int, count: int) -> av.VideoFrame:
    """A gradient with a bar that crosses it: cheap to encode, plainly moving."""
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    luma = frame.planes[0]
    edge = index * WIDTH // count
    row = bytes(40 + x // 8 + (90 if abs(x - edge) < 12 else 0) for x in range(WIDTH))
    luma.update((row + bytes(luma.line_size - WIDTH)) * HEIGHT)
    for plane, shade in zip(frame.planes[1:], (150, 110), strict=True):
        plane.update(bytes([shade]) * plane.buffer_size)
    return frame


def _audio(path: Path) -> None:
    with av.open(str(path), "w", format="mp3") as out:
        stream = out.add_stream("libmp3lame", rate=RATE, layout="mono")
        stream.bit_rate = 48_000
        for position in range(0, SECONDS * RATE, 1152):
            out.mux(stream.encode(_sound(position, 1152)))
        out.mux(stream.encode(None))


def _video(path: Path) -> None:
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        picture = out.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "crf": "30", "g": "50"})
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound = out.add_stream("aac", rate=RATE, layout="mono")
        sound.bit_rate = 48_000
        resampler = av.AudioResampler("fltp", "mono", RATE)
        heard = 0
        for index in range(SECONDS * FPS):
            out.mux(picture.encode(_picture(index, SECONDS * FPS)))
            while heard < (index + 1) * RATE // FPS:
                for frame in resampler.resample(_sound(heard, 1024)):
                    out.mux(sound.encode(frame))
                heard += 1024
        out.mux(picture.encode(None))
        out.mux(sound.encode(None))


def _poster(path: Path) -> None:
    with av.open(str(path), "w", format="mjpeg") as out:
        stream = out.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        out.mux(stream.encode(_picture(1, 3).reformat(format="yuvj420p")))
        out.mux(stream.encode(None))
