"""The QA pages in a browser: every state, reason, language and direction is shown, and faults are real."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from player import files
from player.probe.reasons import REASONS, State
from tests.browser.engines import PlaywrightEngine
from tests.stage import Demo, run_demo

I18N = files.static() / "js" / "i18n"
PROBED = 60_000  # ms: the monitor has nearly forty sources to go through, on a machine that has other work

STATES = {
    # state of the gallery: (phase, what the reader is told)
    "idle": ("idle", "1:24"),
    "checking": ("checking", "Please wait"),
    "loading": ("loading", "Please wait"),
    "playing": ("ready", None),
    "paused": ("ready", None),
    "buffering": ("ready", "Please wait"),
    "muted": ("ready", None),
    "ended": ("ready", None),
    "unavailable": ("unavailable", "No media source currently available"),
    "failed": ("failed", "No media source currently available"),
    "scheduled": ("unavailable", "No media source currently available"),
    "expired": ("unavailable", "No media source currently available"),
    "removed": ("unavailable", "No media source currently available"),
}


def words(language: str) -> dict[str, str]:
    """The messages of a language, reasons and all, flat."""
    return dict(re.findall(r'^ +"([^"]+)": "((?:[^"\\]|\\.)*)"', (I18N / f"{language}.js").read_text("utf-8"), re.M))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with run_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture
def page(chromium: PlaywrightEngine) -> Iterator[Page]:
    tab = chromium.tab(viewport={"width": 1280, "height": 900})
    tab.page.add_init_script(
        "addEventListener('securitypolicyviolation', (event) => console.error('policy', event.violatedDirective))"
    )
    yield tab.page
    # Dead items are asked about, and their status is an error by design.
    assert [error for error in tab.errors if "Failed to load resource" not in error] == []
    tab.close()


def show(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("html[data-ready]")


def state_of(page: Page, name: str) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(
        """(name) => {
          const { phase, reason } = document.querySelector(`[data-name="${name}"] steady-player`);
          return { phase, reason };
        }""",
        name,
    )
    return found


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_every_state_is_shown(demo: Demo, page: Page, kind: str) -> None:
    show(page, f"{demo.player}/demo/")
    assert page.locator(f".grid.{kind} > .tile").count() == len(STATES)
    for name, (phase, told) in STATES.items():
        tile = page.locator(f'[data-name="{kind} {name}"]')
        tile.scroll_into_view_if_needed()
        page.wait_for_function(
            "([name, phase]) => document.querySelector(`[data-name='${name}'] steady-player`).phase === phase",
            arg=[f"{kind} {name}", phase],
        )
        # Audio says that it waits by its button; a button's words are for those who do not see the ring.
        if told and (kind == "video" or phase in ("unavailable", "failed")):
            expect(tile.locator("steady-player")).to_contain_text(told)
        if kind == "video" and phase == "ready":
            expect(tile.locator(".bar")).to_be_visible()
            expect(tile.locator(".pill")).to_be_visible(visible=name == "buffering")


def test_please_wait_stands_over_the_controls_and_not_among_them(demo: Demo, page: Page) -> None:
    show(page, f"{demo.player}/demo/?state=buffering")
    pill, row = page.locator(".pill"), page.locator(".bar .row")
    expect(pill).to_contain_text("Please wait")
    expect(page.get_by_label("Requests of this page")).to_contain_text("more.js")  # what comes later has come
    expect(row).to_be_visible()
    above, below = pill.bounding_box(), row.bounding_box()
    assert above and below and above["y"] + above["height"] <= below["y"]


def test_every_reason_has_its_sentence(demo: Demo, page: Page) -> None:
    show(page, f"{demo.player}/demo/reasons")
    sentences = words("en")
    told = {reason.tells: reason.state for reason in REASONS.values() if reason.tells}
    for code, state in told.items():
        tile = page.locator(f'[data-name="reason {code}"]')
        expect(tile).to_have_count(1)
        tile.scroll_into_view_if_needed()
        if state is State.UNAVAILABLE and code in sentences:
            expect(tile.locator("steady-player")).to_contain_text(sentences[code])


def test_every_language_speaks_in_its_direction(demo: Demo, page: Page) -> None:
    show(page, f"{demo.player}/demo/languages")
    languages = {path.stem for path in I18N.glob("*.js")} - {"messages"}
    assert page.locator(".tile").count() == len(languages)
    for language in ("en", "fr", "fa", "ar"):
        tile = page.locator(f'[data-name="language {language}"]')
        tile.scroll_into_view_if_needed()
        expect(tile.locator("steady-player")).to_contain_text(words(language)["none"])
        expect(tile.locator(".frame")).to_have_attribute("dir", "rtl" if language in ("fa", "ar") else "ltr")


def test_a_state_is_forced_by_address(demo: Demo, page: Page) -> None:
    where = "state=failed&reason=decode&lang=fa&dir=ltr&kind=audio&scheme=dark&width=320"
    show(page, f"{demo.player}/demo/?{where}")
    frame = page.locator('[data-name="alone"] .frame')
    expect(frame).to_have_attribute("dir", "ltr")
    expect(frame).to_have_css("color-scheme", "dark")
    expect(frame).to_have_css("width", "320px")
    expect(frame.locator("audio")).to_have_count(1)
    expect(frame.locator("steady-player")).to_contain_text(words("fa")["none"])
    assert state_of(page, "alone") == {"phase": "failed", "reason": "decode"}
    # The choices say what is shown, and what happened is told.
    expect(page.locator("select[name=reason]")).to_have_value("decode")
    expect(page.locator("select[name=width]")).to_have_value("320")
    expect(page.get_by_label("Events")).to_contain_text("steady-phasefailed, decode")
    expect(page.get_by_label("Requests of this page")).to_contain_text("/media/river-crossing")


def test_a_choice_changes_the_address(demo: Demo, page: Page) -> None:
    show(page, f"{demo.player}/demo/?state=unavailable")
    page.select_option("select[name=reason]", "timeout")
    page.wait_for_url("**reason=timeout**")
    page.wait_for_selector("html[data-ready]")
    page.wait_for_function("document.querySelector('steady-player').reason === 'timeout'")
    assert "state=unavailable" in page.url


def test_dead_items_are_dead_without_being_tried(demo: Demo, page: Page) -> None:
    chip = page.locator('[data-name="item dead-not-found"] .chip')
    show(page, f"{demo.player}/demo/live")
    expect(chip).to_have_text("unavailable, not-found", timeout=PROBED)
    show(page, f"{demo.player}/demo/live")
    tile = page.locator('[data-name="item dead-not-found"] steady-player')
    tile.scroll_into_view_if_needed()
    expect(tile).to_contain_text(words("en")["not-found"])
    expect(page.locator('[data-name="item second-choice"] steady-player')).not_to_contain_text(words("en")["none"])


def test_a_fault_is_switched_by_a_button_and_seen_by_the_endpoint(demo: Demo, page: Page) -> None:
    show(page, f"{demo.player}/demo/faults?item=river-crossing-fa")
    verdict = page.locator(".card > .verdict")
    expect(verdict).to_contain_text("available", timeout=PROBED)
    rows = page.locator(".sources > li")
    expect(rows).to_have_count(2)
    for row in (rows.nth(0), rows.nth(1)):
        row.get_by_role("button", name="404", exact=True).click()
        expect(row.get_by_role("button", name="404", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Probe now").click()
    expect(verdict).to_contain_text("not-found", timeout=PROBED)
    expect(verdict).to_contain_text("HTTP 503")
    expect(page.get_by_label("Events")).to_contain_text("endpointunavailable, not-found")
    expect(page.get_by_label("The media origin was asked for")).to_contain_text("404")
    page.get_by_role("button", name="Mend everything").click()
    expect(verdict).to_contain_text("playable", timeout=PROBED)
    expect(rows.nth(0).get_by_role("button", name="404", exact=True)).to_have_attribute("aria-pressed", "false")


def test_a_film_goes_on_from_its_next_source_when_this_one_falls_silent(demo: Demo, page: Page) -> None:
    show(page, f"{demo.player}/demo/faults?item=river-crossing-video")
    expect(page.locator(".card > .verdict")).to_contain_text("available", timeout=PROBED)
    first = page.locator(".sources > li").first
    first.get_by_role("button", name="Trickle").click()
    expect(first.get_by_role("button", name="Trickle")).to_have_attribute("aria-pressed", "true")
    page.locator(".pill").click()
    events = page.get_by_label("Events")
    expect(events.get_by_text("playing", exact=True)).to_have_count(1, timeout=PROBED)
    first.get_by_role("button", name="Stall").click()
    expect(events).to_contain_text("/first-light.webm", timeout=PROBED)
    # A source that only trickles may have been left for the other one before it fell silent.
    page.wait_for_function(
        """() => {
          const film = document.querySelector('steady-player video');
          return film.currentSrc.endsWith('/first-light.webm') && !film.paused && film.currentTime > 0.5;
        }""",
        timeout=PROBED,
    )
    page.get_by_role("button", name="Mend everything").click()
    expect(page.locator(".card > .verdict")).to_contain_text("playable", timeout=PROBED)


@pytest.mark.parametrize("path", ["/", "/fa", "/?bare", "/fa?bare"])
def test_the_article_bears_its_policy(demo: Demo, page: Page, path: str) -> None:
    page.goto(demo.article + path)
    page.wait_for_function(
        """() => {
          const players = [...document.querySelectorAll('steady-player')];
          return players.length === 3 && players.every(({ shadowRoot, phase }) => shadowRoot && phase === 'idle');
        }"""
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 64 * location.search.length")


def test_the_film_stays_as_wide_as_its_place_when_it_plays(demo: Demo, page: Page) -> None:
    """The poster is 1280 pixels wide, the film 640, the place 960: only the place counts."""
    page.goto(demo.article)
    film = page.locator("steady-player", has=page.locator("video"))
    film.locator(".pill").click()
    expect(film).to_have_js_property("phase", "ready")
    for element in (film, film.locator("video")):
        expect(element).to_have_css("width", "960px")
