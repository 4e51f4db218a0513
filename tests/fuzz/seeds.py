"""Sound files to begin with, and ways to spoil them."""

from __future__ import annotations

import random
from pathlib import Path

_PACKET = b"\x47\x40\0\x10\0\0\xb0\x0d\0\1\xc1\0\0\0\1\xe1\0crc!".ljust(188, b"\xff")
_MAP = b"\x47\x41\0\x10\0\2\xb0\x12\0\1\xc1\0\0\xe1\1\xf0\0\x1b\xe1\1\xf0\0crc!".ljust(188, b"\xff")
MANIFESTS = {
    "ts": _PACKET + _MAP,
    "hls": b"#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:7\n"
    b'#EXT-X-MAP:URI="init.mp4",BYTERANGE="800@0"\n#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x1\n'
    b"#EXT-X-PROGRAM-DATE-TIME:2026-11-23T00:00:00.000Z\n#EXTINF:4.0,\n#EXT-X-BYTERANGE:100@800\na.m4s\n#EXT-X-GAP\n"
    b'#EXTINF:4,\nb.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-PART:DURATION=1,URI="c.0"\n#EXT-X-ENDLIST\n',
    "dash": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" '
    b'availabilityStartTime="2026-11-22T00:00:00Z" minimumUpdatePeriod="PT2S"><Period id="1" start="PT0S">'
    b'<AdaptationSet mimeType="video/mp4"><SegmentTemplate timescale="1000" '
    b'media="$RepresentationID$/$Number%05d$.m4s" '
    b'initialization="i.mp4" duration="4000" startNumber="1"><SegmentTimeline><S t="0" d="4000" r="-1"/>'
    b'</SegmentTimeline></SegmentTemplate><Representation id="a" bandwidth="1" codecs="avc1.64001f"/>'
    b"</AdaptationSet></Period></MPD>",
    "captions": b"WEBVTT - x\n\nSTYLE\n::cue {}\n\n1\n00:01.000 --> 00:02.000 line:0\n<v A>Hello</v>\n",
    "heads": b"HTTP/1.1 206 Partial Content\r\nContent-Type: video/mp4\r\nContent-Length: 4\r\n\r\nabcd",
    "signature": b"https://example.org/a?X-Amz-Date=20200101T000000Z&X-Amz-Expires=3600&token=eyJhIjoxfQ.eyJleHAiOjF9.c",
}
FILES = {
    "mp4": (".mp4", ".m4a", ".mov"),
    "mp3": (".mp3", ".aac"),
    "sniff": (".mp3", ".ogg", ".webm", ".flac", ".wav", ".mp4"),
}
OTHERS = (".ogg", ".webm", ".flac", ".wav")  # of mp3: one reader dispatches to all


def seeds(name: str, samples: Path) -> list[bytes]:
    if name in MANIFESTS:
        return [MANIFESTS[name]]
    endings = FILES[name] + (OTHERS if name == "mp3" else ())
    found = [path for path in sorted(samples.iterdir()) if path.suffix in endings]
    return [path.read_bytes()[:200_000] for path in found]


def spoilt(data: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, mostly near the beginning, or a piece cut out, doubled, or put in from elsewhere."""
    made = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        if not made:
            break
        near = min(len(made), chance.choice((64, 1024, 8192, len(made))))
        at, length = chance.randrange(near), chance.choice((1, 2, 4, 8, 200))
        match chance.randrange(6):
            case 0:
                made[at] = chance.randrange(256)
            case 1:
                made[at : at + length] = chance.choice((b"\0", b"\xff", b"\x80", b"\x7f")) * length
            case 2:
                del made[at : at + length]
            case 3:
                made[at:at] = made[at : at + length]
            case 4:
                other = chance.randrange(len(made))
                made[at:at] = made[other : other + length]
            case _:
                del made[at + chance.randrange(20_000) :]
    return bytes(made)
