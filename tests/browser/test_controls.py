"""Every control does what it says, by pointer and key; the keys are the player's only while the focus is in it."""

from __future__ import annotations

import pytest

from tests.browser.stage import Stage

SNAPSHOT = """(({ currentTime, paused, muted, volume, playbackRate, textTracks }) => JSON.stringify([
  currentTime, paused, muted, volume, playbackRate, [...textTracks].map(({ mode }) => mode),
  !!document.fullscreenElement,
]))(spy.media())"""
SHOWN_TRACKS = "[...spy.media().textTracks].filter(({ mode }) => mode === 'showing').map(({ language }) => language)"
FOCUSED = "spy.player().shadowRoot.activeElement?.className"


def film(stage: Stage) -> str:
    """84 seconds with captions in two languages."""
    tracks = "".join(
        f'<track kind="{kind}" srclang="{lang}" label="{label}" src="{stage.url(f"first-light.{lang}.vtt")}">'
        for kind, lang, label in [("captions", "en", "English"), ("subtitles", "fa", "Persian")]
    )
    return (
        '<steady-player><video controls preload="none" width="640" height="360" crossorigin="anonymous">'
        f'<source src="{stage.url("first-light.mp4")}">{tracks}</video></steady-player>'
    )


def open_paused(stage: Stage, body: str) -> None:
    """Played a little, then paused at the beginning, with all its controls."""
    stage.open(body)
    stage.play()
    stage.until_playing()
    stage.evaluate("(spy.player().pause(), spy.media().currentTime = 0)")
    stage.until("spy.find('.tip') && !spy.media().seeking && spy.media().paused && spy.media().readyState > 2")


def focus(stage: Stage, selector: str) -> None:
    stage.page.locator(selector).first.focus()


def press(stage: Stage, *keys: str) -> None:
    for key in keys:
        stage.page.keyboard.press(key)


def until_time(stage: Stage, seconds: float, give: float = 0.3) -> None:
    stage.until(f"Math.abs(spy.media().currentTime - {seconds}) < {give}")


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_scrubbing_by_pointer(stage_in_chromium: Stage, kind: str) -> None:
    stage = stage_in_chromium
    open_paused(stage, stage.audio("river-crossing.mp3") if kind == "audio" else film(stage))
    duration = stage.evaluate("spy.media().duration")
    box = stage.page.locator(".timeline").bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    stage.page.mouse.move(box["x"] + box["width"] / 4, y)
    stage.page.mouse.down()
    stage.page.mouse.move(box["x"] + box["width"] / 2, y, steps=4)
    shown = "new DOMMatrix(getComputedStyle(spy.find('.thumb')).transform).m41 / spy.find('.thumb').offsetWidth"
    stage.until(f"Math.abs({shown} - 0.5) < 0.02")
    assert stage.evaluate("spy.media().currentTime") == 0, "nothing is fetched on the way"
    stage.page.mouse.up()
    until_time(stage, duration / 2, duration / 100)
    stage.page.mouse.move(box["x"], y)
    until_time(stage, duration / 2, duration / 100)


