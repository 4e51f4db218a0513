"""The sound of a file: as a rendition of the HLS ladder (AAC), and as files of its own (AAC in MP4, MP3)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av

from player.ingest.ladder import Tell, muxer
from player.ingest.source import Input, sounds

RATES = (44_100, 48_000)
BITS = 64_000  # a second and a channel: speech with music under it


def write_hls(given: Input, folder: Path, *, segment: float, tell: Tell) -> None:
    """`index.m3u8`, `init.mp4`, `0.m4s` and on: AAC. Raises `BadInput`."""
    with av.open(str(folder / "index.m3u8"), "w", format="hls", options=muxer(folder, segment)) as out:
        _encode(given, out, "aac", tell)


def write_aac(given: Input, path: Path, *, tell: Tell) -> None:
    """AAC in MP4, the index in front."""
    with av.open(str(path), "w", format="ipod", options={"movflags": "+faststart"}) as out:
        _encode(given, out, "aac", tell)


def write_mp3(given: Input, path: Path, *, tell: Tell) -> None:
    with av.open(str(path), "w", format="mp3") as out:
        _encode(given, out, "libmp3lame", tell)


def _encode(given: Input, out: Any, codec: str, tell: Tell) -> None:
    rate = given.sample_rate if given.sample_rate in RATES else RATES[-1]
    layout = "stereo" if given.channels > 1 else "mono"
    stream = out.add_stream(codec, rate=rate, layout=layout)
    stream.bit_rate = BITS * (2 if given.channels > 1 else 1)
    stream.codec_context.open(strict=False)
    for frame in resampled(sounds(given), stream.format.name, layout, rate, stream.codec_context.frame_size or 1024):
        out.mux(stream.encode(frame))
        tell(frame.time or 0.0)
    out.mux(stream.encode(None))


def resampled(frames: Iterator[av.AudioFrame], form: str, layout: str, rate: int, size: int) -> Iterator[av.AudioFrame]:
    """The sound in frames of `size` samples, from time 0 on; holes are filled with silence, so that it keeps time."""
    graph = None
    for frame in frames:
        if graph is None:
            graph = _graph(frame, form, layout, rate, size)
        graph.push(frame)
        yield from _pull(graph)
    if graph is not None:
        graph.push(None)
        yield from _pull(graph)


def _graph(frame: av.AudioFrame, form: str, layout: str, rate: int, size: int) -> Any:
    graph = av.filter.Graph()
    source = graph.add_abuffer(
        sample_rate=frame.sample_rate, format=frame.format.name, layout=frame.layout.name, time_base=frame.time_base
    )
    filters = [
        graph.add("aresample", f"{rate}:async=1:first_pts=0"),
        graph.add("aformat", f"sample_fmts={form}:sample_rates={rate}:channel_layouts={layout}"),
        graph.add("asetnsamples", f"n={size}:p=0"),
    ]
    graph.link_nodes(source, *filters, graph.add("abuffersink")).configure()
    return graph


def _pull(graph: Any) -> Iterator[av.AudioFrame]:
    while True:
        try:
            yield graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
