"""Real media in every container that the probe knows, and the odd shapes that real servers have of them."""

from __future__ import annotations

import array
import math
import struct
from functools import cache
from pathlib import Path

import av
import pytest

from demo.faults import PNG

SECONDS = 6
_RATE = 44_100
# name: (container, codec, options of the muxer, video codec)
_MADE: dict[str, tuple[str, str, dict[str, str], str | None]] = {
    "plain.mp3": ("mp3", "libmp3lame", {}, None),
    "bare.mp3": ("mp3", "libmp3lame", {"write_xing": "0", "id3v2_version": "0"}, None),
    "plain.aac": ("adts", "aac", {}, None),
    "plain.m4a": ("ipod", "aac", {"movflags": "faststart"}, None),
    "plain.wav": ("wav", "pcm_s16le", {}, None),
    "plain.flac": ("flac", "flac", {}, None),
    "plain.ogg": ("ogg", "libopus", {}, None),
    "plain.webm": ("webm", "libopus", {}, "libvpx"),
    "faststart.mp4": ("mp4", "aac", {"movflags": "faststart"}, "libx264"),
    "moov-last.mp4": ("mp4", "aac", {}, "libx264"),
    "fragmented.mp4": ("mp4", "aac", {"movflags": "frag_keyframe+empty_moov+default_base_moof"}, "libx264"),
    "indexed.mp4": (
        "mp4",
        "aac",
        {"movflags": "frag_keyframe+empty_moov+default_base_moof+dash+global_sidx"},
        "libx264",
    ),
}


def make(path: Path) -> None:
    """Writes the sample that the name stands for."""
    container, codec, options, video = _MADE[path.name]
    with av.open(str(path), "w", format=container, options=options) as out:
        audio = out.add_stream(codec, rate=48_000 if codec == "libopus" else _RATE)
        assert isinstance(audio, av.AudioStream)
        audio.layout = "mono"
        if codec not in ("flac", "pcm_s16le"):
            audio.bit_rate = 64_000
        if video:
            _film(out, video)
        sound = av.AudioFrame(format="s16", layout="mono", samples=_RATE * SECONDS)
        sound.rate = _RATE
        sound.planes[0].update(_wave())
        resampler = av.AudioResampler(
            audio.codec_context.format, "mono", audio.rate, audio.codec_context.frame_size or 4096
        )
        for piece in [*resampler.resample(sound), *resampler.resample(None)]:
            out.mux(audio.encode(piece))
        out.mux(audio.encode(None))


@cache
def _wave() -> bytes:
    wave = (int(9000 * math.sin(n / 16) + 4000 * math.sin(n / 7.3)) for n in range(_RATE * SECONDS))
    return array.array("h", wave).tobytes()


def _film(out: av.container.OutputContainer, codec: str) -> None:
    stream = out.add_stream(codec, rate=10)
    assert isinstance(stream, av.VideoStream)
    stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
    stream.codec_context.gop_size = 10
    for number in range(SECONDS * 10):
        frame = av.VideoFrame(160, 90, "yuv420p")
        for plane, value in zip(frame.planes, (40 + number, 90 + number, 170 - number), strict=True):
            plane.update(bytes((value + n * 7 % 31) % 256 for n in range(plane.buffer_size)))
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


def id3(size: int) -> bytes:
    """An ID3v2.4 tag of `size` bytes, header included, filled with a picture's bytes: syncs lie in it."""
    body = size - 10
    filler = (b"\xff\xd8\xff\xe0" + PNG) * (body // (len(PNG) + 4) + 1)
    return b"ID3\4\0\0" + bytes(body >> shift & 0x7F for shift in (21, 14, 7, 0)) + filler[:body]


def box(kind: bytes, body: bytes, *, wide: bool = False) -> bytes:
    if wide:
        return struct.pack(">I4sQ", 1, kind, 16 + len(body)) + body
    return struct.pack(">I4s", 8 + len(body), kind) + body


def boxes(data: bytes) -> dict[bytes, bytes]:
    """The top-level boxes of an MP4 by kind, whole."""
    found, at = {}, 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        found[kind] = data[at : at + size]
        at += size
    return found


def moved(moov: bytes, by: int) -> bytes:
    """The `moov` of a file whose media have moved by so many bytes."""
    data, at = bytearray(moov), 0
    while (at := data.find(b"stco", at) + 4) > 3:
        (count,) = struct.unpack_from(">I", data, at + 4)
        for entry in range(at + 8, at + 8 + 4 * count, 4):
            struct.pack_into(">I", data, entry, struct.unpack_from(">I", data, entry)[0] + by)
    return bytes(data)


def _odd(folder: Path) -> None:
    """Sound files that naive probes call dead."""
    mp3, mp4 = (folder / "plain.mp3").read_bytes(), (folder / "faststart.mp4").read_bytes()
    bare, parts = (folder / "bare.mp3").read_bytes(), boxes(mp4)
    odd = {
        "artwork.mp3": id3(5_000_000) + bare,
        "two-tags.mp3": id3(3000) + id3(30_000) + bare,
        "garbage.mp3": bytes(range(1, 250)) * 40 + bare,
        "far.mp3": b"\0" * 40_000 + bare,
        "tail-tag.mp3": mp3 + b"TAG" + b"\0" * 125,
        "tiny.mp3": bare[: 418 * 5],
        "free.mp4": parts[b"ftyp"]
        + box(b"wide", b"")
        + box(b"free", b"x" * 20_000)
        + moved(parts[b"moov"], 20_016)
        + parts[b"mdat"],
        "to-end.mp4": parts[b"ftyp"] + parts[b"moov"] + b"\0\0\0\0mdat" + parts[b"mdat"][8:],
        "wide.mp4": parts[b"ftyp"] + box(b"mdat", parts[b"mdat"][8:], wide=True) + parts[b"moov"],
        "junk.mp4": mp4 + b"\0" * 5,
        "no-ftyp.mov": box(b"wide", b"") + parts[b"mdat"] + parts[b"moov"],
        "streamed.wav": _streamed((folder / "plain.wav").read_bytes()),
    }
    for name, data in odd.items():
        (folder / name).write_bytes(data)


def _streamed(wav: bytes) -> bytes:
    """As written to a pipe: the sizes were not known."""
    at = wav.index(b"data") + 4
    return wav[:4] + b"\xff" * 4 + wav[8:at] + b"\xff" * 4 + wav[at + 4 :]


def make_all(folder: Path) -> Path:
    for name in _MADE:
        make(folder / name)
    _odd(folder)
    return folder


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all of them; not to be written to."""
    return make_all(tmp_path_factory.mktemp("samples"))
