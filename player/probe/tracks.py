"""The tracks of an MP4 (ISO/IEC 14496-12, section 8) as far as the known pieces of its `moov` show them.

Codec strings follow RFC 6381 and ISO/IEC 14496-15, annex E: "avc1.64001f", "mp4a.40.2", "hvc1.1.6.L93.b0".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from player.probe.look import Pieces

_CHILDREN = 256  # boxes looked at in one box
_TRACKS = 64
_VISUAL, _SOUND = 78, 28  # bytes of a sample entry before its boxes
_PROTECTED = {"encv", "enca"}
_KIND = re.compile(rb"[\x20-\x7e\xa9]{4}")


class Box(NamedTuple):
    """`at`: its position. `end`: the first byte behind it, None where it goes to the file's end."""

    kind: bytes
    at: int
    body: int
    end: int | None


class Track(NamedTuple):
    """`handler`: "vide", "soun" or another; "" where it is not known. `codec`: of its first sample entry.
    `chunk`: where in the file its first sample lies; None where it has none, or that is not known."""

    handler: str
    codec: str | None
    encrypted: bool
    chunk: int | None


def header(data: bytes, at: int) -> Box | None:
    """The box header at the start of `data`, which stands at `at` in the file; None where it is none."""
    if len(data) < 8:
        return None
    size, kind, body = int.from_bytes(data[:4], "big"), data[4:8], 8
    if not _KIND.fullmatch(kind):
        return None
    if size == 1:
        if len(data) < 16:
            return None
        size, body = int.from_bytes(data[8:16], "big"), 16
    elif size == 0:
        return Box(kind, at, at + 8, None)
    return Box(kind, at, at + body, at + size) if size >= body else None


def children(pieces: Pieces, at: int, end: int | None) -> Iterator[Box]:
    """The boxes from `at` on, until `end`, the first unknown byte or something that is no box."""
    for _ in range(_CHILDREN):
        box = header(pieces.at(at, 16), at)
        if box is None or box.end is None or (end is not None and box.end > end):
            return
        yield box
        at = box.end


def _child(pieces: Pieces, box: Box | None, kind: bytes) -> Box | None:
    if box is None:
        return None
    return next((inner for inner in children(pieces, box.body, box.end) if inner.kind == kind), None)


def tracks(pieces: Pieces, moov: Box) -> list[Track]:
    found: list[Track] = []
    for box in children(pieces, moov.body, moov.end):
        if box.kind == b"trak" and len(found) < _TRACKS:
            found.append(_track(pieces, box))
    return found


def codecs(data: bytes) -> tuple[str, ...]:
    """The codecs of an initialisation segment, or of any MP4 that begins with `data`: audio and video tracks alone."""
    pieces = Pieces()
    pieces.add(0, data)
    moov = next((box for box in children(pieces, 0, None) if box.kind == b"moov"), None)
    found = tracks(pieces, moov) if moov else []
    return tuple(track.codec for track in found if track.codec and track.handler in ("vide", "soun"))


def _track(pieces: Pieces, trak: Box) -> Track:
    mdia = _child(pieces, trak, b"mdia")
    hdlr = _child(pieces, mdia, b"hdlr")
    handler = pieces.at(hdlr.body + 8, 4).decode("latin-1") if hdlr else ""
    stbl = _child(pieces, _child(pieces, mdia, b"minf"), b"stbl")
    codec, encrypted = _sample_entry(pieces, _child(pieces, stbl, b"stsd"), handler)
    return Track(handler, codec, encrypted, _first_chunk(pieces, stbl))


def _first_chunk(pieces: Pieces, stbl: Box | None) -> int | None:
    for kind, width in ((b"stco", 4), (b"co64", 8)):
        box = _child(pieces, stbl, kind)
        data = pieces.at(box.body + 4, 4 + width) if box else b""
        if len(data) == 4 + width and int.from_bytes(data[:4], "big"):
            return int.from_bytes(data[4:], "big")
    return None


