"""The demo's live streams go on by the clock, and stand still, go back and end on demand."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import av
import pytest

from demo.live import Live
from demo.origin import RunningOrigin
from demo.streams import Parts, prepare

LOOP = 6.0
EPOCH = 1_800_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now = EPOCH

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return prepare(tmp_path_factory.mktemp("live"), seconds=LOOP, segment=1.0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def live(parts: Parts, clock: Clock) -> Live:
    """Segments of one second, five of them in the window; it has begun just now."""
    return Live(parts.films, segment=1.0, window=5.0, start=EPOCH, clock=clock)


def listed(live: Live, name: str = "low") -> list[int]:
    return [int(number) for number in re.findall(r"^(\d+)\.m4s$", text(live, f"{name}/index.m3u8"), re.MULTILINE)]


def text(live: Live, path: str) -> str:
    page = live(path)
    assert page is not None, path
    return page[0].decode()


def test_the_window_moves_with_the_clock(live: Live, clock: Clock) -> None:
    assert listed(live) == []
    clock.now += 2.5
    assert listed(live) == [0, 1]
    clock.now += 60
    assert listed(live) == [57, 58, 59, 60, 61]
    playlist = text(live, "low/index.m3u8")
    assert "#EXT-X-MEDIA-SEQUENCE:57\n" in playlist
    assert "#EXT-X-PROGRAM-DATE-TIME:2027-01-15T08:00:57.000Z\n#EXTINF:1.00000,\n57.m4s" in playlist
    assert "ENDLIST" not in playlist


def test_segments_come_and_go(live: Live, clock: Clock) -> None:
    clock.now += 30.5
    assert live("high/29.m4s") is not None
    assert live("high/30.m4s") is None
    assert live("high/3.m4s") is None
    assert live("nobody/29.m4s") is None


@pytest.mark.parametrize("name", ["high", "high-picture", "sound"])
def test_time_goes_on_where_the_film_begins_anew(live: Live, clock: Clock, name: str) -> None:
    clock.now += 13.5
    head = live(f"{name}/init.mp4")
    assert head is not None
    data = head[0]
    for number in range(8, 13):
        page = live(f"{name}/{number}.m4s")
        assert page is not None
        data += page[0]
    with av.open(BytesIO(data), "r") as film:
        for stream in film.streams:
            film.seek(0)
            times = sorted(float(getattr(frame, "time", None) or 0) for frame in film.decode(stream))
            assert times[0] == pytest.approx(8, abs=0.1)
            assert times[-1] == pytest.approx(13, abs=0.1)
            assert max(b - a for a, b in pairwise(times)) < 0.1


def test_an_event_keeps_everything_and_becomes_its_recording(parts: Parts, clock: Clock) -> None:
    live = Live(parts.films, segment=2.0, window=None, start=EPOCH, clock=clock)
    clock.now += 21
    assert listed(live) == list(range(10))
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in text(live, "low/index.m3u8")
    live.end()
    clock.now += 60
    assert listed(live) == list(range(10))
    assert text(live, "low/index.m3u8").endswith("9.m4s\n#EXT-X-ENDLIST\n")
    assert 'type="static" mediaPresentationDuration="PT20.000S"' in text(live, "manifest.mpd")


def test_a_frozen_stream_is_served_on_and_does_not_move(live: Live, clock: Clock) -> None:
    clock.now += 20
    live.freeze()
    before = live("low/index.m3u8")
    clock.now += 20
    assert live("low/index.m3u8") == before
    live.go()
    assert listed(live)[-1] == 39


def test_it_can_fall_behind(live: Live, clock: Clock) -> None:
    clock.now += 20
    live.back(3)
    assert listed(live) == [12, 13, 14, 15, 16]


def test_before_its_start_there_is_nothing(parts: Parts, clock: Clock) -> None:
    live = Live(parts.films, start=EPOCH + 60, clock=clock)
    assert live("master.m3u8") is None
    clock.now += 61
    assert live("master.m3u8") is not None


def test_dash_names_the_same_segments(live: Live, clock: Clock) -> None:
    clock.now += 20.5
    manifest = text(live, "manifest.mpd")
    assert 'availabilityStartTime="2027-01-15T08:00:00.000Z"' in manifest
    for name in ("low-picture", "high-picture", "sound"):
        rows = manifest.partition(f'id="{name}"')[2].partition("</SegmentTimeline>")[0]
        assert 'startNumber="15"' in rows
        assert rows.count("<S t=") == len(listed(live, name)) == 5


def test_the_origin_serves_and_breaks_it(origin: RunningOrigin, parts: Parts) -> None:
    live = Live(parts.films, segment=1.0, window=5.0)
    origin.mount("live", live)
    fetch: Callable[[str], bytes] = lambda path: urllib.request.urlopen(origin.url(path)).read()  # noqa: E731
    assert fetch("live/low/index.m3u8").startswith(b"#EXTM3U")
    origin.set_fault("live/low/index.m3u8", "404")
    with pytest.raises(urllib.error.HTTPError):
        fetch("live/low/index.m3u8")
    assert fetch("live/high/index.m3u8").startswith(b"#EXTM3U")
    post = urllib.request.Request(origin.url("!live"), json.dumps({"path": "live", "do": "end"}).encode())
    urllib.request.urlopen(post).close()
    assert b"ENDLIST" in fetch("live/high/index.m3u8")
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(origin.url("!live"), json.dumps({"path": "live", "do": "fly"}).encode())


def test_the_origin_serves_another_folder(origin: RunningOrigin, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.vtt").write_text("WEBVTT\n")
    (tmp_path / "secret.vtt").write_text("no")
    origin.mount("made", other)
    with urllib.request.urlopen(origin.url("made/a.vtt")) as answer:
        assert answer.read() == b"WEBVTT\n"
        assert answer.headers["Content-Type"].startswith("text/vtt")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(origin.url("made/%2e%2e/secret.vtt"))
