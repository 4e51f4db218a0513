"""Reading HLS playlists: what players make of them, and nothing that a server sends gets through as an exception."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.probe.hls import Master, parse
from player.probe.hls_alike import Alike, alike
from player.probe.hls_media import Key, Playlist, scan
from player.probe.playlist import Flaw, Piece, Slice

HEAD = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:6\n"


def media(body: str, *, head: str = HEAD, **options: object) -> Playlist:
    found = parse((head + body).encode(), **options)  # type: ignore[arg-type]
    assert isinstance(found, Playlist), found
    return found


def master(body: str, **options: object) -> Master:
    found = parse(("#EXTM3U\n" + body).encode(), **options)  # type: ignore[arg-type]
    assert isinstance(found, Master), found
    return found


def flaw(text: str, **options: object) -> str:
    found = parse(text.encode(), **options)  # type: ignore[arg-type]
    assert isinstance(found, Flaw), found
    return found.word


def test_a_film() -> None:
    found = media(
        '#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MAP:URI="init.mp4",BYTERANGE="800@0"\n'
        "#EXTINF:6.006,\na.m4s?sig=a%2Bb\n#EXT-X-DISCONTINUITY\n#EXT-X-GAP\n#EXTINF:5,Title, with a comma\nb.m4s\n"
        '#EXT-X-MAP:URI="other.mp4"\n#EXTINF:3,\n\n# a comment\nhttps://cdn.example/c.m4s\n#EXT-X-ENDLIST\n'
    )
    assert (found.sequence, found.kind, found.ended, found.target, len(found)) == (7, "VOD", True, 6.0, 3)
    assert found.seconds == pytest.approx(14.006)
    assert found.present() == [0, 2]
    first, _, last = (found.segment(index) for index in range(3))
    assert first.piece == Piece("a.m4s?sig=a%2Bb", 8, None, 6.006)
    assert first.start == Piece("init.mp4", 6, Slice(0, 800))
    assert (last.piece.uri, last.start and last.start.uri, last.gap) == (
        "https://cdn.example/c.m4s",
        "other.mp4",
        False,
    )
    assert found.segment(1).gap
    assert found.discontinuities == 1
    assert not found.notes


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\n", " \n"])
def test_line_ends_and_a_byte_order_mark(end: str) -> None:
    text = "\ufeff" + HEAD + "#EXTINF:6,\na.ts\n#EXT-X-ENDLIST\n"
    found = parse(text.replace("\n", end).encode())
    assert isinstance(found, Playlist)
    assert (len(found), found.segment(0).piece.uri, found.ended) == (1, "a.ts", True)


def test_byte_ranges_go_on_where_the_last_one_ended() -> None:
    found = media(
        "#EXTINF:6,\n#EXT-X-BYTERANGE:1000@500\nmain.ts\n#EXT-X-BYTERANGE:200\n#EXTINF:6,\nmain.ts\n"
        "#EXTINF:6,\n#EXT-X-BYTERANGE:300\nmain.ts\n#EXTINF:6,\nwhole.ts\n#EXTINF:1,\n#EXT-X-BYTERANGE:9\nlost.ts\n"
    )
    slices = [found.segment(index).piece.slice for index in range(5)]
    assert slices == [Slice(500, 1000), Slice(1500, 200), Slice(1700, 300), None, None]


def test_keys_hold_until_others_do() -> None:
    found = media(
        '#EXT-X-KEY:METHOD=AES-128,URI="k1"\n#EXTINF:6,\na\n#EXTINF:6,\nb\n'
        '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x",KEYFORMAT="com.apple.streamingkeydelivery"\n#EXTINF:6,\nc\n'
        "#EXT-X-KEY:METHOD=NONE\n#EXTINF:6,\nd\n"
    )
    held = [[(key.method, key.uri, key.format) for key in found.segment(index).keys] for index in range(4)]
    one, two = ("AES-128", "k1", "identity"), ("SAMPLE-AES", "skd://x", "com.apple.streamingkeydelivery")
    assert held == [[one], [one], [one, two], []]


def test_the_newest_moment() -> None:
    found = media(
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-23T01:00:00.000Z\n#EXTINF:6,\na\n#EXTINF:6,\nb\n"
        '#EXT-X-PART:DURATION=1.5,URI="b.0"\n#EXT-X-PART:DURATION=1.5,URI="b.1",INDEPENDENT=YES\n'
    )
    assert found.newest == datetime(2026, 11, 23, 1, 0, 15, tzinfo=UTC)
    assert (found.low_latency, [part.uri for part in found.parts]) == (True, ["b.0", "b.1"])
    assert media("#EXT-X-PROGRAM-DATE-TIME:2026-11-23T01:00:00\n#EXTINF:6,\na\n").newest is None
    assert media("#EXT-X-PROGRAM-DATE-TIME:9999-12-31T23:59:59Z\n#EXTINF:6,\na\n").newest is None


def test_parts_of_a_whole_segment_are_forgotten() -> None:
    found = media('#EXT-X-PART:DURATION=1,URI="p",BYTERANGE="10@5"\n#EXTINF:6,\na\n#EXT-X-PART:DURATION=1,URI="q"\n')
    assert [part.uri for part in found.parts] == ["q"]


def test_a_multivariant_playlist() -> None:
    found = master(
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-CONTENT-STEERING:SERVER-URI="/steer",PATHWAY-ID="A"\n'
        '#EXT-X-SESSION-KEY:METHOD=AES-128,URI="key"\n'
        '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English, plain",LANGUAGE="en",URI="en.m3u8"\n'
        '#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="cc",NAME="CC",INSTREAM-ID="CC1"\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=800000,CODECS="avc1.42e00a,mp4a.40.2",AUDIO="a",CLOSED-CAPTIONS="cc"\nlow.m3u8\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="b",SUBTITLES="s",CLOSED-CAPTIONS=NONE,PATHWAY-ID="B"\n\n# x\nhigh.m3u8\n'
        '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=9,URI="i.m3u8"\n'
    )
    assert [(one.kind, one.uri) for one in found.renditions] == [
        ("audio", "en.m3u8"), ("captions", None), ("variant", "low.m3u8"), ("variant", "high.m3u8"),
        ("iframes", "i.m3u8"),
    ]  # fmt: skip
    assert found.renditions[0].name == "English, plain"
    assert found.renditions[2].codecs == "avc1.42e00a,mp4a.40.2"
    assert found.renditions[3].pathway == "B"
    assert found.steering == ("/steer", 3)
    assert found.keys == (Key("AES-128", "key", 4),)
    assert [(kind, group) for _, kind, group in found.lost_groups()] == [("audio", "b"), ("subtitles", "s")]
    assert not found.notes


def test_variables() -> None:
    head = '#EXT-X-DEFINE:NAME="host",VALUE="https://cdn.example/{$p}"\n#EXT-X-DEFINE:QUERYPARAM="token"\n'
    found = master(head + "#EXT-X-STREAM-INF:BANDWIDTH=1\n{$host}/a.m3u8?t={$token}\n", url="https://x/?token=a%20b")
    assert found.renditions[0].uri == "https://cdn.example/{$p}/a.m3u8?t=a b"
    body = '#EXT-X-DEFINE:IMPORT="host"\n#EXT-X-MAP:URI="{$host}/init"\n#EXTINF:6,\n{$host}/a.ts\n'
    segment = media(body, variables=found.variables).segment(0)
    assert (segment.piece.uri, segment.start and segment.start.uri) == (
        "https://cdn.example/{$p}/a.ts", "https://cdn.example/{$p}/init",
    )  # fmt: skip
    assert flaw(HEAD + body) == "undefined"
    assert flaw(HEAD + "#EXTINF:6,\n{$none}/a.ts\n") == "undefined"
    assert flaw(HEAD + '#EXT-X-DEFINE:QUERYPARAM="token"\n', url="https://x/?other=1") == "undefined"
    bomb = '#EXT-X-DEFINE:NAME="a",VALUE="' + "x" * 10_000 + '"\n#EXTINF:6,\n' + "{$a}" * 100 + "\n"
    assert flaw(HEAD + bomb) == "undefined"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "signature"), ("#EXTM3U8\n", "signature"), ("\n#EXTM3U\n", "signature"), ("<html>", "signature"),
        ("#EXTM3U\n", "target"), ("#EXTM3U\n#EXTINF:-1,Radio\nhttp://radio.example/\n", "target"),
        (HEAD + "#EXTINF:6,\n" + "a" * 70_000 + "\n", "line-length"),
        ("#EXTM3U\n" + "#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n" * 10_000, "renditions"),
        (HEAD + "a" * 5_000_000, "size"), (HEAD + "#EXTINF:1,\na\n" * 250_000, "segments"),
        ("#EXTM3U\n" + '#EXT-X-DEFINE:NAME="a",VALUE="b"\n' * 1001, "target"),
    ],
)  # fmt: skip
def test_what_nobody_can_play(text: str, word: str) -> None:
    assert flaw(text) == word


@pytest.mark.parametrize(
    ("body", "word", "line"),
    [
        ("#EXTINF:6,\n#EXTINF:6,\na\n", "uri", 5), ("#EXTINF:6,\na\n#EXTINF:6,", "uri", 6), ("a.ts\n", "duration", 4),
        ("#EXTINF:x,\na\n", "duration", 4), ("#EXTINF:nan,\na\n", "duration", 4), ("#EXTINF:-1,\na\n", "duration", 4),
        ("#EXT-X-MAP:BYTERANGE=1\n", "uri", 4),
    ],
)  # fmt: skip
def test_lesser_flaws_are_noted_with_their_line(body: str, word: str, line: int) -> None:
    found = media(body)
    assert [(note.word, note.line) for note in found.notes] == [(word, line)]


def test_notes_about_variants() -> None:
    found = master("#EXT-X-STREAM-INF:A=1\n#EXT-X-STREAM-INF:A=2\na\n#EXTINF:6,\n#EXT-X-STREAM-INF:A=3\n")
    assert [(note.word, note.line) for note in found.notes] == [("uri", 2), ("mixed", 5), ("uri", 6)]


def test_hours_of_segments() -> None:
    lines = "".join(f"#EXTINF:4.00000,\nsegment_{index:05d}.ts\n" for index in range(5400))
    found = media(lines + "#EXT-X-ENDLIST\n")
    assert (len(found), found.seconds, found.segment(5399).piece.uri) == (5400, 21_600.0, "segment_05399.ts")


_SEGMENT = st.lists(
    st.sampled_from(
        [
            "#EXTINF:6,", "#EXTINF:4.5,a", "#EXTINF:soon,", "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z", "a",
            " ",
            "#EXT-X-BYTERANGE:5@0", "#EXT-X-BYTERANGE:7", "", "#EXT-X-GAP", " b.ts", "# a word", '#EXT-X-PART:URI="p"',
        ]
    ),
    max_size=4,
)  # fmt: skip


@given(st.lists(st.tuples(_SEGMENT, st.integers(1, 20)), max_size=6))
def test_segments_that_are_written_alike_are_read_as_others(rows: list[tuple[list[str], int]]) -> None:
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:6"]
    for row, times in rows:
        lines += ["#EXTINF:6,", *row[:2], "a.ts", *row[2:]] * times
    by_columns = scan(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("player.probe.hls_media.alike", lambda *_: None)
        assert scan(lines) == by_columns


def test_a_row_is_read_by_columns() -> None:
    lines = ["#EXTM3U", *["#EXTINF:6,", "#EXT-X-BYTERANGE:5@0", "#EXT-X-PROGRAM-DATE-TIME:2026", "a.ts"] * 600]
    assert alike(lines, 1) == Alike(512, 4, 3, date=2, range=1)
    assert alike(lines, 1 + 4 * 592) == Alike(8, 4, 3, date=2, range=1)
    assert alike(lines, 1 + 4 * 593) is None
    assert alike(["#EXTINF:6,", "a.ts", *lines[2:4]] * 600, 0) == Alike(512, 4, 1, date=3, range=2)


_LINES = st.sampled_from(
    [
        "#EXTM3U", "#EXTINF:", "#EXTINF:6,", "#EXTINF:1e400,", "a.ts", "#EXT-X-BYTERANGE:", "#EXT-X-BYTERANGE:5@",
        "#EXT-X-BYTERANGE:5", "#EXT-X-KEY:", '#EXT-X-KEY:METHOD=AES-128,URI="', "#EXT-X-MAP:URI=a", "#EXT-X-ENDLIST",
        "#EXT-X-TARGETDURATION:6", "#EXT-X-TARGETDURATION:", "#EXT-X-PROGRAM-DATE-TIME:2026-13-41", "#EXT-X-GAP",
        "#EXT-X-PROGRAM-DATE-TIME:0001-01-01T00:00:00+14:00", '#EXT-X-PART:URI="p",BYTERANGE="3"', "#EXT-X-DEFINE:",
        '#EXT-X-DEFINE:NAME="a",VALUE="{$a}"', "{$a}", "#EXT-X-STREAM-INF:", "#EXT-X-MEDIA:", "#EXT-X-SESSION-KEY:x",
        "#EXT-X-MEDIA-SEQUENCE:-5", "#EXT-X-MEDIA-SEQUENCE:inf", "#EXT-X-I-FRAME-STREAM-INF:", "\udcff",
    ]
)  # fmt: skip


@given(st.lists(_LINES, max_size=40), st.booleans())
def test_any_lines(lines: list[str], signed: bool) -> None:
    read(("#EXTM3U\n" * signed + "\n".join(lines)).encode("utf-8", "surrogateescape"))


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    read(data)
    read(b"#EXTM3U\n" + data)


def read(data: bytes) -> None:
    """Everything that a probe asks of a playlist."""
    found = parse(data, url="https://media.example/?a=b", variables={"v": "w"})
    assert str(found)
    if isinstance(found, Playlist):
        assert (found.newest, found.seconds) is not None
        for index in found.present():
            found.segment(index)
    elif isinstance(found, Master):
        found.lost_groups()
