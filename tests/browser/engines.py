"""Chromium, Firefox and WebKit behind one small face, so that a test can be run in all three.

Chromium and Firefox are driven by Playwright, WebKitGTK by its own WebDriver through Selenium (Playwright's WebKit is
taken only where WebKitGTK is missing). What the face lacks is reached through `PlaywrightTab.page`.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

from playwright.sync_api import Browser, ElementHandle, Page, Playwright
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service
from urllib3.exceptions import HTTPError

from tests.browser import installed
from tests.browser.sound import null_sink

Autoplay = Literal["allowed", "gesture"]

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
# A selector holds inside one tree; the trees are the document's and every open shadow root's.
DEEP_QUERY = """(selector => {
  const trees = [document];
  for (const tree of trees) {
    const found = tree.querySelector(selector);
    if (found) return found;
    for (const element of tree.querySelectorAll('*')) if (element.shadowRoot) trees.push(element.shadowRoot);
  }
  return null;
})"""
POLL_SECONDS = 0.05
SESSION_SECONDS = 45  # that WebKitGTK's driver may take for a window, which is a second or two


class BrowserMissing(Exception):
    """A browser that the suite wants is not on the machine. The message says how to get it, or how to do without."""

    def __init__(self, engine: str) -> None:
        super().__init__(
            f"{engine} is not installed. `./run test` installs it; "
            "PLAYER_TEST_BROWSERS=chromium,firefox (for instance) leaves out what cannot be had."
        )


class Tab:
    """One page with storage of its own."""

    engine: str

    def open(self, url: str) -> None:
        """Go to the address and wait for the page's `load`."""
        raise NotImplementedError

    def evaluate(self, expression: str) -> Any:
        """The value (JSON types) of a JavaScript expression; a promise is awaited, a rejection raises."""
        raise NotImplementedError

    def click(self, selector: str) -> None:
        """Click, as the reader does, what the CSS selector finds in the document or an open shadow root."""
        raise NotImplementedError

    def press(self, key: str) -> None:
        """Press a key by its `KeyboardEvent.key`: "k", " ", "ArrowLeft", "Home"."""
        raise NotImplementedError

    def screenshot(self, path: Path) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def pause(self, seconds: float) -> None:
        """Let the browser work between two looks at it."""
        time.sleep(seconds)

    def evaluate_until(self, expression: str, timeout: float = 30) -> Any:
        """Evaluate again and again until the value is truthy, and return it.

        Asked from outside the page: a strict Content-Security-Policy lets no polling code in.
        """
        until = time.monotonic() + timeout
        while True:
            value = self.evaluate(expression)
            if value:
                return value
            if time.monotonic() > until:
                raise AssertionError(f"{self.engine}: still {value!r} after {timeout} s: {expression}")
            self.pause(POLL_SECONDS)


class Engine(Protocol):
    name: str

    def tab(self, **options: Any) -> Tab:
        """A new tab. Options are Playwright's for a context (`locale`, `java_script_enabled`, `viewport` …);
        WebKitGTK's driver knows `ignore_https_errors` alone and raises TypeError for others."""
        ...


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
            yield stack.enter_context(_webkit_gtk(own, autoplay))
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


@contextmanager
def _webkit_gtk(driver: Path, autoplay: Autoplay) -> Iterator["WebKitEngine"]:
    with _display() as display:
        engine = WebKitEngine(driver, {**os.environ, "DISPLAY": display}, autoplay)
        try:
            yield engine
        finally:
            for tab in list(engine.tabs):
                tab.close()


@contextmanager
def _display() -> Iterator[str]:
    """An X server that shows nothing, under a number that it finds free itself."""
    program = shutil.which("Xvfb")
    if not program:
        raise BrowserMissing("Xvfb, which WebKitGTK needs,")
    read, write = os.pipe()
    server = subprocess.Popen(
        [program, "-displayfd", str(write), "-screen", "0", "1400x1200x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as announced:
            number = announced.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(timeout=20)


class WebKitEngine:
    name = "webkit"

    def __init__(self, driver: Path, environ: dict[str, str], autoplay: Autoplay) -> None:
        self.tabs: list[WebKitTab] = []
        self._driver = driver
        self._environ = environ
        self._autoplay = autoplay

    def tab(self, **options: Any) -> "WebKitTab":
        """A session is one window with storage of its own, so a tab is a session (about a second)."""
        how = Options()
        how.accept_insecure_certs = options.pop("ignore_https_errors", False)
        if options:
            raise TypeError(f"WebKitGTK's driver knows no {', '.join(options)}")
        browser = installed.mini_browser()
        assert browser, "find_own() looked for it"
        how.binary_location = str(browser)
        how.add_argument("--automation")
        how.add_argument(f"--autoplay-policy={'allow' if self._autoplay == 'allowed' else 'allow-without-sound'}")
        tab = WebKitTab(self._session(how), self)
        self.tabs.append(tab)
        return tab

    def _session(self, how: Options) -> webdriver.WebKitGTK:
        """The driver may wait for a browser that never comes, once in thousands of times: then it and all that it has
        started is ended, and another is asked."""
        for left in (1, 0):
            service = Service(str(self._driver), env=self._environ, popen_kw={"start_new_session": True})
            watch = threading.Timer(SESSION_SECONDS, _end, [service])
            watch.start()
            try:
                return webdriver.WebKitGTK(options=how, service=service)
            except (WebDriverException, HTTPError, OSError):
                if not left:
                    raise
            finally:
                watch.cancel()
        raise AssertionError("the second one raises")


def _end(service: Service) -> None:
    if service.process is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(service.process.pid, signal.SIGKILL)


class WebKitTab(Tab):
    engine = "webkit"

    def __init__(self, driver: webdriver.WebKitGTK, owner: WebKitEngine) -> None:
        self.driver = driver
        self._owner = owner
        driver.set_script_timeout(30)

    def open(self, url: str) -> None:
        self.driver.get(url)

    def evaluate(self, expression: str) -> Any:
        script = (
            "const done = arguments[arguments.length - 1];"
            f"Promise.resolve().then(() => ({expression}\n))"
            ".then(value => done({value}), error => done({error: String(error)}));"
        )
        answer = self.driver.execute_async_script(script)
        if "error" in answer:
            raise AssertionError(f"{self.engine}: {answer['error']}: {expression}")
        return answer.get("value")

    def click(self, selector: str) -> None:
        found = self.driver.execute_script(f"return ({DEEP_QUERY})(arguments[0])", selector)
        if not isinstance(found, WebElement):
            raise AssertionError(f"{self.engine}: nothing matches {selector}")
        found.click()

    def press(self, key: str) -> None:
        name = key.removeprefix("Arrow").upper() if len(key) > 1 else ""
        name = f"ARROW_{name}" if key.startswith("Arrow") else name
        webdriver.ActionChains(self.driver).send_keys(getattr(Keys, name) if name else key).perform()

    def screenshot(self, path: Path) -> None:
        self.driver.save_screenshot(str(path))

    def close(self) -> None:
        if self in self._owner.tabs:
            self._owner.tabs.remove(self)
            self.driver.quit()
