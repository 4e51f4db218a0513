"""Every control does what it says, by pointer."""

from __future__ import annotations

import pytest

from tests.browser.acts import SHOWN_TRACKS, film, focus, open_paused, press, until_time
from tests.browser.stage import Stage


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
    stage.until("Math.abs(spy.find('.volume').ariaValueNow - 25) < 3")
    assert stage.evaluate("spy.find('.volume').getAttribute('aria-valuetext')").endswith("%")
    stage.page.mouse.move(box["x"] + box["width"] / 2, y)
    stage.page.mouse.down()
    stage.page.mouse.move(box["x"] - 30, y, steps=3)
    stage.until("spy.media().volume === 0")
    stage.page.mouse.up()
    stage.until("spy.find('.mute').ariaLabel === 'Unmute'")
    mute.click()
    stage.until("!spy.media().muted && spy.media().volume > 0")


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


def test_with_forced_colours_every_picture_stands_out_from_its_ground(stage_in_chromium: Stage) -> None:
    """Pictures are filled with the colour of the text, which forcing does not reach by itself (CSS Color Adjust, 3)."""
    stage = stage_in_chromium
    stage.page.emulate_media(forced_colors="active")
    open_paused(stage, film(stage))
    stage.until("!!spy.find('.full')")
    seen = stage.evaluate("""(() => {
      const colour = (element, pseudo) => getComputedStyle(element, pseudo).backgroundColor;
      const ground = colour(spy.find('.bar'));
      return [ground, ...['.play', '.mute', '.full'].map(part => colour(spy.find(part), '::before'))];
    })()""")
    ground, *pictures = seen
    assert not [one for one in pictures if one == ground], seen
    assert not [one for one in seen if one.startswith("rgba")], seen
