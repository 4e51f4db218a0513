"""The menu: quality and what it costs, the data saver, audio tracks; sections that unfold, by pointer and by key."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.browser.stage import Stage
from tests.streams import StreamMedia

FOCUSED = "spy.player().shadowRoot.activeElement"


def tell(stage: Stage, **more: Any) -> None:
    """A film in two sizes, and its sound alone; each is a file of its own."""
    sources = [
        stage.source("first-light.mp4", type="video/mp4", height=720, bitrate=2_500_000),
        stage.source("first-light.webm", type="video/webm", height=360, bitrate=700_000),
        stage.source("river-crossing.m4a", type="audio/mp4", bitrate=64_000),
    ]
    stage.backend.tell("film", {"id": "film", "kind": "video", "duration": 84, "sources": sources, **more})


def film(stage: Stage) -> str:
    return (
        '<steady-player media="film"><video controls preload="none" width="640" height="360"></video></steady-player>'
    )


def open_menu(stage: Stage, body: str, at: float = 0) -> None:
    stage.open(body)
    stage.play()
    stage.until_playing()
    stage.evaluate(f"(spy.player().pause(), spy.media().currentTime = {at})")
    stage.until("spy.media().paused && !spy.media().seeking && spy.find('.tip')")
    stage.page.locator(".more").click()
    stage.page.locator(".menu").wait_for()


def section(stage: Stage, name: str) -> Any:
    return stage.page.locator(".menu .head").filter(has_text=name)


def test_quality_says_what_plays_and_what_an_hour_costs(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    tell(stage)
    open_menu(stage, film(stage))
    head = section(stage, "Quality")
    assert head.text_content() == "QualityAuto · 720p"
    head.click()
    group = stage.page.get_by_role("group", name="Quality")
    assert [label.text_content() for label in group.locator("label").all()] == [
        "Auto720p now", "720p2.5 Mb/s · 1.1 GB/h", "360p700 kb/s · 315 MB/h", "Audio only64 kb/s · 29 MB/h",
    ]  # fmt: skip
    assert stage.page.get_by_role("radio", name="Auto").is_checked()
    assert stage.page.get_by_role("radio").count() == 4, "an open section has the menu to itself"


def test_another_quality_goes_on_from_the_same_position(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    tell(stage)
    open_menu(stage, film(stage), at=40)
    section(stage, "Quality").click()
    stage.evaluate(
        "(bar => new MutationObserver(() => (self.left = true)).observe(bar, { attributeFilter: ['hidden'] }))"
        "(spy.find('.bar'))"
    )
    stage.page.get_by_role("radio", name="360p").click()
    stage.until("spy.media().currentSrc.endsWith('first-light.webm') && spy.media().readyState > 0")
    stage.until("Math.abs(spy.media().currentTime - 40) < 0.5 && spy.player().phase === 'ready'")
    assert stage.evaluate("[!!self.left, spy.shown('.menu')]") == [False, True], "the menu stays under the finger"
    assert stage.evaluate("spy.media().paused") is True, "what was paused stays so"
    stage.evaluate("void spy.player().play()")
    stage.until("spy.media().currentTime > 40.3")
    stage.page.get_by_role("radio", name="Audio only").click()
    stage.until("spy.media().currentSrc.endsWith('river-crossing.m4a') && spy.media().currentTime > 40.4")
    stage.until("!spy.media().paused && spy.media().videoWidth === 0")
    stage.page.keyboard.press("Escape")
    stage.page.keyboard.press("Escape")
    stage.page.locator("steady-player").hover()
    stage.page.locator(".more").click()
    assert section(stage, "Quality").text_content() == "QualityAudio only"
    section(stage, "Quality").click()
    stage.page.get_by_role("radio", name="Auto").click()
    stage.until("spy.media().currentSrc.endsWith('first-light.mp4') && spy.media().currentTime > 40.4")


@pytest.mark.parametrize("by", ["browser", "reader"])
def test_the_data_saver_takes_the_lightest_picture(stage_in_chromium: Stage, by: str) -> None:
    stage = stage_in_chromium
    asked = "Object.defineProperty(Navigator.prototype, 'connection', { value: { saveData: true } })"
    wished = "localStorage['steady-player'] = JSON.stringify({ saver: true })"
    stage.page.add_init_script(asked if by == "browser" else wished)
    tell(stage)
    open_menu(stage, film(stage))
    stage.until("spy.media().currentSrc.endsWith('first-light.webm')")
    section(stage, "Quality").click()
    saver = stage.page.get_by_role("switch", name="Data saver")
    assert saver.is_checked()
    saver.click()
    stage.until("spy.media().currentSrc.endsWith('first-light.mp4')")
    assert json.loads(stage.evaluate("localStorage['steady-player']"))["saver"] is False
    saver.click()
    stage.until("spy.media().currentSrc.endsWith('first-light.webm')")


def test_before_play_the_saver_costs_no_second_file(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.page.add_init_script("localStorage['steady-player'] = JSON.stringify({ saver: true })")
    tell(stage)
    stage.open(film(stage))
    stage.page.locator("steady-player").hover()
    stage.until("spy.player().more?.saving")
    stage.play()
    stage.until_playing("first-light.webm")
    assert stage.media_requests("first-light.mp4") == []


def test_one_quality_is_no_choice(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    tell(stage, sources=[stage.source("first-light.mp4", height=360), stage.source("first-light.webm", height=360)])
    open_menu(stage, film(stage))
    assert stage.page.locator(".menu .head").count() == 0


def test_a_stream_s_audio_tracks_and_renditions(stage_in_chromium: Stage) -> None:
    """As an engine tells them, whichever it is."""
    stage = stage_in_chromium
    tell(stage, sources=[stage.source("first-light.mp4")])
    stage.open(film(stage))
    stage.play()
    stage.until_playing()
    facts = """{ renditions: [{ id: 0, height: 360, bitrate: 8e5 }, { id: 1, height: 1080, bitrate: 48e5 }],
      rendition: 1, auto: true, more: false, audioTrack: 'en',
      audio: [{ id: 'en', lang: 'en' }, { id: 'fa', lang: 'fa' }, { id: 'd', label: 'Described' }] }"""
    session = "Object.values(spy.player()).find((part) => part?.send && part.phase)"
    stage.evaluate(f"({session}.engine = {{ facts: () => ({facts}) }}, 0)")
    stage.page.locator("steady-player").hover()
    stage.page.locator(".more").click()
    stage.page.locator(".menu").wait_for()
    assert section(stage, "Quality").text_content() == "QualityAuto · 1080p"
    assert section(stage, "Audio track").text_content() == "Audio trackEnglish"
    section(stage, "Audio track").click()
    radios = stage.page.get_by_role("group", name="Audio track").get_by_role("radio")
    assert [radio.evaluate("(radio) => radio.closest('label').textContent") for radio in radios.all()] == [
        "English", "Persian", "Described",
    ]  # fmt: skip
    assert radios.first.is_checked()


def test_a_stream_tells_its_qualities_when_asked(stage_in_chromium: Stage, streams: StreamMedia) -> None:
    """Chromium plays HLS by itself and does not tell; the engine comes when Quality is opened, and plays on."""
    stage = stage_in_chromium
    stage.media.mount("streams", streams.root)
    stage.allow_engines()
    name = streams.entries["hls-ts"]
    tell(stage, sources=[stage.source(f"streams/{name}", type="application/vnd.apple.mpegurl")])
    open_menu(stage, film(stage), at=5)
    assert not [path for path in stage.backend.requests if "/engine-" in path]
    section(stage, "Quality").click()
    radios = stage.page.get_by_role("group", name="Quality").get_by_role("radio")
    assert stage.eventually(lambda: radios.count() > 1), "they appear where they were looked for"
    assert radios.first.is_checked()
    radios.last.click()
    stage.until("spy.media().currentTime > 4.5 && spy.player().phase === 'ready'")


def test_sections_by_keyboard(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    tell(stage)
    open_menu(stage, film(stage))
    head = section(stage, "Quality")
    head.focus()
    assert head.get_attribute("aria-expanded") == "false"
    stage.page.keyboard.press("Enter")
    assert head.get_attribute("aria-expanded") == "true"
    assert stage.evaluate(f"{FOCUSED}.className") == "item head", "the focus is where it was"
    stage.page.keyboard.press("Tab")
    assert stage.evaluate(f"{FOCUSED}.type") == "radio"
    stage.page.keyboard.press("ArrowDown")
    stage.until("spy.player().shadowRoot.activeElement.closest('label').textContent.startsWith('720p')")
    stage.page.keyboard.press("Escape")
    assert head.get_attribute("aria-expanded") == "false"
    assert stage.evaluate(f"{FOCUSED}.className") == "item head"
    stage.page.keyboard.press("Escape")
    stage.until("!spy.find('.menu')")
    assert stage.evaluate(f"{FOCUSED}.className") == "more"


@pytest.mark.parametrize("viewport", [(320, 640), (900, 700)], ids=["phone", "desk"])
def test_a_picture_too_small_for_the_menu_lends_it_the_page(
    stage_in_chromium: Stage, viewport: tuple[int, int]
) -> None:
    """Across the foot of a phone's screen, or beside its opener; nothing of it has to be scrolled for."""
    stage = stage_in_chromium
    width, height = viewport
    stage.page.set_viewport_size({"width": width, "height": height})
    tell(stage)
    open_menu(stage, film(stage).replace('width="640" height="360"', 'width="280" height="158"'))
    menu, opener = stage.page.locator(".menu"), stage.page.locator(".more")
    stage.until("spy.find('.menu').getAnimations().length === 0")
    box, near = menu.bounding_box(), opener.bounding_box()
    assert box and near
    assert menu.evaluate("(menu) => menu.scrollHeight <= menu.clientHeight"), "it does not scroll"
    assert box["y"] >= 0 and box["y"] + box["height"] <= height
    assert box["height"] > 200, "more than the picture has room for"
    if width == 320:
        assert (box["x"], box["width"], box["y"] + box["height"]) == (0, 320, height)
    else:
        assert box["x"] <= near["x"] and near["x"] + near["width"] <= box["x"] + box["width"]
        assert box["y"] + box["height"] <= near["y"] or box["y"] >= near["y"] + near["height"]
    section(stage, "Quality").click()
    stage.page.get_by_role("radio", name="360p").wait_for()
    stage.page.keyboard.press("Escape")
    stage.page.keyboard.press("Escape")
    stage.until("!spy.find('.menu')")
    assert stage.evaluate(f"{FOCUSED}.className") == "more"
    stage.assert_no_violation()


def test_the_menu_speaks_the_page_s_language(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    tell(stage)
    stage.open(film(stage), lang="fa", direction="rtl")
    stage.play()
    stage.until_playing()
    stage.page.locator("steady-player").hover()
    stage.page.locator(".more").click()
    section(stage, "کیفیت").click()
    stage.page.get_by_role("radio", name="فقط صدا").wait_for()
    box, whole = stage.page.locator(".menu").bounding_box(), stage.page.locator("steady-player").bounding_box()
    assert box and whole and box["x"] == pytest.approx(whole["x"] + 12, abs=1), "at the end of the row: on the left"


def test_without_its_language_the_menu_is_there_in_english(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    tell(stage)
    stage.page.route("**/i18n/settings/de.js", lambda route: route.abort())
    stage.open(film(stage), lang="de")
    stage.play()
    stage.until_playing()
    stage.page.locator("steady-player").hover()
    stage.page.locator(".more").click()
    section(stage, "Quality").wait_for()
