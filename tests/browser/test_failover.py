"""A source that dies, before or while it plays: the next one is heard, at the same position; or the page says why not.

The two sources tell the same story in two encodings, so that a position in one is a position in the other.
"""

from __future__ import annotations

import json
import wave
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.origin import RunningOrigin, run_origin
from tests.browser.conftest import Launch
from tests.browser.installed import wanted
from tests.browser.stage import Servers, Stage
from tests.clips import make_clip

FIRST, SECOND = "river-crossing.mp3", "river-crossing.ogg"
SOME = 60_000  # bytes of the first source that arrive: ten seconds, enough to begin with

# What browsers tell apart each in its own way is tried always in all of them.
DEAD = [
    *("404", "wrong-type", "stall=900"),
    *(
        pytest.param(fault, marks=pytest.mark.daily("chromium"))
        for fault in ("500", "html", "empty", "reset", "cut=900", "tarpit")
    ),
]


@pytest.fixture
def broken(media_root: Path) -> str:
    """A film whose pictures and sounds are noise from one byte on: its index and its beginning are sound."""
    whole = bytearray((media_root / "tone.mp4").read_bytes())
    middle = len(whole) // 3
    whole[middle:] = bytes(number * 7 % 251 for number in range(len(whole) - middle))
    (media_root / "broken.mp4").write_bytes(whole)
    return "broken.mp4"


@pytest.fixture
def elsewhere(stage: Stage, media_root: Path) -> Iterator[RunningOrigin]:
    """A second media origin, that a whole publisher's CDN can go down with."""
    with run_origin(media_root) as origin:
        stage.also_media_from(f"http://127.0.0.1:{origin.port}")
        yield origin


def assert_went_on(stage: Stage, first: str, second: str) -> None:
    """The second source is heard, from where the first one left off."""
    stage.until_playing(second)
    playing = f"(note) => note.type === 'playing' && note.src.endsWith({json.dumps(second)})"
    stage.until(f"spy.heard.some({playing})")
    heard = stage.evaluate("spy.heard")
    left = 0.0
    for note in heard:
        # Firefox leaps to the end of a file of which it is given something else.
        if note["src"].endswith(first) and left < note["time"] < left + 3:
            left = note["time"]
    resumed = next(note for note in heard if note["src"].endswith(second) and note["type"] == "playing")
    assert resumed["time"] == pytest.approx(left, abs=1)
    assert stage.evaluate("spy.player().phase") == "ready"
    assert stage.evaluate("spy.shown('[role=status]')") is False


@pytest.mark.parametrize("fault", DEAD)
def test_a_dead_source_is_passed_over(stage: Stage, fault: str) -> None:
    if fault == "wrong-type" and stage.tab.engine == "webkit":
        fault = "html"  # GStreamer shows any picture as a film
    stage.open(stage.audio(f"~{fault}/{FIRST}", SECOND))
    stage.play()
    assert_went_on(stage, FIRST, SECOND)
    stage.assert_no_violation()


def test_a_server_that_refuses_is_passed_over(stage: Stage, elsewhere: RunningOrigin) -> None:
    elsewhere.refuse()
    stage.open(stage.audio(elsewhere.url(FIRST), SECOND))
    stage.play()
    assert_went_on(stage, FIRST, SECOND)


@pytest.mark.parametrize("fault", ["cut", pytest.param("reset", marks=pytest.mark.daily("chromium"))])
def test_a_body_that_breaks_off_is_left_for_the_next_source(stage: Stage, fault: str) -> None:
    """Some browsers play what they have, others give the file up at once."""
    stage.open(stage.audio(f"~{fault}={SOME}/{FIRST}", SECOND))
    stage.play()
    assert_went_on(stage, FIRST, SECOND)


@dataclass(frozen=True, slots=True)
class Story:
    """The same in two encodings, the first of which stops after some bytes: after a few seconds that can be heard."""

    first: str = FIRST
    second: str = SECOND
    some: int = SOME


