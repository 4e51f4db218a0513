"""Live streams: the edge, the way back to it, what the reader is told, and what comes after the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.live import Live
from demo.origin import RunningOrigin, run_origin
from demo.streams import prepare
from demo.streams.mp4 import Film
from tests.browser.stage import Stage

PLAYLIST = "live/master.m3u8"


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Film]:
    return dict(prepare(tmp_path_factory.mktemp("live"), seconds=12, segment=1.0).films)


@dataclass(slots=True)
class Studio:
    """A live stream on a server of its own."""

    origin: RunningOrigin
    films: dict[str, Film]

    def live(self, **how: Any) -> Live:
        made = Live(self.films, segment=1.0, **how)
        self.origin.mount("live", made)
        return made


@pytest.fixture
def studio(films: dict[str, Film], media_root: Path, stage_in_chromium: Stage) -> Iterator[Studio]:
    with run_origin(media_root) as origin:
        stage_in_chromium.allow_engines()
        stage_in_chromium.also_media_from(f"http://127.0.0.1:{origin.port}")
        yield Studio(origin, films)


@pytest.fixture
def stage(stage_in_chromium: Stage) -> Stage:
    return stage_in_chromium


def open_live(stage: Stage, studio: Studio, **source: Any) -> None:
    tell(stage, studio.origin.url(PLAYLIST), lifecycle="live", **source)
    stage.open(stage.video(media="tv"))
    stage.play()
    stage.until("spy.media().currentTime > 1 && spy.media().readyState > 2", timeout=30)
    stage.until("!!spy.find('.live')")


def tell(stage: Stage, src: str, *, lifecycle: str, duration: float | None = None, **source: Any) -> None:
    manifest = {"id": "tv", "kind": "video", "lifecycle": lifecycle, "sources": [{"src": src, **source}]}
    stage.backend.tell("tv", {**manifest, "duration": duration} if duration else manifest)


BEHIND = "spy.media().seekable.end(0) - spy.media().currentTime"


def test_a_live_stream_says_so_and_shows_no_false_time(stage: Stage, studio: Studio) -> None:
    studio.live(window=10.0)
    open_live(stage, studio)
    stage.until("spy.find('.live').textContent === 'Live' && spy.shown('.live')")
    assert stage.evaluate("spy.shown('.timeline')") is False, "nothing to go back to"
    assert "NaN" not in stage.text()
    assert "Infinity" not in stage.text()


def test_a_long_window_can_be_gone_back_in_and_left_by_go_live(stage: Stage, studio: Studio) -> None:
    studio.live(window=60.0)
    open_live(stage, studio, engine=True)
    stage.until("spy.find('.live').textContent === 'Live'")
    assert stage.evaluate("spy.shown('.timeline')") is True
    stage.until("spy.find('.timeline').ariaValueMax > 50")
    near = stage.evaluate(BEHIND)
    stage.tab.click(".timeline")  # in its middle
    stage.until("spy.find('.live').textContent === 'Go live'")
    assert 20 < stage.evaluate(BEHIND) < 45
    assert "behind live" in stage.evaluate("spy.find('.live').ariaLabel")
    stage.tab.pause(2)
    assert stage.evaluate(BEHIND) > 20, "the reader wants to be there"
    stage.tab.click(".live")
    stage.until("spy.find('.live').textContent === 'Live'")
    assert stage.evaluate(BEHIND) < near + 3


@pytest.mark.parametrize("engine", [False, True])
def test_drift_after_a_pause_is_brought_back(stage: Stage, studio: Studio, engine: bool) -> None:
    """Where there is nothing to go back to, a pause is no more than a pause."""
    studio.live(window=20.0)
    open_live(stage, studio, engine=engine)
    stage.until("spy.find('.live').textContent === 'Live'")
    stage.evaluate("spy.media().pause()")
    stage.tab.pause(10)
    assert stage.evaluate("spy.find('.live').textContent") == "Go live"
    stage.evaluate("spy.media().play()")
    # Controls that have gone are not told what nobody sees.
    stage.until("spy.stir(), spy.find('.live').textContent === 'Live' && !spy.media().paused", timeout=20)


def test_a_live_stream_that_was_gone_is_found_again_at_its_edge(stage: Stage, studio: Studio) -> None:
    """With each beginning its timeline is another: the place in the last one may lie far ahead of all there is."""
    studio.live(window=8.0)
    open_live(stage, studio, engine=True)
    begun = stage.evaluate("spy.media().currentTime")
    stage.until(f"spy.media().currentTime > {begun + 8}")
    for name in ("low", "high"):
        studio.origin.set_fault(f"live/{name}/index.m3u8", "500")
    stage.until("spy.player().phase === 'loading'", timeout=30)
    studio.origin.clear()
    stage.evaluate("spy.heard.splice(0)")
    stage.until("spy.heard.some(({ type }) => type === 'playing') && spy.media().readyState > 2")
    assert stage.evaluate(BEHIND) < 8


def test_the_end_of_a_live_stream_becomes_its_recording(stage: Stage, studio: Studio) -> None:
    live = studio.live(window=None)
    open_live(stage, studio)
    tell(stage, stage.url("first-light.mp4"), lifecycle="published", duration=84)
    live.end()
    stage.until_text("Watch 1:24")
    assert stage.evaluate("[spy.player().phase, spy.media().paused]") == ["idle", True]
    stage.play()
    stage.until_playing("first-light.mp4")
    assert stage.evaluate("spy.shown('.live')") is False


# A page that is busy hears its own timers first when it comes to itself.
BUSY = """spy.media().addEventListener('durationchange', ({ target }) => {
  const until = performance.now() + (target.duration < Infinity) * 600;
  while (performance.now() < until);
})"""


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
@pytest.mark.parametrize("playlist", ["live/master.m3u8", "live/manifest.mpd"])
def test_the_end_of_what_nobody_called_live_is_an_end(stage: Stage, studio: Studio, playlist: str, busy: bool) -> None:
    """Its end may be told at the moment at which it is heard: no place was known in it before."""
    live = studio.live(window=10.0)
    tell(stage, studio.origin.url(playlist), lifecycle="published", engine=True)
    stage.open(stage.video(media="tv"))
    stage.play()
    stage.until("spy.media().currentTime > 1 && spy.media().readyState > 2")
    live.freeze()
    stage.until("spy.media().currentTime > 3 && spy.media().readyState < 3", timeout=20)
    if busy:
        stage.evaluate(BUSY)
    live.end()
    stage.until("spy.media().ended", timeout=20)
    stage.tab.pause(1)
    assert stage.evaluate("[spy.player().phase, spy.media().ended, spy.player().reason || '']") == ["ready", True, ""]


def test_a_live_stream_that_stands_still_is_told(stage: Stage, studio: Studio) -> None:
    live = studio.live(window=10.0)
    open_live(stage, studio)
    live.freeze()
    stage.until("spy.player().phase === 'failed'", timeout=60)
    stage.until_text("The data stopped arriving.")


@pytest.mark.slow
def test_two_addresses_of_a_stream_that_stands_still_are_told(stage: Stage, studio: Studio) -> None:
    """Each has only what has been heard already: nobody is sent to and fro between them."""
    live = studio.live(window=10.0)
    studio.origin.mount("other", live)
    sources = [{"src": studio.origin.url(f"{name}/master.m3u8"), "engine": True} for name in ("live", "other")]
    stage.backend.tell("tv", {"id": "tv", "kind": "video", "lifecycle": "live", "sources": sources})
    stage.open(stage.video(media="tv"))
    stage.play()
    stage.until("spy.media().currentTime > 1 && spy.media().readyState > 2", timeout=30)
    live.freeze()
    stage.until("spy.player().phase === 'failed'", timeout=40)
    assert stage.evaluate("spy.player().reason") == "stalled"
    begun = stage.evaluate("spy.phases.filter(({ phase }) => phase === 'loading').length")
    assert begun <= 3, "the first, the other, and no more"
    live.go()
    stage.until("spy.player().phase === 'ready' && spy.media().readyState > 2", timeout=40)


@pytest.mark.slow
@pytest.mark.parametrize("second", [False, True], ids=["alone", "with a second"])
def test_a_dash_stream_that_stands_still_is_left_or_told(stage: Stage, studio: Studio, second: bool) -> None:
    live, sound = studio.live(window=10.0), Live(studio.films, segment=1.0, window=10.0)
    studio.origin.mount("sound", sound)
    names = ["live", "sound"] if second else ["live"]
    sources = [{"src": studio.origin.url(f"{name}/manifest.mpd"), "type": "application/dash+xml"} for name in names]
    stage.backend.tell("tv", {"id": "tv", "kind": "video", "lifecycle": "live", "sources": sources})
    stage.open(stage.video(media="tv"))
    stage.play()
    stage.until("spy.media().currentTime > 1 && spy.media().readyState > 2", timeout=30)
    live.freeze()
    if second:
        stage.evaluate("spy.heard.length = 0")
        assert stage.eventually(lambda: any(entry["path"].startswith("/sound") for entry in studio.origin.requests), 20)
        stage.until("spy.heard.some(({ type }) => type === 'playing') && spy.media().readyState > 2", timeout=20)
        assert stage.evaluate("spy.phases.some(({ phase }) => phase === 'failed')") is False
        return
    stage.until("spy.player().phase === 'failed'", timeout=40)
    assert stage.evaluate("spy.player().reason") == "stalled"
    live.go()
    stage.until("spy.player().phase === 'ready' && spy.media().readyState > 2", timeout=40)
