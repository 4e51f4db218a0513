"""What the first bytes are, and that no bytes whatever upset the readers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from demo.faults import HTML, PNG
from player.probe import containers
from player.probe.look import Pieces
from player.probe.sniff import MEDIA, sniff
from tests.samples import id3

HEADS = {
    "empty": [b""],
    "html": [
        HTML, b"<html>", b"\n\n  <!DOCTYPE html>", b"\xef\xbb\xbf<html lang=fa>", b"<!-- x --><HTML >",
        b"<script>x</script>",
        b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0'>\n<html>", b"<head><meta>", b"<!-- only",
        b"<h1>404</h1>", b"<title>Gone</title>", b"<p>", b"<!doctype html>",
    ],
    "hls": [b"#EXTM3U\n#EXT-X-VERSION:3\n", b"\xef\xbb\xbf#EXTM3U\r\n", b"\n#EXTM3U"],
    "dash": [b"<MPD>", b'<?xml version="1.0"?>\n<MPD xmlns="x">', b"<!-- c --><MPD\n", b"<mpd:MPD >"],
    "vtt": [b"WEBVTT", b"WEBVTT\n\n", b"\xef\xbb\xbfWEBVTT - a title\n"],
    "svg": [b"<svg xmlns='x'>", b"<?xml version='1.0'?><!DOCTYPE svg PUBLIC 'x'><svg >"],
    "xml": [b"<?xml version='1.0'?><Error/>", b"<rss version='2.0'>", b"<Error><Code>NoSuchKey</Code></Error>"],
    "json": [b"{}", b' {"error": 1}', b"[1]"],
    "text": [b"Not found\n", b"WEBVTTX", b"404", "كل".encode(), b"\xff\xfeh\0e\0l\0l\0o\0", b"<3", b"#EXTINF"],
    "png": [PNG], "jpeg": [b"\xff\xd8\xff\xe0\0\x10JFIF"], "gif": [b"GIF89a\1\0"], "webp": [b"RIFF\0\0\0\0WEBPVP8 "],
    "avif": [b"\0\0\0\x1cftypavif"], "pdf": [b"%PDF-1.4"], "zip": [b"PK\3\4"], "gzip": [b"\x1f\x8b\x08\0"],
    "avi": [b"RIFF\0\0\0\0AVI LIST"], "flv": [b"FLV\1\5"], "asf": [b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6"],
    "aiff": [b"FORM\0\0\0\0AIFFCOMM"], "amr": [b"#!AMR\n"], "midi": [b"MThd\0\0\0\6\0\1"],
    "wav": [b"RIFF\0\0\0\0WAVEfmt ", b"RF64\xff\xff\xff\xffWAVEds64"], "flac": [b"fLaC\0\0\0\x22"],
    "ogg": [b"OggS\0\2"], "webm": [b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\1\x42\x82\x84webm"],
    "matroska": [b"\x1a\x45\xdf\xa3\xa3\x42\x82\x88matroska"], "id3": [b"ID3\4\0\0\0\0\1\1"],
    "mp4": [b"\0\0\0\x18ftypisom", b"\0\0\0\0mdat", b"\0\0\0\x08wide", b"\0\0\1\0moof", b"\0\0\0\x18styp"],
    "mpegts": [(b"\x47" + b"\xff" * 187) * 3, (b"\0\0\0\0\x47" + b"\xff" * 187) * 3],
    "unknown": [b"\0\1\2\3", b"\x80\x81\x82\x83 caf\xe9 \xff", b"BM looks like a bitmap"[:2] + b"\0\1"],
}  # fmt: skip


@pytest.mark.parametrize("code", HEADS)
def test_heads(code: str) -> None:
    for head in HEADS[code]:
        assert sniff(head) == code, head


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("plain.mp3", "id3"), ("bare.mp3", "mp3"), ("garbage.mp3", "mp3"), ("plain.aac", "aac"), ("plain.wav", "wav"),
        ("plain.flac", "flac"), ("plain.ogg", "ogg"), ("plain.webm", "webm"), ("plain.m4a", "mp4"),
        ("moov-last.mp4", "mp4"), ("fragmented.mp4", "mp4"), ("no-ftyp.mov", "mp4"),
    ],
)  # fmt: skip
def test_real_files(samples: Path, name: str, code: str) -> None:
    data = (samples / name).read_bytes()
    assert sniff(data[:16_384]) == code
    assert sniff(data[:2000]) in (code, "unknown")  # garbage takes its time


@pytest.mark.parametrize("name", ["plain.mp3", "faststart.mp4", "plain.webm", "plain.wav", "plain.flac", "plain.ogg"])
def test_bare_text_and_pictures_hide_no_audio(samples: Path, name: str) -> None:
    """The other way round: media is never taken for a document."""
    data = (samples / name).read_bytes()
    for size in (12, 16, 64, 500, 16_384):
        assert sniff(data[:size]) in MEDIA | {"id3"}


def pieces(data: bytes, size: int | None = None) -> Pieces:
    made = Pieces(size=size)
    made.add(0, data)
    return made


@given(st.binary(max_size=600), st.none() | st.integers(0, 2**40), st.none() | st.floats(0, 1e6), st.booleans())
@example(b"ID3\4\0\0\x7f\x7f\x7f\x7f", 3, 1.0, True)
def test_no_bytes_upset_a_reader(data: bytes, size: int | None, duration: float | None, audio: bool) -> None:
    look = containers.look(pieces(data, size), duration=duration, audio=audio)
    assert look.container == sniff(data) or sniff(data) in ("id3", "unknown", "mp4", "mp3", "aac", "mp2")
    if look.need:
        at, length = look.need
        assert at >= 0 and 0 < length <= 65_536


NAMES = [
    "plain.mp3", "bare.mp3", "plain.aac", "plain.wav", "plain.flac", "plain.ogg", "plain.webm", "faststart.mp4",
    "moov-last.mp4", "indexed.mp4", "two-tags.mp3", "garbage.mp3",
]  # fmt: skip


@given(data=st.data())
def test_no_damage_to_a_real_head_upsets_a_reader(samples: Path, data: st.DataObject) -> None:
    head = bytearray((samples / data.draw(st.sampled_from(NAMES))).read_bytes()[:8192])
    for at in data.draw(st.lists(st.integers(0, 400), max_size=12)):
        head[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(head)))
    known = pieces(bytes(head[:cut]), data.draw(st.none() | st.integers(0, 100_000)))
    for _ in range(4):
        look = containers.look(known, duration=6.0, audio=data.draw(st.booleans()))
        if look.need is None:
            break
        known.add(look.need[0], data.draw(st.binary(max_size=64)))


def test_pieces_join_without_gaps() -> None:
    known = Pieces(size=20)
    known.add(0, b"0123456789")
    known.add(10, b"abcde")
    known.add(17, b"xyz")
    assert known.at(8, 4) == b"89ab"
    assert known.at(8, 100) == b"89abcde"
    assert known.at(15, 4) == b""
    assert known.at(17, 2) == b"xy"
    assert known.ends_at(20) and not known.ends_at(19)


def test_wav(samples: Path) -> None:
    data = (samples / "plain.wav").read_bytes()
    look = containers.look(pieces(data[:16_384], len(data)))
    assert (look.promised, look.box, look.duration) == (len(data), "RIFF", 6.0)
    streamed = (samples / "streamed.wav").read_bytes()
    assert containers.look(pieces(streamed[:16_384], len(streamed))).promised is None
    large = b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0" + (5_000_000_000).to_bytes(8, "little") + bytes(20)
    assert containers.look(pieces(large, 1000)).promised == 5_000_000_008


def test_webm(samples: Path) -> None:
    data = (samples / "plain.webm").read_bytes()
    look = containers.look(pieces(data[:16_384], len(data)))
    assert (look.promised, look.box) == (len(data), "Segment")
    live = data[: look.start or 0][:-8] + b"\x01" + b"\xff" * 7 + data[look.start or 0 :]
    assert containers.look(pieces(live[:16_384])).promised is None


def test_flac(samples: Path) -> None:
    data = (samples / "plain.flac").read_bytes()
    look = containers.look(pieces(data[:16_384], len(data)))
    assert look.duration == 6.0
    assert look.promised is not None and look.promised <= len(data)


def test_ogg(samples: Path) -> None:
    data = (samples / "plain.ogg").read_bytes()
    assert containers.look(pieces(data[:16_384], len(data))).codecs == ("opus",)
    fishead = b"fishead\0\4\0\0\0" + bytes(52) + (77_777).to_bytes(8, "little") + bytes(8)
    skeleton = b"OggS\0\2" + bytes(20) + b"\1" + bytes([len(fishead)]) + fishead
    assert containers.look(pieces(skeleton)).promised == 77_777


def test_flac_behind_a_tag(samples: Path) -> None:
    data = id3(500) + (samples / "plain.flac").read_bytes()
    assert containers.look(pieces(data[:16_384], len(data))).container == "flac"
