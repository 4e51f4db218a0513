"""Refusals in disguise, and sound answers that look like refusals."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from functools import partial

from demo.faults import HTML, PNG
from tests.faults.case import Case, D, K, Media, Reply, Request, U, healthy

Film = Callable[..., Reply]


def cases(media: Media) -> list[Case]:
    film = partial(Reply, body=media["faststart.mp4"], type="video/mp4")
    tone = partial(Reply, body=media["plain.mp3"], type="audio/mpeg")
    return [
        *_elsewhere(film),
        *_walls(),
        *_pace(film),
        *_pages(),
        *_ranges(film, tone),
        *_signed(film),
        *_live(media),
    ]


def _to(where: str, **headers: str) -> Reply:
    return Reply(status=302, headers={"Location": where, **headers})


def _elsewhere(film: Film) -> Iterator[Case]:
    """Where a server sends those to whom it does not give the file."""
    for name, words in {
        "page": "Sorry, this video is not available in your country.",
        "region": "<p>Dieser Inhalt: this content is geo-blocked outside Germany</p>",
    }.items():
        page = Reply(f"<!doctype html><title>Sorry</title>{words}".encode(), "text/html")
        yield Case(f"http-geo-{name}", D, {"geo-blocked"}, {"clip.mp4": page})
        yield Case(f"http-geo-{name}-redirect", D, {"geo-blocked"}, {"clip.mp4": _to("no.html"), "no.html": page})
    away = Reply(b'{"error":"GEO_BLOCKED","message":"Not available in your region"}', "application/json", status=403)
    yield Case("http-geo-json-403", D, {"geo-blocked"}, {"clip.mp4": away})
    yield Case("http-451-page", U, {"legal"}, {"clip.mp4": Reply(HTML, "text/html", status=451)})
    # A film in the place of the film, as players of broadcasters get it.
    notice = {"clip.mp4": _to("errors/video-not-found.mp4"), "errors/video-not-found.mp4": film()}
    yield Case("http-redirect-notice", U, {"redirected"}, notice)
    yield healthy(
        "http-redirect-named",
        {"a/not-found.mp4": _to("../b/not-found.mp4"), "b/not-found.mp4": film()},
        "a/not-found.mp4",
    )
    yield healthy("http-redirect-cookie", {"clip.mp4": _to("real.mp4", **{"Set-Cookie": "a=b"}), "real.mp4": film()})

    yield Case(
        "http-redirect-json",
        U,
        {"wrong-type"},
        {"clip.mp4": _to("error"), "error": Reply(b'{"error": 404}', "application/json")},
    )


def _walls() -> Iterator[Case]:
    """What keeps robots out, and so tells a prober nothing."""
    wall = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>%b</body></html>"
    for status in (200, 403, 429, 503):
        page = Reply(wall % b"<script src=/cdn-cgi/challenge-platform/h></script>", "text/html", status)
        yield Case(f"http-wall-{status}", K, {"forbidden", "rate-limited"}, {"clip.mp4": page})
    other = Reply(b"<html><head><title>Pardon Our Interruption</title></head></html>", "text/html", 405)
    yield Case("http-wall-405", K, {"forbidden"}, {"clip.mp4": other})


def _pace(film: Film) -> Iterator[Case]:
    """Less than the film needs, though the first bytes come in time; and a server that thinks before it sends."""
    yield Case("http-pace-poor", D, {"slow"}, {"clip.mp4": film(rate=5000)}, timed=True)
    yield healthy("http-pace-thoughtful", {"clip.mp4": film(delay=2.5)})


def _pages() -> Iterator[Case]:
    """What is handed out with 200 instead of a film."""
    for name, body, said in (
        ("json", b'{"error":{"code":404,"message":"Not Found"}}', "application/json"),
        ("problem", b'{"type":"about:blank","status":404}', "application/problem+json"),
        ("text", b"404: no such file\n", "text/plain"),
        ("pixel", PNG, "image/png"),
        ("mp3-json", b'{"error":"not found"}', "audio/mpeg"),
        ("empty-json", b"{}", "audio/mpeg"),
        ("php", b"<?php echo file_get_contents('clip.mp4');", "video/mp4"),
        ("warning", b"<br />\n<b>Warning</b>:  readfile(clip.mp4): failed to open stream", "video/mp4"),
        ("bare-words", b"Error 404 - <b>file not found</b>", "video/mp4"),
        ("soap", b'<?xml version="1.0"?><soap:Envelope xmlns:soap="x"><soap:Body/></soap:Envelope>', "text/xml"),
        ("refresh", b'<meta http-equiv="refresh" content="0; url=/login">', "text/html"),
        ("script", b"<SCRIPT>location.href='/'</SCRIPT>", "video/mp4"),
        ("comment", b"<!--[if IE]> <![endif]--><html><body>Gone</body></html>", "video/mp4"),
        ("spaces", b" " * 3000 + b"<!DOCTYPE html><html></html>", "video/mp4"),
        ("font", b"OTTO\0\x0b\0\x80\0\x03\0\x30" + b"\0" * 300, "video/mp4"),
        ("git-lfs", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "video/mp4"),
        ("torrent", b"d8:announce30:http://tracker.example/announcee", "video/mp4"),
        ("part", bytes(range(256)) * 200, "video/mp4"),
    ):
        yield Case(
            f"http-instead-{name}", U, {"html", "wrong-type", "unsupported", "corrupt"}, {"clip.mp4": Reply(body, said)}
        )
    yield Case(
        "http-instead-m3u",
        U,
        {"wrong-type", "bad-playlist"},
        {"clip.m3u8": Reply(b"http://radio.example/live.mp3\n", "audio/x-mpegurl")},
        "clip.m3u8",
    )
    login = Reply(HTML, "text/html", headers={"WWW-Authenticate": 'Bearer realm="x"'}, status=401)
    yield Case("http-401-page", K, {"forbidden"}, {"clip.mp4": login})


def _ranges(film: Film, tone: Film) -> Iterator[Case]:
    clip, size = film().body, len(film().body)
    spans = {
        "span-beyond": f"bytes 0-{size}/{size}",
        "span-backward": f"bytes 16383-0/{size}",
        "span-words": "bytes all",
        "span-unit": f"items 0-16383/{size}",
        "span-none": "",
    }
    for name, span in spans.items():
        yield Case(f"http-{name}", U, {"wrong-range"}, {"clip.mp4": film(headers={"Content-Range": span})})
    zipped = gzip.compress(clip)
    headers = {"Content-Encoding": "gzip"}
    yield Case(
        "http-gzip-chunked",
        D,
        {"no-range"},
        {"clip.mp4": Reply(zipped, "video/mp4", headers=headers, ranges="no", framing="chunked")},
    )

    def unranged(status: int) -> Callable[[Request], Reply]:
        return lambda request: Reply(b"", status=status) if "range" in request.headers else tone(ranges="no")

    # As some servers do with any range; browsers ask once more without.
    yield Case("http-416-always", D, {"no-range"}, {"a.mp3": unranged(416)}, "a.mp3")
    yield healthy("http-no-accept-ranges", {"clip.mp4": film(headers={"Accept-Ranges": None})})
    yield healthy("http-chunked-206-close", {"clip.mp4": film(framing="close", headers={"Accept-Ranges": None})})
    yield healthy("http-late-3s", {"clip.mp4": film(delay=3.0)})
    short = {"Content-Range": f"bytes 0-1023/{size}", "Content-Length": "1024"}
    yield healthy("http-206-shorter", {"clip.mp4": _by_kilobytes(clip, short)})  # RFC 9110, section 15.3.7


def _by_kilobytes(clip: bytes, first: dict[str, str]) -> Callable[[Request], Reply]:
    """A server that hands out no more than a kibibyte to a first request."""

    def answer(request: Request) -> Reply:
        if request.headers.get("range", "").startswith("bytes=0-"):
            return Reply(clip[:1024], "video/mp4", status=206, headers=first)
        return Reply(clip, "video/mp4")

    return answer


def _signed(film: Film) -> Iterator[Case]:
    """Refusals of the large stores, in their own words."""
    for name, status, body, query, state, reason in (
        ("s3-clock", 403, "<Error><Code>RequestTimeTooSkewed</Code></Error>", "", K, "forbidden"),
        ("s3-missing-hidden", 403, "<Error><Code>AccessDenied</Code></Error>", "", K, "forbidden"),
        ("s3-no-key", 404, "<Error><Code>NoSuchKey</Code></Error>", "", U, "not-found"),
        (
            "s3-v2",
            403,
            "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
            "AWSAccessKeyId=A&Expires=1600000000&Signature=x",
            U,
            "expired-signature",
        ),
        (
            "akamai-hdntl",
            403,
            "Access Denied",
            "hdntl=exp=1600000000~acl=%2f*~data=hdntl~hmac=12",
            U,
            "expired-signature",
        ),
        ("fastly", 403, "denied", "token=1600000000_5f3a9b", U, "expired-signature"),
        ("nginx-secure-link", 410, "Gone", "md5=x&expires=1600000000", U, "expired-signature"),
        ("bunny", 403, "denied", "token=HS256-x&expires=1600000000", U, "expired-signature"),
        ("said", 403, "Link has expired", "sig=1", U, "expired-signature"),
        (
            "cloudfront-said",
            403,
            "<Error><Code>AccessDenied</Code><Message>Access denied: URL expired</Message></Error>",
            "Key-Pair-Id=K",
            U,
            "expired-signature",
        ),
        ("still-good", 403, "Access Denied", "Expires=4000000000&Signature=x", K, "forbidden"),
    ):
        path = "clip.mp4" + (f"?{query}" if query else "")
        refused = Reply(body.encode(), "application/xml" if body[:1] == "<" else "text/html", status)
        yield Case(f"http-signed-{name}", state, {reason}, {"clip.mp4": refused}, path)
    yield healthy("http-signed-range-in-name", {"clip.mp4": film()}, "clip.mp4?exp=4000000000&range=0-99")


def _live(media: Media) -> Iterator[Case]:
    """Endless streams, of which neither server nor file tells an end."""
    radio = {"icy-name": "Radio", "icy-br": "64", "Accept-Ranges": None}
    for name, file, said in (
        ("opus", "plain.ogg", "application/ogg"),
        ("aac", "plain.aac", "audio/aacp"),
        ("mp3", "bare.mp3", "audio/mpeg"),
        ("flac", "plain.flac", "audio/ogg"),
    ):
        stream = Reply(media[file], said, headers=radio, ranges="no", framing="close", rate=300_000)
        if name != "flac":
            yield healthy(f"http-radio-{name}", {"live": stream}, "live")
    ogg = media["plain.ogg"]
    yield healthy(
        "http-radio-opus-chunked", {"live": Reply(ogg * 20, "audio/ogg", ranges="no", framing="chunked")}, "live"
    )
    joined = media["bare.mp3"][1234:]  # in the middle of a frame, as one tunes in
    yield healthy(
        "http-radio-midway",
        {"live": Reply(joined, "audio/mpeg", headers=radio, ranges="no", framing="close", rate=300_000)},
        "live",
    )
    off = Reply(b"<html><title>Icecast: the mount could not be found</title></html>", "text/html", status=404)
    yield Case("http-radio-off", U, {"not-found"}, {"live": off}, "live")
    slow = Reply(media["bare.mp3"][:20_000], "audio/mpeg", headers=radio, ranges="no", framing="close", rate=8000)
    yield healthy("http-radio-slow", {"live": slow}, "live")  # at the pace of its 64 kbit/s, without a burst
