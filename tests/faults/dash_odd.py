"""DASH as it is met in the field: addresses in every place, clocks that differ, and what players pass over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests.faults.case import Case, D, K, Media, Reply, Request, Serve, U, healthy
from tests.faults.stream_media import Changes, reply, served, stream

_MPD = "manifest.mpd"


def cases(media: Media) -> list[Case]:
    return [*_bases(), *_addressing(), *_shapes(), *_clocks(), *_steering()]


def _dead(name: str, reasons: set[str], serve: Serve) -> Case:
    return Case(f"dash-{name}", U, reasons, serve, _MPD)


def _lame(name: str, reasons: set[str], serve: Serve) -> Case:
    return Case(f"dash-{name}", D, reasons, serve, _MPD)


def _fine(name: str, serve: Serve) -> Case:
    return healthy(f"dash-{name}", serve, _MPD)


def _text(name: str = "dash-number") -> str:
    return stream(name)[_MPD].decode()


def _numbers(text: str, changes: Changes | None = None) -> Serve:
    return served("dash-number", {_MPD: text, **(changes or {})})


def _bases() -> Iterator[Case]:
    text, period = _text(), "<Period"
    yield _fine(
        "two-bases", _numbers(text.replace(period, "<BaseURL>./</BaseURL><BaseURL>spare/</BaseURL>" + period, 1))
    )
    lost = text.replace(period, "<BaseURL>lost/</BaseURL><BaseURL>./</BaseURL>" + period, 1)
    yield _lame("first-base-dead", {"rendition-dead"}, _numbers(lost))
    both = text.replace(period, "<BaseURL>lost/</BaseURL><BaseURL>gone/</BaseURL>" + period, 1)
    yield _dead("both-bases-dead", {"not-found", "segment-missing"}, _numbers(both))
    private = text.replace(period, "<BaseURL>http://10.0.0.1/</BaseURL><BaseURL>./</BaseURL>" + period, 1)
    yield _lame("first-base-private", {"rendition-dead"}, _numbers(private))
    nested = text.replace(period, "<BaseURL>a/</BaseURL>" + period, 1).replace(
        "<AdaptationSet", "<BaseURL>b/</BaseURL><AdaptationSet", 1
    )
    files = {f"a/b/{path}": reply(path, body) for path, body in stream("dash-number").items()}
    yield _fine("nested-bases", {**files, _MPD: reply(_MPD, nested)})
    yield _fine(
        "redirected-base",
        {
            **{f"cdn/{path}": reply(path, body) for path, body in stream("dash-number").items()},
            _MPD: Reply(status=302, headers={"Location": "cdn/manifest.mpd?x=1"}),
        },
    )
    location = text.replace(period, "<Location>elsewhere.mpd</Location>" + period, 1)
    yield _fine("location", _numbers(location))
    query = text.replace("$RepresentationID$/$Number$.m4s", "$RepresentationID$/$Number$.m4s?t=a&amp;b=$Bandwidth$")
    yield _fine("query", _numbers(query))


def _addressing() -> Iterator[Case]:
    text = _text()
    template = text[text.index("<SegmentTemplate") : text.index("/>", text.index("<SegmentTemplate")) + 2]
    urls = "".join(f'<SegmentURL media="low/{n}.m4s"/>' for n in range(1, 7))
    listed = f'<SegmentList timescale="1" duration="2"><Initialization sourceURL="low/init.mp4"/>{urls}</SegmentList>'
    one = text.replace(template, listed, 1)
    yield _fine("list", _numbers(one))
    yield _lame("list-last-missing", {"rendition-dead"}, _numbers(one.replace("low/6.m4s", "low/7.m4s")))
    outer = text.replace(template, "").replace('startWithSAP="1"><Rep', f'startWithSAP="1">{template}<Rep')
    outer = outer.replace('lang="en"><Rep', f'lang="en">{template}<Rep')
    yield _fine("template-above", _numbers(outer))
    yield _fine(
        "padded-numbers",
        {
            **_numbers(text.replace("$Number$", "n$Number%05d$")),
            **{
                f"{name}/n{n:05}.m4s": reply("a.m4s", stream("dash-number")[f"{name}/{n}.m4s"])
                for name in ("low", "high", "sound")
                for n in range(1, 7)
            },
        },
    )
    yield _fine(
        "prefixed",
        _numbers(
            text.replace("<MPD xmlns=", "<d:MPD xmlns:d=")
            .replace("</MPD>", "</d:MPD>")
            .replace("<Period", "<d:Period")
            .replace("</Period", "</d:Period")
            .replace("<AdaptationSet", "<d:AdaptationSet")
            .replace("</AdaptationSet", "</d:AdaptationSet")
            .replace("<Representation", "<d:Representation")
            .replace("</Representation", "</d:Representation")
            .replace("<SegmentTemplate", "<d:SegmentTemplate")
        ),
    )
    yield _dead("numbers-from-zero", {"segment-missing"}, _numbers(text.replace('startNumber="1"', 'startNumber="0"')))
    yield _fine(
        "no-length",
        _numbers(
            text.replace(' mediaPresentationDuration="PT12.000S"', "").replace(
                'start="PT0S"', 'start="PT0S" duration="PT12S"'
            )
        ),
    )
    base = _text("dash-base")
    yield _dead(
        "index-beyond",
        {"segment-missing", "segment-short"},
        served("dash-base", {name: stream("dash-base")[name][:600] for name in ("low.mp4", "high.mp4")}),
    )
    yield _fine(
        "file-alone",
        served("dash-base", {_MPD: base.replace("<SegmentBase", "<Ignored").replace("</SegmentBase", "</Ignored")}),
    )


def _shapes() -> Iterator[Case]:
    text = _text()
    start = text.index("<Representation")
    yield _fine(
        "protected",
        _numbers(
            text[:start] + '<ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" '
            'value="cenc"/>' + text[start:]
        ),
    )
    yield _fine("comments", _numbers(text.replace("<Period", "<!-- <Period> --><Period")))
    tiles = (
        '<AdaptationSet mimeType="image/jpeg"><SegmentTemplate media="t-$Number$.jpg" duration="12"/>'
        '<Representation id="tiles" bandwidth="1"/></AdaptationSet></Period>'
    )
    picture = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"\x55" * 900 + b"\xff\xd9"
    yield _fine("tiles", _numbers(text.replace("</Period>", tiles), {"t-1.jpg": Reply(picture, "image/jpeg")}))
    yield _lame("tiles-missing", {"rendition-dead"}, _numbers(text.replace("</Period>", tiles)))
    words = (
        '<AdaptationSet mimeType="text/vtt"><Representation id="t"><BaseURL>t.vtt</BaseURL></Representation>'
        "</AdaptationSet></Period>"
    )
    yield _lame("text-missing", {"rendition-dead"}, _numbers(text.replace("</Period>", words)))
    yield _lame("text-html", {"rendition-dead"}, _numbers(text.replace("</Period>", words), {"t.vtt": "<html>"}))
    late = (
        '<Period id="1" start="PT12S" duration="PT12S">' + text[text.index("<AdaptationSet") : text.index("</Period>")]
    )
    second = text.replace('start="PT0S"', 'start="PT0S" duration="PT12S"').replace("PT12.000S", "PT24S")
    gone = second.replace("</Period>", "</Period>" + late.replace("$RepresentationID$/", "gone/") + "</Period>", 1)
    yield _dead("second-period-dead", {"segment-missing"}, _numbers(gone))
    events = '<EventStream schemeIdUri="urn:scte:scte35:2013:xml"><Event duration="3"/></EventStream><AdaptationSet'
    yield _fine("events", _numbers(text.replace("<AdaptationSet", events, 1)))
    yield _fine("no-roles", _numbers(text.replace(' contentType="video"', "").replace(' contentType="audio"', "")))
    yield _lame("codecs-of-sound-lie", {"codec-mismatch"}, _numbers(text.replace("mp4a.40.2", "ec-3")))
    yield _dead(
        "html-segments",
        {"segment-missing"},
        _numbers(
            text,
            {
                f"{name}/{n}.m4s": Reply(b"<html>gone</html>", "text/html")
                for name in ("low", "high")
                for n in range(1, 7)
            },
        ),
    )
    yield _dead(
        "not-xml", {"wrong-type", "html"}, {_MPD: Reply(b"<html><body>Sorry</body></html>", "application/dash+xml")}
    )


def _dynamic(attributes: str, inner: str = "", *, start: str = "PT0S") -> str:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" minimumUpdatePeriod="PT2S" '
        f'timeShiftBufferDepth="PT30S" suggestedPresentationDelay="PT6S" {attributes}>{inner}<Period start="{start}">'
        '<AdaptationSet mimeType="video/mp4" codecs="avc1.4d400b"><SegmentTemplate duration="2" startNumber="0" '
        'initialization="low/init.mp4" media="low/n-$Number$.m4s"/><Representation id="low"/>'
        "</AdaptationSet></Period></MPD>"
    )


def _clock(skew: float, inner: str = "", **more: Reply) -> Serve:
    """A live stream whose server's clock goes wrong by so many seconds, and its segments with it."""
    film, began = stream("dash-number"), datetime.now(UTC) + timedelta(seconds=skew - 3600)

    def segment(n: int) -> Reply:
        there = n <= (datetime.now(UTC) + timedelta(seconds=skew) - began).total_seconds() / 2 - 1
        return reply("a.m4s", film[f"low/{n % 6 + 1}.m4s"]) if there else Reply(b"", status=404)

    def manifest(_: Request) -> Reply:
        then = (datetime.now(UTC) + timedelta(seconds=skew)).isoformat()
        return reply(_MPD, _dynamic(f'availabilityStartTime="{began.isoformat()}"', inner.replace("NOW", then)))

    def time(_: Request) -> Reply:
        return Reply((datetime.now(UTC) + timedelta(seconds=skew)).isoformat().encode(), "text/plain")

    moving = {f"low/n-{n}.m4s": (lambda _, n=n: segment(n)) for n in range(1700, 2000)}
    return {_MPD: manifest, "low/init.mp4": reply("a.mp4", film["low/init.mp4"]), "time": time, **moving, **more}


