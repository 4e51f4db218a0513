"""HLS of raw MP3 segments ("packed audio", RFC 8216, section 3.4): MPEG frames behind an ID3 tag with their time."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from .hls import Entry, media_playlist

_OWNER = b"com.apple.streaming.transportStreamTimestamp\0"
_KBITS = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)  # MPEG-2 layer III
_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000)}


def raw_mp3(folder: Path, source: Path, target: float, *, seconds: float) -> None:
    """`index.m3u8`, `0.mp3` and on: the first `seconds` of an MP3 file."""
    entries: list[Entry] = []
    part, length, start = b"", 0.0, 0.0
    for frame, duration in _frames(source.read_bytes()):
        part, length = part + frame, length + duration
        whole = start + length >= seconds
        if length >= target or whole:
            name = f"{len(entries)}.mp3"
            (folder / name).write_bytes(_stamp(round(start * 90_000)) + part)
            entries.append(Entry(name, length))
            part, length, start = b"", 0.0, start + length
        if whole:
            break
    (folder / "index.m3u8").write_text(media_playlist(entries, tags=["#EXT-X-PLAYLIST-TYPE:VOD"]))


def _frames(data: bytes) -> Iterator[tuple[bytes, float]]:
    """The sounding frames and their seconds; the tag and the frame that describes the file are left out."""
    at = (
        10 + sum(byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
        if data[:3] == b"ID3"
        else 0
    )
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] & 0xE6 == 0xE2:
        version, bits = data[at + 1] >> 3 & 3, data[at + 2]
        rate = _RATES[version][bits >> 2 & 3]
        kbits, each = (_KBITS_1, 1152) if version == 3 else (_KBITS, 576)
        size = each // 8 * kbits[bits >> 4] * 1000 // rate + (bits >> 1 & 1)
        frame = data[at : at + size]
        if not (b"Xing" in frame[:64] or b"Info" in frame[:64]):
            yield frame, each / rate
        at += size


def _stamp(time: int) -> bytes:
    """An ID3v2.4 tag with the 90 kHz time of the first sample, in a PRIV frame."""
    body = _OWNER + struct.pack(">Q", time)
    frame = b"PRIV" + bytes([0, 0, 0, len(body)]) + b"\0\0" + body
    return b"ID3\4\0\0" + bytes([0, 0, 0, len(frame)]) + frame
