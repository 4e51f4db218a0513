"""The HLS ladder: the same picture in several sizes, H.264 in fragmented MP4, cut at the same moments."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from player.ingest.source import Input, pictures, rotation

RUNGS = (1080, 720, 480, 360, 240)  # pixels of the shorter side
CROWDED = 0.85  # a rung is left out when the file's own size is so near above it
FULL = (1920 * 1080, 5_000_000)  # pixels, and bits a second that are enough for them
Tell = Callable[[float], None]  # told how many seconds of the file are done


@dataclass(frozen=True, slots=True)
class Rung:
    """`name` is its folder: the shorter side. `bits` a second at most."""

    name: str
    width: int
    height: int
    bits: int


def rungs(width: int, height: int, *, most: int = RUNGS[0]) -> list[Rung]:
    """The sizes for a picture of this size, the largest first: never larger than it, nor than `most`."""
    own = min(width, height, most)
    sides = [own, *(rung for rung in RUNGS if rung < own * CROWDED)]
    return [_rung(width, height, side) for side in sides]


def _rung(width: int, height: int, side: int) -> Rung:
    scale = side / min(width, height)
    wide, high = (max(2, 2 * round(length * scale / 2)) for length in (width, height))
    # Detail does not grow as fast as the number of pixels does.
    bits = FULL[1] * (wide * high / FULL[0]) ** 0.75
    return Rung(str(side), wide, high, max(100_000, round(bits, -4)))


def write_rung(given: Input, rung: Rung, folder: Path, *, segment: float, tell: Tell) -> None:
    """`index.m3u8`, `init.mp4`, `0.m4s` and on. Raises `BadInput`."""
    with av.open(str(folder / "index.m3u8"), "w", format="hls", options=muxer(folder, segment)) as out:
        stream: Any = None
        due = 0.0
        for frame in scaled(pictures(given), rung.width, rung.height):
            if stream is None:
                stream = _stream(out, given, rung, frame, segment)
            assert frame.time is not None
            # By the clock and not by counting, so that every rendition is cut at the same frame at any frame rate.
            # A few frames at the end are no segment of their own.
            key = frame.time >= due - 0.0005 and (due == 0 or frame.time < given.duration - segment / 4)
            if key:
                due = (math.floor(frame.time / segment + 0.0005) + 1) * segment
            frame.pict_type = av.video.frame.PictureType.I if key else av.video.frame.PictureType.NONE
            out.mux(stream.encode(frame))
            tell(frame.time)
        if stream is not None:
            out.mux(stream.encode(None))


def muxer(folder: Path, segment: float) -> dict[str, str]:
    """The options of ffmpeg's HLS muxer for a rendition of fragmented MP4."""
    return {
        "hls_time": str(segment), "hls_segment_type": "fmp4", "hls_playlist_type": "vod", "hls_list_size": "0",
        "hls_fmp4_init_filename": "init.mp4", "hls_segment_filename": str(folder / "%d.m4s"),
        "hls_flags": "independent_segments",
    }  # fmt: skip


def _stream(out: Any, given: Input, rung: Rung, frame: av.VideoFrame, segment: float) -> Any:
    rate = min(60, round(given.frame_rate)) or 25
    options = {
        "preset": "medium", "crf": "22", "maxrate": str(rung.bits), "bufsize": str(2 * rung.bits), "profile": "main",
        # Key pictures are ours to choose; one that is not asked for would cut renditions at different moments.
        "g": str(math.ceil(segment * 120)), "sc_threshold": "0", "forced-idr": "1",
    }  # fmt: skip
    stream = out.add_stream("libx264", rate=rate, options=options)
    stream.width, stream.height, stream.pix_fmt = rung.width, rung.height, "yuv420p"
    stream.codec_context.time_base = frame.time_base
    return stream


def scaled(frames: Iterator[av.VideoFrame], width: int, height: int) -> Iterator[av.VideoFrame]:
    """The frames upright, in lines of one moment, in this size, as 4:2:0 in 8 bits."""
    graph, shape, last = None, None, -1
    for frame in frames:
        now = (frame.width, frame.height, frame.format.name, frame.time_base, rotation(frame))
        if graph is None or now != shape:
            graph, shape = _graph(frame, width, height), now
        graph.vpush(frame)
        for ready in _pull(graph):
            # Timestamps that stand still or go back are an encoder's end.
            if ready.pts is not None and ready.pts > last:
                last = ready.pts
                yield ready
    if graph is not None:
        graph.vpush(None)
        yield from (ready for ready in _pull(graph) if ready.pts is not None and ready.pts > last)


_TURNS = {1: ["transpose=clock"], 2: ["hflip", "vflip"], 3: ["transpose=cclock"]}


def _graph(frame: av.VideoFrame, width: int, height: int) -> Any:
    graph = av.filter.Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base)
    words = [
        "bwdif=deint=interlaced",
        *_TURNS.get(rotation(frame), []),
        f"scale={width}:{height}:flags=bicubic",
        "setsar=1",
        "format=yuv420p",
    ]
    filters = [graph.add(*word.partition("=")[::2]) for word in words]
    graph.link_nodes(source, *filters, graph.add("buffersink")).configure()
    return graph


def _pull(graph: Any) -> Iterator[av.VideoFrame]:
    while True:
        try:
            yield graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return
