"""What servers do to a sound file between its disk and the reader."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from demo.faults import HTML, PNG
from tests.faults.case import Case, D, K, Media, Reply, Request, U, healthy

PAGE = Reply(HTML, "text/html; charset=utf-8")
PAST = "20200101T000000Z"
XML_DENIED = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>%b</Code><Message>%b</Message></Error>'


def cases(media: Media) -> list[Case]:
    film = partial(Reply, body=media["faststart.mp4"], type="video/mp4")
    last, tiny = media["moov-last.mp4"], Reply(media["tiny.mp3"], "audio/mpeg")
    return [
        *_statuses(film), *_signatures(film), *_redirects(film), *_bodies(film),
        *_ranges(film, last, tiny), *_types(film),
    ]  # fmt: skip


Film = Callable[..., Reply]


def _statuses(film: Film) -> Iterator[Case]:
    for status, state, reason in (
        (404, U, "not-found"), (410, U, "gone"), (451, U, "legal"), (500, U, "server-error"), (502, U, "server-error"),
        (503, U, "server-error"), (403, K, "forbidden"), (401, K, "forbidden"), (429, K, "rate-limited"),
        (418, K, "http-status"), (204, U, "empty"), (402, K, "http-status"),
    ):  # fmt: skip
        body = b"" if status == 204 else HTML
        headers = {"Retry-After": "120"} if status in (429, 503) else {}
        yield Case(f"http-{status}", state, {reason}, {"clip.mp4": Reply(body, "text/html", status, headers)})
    away = b"The video is not available in your country."
    yield Case("http-geo-403", D, {"geo-blocked"}, {"clip.mp4": Reply(away, "text/plain", 403)})
    cloud = b"The Amazon CloudFront distribution is configured to block access from your country."
    page = Reply(b"<html><h2>%b</h2></html>" % cloud, "text/html", 403)
    yield Case("http-geo-cloud-403", D, {"geo-blocked"}, {"clip.mp4": page})
    yield Case("http-404-as-media", U, {"not-found"}, {"clip.mp4": film(status=404)})


def _signatures(film: Film) -> Iterator[Case]:
    denied = Reply(XML_DENIED % (b"AccessDenied", b"Request has expired"), "application/xml", 403)
    for name, query in {
        "s3": f"X-Amz-Date={PAST}&X-Amz-Expires=3600&X-Amz-Signature=5f3a",
        "gcs": f"X-Goog-Date={PAST}&X-Goog-Expires=3600&X-Goog-Signature=5f3a",
        "cloudfront": "Expires=1577836800&Signature=5f3a&Key-Pair-Id=K2",
        "azure": "sv=2022-11-02&se=2020-01-01T00%3A00%3A00Z&sig=5f3a",
        "akamai": "hdnts=st=1577836000~exp=1577836800~acl=/*~hmac=5f3a",
        "akamai-hdnea": "hdnea=exp%3D1577836800%7Eacl%3D%2F%2A%7Ehmac%3D5f3a",
        "policy": "Policy=eyJTdGF0ZW1lbnQiOlt7IkNvbmRpdGlvbiI6eyJEYXRlTGVzc1RoYW4iOnsiQVdTOkVwb2NoVGltZSI6MTU3Nzg"
        "zNjgwMH19fV19&Signature=5f3a",
        "jwt": "token=eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE1Nzc4MzY4MDB9.c2ln",
        "exp": "exp=1577836800&sig=5f3a",
        "milliseconds": "expires=1577836800000&sig=5f3a",
    }.items():
        yield Case(f"http-expired-{name}", U, {"expired-signature"}, {"clip.mp4": denied}, f"clip.mp4?{query}")
    in_path = "token=exp=1577836800~hmac=5f3a/clip.mp4"
    yield Case("http-expired-in-path", U, {"expired-signature"}, {in_path: denied}, in_path)
    said = Reply(XML_DENIED % (b"ExpiredToken", b"The provided token has expired."), "application/xml", 400)
    yield Case("http-expired-said", U, {"expired-signature"}, {"clip.mp4": said}, "clip.mp4?X-Amz-Security-Token=x")
    gone = Reply(b"URL expired", "text/plain", 410)
    yield Case("http-expired-410", U, {"gone", "expired-signature"}, {"clip.mp4": gone}, "clip.mp4?expires=1577836800")
    yield Case(
        "http-signed-403", K, {"forbidden"}, {"clip.mp4": denied_now()}, "clip.mp4?Expires=4102444800&Signature=5f3a"
    )
    yield healthy("http-signed", {"clip.mp4": film()}, "clip.mp4?Expires=4102444800&Signature=5f%2F3a%3D%3D&sig=a+b")
    yield healthy("http-signed-past", {"clip.mp4": film()}, "clip.mp4?Expires=1577836800")  # nobody enforces it


def denied_now() -> Reply:
    return Reply(XML_DENIED % (b"AccessDenied", b"Access Denied"), "application/xml", 403)


def _to(path: str, status: int = 302) -> Callable[[Request], Reply]:
    return lambda request: Reply(status=status, headers={"Location": path.replace("BASE/", request.base)})


def _redirects(film: Film) -> Iterator[Case]:
    sound = {"clip.mp4": _to("BASE/a"), "a": _to("b", 301), "b": _to("./c?d=e", 307), "c": _to("real.mp4", 308)}
    yield healthy("http-redirects", {**sound, "real.mp4": film()})
    chain = {f"{hop}": _to(f"{hop + 1}") for hop in range(12)}
    yield healthy("http-redirect-chain", {**chain, "12": film()}, "0")
    yield healthy("http-redirect-303", {"clip.mp4": _to("real", 303), "real": film()})
    yield Case("http-redirect-login", U, {"redirected"}, {"clip.mp4": _to("login?next=clip.mp4"), "login": PAGE})
    yield Case("http-redirect-home", U, {"redirected"}, {"clip.mp4": _to("BASE/"), "": PAGE})
    disguised = Reply(HTML, "video/mp4")
    yield Case("http-redirect-disguised", U, {"redirected"}, {"clip.mp4": _to("error"), "error": disguised})
    yield Case("http-redirect-404", U, {"not-found"}, {"clip.mp4": _to("other.mp4")})
    yield Case("http-redirect-loop", U, {"redirect-loop"}, {"clip.mp4": _to("a"), "a": _to("clip.mp4")})
    yield Case("http-redirect-itself", U, {"redirect-loop"}, {"clip.mp4": _to("clip.mp4")})

    def endless(request: Request) -> Reply:
        return _to(f"clip.mp4?{len(request.query) * 'x'}y")(request)

    yield Case("http-redirect-endless", U, {"redirect-loop"}, {"clip.mp4": endless})
    yield Case("http-redirect-nowhere", U, {"rejected"}, {"clip.mp4": Reply(status=302)})
    yield Case("http-redirect-scheme", U, {"bad-url"}, {"clip.mp4": _to("rtmp://127.0.0.1/clip")})
    yield Case("http-redirect-private", K, {"address-refused"}, {"clip.mp4": _to("http://169.254.169.254/latest/")})
    mixed = {"page": "https://news.example/story"}
    yield Case("http-mixed-content", U, {"mixed-content"}, {}, "http://media.example/clip.mp4", mixed)
    yield Case("http-mixed-at-home", U, {"mixed-content"}, {"clip.mp4": film()}, target=mixed)  # it is no reader's home
    yield healthy("http-on-http", {"clip.mp4": film()}, target={"page": "http://news.example/story"})
    yield Case("http-redirect-refused", U, {"refused"}, {"clip.mp4": _to("http://127.0.0.1:1/clip.mp4")})


def _bodies(film: Film) -> Iterator[Case]:
    clip = film().body
    yield Case("http-html", U, {"html"}, {"clip.mp4": PAGE})
    yield Case("http-soft-404", U, {"html"}, {"clip.mp4": Reply(HTML, "video/mp4")})
    yield Case("http-soft-404-bare", U, {"html"}, {"clip.mp3": Reply(b"<h1>Not found</h1>", None)}, "clip.mp3")
    late = b"\xef\xbb\xbf\n\n<!-- build 7 -->\n" + HTML
    yield Case("http-soft-404-late", U, {"html"}, {"clip.mp4": Reply(late, "application/octet-stream")})
    yield Case("http-soft-404-gzip", U, {"html"}, {"clip.mp4": _zipped(HTML, "video/mp4")})
    xhtml = b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">\n<html><body/></html>'
    yield Case("http-soft-404-xhtml", U, {"html"}, {"clip.mp4": Reply(xhtml, "video/mp4")})
    sixteen = Reply("<html><body>weg</body></html>".encode("utf-16"), "video/mp4")
    yield Case("http-soft-404-utf16", U, {"html", "wrong-type"}, {"clip.mp4": sixteen})
    for name, body in {
        "json": b'{"error": "not found", "status": 404}', "text": b"File not found.\n", "png": PNG,
        "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "gif": b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01",
        "xml": XML_DENIED % (b"NoSuchKey", b"The specified key does not exist."), "zip": b"PK\x03\x04\x14\0\0\0",
        "javascript": b"window.location = '/';\n", "zeros": bytes(200_000),
    }.items():  # fmt: skip
        yield Case(f"http-200-{name}", U, {"wrong-type", "corrupt"}, {"clip.mp4": Reply(body, "video/mp4")})
    for name, body in {
        "flv": b"FLV\x01\x05\0\0\0\x09\0\0\0\0", "avi": b"RIFF\x10\0\0\0AVI LIST",
        "wmv": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "ts": (b"G\x40\0\x10" + b"\xff" * 184) * 100,
        "amr": b"#!AMR\n\x3c" + b"\0" * 300, "midi": b"MThd\0\0\0\x06\0\0\0\1\0\x60MTrk",
        "realmedia": b".RMF\0\0\0\x12\0\1" + b"\0" * 60, "aiff": b"FORM\0\0\1\0AIFFCOMM" + b"\0" * 240,
    }.items():  # fmt: skip
        yield Case(f"http-format-{name}", U, {"unsupported", "wrong-type"}, {"clip.mp4": Reply(body, "video/mp4")})
    yield Case("http-empty", U, {"empty"}, {"clip.mp4": Reply(b"", "video/mp4")})
    yield Case("http-empty-ignored", U, {"empty"}, {"clip.mp4": Reply(b"", "video/mp4", ranges="no")})
    yield Case(
        "http-empty-chunked", U, {"empty"}, {"clip.mp4": Reply(b"", "video/mp4", framing="chunked", ranges="no")}
    )
    yield Case("http-short-of-total", U, {"truncated", "reset"}, {"clip.mp4": film(total=len(clip) * 3)})
    yield Case("http-cut", U, {"reset"}, {"clip.mp4": film(cut=5000)})
    yield Case("http-cut-ignored-range", U, {"reset"}, {"clip.mp4": film(cut=5000, ranges="no")})
    yield Case("http-cut-chunked", U, {"reset"}, {"clip.mp4": film(cut=5000, framing="chunked")})
    yield Case("http-cut-at-once", U, {"reset"}, {"clip.mp4": film(cut=0)})
    yield Case("http-stall", U, {"timeout"}, {"clip.mp4": film(stall=5000)}, silent=True)
    yield Case("http-tarpit", U, {"timeout"}, {"clip.mp4": film(delay=100)}, silent=True)
    yield Case("http-hangup", U, {"unreachable"}, {"clip.mp4": Reply(raw=b"")})
    yield Case("http-no-http", U, {"server-error"}, {"clip.mp4": Reply(raw=b"220 mail ready\r\n")})
    yield Case("http-trickle", D, {"slow"}, {"clip.mp4": film(rate=2000)}, silent=True)
    yield Case("http-drip", U, {"timeout"}, {"clip.mp4": film(rate=20)}, silent=True)
    lies = {"Content-Encoding": "gzip"}
    yield Case("http-gzip-in-name", U, {"corrupt"}, {"clip.mp4": film(headers=lies, ranges="no")})
    yield Case("http-br-in-name", U, {"corrupt"}, {"clip.mp4": film(headers={"Content-Encoding": "br"})})
    yield Case(
        "http-total-of-range", U, {"truncated"}, {"clip.mp4": film(headers={"Content-Range": "bytes 0-16383/16384"})}
    )


def _zipped(body: bytes, said: str, **more: object) -> Reply:
    return Reply(gzip.compress(body), said, headers={"Content-Encoding": "gzip"}, ranges="no")


def _ranges(film: Film, last: bytes, tiny: Reply) -> Iterator[Case]:
    clip = film().body
    yield Case("http-no-range", D, {"no-range"}, {"clip.mp4": film(ranges="no")})
    yield Case("http-no-length", D, {"no-range"}, {"clip.mp4": film(ranges="no", framing="close")})
    yield Case("http-gzip-film", D, {"no-range"}, {"clip.mp4": _zipped(clip, "video/mp4")})
    yield Case("http-range-shifted", U, {"wrong-range"}, {"clip.mp4": film(ranges="shifted")})
    # The right words over the file's beginning, so that the index at the end cannot be read.
    lie = Reply(last, "video/mp4", ranges="lie")
    yield Case("http-range-lie", U, {"wrong-range"}, {"clip.mp4": lie})
    no_words = film(headers={"Content-Range": None})
    yield Case("http-206-without-range", U, {"wrong-range"}, {"clip.mp4": no_words})
    yield Case("http-multipart", U, {"wrong-range", "wrong-type"}, {"clip.mp4": film(ranges="multipart")})
    yield healthy("http-star", {"clip.mp4": film(ranges="star")})
    yield healthy("http-206-for-all", {"clip.mp4": film(ranges="whole")})
    yield healthy("http-strict-small", {"clip.mp3": replace(tiny, ranges="strict")}, "clip.mp3")
    yield healthy("http-ignored-small", {"clip.mp3": replace(tiny, ranges="no")}, "clip.mp3")
    yield healthy("http-1.0", {"clip.mp4": film(line="HTTP/1.0 206 Partial Content", headers={"Connection": None})})
    more = {"Content-Range": f"bytes 0-16383/{len(clip)}"}
    yield Case("http-206-and-more", D, {"no-range"}, {"clip.mp4": film(ranges="whole", headers=more)})
    yield healthy("http-range-capitals", {"clip.mp4": film(headers={"Content-Range": f"Bytes 0-16383/{len(clip)}"})})
    old = film(line="HTTP/1.0 200 OK", ranges="no", framing="close")
    yield Case("http-1.0-no-range", D, {"no-range"}, {"clip.mp4": old})


def _types(film: Film) -> Iterator[Case]:
    for name, said in {
        "text": "text/plain", "html": "text/html; charset=utf-8", "image": "image/jpeg", "webm": "video/webm",
        "audio": "audio/mpeg", "json": "application/json",
    }.items():  # fmt: skip
        yield Case(f"http-type-{name}", D, {"mislabelled"}, {"clip.mp4": film(type=said)})
    both = film(ranges="no", type="text/plain")
    yield Case("http-type-and-range", D, {"mislabelled"}, {"clip.mp4": both}, also={"no-range"})
    for name, said in {
        "octet-stream": "application/octet-stream", "capitals": 'Video/MP4; codecs="avc1.42E01E"',
        "quicktime": "video/quicktime", "application": "application/mp4", "invented": "video/x-news", "odd": "media",
    }.items():  # fmt: skip
        yield healthy(f"http-type-{name}", {"clip.mp4": film(type=said)})
    yield Case("http-no-type", D, {"untyped"}, {"clip.mp4": film(type=None)})
    yield healthy("http-attachment", {"clip.mp4": film(headers={"Content-Disposition": "attachment"})})
