"""What an item's timeline shows beside the time: chapters, stills, the shape of the sound."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.stage import Stage

CHAPTERS = "first-light.chapters.vtt"
PEAKS = {"version": 2, "channels": 1, "bits": 8, "samples_per_pixel": 1, "length": 60, "data": [-9, 9, -100, 127] * 30}


def track(stage: Stage, name: str, kind: str) -> dict[str, str]:
    return {"src": stage.url(name), "kind": kind}


def tell(stage: Stage, *tracks: dict[str, str], kind: str = "video", **more: Any) -> None:
    name, duration = ("first-light.mp4", 84) if kind == "video" else ("river-crossing.mp3", 228)
    told = {"id": "item", "kind": kind, "duration": duration, "sources": [stage.source(name)], "tracks": tracks}
    stage.backend.tell("item", {**told, **more})


def open_paused(stage: Stage, body: str) -> None:
    stage.open(body)
    stage.play()
    stage.until_playing()
    stage.evaluate("(spy.player().pause(), spy.media().currentTime = 0)")
    stage.until("spy.media().paused && !spy.media().seeking && spy.find('.tip')")


def film(stage: Stage) -> str:
    return (
        '<steady-player media="item"><video controls preload="none" width="640" height="360"></video></steady-player>'
    )


def hover(stage: Stage, fraction: float) -> None:
    box = stage.page.locator(".timeline").bounding_box()
    assert box
    for off in (3.0, 0.5):
        stage.page.mouse.move(box["x"] + box["width"] * fraction + off, box["y"] + box["height"] / 2)


def test_chapters_are_marked_where_they_begin(stage: Stage) -> None:
    """In each engine: their file is read by the browser's parser, from another origin, without `crossorigin`."""
    tell(stage, track(stage, CHAPTERS, "chapters"))
    open_paused(stage, film(stage))
    stage.until("spy.find('.marks')")
    places = stage.evaluate("[...spy.find('.marks').children].map((mark) => parseFloat(mark.style.left))")
    assert places == pytest.approx([100 * start / 84 for start in (13.5, 32.5, 46, 64)], abs=0.01)
    stage.assert_no_violation()