def _sample_entry(pieces: Pieces, stsd: Box | None, handler: str) -> tuple[str | None, bool]:
    """The codec of the first sample entry (section 8.5.2), and whether it is encrypted (ISO/IEC 23001-7)."""
    entry = header(pieces.at(stsd.body + 8, 16), stsd.body + 8) if stsd else None
    if entry is None or entry.end is None:
        return None, False
    kind = entry.kind.decode("latin-1")
    inner = entry.body + (_VISUAL if handler == "vide" else _SOUND + _more(pieces.at(entry.body + 8, 2)))
    boxes = {box.kind: box for box in children(pieces, inner, entry.end)}
    if encrypted := kind in _PROTECTED:
        frma = _child(pieces, boxes.get(b"sinf"), b"frma")
        kind = pieces.at(frma.body, 4).decode("latin-1") if frma else kind
    return _named(
        kind, {name: pieces.at(box.body, min(256, (box.end or 0) - box.body)) for name, box in boxes.items()}
    ), encrypted


def _more(version: bytes) -> int:
    """QuickTime's versions of the sound entry have 16 and 36 bytes more."""
    return {1: 16, 2: 36}.get(int.from_bytes(version, "big"), 0)


def _named(kind: str, boxes: dict[bytes, bytes]) -> str:
    if (avc := boxes.get(b"avcC", b"")) and len(avc) >= 4:
        return f"{kind}.{avc[1:4].hex()}"
    if (hevc := boxes.get(b"hvcC", b"")) and len(hevc) >= 13:
        return f"{kind}.{_hevc(hevc)}"
    if (esds := boxes.get(b"esds", b"")) and (objects := _objects(esds)):
        return f"{kind}.{objects}"
    if (vpc := boxes.get(b"vpcC", b"")) and len(vpc) >= 7:
        return f"{kind}.{vpc[4]:02}.{vpc[5]:02}.{vpc[6] >> 4:02}"
    if (av1 := boxes.get(b"av1C", b"")) and len(av1) >= 3:
        depth = 8 if not av1[2] & 0x40 else 12 if av1[2] & 0x20 else 10
        return f"{kind}.{av1[1] >> 5}.{av1[1] & 31:02}{'H' if av1[2] & 0x80 else 'M'}.{depth:02}"
    return kind


def _hevc(record: bytes) -> str:
    space = ("", "A", "B", "C")[record[1] >> 6]
    compatible = int(f"{int.from_bytes(record[2:6], 'big'):032b}"[::-1], 2)
    constraints = [f"{byte:x}" for byte in record[6:12].rstrip(b"\0")]
    tier = "H" if record[1] & 0x20 else "L"
    return ".".join([f"{space}{record[1] & 31}", f"{compatible:x}", f"{tier}{record[12]}", *constraints])


def _objects(esds: bytes) -> str | None:
    """Object type and, for MPEG-4 audio, audio object type (ISO/IEC 14496-1, section 7.2.6)."""
    at, object_type = 4, None
    for _ in range(4):
        if at >= len(esds):
            break
        tag, at = esds[at], at + 1
        while at < len(esds) and esds[at] & 0x80:  # the size, seven bits a byte
            at += 1
        at += 1
        if tag == 3:
            flags = esds[at + 2] if at + 2 < len(esds) else 0
            at += 3 + (2 if flags & 0x80 else 0) + (2 if flags & 0x20 else 0)
        elif tag == 4:
            object_type = esds[at] if at < len(esds) else None
            at += 13
        elif tag == 5 and object_type == 0x40 and at < len(esds):
            return f"40.{_audio_object(esds[at : at + 2])}"
        else:
            break
    return None if object_type is None else f"{object_type:02x}"


def _audio_object(config: bytes) -> int:
    first = config[0] >> 3
    return first if first != 31 or len(config) < 2 else 32 + ((config[0] & 7) << 3 | config[1] >> 5)
