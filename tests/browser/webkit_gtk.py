"""WebKitGTK, by its own WebDriver through Selenium, on a screen that nobody sees."""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service
from urllib3.exceptions import HTTPError

from tests.browser import installed
from tests.browser.tab import DEEP_QUERY, Autoplay, BrowserMissing, Tab

SESSION_SECONDS = 45  # that the driver may take for a window, which is a second or two


@contextmanager
def webkit_gtk(driver: Path, autoplay: Autoplay) -> Iterator["WebKitEngine"]:
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
