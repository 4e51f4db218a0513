"""One ordinary MP4 of a film, for browsers without HLS and pages without JavaScript: nothing is encoded again."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import av

from player.ingest.ladder import Tell

# Our own files: the demuxer may open whatever their playlists name, as long as it is a file.
_OWN = {
    "protocol_whitelist": "file", "allowed_extensions": "ALL", "allowed_segment_extensions": "ALL",
    "extension_picky": "0",
}  # fmt: skip


def write_film(renditions: list[Path], path: Path, *, tell: Tell) -> None:
    """The renditions, each with one stream, put together in `path`; the index in front."""
    with ExitStack() as files, av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        given = [files.enter_context(av.open(str(folder / "index.m3u8"), "r", options=_OWN)) for folder in renditions]
        streams = [out.add_stream_from_template(container.streams[0]) for container in given]
        feeds = [_packets(container, stream) for container, stream in zip(given, streams, strict=True)]
        for moment, _, packet in heapq.merge(*feeds, key=lambda item: item[0]):
            out.mux(packet)
            tell(moment)


def _packets(container: Any, stream: Any) -> Iterator[tuple[float, int, Any]]:
    """(seconds, stream, packet) in the order of decoding."""
    for packet in container.demux(container.streams[0]):
        if packet.dts is not None:
            moment = float(packet.dts * packet.time_base)
            packet.stream = stream
            yield moment, stream.index, packet
