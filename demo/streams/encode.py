"""Short renditions for the streams, encoded with PyAV from the demo's own film; a second or two of work.

Only tests need this: the demo itself cuts what is committed.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av

# width, height, quality: the higher one is made heavy, so that a slow link tells them apart.
SIZES = {"low": (160, 90, 30), "high": (640, 360, 10)}


def renditions(source: Path, folder: Path, *, seconds: float, keys: float) -> dict[str, Path]:
    """The first `seconds` of a film in each of `SIZES`, with its sound, a key picture every `keys` seconds."""
    made = {name: folder / f"{name}.mp4" for name in SIZES}
    with av.open(str(source)) as film:
        outputs = [(av.open(str(path), "w"), name) for name, path in made.items()]
        videos = [_video(out, film.streams.video[0], *SIZES[name], keys) for out, name in outputs]
        sounds: list[Any] = [out.add_stream_from_template(film.streams.audio[0]) for out, _ in outputs]
        for packet in film.demux(film.streams.video[0], film.streams.audio[0]):
            if packet.dts is None or packet.pts is None or packet.time_base is None:
                continue
            if packet.stream.type == "audio":
                if packet.pts * packet.time_base < seconds:
                    data, pts, base = bytes(packet), packet.pts, packet.time_base
                    for (out, _), sound in zip(outputs, sounds, strict=True):
                        copy = av.Packet(data)
                        copy.pts = copy.dts = pts
                        copy.time_base, copy.stream = base, sound
                        out.mux(copy)
                continue
            for frame in packet.decode():
                assert isinstance(frame, av.VideoFrame)
                if frame.time is not None and frame.time < seconds:
                    _encode(frame, outputs, videos)
        for (out, _), video in zip(outputs, videos, strict=True):
            out.mux(video.encode(None))
            out.close()
    return made


def _video(out: Any, like: Any, width: int, height: int, crf: int, keys: float) -> Any:
    stream = out.add_stream("libx264", rate=like.average_rate)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.codec_context.time_base = Fraction(like.average_rate.denominator, like.average_rate.numerator)
    stream.options = {
        "preset": "veryfast", "crf": str(crf), "profile": "main", "bf": "2",
        "g": str(round(keys * like.average_rate)), "keyint_min": "1", "sc_threshold": "0", "threads": "1",
    }  # fmt: skip
    return stream


def _encode(frame: av.VideoFrame, outputs: list[Any], videos: list[Any]) -> None:
    assert frame.time is not None
    for (out, _), video in zip(outputs, videos, strict=True):
        small = frame.reformat(video.width, video.height)
        small.pts, small.time_base = round(frame.time * video.average_rate), 1 / video.average_rate
        small.pict_type = av.video.frame.PictureType.NONE  # the original's choice is not ours
        out.mux(video.encode(small))


def voice(source: Path, path: Path, *, seconds: float) -> Path:
    """The beginning of a recording as AAC in MP4: another language for the same film."""
    with av.open(str(source)) as given, av.open(str(path), "w") as out:
        stream: Any = out.add_stream("aac", rate=24_000, layout="mono", bit_rate=32_000)
        resampler = av.AudioResampler("fltp", "mono", 24_000, frame_size=1024)
        for frame in given.decode(given.streams.audio[0]):
            if frame.time is not None and frame.time >= seconds:
                break
            for ready in resampler.resample(frame):
                out.mux(stream.encode(ready))
        for ready in resampler.resample(None):
            out.mux(stream.encode(ready))
        out.mux(stream.encode(None))
    return path


def transport(source: Path, folder: Path, *, segment: float, options: dict[str, str]) -> None:
    """`index.m3u8` and MPEG-TS segments by ffmpeg's own HLS muxer, packets copied. `options` are the muxer's."""
    wanted = {
        "hls_time": str(segment), "hls_playlist_type": "vod", "hls_list_size": "0",
        "hls_segment_filename": str(folder / "%d.ts"),
    } | options  # fmt: skip
    with av.open(str(source)) as film, av.open(str(folder / "index.m3u8"), "w", format="hls", options=wanted) as out:
        streams = {stream.index: out.add_stream_from_template(stream) for stream in film.streams}
        for packet in film.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                out.mux(packet)