@pytest.fixture(scope="module")
def long_story(media_root: Path) -> Story:
    """WebKitGTK begins when it has its fill, a megabyte or so: minutes of speech, but five seconds of plain samples."""
    with wave.open(str(media_root / "story.wav"), "wb") as file:
        file.setparams((2, 2, 48_000, 0, "NONE", ""))
        for number in range(20):
            file.writeframes(array("h", (number * 100 + 50 * (at % 200) for at in range(96_000))).tobytes())
    return Story("story.wav", make_clip(media_root / "story.ogg", 20).name, 1_000_000)


# WebKitGTK takes its ten seconds for each: one of them is enough for every day.
@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.slow) if name == "webkit" else name for name in wanted()])
def player(request: pytest.FixtureRequest, launch: Launch, servers: Servers) -> Iterator[Stage]:
    tab = launch(request.param).tab()
    yield Stage(servers, tab)
    tab.close()


def told(stage: Stage, request: pytest.FixtureRequest) -> Story:
    return request.getfixturevalue("long_story") if stage.tab.engine == "webkit" else Story()


@pytest.fixture
def story(player: Stage, request: pytest.FixtureRequest) -> Story:
    return told(player, request)


def until_heard(player: Stage, name: str) -> None:
    """WebKitGTK says HAVE_CURRENT_DATA all along where it does not know how much there is."""
    player.until(f"spy.media().currentTime > 0.5 && spy.media().currentSrc.endsWith({json.dumps(name)})")


def test_a_body_that_stops_is_left_for_the_next_source(stage: Stage, request: pytest.FixtureRequest) -> None:
    story = told(stage, request)
    stage.open(stage.audio(f"~stall={story.some}/{story.first}", story.second))
    stage.play()
    until_heard(stage, story.first)
    assert_went_on(stage, story.first, story.second)
    assert stage.evaluate("spy.media().currentTime") > 2


# Each takes its ten seconds in each browser: those that say it otherwise than the rest are enough for every day.
@pytest.mark.parametrize(
    "fault",
    [
        *("404", "tarpit"),
        pytest.param("wrong-type", marks=pytest.mark.daily("chromium")),
        *(pytest.param(one, marks=pytest.mark.slow) for one in ("500", "hangup", "html")),
    ],
)
def test_a_source_killed_or_replaced_while_it_plays_is_left_for_the_next(
    player: Stage, story: Story, fault: str
) -> None:
    player.media.set_fault(story.first, f"stall={story.some}")
    player.open(player.audio(story.first, story.second))
    player.play()
    until_heard(player, story.first)
    player.media.set_fault(story.first, fault)
    assert_went_on(player, story.first, story.second)


def test_a_server_that_goes_down_while_it_plays_is_left(player: Stage, story: Story, media_root: Path) -> None:
    with run_origin(media_root) as elsewhere:
        player.also_media_from(f"http://127.0.0.1:{elsewhere.port}")
        elsewhere.set_fault(story.first, f"stall={story.some}")
        player.open(player.audio(elsewhere.url(story.first), story.second))
        player.play()
        until_heard(player, story.first)
        elsewhere.refuse()
        elsewhere.set_fault(story.first, "hangup")
        assert_went_on(player, story.first, story.second)


def test_damaged_data_is_left_for_the_next_source(player: Stage, broken: str) -> None:
    player.open(player.video(broken, "tone.webm"))
    player.play()
    player.until_playing(broken)
    assert_went_on(player, broken, "tone.webm")


def test_the_next_source_is_asked_within_four_seconds_of_the_stall(stage_in_chromium: Stage) -> None:
    """By the page's own clock, which this test turns: a slow machine changes nothing."""
    stage = stage_in_chromium
    stage.page.clock.install()
    stage.open(stage.audio(f"~stall={SOME}/{FIRST}", f"~tarpit/{SECOND}"))
    stage.play()
    stage.until_playing(FIRST)
    stage.until("spy.media().readyState === 2 && spy.media().currentTime > 3")
    stage.page.clock.run_for(4000)
    stage.until(f"spy.media().src.endsWith({json.dumps(SECOND)})", timeout=3)