def _timing(scheme: str, value: str) -> str:
    return f'<UTCTiming schemeIdUri="urn:mpeg:dash:utc:{scheme}" value="{value}"/>'


def _clocks() -> Iterator[Case]:
    yield _fine("live-clock-direct", _clock(-120, _timing("direct:2014", "NOW")))
    yield _fine("live-clock-xsdate", _clock(-120, _timing("http-xsdate:2014", "time")))
    yield _fine("live-clock-iso", _clock(-120, _timing("http-iso:2014", "time https://time.example/")))
    yield _fine("live-clock-ahead", _clock(40, _timing("direct:2014", "NOW")))
    yield _fine(
        "clock-unreadable", _clock(0, _timing("ntp:2014", "pool.ntp.example") + _timing("http-iso:2014", "none"))
    )
    yield _dead("live-clock-nobody-told", {"segment-missing"}, _clock(-300))
    soon = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    yield Case(
        "dash-live-scheduled",
        K,
        {"not-started"},
        {_MPD: reply(_MPD, _dynamic(f'availabilityStartTime="{soon}"'))},
        _MPD,
    )
    yield _fine("live-ended", {**_clock(0), _MPD: served("dash-number")[_MPD], **served("dash-number")})


def _steering() -> Iterator[Case]:
    text = _text().replace(
        "<Period",
        '<BaseURL serviceLocation="a">./</BaseURL><ContentSteering '
        'defaultServiceLocation="a" queryBeforeStart="true">steer.json</ContentSteering><Period',
        1,
    )
    good = Reply(b'{"VERSION":1,"TTL":300,"PATHWAY-PRIORITY":["a"]}', "application/json")
    yield _fine("steered", _numbers(text, {"steer.json": good}))
    yield _lame("steering-404", {"steering-missing"}, _numbers(text))
    yield _lame("steering-html", {"steering-missing"}, _numbers(text, {"steer.json": "<html>"}))
