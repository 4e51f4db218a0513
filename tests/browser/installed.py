"""Which browsers the suite drives, and where they are on this machine.

`./run test` asks this before there is an environment, so it runs on Python 3.8 and imports nothing but the standard
library. `PLAYER_TEST_BROWSERS` (comma-separated) narrows the set; a browser that is wanted and missing fails its tests.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ENGINES = ("chromium", "firefox", "webkit")

COMMANDS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    "firefox": ("firefox-esr", "firefox"),
    "webkit": ("WebKitWebDriver",),
}
# Playwright's own downloads, below its cache.
DOWNLOADS = {
    "chromium": ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*"),
    "firefox": ("firefox-*/firefox/firefox", "firefox-*/firefox/*.app/Contents/MacOS/firefox"),
    "webkit": ("webkit-*/pw_run.sh",),
}
MINI_BROWSERS = tuple(f"{folder}/webkit2gtk-4*/MiniBrowser" for folder in ("lib/*", "lib*", "libexec"))


def wanted() -> tuple[str, ...]:
    """The engines to test. Raises ValueError for a name that is none."""
    names = tuple(filter(None, os.environ.get("PLAYER_TEST_BROWSERS", "").replace(" ", "").split(","))) or ENGINES
    unknown = sorted(set(names) - set(ENGINES))
    if unknown:
        raise ValueError(f"PLAYER_TEST_BROWSERS: unknown {', '.join(unknown)}; there are {', '.join(ENGINES)}")
    return names


def find(engine: str) -> Path | None:
    """The machine's own browser, else Playwright's. For WebKit the first is WebKitGTK's driver."""
    return find_own(engine) or find_download(engine)


def find_own(engine: str) -> Path | None:
    for command in COMMANDS[engine]:
        path = shutil.which(command)
        if path and not _is_snap(path) and (engine != "webkit" or (mini_browser() and shutil.which("Xvfb"))):
            return Path(path)
    return None


def find_download(engine: str) -> Path | None:
    default = Path.home() / ("Library/Caches" if os.uname().sysname == "Darwin" else ".cache") / "ms-playwright"
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or default)
    for pattern in DOWNLOADS[engine]:
        found = sorted(cache.glob(pattern))
        if found:
            return found[-1]
    return None


def find_shell() -> Path | None:
    """Chromium without a browser around it: the same engine for half the work."""
    found = shutil.which("chromium-headless-shell")
    return Path(found) if found else None


def mini_browser() -> Path | None:
    """WebKitGTK's browser for its driver; it is on no PATH."""
    found = [path for pattern in MINI_BROWSERS for path in sorted(Path("/usr").glob(pattern))]
    return found[0] if found else None


def _is_snap(path: str) -> bool:
    """Ubuntu's `chromium-browser` and `firefox` may be scripts that only know how to ask for a snap."""
    try:
        return b"snap" in Path(path).read_bytes()[:4096]
    except OSError:
        return False
