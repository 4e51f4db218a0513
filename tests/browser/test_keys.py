"""Every key does what it says; the keys are the player's only while the focus is in it."""

from __future__ import annotations

import pytest

from tests.browser.acts import FOCUSED, SNAPSHOT, film, focus, open_paused, press, until_time
from tests.browser.stage import Stage


def test_scrubbing_by_key(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    open_paused(stage, stage.audio("river-crossing.mp3"))
    focus(stage, ".timeline")
    for key, seconds in [("ArrowRight", 5), ("ArrowUp", 10), ("ArrowLeft", 5), ("ArrowDown", 0), ("5", 114)]:
        press(stage, key)
        until_time(stage, seconds)
        stage.until(f"spy.find('.timeline').ariaValueNow === '{seconds}'")
    press(stage, "End")
    stage.until("spy.media().ended || spy.media().currentTime > 227")
    press(stage, "Home")
    until_time(stage, 0)
    assert stage.evaluate(FOCUSED) == "timeline slider"


def test_every_digit_is_a_tenth(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    open_paused(stage, film(stage))
    focus(stage, ".play")
    for digit in "3719084526":
        press(stage, digit)
        until_time(stage, 84 * int(digit) / 10)


def test_keys_that_seek(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    open_paused(stage, film(stage))
    focus(stage, ".play")
    for key, seconds in [("l", 10), ("l", 20), ("j", 10), ("ArrowRight", 15), ("ArrowLeft", 10), ("Home", 0)]:
        press(stage, key)
        until_time(stage, seconds)
    press(stage, "End")
    until_time(stage, 84, 0.5)


@pytest.mark.parametrize("key", ["k", "K", "Space"])
def test_keys_that_play_and_pause(stage_in_chromium: Stage, key: str) -> None:
    stage = stage_in_chromium
    open_paused(stage, film(stage))
    focus(stage, ".timeline")
    press(stage, key)
    stage.until("!spy.media().paused && spy.media().currentTime > 0.2")
    press(stage, key)
    stage.until("spy.media().paused")
    assert stage.evaluate("scrollY") == 0, "the page stays where it is"


def test_space_on_a_button_presses_that_button_alone(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    open_paused(stage, film(stage))
    focus(stage, ".mute")
    press(stage, "Space")
    stage.until("spy.media().muted")
    assert stage.evaluate("spy.media().paused") is True
    focus(stage, ".play")
    press(stage, "Space")
    stage.until("!spy.media().paused")


def test_keys_for_volume_and_mute(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    open_paused(stage, film(stage))
    focus(stage, ".play")
    press(stage, "ArrowDown", "ArrowDown", "ArrowDown")
    stage.until("spy.media().volume.toFixed(2) === '0.85'")
    press(stage, "ArrowUp")
    stage.until("spy.media().volume.toFixed(2) === '0.90'")
    press(stage, "m")
    stage.until("spy.media().muted && spy.find('.mute').ariaLabel === 'Unmute'")
    press(stage, "m")
    stage.until("!spy.media().muted && spy.find('.mute').ariaLabel === 'Mute'")
    assert stage.evaluate("spy.media().volume.toFixed(2)") == "0.90"


def test_keys_for_the_rate(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    open_paused(stage, film(stage))
    focus(stage, ".play")
    press(stage, ">", ">")
    stage.until("spy.media().playbackRate === 1.5")
    press(stage, "<", "<", "<")
    stage.until("spy.media().playbackRate === 0.75")


def test_keys_elsewhere_are_the_page_s(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    open_paused(stage, f"<button>Elsewhere</button>{film(stage)}")
    stage.evaluate("(spy.media().currentTime = 42)")
    stage.until("!spy.media().seeking")
    before = stage.evaluate(SNAPSHOT)
    keys = ["Space", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", *"kjlmfc<>0123456789"]
    stage.page.get_by_role("button", name="Elsewhere").focus()
    press(stage, *keys)
    assert stage.evaluate(SNAPSHOT) == before
    stage.evaluate("document.activeElement.blur()")
    press(stage, *keys)
    assert stage.evaluate(SNAPSHOT) == before
    focus(stage, ".play")
    press(stage, "Control+k", "Alt+ArrowRight", "Meta+l")
    assert stage.evaluate(SNAPSHOT) == before, "nor are the browser's own"
    press(stage, "l")
    until_time(stage, 52)


def test_volume_by_key_on_its_slider(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    open_paused(stage, stage.audio("tone.mp3"))
    focus(stage, ".mute")
    press(stage, "Tab")
    assert stage.evaluate(FOCUSED) == "volume slider"
    press(stage, "Home")
    stage.until("spy.media().volume === 0")
    press(stage, "ArrowRight", "ArrowUp")
    stage.until("spy.media().volume.toFixed(2) === '0.10'")
    press(stage, "End")
    stage.until("spy.media().volume === 1 && !spy.media().muted")
    assert stage.evaluate("spy.media().currentTime") == 0


def test_the_focus_goes_on_from_the_pill_to_the_play_button(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.open(film(stage))
    press(stage, "Tab")
    assert stage.evaluate(FOCUSED) == "pill"
    press(stage, "Enter")
    stage.until_playing()
    stage.until(f"{FOCUSED} === 'play'")
    press(stage, "Enter")
    stage.until("spy.media().paused")


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_the_menu_by_keyboard(stage_in_chromium: Stage, kind: str) -> None:
    stage = stage_in_chromium
    open_paused(stage, stage.audio("tone.mp3") if kind == "audio" else film(stage))
    focus(stage, ".more")
    press(stage, "Enter")
    stage.until("spy.shown('.menu') && spy.find('.more').ariaExpanded === 'true'")
    stage.until("spy.find('.menu').contains(spy.player().shadowRoot.activeElement)")
    press(stage, "Tab")
    press(stage, "Escape")
    stage.until("!spy.find('.menu') && spy.find('.more').ariaExpanded === 'false'")
    assert stage.evaluate(FOCUSED) == "more"
    press(stage, "Space")
    stage.until("spy.shown('.menu')")
    focus(stage, ".more")
    press(stage, "Enter")
    stage.until("!spy.find('.menu')")
    assert stage.evaluate("spy.media().paused") is True
