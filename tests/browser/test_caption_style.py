"""Captions as the reader wishes them (47 CFR 79.103(c)), drawn by the widget; and captions that the manifest names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.browser.stage import Stage

STYLE = {
    "size": 2, "font": "monoSerif", "edge": "outline", "text": "yellow", "textOpacity": 1,
    "background": "blue", "backgroundOpacity": 0.5, "window": "black", "windowOpacity": 0,
}  # fmt: skip
LINE = "getComputedStyle(spy.find('.captions .line'))"
EDGES_OF = (
    "(({ top, bottom, left, right }) => [top, bottom, left, right])"
    "(spy.find('.captions .line').getBoundingClientRect())"
)


def film(stage: Stage, *, own: bool = False) -> str:
    """With captions in its markup, or with none but the manifest's."""
    inside = (
        f'<track kind="captions" srclang="en" label="English" src="{stage.url("first-light.en.vtt")}">' if own else ""
    )
    crossorigin = "crossorigin" if own else ""
    return (
        f'<steady-player media="film"><video controls preload="none" width="640" height="360" {crossorigin}>'
        f"{inside}</video></steady-player>"
    )


def tell(stage: Stage, **track: Any) -> None:
    captions = {"src": stage.url("first-light.en.vtt"), "kind": "captions", "srclang": "en", "label": "English"}
    told = {"id": "film", "kind": "video", "duration": 84, "sources": [stage.source("first-light.mp4")]}
    stage.backend.tell("film", {**told, "tracks": [{**captions, **track}]})


def keep(stage: Stage, **kept: Any) -> None:
    stage.page.add_init_script(f"localStorage['steady-player'] ??= {json.dumps(json.dumps(kept))}")


def open_paused(stage: Stage, body: str, at: float = 35) -> None:
    stage.open(body)
    stage.play()
    stage.until_playing()
    stage.evaluate(f"(spy.player().pause(), spy.media().currentTime = {at})")
    stage.until("spy.media().paused && !spy.media().seeking && spy.find('.tip')")


def test_captions_that_only_the_manifest_names(stage: Stage) -> None:
    """In each engine, from another origin, for a media element that may not fetch across origins."""
    tell(stage, default=True)
    open_paused(stage, film(stage))
    shown = "[...spy.media().textTracks].find(({ mode }) => mode === 'showing')"
    stage.until(f"{shown}?.activeCues?.[0]?.text.startsWith('While they worked')")
    assert stage.evaluate(f"[{shown}.kind, {shown}.language, {shown}.label].join()") == "captions,en,English"
    stage.assert_no_violation()


