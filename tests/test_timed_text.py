"""Timed text by its first bytes, as strictly as browsers read it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.probe.timed_text import Cue, read


def test_captions() -> None:
    found = read(
        b"\xef\xbb\xbfWEBVTT - English\r\nKind: captions\r\n\r\nSTYLE\r\n::cue { color: red }\r\n\r\n"
        b"NOTE a --> b\r\n\r\n"
        b"1\r\n00:01.500 --> 00:02.000 line:0\r\nHello\r\nthere\r\n\r\n01:00:00.000\t-->\t100:00:01.000\r\nEnd\r\n"
    )
    assert found.format == "vtt"
    assert found.cues == (Cue(1.5, 2.0, "Hello\nthere", 10), Cue(3600.0, 360_001.0, "End", 14))


@pytest.mark.parametrize(
    ("data", "form", "count", "bad"),
    [
        (b"WEBVTT", "vtt", 0, None), (b"WEBVTT\n\n", "vtt", 0, None), (b"WEBVTTX\n", "other", 0, None),
        (b"\nWEBVTT\n\n00:01.000 --> 00:02.000\na\n", "other", 0, None),
        (b"webvtt\n\n00:01.000 --> 00:02.000\na\n", "other", 0, None),
        (b"WEBVTT\n\n00:00:01,000 --> 00:00:02,000\na\n", "vtt", 0, 3),
        (b"WEBVTT\n\n1:00.000 --> 2:00.000\na\n", "vtt", 0, 3),
        (b"WEBVTT\n00:01.000 --> 00:02.000\na\n", "vtt", 0, None),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\na\n00:02.000 --> 00:03.000\nb\n", "vtt", 2, None),
        (b"1\r\n00:00:01,000 --> 00:00:02,000\r\nHello\r\n", "srt", 0, None),
        (b'<?xml version="1.0"?><!-- x --><tt xmlns="x"><p begin="1s" end="2s">a</p></tt>', "ttml", 1, None),
        (b'<tt:tt xmlns:tt="x"><tt:body><tt:div/></tt:body></tt:tt>', "ttml", 0, None),
        (b"<!doctype html><title>404</title>", "other", 0, None), (b"", "other", 0, None),
        (b"\xff\xfeW\0E\0B\0V\0T\0T\0", "other", 0, None),
    ],
)  # fmt: skip
def test_formats(data: bytes, form: str, count: int, bad: int | None) -> None:
    found = read(data)
    assert (found.format, found.count, found.bad) == (form, count, bad)


@given(st.binary(max_size=200), st.text(max_size=200))
def test_anything(data: bytes, text: str) -> None:
    read(data)
    read(b"WEBVTT\n\n" + data)
    read(b"WEBVTT\n\n" + text.encode("utf-8", "surrogatepass"))
