"""Every shape of media in every browser: it starts, plays, seeks and ends. By which engine, and how little of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demo.live import Live
from demo.streams import prepare
from tests.browser.stage import Servers, Stage
from tests.streams import StreamMedia

# What an engine cannot do. A cell that begins to work fails its test until it is taken out, here and in README.md.
CANNOT = {("live-hls-window", "chromium"): "by itself it has nothing to seek in: the engine has, once brought in"}

FILES = {"mp4": "tone.mp4", "webm": "tone.webm", "mp3": "tone.mp3"}
# What tells the engines apart is tried always, every shape with `--all`.
COMMON = ("mp4", "hls-ts", "hls-subs", "hls-aes", "dash-number")
OTHERS = (
    *("webm", "mp3", "hls-fmp4", "hls-audio", "hls-range", "hls-ts-range", "hls-discontinuity", "hls-mp3"),
    *("dash-timeline", "dash-base"),
)


@pytest.fixture(scope="module", autouse=True)
def media(servers: Servers, streams: StreamMedia) -> None:
    servers.media.mount("streams", streams.root)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return prepare(tmp_path_factory.mktemp("films"), seconds=12, segment=1.0).films


@pytest.fixture
def live(servers: Servers, films: Any) -> Iterator[Live]:
    stream = Live(films, segment=1.0, window=10.0)
    servers.media.mount("live", stream)
    yield stream


def address(streams: StreamMedia, shape: str) -> str:
    return FILES.get(shape) or f"streams/{streams.entries[shape]}"


def open_stream(stage: Stage, name: str, **attributes: Any) -> None:
    stage.allow_engines()
    player = stage.audio if name.endswith(".mp3") else stage.video
    stage.open(player(name, **attributes))


def engines_fetched(stage: Stage) -> list[str]:
    """Which engines were fetched, in order."""
    return [path.rsplit("/", 1)[1] for path in stage.backend.requests if "/engine-" in path]


@pytest.mark.parametrize(
    "shape",
    [
        *(name for name in COMMON if name != "mp4"),
        # It is played in every browser by the tests of playing, too.
        pytest.param("mp4", marks=pytest.mark.daily("chromium")),
        *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS),
    ],
)
def test_it_starts_plays_seeks_and_ends(stage: Stage, streams: StreamMedia, shape: str) -> None:
    assert (shape, stage.tab.engine) not in CANNOT
    open_stream(stage, address(streams, shape))
    stage.play()
    stage.until("!spy.media().paused && spy.media().readyState > 2 && spy.media().currentTime > 0.3")
    end = stage.evaluate("spy.media().duration")
    assert 9 < end < 26
    stage.evaluate(f"(spy.player().currentTime = {end - 2})")
    stage.until(f"!spy.media().seeking && spy.media().currentTime > {end - 1.9}")
    stage.evaluate("(spy.media().playbackRate = 2)")
    stage.until("spy.media().ended")
    stage.assert_no_violation()


@pytest.mark.parametrize("shape", ["live-hls", pytest.param("live-dash", marks=pytest.mark.slow)])
def test_a_live_stream_starts_goes_back_and_ends(stage: Stage, live: Live, shape: str) -> None:
    open_stream(stage, "live/master.m3u8" if shape == "live-hls" else "live/manifest.mpd")
    stage.play()
    stage.until("!spy.media().paused && spy.media().readyState > 2")
    first = stage.evaluate("spy.media().currentTime")
    stage.until(f"spy.media().currentTime > {first} + 0.5")
    assert stage.evaluate("spy.media().duration === Infinity"), "there is no end yet"
    able = stage.evaluate("spy.media().seekable.length > 0")
    assert able is ((f"{shape}-window", stage.tab.engine) not in CANNOT), "say so in CANNOT and in README.md"
    if able:
        stage.evaluate("(spy.player().currentTime = spy.media().seekable.start(0) + 4)")
        stage.until("!spy.media().seeking && spy.media().readyState > 2")
    live.end()
    stage.evaluate("(spy.media().playbackRate = 4)")
    stage.until("spy.media().ended", timeout=40)
    stage.assert_no_violation()


def test_a_press_counts_however_late_there_is_something_to_play(stage: Stage, streams: StreamMedia) -> None:
    name = address(streams, "hls-ts")
    stage.media.set_fault(name, "500")
    open_stream(stage, name)
    stage.play()
    stage.tab.pause(6)  # WebKit forgets a press after five seconds
    stage.media.clear(name)
    stage.until("spy.phases.some(({ phase }) => phase === 'ready')", timeout=30)
    stage.until("!spy.media().paused && spy.media().currentTime > 0.3")


def test_what_the_browser_plays_by_itself_costs_no_engine(stage_in_chromium: Stage, streams: StreamMedia) -> None:
    stage = stage_in_chromium
    for shape in ("hls-ts", "hls-fmp4", "hls-audio"):
        stage.backend.requests.clear()
        open_stream(stage, address(streams, shape))
        stage.play()
        stage.until_playing(".m3u8")
        assert not engines_fetched(stage)
        assert not [path for path in stage.backend.requests if path.endswith("/streams.js")]


def test_elsewhere_the_light_build_plays_what_is_plain(launch: Any, servers: Servers, streams: StreamMedia) -> None:
    tab = launch("firefox").tab()
    stage = Stage(servers, tab)
    for shape, engine in {
        "hls-ts": "hls-light",
        "hls-fmp4": "hls-light",
        "hls-aes": "hls-light",
        "dash-number": "dash",
    }.items():
        stage.backend.requests.clear()
        open_stream(stage, address(streams, shape))
        stage.play()
        stage.until_playing()
        assert engines_fetched(stage) == [f"engine-{engine}.js"]
    tab.close()
