"""What a reader is told, and what is asked of whom, in each state of the player; in Chromium."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.browser.backend import SILENCE
from tests.browser.stage import Stage

START = datetime(2026, 11, 22, tzinfo=UTC)
NONE = "No media source currently available"


@pytest.fixture
def stage(stage_in_chromium: Stage) -> Stage:
    return stage_in_chromium


def tell(stage: Stage, *sources: dict[str, Any], **fields: Any) -> None:
    """What the server knows of the item "river"."""
    manifest = {"id": "river", "kind": "audio", "title": "The river", "duration": 228, "lifecycle": "published"}
    stage.backend.tell("river", {**manifest, "sources": list(sources), "retry_after": 60, **fields})


# -- before play


def test_an_idle_page_asks_for_no_media(stage: Stage) -> None:
    tell(stage, stage.source("tone.mp3", state="available"))
    stage.open(stage.audio("tone.mp3", media="river") + stage.video("tone.mp4"))
    stage.until("spy.clock() === '0:00 / 3:48'")
    assert stage.media_requests() == []
    stage.tab.click(".play")
    stage.until_playing("tone.mp3")
    assert stage.media_requests("tone.mp4") == []


def test_the_duration_is_there_before_anything_is_loaded(stage: Stage) -> None:
    tell(stage, stage.source("first-light.mp4"), kind="video", duration=84)
    stage.open(stage.video("first-light.mp4", media="river"))
    stage.until_text("Watch 1:24")
    assert stage.media_requests() == []


def test_an_unknown_duration_is_blank_and_never_zero(stage: Stage) -> None:
    stage.open(stage.audio("tone.mp3") + stage.video("tone.mp4"))
    assert stage.evaluate("spy.clock()") == "0:00"
    assert stage.text(1) == "Play"


def test_what_the_server_holds_dead_is_told_before_play_and_never_asked_for(stage: Stage) -> None:
    tell(stage, stage.dead("tone.mp3", "not-found"), stage.dead("tone.ogg", "gone"))
    stage.open(stage.audio("tone.mp3", media="river"))
    stage.until_text(NONE)
    stage.until_text("The file is not on the server.")
    assert stage.evaluate("[spy.player().phase, spy.player().reason]") == ["unavailable", "not-found"]
    assert stage.evaluate("spy.shown('.play') || spy.shown('.pill')") is False, "nothing to press that cannot work"
    assert stage.media_requests() == []


def test_a_source_held_dead_is_skipped_for_one_that_is_not(stage: Stage) -> None:
    tell(stage, stage.dead("tone.mp3"), stage.source("tone.ogg", state="available"))
    stage.open(stage.audio("tone.mp3", media="river"))
    stage.play()
    stage.until_playing("tone.ogg")
    assert stage.media_requests("tone.mp3") == []


def test_a_verdict_out_of_date_hides_nothing(stage: Stage) -> None:
    earlier = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    tell(stage, {**stage.dead("tone.mp3"), "fresh_until": earlier})
    stage.open(stage.audio("tone.ogg", media="river"))
    stage.play()
    stage.until_playing("tone.mp3")


def test_a_reader_s_wrong_clock_changes_no_verdict(stage: Stage) -> None:
    """Verdicts are dated by the server's clock; the reader's may be days off."""
    later = (datetime.now(UTC) + timedelta(minutes=2)).isoformat()
    tell(stage, {**stage.dead("tone.mp3"), "fresh_until": later})
    stage.page.clock.set_system_time(datetime.now(UTC) + timedelta(days=3))
    stage.open(stage.audio("tone.mp3", media="river"))
    stage.until_text(NONE)


# -- the dead end and the ways on


def test_the_server_s_reason_is_shown_in_the_reader_s_language(stage: Stage) -> None:
    tell(stage, stage.dead("tone.mp3", "gone"))
    stage.open(stage.audio("tone.mp3", media="river"), lang="fr")
    stage.until("spy.player().phase === 'unavailable'")
    stage.until("spy.text().length > 20")
    assert NONE not in stage.text()
    stage.until("spy.shown('.retry')")


def test_retry_asks_again_and_plays_what_came_back(stage: Stage) -> None:
    tell(stage, stage.dead("tone.mp3"))
    stage.open(stage.audio("tone.mp3", media="river"))
    stage.until_text(NONE)
    asked = stage.backend.asked("river")
    tell(stage, stage.source("tone.mp3", state="available"))
    stage.tab.click(".retry")
    stage.until_playing("tone.mp3")
    assert stage.backend.asked("river") == asked + 1
    assert NONE not in stage.text()


def test_retry_that_finds_nothing_says_so_again(stage: Stage) -> None:
    tell(stage, stage.dead("tone.mp3"))
    stage.open(stage.audio("tone.mp3", media="river"))
    stage.until_text(NONE)
    asked = stage.backend.asked("river")
    stage.tab.click(".retry")
    stage.eventually(lambda: stage.backend.asked("river") > asked)
    stage.until_text(NONE)
    assert stage.evaluate("spy.player().phase") == "unavailable"
    assert stage.media_requests() == []


def test_the_player_asks_again_by_itself_when_the_server_says(stage: Stage) -> None:
    stage.page.clock.install()
    tell(stage, stage.dead("tone.mp3"), retry_after=30)
    stage.open(stage.audio("tone.mp3", media="river"))
    stage.until_text("We will try again automatically.")
    tell(stage, stage.source("tone.mp3", state="available"))
    stage.page.clock.run_for(31_000)
    stage.until("spy.shown('.play')")
    assert stage.evaluate("spy.media().paused") is True, "nobody pressed play"


def test_try_anyway_is_offered_where_the_reason_may_have_passed(stage: Stage) -> None:
    tell(stage, stage.dead("tone.mp3", "timeout", anyway=True))
    stage.open(stage.video("tone.mp3", media="river"))
    stage.until_text("Try anyway")
    stage.page.get_by_role("button", name="Try anyway").click()
    stage.until_playing("tone.mp3")


def test_try_anyway_is_not_offered_where_it_cannot_help(stage: Stage) -> None:
    tell(stage, stage.dead("tone.mp3", "not-found"))
    stage.open(stage.video("tone.mp3", media="river"))
    stage.until_text("The file is not on the server.")
    assert "Try anyway" not in stage.text()


def test_downloads_that_work_are_offered_and_those_that_do_not_are_not(stage: Stage) -> None:
    playable = stage.source("whole.flv", type="video/x-flv", state="available", size=3_600_000)
    tell(stage, stage.dead("tone.mp4"), playable, kind="video")
    stage.open(stage.video("tone.mp4", media="river"))
    stage.until_text("FLV, 3.6 MB")
    links = stage.evaluate(
        "[...spy.player().shadowRoot.querySelectorAll('a')].map(({ href, download }) => [href, download])"
    )
    assert [href for href, _ in links] == [stage.url("whole.flv")]


def test_the_transcript_is_offered(stage: Stage) -> None:
    tell(stage, stage.dead("tone.mp4"), kind="video", transcript=stage.url("first-light.html"))
    stage.open(stage.video("tone.mp4", media="river"))
    stage.until_text("Read the transcript")
    assert stage.page.get_by_role("link", name="Read the transcript").get_attribute("href") == stage.url(
        "first-light.html"
    )


def test_a_source_that_nobody_catalogued_says_so_soon(stage: Stage) -> None:
    stage.page.clock.install(time=START)
    stage.open(stage.audio("~404/tone.mp3"))
    stage.page.clock.pause_at(START + timedelta(hours=1))
    stage.play()
    # A second of the page's own clock at most, which this test turns: a slow machine changes nothing.
    stage.eventually(lambda: bool(stage.page.clock.run_for(2) or NONE in stage.text()))
    assert NONE in stage.text()
    assert stage.evaluate("Date.now()") < (START + timedelta(hours=1, seconds=1)).timestamp() * 1000
    assert stage.evaluate("spy.player().phase") == "failed"
    assert "Please wait" not in stage.text()


def test_a_sound_verdict_that_was_wrong_is_told_too(stage: Stage) -> None:
    tell(stage, stage.source("~404/tone.mp3", state="available"))
    stage.open(stage.audio("tone.mp3", media="river"))
    stage.play()
    stage.until_text(NONE)


# -- please wait


def test_please_wait_is_said_only_after_a_while(stage: Stage) -> None:
    """By the page's own clock, which stands still unless this test moves it."""
    stage.page.clock.install(time=START)
    stage.open(stage.video("~tarpit/tone.mp4"))
    stage.page.clock.pause_at(START + timedelta(hours=1))
    stage.play()
    stage.until("spy.player().phase === 'loading'")
    stage.page.clock.run_for(240)
    assert stage.evaluate("spy.waits()") is False
    stage.page.clock.run_for(20)
    stage.until_text("Please wait")


