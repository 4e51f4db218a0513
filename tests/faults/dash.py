"""DASH: manifests, segments, representations and live edges, sound, odd and broken."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

from tests.faults.case import Case, D, K, Media, Reply, Request, Serve, U, healthy
from tests.faults.stream_media import Changes, reply, served, stream

_MPD = "manifest.mpd"
_HTML = Reply(b"<!doctype html><title>Not here</title><h1>Not here</h1>", "text/html")
_ENTITIES = '<!DOCTYPE MPD [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><MPD>&b;</MPD>'


def cases(media: Media) -> list[Case]:
    return [*_manifests(), *_parts(), *_live(), *_odd()]


def _numbers(changes: Changes | None = None) -> Serve:
    return served("dash-number", changes)


def _text(name: str = "dash-number") -> str:
    return stream(name)[_MPD].decode()


def _dead(name: str, reasons: set[str], serve: Serve) -> Case:
    return Case(f"dash-{name}", U, reasons, serve, _MPD)


def _lame(name: str, reasons: set[str], serve: Serve) -> Case:
    return Case(f"dash-{name}", D, reasons, serve, _MPD)


def _fine(name: str, serve: Serve) -> Case:
    return healthy(f"dash-{name}", serve, _MPD)


def _manifests() -> list[Case]:
    many = "<Representation/>" * 10_000
    no_start = _text().replace('type="static"', 'type="dynamic"')
    headers = {"Access-Control-Allow-Origin": None}
    return [
        _dead("cut-off", {"bad-playlist"}, _numbers({_MPD: _text()[:900]})),
        _dead("no-period", {"bad-playlist"}, _numbers({_MPD: "<MPD/>"})),
        _dead("no-representation", {"bad-playlist"}, _numbers({_MPD: "<MPD><Period><AdaptationSet/></Period></MPD>"})),
        _dead("entities", {"bad-playlist", "wrong-type"}, _numbers({_MPD: _ENTITIES})),
        _dead(
            "ten-thousand-representations",
            {"bad-playlist"},
            _numbers({_MPD: f"<MPD><Period><AdaptationSet>{many}</AdaptationSet></Period></MPD>"}),
        ),
        _dead("live-without-start", {"bad-playlist"}, _numbers({_MPD: no_start})),
        _dead("no-cors", {"cors"}, _numbers({_MPD: Reply(_text().encode(), "application/dash+xml", headers=headers)})),
        _dead(
            "elsewhere",
            {"not-found", "segment-missing"},
            _numbers({_MPD: _text().replace("<Period", "<BaseURL>x/</BaseURL><Period")}),
        ),
        Case(
            "dash-private",
            K,
            {"address-refused"},
            _numbers({_MPD: _text().replace("<Period", "<BaseURL>http://10.0.0.1/</BaseURL><Period")}),
            _MPD,
        ),
    ]


def _parts() -> list[Case]:
    film = stream("dash-number")
    segments = [path for path in film if path.endswith(".m4s")]
    no_cors = {"Access-Control-Allow-Origin": None}
    shut = {path: Reply(film[path], "video/mp4", headers=no_cors) for path in segments}
    one_file = stream("dash-base")
    return [
        _dead("sound-init-missing", {"segment-missing"}, _numbers({"sound/init.mp4": None})),
        _dead("sound-html", {"segment-missing"}, _numbers({"sound/1.m4s": _HTML})),
        _dead("all-video-last", {"segment-missing"}, _numbers({"low/6.m4s": None, "high/6.m4s": None})),
        _lame("one-video", {"rendition-dead"}, _numbers({"high/init.mp4": None})),
        _lame("one-video-middle", {"rendition-dead"}, _numbers({"low/4.m4s": None})),
        _dead("segments-no-cors", {"cors"}, _numbers(shut)),
        _lame("codecs-lie", {"codec-mismatch"}, _numbers({_MPD: _text().replace("avc1.4d400b", "hvc1.1.6.L93")})),
        _lame("fragment-short", {"segment-short"}, _numbers({"high/6.m4s": film["high/6.m4s"][:9000]})),
        _lame("file-short", {"segment-short"}, served("dash-base", {"high.mp4": one_file["high.mp4"][:9000]})),
        _dead("file-missing", {"segment-missing"}, served("dash-base", {"sound.mp4": None})),
        _dead(
            "file-without-ranges",
            {"wrong-range"},
            served(
                "dash-base",
                {
                    name: Reply(one_file[name], "video/mp4", ranges="no")
                    for name in ("low.mp4", "high.mp4", "sound.mp4")
                },
            ),
        ),
        _dead(
            "timeline-wrong",
            {"segment-missing"},
            served("dash-timeline", {_MPD: _text("dash-timeline").replace('t="0"', 't="7"')}),
        ),
    ]


def _dynamic(attributes: str, template: str, *, delay: str = "PT6S") -> str:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" minimumUpdatePeriod="PT2S" '
        f'timeShiftBufferDepth="PT30S" suggestedPresentationDelay="{delay}" {attributes}><Period start="PT0S">'
        f'<AdaptationSet mimeType="video/mp4" codecs="avc1.4d400b">{template}<Representation id="low"/>'
        "</AdaptationSet></Period></MPD>"
    )


_TEMPLATE = '<SegmentTemplate duration="2" startNumber="0" initialization="low/init.mp4" media="low/n-$Number$.m4s"/>'


def _began(seconds: float) -> str:
    return f'availabilityStartTime="{(datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()}"'


def _clock(*, stopped_at: int | None = None) -> Serve:
    """Segments of two seconds that come to be with time; none after number `stopped_at`."""
    film, began = stream("dash-number"), datetime.now(UTC) - timedelta(hours=1)

    def segment(number: int) -> Reply:
        there = number <= ((datetime.now(UTC) - began).total_seconds() / 2) - 1
        if not there or (stopped_at is not None and number > stopped_at):
            return Reply(b"", status=404)
        return reply("a.m4s", film[f"low/{number % 6 + 1}.m4s"])

    files: dict[str, Reply] = {
        _MPD: reply(_MPD, _dynamic(f'availabilityStartTime="{began.isoformat()}"', _TEMPLATE)),
        "low/init.mp4": reply("a.mp4", film["low/init.mp4"]),
    }
    moving = {f"low/n-{number}.m4s": (lambda _, n=number: segment(n)) for number in range(1700, 2000)}
    return {**files, **moving}


def _timeline(behind: float, segments: int = 10) -> str:
    end = 3600 - behind
    first = int(end) - 2 * segments
    template = (
        '<SegmentTemplate initialization="low/init.mp4" media="low/1.m4s?t=$Time$"><SegmentTimeline>'
        f'<S t="{first}" d="2" r="{segments - 1}"/></SegmentTimeline></SegmentTemplate>'
    )
    return _dynamic(_began(3600), template)


def _live() -> list[Case]:
    return [
        _dead("live-stopped", {"segment-missing"}, _clock(stopped_at=1750)),
        _dead("timeline-old", {"live-stopped"}, _numbers({_MPD: _timeline(300)})),
    ]


def _odd() -> list[Case]:
    text = _text()
    twice = text.replace("</Period>", "</Period>" + text[text.index("<Period") : text.index("</Period>")] + "</Period>")
    periods = twice.replace('start="PT0S"', 'duration="PT12S"').replace("PT12.000S", "PT24S")
    remote = text.replace(
        "</MPD>", '<Period xmlns:x="http://www.w3.org/1999/xlink" x:href="https://ads.example/"/></MPD>'
    )
    packed = Reply(
        gzip.compress(text.encode()), "application/dash+xml", headers={"Content-Encoding": "gzip"}, ranges="no"
    )
    long = text.replace("PT12.000S", "PT12.9S")
    sidecar = (
        '<AdaptationSet mimeType="text/vtt" lang="en"><Representation id="t"><BaseURL>t.vtt</BaseURL>'
        "</Representation></AdaptationSet></Period>"
    )

    def fresh(_: Request) -> Reply:
        return reply(_MPD, _timeline(2))

    return [
        _fine("numbers", _numbers()),
        _fine("times", served("dash-timeline")),
        _fine("files", served("dash-base")),
        _fine("two-periods", _numbers({_MPD: periods})),
        _fine("remote-period", _numbers({_MPD: remote})),
        _fine("gzip", _numbers({_MPD: packed})),
        _fine("xml-type", _numbers({_MPD: Reply(text.encode(), "text/xml")})),
        _fine("rounded-duration", _numbers({_MPD: long})),
        _fine("byte-order-mark", _numbers({_MPD: "\ufeff" + text})),
        _fine(
            "sidecar-text",
            _numbers({_MPD: text.replace("</Period>", sidecar), "t.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n"}),
        ),
        _fine("live", _clock()),
        _fine("live-timeline", {**_numbers(), _MPD: fresh}),
    ]
