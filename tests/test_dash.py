"""Reading DASH manifests: every way to address segments, and the live edge; never an exception."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.probe.dash import Manifest, Track, parse
from player.probe.dash_segments import Timed, fill
from player.probe.dash_values import seconds
from player.probe.playlist import Flaw, Slice

NOW = datetime(2026, 11, 23, 1, 0, 0, tzinfo=UTC)
URL = "https://cdn.example/a/film.mpd?sig=1"


def mpd(body: str, attributes: str = 'type="static" mediaPresentationDuration="PT1M"') -> bytes:
    return (
        f'<?xml version="1.0"?>\n<!-- made -->\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" {attributes}>{body}</MPD>'
    ).encode()


def film(inner: str, outer: str = "", attributes: str = 'type="static" mediaPresentationDuration="PT1M"') -> Manifest:
    body = (
        f'{outer}<Period><AdaptationSet mimeType="video/mp4" codecs="avc1.42e00a">{inner}'
        '<Representation id="v1" bandwidth="800000"/></AdaptationSet></Period>'
    )
    found = parse(mpd(body, attributes), url=URL, now=NOW)
    assert isinstance(found, Manifest), found
    return found


def track(found: Manifest) -> Track:
    return found.periods[0].tracks[0]


def uris(one: Track, count: int | None = None) -> list[str]:
    assert one.segments
    many = one.segments.count if count is None else count
    assert many is not None
    return [one.segments.at(index).uri for index in range(many)]


def test_numbers() -> None:
    one = track(
        film(
            '<SegmentTemplate timescale="10" duration="220" startNumber="5" initialization="$RepresentationID$/i.mp4"'
            ' media="$RepresentationID$/$Bandwidth$-$Number%05d$.m4s?x=$$"/>'
        )
    )
    assert (one.kind, one.codecs, one.start and one.start.uri) == (
        "video", "avc1.42e00a", "https://cdn.example/a/v1/i.mp4",
    )  # fmt: skip
    assert uris(one) == [f"https://cdn.example/a/v1/800000-{n:05d}.m4s?x=$" for n in (5, 6, 7)]
    assert one.segments and one.segments.at(0).seconds == 22


def test_times() -> None:
    one = track(
        film(
            '<SegmentTemplate timescale="1000" presentationTimeOffset="500" media="$Time$-$Number$.m4s">'
            '<SegmentTimeline><S t="500" d="2000" r="2"/><S d="1000"/><S t="8000" d="20000" r="-1"/></SegmentTimeline>'
            "</SegmentTemplate>"
        )
    )
    assert isinstance(one.segments, Timed)
    assert [uri.rpartition("/")[2] for uri in uris(one)] == [
        "500-1.m4s", "2500-2.m4s", "4500-3.m4s", "6500-4.m4s", "8000-5.m4s", "28000-6.m4s", "48000-7.m4s",
    ]  # fmt: skip
    assert (one.segments.before(0), one.segments.before(2), one.segments.before(7.5), one.segments.before(99)) == (
        0, 1, 4, 7,
    )  # fmt: skip
    assert one.segments.longest == 20


def test_a_negative_repeat_ends_at_the_next_time() -> None:
    one = track(
        film(
            '<SegmentTemplate media="$Time$"><SegmentTimeline><S t="0" d="5" r="-1"/><S t="20" d="40"/>'
            "</SegmentTimeline></SegmentTemplate>"
        )
    )
    assert [uri.rpartition("/")[2] for uri in uris(one)] == ["0", "5", "10", "15", "20"]


def test_lists() -> None:
    one = track(
        film(
            '<SegmentList timescale="2" duration="8"><Initialization sourceURL="i.mp4" range="0-799"/>'
            '<SegmentURL media="1.m4s"/><SegmentURL mediaRange="800-899"/></SegmentList>',
            "<BaseURL>https://other.example/x/</BaseURL><BaseURL>https://spare.example/</BaseURL>",
        )
    )
    assert (one.start and (one.start.uri, one.start.slice)) == ("https://other.example/x/i.mp4", Slice(0, 800))
    assert one.segments
    assert [(piece.uri, piece.slice, piece.seconds) for piece in map(one.segments.at, range(2))] == [
        ("https://other.example/x/1.m4s", None, 4.0), ("https://other.example/x/", Slice(800, 100), 4.0),
    ]  # fmt: skip


def test_one_file() -> None:
    one = track(
        film('<BaseURL>v.mp4</BaseURL><SegmentBase indexRange="800-899"><Initialization range="0-799"/></SegmentBase>')
    )
    assert (one.base, one.index, one.segments) == ("https://cdn.example/a/v.mp4", Slice(800, 100), None)
    assert one.start and (one.start.uri, one.start.slice) == ("https://cdn.example/a/v.mp4", Slice(0, 800))


def test_inner_levels_go_before_outer_ones() -> None:
    body = (
        '<Period><SegmentTemplate timescale="10" duration="100" media="outer/$Number$"/>'
        '<AdaptationSet contentType="audio"><SegmentTemplate media="middle/$Number$" startNumber="3"/>'
        '<Representation id="a"/><Representation id="b"><BaseURL>deep/</BaseURL>'
        '<SegmentTemplate duration="300"/></Representation></AdaptationSet></Period>'
    )
    found = parse(mpd(body), url=URL, now=NOW)
    assert isinstance(found, Manifest)
    first, second = found.periods[0].tracks
    assert (uris(first)[0], len(uris(first)), first.kind) == ("https://cdn.example/a/middle/3", 6, "audio")
    assert uris(second) == ["https://cdn.example/a/deep/middle/3", "https://cdn.example/a/deep/middle/4"]


def test_periods() -> None:
    piece = (
        '<AdaptationSet><SegmentTemplate duration="10" media="{}/$Number$"/><Representation id="x"/></AdaptationSet>'
    )
    body = (
        f'<Period id="1" duration="PT20S">{piece.format("a")}</Period>'
        f"<Period>{piece.format('b')}</Period>"
        '<Period xlink:href="https://ads.example/" start="PT50S"/>'
    )
    found = parse(mpd(body), url=URL, now=NOW)
    assert isinstance(found, Manifest)
    assert [(period.start, period.seconds, len(uris(period.tracks[0]))) for period in found.periods] == [
        (0.0, 20.0, 2), (20.0, 40.0, 4),
    ]  # fmt: skip
    assert [note.word for note in found.notes] == ["xlink"]


LIVE = (
    'type="dynamic" availabilityStartTime="2026-11-23T00:00:00Z" timeShiftBufferDepth="PT30S" '
    'suggestedPresentationDelay="PT8S" minimumUpdatePeriod="PT2S"'
)


def test_the_live_edge() -> None:
    found = film('<SegmentTemplate duration="4" startNumber="1" media="$Number$"/>', attributes=LIVE)
    one = track(found)
    assert (found.dynamic, found.depth, found.delay, found.update) == (True, 30, 8, 2)
    assert one.segments and one.segments.count is None
    assert one.segments.before((NOW - found.available).total_seconds()) == 900  # type: ignore[operator]
    assert found.newest() is None
    timed = film(
        '<SegmentTemplate media="$Time$"><SegmentTimeline><S t="3540" d="4" r="9"/></SegmentTimeline>'
        "</SegmentTemplate>",
        attributes=LIVE,
    )
    assert timed.newest() == NOW - timedelta(seconds=20)


def test_the_period_that_is_on() -> None:
    piece = '<AdaptationSet><SegmentTemplate duration="10" media="$Number$"/><Representation id="{}"/></AdaptationSet>'
    starts = ("PT0S", "PT59M", "PT2H")
    body = "".join(f'<Period start="{start}">{piece.format(start)}</Period>' for start in starts)
    found = parse(mpd(body, LIVE), url=URL, now=NOW)
    assert isinstance(found, Manifest)
    assert found.current(NOW).tracks[0].id == "PT59M"
    assert found.current(NOW - timedelta(days=9)).tracks[0].id == "PT0S"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "xml"), (b"<MPD>", "xml"), (b"<html></html>", "root"), (mpd(""), "periods"),
        (mpd("<Period/>"), "representations"), (mpd("<Period><AdaptationSet/></Period>"), "representations"),
        (mpd("<Period/>", 'type="dynamic"'), "start"), (b"<MPD>" + b"<a/>" * 300_000 + b"</MPD>", "elements"),
        (b"<MPD>" + b"x" * 5_000_000 + b"</MPD>", "size"), (b"<a>" * 200_000, "xml"),
        (b'<?xml version="1.0" encoding="nothing"?><MPD/>', "xml"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><MPD>&b;</MPD>', "entities"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><MPD>&b;</MPD>', "entities"),
        (b'<!DOCTYPE MPD SYSTEM "http://169.254.169.254/"><MPD/>', "entities"),
        (
            b'<!DOCTYPE z [<!ENTITY a "aaaaaaaaaa">'
            + b"".join(b'<!ENTITY %c "%b">' % (n + 1, (b"&%c;" % n) * 10) for n in range(97, 107))
            + b"]><MPD>&k;</MPD>",
            "entities",
        ),
        (mpd("<Period><AdaptationSet>" + "<Representation/>" * 501 + "</AdaptationSet></Period>"), "representations"),
        (mpd("<Period/>" * 501), "periods"),
    ],
)  # fmt: skip
def test_what_nobody_can_play(data: bytes, word: str) -> None:
    found = parse(data, url=URL, now=NOW)
    assert isinstance(found, Flaw)
    assert found.word == word


def test_many_representations_of_one_long_timeline_cost_no_more_than_it() -> None:
    timeline = "<SegmentTimeline>" + '<S d="1"/>' * 50_000 + "</SegmentTimeline>"
    sets = f'<AdaptationSet><SegmentTemplate media="$Time$">{timeline}</SegmentTemplate>{"<Representation/>" * 500}'
    found = parse(mpd(f"<Period>{sets}</AdaptationSet></Period>"), url=URL, now=NOW)
    assert isinstance(found, Manifest)
    runs = {id(one.segments.runs) for one in found.periods[0].tracks if isinstance(one.segments, Timed)}
    assert len(runs) == 1


def test_deep_nesting_ends_nothing() -> None:
    data = b"<MPD>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</MPD>"
    found = parse(data, url=URL, now=NOW)
    assert isinstance(found, Flaw)


def test_templates() -> None:
    values: dict[str, str | int] = {"Number": 7, "Time": 12, "RepresentationID": "r$Time$"}
    assert (
        fill("$Number%03d$/$Time$/$RepresentationID$/$$Number$$/$Other$", values) == "007/12/r$Time$/$Number$/$Other$"
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [("PT1H2M3.5S", 3723.5), ("P1DT1S", 86_401), ("PT0S", 0), ("P1Y", 31_536_000), ("", None), ("P", None),
     ("PT", None), ("1H", None), ("PT1.2.3S", None), (None, None)],
)  # fmt: skip
def test_durations(text: str | None, value: float | None) -> None:
    assert seconds(text) == value


_VALUES = st.sampled_from(
    ["0", "1", "-1", "4", "999999999999999999", "x", "", "PT1S", "2026-01-01T00:00:00Z", "$Number$"]
)
_NAMES = st.sampled_from(
    ["timescale", "duration", "media", "startNumber", "endNumber", "presentationTimeOffset", "t", "d", "r", "start",
     "initialization", "indexRange", "range", "mediaRange", "bandwidth", "type", "timeShiftBufferDepth"]
)  # fmt: skip
_TAGS = st.sampled_from(
    ["Period", "AdaptationSet", "Representation", "SegmentTemplate", "SegmentTimeline", "S", "SegmentList",
     "SegmentURL", "SegmentBase", "Initialization", "BaseURL"]
)  # fmt: skip
_TREE = st.recursive(
    st.just(""),
    lambda inner: st.builds(
        lambda tag, given, children: (
            f"<{tag} "
            + " ".join(f'{name}="{value}"' for name, value in given.items())
            + f">{''.join(children)}</{tag}>"
        ),
        _TAGS,
        st.dictionaries(_NAMES, _VALUES, max_size=5),
        st.lists(inner, max_size=4),
    ),
    max_leaves=25,
)


@given(_TREE, st.booleans())
def test_any_tree(inner: str, live: bool) -> None:
    body = (
        f'<Period><AdaptationSet mimeType="video/mp4">{inner}<Representation/></AdaptationSet>{inner}</Period>{inner}'
    )
    look(mpd(body, LIVE if live else 'type="static" mediaPresentationDuration="PT1M"'))


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    look(data)
    look(b"<MPD>" + data + b"</MPD>")


def look(data: bytes) -> None:
    """Everything that a probe asks of a manifest."""
    found = parse(data, url=URL, now=NOW)
    if isinstance(found, Flaw):
        assert str(found)
        return
    assert found.current(NOW) in found.periods
    found.newest()
    for period in found.periods:
        for one in period.tracks:
            if one.segments:
                ended = one.segments.before(3600 - period.start)
                assert ended >= 0
                assert one.segments.longest >= 0
                for index in {0, ended // 2, ended - 1} if ended else ():
                    one.segments.at(max(0, index))
