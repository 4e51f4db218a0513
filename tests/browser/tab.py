"""The small face that every browser of the suite has: an engine that opens tabs, and a tab."""

import time
from pathlib import Path
from typing import Any, Literal, Protocol

Autoplay = Literal["allowed", "gesture"]

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