def test_please_wait_can_be_given_up(stage: Stage) -> None:
    stage.open(stage.video("~tarpit/tone.mp4"))
    stage.play()
    stage.until_text("Please wait")
    stage.play()
    stage.until("!spy.waits()")
    assert stage.evaluate("spy.media().paused") is True


# -- the server is no help


@pytest.mark.parametrize("trouble", ["silence", "500", "404", "not JSON", "gone"])
def test_without_the_server_the_page_plays_what_its_markup_names(stage: Stage, trouble: str) -> None:
    if trouble == "silence":
        stage.backend.tell("river", SILENCE)
    elif trouble == "not JSON":
        stage.backend.tell("river", "Welcome to our hotel's network")
    elif trouble == "gone":
        stage.page.route("**/media/river", lambda route: route.abort("connectionrefused"))
    else:
        stage.backend.tell("river", status=int(trouble))
    stage.open(stage.audio("tone.mp3", media="river"))
    stage.play()
    stage.until_playing("tone.mp3")


def test_without_its_other_files_the_player_still_plays(stage: Stage) -> None:
    stage.page.route("**/assets/**", lambda route: route.abort("connectionrefused"))
    stage.open(stage.audio("~404/tone.mp3", "tone.ogg"))
    stage.play()
    stage.until_playing("tone.ogg")


