"""Fixtures for the tests in real browsers.

    def test_it_plays(tab, article): ...         in every engine, with a new tab
    def test_it_is_light(chromium): ...          chromium.tab() gives a PlaywrightTab; its .page is Playwright's
    def test_autoplay(launch): ...               launch("firefox", autoplay="allowed").tab()

Browsers live as long as the module's tests: Playwright keeps an event loop running in its thread, in which nothing
that calls `asyncio.run` could be tested.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.browser.engines import PlaywrightEngine
from tests.browser.engines import launch as launch_engine
from tests.browser.installed import wanted
from tests.browser.tab import BrowserMissing, Engine, Tab

Launch = Callable[..., Engine]


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def launch(playwright: Playwright, request: pytest.FixtureRequest) -> Iterator[Launch]:
    """Start a browser once for the module: `launch(name, autoplay=…, args=…)`. The test fails when it is missing.

    Chromium is its headless shell where that is installed, and with the slow tests the whole one.
    """
    shell = not request.config.getoption("--all")
    started: dict[tuple[Any, ...], Engine] = {}
    with ExitStack() as stack:

        def start(name: str, **options: Any) -> Engine:
            key = (name, *sorted(options.items()))
            if key not in started:
                try:
                    started[key] = stack.enter_context(launch_engine(name, playwright, shell=shell, **options))
                except BrowserMissing as missing:
                    pytest.fail(str(missing), pytrace=False)
            return started[key]

        yield start


@pytest.fixture(scope="module", params=wanted())
def engine(request: pytest.FixtureRequest, launch: Launch) -> Engine:
    """Each of the engines in turn."""
    return launch(request.param)


@pytest.fixture
def tab(engine: Engine) -> Iterator[Tab]:
    """A new tab in each of the engines in turn."""
    new = engine.tab()
    yield new
    new.close()


@pytest.fixture(scope="module")
def chromium(launch: Launch) -> PlaywrightEngine:
    """Chromium alone, for what only its tools can see (weights, layout shift, the accessibility tree)."""
    engine = launch("chromium")
    assert isinstance(engine, PlaywrightEngine)
    return engine
