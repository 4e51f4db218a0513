"""Addresses as a probe may ask for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.probe.url import BadUrl, mixed, parse


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("http://example.org", "http://example.org/"),
        (" HTTPS://Example.ORG:8443/A%2fb.mp3#t=3 \n", "https://example.org:8443/A%2fb.mp3"),
        ("http://example.org/a b/ü.mp3", "http://example.org/a%20b/%C3%BC.mp3"),
        # A signature covers every byte: nothing is decoded, re-encoded or put in another order.
        ("http://c.example/a%7Eb.mp3?s=x%2By+z%3d&Policy=_~-'()*!$,;:@", None),
        ("http://c.example/a//b/../%2e/c.mp3?", "http://c.example/a//c.mp3"),
        ("http://c.example/../../a/..", "http://c.example/"),
        ("http://c.example/a/./b/.", "http://c.example/a/b/"),
        ("http://c.example/...", "http://c.example/..."),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://127.1:81/x", "http://127.0.0.1:81/x"),
        ("http://[2606:4700::1111]:8080/x", "http://[2606:4700::1111]:8080/x"),
        ("http://example.org/\udcff.mp3", "http://example.org/%FF.mp3"),
    ],
)
def test_what_is_asked_for(text: str, asked: str | None) -> None:
    assert str(parse(text)) == (asked or text)


def test_relative_to_what_redirected() -> None:
    base = parse("https://example.org/a/b.mp3?x=1")
    for location, asked in {
        "c.mp3": "https://example.org/a/c.mp3",
        "/c.mp3?y=%2F": "https://example.org/c.mp3?y=%2F",
        "//cdn.example.org/c.mp3": "https://cdn.example.org/c.mp3",
        "http://other.example/": "http://other.example/",
        "?x=2": "https://example.org/a/b.mp3?x=2",
    }.items():
        assert str(parse(location, base)) == asked


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("ftp://example.org/", "scheme"), ("river.mp3", "scheme"), ("http://", "host"),
        ("http://u:p@x/", "credentials"), ("http://@x/", "credentials"), ("http://x:0/", "port"),
        ("http://x/\x01", "control"), ("http://x:99999/", "host"),
        ("http://x/" + "a" * 20_000, "length"), ("http://a b/", "host"), ("http://x/\ud800", "text"),
    ],
)  # fmt: skip
def test_what_is_none(text: str, word: str) -> None:
    with pytest.raises(BadUrl) as caught:
        parse(text)
    assert str(caught.value) == word


@given(st.text() | st.text().map("http://{}".format) | st.text().map("http://example.org/{}".format))
def test_any_text(text: str) -> None:
    try:
        url = parse(text)
    except BadUrl:
        return
    assert url.scheme in ("http", "https") and url.host
    assert str(url).isascii()
    assert parse(str(url)) == url


@pytest.mark.parametrize(
    ("page", "source", "blocked"),
    [
        ("https://a.example/", "http://b.example/c.mp3", True), ("HTTPS://a.example/", "HTTP://b.example/c", True),
        ("https://a.example/", "http://10.0.0.1/c.mp3", True), ("https://a.example/", "https://b.example/c", False),
        ("http://a.example/", "http://b.example/c.mp3", False), (None, "http://b.example/c.mp3", False),
        ("https://a.example/", "http://127.0.0.1:8/c.mp3", True), ("https://a.example/", "http://localhost/c", True),
    ],
)  # fmt: skip
def test_mixed_content(page: str | None, source: str, blocked: bool) -> None:
    assert mixed(page, source) is blocked
