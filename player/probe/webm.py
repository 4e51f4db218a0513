"""WebM and Matroska (EBML, RFC 8794; RFC 9559): the head of the Segment, as far as the known pieces show it."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from player.probe.look import Look, Pieces
from player.probe.sniff import sniff

_HEAD = 16_384
_MOST = 512  # elements walked on one level
_SEGMENT, _INFO, _TRACKS, _CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675
_SCALE, _DURATION, _ENTRY, _TYPE, _CODEC, _ENCODINGS = 0x2AD7B1, 0x4489, 0xAE, 0x83, 0x86, 0x6D80
_ENCRYPTION = bytes.fromhex("5035")
_CODECS = {
    "V_VP8": "vp8", "V_VP9": "vp9", "V_AV1": "av1", "V_MPEG4/ISO/AVC": "avc1", "V_MPEGH/ISO/HEVC": "hevc",
    "V_THEORA": "theora", "V_MPEG1": "mpeg1", "V_MPEG2": "mpeg2", "V_MPEG4": "mpeg4", "V_MS/VFW/FOURCC": "vfw",
    "V_MJPEG": "mjpeg", "V_PRORES": "prores", "V_FFV1": "ffv1", "A_OPUS": "opus", "A_VORBIS": "vorbis",
    "A_FLAC": "flac", "A_AAC": "aac", "A_MPEG/L3": "mp3", "A_MPEG/L2": "mp2", "A_AC3": "ac3", "A_EAC3": "eac3",
    "A_DTS": "dts", "A_TRUEHD": "truehd", "A_PCM": "pcm", "A_ALAC": "alac", "A_MS/ACM": "wma",
}  # fmt: skip


def look(pieces: Pieces) -> Look:
    data = pieces.at(0, _HEAD)
    code = sniff(data)
    at = 0
    for ident, start, size in _elements(data, 0, len(data)):
        if ident == _SEGMENT:
            promised = start + size if size is not None else None
            return _segment(
                data, start, Look(code, promised=promised, box="Segment" if promised else None, start=start)
            )
        at = start + (size or 0)
    return Look(code, missing=None if at >= len(data) and not pieces.ends_at(at) else "Segment")


def _segment(data: bytes, start: int, seen: Look) -> Look:
    duration, codecs, pictures, encrypted = None, [], [], False
    for ident, at, size in _elements(data, start, len(data)):
        if ident == _CLUSTER or size is None:
            break
        if ident == _INFO:
            duration = _lasts(data, at, at + size)
        if ident == _TRACKS:
            for entry, body, length in _elements(data, at, min(at + size, len(data))):
                if entry == _ENTRY and length is not None:
                    kind, codec, locked = _track(data, body, min(body + length, len(data)))
                    encrypted = encrypted or locked
                    if codec and kind in (1, 2):
                        codecs.append(codec)
                        pictures += [codec] if kind == 1 else []
    return Look(
        seen.container,
        codecs=tuple(codecs),
        pictures=tuple(pictures),
        duration=duration,
        promised=seen.promised,
        box=seen.box,
        start=seen.start,
        encrypted=encrypted,
    )


def _lasts(data: bytes, at: int, end: int) -> float | None:
    """Seconds, by Info's Duration in units of its TimestampScale (nanoseconds)."""
    scale, units = 1_000_000, None
    for ident, body, size in _elements(data, at, min(end, len(data))):
        if ident == _SCALE and size:
            scale = int.from_bytes(data[body : body + size], "big")
        elif ident == _DURATION and size in (4, 8) and body + size <= len(data):
            units = struct.unpack(">f" if size == 4 else ">d", data[body : body + size])[0]
    return round(units * scale / 1e9, 3) if units and 0 < units * scale < 1e18 else None


def _track(data: bytes, at: int, end: int) -> tuple[int, str | None, bool]:
    kind, codec, locked = 0, None, False
    for ident, body, size in _elements(data, at, end):
        value = data[body : body + (size or 0)]
        if ident == _TYPE:
            kind = int.from_bytes(value, "big")
        elif ident == _CODEC:
            codec = _named(value.rstrip(b"\0").decode("latin-1"))
        elif ident == _ENCODINGS:
            locked = _ENCRYPTION in value
    return kind, codec, locked


def _named(ident: str) -> str:
    """The codec by the longest part of its ID that is known."""
    parts = ident.split("/")
    for length in range(len(parts), 0, -1):
        if found := _CODECS.get("/".join(parts[:length])):
            return found
    return ident[:32]


def _elements(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int | None]]:
    """ID, where the content begins, and its size (None: unknown) of the elements on one level."""
    for _ in range(_MOST):
        ident, width = vint(data, at, marker=True)
        size, more = vint(data, at + width, marker=False) if width else (None, 0)
        if ident is None or not more or at >= end:
            return
        at += width + more
        yield ident, at, size
        if size is None:
            if ident != _SEGMENT:
                return
            continue
        at += size


def vint(data: bytes, at: int, *, marker: bool) -> tuple[int | None, int]:
    """A variable-size integer of EBML (RFC 8794, section 4) and its width; None for "unknown", width 0
    where there is none."""
    if at >= len(data) or data[at] == 0:
        return None, 0
    width = 9 - data[at].bit_length()
    if at + width > len(data):
        return None, 0
    value = int.from_bytes(data[at : at + width], "big")
    if marker:
        return value, width
    value &= (1 << 7 * width) - 1
    return (None if value == (1 << 7 * width) - 1 else value), width
