"""Small real media files: a tone, and for video a changing colour, made with PyAV."""

import array
import math
from pathlib import Path

import av

RATE = 48_000
WIDTH, HEIGHT, FPS = 160, 90, 10
CODECS: dict[str, tuple[str, str | None]] = {  # by file ending: audio, video
    ".mp3": ("libmp3lame", None),
    ".ogg": ("libopus", None),
    ".mp4": ("aac", "libx264"),
    ".webm": ("libopus", "libvpx"),
}


def make_clip(path: Path, seconds: float = 10, pitch: float = 440) -> Path:
    """Write the file that the ending names, and return its path."""
    audio_codec, video_codec = CODECS[path.suffix]
    with av.open(str(path), "w", options={"movflags": "faststart"} if path.suffix == ".mp4" else {}) as out:
        audio = out.add_stream(audio_codec, rate=RATE)
        assert isinstance(audio, av.AudioStream)
        audio.layout = "mono"
        if video_codec:
            _add_video(out, video_codec, seconds)
        _add_tone(out, audio, seconds, pitch)
    return path


def _add_video(out: "av.container.OutputContainer", codec: str, seconds: float) -> None:
    stream = out.add_stream(codec, rate=FPS)
    assert isinstance(stream, av.VideoStream)
    stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    stream.codec_context.gop_size = FPS  # a key frame a second, so that seeking lands
    for number in range(round(seconds * FPS)):
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane, value in zip(frame.planes, (60 + number % 120, 90, 170), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


def _add_tone(out: "av.container.OutputContainer", stream: "av.AudioStream", seconds: float, pitch: float) -> None:
    context = stream.codec_context
    if not context.is_open:  # writing the header, for video's sake, has opened it
        context.open()
    resampler = av.AudioResampler(format=context.format, layout="mono", rate=RATE, frame_size=context.frame_size)
    block = RATE // 10
    for start in range(0, round(seconds * RATE), block):
        wave = (math.sin(2 * math.pi * pitch * index / RATE) for index in range(start, start + block))
        frame = av.AudioFrame(format="s16", layout="mono", samples=block)
        frame.planes[0].update(array.array("h", (round(6000 * value) for value in wave)).tobytes())
        frame.sample_rate, frame.pts = RATE, start
        for ready in resampler.resample(frame):
            out.mux(stream.encode(ready))
    for ready in resampler.resample(None):
        out.mux(stream.encode(ready))
    out.mux(stream.encode(None))
