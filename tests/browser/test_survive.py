"""Playback that survives: what is done by itself when a source or the network lets the reader down."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Route

from tests.browser.stage import FOREVER, Stage

FIRST, SECOND = "river-crossing.mp3", "river-crossing.ogg"
SOME = 60_000  # bytes of the first source that arrive: ten seconds, enough to begin with


@pytest.fixture
def stage(stage_in_chromium: Stage) -> Stage:
    return stage_in_chromium


def tell(stage: Stage, *sources: dict[str, Any], **fields: Any) -> None:
    """What the server knows of the item "river"."""
    manifest = {"id": "river", "kind": "audio", "title": "The river", "duration": 48, "lifecycle": "published"}
    stage.backend.tell("river", {**manifest, "sources": list(sources), **fields})


def ready(stage: Stage) -> None:
    """Wait for what survives, which comes when playback is asked for."""
    assert stage.eventually(lambda: any(path.endswith("survive.js") for path in stage.backend.requests))


def reached(stage: Stage) -> float:
    return float(stage.evaluate("Math.max(...spy.heard.map(({ time }) => time))"))


def resumed(stage: Stage) -> float:
    """Where it went on since `spy.heard` was emptied."""
    stage.until("spy.heard.some(({ type, time }) => type === 'playing' && time > 0)")
    return float(stage.evaluate("spy.heard.find(({ type, time }) => type === 'playing' && time > 0).time"))


def test_nothing_of_it_is_fetched_before_play(stage: Stage) -> None:
    stage.open(stage.audio(FIRST))
    stage.page.hover("steady-player")
    assert stage.eventually(lambda: any(path.endswith("more.js") for path in stage.backend.requests))
    assert not any(path.endswith("survive.js") for path in stage.backend.requests)
    stage.play()
    ready(stage)


@pytest.mark.parametrize("fault", ["reset", "hangup", "500", "tarpit"])
def test_the_only_source_is_tried_again_until_it_is_back(stage: Stage, fault: str) -> None:
    stage.media.set_fault(FIRST, f"stall={SOME}")
    stage.open(stage.audio(FIRST))
    stage.play()
    stage.until_playing(FIRST)
    ready(stage)
    stage.media.set_fault(FIRST, fault)
    stage.until("spy.waits()")
    at = reached(stage)
    asked = len(stage.media_requests(FIRST))
    assert stage.eventually(lambda: len(stage.media_requests(FIRST)) > asked)
    stage.evaluate("spy.heard.length = 0")
    stage.media.clear(FIRST)
    assert resumed(stage) == pytest.approx(at, abs=1)
    assert stage.evaluate("spy.phases.some(({ phase }) => phase === 'failed')") is False


def test_a_silent_connection_is_left_for_a_new_one(stage: Stage) -> None:
    """As after a change from Wi-Fi to the cell: nobody tells that the old connection is dead."""
    stage.media.set_fault(FIRST, f"stall={SOME}")
    stage.open(stage.audio(FIRST))
    stage.play()
    stage.until_playing(FIRST)
    ready(stage)
    stage.until("spy.media().readyState === 2 && spy.media().currentTime > 3")
    at = reached(stage)
    asked = len(stage.media_requests(FIRST))
    assert stage.eventually(lambda: len(stage.media_requests(FIRST)) > asked)
    stage.evaluate("spy.heard.length = 0")
    stage.media.clear(FIRST)
    assert resumed(stage) == pytest.approx(at, abs=1)


def test_offline_is_told_in_the_place_of_please_wait_and_nothing_is_dead(stage: Stage) -> None:
    stage.media.set_fault(FIRST, f"stall={SOME}")
    stage.page.clock.install()
    stage.open(stage.audio(FIRST))
    stage.play()
    stage.until_playing(FIRST)
    ready(stage)
    stage.until("spy.media().readyState === 2 && spy.media().currentTime > 3")
    at = reached(stage)
    stage.page.context.set_offline(True)
    stage.page.clock.run_for(6000)
    stage.until_text("You are offline.")
    assert stage.evaluate("[spy.player().phase, spy.player().reason]") == ["loading", "offline"]
    stage.page.clock.run_for(120_000)
    assert stage.evaluate("spy.player().phase") == "loading", "it is nobody's fault, and lasts as long as it does"
    stage.page.clock.run_for(600_000)
    stage.until("spy.player().phase === 'failed'")  # but nothing waits for ever
    stage.evaluate("spy.heard.length = 0")
    stage.media.clear(FIRST)
    stage.page.context.set_offline(False)
    assert resumed(stage) == pytest.approx(at, abs=1)


def test_a_source_that_says_nothing_is_left_for_one_that_plays(stage: Stage) -> None:
    stage.open(stage.audio(f"~tarpit/{FIRST}", SECOND))
    stage.play()
    stage.until_playing(SECOND)
    assert stage.eventually(lambda: stage.media.connections <= 2), "the loser's connection is let go"


def test_the_next_is_tried_beside_it_and_the_first_to_play_wins(stage: Stage) -> None:
    """The first is slow to answer, the second does not answer at all: nobody is worse off for having a second."""
    stage.open(stage.audio(f"~delay=5/{FIRST}", f"~tarpit/{SECOND}"))
    stage.play()
    assert stage.eventually(lambda: bool(stage.media_requests(SECOND)))
    assert stage.evaluate("spy.media().src").endswith(FIRST), "it has not been given up"
    stage.until_playing(FIRST)
    assert len(stage.media_requests(FIRST)) == len({request["range"] for request in stage.media_requests(FIRST)})
    assert stage.eventually(lambda: stage.media.connections <= 1), "the loser's connection is let go"


def test_a_source_that_trickles_is_left_for_one_that_flows(stage: Stage) -> None:
    stage.media.set_fault(FIRST, f"stall={SOME}")
    stage.open(stage.audio(FIRST, SECOND))
    stage.play()
    stage.until_playing(FIRST)
    ready(stage)
    stage.media.set_fault(FIRST, "slow=900")
    stage.until_playing(SECOND)
    left = stage.evaluate("spy.heard.filter(({ src }) => src.endsWith('.mp3')).at(-1).time")
    assert stage.evaluate(
        "spy.heard.find(({ src, type }) => src.endsWith('.ogg') && type === 'playing').time"
    ) == pytest.approx(left, abs=1)


def test_an_expired_address_is_asked_for_anew(stage: Stage) -> None:
    old, new = (f"{FIRST}?Expires={moment}&Signature={moment}" for moment in (int(time.time()) - 1, 4_000_000_000))
    tell(stage, stage.source(old, state="available", fresh_until=FOREVER))
    stage.media.set_fault(old, f"stall={SOME}")
    stage.open(stage.audio(old, media="river"))
    stage.play()
    stage.until_playing(old)
    ready(stage)
    stage.until("spy.media().readyState === 2")
    at = reached(stage)
    asked = stage.backend.asked("river")
    tell(stage, stage.source(new, state="available", fresh_until=FOREVER))
    stage.evaluate("spy.heard.length = 0")
    stage.media.set_fault(old, "403")
    stage.until_playing(new)
    assert resumed(stage) == pytest.approx(at, abs=1)
    assert stage.backend.asked("river") == asked + 1
    assert stage.evaluate("spy.phases.some(({ phase }) => phase === 'failed')") is False


def test_an_address_that_stays_expired_is_told(stage: Stage) -> None:
    old = f"{FIRST}?Expires=1763000000"
    tell(stage, stage.source(old, state="available", fresh_until=FOREVER))
    stage.media.set_fault(old, f"stall={SOME}")
    stage.open(stage.audio(old, media="river"))
    stage.play()
    stage.until_playing(old)
    ready(stage)
    asked = stage.backend.asked("river")
    stage.media.set_fault(old, "403")
    stage.until_text("No media source currently available")
    assert stage.backend.asked("river") == asked + 1


def test_a_film_that_has_been_cut_is_not_over(stage: Stage) -> None:
    """Chromium plays what is there of it as if it were all."""
    name = "first-light.mp4"
    size = (stage.media.root / name).stat().st_size
    cut = stage.source(f"~truncated={size * 2 // 3}/{name}")
    tell(stage, cut, stage.source("first-light.webm"), kind="video", duration=84)
    stage.open(stage.video(name, media="river"))
    stage.play()
    ready(stage)
    stage.until_playing(name)
    stage.evaluate("spy.media().currentTime = 45")
    stage.until("spy.media().currentSrc.endsWith('.webm')", timeout=40)
    stage.until_playing("first-light.webm")
    left = stage.evaluate("Math.max(...spy.heard.filter(({ src }) => src.endsWith('.mp4')).map(({ time }) => time))")
    assert left > 44
    assert stage.evaluate(
        "spy.heard.find(({ src, type }) => src.endsWith('.webm') && type === 'playing').time"
    ) == pytest.approx(left, abs=1.5)


def test_a_page_that_gave_up_comes_back_by_itself(stage: Stage) -> None:
    stage.media.set_fault(FIRST, f"stall={SOME}")
    stage.page.clock.install()
    stage.open(stage.audio(FIRST))
    stage.play()
    stage.until_playing(FIRST)
    ready(stage)
    stage.until("spy.media().readyState === 2 && spy.media().currentTime > 3")
    at = reached(stage)
    for _ in range(60):
        stage.page.clock.run_for(1000)
        if stage.evaluate("spy.player().phase") == "failed":
            break
    stage.until_text("No media source currently available")
    stage.evaluate("spy.heard.length = 0")
    stage.media.clear(FIRST)
    stage.page.clock.run_for(25_000)
    assert resumed(stage) == pytest.approx(at, abs=1)


def test_a_wait_is_not_taken_for_a_new_silence(stage: Stage) -> None:
    """Nothing moves while the next try is waited for: there would be fewer of them, and the last one might be lost."""
    stage.media.set_fault(FIRST, f"stall={SOME}")
    stage.page.clock.install()
    stage.page.add_init_script("Math.random = () => 0")  # each wait three quarters of its middle
    stage.open(stage.audio(FIRST))
    stage.play()
    stage.until_playing(FIRST)
    ready(stage)
    stage.until("spy.media().readyState === 2 && spy.media().currentTime > 3")
    stage.media.set_fault(FIRST, "reset")
    asked: list[int] = []
    for _ in range(80):
        stage.page.clock.run_for(500)
        stage.tab.pause(0.05)  # of the network's time
        asked.append(len(stage.media_requests(FIRST)))
        if stage.evaluate("spy.player().phase") == "failed":
            break
    assert stage.evaluate("spy.player().phase") == "failed"
    tries = [0.5 * step for step, (before, now) in enumerate(pairwise(asked)) if now > before]
    gaps = [after - before for before, after in pairwise([*tries, 0.5 * len(asked)])]
    assert len(tries) > 5 and max(gaps) <= 7, (tries, len(asked) / 2)


def stream(stage: Stage, name: str) -> None:
    """Nothing but a stream, which an engine plays."""
    stage.allow_engines()
    tell(stage, stage.source(name, engine=True), kind="video")
    stage.page.clock.install()
    stage.open(stage.video(media="river"))
    stage.play()
    stage.until("spy.player().phase === 'failed'")


def test_what_is_not_there_is_asked_for_once(stage: Stage) -> None:
    stream(stage, "gone.m3u8")
    stage.page.clock.run_for(120_000)
    assert stage.evaluate("spy.player().reason") == "not-found"
    assert len(stage.media_requests("gone.m3u8")) == 1


@pytest.mark.parametrize("late", [False, True])
def test_who_says_when_to_come_again_is_not_asked_before(stage: Stage, late: bool) -> None:
    """Too many requests, and half a minute in Retry-After: told at once, and asked again by itself when it is over.

    What survives may arrive after the answer: it has to know of it all the same.
    """
    held: list[Route] = []
    if late:
        stage.page.route("**/survive.js", lambda route: held.append(route))
    stage.media.set_fault("busy.m3u8", "429")
    stream(stage, "busy.m3u8")
    if late:
        assert stage.eventually(lambda: bool(held))
        held[0].continue_()
    stage.until("spy.player().survive")
    stage.page.clock.run_for(28_000)
    assert stage.evaluate("[spy.player().phase, spy.player().reason]") == ["failed", "rate-limited"]
    assert len(stage.media_requests("busy.m3u8")) == 1
    stage.page.clock.run_for(4_000)
    assert stage.eventually(lambda: len(stage.media_requests("busy.m3u8")) == 2)
