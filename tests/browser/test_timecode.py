"""The timecode as the reader sees and hears it: current, duration and hover; before anything is loaded; from links."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.stage import Stage


def tell(stage: Stage, **manifest: Any) -> None:
    sources = [stage.source("river-crossing.mp3", type="audio/mpeg")]
    stage.backend.tell("river", {"id": "river", "kind": "audio", "sources": sources, **manifest})


def river(stage: Stage, **attributes: str) -> str:
    return stage.audio("river-crossing.mp3", **attributes)


def test_the_duration_is_told_before_anything_is_loaded(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    tell(stage, duration=228)
    stage.open(river(stage, media="river") + stage.video("first-light.mp4", media="river"))
    stage.until("spy.clock(0) === '0:00 / 3:48'")
    stage.until("spy.text(1).includes('Watch 3:48')")
    stage.page.locator(".play").hover()  # whatever comes for a reader who is near
    stage.until("spy.find('.tip')")
    assert stage.media_requests("mp3") == stage.media_requests("mp4") == []
    assert stage.evaluate("spy.media().readyState") == 0


def test_an_unknown_duration_is_blank(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.open(river(stage) + stage.video("tone.mp4"))
    assert not re.search(r"\d.*\d:\d|/", stage.text())
    assert stage.evaluate("spy.find('.total').textContent") == ""
    assert not re.search(r"[\d/]", stage.text(1)), "nor does a film name a time that nobody knows"
    assert "of" not in stage.evaluate("spy.find('.timeline').getAttribute('aria-valuetext')")
    stage.tab.click(".pill")
    stage.until_playing(which=1)
    stage.until("spy.clock(1).endsWith(' / 0:10')")


@pytest.mark.parametrize(
    ("duration", "attribute", "shown"),
    [
        (228, "auto", "0:00 / 3:48"),
        (3780, "auto", "0:00:00 / 1:03:00"),
        (228, "h:mm:ss", "0:00:00 / 0:03:48"),
        (3780, "m:ss", "0:00 / 63:00"),
    ],
)
def test_both_times_have_one_shape(stage_in_chromium: Stage, duration: int, attribute: str, shown: str) -> None:
    stage = stage_in_chromium
    tell(stage, duration=duration)
    stage.open(river(stage, media="river", timecode=attribute))
    stage.until(f"spy.clock() === '{shown}'")


@pytest.mark.parametrize(
    ("duration", "attribute", "tip"), [(228, "auto", "1:54"), (3780, "auto", "0:31:30"), (228, "h:mm:ss", "0:01:54")]
)
def test_the_time_under_the_pointer(stage_in_chromium: Stage, duration: int, attribute: str, tip: str) -> None:
    stage = stage_in_chromium
    tell(stage, duration=duration)
    stage.open(river(stage, media="river", timecode=attribute))
    stage.until("spy.find('.total').textContent")
    stage.page.locator(".play").hover()
    stage.until("spy.find('.tip')")
    timeline = stage.page.locator(".timeline").bounding_box()
    assert timeline
    stage.page.mouse.move(timeline["x"] + timeline["width"] / 2 + 0.2, timeline["y"] + 10)
    stage.until(f"spy.shown('.tip') && spy.find('.tip').textContent === '{tip}'")
    at = stage.evaluate("(({ left, width }) => left + width / 2)(spy.find('.tip').getBoundingClientRect())")
    assert at == pytest.approx(timeline["x"] + timeline["width"] / 2, abs=2), "over the pointer"
    stage.page.mouse.move(5, 500)
    stage.until("!spy.shown('.tip')")


def test_it_counts_while_it_plays(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.open(stage.audio("tone.mp3"))
    stage.play()
    stage.until("spy.clock() === '0:01 / 0:10'")
    stage.until("spy.clock() === '0:02 / 0:10'")
    assert stage.evaluate("Math.floor(spy.media().currentTime)") in (2, 3)


@pytest.mark.parametrize(
    ("fragment", "attributes", "start", "shown"),
    [
        ("#t=83", {}, 83, "1:23"),
        ("#t=1:23", {}, 83, "1:23"),
        ("#t=npt:83", {}, 83, "1:23"),
        ("#story&t=83s", {}, 83, "1:23"),
        ("", {"start": "1:05"}, 65, "1:05"),
        ("", {"start": "65"}, 65, "1:05"),
        ("#t=83", {"start": "1:05"}, 83, "1:23"),
    ],
)
def test_it_starts_where_the_link_or_the_page_says(
    stage_in_chromium: Stage, fragment: str, attributes: dict[str, str], start: float, shown: str
) -> None:
    stage = stage_in_chromium
    tell(stage, duration=228)
    stage.open(river(stage, media="river", **attributes), fragment=fragment)
    stage.until(f"spy.clock() === '{shown} / 3:48'")
    assert stage.media_requests("mp3") == [], "nothing is fetched for that"
    stage.play()
    stage.until(f"!spy.media().paused && spy.media().currentTime > {start} + 0.3")
    played = "spy.heard.filter(({ type }) => type === 'playing' || type === 'timeupdate').map(({ time }) => time)"
    assert min(stage.evaluate(played)) == pytest.approx(start, abs=0.5), "and nothing before it was heard"


def test_a_link_to_a_part_stops_at_its_end(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.open(river(stage), fragment="#t=10,12")
    stage.until("spy.clock().startsWith('0:10')")
    stage.play()
    stage.until("!spy.media().paused && spy.media().currentTime > 10.2")
    stage.until("spy.media().paused")
    assert 12 <= stage.evaluate("spy.media().currentTime") < 13.5
    stage.play()
    stage.until("!spy.media().paused && spy.media().currentTime > 13.6")  # who wants to hear on may


def test_a_persian_page_has_its_own_digits(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    tell(stage, duration=228)
    stage.open(
        river(stage, media="river", start="1:05") + stage.video("tone.mp4", media="river"), lang="fa", direction="rtl"
    )
    stage.until("spy.clock() === '۱:۰۵ / ۳:۴۸'")
    stage.until("spy.text(1).includes('۳:۴۸')")
    assert not re.search(r"[0-9]", stage.text(0) + stage.text(1))
    stage.until("spy.find('.timeline').getAttribute('aria-valuetext').includes('۴۸')")


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("1:05", "1 minute 5 seconds of 3 minutes 48 seconds"),
        ("2", "2 seconds of 3 minutes 48 seconds"),
        ("2:00", "2 minutes of 3 minutes 48 seconds"),
    ],
)
def test_times_are_spoken_in_words(stage_in_chromium: Stage, start: str, words: str) -> None:
    stage = stage_in_chromium
    tell(stage, duration=228)
    stage.open(river(stage, media="river", start=start))
    stage.until(f"spy.find('.timeline').getAttribute('aria-valuetext') === '{words}'")
    assert stage.evaluate("spy.find('.timeline').ariaValueMax") == "228"
