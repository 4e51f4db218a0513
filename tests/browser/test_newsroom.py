"""The newsroom's page in a real browser: it lives, on a phone, by the keyboard, in the dark."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import expect

from player.web import events
from tests.browser.axe import violations
from tests.browser.engines import PlaywrightEngine, PlaywrightTab
from tests.held import clip, tell
from tests.servers import PlayerServer

Start = Callable[..., PlayerServer]


@pytest.fixture
def server(player_server: Start) -> PlayerServer:
    started = player_server([clip("one", lang="fa", title="گذر از رودخانه"), *(clip(f"item-{n}") for n in range(12))])
    for item in started.catalogue.all():
        tell(started.app.extensions["steady-player"].history, item.id, "playable")
    return started


@pytest.fixture
def page(chromium: PlaywrightEngine, server: PlayerServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    # The places of pages that are closed come back only when something is told.
    monkeypatch.setattr(events, "_places", threading.BoundedSemaphore(events.STREAMS))
    tab = chromium.tab()
    assert isinstance(tab, PlaywrightTab)
    problems: list[str] = []
    tab.page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    tab.page.on("pageerror", lambda error: problems.append(str(error)))
    tab.page.goto(f"{server.url}/dashboard")
    yield tab.page
    assert problems == []
    tab.close()


def test_a_death_and_a_mending_appear_by_themselves(page: Any, server: PlayerServer) -> None:
    history = server.app.extensions["steady-player"].history
    expect(page.locator("h1")).to_have_text("No item is known to be dead")
    tell(history, "one", "gone")
    expect(page.locator("h1")).to_have_text("1 of 13 items cannot be played", timeout=20_000)
    expect(page.locator(".troubles li")).to_contain_text("گذر از رودخانه")
    expect(page).to_have_title("1 dead · Media health")
    tell(history, "one", "playable")
    expect(page.locator("h1")).to_have_text("No item is known to be dead", timeout=20_000)
    expect(page.locator(".past li")).to_contain_text("gone")


def test_nothing_is_taken_from_under_the_focus(page: Any, server: PlayerServer) -> None:
    page.locator(".counts a").first.focus()
    page.locator("input[type=search]").fill("ite")
    tell(server.app.extensions["steady-player"].history, "one", "gone")
    expect(page.locator(".troubles li")).to_have_count(1, timeout=20_000)
    expect(page.locator("input[type=search]")).to_have_value("ite")
    expect(page.locator("input[type=search]")).to_be_focused()


def test_the_keyboard_reaches_the_items_and_the_search(page: Any) -> None:
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("input[type=search]")).to_be_focused()
    page.keyboard.type("item-1")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=item-1**")
    expect(page.locator("tbody tr")).to_have_count(3)


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_nothing_sticks_out(page: Any, server: PlayerServer, width: int, direction: str) -> None:
    tell(server.app.extensions["steady-player"].history, "one", "gone")
    page.set_viewport_size({"width": width, "height": 800})
    page.reload()
    page.locator("html").evaluate("(html, direction) => { html.dir = direction }", direction)
    wide = page.locator("html").evaluate(
        """html => [...document.querySelectorAll('main :not(thead, thead *)')]
            .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)
            .map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert wide == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(page: Any, server: PlayerServer, scheme: str) -> None:
    """Contrast of 4.5 at the least (WCAG 2.2, 1.4.3)."""
    tell(server.app.extensions["steady-player"].history, "one", "gone")
    page.emulate_media(color_scheme=scheme)
    page.reload()
    poor = page.locator("body").evaluate(
        """body => {
          const light = (colour) => {
            const [r, g, b] = colour.match(/[\\d.]+/g).map((x) => {
              const c = +x / 255;
              return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const ground = (node) => {
            for (; node; node = node.parentElement) {
              const { backgroundColor } = getComputedStyle(node);
              if (!/, 0\\)$/.test(backgroundColor)) return backgroundColor;
            }
            return 'rgb(255, 255, 255)';
          };
          const found = [];
          const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
          for (let text; (text = walker.nextNode()); ) {
            const { parentElement } = text;
            if (!text.data.trim() || parentElement.matches('script, meter')) continue;
            const [a, b] = [light(getComputedStyle(parentElement).color), light(ground(parentElement))];
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < 4.5) found.push([text.data.trim(), ratio]);
          }
          return found;
        }"""
    )
    assert poor == []


@pytest.mark.parametrize(("scheme", "lang"), [("light", "en"), ("dark", "fa")])
def test_axe_finds_nothing_to_mend(page: Any, server: PlayerServer, scheme: str, lang: str) -> None:
    tell(server.app.extensions["steady-player"].history, "one", "gone")
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{server.url}/dashboard?lang={lang}&q=one")
    expect(page.locator("html")).to_have_attribute("dir", {"en": "ltr", "fa": "rtl"}[lang])
    assert violations(SimpleNamespace(page=page), "html") == []  # type: ignore[arg-type]
