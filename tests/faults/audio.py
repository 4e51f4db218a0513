"""Sound files, and the films of WebM and Ogg."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from demo.faults import HTML
from tests.faults.case import Case, D, Media, Reply, U, healthy
from tests.samples import SECONDS, id3

SOUND = (
    "plain.mp3", "bare.mp3", "plain.aac", "plain.wav", "plain.flac", "plain.ogg", "plain.webm", "artwork.mp3",
    "two-tags.mp3", "garbage.mp3", "far.mp3", "tail-tag.mp3", "tiny.mp3", "streamed.wav",
)  # fmt: skip
TYPES = {
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
}


def served(name: str, body: bytes) -> dict[str, Reply]:
    return {name: Reply(body, TYPES.get(name.rpartition(".")[2], "video/webm"))}


def cases(media: Media) -> list[Case]:
    return [
        *(healthy(f"audio-{name.replace('.', '-')}", served(name, media[name]), name) for name in SOUND),
        *_mp3(media["plain.mp3"], media["bare.mp3"]),
        *_waves(media["plain.wav"]),
        *_others(media),
        *_webm(media["plain.webm"]),
    ]


def _case(name: str, state: object, reasons: set[str], file: str, body: bytes, **target: object) -> Case:
    return Case(f"audio-{name}", state, reasons, served(file, body), file, target)  # type: ignore[arg-type]


def _sound(name: str, file: str, body: bytes, **target: object) -> Case:
    return healthy(f"audio-{name}", served(file, body), file, target=target)


def _mp3(plain: bytes, bare: bytes) -> Iterator[Case]:
    half = len(bare) // 2
    yield _case("mp3-half", U, {"truncated"}, "a.mp3", plain[: len(plain) // 2])
    yield _case("mp3-half-size", U, {"truncated"}, "a.mp3", bare[:half], size=len(bare))
    yield _case("mp3-half-duration", U, {"truncated"}, "a.mp3", bare[:half], duration=float(SECONDS))
    yield _case("mp3-cover-alone", U, {"truncated"}, "a.mp3", id3(1_000_000)[:500_000])
    yield _case("mp3-tag-alone", U, {"truncated", "corrupt"}, "a.mp3", id3(5000))
    yield _case("mp3-tag-and-page", U, {"corrupt"}, "a.mp3", id3(5000) + HTML * 200)
    yield _case("mp3-noise", U, {"wrong-type"}, "a.mp3", bytes(range(7, 200)) * 600)
    yield _case("mp3-shorter", D, {"wrong-duration"}, "a.mp3", plain, duration=600.0)
    yield _sound("mp3-as-long", "a.mp3", plain, duration=5.2)
    yield _sound("mp3-cover-of-a-megabyte", "a.mp3", id3(1 << 20) + bare)
    yield _sound("mp3-vbr", "a.mp3", _vbr(False))
    yield _sound("mp3-vbr-xing", "a.mp3", _vbr(True))
    yield _sound("mp3-vbr-duration", "a.mp3", _vbr(False), duration=300 * 1152 / 44100)
    yield _sound("mp3-ends-midway", "a.mp3", bare[: half + 100])  # as recorders leave it
    yield _sound("mp3-line-before", "a.mp3", b"\r\n" + bare)
    yield _sound("mp3-many-tags", "a.mp3", id3(200) * 3 + bare)


def _vbr(xing: bool) -> bytes:
    """Frames of MPEG-1 layer III, 44,100 Hz, mono, of changing bitrates, without and with their number before them."""
    rates = (32, 40, 48, 56, 64, 80, 96, 112, 128)
    frames = []
    for number in range(300):
        index = 1 + number * 7 % len(rates)
        length = 144_000 * rates[index - 1] // 44_100
        frames.append(bytes([0xFF, 0xFB, index << 4, 0xC0]) + b"\x55" * (length - 4))
    body = b"".join(frames)
    head = b"Xing" + struct.pack(">III", 3, 300, len(body) + 208)
    first = bytes([0xFF, 0xFB, 5 << 4, 0xC0]) + b"\0" * 17 + head
    return (first.ljust(208, b"\0") if xing else b"") + body


def _waves(wav: bytes) -> Iterator[Case]:
    tag = wav.index(b"fmt ") + 8

    def coded(number: int) -> bytes:
        return wav[:tag] + struct.pack("<H", number) + wav[tag + 2 :]

    yield _case("wav-half", U, {"truncated"}, "a.wav", wav[: len(wav) // 2])
    yield _case("wav-adpcm", U, {"unsupported"}, "a.wav", coded(0x11))
    yield _case("wav-shorter", D, {"wrong-duration"}, "a.wav", wav, duration=90.0)
    yield _sound("wav-float", "a.wav", coded(3))
    yield _sound("wav-unheard", "a.wav", coded(0x1234))


def _others(media: Media) -> Iterator[Case]:
    flac, ogg, aac = media["plain.flac"], media["plain.ogg"], media["plain.aac"]
    yield _case("flac-head", U, {"truncated"}, "a.flac", flac[:30])
    yield _case("flac-broken", U, {"corrupt"}, "a.flac", flac[:4] + b"\4" + flac[5:])
    yield _case("flac-shorter", D, {"wrong-duration"}, "a.flac", flac, duration=90.0)
    yield _case("ogg-speex", U, {"unsupported"}, "a.ogg", ogg.replace(b"OpusHead", b"Speex   "))
    yield _case("ogg-theora", D, {"limited-codec"}, "a.ogg", ogg.replace(b"OpusHead", b"\x80theora\3"))
    yield _case("ogg-half-size", U, {"truncated"}, "a.ogg", ogg[: len(ogg) // 2], size=len(ogg))
    yield _sound("flac-tagged", "a.flac", id3(3000) + flac)
    yield _sound("ogg-as-opus", "a.opus", ogg)
    yield _sound("aac-tagged", "a.aac", id3(300) + aac)
    layer2 = b"".join(bytes([0xFF, 0xFD, 0x80, 0xC0]) + b"\x55" * 413 for _ in range(100))
    yield _case("mp2", D, {"limited-codec"}, "a.mp3", layer2)


def _webm(webm: bytes) -> Iterator[Case]:
    yield _case("webm-half", U, {"truncated"}, "a.webm", webm[: len(webm) // 2])
    yield _case("webm-shorter", D, {"wrong-duration"}, "a.webm", webm, duration=90.0)
    yield _case("webm-head", U, {"truncated"}, "a.webm", webm[:40])
    mkv = webm.replace(b"\x42\x82\x84webm", b"\x42\x82\x84matr", 1)
    yield _case("webm-matroska", D, {"limited-codec"}, "a.webm", mkv)
    yield _case("webm-dts", D, {"limited-codec"}, "a.webm", webm.replace(b"A_OPUS", b"A_DTS\0", 1))
    size = webm.index(b"\x18\x53\x80\x67") + 4
    live = webm[:size] + b"\x01" + b"\xff" * 7 + webm[size + 8 :]
    yield _sound("webm-live", "a.webm", live)  # written to a pipe: of unknown size
