"""The iframe page in somebody's article: it plays, under its own strict policy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from demo.origin import run_origin
from tests.browser.engines import PlaywrightEngine
from tests.servers import ArticleServer, PlayerServer
from tests.waiting import until


@pytest.mark.parametrize(("name", "kind"), [("tone.mp3", "audio"), ("tone.mp4", "video")])
def test_a_framed_player_plays_and_breaks_no_rule_of_its_policy(
    chromium: PlaywrightEngine,
    article: ArticleServer,
    player_server: Callable[..., PlayerServer],
    clips: Path,
    name: str,
    kind: str,
) -> None:
    with run_origin(clips) as origin:
        source = {"src": origin.url(name), "width": 160, "height": 90} if kind == "video" else {"src": origin.url(name)}
        server = player_server([{"id": "tone", "kind": kind, "title": "A tone", "sources": [source]}])
        page = chromium.tab().page
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        frame = f'<iframe src="{server.url}/embed/tone?lang=fr" width="480" height="270" allow="autoplay"></iframe>'
        page.goto(article.publish(f"<!doctype html><title>An article</title>{frame}"))
        inside = page.frames[1]
        until(lambda: bool(inside.evaluate("document.querySelector('steady-player')?.phase === 'idle'")))
        inside.get_by_role("button", name="Lire").first.click()
        until(lambda: float(inside.evaluate(f"document.querySelector('{kind}').currentTime")) > 0.3)
        assert inside.evaluate("document.documentElement.lang") == "fr"
        assert not [line for line in said if "Content Security Policy" in line or "Trusted" in line], said
        assert not [line for line in said if "Error" in line], said
        page.close()
