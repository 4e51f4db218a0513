"""The fault matrix as `./run bench faults` plays it, and an hour of a live stream that breaks every minute."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.live import Live
from demo.streams import prepare
from player.files import demo
from tests.browser import hour, rows
from tests.browser.backend import run_backend
from tests.browser.conftest import Launch
from tests.browser.engines import PlaywrightEngine
from tests.browser.stage import Servers, Stage
from tests.servers import run_article_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rows.Scene]:
    with rows.scene(tmp_path_factory.mktemp("rows"), demo() / "media") as made:
        yield made


@pytest.fixture(scope="module")
def broken_servers(scene: rows.Scene) -> Iterator[Servers]:
    with run_backend() as backend, run_article_server() as article:
        yield Servers(backend, scene.first, article)


# Firefox plays streams by an engine where Chromium plays them by itself at first.
DIFFERS = ("segment 404", "one rendition", "playlist", "key 403", "init missing", "reset mid-", "CORS")


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "with a second"])
@pytest.mark.parametrize("row", rows.ROWS, ids=[row.name for row in rows.ROWS])
@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_fault_is_survived_or_told(
    launch: Launch, broken_servers: Servers, scene: rows.Scene, browser: str, row: rows.Row, alone: bool
) -> None:
    if browser == "firefox" and not row.name.startswith(DIFFERS):
        pytest.skip("as in Chromium")
    tab = launch(browser).tab(ignore_https_errors=True)
    try:
        outcome = rows.play(row, scene, Stage(broken_servers, tab), alone=alone)
    finally:
        tab.close()
    assert not rows.problem(row, outcome, alone=alone), outcome


def test_webkit_does_not_go_back_in_a_live_stream_that_stands_still(
    launch: Launch, broken_servers: Servers, scene: rows.Scene
) -> None:
    """It plays past the end of a playlist by a little."""
    row = next(row for row in rows.ROWS if row.name == "playlist frozen")
    tab = launch("webkit").tab(ignore_https_errors=True)
    try:
        outcome = rows.play(row, scene, Stage(broken_servers, tab), alone=True)
    finally:
        tab.close()
    assert not rows.problem(row, outcome, alone=True), outcome


def test_an_hour_of_live_with_a_fault_every_minute(
    chromium: PlaywrightEngine, broken_servers: Servers, scene: rows.Scene, tmp_path: Path
) -> None:
    live = Live(prepare(tmp_path, seconds=12, segment=1.0).films, segment=hour.SEGMENT, window=hour.WINDOW)
    scene.first.mount("live", live)
    tab = chromium.tab()
    try:
        heard = hour.play(Stage(broken_servers, tab), scene.first, live, minute=4)
    finally:
        tab.close()
    assert heard.growth < 0.05, heard
    assert heard.drift < 3, heard
