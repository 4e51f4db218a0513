"""What the header of each container promises: the literal map from a sniffed code to its reader.

A reader is pure: known pieces of the file in, `Look` out. It may ask for more bytes by `Look.need`, and is
then asked again. WAV (RIFF, and RF64 of EBU Tech 3306) is read here; the others have modules of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from player.probe import flac, mp3, mp4, ogg, pictures, webm
from player.probe.look import Look, Pieces
from player.probe.sniff import IMAGES, sniff

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
    if code in IMAGES:
        return pictures.look(pieces, code)
    reader = READERS.get(code)
    return reader(pieces) if reader else Look(code)


# By the format tag of RFC 2361; of the others no browser plays any.
_WAVES = {1: "pcm", 3: "pcm", 6: "pcm", 7: "pcm", 0x55: "mp3", 2: "adpcm", 0x11: "adpcm", 0x31: "gsm", 0x161: "wma"}


def _wav(pieces: Pieces) -> Look:
    data = pieces.at(0, _HEAD)
    length, large = int.from_bytes(data[4:8], "little"), data[:4] != b"RIFF"
    promised = None if large or length in _UNKNOWN_SIZES else 8 + length
    rate, at, duration, codec = 0, 12, None, None
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if kind == b"ds64" and at + 16 <= len(data):
            promised = 8 + int.from_bytes(data[at + 8 : at + 16], "little")
        elif kind == b"fmt ":
            rate, codec = int.from_bytes(data[at + 16 : at + 20], "little"), _waveform(data[at + 8 : at + 8 + size])
        elif kind == b"data":
            if size not in _UNKNOWN_SIZES and not large:
                promised = max(promised or 0, at + 8 + size)
                duration = round(size / rate, 3) if rate else None
            break
        at += 8 + size + size % 2
    broken = "data without fmt" if data[at : at + 4] == b"data" and codec is None else None
    codecs = (codec,) if codec else ()
    box = "RIFF" if promised else None
    return Look("wav", codecs=codecs, duration=duration, promised=promised, box=box, start=at, broken=broken)


def _waveform(form: bytes) -> str | None:
    if len(form) < 14:
        return None
    tag = int.from_bytes(form[:2], "little")
    if tag == 0xFFFE and len(form) >= 26:  # extensible: the tag begins the sub-format's GUID
        tag = int.from_bytes(form[24:26], "little")
    return _WAVES.get(tag, f"wav-{tag:04x}")


READERS: Mapping[str, Callable[[Pieces], Look]] = {
    "mp4": mp4.look,
    "webm": webm.look,
    "matroska": webm.look,
    "ogg": ogg.look,
    "wav": _wav,
    "flac": flac.look,
}