def test_the_chapter_under_the_pointer_is_named(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    tell(stage, track(stage, CHAPTERS, "chapters"))
    open_paused(stage, film(stage))
    stage.until("spy.find('.marks')")
    for seconds, title in [(40, "The green ferry"), (5, "Before sunrise")]:
        hover(stage, seconds / 84)
        stage.until(f"spy.shown('.tip') && spy.find('.tip .title').textContent === '{title}'")
    tip, whole = stage.page.locator(".tip").bounding_box(), stage.page.locator("steady-player").bounding_box()
    assert tip and whole and tip["x"] >= whole["x"], "it stays on the picture"
    stage.page.mouse.move(5, 600)
    stage.until("!spy.shown('.tip')")


def test_the_menu_leads_to_a_chapter(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    tell(stage, track(stage, CHAPTERS, "chapters"))
    open_paused(stage, film(stage))
    stage.until("spy.find('.marks')")
    stage.page.locator(".more").click()
    stage.page.get_by_role("button", name="Chapters").click()
    assert stage.page.get_by_role("radio", name="Before sunrise").is_checked()
    stage.page.get_by_role("radio", name="First light").click()
    stage.until("Math.abs(spy.media().currentTime - 46) < 0.3")
    stage.page.keyboard.press("Escape")
    assert stage.page.get_by_role("button", name="Chapters").text_content() == "ChaptersFirst light"


def test_media_keys_go_from_chapter_to_chapter(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.page.add_init_script(
        """window.actions = {};
        const set = navigator.mediaSession.setActionHandler.bind(navigator.mediaSession);
        navigator.mediaSession.setActionHandler = (name, act) => { actions[name] = act; set(name, act); };"""
    )
    tell(stage, track(stage, CHAPTERS, "chapters"))
    open_paused(stage, film(stage))
    stage.until("spy.find('.marks')")
    stage.evaluate("void spy.player().play()")
    stage.until("typeof actions.nexttrack === 'function'")
    stage.evaluate("actions.nexttrack({})")
    stage.until("Math.abs(spy.media().currentTime - 13.5) < 1")
    stage.evaluate("actions.previoustrack({})")
    stage.until("spy.media().currentTime < 2")


def test_chapters_of_the_markup_count_as_well(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    inside = f'<track kind="chapters" src="{stage.url(CHAPTERS)}">'
    open_paused(stage, stage.video("first-light.mp4", inside=inside))
    stage.until("spy.find('.marks')?.children.length === 4")


def test_a_still_of_the_moment_under_the_pointer(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    tell(stage, track(stage, "first-light.thumbnails.vtt", "thumbnails"))
    open_paused(stage, film(stage))
    assert stage.media_requests("thumbnails.vtt") == [], "only who points at the timeline needs it"
    hover(stage, 0.1)
    assert stage.eventually(lambda: bool(stage.media_requests("thumbnails.vtt")))
    moved = "new DOMMatrix(spy.find('.still img').style.transform)"
    hover(stage, 31 / 84)
    stage.until(f"{moved} && true")
    for seconds, column, line in [(31, 3, 1), (1, 0, 0), (83, 6, 3)]:

        def placed(at: float = seconds / 84, column: int = column, line: int = line) -> bool:
            hover(stage, at)
            where = stage.evaluate(f"spy.shown('.still') && [{moved}.m41 / {moved}.a, {moved}.m42 / {moved}.a]")
            return bool(where) and [round(part) for part in where] == [-160 * column, -90 * line]

        assert stage.eventually(placed), seconds
    assert stage.evaluate("[spy.find('.still').offsetWidth, spy.find('.still').offsetHeight]") == [160, 90]
    stage.assert_no_violation()


def test_a_still_that_cannot_be_had_leaves_the_time(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    tell(stage, track(stage, "first-light.thumbnails.vtt", "thumbnails"))
    stage.media.set_fault("first-light.thumbnails.jpg", "404")
    open_paused(stage, film(stage))
    hover(stage, 0.1)
    hover(stage, 0.5)
    assert stage.eventually(lambda: bool(stage.media_requests("thumbnails.jpg")))
    stage.until("spy.shown('.tip') && !spy.shown('.still') && /^0:4/.test(spy.find('.tip').textContent)")


def test_the_saver_fetches_no_stills(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.page.add_init_script("localStorage['steady-player'] = JSON.stringify({ saver: true })")
    tell(stage, track(stage, "first-light.thumbnails.vtt", "thumbnails"), track(stage, CHAPTERS, "chapters"))
    open_paused(stage, film(stage))
    stage.until("spy.find('.marks')")
    hover(stage, 0.5)
    stage.until("spy.find('.tip .title').textContent === 'The green ferry'")
    assert stage.media_requests("thumbnails.vtt") == []


def test_a_recording_s_timeline_has_the_shape_of_its_sound(stage: Stage) -> None:
    stage.backend.answers["/peaks.json"] = (200, PEAKS)
    tell(stage, {"src": f"{stage.backend.url}/peaks.json", "kind": "waveform"}, kind="audio")
    open_paused(stage, stage.audio(media="item"))
    stage.until("spy.find('.timeline[data-wave] .rail')?.style.clipPath.startsWith('polygon')")
    assert stage.evaluate("spy.player().offsetHeight") == 54, "nothing moves"
    points = stage.evaluate(
        "spy.find('.rail').style.clipPath.split(',').map((point) => parseFloat(point.trim().split(' ')[1]))"
    )
    assert min(points) < 5 and max(points) > 95, "the loudest bars are as high as the rail"
    assert stage.evaluate("spy.shift") < 0.01
    stage.evaluate("(spy.media().currentTime = 114)")
    stage.until("Math.abs(new DOMMatrix(getComputedStyle(spy.find('.done')).transform).a - 0.5) < 0.02")


@pytest.mark.parametrize("peaks", [{"data": "loud"}, {"data": [0, 0, 0, 0]}, None])
def test_rubbish_for_a_waveform_leaves_the_rail(stage_in_chromium: Stage, peaks: Any) -> None:
    stage = stage_in_chromium
    errors: list[str] = []
    stage.page.on("pageerror", lambda error: errors.append(str(error)))
    stage.backend.answers["/peaks.json"] = (200, peaks)
    peaks_track = {"src": f"{stage.backend.url}/peaks.json", "kind": "waveform"}
    tell(stage, peaks_track, track(stage, "river-crossing.chapters.vtt", "chapters"), kind="audio")
    open_paused(stage, stage.audio(media="item"))
    stage.until("spy.find('.marks')")
    assert stage.evaluate("spy.find('.timeline').hasAttribute('data-wave')") is False
    assert errors == []
