"""The walk over an MP4's boxes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.probe import mp4, tracks
from player.probe.look import Look, Pieces
from tests.samples import SECONDS, box, boxes


def read(data: bytes, *, size: int | None = None, head: int = 16_384) -> tuple[Look, int]:
    """The look at a file that is fetched as the look asks for it, and how often it asked."""
    pieces = Pieces(size=len(data) if size is None else size)
    pieces.add(0, data[:head])
    for asked in range(10):
        look = mp4.look(pieces)
        if look.need is None:
            return look, asked
        at, length = look.need
        if at + length > len(data):
            pieces.end = len(data)
        pieces.add(at, data[at : at + length])
    raise AssertionError("it never has enough")


@pytest.mark.parametrize(
    ("name", "container", "asked"),
    [
        ("faststart.mp4", "mp4", 0), ("moov-last.mp4", "mp4", 1), ("fragmented.mp4", "fmp4", 0),
        ("indexed.mp4", "fmp4", 0), ("plain.m4a", "mp4", 0), ("free.mp4", "mp4", 1), ("to-end.mp4", "mp4", 0),
        ("wide.mp4", "mp4", 1), ("junk.mp4", "mp4", 0), ("no-ftyp.mov", "mp4", 1),
    ],
)  # fmt: skip
def test_sound_files(samples: Path, name: str, container: str, asked: int) -> None:
    data = (samples / name).read_bytes()
    look, times = read(data)
    assert (look.container, look.missing, times) == (container, None, asked)
    assert look.promised is None or look.promised <= len(data)
    if name != "fragmented.mp4":
        assert look.duration == pytest.approx(SECONDS, abs=0.2) or look.container == "fmp4"


def test_a_large_index_is_stepped_over(samples: Path) -> None:
    parts = boxes((samples / "faststart.mp4").read_bytes())
    moov = box(b"moov", parts[b"moov"][8:] + box(b"udta", b"\0" * 300_000))
    data = parts[b"ftyp"] + moov + parts[b"mdat"]
    assert read(data)[1] == 1
    look, _ = read(data[:-1000])
    assert (look.promised, look.box) == (len(data), "mdat")


@pytest.mark.parametrize("name", ["faststart.mp4", "moov-last.mp4", "wide.mp4", "indexed.mp4", "plain.m4a"])
@given(share=st.floats(0.05, 0.98))
def test_a_cut_is_seen_wherever_it_is(samples: Path, name: str, share: float) -> None:
    data = (samples / name).read_bytes()
    cut = data[: int(len(data) * share)]
    look, _ = read(cut)
    assert (look.promised or 0) > len(cut) or look.missing


def test_without_its_index(samples: Path) -> None:
    parts = boxes((samples / "faststart.mp4").read_bytes())
    look, _ = read(parts[b"ftyp"] + parts[b"mdat"])
    assert look.missing == "moov"
    look, _ = read(box(b"styp", b"msdh\0\0\0\0") + box(b"moof", b"\0" * 40) + box(b"mdat", b"\0" * 900))
    assert (look.container, look.missing) == ("fmp4", "moov")


def test_headers() -> None:
    assert tracks.header(b"\0\0\0\x10ftypisom", 5) == tracks.Box(b"ftyp", 5, 13, 21)
    assert tracks.header(b"\0\0\0\1mdat\0\0\0\1\0\0\0\0", 0) == tracks.Box(b"mdat", 0, 16, 1 << 32)
    assert tracks.header(b"\0\0\0\0mdat", 7) == tracks.Box(b"mdat", 7, 15, None)
    for data in (b"", b"\0\0\0\x10fty", b"\0\0\0\7free", b"\0\0\0\1mdat\0\0", b"\0\0\0\1mdat" + b"\0" * 8, b"\0" * 16):
        assert tracks.header(data, 0) is None, data


@given(st.binary(max_size=400), st.none() | st.integers(0, 2**64))
def test_any_bytes(data: bytes, size: int | None) -> None:
    pieces = Pieces(size=size)
    pieces.add(0, data)
    mp4.look(pieces)


_KINDS = st.sampled_from([b"ftyp", b"moov", b"mdat", b"moof", b"sidx", b"free", b"mvhd", b"uuid"])


@given(st.lists(st.tuples(st.integers(0, 80), _KINDS, st.binary(max_size=60)), max_size=12), st.integers(0, 600))
def test_any_boxes(written: list[tuple[int, bytes, bytes]], size: int) -> None:
    data = b"".join(length.to_bytes(4, "big") + kind + body for length, kind, body in written)
    read(data, size=size)
