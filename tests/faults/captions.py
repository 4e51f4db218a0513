"""Captions, chapters and thumbnail tracks, sound, odd and broken."""

from __future__ import annotations

import gzip

from demo.faults import PNG
from player.probe.target import Role
from tests.faults.case import Case, D, K, Media, Reply, Serve, U, healthy

_CUE = "00:01.000 --> 00:02.000\nHello\n"
_VTT = f"WEBVTT\n\n{_CUE}"
_SRT = "1\r\n00:00:01,000 --> 00:00:02,000\r\nHello\r\n"
_TTML = '<?xml version="1.0"?>\n<tt xmlns="http://www.w3.org/ns/ttml"><body><div>{}</div></body></tt>'
_PATH = "track.vtt"
_ZIPPED = {"Content-Encoding": "gzip"}


def _track(body: str | bytes, type_: str | None = "text/vtt", **fields: object) -> Serve:
    data = body.encode() if isinstance(body, str) else body
    return {_PATH: Reply(data, type_, **fields)}  # type: ignore[arg-type]


def cases(media: Media) -> list[Case]:
    return [*_broken(), *_sound()]


def _broken() -> list[Case]:
    def dead(name: str, reasons: set[str], serve: Serve) -> Case:
        return Case(f"captions-{name}", U, reasons, serve, _PATH)

    thumbs = "WEBVTT\n\n00:00.000 --> 00:05.000\nsprite.png#xywh=0,0,160,90\n"
    return [
        dead("404", {"not-found"}, {}),
        dead("html", {"html"}, _track("<!doctype html><title>Sign in</title>", "text/html")),
        dead("soft-404", {"html"}, _track("<!doctype html><title>Sign in</title>")),
        dead("empty", {"empty"}, _track(b"")),
        dead("srt", {"bad-captions"}, _track(_SRT)),
        dead("srt-under-signature", {"bad-captions"}, _track("WEBVTT\n\n" + _SRT)),
        dead("blank-line-first", {"bad-captions"}, _track("\n" + _VTT)),
        dead("lower-case", {"bad-captions"}, _track(_VTT.lower())),
        dead("json", {"bad-captions"}, _track('{"error": "gone"}', "application/json")),
        dead("picture", {"bad-captions"}, _track(PNG)),
        dead("utf-16", {"bad-captions"}, _track(_VTT.encode("utf-16"))),
        dead("no-cors", {"cors"}, _track(_VTT, headers={"Access-Control-Allow-Origin": None})),
        dead("thumbnails-404", {"segment-missing"}, _track(thumbs)),
        dead("thumbnails-html", {"segment-missing"}, {**_track(thumbs), "sprite.png": Reply(b"<html>")}),
        dead("soft-page-late", {"html"}, _track("<!-- build 7 -->\n<html><body>Gone</body></html>")),
        dead("zipped-page", {"html"}, _track(gzip.compress(b"<html>Gone</html>"), headers=_ZIPPED, ranges="no")),
        dead("cut", {"reset"}, _track(_VTT * 9, cut=30)),
        dead("403-expired", {"expired-signature"}, {_PATH: Reply(b"Request has expired", "text/plain", 403)}),
        dead("commas", {"bad-captions"}, _track(_VTT.replace(".000", ",000"))),
        dead("xml", {"bad-captions"}, _track('<?xml version="1.0"?><rss version="2.0"/>', "application/xml")),
        dead("thumbnails-no-size", {"segment-missing"}, {**_track(thumbs), "sprite.png": Reply(b"", "image/png")}),
        Case("captions-forbidden", K, {"forbidden"}, {_PATH: Reply(b"no", "text/plain", 403)}, _PATH),
        Case("captions-no-cues", D, {"no-cues"}, _track("WEBVTT\n\nNOTE nothing was said\n"), _PATH),
        Case("captions-ttml-no-cues", D, {"no-cues"}, _track(_TTML.format("")), _PATH),
    ]


def _sound() -> list[Case]:
    def fine(name: str, serve: Serve) -> Case:
        return healthy(f"captions-{name}", serve, _PATH)

    thumbs = "WEBVTT\n\n00:00.000 --> 00:05.000\nsprite.png#xywh=0,0,160,90\n"
    notes = "NOTE " + "x" * 300 + "\n\n"
    return [
        fine("plain", _track(_VTT)),
        fine("text-type", _track(_VTT, "text/plain")),
        fine("no-type", _track(_VTT, None)),
        fine("zipped", _track(gzip.compress(_VTT.encode()), headers=_ZIPPED, ranges="no")),
        fine("titled", _track(_VTT.replace("WEBVTT", "WEBVTT - Spoken by the ferryman"))),
        fine("tabbed", _track(_VTT.replace("WEBVTT", "WEBVTT\tNews"))),
        fine("styled", _track("WEBVTT\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:a\n\nintro\n" + _CUE)),
        fine("settings", _track("WEBVTT\n\n00:00:01.000 --> 00:00:02.000 line:0 align:start\n<v Ada>Hello</v>\n")),
        fine("hours", _track("WEBVTT\n\n100:00:01.000 --> 100:00:02.000\nLate\n")),
        fine("no-final-newline", _track("WEBVTT\n\n00:01.000 --> 00:02.000\nHello")),
        fine("old-returns", _track(_VTT.replace("\n", "\r"))),
        fine("one-bad-cue", _track(_VTT + "\n1:2 --> 3\nbroken\n\n" + _CUE)),
        fine("chapters", _track("WEBVTT\n\n1\n00:00.000 --> 01:00.000\nThe first part\n")),
        fine(
            "redirected", {_PATH: Reply(status=302, headers={"Location": "real.vtt"}), "real.vtt": _track(_VTT)[_PATH]}
        ),
        fine("chunked", _track(_VTT, framing="chunked", ranges="no")),
        fine(
            "ttml-prefixed",
            _track(
                _TTML.replace("<tt ", "<tt:tt xmlns:tt='x' ")
                .replace("</tt>", "</tt:tt>")
                .format('<tt:p begin="1s" end="2s">Hello</tt:p>'),
                "application/ttml+xml",
            ),
        ),
        fine("byte-order-mark", _track("\ufeff" + _VTT)),
        fine("crlf", _track(_VTT.replace("\n", "\r\n"))),
        fine("long-header", _track("WEBVTT\n\n" + notes * 100 + _CUE)),
        fine("ttml", _track(_TTML.format('<p begin="1s" end="2s">Hello</p>'), "application/ttml+xml")),
        fine("thumbnails", {**_track(thumbs), "sprite.png": Reply(PNG, "image/png")}),
        healthy(
            "captions-without-ending",
            {"track": Reply(_VTT.encode(), "text/vtt")},
            "track",
            target={"role": Role.CAPTIONS},
        ),
    ]
