"""MP4 (ISO/IEC 14496-12): a walk over the top-level boxes, and what they promise.

Only headers are read: a box that lies outside the known pieces is stepped over by its size.
"""

from __future__ import annotations

from dataclasses import dataclass

from player.probe.look import Look, Pieces

_NEXT = 4096  # bytes asked for at a box that is not known yet
_MOST = 4096  # boxes walked; a long fragmented file has more, and has been understood by then


@dataclass(frozen=True, slots=True)
class Box:
    """`at`: its position. `end`: the first byte behind it, None where it goes to the file's end."""

    kind: bytes
    at: int
    body: int
    end: int | None


def header(data: bytes, at: int) -> Box | None:
    """The box header at the start of `data`, which stands at `at` in the file; None where it is none."""
    if len(data) < 8:
        return None
    size, kind, body = int.from_bytes(data[:4], "big"), data[4:8], 8
    if not all(0x20 <= byte < 0x7F or byte == 0xA9 for byte in kind):
        return None
    if size == 1:
        if len(data) < 16:
            return None
        size, body = int.from_bytes(data[8:16], "big"), 16
    elif size == 0:
        return Box(kind, at, at + 8, None)
    return Box(kind, at, at + body, at + size) if size >= body else None


def walk(pieces: Pieces) -> tuple[list[Box], int | None]:
    """The top-level boxes that can be reached, and where the next stands if it is not known yet."""
    boxes: list[Box] = []
    at = 0
    while len(boxes) < _MOST:
        if pieces.ends_at(at):
            return boxes, None
        data = pieces.at(at, 16)
        short = len(data) < (16 if data[:4] == b"\0\0\0\1" else 8)
        over = pieces.ends_at(at + len(data)) or pieces.ends_at(at + 7)
        if short and not over:
            return boxes, at
        box = header(data, at)
        if box is None:
            return boxes, None
        boxes.append(box)
        if box.end is None:
            return boxes, None
        at = box.end
    return boxes, None


def look(pieces: Pieces) -> Look:
    boxes, unseen = walk(pieces)
    kinds = [box.kind for box in boxes]
    moov = next((box for box in boxes if box.kind == b"moov"), None)
    duration, fragmented = _movie(pieces, moov) if moov else (None, False)
    fragmented = fragmented or b"moof" in kinds or b"sidx" in kinds
    container = "fmp4" if fragmented else "mp4"
    promised, name = _promised(pieces, boxes)
    start = moov.at if moov else None
    if promised is not None and pieces.size is not None and promised > pieces.size:
        return Look(container, duration=duration, promised=promised, box=name, start=start)
    if unseen is not None and not (moov and (fragmented or b"mdat" in kinds)):
        return Look(container, duration=duration, need=(unseen, _NEXT), start=start)
    missing = None if moov or unseen is not None else "moov"
    return Look(container, duration=duration, promised=promised, box=name, missing=missing, start=start)


def _promised(pieces: Pieces, boxes: list[Box]) -> tuple[int | None, str | None]:
    """How far the boxes reach, and the one that reaches farthest."""
    ends = [(box.end, box.kind) for box in boxes if box.end is not None]
    ends += [(end, b"sidx") for box in boxes if box.kind == b"sidx" and (end := _indexed(pieces, box))]
    if not ends:
        return None, None
    end, kind = max(ends)
    return end, kind.decode("latin-1")


def _movie(pieces: Pieces, moov: Box) -> tuple[float | None, bool]:
    """Duration in seconds by `mvhd`, and whether `mvex` announces fragments, as far as the head shows."""
    duration, fragmented, at = None, False, moov.body
    for _ in range(64):
        box = header(pieces.at(at, 16), at)
        if box is None or box.end is None or (moov.end is not None and at >= moov.end):
            break
        if box.kind == b"mvhd":
            duration = _duration(pieces.at(box.body, 32))
        fragmented = fragmented or box.kind == b"mvex"
        at = box.end
    return duration, fragmented


def _duration(body: bytes) -> float | None:
    if len(body) < 32:
        return None
    wide = body[0] == 1
    scale = int.from_bytes(body[20:24] if wide else body[12:16], "big")
    units = int.from_bytes(body[24:32] if wide else body[16:20], "big")
    unknown = units in (0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
    return None if unknown or not scale else round(units / scale, 3)


def _indexed(pieces: Pieces, box: Box) -> int | None:
    """The end of what a `sidx` refers to (section 8.16.3), where all of it is known."""
    if box.end is None or box.end - box.at > 1 << 20:
        return None
    data = pieces.at(box.body, box.end - box.body)
    if len(data) < box.end - box.body or len(data) < 24:
        return None
    wide = data[0] != 0
    fixed = 32 if wide else 24
    if len(data) < fixed:
        return None
    offset = int.from_bytes(data[20:28] if wide else data[16:20], "big")
    count = int.from_bytes(data[fixed - 2 : fixed], "big")
    if len(data) < fixed + 12 * count:
        return None
    sizes = (int.from_bytes(data[at : at + 4], "big") & 0x7FFFFFFF for at in range(fixed, fixed + 12 * count, 12))
    return box.end + offset + sum(sizes)
