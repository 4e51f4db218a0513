"""What the header of each container promises: the literal map from a sniffed code to its reader.

A reader is pure: known pieces of the file in, `Look` out. It may ask for more bytes by `Look.need`, and is
then asked again. WebM and Matroska (RFC 8794, RFC 9559), Ogg (RFC 3533), WAV (RIFF, and RF64 of EBU Tech
3306) and FLAC (RFC 9639) are read here; MP4 and MPEG audio have modules of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from player.probe import mp3, mp4
from player.probe.look import Look, Pieces
from player.probe.sniff import sniff

_HEAD = 16_384
_UNKNOWN_SIZES = (0, 0xFFFFFFFF, 0x7FFFFFFF)  # what writers put in that could not go back and correct it


def look(pieces: Pieces, *, duration: float | None = None, audio: bool = False) -> Look:
    """Reads the file as far as its pieces go.

    `duration`: what the catalogue says, in seconds. `audio`: somebody says that this is MPEG audio, so that
    garbage at the start is worth looking through.
    """
    code = sniff(pieces.at(0, _HEAD))
    if code in ("id3", "mp3", "mp2", "aac") or (code == "unknown" and audio):
        return mp3.look(pieces, duration)
    reader = READERS.get(code)
    return reader(pieces) if reader else Look(code)


def _wav(pieces: Pieces) -> Look:
    data = pieces.at(0, _HEAD)
    length, large = int.from_bytes(data[4:8], "little"), data[:4] != b"RIFF"
    promised = None if large or length in _UNKNOWN_SIZES else 8 + length
    rate, at, duration = 0, 12, None
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if kind == b"ds64" and at + 16 <= len(data):
            promised = 8 + int.from_bytes(data[at + 8 : at + 16], "little")
        elif kind == b"fmt ":
            rate = int.from_bytes(data[at + 16 : at + 20], "little")
        elif kind == b"data":
            if size not in _UNKNOWN_SIZES and not large:
                promised = max(promised or 0, at + 8 + size)
                duration = round(size / rate, 3) if rate else None
            break
        at += 8 + size + size % 2
    return Look("wav", duration=duration, promised=promised, box="RIFF" if promised else None, start=at)


def _flac(pieces: Pieces) -> Look:
    info = pieces.at(8, 34)
    if len(info) < 34:
        return Look("flac", start=0)
    most, smallest = int.from_bytes(info[2:4], "big"), int.from_bytes(info[4:7], "big")
    packed = int.from_bytes(info[10:18], "big")
    hertz, samples = packed >> 44, packed & (1 << 36) - 1
    duration = round(samples / hertz, 3) if hertz and samples else None
    # No size is written anywhere, but there is a smallest frame and a number of frames.
    promised = 42 + samples // most * smallest if most and smallest and samples else None
    return Look("flac", codecs=("flac",), duration=duration, promised=promised, box="STREAMINFO", start=0)


_OGG_CODECS = ((b"OpusHead", "opus"), (b"\x01vorbis", "vorbis"), (b"\x7fFLAC", "flac"), (b"\x80theora", "theora"))


def _ogg(pieces: Pieces) -> Look:
    data = pieces.at(0, 512)
    body = 27 + data[26] if len(data) > 26 else len(data)
    codec = next((name for magic, name in _OGG_CODECS if data.startswith(magic, body)), None)
    promised = None
    if data.startswith(b"fishead\0", body) and data[body + 8 : body + 10] == b"\4\0":
        promised = int.from_bytes(data[body + 64 : body + 72], "little") or None  # Ogg Skeleton 4.0
    return Look(
        "ogg", codecs=(codec,) if codec else (), promised=promised, box="fishead" if promised else None, start=0
    )


_SEGMENT = 0x18538067


def _webm(pieces: Pieces) -> Look:
    data = pieces.at(0, _HEAD)
    code = sniff(data)
    at = 0
    while at < len(data):
        ident, width = _vint(data, at, marker=True)
        size, more = _vint(data, at + width, marker=False) if width else (None, 0)
        if not width or not more:
            break
        at += width + more
        if ident == _SEGMENT:
            promised = at + size if size is not None else None
            return Look(code, promised=promised, box="Segment" if promised else None, start=at)
        if size is None:
            break
        at += size
    return Look(code, missing=None if at >= len(data) and not pieces.ends_at(at) else "Segment")


def _vint(data: bytes, at: int, *, marker: bool) -> tuple[int | None, int]:
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


READERS: Mapping[str, Callable[[Pieces], Look]] = {
    "mp4": mp4.look,
    "webm": _webm,
    "matroska": _webm,
    "ogg": _ogg,
    "wav": _wav,
    "flac": _flac,
}