def test_a_dead_source_is_told_when_it_is_the_last(stage: Stage) -> None:
    stage.open(stage.audio(f"~404/{FIRST}", f"~html/{SECOND}"))
    stage.play()
    stage.until_text("No media source currently available")
    assert stage.evaluate("spy.player().phase") == "failed"
    assert "Please wait" not in stage.text()
    assert stage.evaluate("spy.shown('.retry')") is True
    tried = [request["path"] for request in stage.media_requests()]
    assert f"/~404/{FIRST}" in tried
    assert f"/~html/{SECOND}" in tried


@pytest.mark.parametrize("fault", ["tarpit", "stall=900", f"stall={SOME}"])
def test_no_wait_is_without_end(stage_in_chromium: Stage, fault: str) -> None:
    stage = stage_in_chromium
    stage.page.clock.install()
    stage.open(stage.audio(f"~{fault}/{FIRST}"))
    stage.play()
    if fault == f"stall={SOME}":
        stage.until("spy.media().readyState === 2")
    stage.until("spy.waits()")
    stage.page.clock.run_for(20_000)
    stage.until_text("No media source currently available")
    assert stage.evaluate("spy.waits()") is False


def test_a_dead_end_asks_for_nothing(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.page.clock.install()
    stage.open(stage.audio(f"~stall={SOME}/{FIRST}"))
    stage.play()
    stage.until("spy.media().readyState === 2")
    stage.page.clock.run_for(20_000)
    stage.until("spy.player().phase === 'failed'")
    stage.until(
        "[HTMLMediaElement.NETWORK_EMPTY, HTMLMediaElement.NETWORK_NO_SOURCE].includes(spy.media().networkState)"
    )


def test_a_retry_goes_on_from_the_same_position(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.media.set_fault(FIRST, f"stall={SOME}")
    stage.page.clock.install()
    stage.open(stage.audio(FIRST))
    stage.play()
    stage.until_playing(FIRST)
    stage.until("spy.media().readyState === 2")
    reached = stage.evaluate("spy.media().currentTime")
    stage.page.clock.run_for(20_000)
    stage.until("spy.player().phase === 'failed'")
    stage.evaluate("spy.heard.length = 0")
    stage.media.clear(FIRST)
    stage.tab.click(".retry")
    stage.until("spy.heard.some(({ type }) => type === 'playing')")
    assert stage.evaluate("spy.heard.find(({ type }) => type === 'playing').time") == pytest.approx(reached, abs=1)


def test_offline_is_said_and_playback_resumes_when_the_network_is_back(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.media.set_fault(FIRST, f"stall={SOME}")
    stage.page.clock.install()
    stage.open(stage.audio(FIRST))
    stage.play()
    stage.until_playing(FIRST)
    stage.page.context.set_offline(True)
    stage.until("spy.media().readyState === 2")
    stage.page.clock.run_for(20_000)
    stage.until_text("You are offline.")
    reached = stage.evaluate("Math.max(...spy.heard.map(({ time }) => time))")
    stage.evaluate("spy.heard.length = 0")
    stage.media.clear(FIRST)
    stage.page.context.set_offline(False)
    stage.until_playing(FIRST)
    assert stage.evaluate("spy.heard.find(({ type }) => type === 'playing').time") == pytest.approx(reached, abs=1)


def test_the_page_hears_which_source_plays(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.open(stage.audio(f"~404/{FIRST}", SECOND))
    stage.evaluate(
        "(window.told = [], spy.player().addEventListener('steady-source', (event) => told.push(event.detail)))"
    )
    stage.play()
    stage.until_playing(SECOND)
    assert stage.evaluate("told.at(-1)") == {"src": stage.url(SECOND), "index": 1}
