"""An article stays an article: it plays without JavaScript, and nothing of the player's is taken for the story."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import trafilatura
from playwright.sync_api import Page
from readability import Document

from player import files
from tests.browser.engines import PlaywrightEngine, PlaywrightTab
from tests.stage import Demo, run_demo

STORY = "Nobody ran. Forty people had been waiting behind the rope"
UPGRADED = """(() => {
  const players = [...document.querySelectorAll('steady-player')];
  return players.length === 3 && players.every(({ shadowRoot }) => shadowRoot?.querySelector('[role=region] button'));
})()"""
DEAD_END = "No media source currently available"


def messages() -> list[str]:
    """All that the player may say in English; of what has gaps, the pieces. What is shorter may be anybody's word."""
    source = (files.static() / "js" / "i18n" / "en.js").read_text("utf-8")
    said = re.findall(r'^ +"[^"]+": "((?:[^"\\]|\\.)*)"', source, re.MULTILINE)
    return [piece.strip() for text in said for piece in re.split(r"\{\w+\}", text) if len(piece.strip()) > 6]


def test_the_messages_are_found() -> None:
    assert {DEAD_END, "Please wait", "The file is not on the server."} <= set(messages())
    assert len(messages()) > 50


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def assert_is_the_story_alone(html: str) -> None:
    """As those take it who read the page for its text: search engines, reader modes, archives."""
    extracts = {
        "trafilatura": trafilatura.extract(html) or "",
        "trafilatura, for all it can get": trafilatura.extract(html, favor_recall=True, include_comments=True) or "",
        "readability": plain(Document(html).summary()),
        "the markup itself": html,
    }
    for reader, text in extracts.items():
        assert STORY in text, f"{reader} does not find the story"
        assert [said for said in messages() if said in text] == [], reader


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with run_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


@pytest.fixture
def tab(chromium: PlaywrightEngine) -> Iterator[PlaywrightTab]:
    new = chromium.tab()
    new.page.add_init_script(
        """window.violations = [];
        addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
          // Browsers ask for the site's icon of their own accord.
          if (!blockedURI.endsWith('/favicon.ico')) violations.push(`${effectiveDirective} ${blockedURI}`);
        });"""
    )
    yield new
    new.close()


@pytest.fixture
def unscripted(chromium: PlaywrightEngine) -> Iterator[PlaywrightTab]:
    new = chromium.tab(java_script_enabled=False)
    yield new
    new.close()


def read(tab: PlaywrightTab, address: str) -> Page:
    """Open it, and wait until every player has taken over."""
    tab.open(address)
    tab.evaluate_until(UPGRADED)
    return tab.page


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_without_javascript_it_plays_by_native_controls(demo: Demo, unscripted: PlaywrightTab, kind: str) -> None:
    unscripted.open(demo.article)
    media = unscripted.page.locator(kind)
    assert media.get_attribute("controls") is not None
    box = media.bounding_box()
    assert box and box["width"] >= 300 and box["height"] >= 54
    if kind == "audio":
        media.click(position={"x": 27, "y": 27})  # where Chromium's button stands
    else:
        media.press("Space")
    unscripted.evaluate_until(f"document.querySelector('{kind}').currentTime > 0.3", 20)
    assert media.evaluate("(media) => !media.paused")


def test_without_javascript_it_is_the_story_alone(demo: Demo, unscripted: PlaywrightTab) -> None:
    answer = unscripted.page.goto(demo.article)
    assert answer
    assert_is_the_story_alone(answer.text())
    assert_is_the_story_alone(unscripted.page.content())


def test_with_javascript_it_is_the_story_alone(demo: Demo, tab: PlaywrightTab) -> None:
    page = read(tab, demo.article)
    assert_is_the_story_alone(page.content())
    page.locator("steady-player .play").first.click()
    tab.evaluate_until("document.querySelector('audio').currentTime > 0.2")
    page.locator("steady-player .more").first.click()
    page.locator("steady-player .menu").wait_for()
    assert_is_the_story_alone(page.content())


def test_a_dead_end_is_the_story_alone(demo: Demo, tab: PlaywrightTab) -> None:
    tab.page.route(f"{demo.media}/*.mp*", lambda route: route.abort())
    tab.page.route(f"{demo.media}/*.m4a", lambda route: route.abort())
    page = read(tab, demo.article)
    page.locator("steady-player .play").first.click()
    page.get_by_text(DEAD_END).wait_for()
    assert_is_the_story_alone(page.content())
    assert DEAD_END not in page.evaluate("document.body.textContent")


def test_no_text_of_the_player_s_stands_in_the_document(demo: Demo, tab: PlaywrightTab) -> None:
    page = read(tab, demo.article)
    page.locator("steady-player .pill").click()
    tab.evaluate_until("document.querySelector('video').currentTime > 0.2")
    assert page.evaluate(
        """() => [...document.querySelectorAll('steady-player')].flatMap((player) => {
          const walker = document.createTreeWalker(player, NodeFilter.SHOW_TEXT);
          const texts = [];
          while (walker.nextNode()) texts.push(walker.currentNode.data.trim());
          return texts.filter(Boolean);
        })"""
    ) == []  # fmt: skip
    names = "[...document.querySelectorAll('steady-player, steady-player *')].flatMap((e) => e.getAttributeNames())"
    assert not {"title", "aria-label", "aria-description", "alt"} & set(page.evaluate(names))


@pytest.mark.parametrize("path", ["/", "/?bare", "/fa"])
def test_the_article_s_policy_is_kept(demo: Demo, tab: PlaywrightTab, path: str) -> None:
    page = read(tab, demo.article + path)
    page.locator("steady-player .pill").click()
    tab.evaluate_until("document.querySelector('video').currentTime > 0.5")
    page.locator("steady-player").filter(has=page.locator("video")).locator(".more").click()
    page.locator("steady-player .menu").wait_for()
    page.keyboard.press("Escape")
    page.locator("steady-player .play").first.click()
    tab.evaluate_until("document.querySelector('audio').currentTime > 0.5")
    assert page.evaluate("violations") == []
    page.evaluate("document.querySelector('h1').setAttribute('style', 'color: red')")
    tab.evaluate_until("violations.some((said) => said.startsWith('style-src'))")  # and they would have been heard


def test_bare_the_player_is_dressed_all_the_same(demo: Demo, tab: PlaywrightTab) -> None:
    page = read(tab, f"{demo.article}/?bare")
    pill = page.locator("steady-player .pill")
    look = pill.evaluate("(pill) => ({ radius: getComputedStyle(pill).borderRadius, height: pill.offsetHeight })")
    assert look == {"radius": "24px", "height": 48}
