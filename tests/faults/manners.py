"""Servers with manners of their own, most of which browsers put up with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from tests.faults.case import Case, D, Media, Reply, Request, healthy

LOWER = ("HTTP/1.1 206 partial content", "content-type:video/mp4", "content-range:{span}", "content-length:{length}")
HINTS = ("HTTP/1.1 103 Early Hints", "link: </a.css>", "")
Film = Callable[..., Reply]


def cases(media: Media) -> list[Case]:
    clip, sound = media["faststart.mp4"], media["plain.mp3"]
    film, tone = partial(Reply, body=clip, type="video/mp4"), partial(Reply, body=sound, type="audio/mpeg")
    return [*_manners(film), *_sounds(tone, media["bare.mp3"]), *_sloppy(clip)]


def _manners(film: Film) -> Iterator[Case]:
    clip = film().body
    yield healthy("http-chunked", {"clip.mp4": film(framing="chunked")})
    yield healthy("http-close", {"clip.mp4": film(framing="close")})
    yield healthy("http-no-phrase", {"clip.mp4": film(line="HTTP/1.1 206")})
    yield healthy("http-odd-phrase", {"clip.mp4": film(line="HTTP/1.1 206 T\u00fcr offen")})
    yield healthy("http-lower-case", {"clip.mp4": _raw(clip, *LOWER)})
    yield healthy("http-no-cors", {"clip.mp4": film(headers={"Access-Control-Allow-Origin": None})})
    yield healthy("http-no-date", {"clip.mp4": film(headers={"Date": None, "Server": None, "ETag": None})})
    yield healthy("http-vary", {"clip.mp4": film(headers={"Vary": "Origin, Range, Cookie", "Set-Cookie": "a=b"})})
    yield healthy("http-etag-changes", {"clip.mp4": lambda request: film(headers={"ETag": f'"{request.count}"'})})
    yield healthy("http-ranges-none", {"clip.mp4": film(headers={"Accept-Ranges": "none"})})
    yield healthy(
        "http-no-head", {"clip.mp4": lambda request: film() if request.method == "GET" else Reply(status=405)}
    )
    yield healthy("http-late", {"clip.mp4": film(delay=0.7)})
    yield healthy("http-query", {"clip": film()}, "clip?file=/a/b%20c.mp4&x=1%2B1&y=%E2%9C%93")
    yield healthy("http-umlaut", {"%C3%A4%20b.mp4": film()}, "\u00e4 b.mp4")
    yield healthy("http-fragment", {"clip.mp4": film()}, "clip.mp4#t=30")
    yield healthy("http-ipv6", {"clip.mp4": film()}, host="[::1]")
    policy = {"Cross-Origin-Resource-Policy": "same-origin"}
    yield Case("http-same-origin", D, {"same-origin"}, {"clip.mp4": film(headers=policy)})
    for name, said in (("utf-8", "utf-8"), ("aws", "aws-chunked"), ("identity", "identity"), ("none", "none")):
        yield healthy(f"http-coding-{name}", {"clip.mp4": film(headers={"Content-Encoding": said})})
    yield healthy("http-padded-headers", {"clip.mp4": film(headers={"X-Note": "x" * 20_000})})
    yield healthy("http-latin-headers", {"clip.mp4": film(headers={"X-Titel": "gr\u00fcn"})})
    yield healthy("http-long-query", {"clip.mp4": film()}, f"clip.mp4?token={'a' * 6000}")
    yield healthy("http-continue", {"clip.mp4": _raw(clip, *HINTS, *LOWER)})


def _sounds(tone: Film, bare: bytes) -> Iterator[Case]:
    yield healthy("http-no-ending", {"stream": tone()}, "stream")
    yield healthy("http-php", {"play.php": tone()}, "play.php?id=7")
    yield healthy("http-html-ending", {"clip.html": tone()}, "clip.html")
    endless = replace(tone(), body=bare, framing="chunked", ranges="no")
    yield healthy("http-endless", {"live": endless}, "live")
    yield healthy("http-endless-close", {"live": replace(endless, framing="close")}, "live")
    yield Case("http-no-end", D, {"no-range"}, {"live": endless}, "live", {"duration": 6.0})  # it is to have an end
    yield healthy("http-icy", {"live": _icy(tone, None)}, "live")
    yield healthy("http-icy-line", {"live": _icy(tone, "ICY 200 OK")}, "live")


def _sloppy(clip: bytes) -> Iterator[Case]:
    """What browsers forgive: they read headers by RFC 9112 as far as it goes, and on."""
    for name, fields in {
        "twice": (*LOWER, "content-length:{length}"),
        "folded": (*LOWER, "x-note: a", "  b"),
        "colonless": (*LOWER, "whatever"),
        "spaced": (*LOWER[:1], "content-type : video/mp4", *LOWER[2:]),
        "quoted": (*LOWER[:1], 'content-type: "video/mp4"', *LOWER[2:]),
        "doubled-type": (*LOWER, "content-type: video/mp4"),
        "many": (*LOWER, *(f"x-{number}: {number}" for number in range(300))),
        "latin": (*LOWER, "x-name: \udcfc"),
        "continue": ("HTTP/1.1 100 Continue", "", *LOWER),
        "blank-before": ("", *LOWER),
        "nameless": (*LOWER, ": nothing"),
    }.items():
        yield healthy(f"http-sloppy-{name}", {"clip.mp4": _raw(clip, *fields)})
    for name, end in {"newlines": b"\n"}.items():
        yield healthy(f"http-sloppy-{name}", {"clip.mp4": _raw(clip, *LOWER, end=end)})
    yield healthy("http-sloppy-tail", {"clip.mp4": _raw(clip, *LOWER, tail=b"\r\n\r\n")})


def _raw(body: bytes, *fields: str, end: bytes = b"\r\n", tail: bytes = b"") -> Callable[[Request], Reply]:
    """A range answered in so many words; the connection is closed."""

    def reply(request: Request) -> Reply:
        first, _, last = request.headers["range"].removeprefix("bytes=").partition("-")
        part = body[int(first) : int(last) + 1]
        span = f"bytes {first}-{int(first) + len(part) - 1}/{len(body)}"
        lines = [field.format(span=span, length=len(part)) for field in fields]
        head = end.join(line.encode("utf-8", "surrogateescape") for line in [*lines, "", ""])
        return Reply(raw=head + part + tail)

    return reply


def _icy(tone: Film, line: str | None) -> Reply:
    """A live stream, as Icecast and SHOUTcast send it: no length, no end, no parts."""
    radio = {"icy-name": "Radio", "icy-br": "64", "Accept-Ranges": None}
    return tone(line=line, headers=radio, ranges="no", framing="close", rate=400_000)
