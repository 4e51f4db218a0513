"""Nothing moves, nothing is wasted: the player takes the room that the markup holds, at every size and direction."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.browser.stage import Stage

# How articles give a film its size; under the policy only a sheet that a script makes can do it.
SIZES = {
    "by its attributes": "",
    "as a block": "video { display: block; width: 400px; height: 225px }",
}
SHARES = {
    "in percent": "article { width: 70% } video { width: 100%; height: auto; aspect-ratio: 16/9 }",
    "as a block in percent": "article { width: 70% } video { display: block; width: 100%; height: auto }",
}
TWO_FRAMES = "new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(() => seen(true))))"
PLACES = """[...document.querySelectorAll('h1, p, video, audio')].map((element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  return [element.localName, x, y, width, height];
})"""


def video(stage: Stage, name: str = "tone.mp4") -> str:
    return (
        '<steady-player><video controls preload="none" width="320" height="180">'
        f'<source src="{stage.url(name)}"></video></steady-player>'
    )


def upgrade(stage: Stage) -> None:
    stage.evaluate(f"spy.load('{stage.player}/embed.js')")
    stage.until("[...document.querySelectorAll('steady-player')].every(spy.upgraded)")
    stage.until(TWO_FRAMES)


def dress(stage: Stage, css: str) -> None:
    """What the article's own style sheet would say."""
    stage.evaluate(
        f"(() => {{ const sheet = new CSSStyleSheet(); sheet.replaceSync({css!r}); "
        "document.adoptedStyleSheets = [sheet]; })()"
    )


# What moves from now on: what the article's own dressing moved may still be told late.
WATCH = """(() => {
  const begin = performance.now();
  window.moved = 0;
  new PerformanceObserver((list) => {
    for (const { startTime, value } of list.getEntries()) if (startTime > begin) moved += value;
  }).observe({ type: 'layout-shift' });
})()"""


def assert_nothing_moves(stage: Stage, body: str, css: str = "") -> None:
    assert_all_keeps_its_place(stage, body, css)
    assert stage.evaluate("moved") == 0


def assert_all_keeps_its_place(stage: Stage, body: str, css: str = "") -> None:
    stage.open(body, script=False, wait=False)
    dress(stage, css)
    stage.until(TWO_FRAMES)
    stage.evaluate(WATCH)
    before = stage.evaluate(PLACES)
    upgrade(stage)
    assert stage.evaluate(PLACES) == before


def test_what_moves_is_seen(stage_in_chromium: Stage) -> None:
    """Without this, no shift would prove nothing."""
    stage = stage_in_chromium
    stage.open("<p>Before</p>" + video(stage) + "<p>After</p>")
    stage.until(TWO_FRAMES)
    stage.evaluate(WATCH)
    stage.evaluate("document.querySelector('h1').before(document.createElement('canvas'))")
    stage.until("moved > 0")


@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.parametrize("size", SIZES)
def test_a_film_is_upgraded_in_its_place(stage_in_chromium: Stage, size: str, count: int) -> None:
    one = "<p>Before it.</p>" + video(stage_in_chromium)
    assert_nothing_moves(stage_in_chromium, one * count + "<p>After it.</p>", SIZES[size])


@pytest.mark.parametrize("share", SHARES)
def test_a_film_as_wide_as_its_column_keeps_its_place(stage_in_chromium: Stage, share: str) -> None:
    assert_all_keeps_its_place(
        stage_in_chromium, f"<p>Before it.</p>{video(stage_in_chromium)}<p>After it.</p>", SHARES[share]
    )


def test_a_film_within_a_line_is_upgraded_in_its_place(stage_in_chromium: Stage) -> None:
    body = f"<p>A film {video(stage_in_chromium)} in a line, with words on both of its sides.</p><p>After it.</p>"
    assert_nothing_moves(stage_in_chromium, body)


