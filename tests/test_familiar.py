"""Heads that are read at a glance: the same facts as by the parser, or none, whatever comes in whatever pieces."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from player.probe import familiar
from player.probe.answer import Answer, Unusual
from player.probe.fetched import Asked

HEAD = b"HTTP/1.1 206 Partial Content\r\nContent-Type: video/mp4\r\nContent-Length: 4"
STATUSES = [
    b"HTTP/1.1 206 Partial Content", b"HTTP/1.1 200 OK", b"HTTP/1.1 404 Not Found", b"HTTP/1.1 200", b"HTTP/1.1 200 ",
    b"HTTP/1.0 200 OK", b"HTTP/1.1 204 No Content", b"HTTP/1.1 304 Not Modified", b"HTTP/1.1 302 Found", b"ICY 200 OK",
    b"HTTP/1.1 103 Early Hints", b"HTTP/1.1 200 \xc3\xa9", b"HTTP/1.1 416 Range  Not Satisfiable", b"HTTP/1.1 999 What",
]  # fmt: skip
LINES = [
    b"Content-Length: 4", b"content-length:4", b"Content-Length: 0", b"Content-Length: 3000", b"Content-Length: +4",
    b"Content-Length: 4 ", b"Content-Length: ", b"Content-Length: \xb2", b"Content-Length: 99999999999999999999",
    b"Content-Type: audio/mpeg", b"Content-Type:text/html", b"Content-Type: \xe9", b"X-Other: a", b"Location: /b",
    b"Connection: close", b"Connection: keep-alive", b"Connection: Upgrade", b"Keep-Alive: timeout=5",
    b"Transfer-Encoding: chunked", b"Content-Range: bytes 0-3/9", b'ETag: "a"', b"Server : x", b" fold", b"no colon",
    b"X-Empty:", b"X-Tab: a\tb", b"Date: Mon, 06 Jul 2026 10:00:00 GMT", b"X-Long: " + b"y" * 2000,
]  # fmt: skip


def asked(cap: int) -> Asked:
    return Asked(0, cap, cap, 1.0)


def told(pieces: list[bytes], cap: int) -> Any:
    """What an answer that comes in these pieces is taken for."""
    answer = Answer(lambda: 0.0)
    answer.begin(asked(cap), 0.0)
    try:
        for piece in pieces:
            if not answer.ended:
                answer.feed(piece)
        if not answer.ended:
            if answer.status is None:
                return "no answer"
            answer.close(None)
    except Unusual:
        return "unusual"
    return answer.told("", ""), answer.kept


@given(
    status=st.sampled_from(STATUSES[:3]) | st.sampled_from(STATUSES),
    lines=st.lists(st.sampled_from(LINES), max_size=6),
    more=st.sampled_from([[b"Content-Length: 4"], []]),
    body=st.sampled_from([b"abcd", b"", b"abc", b"4\r\nabcd\r\n0\r\n\r\n", b"z" * 3000]),
    cuts=st.lists(st.integers(0, 300), max_size=3),
    cap=st.sampled_from([2, 4, 16_384]),
)
@example(STATUSES[0], [LINES[0]], [], b"abcd", [], 4)
def test_the_same_as_by_the_parser(
    status: bytes, lines: list[bytes], more: list[bytes], body: bytes, cuts: list[int], cap: int
) -> None:
    data = b"\r\n".join([status, *lines, *more]) + b"\r\n\r\n" + body
    places = sorted({0, *(cut % (len(data) + 1) for cut in cuts), len(data)})
    pieces = [data[one:other] for one, other in pairwise(places)]
    quick = told(pieces, cap)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(familiar, "read", lambda _: None)
        parsed = told(pieces, cap)
    if quick != parsed:
        # More than it said: the parser stumbles over it, and what it said is the same.
        assert len(body) > 4, (quick, parsed)
        assert parsed == "unusual" or (parsed[0] == quick[0] and not (parsed[1] or quick[1]))


def test_a_plain_head_is_read_at_a_glance() -> None:
    status, headers, length = familiar.read(HEAD) or ((0, ""), {}, 0)
    assert (status, headers["content-type"], length) == ((206, "HTTP/1.1 206 Partial Content"), "video/mp4", 4)
    assert familiar.read(HEAD + b"\r\nDate: Mon, 06 Jul 2026 10:00:00 GMT\r\nX-Cache: HIT\r\nConnection: keep-alive")


@pytest.mark.parametrize("line", [b"Transfer-Encoding: chunked", b"Connection: close", b"Content-Length: 4", b"a b: c"])
def test_what_bears_on_the_length_is_left_to_the_parser(line: bytes) -> None:
    assert familiar.read(HEAD + b"\r\n" + line) is None


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(familiar, "_KNOWN", 10)
    for number in range(100):
        assert familiar.read(HEAD + b'\r\nETag: "%d"' % number)
    assert len(familiar._fields) <= 10
