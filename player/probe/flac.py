"""FLAC (RFC 9639): what STREAMINFO says of it, and how far the last frame of the file is from its end."""

from __future__ import annotations

from dataclasses import replace

from player.probe.look import Look, Pieces

_TAIL = 32_768  # bytes at the end in which the last frame's header is looked for
_SHORT = 0.98  # share of the samples that must be there: the last frame may be cut, or another may be smaller
_BLOCKS = {1: 192, **{n: 144 << n for n in range(2, 6)}, **{n: 1 << n for n in range(8, 16)}}  # section 9.1.1


def look(pieces: Pieces) -> Look:
    info = pieces.at(8, 34)
    if len(info) < 34:
        return Look("flac", start=0, missing="STREAMINFO" if pieces.ends_at(8 + len(info)) else None)
    if pieces.at(4, 1)[0] & 0x7F:
        return Look("flac", start=0, broken="the first block is not STREAMINFO")
    smallest_block, most = int.from_bytes(info[:2], "big"), int.from_bytes(info[2:4], "big")
    smallest = int.from_bytes(info[4:7], "big")
    packed = int.from_bytes(info[10:18], "big")
    hertz, samples = packed >> 44, packed & (1 << 36) - 1
    duration = round(samples / hertz, 3) if hertz and samples else None
    # No size is written anywhere, but there is a smallest frame and a number of frames.
    promised = 42 + samples // most * smallest if most and smallest and samples else None
    seen = Look("flac", codecs=("flac",), duration=duration, promised=promised, box="STREAMINFO", start=0)
    size = pieces.size
    if not samples or not most or size is None or size <= 0 or pieces.end is not None:
        return seen
    if promised is not None and promised > size:
        return seen
    start = max(0, size - _TAIL)
    tail = pieces.at(start, size - start)
    if len(tail) < size - start:
        missing = start + len(tail)
        return replace(seen, need=(missing, size - missing))
    reached = _reached(tail, most, fixed=smallest_block == most)
    if reached is None or reached >= samples * _SHORT:
        return seen
    return replace(seen, promised=size * samples // max(reached, 1))


def _reached(tail: bytes, block: int, *, fixed: bool) -> int | None:
    """The sample up to which the last frame reaches whose header stands there; None where there is none."""
    at = len(tail)
    while (at := tail.rfind(b"\xff", 0, at)) >= 0:
        found = _frame(tail[at : at + 16])
        if found is not None and found[0] == fixed:
            counted, many = found[1], found[2]
            return counted * block + many if fixed else counted + many
    return None


def _frame(head: bytes) -> tuple[bool, int, int] | None:
    """Of the frame header (section 9.1) whether blocks are all of one size, the number of the frame or of its
    first sample, and how many samples it has."""
    if len(head) < 6 or head[1] & 0xFE != 0xF8 or head[3] & 1 or head[2] & 15 == 15 or head[3] >> 4 > 10:
        return None
    number, width = _coded(head[4:])
    code, at = head[2] >> 4, 4 + width
    more = {6: 1, 7: 2}.get(code, 0)
    many = int.from_bytes(head[at : at + more], "big") + 1 if more else _BLOCKS.get(code, 0)
    at += more + {12: 1, 13: 2, 14: 2}.get(head[2] & 15, 0)
    if number is None or not many or at >= len(head) or _crc(head[:at]) != head[at]:
        return None
    return not head[1] & 1, number, many


def _coded(data: bytes) -> tuple[int | None, int]:
    """A number coded as UTF-8 codes characters, of up to 36 bits (section 9.1.5), and its width."""
    first = data[0]
    if first < 0x80:
        return first, 1
    width = 8 - (first ^ 0xFF).bit_length()
    rest = data[1:width]
    if not 2 <= width <= 7 or len(rest) < width - 1 or any(byte & 0xC0 != 0x80 for byte in rest):
        return None, 1
    value = first & (1 << 7 - width) - 1
    for byte in rest:
        value = value << 6 | byte & 0x3F
    return value, width


def _crc(data: bytes) -> int:
    """CRC-8 with the polynomial x^8 + x^2 + x + 1 (section 9.1.8)."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07 if crc & 0x80 else crc << 1) & 0xFF
    return crc
