"""Pictures of a film: the poster, and the sprite of thumbnails with the WebVTT that says which is when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av

from player.ingest.ladder import Tell, scaled
from player.ingest.source import Input, cover, picture_at, rotation

WIDE = 1280  # pixels of a poster at most
TILE = 160  # pixels of a thumbnail's longer side
TILES = 100  # at most, in ten columns: one sprite
EVERY = (1, 2, 3, 5, 10, 15, 30, 60, 120, 300, 600)  # seconds between thumbnails
DARK = 24.0  # of 255: a picture whose mean is below says nothing
TRIES = (0.1, 0.2, 0.35, 0.5, 0.02, 0.75)  # shares of the duration at which a poster is looked for


def write_poster(given: Input, path: Path, *, at: float | None, tell: Tell) -> None:
    """A JPEG: the cover, the picture at a moment, or the first that is not dark."""
    if at is not None:
        frame = picture_at(given, min(at, max(0.0, given.duration - 0.1)))
    elif given.cover and not given.width:
        frame = cover(given)
    else:
        frame = None
        for share in TRIES:
            found = picture_at(given, share * given.duration)
            frame = frame or found
            if found is not None and _mean(found) >= DARK:
                frame = found
                break
    assert frame is not None
    wide, high = (frame.height, frame.width) if rotation(frame) % 2 else (frame.width, frame.height)
    wide, high = (given.width, given.height) if given.width else (wide, high)
    path.write_bytes(_jpeg(_fit(frame, wide, high, WIDE), quality=4))
    tell(given.duration)


def write_thumbnails(given: Input, sprite: Path, told: Path, *, tell: Tell) -> None:
    """The sprite, a JPEG, and the WebVTT whose cues are its parts (W3C Media Fragments URI 1.0, section 4.2.2)."""
    every = next((step for step in EVERY if given.duration / step <= TILES), given.duration / TILES)
    count = max(1, int(-(-given.duration // every)))
    columns = min(10, count)
    wide, high = _within(given.width, given.height, TILE)
    graph: Any = None
    last = None
    for index in range(count):
        # The middle of the stretch that it stands for.
        moment = min((index + 0.5) * every, given.duration - 0.05)
        frame = picture_at(given, moment, early=every / 2) or last
        if frame is None:
            continue
        small = _fit(frame, given.width, given.height, TILE)
        if graph is None:
            graph = _sheet(small, columns, -(-count // columns))
        small.pts = index
        graph.vpush(small)
        last = frame
        tell(min(given.duration, (index + 1) * every))
    graph.vpush(None)
    sprite.write_bytes(_jpeg(graph.vpull(), quality=6))
    cues = ["WEBVTT"]
    for index in range(count):
        x, y = index % columns * wide, index // columns * high
        start, end = index * every, min((index + 1) * every, given.duration)
        cues.append(f"{_clock(start)} --> {_clock(end)}\n{sprite.name}#xywh={x},{y},{wide},{high}")
    told.write_text("\n\n".join(cues) + "\n")


def _sheet(tile: av.VideoFrame, columns: int, rows: int) -> Any:
    graph = av.filter.Graph()
    source = graph.add_buffer(width=tile.width, height=tile.height, format=tile.format, time_base=tile.time_base)
    graph.link_nodes(source, graph.add("tile", f"{columns}x{rows}"), graph.add("buffersink")).configure()
    return graph


def _fit(frame: av.VideoFrame, width: int, height: int, most: int) -> av.VideoFrame:
    """The frame, which is `width` by `height` as shown, no wider or higher than `most`."""
    return next(scaled(iter([frame]), *_within(width, height, most)))


def _within(width: int, height: int, most: int) -> tuple[int, int]:
    scale = min(1.0, most / max(width, height))
    return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2))


def _mean(frame: av.VideoFrame) -> float:
    """How bright it is, 0 to 255."""
    grey = frame.reformat(32, 32, "gray")
    plane = grey.planes[0]
    rows = [bytes(plane)[row * plane.line_size :][:32] for row in range(32)]
    return sum(map(sum, rows)) / 1024


def _jpeg(frame: av.VideoFrame, *, quality: int) -> bytes:
    """`quality`: the encoder's scale, 2 is best and 31 worst."""
    encoder: Any = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuvj420p"
    encoder.time_base = frame.time_base
    encoder.options = {"qmin": str(quality), "qmax": str(quality), "huffman": "optimal"}
    full = frame.reformat(format="yuvj420p")
    full.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(full), *encoder.encode(None)])


def _clock(seconds: float) -> str:
    """A WebVTT timestamp."""
    minutes, thousandths = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{thousandths // 1000:02}.{thousandths % 1000:03}"
