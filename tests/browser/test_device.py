"""The device knows what plays: lock screen and media keys, a screen that stays on, other devices; and what the reader
chose is there again in the next article."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.browser.stage import Stage

# What the page tells the browser, where a test can read it.
LISTEN = """
window.actions = {};
const { mediaSession } = navigator;
const set = mediaSession.setActionHandler.bind(mediaSession);
mediaSession.setActionHandler = (name, act) => { actions[name] = act; set(name, act); };
mediaSession.setPositionState = (state) => { window.told = state; };
"""
LOCK = """
window.locks = [];
Object.defineProperty(Navigator.prototype, 'wakeLock', { value: { async request(kind) {
  const lock = { kind, held: true, async release() { lock.held = false; } };
  locks.push(lock);
  return lock;
} } });
"""


def tell(stage: Stage, media_id: str = "river", **more: Any) -> None:
    told = {"id": media_id, "kind": "audio", "title": "The river crossing reopens", "duration": 228}
    files = {"poster": stage.url("first-light.jpg"), "sources": [stage.source("river-crossing.mp3")]}
    stage.backend.tell(media_id, {**told, **files, **more})


def start(stage: Stage, body: str) -> None:
    stage.open(body)
    stage.play()
    stage.until_playing()


def test_the_lock_screen_says_what_plays(stage: Stage) -> None:
    """In each engine that has a Media Session."""
    tell(stage)
    stage.open(stage.audio(media="river"))
    if not stage.evaluate("'mediaSession' in navigator"):
        pytest.skip("this browser has no Media Session")
    stage.play()
    stage.until_playing()
    stage.until("navigator.mediaSession.metadata?.title === 'The river crossing reopens'")
    assert stage.evaluate("navigator.mediaSession.metadata.artwork[0].src") == stage.url("first-light.jpg")
    stage.until("navigator.mediaSession.playbackState === 'playing'")
    stage.evaluate("spy.player().pause()")
    stage.until("navigator.mediaSession.playbackState === 'paused'")
    stage.evaluate("spy.player().remove()")
    stage.until("!navigator.mediaSession.metadata && navigator.mediaSession.playbackState !== 'playing'")


def test_keys_of_the_lock_screen_drive_the_player(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.page.add_init_script(LISTEN)
    tell(stage)
    start(stage, stage.audio(media="river"))
    stage.until("window.actions.pause && window.told")
    stage.evaluate("actions.pause({})")
    stage.until("spy.media().paused")
    stage.evaluate("actions.seekto({ seekTime: 60 })")
    stage.until("Math.abs(spy.media().currentTime - 60) < 0.3 && Math.abs(told.position - 60) < 0.3")
    stage.evaluate("actions.seekforward({})")
    stage.until("Math.abs(spy.media().currentTime - 70) < 0.3")
    stage.evaluate("actions.seekbackward({ seekOffset: 30 })")
    stage.until("Math.abs(spy.media().currentTime - 40) < 0.3")
    stage.evaluate("(spy.media().playbackRate = 1.5)")
    stage.until("told.playbackRate === 1.5 && Math.round(told.duration) === 228")
    stage.evaluate("actions.play({})")
    stage.until("!spy.media().paused")
    assert stage.evaluate("[actions.nexttrack, actions.previoustrack]") == [None, None], "there are no chapters"


def test_it_belongs_to_the_player_that_was_heard_last(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    tell(stage, "one", title="One")
    tell(stage, "two", title="Two", sources=[stage.source("river-crossing.ogg")])
    start(stage, stage.audio(media="one") + stage.audio(media="two"))
    stage.until("navigator.mediaSession.metadata?.title === 'One'")
    stage.page.locator("steady-player").nth(1).locator(".play").click()
    stage.until("navigator.mediaSession.metadata?.title === 'Two'")
    stage.evaluate("spy.player(0).remove()")
    stage.until("!spy.player(1)")
    assert stage.evaluate("navigator.mediaSession.metadata?.title") == "Two", "one that goes takes nothing from another"


def test_the_screen_stays_on_while_a_film_fills_it(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.page.add_init_script(LOCK)
    start(stage, stage.video("first-light.mp4"))
    stage.until("spy.find('.full')")
    assert stage.evaluate("locks.length") == 0
    stage.page.locator("steady-player").hover()
    stage.page.keyboard.press("Tab")
    stage.page.locator(".play").focus()
    stage.page.keyboard.press("f")
    stage.until("document.fullscreenElement && locks.at(-1)?.held && locks.at(-1).kind === 'screen'")
    stage.evaluate("spy.player().pause()")
    stage.until("!locks.at(-1).held")
    stage.evaluate("void spy.player().play()")
    stage.until("locks.length === 2 && locks[1].held")
    stage.evaluate("document.exitFullscreen()")
    stage.until("!locks[1].held")


@pytest.mark.parametrize("way", ["remote", "airplay"])
def test_another_device_is_offered_where_there_is_one(stage_in_chromium: Stage, way: str) -> None:
    stage = stage_in_chromium
    remote = """Object.defineProperty(HTMLMediaElement.prototype, 'remote', { value: {
        async watchAvailability(told) { window.available = told; return 1; }, async cancelWatchAvailability() {},
        async prompt() { window.asked = true; } } });"""
    airplay = """HTMLMediaElement.prototype.webkitShowPlaybackTargetPicker = () => { window.asked = true; };
        window.available = () => spy.media().dispatchEvent(
          Object.assign(new Event('webkitplaybacktargetavailabilitychanged'), { availability: 'available' }));"""
    stage.page.add_init_script(remote if way == "remote" else airplay)
    start(stage, stage.video("first-light.mp4"))
    offer = stage.page.get_by_role("button", name="Play on another device")
    stage.until("!!(window.available && navigator.mediaSession.metadata)")
    stage.page.locator(".more").click()
    stage.page.locator(".menu").wait_for()
    assert offer.count() == 0, "nobody said that there is one"
    stage.page.keyboard.press("Escape")
    stage.evaluate("available(true)")
    stage.page.locator(".more").click()
    offer.click()
    stage.until("window.asked && !spy.find('.menu')")


def test_volume_and_speed_are_those_of_the_last_article(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    start(stage, stage.audio("river-crossing.mp3"))
    stage.page.locator(".play").focus()
    for key in ("ArrowDown", "ArrowDown", ">"):
        stage.page.keyboard.press(key)
    stage.until("spy.media().volume.toFixed(2) === '0.90' && spy.media().playbackRate === 1.25")
    stage.until("JSON.parse(localStorage['steady-player']).rate === 1.25")
    start(stage, stage.audio("river-crossing.mp3"))
    stage.until("spy.media().volume.toFixed(2) === '0.90' && spy.media().playbackRate === 1.25")


def test_what_the_page_does_is_not_taken_for_the_readers_wish(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    start(stage, stage.audio("river-crossing.mp3"))
    stage.until("spy.find('.tip')")
    stage.page.locator("h1").click()
    stage.evaluate("(spy.media().volume = 0.2, spy.media().playbackRate = 2)")
    stage.until("spy.find('.volume').ariaValueNow === '20'")
    assert stage.evaluate("localStorage['steady-player']") is None


@pytest.mark.parametrize("kept", ["throws", "{", '{"volume": "loud", "rate": 99, "style": {"text": "plaid"}}', "7"])
def test_without_storage_or_with_rubbish_in_it_all_goes_on(stage_in_chromium: Stage, kept: str) -> None:
    """Storage throws in frames of other sites and where a reader forbids it."""
    stage = stage_in_chromium
    stage.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } });"
        if kept == "throws"
        else f"localStorage['steady-player'] = {json.dumps(kept)};"
    )
    errors: list[str] = []
    stage.page.on("pageerror", lambda error: errors.append(str(error)))
    start(stage, stage.audio("river-crossing.mp3"))
    stage.page.locator(".play").focus()
    stage.page.keyboard.press("ArrowDown")
    stage.until("spy.media().volume.toFixed(2) === '0.95' && spy.media().playbackRate === 1")
    stage.page.locator(".more").click()
    stage.page.locator(".menu").wait_for()
    assert errors == []