def test_a_press_on_the_timeline_while_it_plays(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.open(stage.audio("river-crossing.mp3"))
    stage.play()
    stage.until_playing()
    box = stage.page.locator(".timeline").bounding_box()
    assert box
    stage.page.mouse.click(box["x"] + box["width"] * 3 / 4, box["y"] + box["height"] / 2)
    stage.until("!spy.media().paused && spy.media().currentTime > 228 * 0.74 && spy.media().currentTime < 228 * 0.8")


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


def test_mute_and_volume_by_pointer(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    open_paused(stage, film(stage))
    mute = stage.page.locator(".mute")
    mute.click()
    stage.until("spy.media().muted && spy.find('.mute').ariaLabel === 'Unmute'")
    mute.click()
    stage.until("!spy.media().muted && spy.find('.mute').ariaLabel === 'Mute'")
    box = stage.page.locator(".volume").bounding_box()
    assert box, "it is there for who is at the button"
    y = box["y"] + box["height"] / 2
    stage.page.mouse.click(box["x"] + box["width"] / 4, y)
    stage.until("Math.abs(spy.media().volume - 0.25) < 0.03")
    assert stage.evaluate("Math.abs(spy.find('.volume').ariaValueNow - 25) < 3") is True
    assert stage.evaluate("spy.find('.volume').getAttribute('aria-valuetext')").endswith("%")
    stage.page.mouse.move(box["x"] + box["width"] / 2, y)
    stage.page.mouse.down()
    stage.page.mouse.move(box["x"] - 30, y, steps=3)
    stage.until("spy.media().volume === 0")
    stage.page.mouse.up()
    stage.until("spy.find('.mute').ariaLabel === 'Unmute'")
    mute.click()
    stage.until("!spy.media().muted && spy.media().volume > 0")


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


def test_the_rate_is_chosen_in_the_menu(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    open_paused(stage, film(stage))
    stage.page.locator(".more").click()
    radios = stage.page.get_by_role("group", name="Speed").get_by_role("radio")
    radios.first.wait_for()
    assert radios.count() == 7
    assert stage.page.get_by_role("radio", name="1×", exact=True).is_checked()
    stage.page.get_by_role("radio", name="1.5×").click()
    stage.until("spy.media().playbackRate === 1.5")
    press(stage, "ArrowRight")
    stage.until("spy.media().playbackRate === 1.75")
    press(stage, "Escape")
    stage.page.locator(".more").click()
    assert stage.page.get_by_role("radio", name="1.75×").is_checked(), "it is what it says"


def test_captions_by_button_and_by_key(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    open_paused(stage, film(stage))
    button = stage.page.get_by_role("button", name="Captions")
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    stage.until(f"{SHOWN_TRACKS}.join() === 'en'")
    stage.until("spy.find('.quick').ariaPressed === 'true'")
    stage.evaluate("(spy.media().currentTime = 10)")
    stage.until("[...spy.media().textTracks].some(({ activeCues }) => activeCues?.length)")
    button.click()
    stage.until(f"!{SHOWN_TRACKS}.length && spy.find('.quick').ariaPressed === 'false'")
    focus(stage, ".play")
    press(stage, "c")
    stage.until(f"{SHOWN_TRACKS}.join() === 'en'")
    press(stage, "c")
    stage.until(f"!{SHOWN_TRACKS}.length")


def test_captions_by_the_menu(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    open_paused(stage, film(stage))
    stage.page.locator(".more").click()
    assert stage.page.get_by_role("radio", name="Off").is_checked()
    stage.page.get_by_role("radio", name="Persian").click()
    stage.until(f"{SHOWN_TRACKS}.join() === 'fa'")
    stage.page.get_by_role("radio", name="English").click()
    stage.until(f"{SHOWN_TRACKS}.join() === 'en'")
    stage.page.get_by_role("radio", name="Off").click()
    stage.until(f"!{SHOWN_TRACKS}.length")


def test_without_captions_nothing_offers_them(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    open_paused(stage, stage.video("tone.mp4"))
    stage.page.locator(".more").click()
    stage.page.get_by_role("radio", name="1×", exact=True).wait_for()
    assert stage.page.get_by_text("Captions").count() == stage.page.get_by_role("button", name="Captions").count() == 0


@pytest.mark.parametrize("by", ["button", "key"])
def test_full_screen(stage_in_chromium: Stage, by: str) -> None:
    stage = stage_in_chromium
    open_paused(stage, film(stage))

    def toggle() -> None:
        if by == "button":
            stage.page.locator(".full").click()
        else:
            press(stage, "f")

    focus(stage, ".play")
    toggle()
    stage.until("document.fullscreenElement === spy.player() && spy.find('.full').ariaLabel === 'Exit full screen'")
    stage.until("spy.media().offsetWidth === innerWidth && spy.media().offsetHeight === innerHeight")
    assert stage.evaluate("spy.shown('.bar')"), "the controls come along"
    toggle()
    stage.until("!document.fullscreenElement && spy.find('.full').ariaLabel === 'Full screen'")
    stage.until("spy.media().offsetWidth === 640 && spy.media().offsetHeight === 360")


def test_audio_has_no_full_screen(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    open_paused(stage, stage.audio("tone.mp3"))
    focus(stage, ".play")
    press(stage, "f")
    assert stage.evaluate("spy.shown('.full') || !!document.fullscreenElement") is False


def test_picture_in_picture_is_the_film_s(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    # A browser without a screen has no window to put it in.
    stage.page.add_init_script(
        """Object.defineProperty(Document.prototype, 'pictureInPictureEnabled', { value: true });
        HTMLVideoElement.prototype.requestPictureInPicture = async function () { window.asked = this; };"""
    )
    open_paused(stage, film(stage))
    stage.page.locator(".more").click()
    stage.page.get_by_role("button", name="Picture in picture").click()
    stage.until("window.asked === spy.media()")
    stage.until("!spy.shown('.menu')")


def test_the_download_is_the_file(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    open_paused(stage, stage.audio("tone.mp3", "tone.ogg"))
    stage.page.locator(".more").click()
    link = stage.page.get_by_role("link", name="Download · MP3")
    assert link.get_attribute("href") == stage.url("tone.mp3")
    assert link.get_attribute("download") == ""


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


def test_a_press_beside_the_menu_closes_it(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    open_paused(stage, film(stage))
    stage.page.locator(".more").click()
    stage.until("spy.shown('.menu')")
    stage.page.get_by_role("radio", name="2×").click()
    assert stage.evaluate("spy.shown('.menu')") is True
    stage.page.locator("h1").click()
    stage.until("!spy.find('.menu')")


def test_one_menu_and_one_voice_at_a_time(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.open(stage.audio("tone.mp3", id="one") + stage.audio("tone.ogg", id="two"))
    for player in ("#one", "#two"):
        stage.page.locator(f"{player} .play").focus()
        press(stage, "Enter")
        stage.page.locator(f"{player} .more").click()
        stage.page.locator(f"{player} .menu").wait_for()
    assert stage.page.locator(".menu").count() == 1
    stage.until_playing("tone.ogg", which=1)
    stage.until("spy.media(0).paused")


def test_the_link_to_this_time(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_paused(stage, stage.audio("river-crossing.mp3"))
    stage.evaluate("(spy.media().currentTime = 83.7)")
    stage.until("!spy.media().seeking")
    stage.page.locator(".more").click()
    stage.page.get_by_role("button", name="Copy link at this time").click()
    stage.page.get_by_role("button", name="Link copied").wait_for()
    copied = stage.evaluate("navigator.clipboard.readText()")
    assert copied == f"{stage.article.url}/#t=83"