# -- the item's life


def test_what_was_taken_down_plays_nowhere(stage: Stage) -> None:
    stage.backend.tell("river", {"status": 410, "reason": "removed", "lifecycle": "removed", "sources": []}, status=410)
    stage.open(stage.audio("tone.mp3", media="river"))
    stage.until_text("This was taken down.")
    assert stage.media_requests() == []
    assert stage.evaluate("spy.player().reason") == "removed"


def test_what_has_expired_says_so(stage: Stage) -> None:
    tell(stage, lifecycle="expired")
    stage.open(stage.audio("tone.mp3", media="river"))
    stage.until_text("This is no longer available.")
    assert stage.media_requests() == []


def test_what_is_yet_to_come_says_when_and_starts_then(stage: Stage) -> None:
    stage.page.clock.install()
    tell(stage, lifecycle="scheduled", starts_at="2030-05-06T07:08:00Z", retry_after=20)
    stage.open(stage.audio("tone.mp3", media="river"))
    stage.until_text("This starts May 6, 2030")
    tell(stage, stage.source("tone.mp3", state="available"))
    stage.page.clock.run_for(21_000)
    stage.until("spy.shown('.play')")
    stage.play()
    stage.until_playing("tone.mp3")


# -- autoplay


def test_blocked_autoplay_is_an_offer_and_not_an_error(stage: Stage) -> None:
    stage.open(stage.video("tone.mp4", autoplay=True))
    stage.until("spy.player().phase === 'ready' && spy.media().paused")
    assert "Please wait" not in stage.text()
    assert NONE not in stage.text()
    stage.tab.click(".play")
    stage.until_playing("tone.mp4")
