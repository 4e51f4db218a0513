"""What media says is in it: MP4 sample entries and MPEG-TS program maps."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.probe.samples import differ, family, of_ts
from player.probe.tracks import codecs
from tests.streams import StreamMedia


def test_initialisation_segments(streams: StreamMedia) -> None:
    init = (streams.root / "hls-fmp4" / "high" / "init.mp4").read_bytes()
    found = codecs(init)
    assert [codec.rpartition(".")[0] for codec in found] == ["avc1", "mp4a.40"]
    assert [family(codec) for codec in found] == ["h264", "aac"]
    assert not codecs(init[:100])


def test_files(samples: Path) -> None:
    assert {family(one) for one in codecs((samples / "faststart.mp4").read_bytes()[:16_384])} == {"h264", "aac"}
    assert codecs((samples / "plain.m4a").read_bytes()[:16_384]) == ("mp4a.40.2",)


def test_transport_streams(streams: StreamMedia) -> None:
    head = (streams.root / "hls-ts" / "0.ts").read_bytes()[:4096]
    assert {family(one) for one in of_ts(head)} == {"h264", "aac"}


@pytest.mark.parametrize(
    ("codec", "name"),
    [("avc1.64001f", "h264"), ("HEV1.1.6.L93", "hevc"), ("mp4a.40.2", "aac"), ("mp4a.40.34", "mp3"), ("mp4a.6B", "mp3"),
     (".mp3", "mp3"), ("Opus", "opus"), ("fLaC", "flac"), ("stpp.ttml.im1t", "text"), ("xyz", ""), ("", "")],
)  # fmt: skip
def test_families(codec: str, name: str) -> None:
    assert family(codec) == name


@pytest.mark.parametrize(
    ("said", "found", "elsewhere", "other"),
    [
        ("avc1.42e00a,mp4a.40.2", "avc1 mp4a.40.2", "", None), ("avc1.42e00a, mp4a.40.5", "avc3 mp4a.40.2", "", None),
        ("hvc1.1.6.L93,mp4a.40.2", "avc1.42 mp4a.40.2", "", "avc1.42"), ("avc1.42", "avc1 mp4a.40.2", "", "mp4a.40.2"),
        ("avc1.42,mp4a.40.2", "avc1", "", "aac"), ("avc1.42,mp4a.40.2", "avc1", "audio", None),
        ("avc1.42,mp4a.40.2", "mp4a.40.2", "audio", "h264"), ("avc1,xyz", "hvc1", "", None), ("", "avc1", "", None),
        ("avc1", "", "", None), ("avc1,mp4a.40.2,stpp", "avc1 mp4a.40.2", "", None), ("avc1", "avc1 wvtt", "", None),
    ],
)  # fmt: skip
def test_where_they_differ(said: str, found: str, elsewhere: str, other: str | None) -> None:
    assert differ(said, found.split(), elsewhere=frozenset(elsewhere.split())) == other


@given(st.binary(max_size=600))
def test_any_bytes(data: bytes) -> None:
    codecs(data)
    of_ts(data)
    of_ts((b"\x47" + data)[:188] * 3)


@given(st.data())
def test_broken_initialisation_segments(streams: StreamMedia, data: st.DataObject) -> None:
    init = bytearray((streams.root / "hls-fmp4" / "low" / "init.mp4").read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        init[data.draw(st.integers(0, len(init) - 1))] = data.draw(st.integers(0, 255))
    codecs(bytes(init))
