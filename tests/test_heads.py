"""Heads that are put right: what browsers forgive, and nothing made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.probe.heads import mended

HEAD = b"HTTP/1.1 206 Partial Content\r\nContent-Type: video/mp4\r\nContent-Length: 4\r\n\r\nabcd"


def heard(data: bytes) -> tuple[list[bytes], dict[bytes, bytes], bytes]:
    """Status line in words, fields by lower-case name, and body, as RFC 9112 has them; stricter than any parser."""
    head, body = data.split(b"\r\n\r\n", 1)
    first, *lines = head.split(b"\r\n")
    fields = [line.split(b": ", 1) for line in lines]
    assert all(name.isascii() and b" " not in name for name, _ in fields)
    names = [name.lower() for name, _ in fields]
    assert names.count(b"content-length") <= 1
    return first.split(b" ", 2), {name.lower(): value for name, value in fields}, body


def test_a_sound_head_says_the_same() -> None:
    assert mended(HEAD) == HEAD


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"HTTP/1.1 206 Partial Content", b"\r\n\r\nHTTP/1.1 206 Partial Content"), (b"\r\n", b"\n"),
        (b"Content-Length: 4", b"Content-Length: 4\r\nContent-Length: 4"),
        (b"Content-Length: 4", b"Content-Length: 4, 4"),
        (b"Content-Length: 4", b"Content-Length: 4\r\nnonsense"),
        (b"Content-Length: 4", b"Content-Length: 4\r\n: none"),
        (b"Content-Length: 4", b"Content-Length : 4"), (b"video/mp4", b"\r\n video/mp4"),
        (b"HTTP/1.1 206 Partial Content", b"ICY 206"), (b"HTTP/1.1 206 Partial Content", b"HTTP/1.1 206"),
        (b"Content-Length: 4", b"\r\n".join([b"x: y"] * 400) + b"\r\nContent-Length: 4"),
    ],
)  # fmt: skip
def test_what_browsers_forgive(old: bytes, new: bytes) -> None:
    told = mended(HEAD.replace(old, new))
    assert told is not None
    status, fields, body = heard(told)
    assert (status[1], body) == (b"206", b"abcd")
    assert (fields[b"content-type"], fields[b"content-length"]) == (b"video/mp4", b"4")


@pytest.mark.parametrize("data", [b"", b"220 mail ready\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: b\r\n", b"<html>\r\n\r\n"])
def test_what_is_no_answer_stays_none(data: bytes) -> None:
    assert mended(data) is None


_LINES = st.lists(st.binary(max_size=40) | st.sampled_from([b"A: b", b" c", b"Content-Length: 3", b"x"]), max_size=8)


@given(_LINES, st.binary(max_size=20))
def test_whatever_comes_a_head_by_the_book_goes_on(lines: list[bytes], body: bytes) -> None:
    data = b"\r\n".join([b"HTTP/1.1 200 OK", *lines, b"", b""]) + body
    told = mended(data)
    assert told is not None
    assert mended(told) == told
