"""Chromium, Firefox and WebKit behind one small face (`tab.py`), so that a test can be run in all three.

Chromium and Firefox are driven by Playwright, WebKitGTK by a driver of its own (`webkit_gtk.py`); Playwright's WebKit
is taken only where that is missing. What the face lacks is reached through `PlaywrightTab.page`.
"""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ElementHandle, Error, Page, Playwright

from tests.browser import installed
from tests.browser.sound import null_sink
from tests.browser.tab import DEEP_QUERY, Autoplay, BrowserMissing, Tab
from tests.browser.webkit_gtk import WebKitEngine, webkit_gtk

CHROMIUM_ARGS = (
    "--no-sandbox",  # root in a container has no user namespaces
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-dev-shm-usage",
)
CHROMIUM_AUTOPLAY = {"allowed": "no-user-gesture-required", "gesture": "user-gesture-required"}
# Media: autoplay.default 0 allows, 1 blocks what is audible; without the policy a click anywhere would be enough.
FIREFOX_AUTOPLAY: dict[str, dict[str, str | float | bool]] = {
    "allowed": {"media.autoplay.default": 0},
    "gesture": {"media.autoplay.default": 1, "media.autoplay.blocking_policy": 0},
}


@contextmanager
def launch(
    engine: str,
    playwright: Playwright,
    *,
    autoplay: Autoplay = "gesture",
    args: tuple[str, ...] = (),
    shell: bool = False,
) -> Iterator["PlaywrightEngine | WebKitEngine"]:
    """Start a browser; leaving the context ends it and all its tabs. Raises BrowserMissing.

    `args` go to Chromium alone. `shell`: Chromium's headless shell will do, where there is one.
    """
    own, download = installed.find_own(engine), installed.find_download(engine)
    if shell and engine == "chromium":
        own = installed.find_shell() or own
    if not own and not download:
        raise BrowserMissing(engine)
    with ExitStack() as stack:
        if engine == "webkit" and own:
            yield stack.enter_context(webkit_gtk(own, autoplay))
            return
        browser = _launch_by_playwright(engine, playwright, own, autoplay, args, stack)
        stack.callback(browser.close)
        yield PlaywrightEngine(engine, browser)


def _launch_by_playwright(
    engine: str, playwright: Playwright, own: Path | None, autoplay: Autoplay, args: tuple[str, ...], stack: ExitStack
) -> Browser:
    if engine == "chromium":
        policy = f"--autoplay-policy={CHROMIUM_AUTOPLAY[autoplay]}"
        # Playwright would mute it; a null sink or none at all is quiet enough, and muted media may always autoplay.
        return playwright.chromium.launch(
            executable_path=own, args=[*CHROMIUM_ARGS, policy, *args], ignore_default_args=["--mute-audio"]
        )
    if engine == "firefox":
        environ: dict[str, Any] = {**os.environ, **stack.enter_context(null_sink())}
        # Distributions' Firefox lacks Playwright's patches, but speaks WebDriver BiDi.
        how: dict[str, Any] = {"channel": "moz-firefox", "executable_path": own} if own else {}
        return playwright.firefox.launch(env=environ, firefox_user_prefs=FIREFOX_AUTOPLAY[autoplay], **how)
    return playwright.webkit.launch()


class PlaywrightEngine:
    def __init__(self, name: str, browser: Browser) -> None:
        self.name = name
        self.browser = browser

    def tab(self, **options: Any) -> "PlaywrightTab":
        return PlaywrightTab(self.name, self.browser.new_context(**options).new_page())


class PlaywrightTab(Tab):
    def __init__(self, engine: str, page: Page) -> None:
        self.engine = engine
        self.page = page
        self.errors: list[str] = []  # what the page threw, and what it wrote to the console as an error
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)

    def open(self, url: str) -> None:
        self.page.goto(url)

    def evaluate(self, expression: str) -> Any:
        return self.page.evaluate(f"({expression})")

    def click(self, selector: str) -> None:
        try:
            self._find(selector).click()
        except Error as error:
            if "not attached" not in str(error):
                raise
            # Controls are built anew when their language comes: a finger meets those that are there then.
            self._find(selector).click()

    def press(self, key: str) -> None:
        self.page.keyboard.press("Space" if key == " " else key)

    def screenshot(self, path: Path) -> None:
        self.page.screenshot(path=path)

    def pause(self, seconds: float) -> None:
        self.page.wait_for_timeout(seconds * 1000)  # unlike time.sleep, this lets Playwright hear events

    def close(self) -> None:
        self.page.context.close()

    def _find(self, selector: str) -> ElementHandle:
        found = self.page.evaluate_handle(f"({DEEP_QUERY})({json.dumps(selector)})").as_element()
        if found is None:
            raise AssertionError(f"{self.engine}: nothing matches {selector}")
        return found