@pytest.mark.parametrize("count", [1, 20])
def test_audio_is_upgraded_in_its_place(stage_in_chromium: Stage, count: int) -> None:
    stage = stage_in_chromium
    one = "<p>Before it.</p>" + stage.audio("tone.mp3")
    stage.open(one * count + "<p>After it.</p>", script=False, wait=False)
    stage.until(TWO_FRAMES)
    stage.evaluate(WATCH)
    where = "[...document.querySelectorAll('h1, p')].map((element) => element.getBoundingClientRect().y)"
    before = stage.evaluate(where)
    upgrade(stage)
    assert stage.evaluate(where) == before
    assert stage.evaluate("moved") == 0
    assert stage.evaluate("[...document.querySelectorAll('steady-player')].map((e) => e.offsetHeight)") == [54] * count


def test_a_film_keeps_its_size_when_it_plays(stage_in_chromium: Stage) -> None:
    """The file is of another shape than the room that the article gave it."""
    stage = stage_in_chromium
    body = '<steady-player><video controls preload="none" width="300" height="300">'
    stage.open(f'{body}<source src="{stage.url("tone.mp4")}"></video></steady-player><p>After it.</p>')
    before = stage.evaluate(PLACES)
    stage.play()
    stage.until_playing()
    assert stage.evaluate(PLACES) == before
    assert stage.evaluate("[spy.media().offsetWidth, spy.media().offsetHeight]") == [300, 300]


