"""MPEG audio: frames found, headers read, sizes measured."""

from __future__ import annotations

from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.probe import mp3
from player.probe.look import Pieces
from tests.samples import SECONDS, id3


def known(data: bytes, size: int | None = None) -> Pieces:
    pieces = Pieces(size=len(data) if size is None else size)
    pieces.add(0, data[:16_384])
    return pieces


def test_frames_are_where_another_demuxer_finds_them(samples: Path) -> None:
    data = (samples / "bare.mp3").read_bytes()
    with av.open(str(samples / "bare.mp3")) as file:
        sizes = [packet.size for packet in file.demux() if packet.size]
    at = 0
    for size in sizes:
        frame = mp3.frame(data, at)
        assert frame and frame.length == size
        assert (frame.container, frame.bitrate, frame.hertz, frame.samples) == ("mp3", 64_000, 44_100, 1152)
        at += size
    assert at == len(data)


def test_adts_frames(samples: Path) -> None:
    data = (samples / "plain.aac").read_bytes()
    at = count = 0
    while at < len(data):
        frame = mp3.frame(data, at)
        assert frame and (frame.container, frame.hertz) == ("aac", 44_100)
        at, count = at + frame.length, count + 1
    assert at == len(data)
    assert count > 200


@pytest.mark.parametrize(
    "head",
    [
        b"\xff\xfb\x90", b"\xff\xfb\xf0\0\0\0\0", b"\xff\xfb\0\0\0\0\0", b"\xff\xfb\x9c\0\0\0\0",
        b"\xff\xeb\x90\0\0\0\0",
        b"\xff\xf9\xfc\0\0\0\0", b"\xff\xf1\x50\x80\0\x1f\xfc", b"\xff" * 7, b"ID3\4\0\0\0",
    ],
)  # fmt: skip
def test_no_frame(head: bytes) -> None:
    assert mp3.frame(head) is None


def test_xing_tells_duration_and_size(samples: Path) -> None:
    data = (samples / "plain.mp3").read_bytes()
    look = mp3.look(known(data))
    assert look.duration == pytest.approx(SECONDS, abs=0.1)
    assert (look.promised, look.box) == (len(data), "Info")


def test_vbri() -> None:
    header = b"VBRI\0\1\0\0\0\0" + (90_000).to_bytes(4, "big") + (300).to_bytes(4, "big")
    frame = b"\xff\xfb\x90\x64"
    first = frame + b"\0" * 32 + header + b"\0" * (417 - 4 - 32 - len(header))
    look = mp3.look(known(first + (frame + b"\0" * 413) * 5, 50_000))
    assert (look.promised, look.box) == (90_000, "VBRI")
    assert look.duration == pytest.approx(300 * 1152 / 44_100, abs=0.001)


def test_constant_bitrate_tells_the_duration(samples: Path) -> None:
    data = (samples / "bare.mp3").read_bytes()
    assert mp3.look(known(data)).duration == pytest.approx(SECONDS, abs=0.1)


def test_short_for_the_catalogue_is_confirmed_in_the_middle(samples: Path) -> None:
    data = (samples / "bare.mp3").read_bytes()
    pieces = known(data[:30_000])
    look = mp3.look(pieces, SECONDS * 2.0)
    assert look.promised is None and look.need
    at, length = look.need
    pieces.add(at, data[at : at + length])
    look = mp3.look(pieces, SECONDS * 2.0)
    assert look.need is None and look.box == "bitrate"
    assert look.promised and look.promised > 90_000


def test_a_loud_beginning_is_not_taken_for_a_cut(samples: Path) -> None:
    """Variable bitrate without a header: the first frames are larger than the rest."""
    loud = (b"\xff\xfb\xe0\x64" + b"\0" * 1040) * 40  # 320 kbit/s
    quiet = (b"\xff\xfb\x50\x64" + b"\0" * 204) * 400  # 64 kbit/s
    data = loud + quiet
    pieces = known(data)
    look = mp3.look(pieces, 11.5)
    assert look.need
    pieces.add(look.need[0], data[look.need[0] :][: look.need[1]])
    look = mp3.look(pieces, 11.5)
    assert (look.promised, look.need) == (None, None)


@given(st.integers(10, 2**20))
def test_tags_of_any_size(size: int) -> None:
    assert mp3.tag_end(id3(size)[:10]) == size


def test_a_large_tag_is_stepped_over(samples: Path) -> None:
    data = (samples / "artwork.mp3").read_bytes()
    pieces = known(data)
    look = mp3.look(pieces)
    assert (look.container, look.need) == ("id3", (5_000_000, 16_384))
    pieces.add(5_000_000, data[5_000_000:][:16_384])
    look = mp3.look(pieces)
    assert (look.container, look.start) == ("mp3", 5_000_000)


def test_a_tag_without_audio() -> None:
    cut = mp3.look(known(id3(5000)[:4000], 4000))
    assert (cut.container, cut.box) == ("id3", "ID3v2") and cut.promised and cut.promised > 4000
    hollow = known(id3(500) + b"\0" * 100_000)
    look = mp3.look(hollow)
    assert look.need
    hollow.add(look.need[0], b"\0" * look.need[1])
    look = mp3.look(hollow)
    while look.need:
        hollow.add(look.need[0], b"\0" * look.need[1])
        look = mp3.look(hollow)
    assert (look.container, look.missing) == ("id3", "frame")


@given(st.binary(max_size=3000))
def test_any_bytes(data: bytes) -> None:
    found = mp3.find(data)
    if found:
        assert mp3.frame(data, found.at) == found.first
    mp3.look(known(data), 10.0)


@given(st.binary(max_size=300).filter(lambda junk: b"\xff" not in junk))
def test_garbage_before_the_first_frame(samples: Path, junk: bytes) -> None:
    data = (samples / "bare.mp3").read_bytes()
    found = mp3.find(junk + data[:8000])
    assert found and found.at == len(junk)
