"""Captions, chapters and thumbnail tracks, sound, odd and broken."""

from __future__ import annotations

from demo.faults import PNG
from player.probe.target import Role
from tests.faults.case import Case, D, Media, Reply, Serve, U, healthy

_CUE = "00:01.000 --> 00:02.000\nHello\n"
_VTT = f"WEBVTT\n\n{_CUE}"
_SRT = "1\r\n00:00:01,000 --> 00:00:02,000\r\nHello\r\n"
_TTML = '<?xml version="1.0"?>\n<tt xmlns="http://www.w3.org/ns/ttml"><body><div>{}</div></body></tt>'
_PATH = "track.vtt"


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