def test_another_item_has_its_own_captions_alone(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    tell(stage, default=True)
    open_paused(stage, film(stage))
    stage.until("spy.media().textTracks[0]?.activeCues?.length")
    other = {"id": "other", "kind": "video", "duration": 84, "sources": [stage.source("first-light.webm")]}
    stage.backend.tell("other", other)
    stage.evaluate("spy.player().setAttribute('media', 'other')")
    stage.until("spy.shown('.pill')")
    stage.play()
    stage.until_playing("first-light.webm")
    stage.until("spy.find('.more') && !spy.shown('.quick')")


@pytest.mark.parametrize("own", [True, False])
def test_the_kept_style_is_worn(stage_in_chromium: Stage, own: bool) -> None:
    stage = stage_in_chromium
    keep(stage, captions="en", style=STYLE)
    tell(stage)
    open_paused(stage, film(stage, own=own))
    stage.until("spy.find('.captions .line')?.textContent.startsWith('While they worked')")
    assert stage.evaluate("[...spy.media().textTracks].map(({ mode }) => mode).join()") == "hidden", "not drawn twice"
    assert stage.evaluate(f"{LINE}.color") == "rgb(255, 230, 0)"
    assert stage.evaluate(f"{LINE}.backgroundColor") == "rgba(47, 107, 255, 0.5)"
    assert stage.evaluate(f"{LINE}.fontFamily").startswith('"Courier New"')
    assert stage.evaluate(f"{LINE}.fontSize") == "36px", "a twentieth of the picture, twice"
    assert stage.evaluate(f"{LINE}.textShadow") != "none"
    assert stage.evaluate("spy.find('.quick').ariaPressed") == "true"
    stage.page.locator(".quick").click()
    stage.until("!spy.find('.captions .line') && spy.find('.quick').ariaPressed === 'false'")
    stage.assert_no_violation()


def test_the_reader_chooses_and_it_is_kept(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    tell(stage)
    open_paused(stage, film(stage))
    stage.page.locator(".quick").click()
    stage.page.locator(".more").click()
    stage.page.get_by_role("button", name="Caption style").click()
    stage.page.get_by_role("combobox", name="Size").select_option("150%")
    stage.until(f"spy.find('.captions .line') && {LINE}.fontSize === '27px'")
    stage.page.get_by_role("radiogroup", name="Text").get_by_role("radio", name="Green").click()
    stage.until(f"{LINE}.color === 'rgb(0, 224, 90)'")
    stage.page.get_by_role("combobox", name="Background: Opacity").select_option("25%")
    stage.until(f"{LINE}.backgroundColor === 'rgba(0, 0, 0, 0.25)'")
    assert stage.evaluate("getComputedStyle(spy.find('.preview .line')).color") == "rgb(0, 224, 90)", "it is seen there"
    for name, count in (("Font", 8), ("Edge", 5)):
        assert stage.page.get_by_role("combobox", name=name).locator("option").count() == count
    for name in ("Text", "Background", "Window"):
        assert stage.page.get_by_role("radiogroup", name=name).get_by_role("radio").count() == 8
    open_paused(stage, film(stage))
    stage.until(f"spy.find('.captions .line') && {LINE}.color === 'rgb(0, 224, 90)'")
    stage.page.locator(".more").click()
    stage.page.get_by_role("button", name="Caption style").click()
    stage.page.get_by_role("button", name="Reset").click()
    stage.until("!spy.find('.captions .line') && spy.media().textTracks[0].mode === 'showing'")
    assert "style" not in json.loads(stage.evaluate("localStorage['steady-player']"))


def test_they_make_room_for_the_controls(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    keep(stage, captions="en", style={**STYLE, "size": 1})
    tell(stage)
    open_paused(stage, film(stage))
    stage.until("spy.find('.captions .line')")
    stage.until(f"{EDGES_OF}[1] <= spy.find('.timeline').getBoundingClientRect().top")
    stage.page.locator(".more").click()
    stage.page.locator(".menu").wait_for()
    stage.until(f"{EDGES_OF}[3] <= spy.find('.menu').getBoundingClientRect().left + 1")
    stage.page.keyboard.press("Escape")
    stage.page.mouse.move(5, 700)
    stage.evaluate("(spy.media().muted = true, void spy.player().play())")
    stage.until("!spy.player().shadowRoot.querySelector('.ui').matches('[data-active],[data-paused]')")
    stage.until(f"spy.find('.captions .line') && {EDGES_OF}[1] > spy.find('.timeline').getBoundingClientRect().bottom")


CUE = "new VTTCue(0, 84, 'Here')"


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"line": 0}, "top"),
        ({"line": 10, "snapToLines": False}, "top"),
        ({"line": -1}, "bottom"),
        ({"line": 90, "snapToLines": False, "lineAlign": "end"}, "bottom"),
        ({"position": 0, "align": "start"}, "left"),
        ({"position": 100, "align": "end"}, "right"),
    ],
)
def test_a_cue_stands_where_its_author_put_it(stage_in_chromium: Stage, settings: dict[str, Any], where: str) -> None:
    stage = stage_in_chromium
    keep(stage, style={**STYLE, "size": 1})
    tell(stage)
    stage.backend.tell(
        "film", {"id": "film", "kind": "video", "duration": 84, "sources": [stage.source("first-light.mp4")]}
    )
    open_paused(stage, film(stage))
    stage.evaluate(
        f"""(() => {{ const track = spy.media().addTextTrack('captions', 'Own', 'en');
        track.addCue(Object.assign({CUE}, {json.dumps(settings)})); track.mode = 'showing'; }})()"""
    )
    stage.until("spy.find('.captions .line')?.textContent === 'Here'")
    top, bottom, left, right = stage.evaluate(
        """(() => { const line = spy.find('.captions .line').getBoundingClientRect();
        const whole = spy.player().getBoundingClientRect();
        return [(line.top - whole.top) / whole.height, (whole.bottom - line.bottom) / whole.height,
          (line.left - whole.left) / whole.width, (whole.right - line.right) / whole.width]; })()"""
    )
    near = {"top": top, "bottom": bottom, "left": left, "right": right}
    opposite = {"top": bottom, "bottom": top, "left": right, "right": left}
    assert near[where] < opposite[where], near
    assert near[where] < (0.4 if where == "bottom" else 0.2), near
    if where in ("top", "bottom"):
        assert left == pytest.approx(right, abs=0.02), "in the middle of its line"


def test_an_iphone_s_full_screen_has_the_browser_s_own(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    keep(stage, captions="en", style=STYLE)
    tell(stage)
    open_paused(stage, film(stage))
    stage.until("spy.find('.captions .line')")
    stage.evaluate("spy.media().dispatchEvent(new Event('webkitbeginfullscreen'))")
    stage.until("spy.media().textTracks[0].mode === 'showing' && !spy.find('.captions .line')")
    stage.evaluate("spy.media().dispatchEvent(new Event('webkitendfullscreen'))")
    stage.until("spy.media().textTracks[0].mode === 'hidden' && spy.find('.captions .line')")
