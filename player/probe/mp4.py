"""MP4 (ISO/IEC 14496-12): a walk over the top-level boxes, and what they promise.

Only headers are read: a box that lies outside the known pieces is stepped over by its size.
"""

from __future__ import annotations

from dataclasses import replace

from player.probe.look import Look, Pieces
from player.probe.tracks import Box, Track, children, header, tracks

_NEXT = 4096  # bytes asked for at a box that is not known yet
_MOST = 4096  # boxes walked; a long fragmented file has more, and has been understood by then


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
    known = tracks(pieces, moov) if moov else []
    seen = _described(known, moov, Look("fmp4" if fragmented else "mp4", duration=duration))
    promised, name, indexed = _promised(pieces, boxes)
    seen = replace(seen, duration=seen.duration or indexed)
    if promised is not None and pieces.size is not None and promised > pieces.size:
        return replace(seen, promised=promised, box=name)
    if b"moof" in kinds and (moov is None or moov.at > next(box.at for box in boxes if box.kind == b"moof")):
        return replace(seen, missing="moov")  # a segment of a stream, which cannot begin by itself
    media = (b"moof",) if fragmented else (b"mdat", b"imda")
    if unseen is not None and not (moov and (fragmented or any(kind in media for kind in kinds))):
        return replace(seen, need=(unseen, _NEXT))
    missing = None
    if unseen is None:
        missing = "moov" if moov is None else None if any(kind in media for kind in kinds) else media[0].decode()
    seen = replace(seen, promised=promised, box=name, missing=missing)
    return seen if fragmented or moov is None else _ordered(pieces, boxes, moov, known, seen, whole=unseen is None)


def _described(known: list[Track], moov: Box | None, seen: Look) -> Look:
    if moov is None:
        return seen
    named = [track for track in known if track.codec and track.handler in ("vide", "soun")]
    return replace(
        seen,
        start=moov.at,
        codecs=tuple(track.codec or "" for track in named),
        pictures=tuple(track.codec or "" for track in named if track.handler == "vide"),
        encrypted=any(track.encrypted for track in named),
    )


def _ordered(pieces: Pieces, boxes: list[Box], moov: Box, known: list[Track], seen: Look, *, whole: bool) -> Look:
    """Whether the index stands before the media, and points into it."""
    media = [box for box in boxes if box.kind in (b"mdat", b"imda")]
    if media and media[0].at < moov.at:
        seen = replace(seen, late=True, box=seen.box or "moov")
    if not known and moov.end is not None and len(pieces.at(moov.at, moov.end - moov.at)) == moov.end - moov.at:
        return replace(seen, broken="no tracks", box="moov")
    if whole and media:
        stray = next((track.chunk for track in known if _strays(track, media)), None)
        if stray is not None:
            return replace(seen, broken=f"a chunk at {stray} lies outside the media", box="stco")
    return seen


def _strays(track: Track, media: list[Box]) -> bool:
    if track.chunk is None or track.handler not in ("vide", "soun"):
        return False
    return not any(box.body <= track.chunk and (box.end is None or track.chunk < box.end) for box in media)


def _promised(pieces: Pieces, boxes: list[Box]) -> tuple[int | None, str | None, float | None]:
    """How far the boxes reach, the one that reaches farthest, and the duration that an index tells."""
    ends = [(box.end, box.kind) for box in boxes if box.end is not None]
    duration = None
    for box in boxes:
        if box.kind == b"sidx" and (told := _indexed(pieces, box)):
            ends.append((told[0], b"sidx"))
            duration = duration or told[1]
    if not ends:
        return None, None, None
    end, kind = max(ends)
    return end, kind.decode("latin-1"), duration


def _movie(pieces: Pieces, moov: Box) -> tuple[float | None, bool]:
    """Duration in seconds by `mvhd` or `mehd`, and whether `mvex` announces fragments, as far as the head shows."""
    duration, fragmented, scale = None, False, 0
    for box in children(pieces, moov.body, moov.end):
        if box.kind == b"mvhd":
            scale, duration = _duration(pieces.at(box.body, 32))
        elif box.kind == b"mvex":
            fragmented = True
            for inner in children(pieces, box.body, box.end):
                if inner.kind == b"mehd" and scale:
                    data = pieces.at(inner.body, 12)
                    units = int.from_bytes(data[4:12] if data[:1] == b"\1" else data[4:8], "big")
                    duration = duration or round(units / scale, 3) or None
    return duration, fragmented


def _duration(body: bytes) -> tuple[int, float | None]:
    """Timescale and duration of `mvhd` (section 8.2.2)."""
    if len(body) < 32:
        return 0, None
    wide = body[0] == 1
    scale = int.from_bytes(body[20:24] if wide else body[12:16], "big")
    units = int.from_bytes(body[24:32] if wide else body[16:20], "big")
    unknown = units in (0, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
    return scale, None if unknown or not scale else round(units / scale, 3)


def _indexed(pieces: Pieces, box: Box) -> tuple[int, float | None] | None:
    """The end and the duration of what a `sidx` refers to (section 8.16.3), where all of it is known."""
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
    count, scale = int.from_bytes(data[fixed - 2 : fixed], "big"), int.from_bytes(data[8:12], "big")
    if len(data) < fixed + 12 * count:
        return None
    entries = range(fixed, fixed + 12 * count, 12)
    length = sum(int.from_bytes(data[at : at + 4], "big") & 0x7FFFFFFF for at in entries)
    lasts = sum(int.from_bytes(data[at + 4 : at + 8], "big") for at in entries)
    return box.end + offset + length, round(lasts / scale, 3) if scale and lasts else None
