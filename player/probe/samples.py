"""What an initialisation segment or a transport stream says is in it, and whether CODECS says the same.

MPEG-TS: the stream types of the program map (ISO/IEC 13818-1, 2.4.4). Only what stands in the given bytes is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from player.probe.mp3 import frame, tag_end

_PACKET = 188
_STREAMS = {  # stream type: codec
    0x01: "mpeg1", 0x02: "mpeg2", 0x03: "mp4a.6B", 0x04: "mp4a.69", 0x0F: "mp4a.40.2", 0x11: "mp4a.40.2",
    0x10: "mp4v.20", 0x1B: "avc1", 0x24: "hvc1", 0x81: "ac-3", 0x87: "ec-3", 0xDB: "avc1", 0xCF: "mp4a.40.2",
}  # fmt: skip
_FAMILIES = {
    "avc1": "h264", "avc2": "h264", "avc3": "h264", "avc4": "h264", "hvc1": "hevc", "hev1": "hevc", "dvh1": "hevc",
    "dvhe": "hevc", "dva1": "h264", "dvav": "h264", "vp09": "vp9", "vp9": "vp9", "vp08": "vp8", "vp8": "vp8",
    "av01": "av1", "dav1": "av1", "mp4v": "mpeg4", "mpeg1": "mpeg2", "mpeg2": "mpeg2", "s263": "h263",
    "mp4a": "aac", ".mp3": "mp3", "mp3": "mp3", "ac-3": "ac3", "ac-4": "ac4", "ec-3": "eac3", "opus": "opus",
    "flac": "flac", "alac": "alac", "samr": "amr", "vorbis": "vorbis", "stpp": "text", "wvtt": "text", "tx3g": "text",
}  # fmt: skip
VIDEO = frozenset({"h264", "hevc", "vp9", "vp8", "av1", "mpeg4", "mpeg2", "h263"})
AUDIO = frozenset({"aac", "mp3", "ac3", "ac4", "eac3", "opus", "flac", "alac", "amr", "vorbis"})


def family(codec: str) -> str:
    """What codecs are the same to a decoder: avc1 and avc3 are h264. Lower case; "" for one that is not known."""
    first, _, rest = codec.strip().lower().partition(".")
    if first == "mp4a" and rest.partition(".")[0] in ("6b", "69"):
        return "mp3"
    if first == "mp4a" and rest == "40.34":
        return "mp3"
    return _FAMILIES.get(first or codec.strip().lower(), "")


def of_ts(data: bytes) -> tuple[str, ...]:
    """The streams by the first program map in `data`; empty where there is none."""
    maps: set[int] = set()
    for at in range(0, len(data) - _PACKET + 1, _PACKET):
        packet = data[at : at + _PACKET]
        pid = (packet[1] & 0x1F) << 8 | packet[2]
        if packet[0] != 0x47 or not packet[1] & 0x40 or not packet[3] & 0x10:
            continue
        start = 4 + (1 + packet[4] if packet[3] & 0x20 else 0)
        if start >= _PACKET - 1:
            continue
        section = packet[start + 1 + packet[start] :]
        if pid == 0 and section[:1] == b"\0":
            maps |= set(_programs(section))
        elif pid in maps and section[:1] == b"\2":
            return _streams(section)
    return ()


def packed(data: bytes) -> tuple[str, ...]:
    """The codec of bare audio frames, behind the ID3 tag that tells their time (rfc8216bis, section 3.1.3)."""
    at = 0
    while (end := tag_end(data[at : at + 10])) is not None:
        at += end
    if data[at : at + 2] == b"\x0b\x77":
        return ("ec-3" if len(data) > at + 5 and data[at + 5] >> 3 > 10 else "ac-3",)  # ETSI TS 102 366, annex E
    if data[at : at + 2] in (b"\xac\x40", b"\xac\x41"):
        return ("ac-4",)
    found = frame(data, at)
    return {"aac": ("mp4a.40.2",), "mp3": ("mp3",)}.get(found.container, ()) if found else ()


def _programs(section: bytes) -> Iterator[int]:
    length = (section[1] & 0x0F) << 8 | section[2] if len(section) > 2 else 0
    for at in range(8, min(len(section), 3 + length - 4) - 3, 4):
        if section[at : at + 2] != b"\0\0":
            yield (section[at + 2] & 0x1F) << 8 | section[at + 3]


def _streams(section: bytes) -> tuple[str, ...]:
    if len(section) < 12:
        return ()
    end = min(len(section), 3 + ((section[1] & 0x0F) << 8 | section[2]) - 4)
    at = 12 + ((section[10] & 0x0F) << 8 | section[11])
    found = []
    while at + 5 <= end:
        kind = section[at]
        if kind in _STREAMS:
            found.append(_STREAMS[kind])
        at += 5 + ((section[at + 3] & 0x0F) << 8 | section[at + 4])
    return tuple(found)


def differ(said: str, found: Sequence[str], *, elsewhere: frozenset[str] = frozenset()) -> str | None:
    """The first codec in which CODECS and the media differ; None where they agree, or nothing can be said.

    `elsewhere`: kinds ("audio", "video") that come with another rendition.
    """
    claimed = {family(codec) for codec in said.split(",") if codec.strip()}
    there = {family(codec) for codec in found}
    if not claimed or "" in claimed or not there or "" in there:
        return None  # a codec that is not known here proves nothing
    more = sorted(there - claimed - {"text"})
    if more:
        return next(codec for codec in found if family(codec) == more[0])
    less = claimed - there - (AUDIO if "audio" in elsewhere else frozenset())
    less -= (VIDEO if "video" in elsewhere else frozenset()) | {"text"}
    return sorted(less)[0] if less else None