def test_twenty_players_share_one_style_sheet_and_are_small(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.open((stage.audio("tone.mp3") + video(stage)) * 10)
    stage.page.locator(".play").first.hover()
    stage.until("spy.find('.tip')")  # what comes later joins the same sheet
    sheets = "[...document.querySelectorAll('steady-player')].flatMap((e) => e.shadowRoot.adoptedStyleSheets)"
    assert stage.evaluate(f"{sheets}.length") == 20
    assert stage.evaluate(f"new Set({sheets}).size") == 1
    roots = "[...document.querySelectorAll('steady-player')].map(({ shadowRoot }) => shadowRoot)"
    assert stage.evaluate(f"{roots}.some((root) => root.querySelector('style, link'))") is False
    elements = stage.evaluate(f"{roots}.map((root) => root.querySelectorAll('*').length)")
    assert min(elements) > 1 and max(elements) <= 35, elements


def overflowing(stage: Stage) -> Any:
    """Which visible parts of any player reach beyond it, and whether the page can be scrolled sideways."""
    return stage.evaluate(
        """[...document.querySelectorAll('steady-player')].flatMap((player) => {
          const room = player.getBoundingClientRect();
          return [...player.shadowRoot.querySelectorAll('button, .slider, .now, .total, strong, p, a')]
            .filter((part) => spy.seen(part))
            .filter((part) => {
              const { left, right } = part.getBoundingClientRect();
              return left < room.left - 0.5 || right > room.right + 0.5;
            })
            .map((part) => part.className);
        }).concat(document.scrollingElement.scrollWidth > innerWidth ? ['the page'] : [])"""
    )


def open_small(stage: Stage, body: str, **page: Any) -> None:
    stage.page.set_viewport_size({"width": 320, "height": 640})
    viewport = '<meta name="viewport" content="width=device-width">'
    stage.open(body, script=False, wait=False, head=viewport, **page)
    dress(stage, "body { margin: 0 } video { width: 100%; height: auto }")
    upgrade(stage)


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_everything_fits_into_320_pixels(stage_in_chromium: Stage, direction: str) -> None:
    stage = stage_in_chromium
    manifest = {"id": "river", "duration": 5000, "sources": [stage.source("tone.mp3")]}
    stage.backend.tell("river", {**manifest, "kind": "audio"})
    dead = {"id": "dead", "kind": "audio", "sources": [stage.dead("gone.mp3", anyway=True)]}
    stage.backend.tell("dead", dead)
    open_small(
        stage,
        stage.audio("tone.mp3", media="river") + video(stage) + stage.audio("gone.mp3", media="dead"),
        direction=direction,
    )
    stage.until("spy.clock() === '0:00:00 / 1:23:20'")
    stage.until_text("No media source currently available", which=2)
    assert overflowing(stage) == []
    stage.tab.click(".pill")
    stage.until_playing(which=1)
    assert overflowing(stage) == []
    stage.evaluate("spy.player(1).pause()")
    stage.page.locator("steady-player:has(video) .more").click()
    stage.until("spy.shown('.menu', 1)")
    assert overflowing(stage) == []
    assert stage.evaluate("spy.shown('.play', 1) && spy.shown('.timeline', 1) && spy.shown('.full', 1)") is True


def middle(stage: Stage, selector: str) -> float:
    where = f"(({{ left, width }}) => left + width / 2)(spy.find({selector!r}).getBoundingClientRect())"
    return float(stage.evaluate(where))


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_right_to_left_the_row_is_mirrored_and_the_timeline_is_not(stage_in_chromium: Stage, direction: str) -> None:
    stage = stage_in_chromium
    stage.open(video(stage), direction=direction)
    stage.play()
    stage.until_playing()
    stage.evaluate("spy.player().pause()")
    stage.evaluate("(spy.media().currentTime = 2.5)")
    stage.until("spy.clock() === '0:02 / 0:10'")
    mirrored = -1 if direction == "rtl" else 1
    assert (middle(stage, ".full") - middle(stage, ".play")) * mirrored > 100
    assert (middle(stage, ".more") - middle(stage, ".play")) * mirrored > 100
    assert middle(stage, ".now") < middle(stage, ".total"), "the current time stands left of the duration"
    stage.until("new DOMMatrix(getComputedStyle(spy.find('.done')).transform).a.toFixed(2) === '0.25'")
    played = stage.evaluate("(({ left, width }) => [left, width])(spy.find('.done').getBoundingClientRect())")
    rail = stage.evaluate("(({ left, width }) => [left, width])(spy.find('.rail').getBoundingClientRect())")
    assert played == pytest.approx([rail[0], rail[1] / 4], abs=1), "what has been played begins at the left"


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_right_to_left_audio_is_mirrored_too(stage_in_chromium: Stage, direction: str) -> None:
    stage = stage_in_chromium
    stage.open(stage.audio("tone.mp3"), direction=direction)
    mirrored = -1 if direction == "rtl" else 1
    assert (middle(stage, ".more") - middle(stage, ".play")) * mirrored > 100
    assert (middle(stage, ".timeline") - middle(stage, ".now")) * mirrored > 0
    timeline = stage.page.locator(".timeline").bounding_box()
    assert timeline
    stage.play()
    stage.until_playing()
    stage.page.mouse.click(timeline["x"] + timeline["width"] * 0.8, timeline["y"] + timeline["height"] / 2)
    stage.until("spy.media().currentTime > 7.5")


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_nothing_moves_while_the_first_of_it_is_waited_for(stage_in_chromium: Stage, kind: str) -> None:
    """On a slow phone "please wait" outlasts the start: it makes way for the controls, and none of them moves."""
    stage = stage_in_chromium
    stage.open(video(stage) if kind == "video" else stage.audio("tone.mp3"))
    stage.evaluate("spy.player().dispatchEvent(new Event('pointerenter'))")
    stage.until("spy.player().more")
    stage.evaluate(WATCH)
    views = (
        {"phase": "loading", "waiting": True, "busy": True, "paused": False, "started": False},
        {"phase": "ready", "waiting": True, "busy": True, "paused": False, "started": True, "duration": 84},
        {"phase": "ready", "waiting": False, "busy": False, "paused": False, "started": True, "duration": 84},
        {"phase": "ready", "waiting": True, "busy": True, "paused": False, "started": True, "duration": 84},
    )
    for view in views:
        stage.evaluate(f"(spy.player().preview = {json.dumps(view)}, spy.media().dispatchEvent(new Event('progress')))")
        waits = "true" if view["waiting"] else "false"
        stage.until(f"spy.find('.ui').hasAttribute('data-waiting') === {waits}")
        stage.until(TWO_FRAMES)
        stage.until(TWO_FRAMES)
    # In a row of audio the words stand where the length stood, and are of another length.
    assert stage.evaluate("moved") <= (0 if kind == "video" else 0.0002)
