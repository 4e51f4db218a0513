"""axe-core finds nothing: before play, playing, in every section of the menu, at a dead end."""

from __future__ import annotations

import pytest

from tests.browser.axe import violations
from tests.browser.stage import Stage


def film(stage: Stage) -> str:
    sources = [
        stage.source("first-light.mp4", type="video/mp4", height=720, bitrate=2_500_000),
        stage.source("first-light.webm", type="video/webm", height=360, bitrate=700_000),
    ]
    tracks = [
        {"src": stage.url("first-light.en.vtt"), "kind": "captions", "srclang": "en", "label": "English"},
        {"src": stage.url("first-light.chapters.vtt"), "kind": "chapters", "srclang": "en"},
    ]
    stage.backend.tell("film", {"kind": "video", "duration": 84, "sources": sources, "tracks": tracks})
    return (
        '<steady-player media="film"><video controls preload="none" width="640" height="360"></video></steady-player>'
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_found_in_any_state_of_the_menu(stage_in_chromium: Stage, scheme: str) -> None:
    stage = stage_in_chromium
    stage.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    stage.open(film(stage))
    assert violations(stage) == [], "before play"
    stage.play()
    stage.until_playing()
    assert violations(stage) == [], "playing"
    stage.evaluate("spy.player().pause()")
    stage.until("spy.media().paused && spy.find('.tip')")
    stage.page.locator(".more").click()
    stage.page.locator(".menu").wait_for()
    heads = stage.page.locator(".menu .head")
    assert heads.count() >= 3
    assert violations(stage) == [], "the menu"
    names = [str(head.text_content()) for head in heads.all()]
    for at, name in enumerate(names):
        heads.nth(at).click()
        assert violations(stage) == [], name
        heads.nth(at).click()
    assert [name.removesuffix("720p").removesuffix("Auto · ") for name in names][:2] == ["Caption style", "Quality"]


def test_nothing_is_found_at_a_dead_end(stage_in_chromium: Stage) -> None:
    stage = stage_in_chromium
    stage.backend.tell("film", {"kind": "audio", "duration": 84, "sources": [stage.dead("tone.mp3", anyway=True)]})
    stage.open('<steady-player media="film"><audio controls preload="none"></audio></steady-player>')
    stage.until("spy.player().phase === 'unavailable'")
    stage.until("spy.text().includes('again')")
    assert violations(stage) == []
    # It would have been: the same buttons without their names.
    nameless = "(button) => { button.replaceChildren(); button.removeAttribute('aria-label'); }"
    stage.evaluate(f"spy.player().shadowRoot.querySelectorAll('button').forEach({nameless})")
    assert any(line.startswith("button-name") for line in violations(stage))
