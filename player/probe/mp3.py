"""MPEG audio (ISO/IEC 11172-3, 13818-3) and AAC in ADTS (13818-7): frames, ID3v2, Xing and VBRI headers.

Nothing here has a magic number, so a frame counts only when others follow where its length says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter

from player.probe.look import Look, Pieces

_KBITS = {  # (MPEG-1, layer) -> kbit/s by index
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_HERTZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}  # by version bits
_ADTS_HERTZ = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_HEADER = 7  # bytes of the longest
_ROW = 3  # frames in a row that make it sure
_STEADY = 12  # frames in a row that make a constant bitrate likely
_WINDOW = 16_384
_MIDDLE = 8_192
_FAR = 65_536  # how much garbage before the first frame is looked through


@dataclass(frozen=True, slots=True)
class Frame:
    """`length` in bytes, `bitrate` in bit/s (0 in ADTS, where every frame has its own), `samples` a channel."""

    container: str
    length: int
    bitrate: int
    hertz: int
    samples: int
    side: int = 0  # bytes from the frame's start to where a Xing header stands

    def continues(self, other: Frame) -> bool:
        return (self.container, self.hertz) == (other.container, other.hertz)


def frame(data: bytes, at: int = 0) -> Frame | None:
    """The frame whose header stands at `at`."""
    if len(data) < at + _HEADER or data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        return None
    if data[at + 1] & 0xF6 == 0xF0:  # MPEG-4 or MPEG-2 AAC: layer 0
        return _adts(data, at)
    return _mpeg(data[at + 1 : at + 4])


@lru_cache(maxsize=4096)
def _mpeg(header: bytes) -> Frame | None:
    """The frame of a header's second to fourth byte, which are the same in most frames of a file."""
    second, third, fourth = header
    version, layer = second >> 3 & 3, 4 - (second >> 1 & 3)
    if version == 1 or layer == 4 or third >> 4 in (0, 15) or third >> 2 & 3 == 3:
        return None
    first = version == 3
    bitrate = _KBITS[first, layer][third >> 4] * 1000
    hertz, padding = _HERTZ[version][third >> 2 & 3], third >> 1 & 1
    if layer == 1:
        return Frame("mp2", (12 * bitrate // hertz + padding) * 4, bitrate, hertz, 384)
    samples = 576 if layer == 3 and not first else 1152
    mono = fourth >> 6 == 3
    side = 4 + ((17 if mono else 32) if first else (9 if mono else 17))
    return Frame(
        "mp3" if layer == 3 else "mp2", samples // 8 * bitrate // hertz + padding, bitrate, hertz, samples, side
    )


def _adts(data: bytes, at: int) -> Frame | None:
    index = data[at + 2] >> 2 & 15
    length = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
    if index >= len(_ADTS_HERTZ) or length < 8:
        return None
    return Frame("aac", length, 0, _ADTS_HERTZ[index], 1024)


_rate = attrgetter("bitrate")


@dataclass(frozen=True, slots=True)
class Found:
    """Frames in a row from `at` on. `rates` in bit/s, of all but the first, which may hold nothing but a
    Xing header, at a rate of its own. `bitrate`: the only one, if there are enough frames to say so."""

    at: int
    first: Frame
    rates: frozenset[int]
    bitrate: int | None


def find(data: bytes, most: int | None = None) -> Found | None:
    """The first place where frames follow each other. `most`: frames that are enough; all that are there."""
    at = data.find(b"\xff")
    while at >= 0:
        frames = _row(data, at, most)
        # Fewer will do where they begin the data and it ends with them.
        if len(frames) >= _ROW or (frames and at == 0 and frames[0].container != "mp2" and _covers(frames, data)):
            rates = frozenset(map(_rate, frames[1:]))
            steady = len(rates) == 1 and len(frames) >= _STEADY
            return Found(at, frames[0], rates, max(rates) or None if steady else None)
        at = data.find(b"\xff", at + 1)
    return None


def _row(data: bytes, at: int, most: int | None) -> list[Frame]:
    following = first = frame(data, at)
    frames: list[Frame] = []
    known: dict[bytes, Frame] = {}  # by their headers, which are few in one file
    while following is not None and first is not None:
        frames.append(following)
        if len(frames) == most:
            break
        at += following.length
        header = data[at : at + 4]
        following = known.get(header) if len(data) >= at + _HEADER else None
        if following is None and (following := frame(data, at)) is not None:
            if not first.continues(following):
                break
            if following.container != "aac":  # whose length goes on behind them
                known[header] = following
    return frames


def _covers(frames: list[Frame], data: bytes) -> bool:
    return sum(one.length for one in frames) > len(data) - 7


def tag_end(data: bytes) -> int | None:
    """Where the ID3v2 tag at the start ends (ID3v2.4, section 3.1), padding and footer included."""
    if len(data) < 10 or data[:3] != b"ID3" or any(byte & 0x80 for byte in data[6:10]):
        return None
    size = data[6] << 21 | data[7] << 14 | data[8] << 7 | data[9]
    return 10 + size + (10 if data[5] & 0x10 else 0)


def begins(data: bytes) -> str | None:
    """The container of the first frames that follow each other."""
    found = find(data, _ROW)
    return found.first.container if found else None


def start(pieces: Pieces) -> int | None:
    """Where the audio should begin: behind the ID3v2 tags, of which some files have several; None where
    that is not known yet."""
    at = 0
    for _ in range(4):
        data = pieces.at(at, 10)
        if len(data) < 10:
            return at if at else None
        end = tag_end(data)
        if end is None:
            return at
        at += end
    return at


def look(pieces: Pieces, duration: float | None = None) -> Look:
    """Reads MPEG audio. `duration`: what the catalogue says, in seconds, to measure the size against."""
    begin = start(pieces) or 0
    if begin and pieces.ends_at(begin):
        return Look("id3", promised=begin + 1, box="ID3v2")
    for window in (_WINDOW, _FAR):
        data = pieces.at(begin, window)
        if begin and data.startswith(b"fLaC"):
            return Look("flac", ("flac",), start=begin)
        found = find(data)
        if found:
            return _sized(pieces, found, begin + found.at, duration)
        if len(data) < window and not pieces.ends_at(begin + len(data)):
            return Look("id3" if begin else "unknown", need=(begin + len(data), window - len(data)))
    return Look("id3" if begin else "unknown", missing="frame")


def _sized(pieces: Pieces, found: Found, at: int, duration: float | None) -> Look:
    first = found.first
    frames, length, box = _header(pieces.at(at, 256), first)
    told = round(frames * first.samples / first.hertz, 3) if frames else None
    if length:
        return Look(first.container, (first.container,), duration=told, promised=at + length, box=box, start=at)
    plain = Look(first.container, (first.container,), duration=told, start=at)
    if told is not None or found.bitrate is None or pieces.size is None:
        return plain
    lasts = round((pieces.size - at) * 8 / found.bitrate, 3)
    if not duration or lasts > duration * 0.9:
        return replace(plain, duration=lasts)
    # Shorter than it should be, if the bitrate is what it seems: look once more, in the middle.
    middle = at + (pieces.size - at) // 2
    seen = pieces.at(middle, _MIDDLE)
    if len(seen) < _MIDDLE and not pieces.ends_at(middle + len(seen)):
        return replace(plain, need=(middle + len(seen), _MIDDLE - len(seen)))
    there = find(seen)
    if there is None or not there.first.continues(first) or there.rates != {found.bitrate}:
        return plain
    return replace(plain, duration=lasts, promised=at + int(duration * found.bitrate / 8), box="bitrate")


def _header(data: bytes, first: Frame) -> tuple[int | None, int | None, str | None]:
    """Frames and bytes by a Xing, Info or VBRI header, if the first frame holds one."""
    for at in (first.side, first.side + 2):  # two bytes on, where the frame has a checksum
        if first.side and data[at : at + 4] in (b"Xing", b"Info") and len(data) >= at + 16:
            flags, here = int.from_bytes(data[at + 4 : at + 8], "big"), at + 8
            frames = length = 0
            if flags & 1:
                frames, here = int.from_bytes(data[here : here + 4], "big"), here + 4
            if flags & 2:
                length = int.from_bytes(data[here : here + 4], "big")
            return frames or None, length or None, data[at : at + 4].decode()
    if data[36:40] == b"VBRI" and len(data) >= 54:
        return int.from_bytes(data[50:54], "big") or None, int.from_bytes(data[46:50], "big") or None, "VBRI"
    return None, None, None
