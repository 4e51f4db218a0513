"""Where a test plays: an article on one origin, the player on another, the media on a third, under a strict policy.

A plugin with the fixtures `stage` (in each engine in turn) and `stage_in_chromium`:

    def test_it_plays(stage):
        stage.open(stage.audio("tone.mp3"))
        stage.tab.click(".play")
        stage.until("spy.media().currentTime > 0.5")

`spy` is `spy.js`: what a reader would see and hear.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.origin import RunningOrigin, run_origin
from player.files import demo
from tests.browser.backend import Backend, run_backend
from tests.browser.engines import PlaywrightEngine, PlaywrightTab
from tests.browser.tab import Engine, Tab
from tests.servers import ArticleServer, run_article_server

SPY = Path(__file__).with_name("spy.js").read_text()
FOREVER = "2099-01-01T00:00:00Z"


@dataclass(slots=True)
class Servers:
    backend: Backend
    media: RunningOrigin
    article: ArticleServer


class Stage:
    """One test's view of the servers, with a tab. Addresses of media are the origin's, by the names of its files."""

    def __init__(self, servers: Servers, tab: Tab) -> None:
        self.backend, self.media, self.article = servers.backend, servers.media, servers.article
        self.tab = tab
        self._earlier = max((entry["n"] for entry in self.media.requests), default=-1)
        self.backend.answers.clear()
        self.backend.requests.clear()
        self.media.clear()
        self.player = self.backend.url  # the origin that the script comes from
        self._media = [f"http://127.0.0.1:{self.media.port}"]
        self._engines = False

    @property
    def page(self) -> Any:
        """Playwright's page, where there is one."""
        assert isinstance(self.tab, PlaywrightTab)
        return self.tab.page

    # -- what stands in the article

    def audio(self, *names: str, **attributes: str | bool) -> str:
        """A tag around an `<audio>`. Names are `clip.mp3` or `~fault/clip.mp3`; the rest goes to the tag."""
        return self._tag("audio", names, attributes)

    def video(self, *names: str, inside: str = "", **attributes: str | bool) -> str:
        return self._tag("video", names, attributes, 'width="320" height="180" playsinline', inside)

    def _tag(
        self, kind: str, names: Sequence[str], attributes: dict[str, str | bool], own: str = "", inside: str = ""
    ) -> str:
        sources = "".join(f'<source src="{self.url(name)}">' for name in names)
        return (
            f"<steady-player{_attributes(attributes)}>"
            f'<{kind} controls preload="none" {own}>{sources}{inside}</{kind}></steady-player>'
        )

    @property
    def script(self) -> str:
        return f'<script async src="{self.player}/embed.js"></script>'

    def url(self, name: str) -> str:
        return name if "://" in name else f"http://127.0.0.1:{self.media.port}/{name}"

    def source(self, name: str, **fields: Any) -> dict[str, Any]:
        return {"src": self.url(name), **fields}

    def dead(self, name: str, reason: str = "not-found", **fields: Any) -> dict[str, Any]:
        """A source that the server holds to be unavailable."""
        return self.source(name, state="unavailable", reason=reason, fresh_until=FOREVER, **fields)

    # -- the article itself

    def policy(self) -> str:
        media = " ".join(self._media)
        connect, blob = (f" {media}", " blob:") if self._engines else ("", "")
        return (
            f"default-src 'none'; script-src {self.player} {self.article.url}/spy.js; "
            f"connect-src {self.player}{connect}; media-src {media}{blob}; img-src {media}; "
            "require-trusted-types-for 'script'"
        )

    def allow_engines(self) -> None:
        """Let the policy allow what playing streams by an engine needs, and no more."""
        self._engines = True

    def also_media_from(self, origin: str) -> None:
        """Let the policy allow media of this origin too."""
        self._media.append(origin)

    def publish(
        self, body: str, *, lang: str = "en", direction: str = "ltr", head: str = "", script: bool = True
    ) -> str:
        self.article.pages["/spy.js"] = (SPY.encode(), {"Content-Type": "text/javascript; charset=utf-8"})
        html = (
            f'<!doctype html><html lang="{lang}" dir="{direction}"><meta charset="utf-8"><title>The river</title>'
            f'<script src="/spy.js"></script>{head}<article><h1>The river</h1>{body}</article>'
            f"{self.script if script else ''}"
        )
        return self.article.publish(html, csp=self.policy())

    def open(self, body: str, *, fragment: str = "", wait: bool = True, **page: Any) -> None:
        """Go there, and wait until every player of the page has taken over."""
        self.tab.open(self.publish(body, **page) + fragment)
        if wait:
            self.until("spy.player() && [...document.querySelectorAll('steady-player')].every(spy.upgraded)")

    def play(self) -> None:
        """Press the first player's play control."""
        self.tab.click(".pill, .play")

    # -- what can be noticed

    def until(self, expression: str, timeout: float = 20) -> Any:
        return self.tab.evaluate_until(expression, timeout)

    def evaluate(self, expression: str) -> Any:
        return self.tab.evaluate(expression)

    def eventually(self, holds: Callable[[], bool], timeout: float = 20) -> bool:
        """Look again and again until it holds; whether it did in time. For what is not seen in the page."""
        until = time.monotonic() + timeout
        while not (held := holds()) and time.monotonic() < until:
            self.tab.pause(0.05)
        return held

    def until_text(self, text: str, which: int = 0) -> None:
        """Wait until the player shows these words."""
        try:
            self.until(f"spy.text({which}).includes({json.dumps(text)})")
        except AssertionError as error:
            raise AssertionError(f"{text!r} is not in {self.text(which)!r}") from error

    def text(self, which: int = 0) -> str:
        return str(self.evaluate(f"spy.text({which})"))

    def until_playing(self, name: str = "", which: int = 0) -> None:
        """Wait until something is heard, of this file if it is named."""
        media = f"spy.media({which})"
        playing = f"!{media}.paused && {media}.readyState > 2 && {media}.currentTime > 0.2"
        self.until(f"{playing} && {media}.currentSrc.endsWith({json.dumps(name)})")

    def media_requests(self, name: str = "") -> list[dict[str, Any]]:
        """What was asked of the media origin in this test, for paths that end so."""
        entries = [entry for entry in self.media.requests if entry["n"] > self._earlier]
        return [entry for entry in entries if entry["path"].endswith(name)]

    def until_hung_up(self) -> None:
        """Wait until no connection to the media origin is left open. For files that never come to an end."""
        assert self.eventually(lambda: not self.media.connections), f"still fetching: {self.media_requests()}"

    def assert_no_violation(self) -> None:
        """Nothing was blocked by the page's Content-Security-Policy or Trusted Types."""
        assert self.evaluate("spy.violations") == []


def _attributes(attributes: dict[str, str | bool]) -> str:
    return "".join(
        f" {name.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{value}"')
        for name, value in attributes.items()
        if value is not False
    )


@pytest.fixture(scope="session")
def media_root(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's media and the test clips in one folder."""
    root = tmp_path_factory.mktemp("media")
    for file in [*clips.iterdir(), *(demo() / "media").iterdir()]:
        shutil.copy(file, root)
    return root


@pytest.fixture(scope="module")
def servers(media_root: Path) -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(
            stack.enter_context(run_backend()),
            stack.enter_context(run_origin(media_root)),
            stack.enter_context(run_article_server()),
        )


@pytest.fixture
def stage(servers: Servers, engine: Engine) -> Iterator[Stage]:
    tab = engine.tab()
    yield Stage(servers, tab)
    tab.close()


@pytest.fixture
def stage_in_chromium(servers: Servers, chromium: PlaywrightEngine) -> Iterator[Stage]:
    tab = chromium.tab()
    yield Stage(servers, tab)
    tab.close()
