"""Posters and thumbnails: whether a picture is all there, where its bytes tell.

PNG ends with IEND, GIF with a semicolon, JPEG with EOI somewhere (phones append films to it); WebP (RIFF) and
AVIF (ISO base media) say how long they are.
"""

from __future__ import annotations

from player.probe import mp4
from player.probe.look import Look, Pieces

_ENDS = {"png": b"IEND\xaeB`\x82", "jpeg": b"\xff\xd9", "gif": b";"}


def look(pieces: Pieces, code: str) -> Look:
    if code == "webp":
        return Look(code, promised=8 + int.from_bytes(pieces.at(4, 4), "little"), box="RIFF")
    if code == "avif":
        boxes, _ = mp4.walk(pieces)
        ends = [box.end for box in boxes if box.end is not None]
        return Look(code, promised=max(ends), box="mdat") if ends else Look(code)
    data, ending = pieces.head, _ENDS.get(code)
    if ending and pieces.ends_at(len(data)) and ending not in data:
        return Look(code, missing="end")
    return Look(code)
