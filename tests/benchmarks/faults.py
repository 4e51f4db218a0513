"""Faults while it plays, and how long the reader waits: `./run bench faults [options]`.

Each row of tests/browser/rows.py is played in a real browser against a real origin that is broken as the row
says: once with nothing else to play, once with the same media on a second, sound server. A cell says for how long
at most nothing moved after play was pressed, and how far the story jumped if it did; a row that cannot be played
ends in a reason, and the cell says when that was told.

Exit status: 0 when every row plays or says why not, and with a second source plays within 5 s of the fault from the
same position; 1 when one does not; 2 when the bench could not run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from demo.live import Live  # noqa: E402
from demo.streams import prepare  # noqa: E402
from tests.browser import hour, rows  # noqa: E402
from tests.browser.backend import run_backend  # noqa: E402
from tests.browser.engines import launch  # noqa: E402
from tests.browser.stage import Servers, Stage  # noqa: E402
from tests.browser.tab import BrowserMissing  # noqa: E402
from tests.servers import run_article_server  # noqa: E402

WIDTHS = (24, 8, 34, 34)


def line(*words: str) -> None:
    print("  ".join(word.ljust(width) for word, width in zip(words, WIDTHS, strict=True)).rstrip(), flush=True)


def live_hour(
    stack: ExitStack, servers: Servers, playwright: Playwright, scene: rows.Scene, folder: Path, minute: float
) -> int:
    live = Live(prepare(folder / ".hour", seconds=12, segment=1.0).films, segment=hour.SEGMENT, window=hour.WINDOW)
    scene.first.mount("live", live)
    heard = hour.play(
        Stage(servers, stack.enter_context(launch("chromium", playwright)).tab()), scene.first, live, minute=minute
    )
    print(hour.words(heard))
    return int(heard.growth >= 0.05 or heard.drift >= 3)


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="./run bench faults", description="What the reader notices of each fault.")
    parser.add_argument("--browsers", default="chromium,firefox", metavar="NAME,…")
    parser.add_argument("--only", default="", metavar="WORDS", help="rows whose name has these words")
    parser.add_argument("--hour", action="store_true", help="an hour of live instead, compressed")
    parser.add_argument("--minute", type=float, default=hour.MINUTE, metavar="SECONDS", help="what a minute takes")
    chosen = parser.parse_args(words)
    picked = [row for row in rows.ROWS if chosen.only in row.name]
    if not picked:
        parser.error(f"--only: there are {', '.join(row.name for row in rows.ROWS)}")
    started, missed = time.monotonic(), 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        scene = stack.enter_context(rows.scene(folder, ROOT / "demo" / "media"))
        servers = Servers(stack.enter_context(run_backend()), scene.first, stack.enter_context(run_article_server()))
        playwright = stack.enter_context(sync_playwright())
        if chosen.hour:
            return live_hour(stack, servers, playwright, scene, folder, chosen.minute)
        line("fault", "browser", "alone", "with a second source")
        for name in chosen.browsers.split(","):
            try:
                browser = stack.enter_context(launch(name.strip(), playwright))
            except BrowserMissing as missing:
                print(missing, file=sys.stderr)
                return 2
            for row in picked:
                cells = []
                for alone in (True, False):
                    tab = browser.tab(ignore_https_errors=True)
                    try:
                        outcome = rows.play(row, scene, Stage(servers, tab), alone=alone)
                    finally:
                        tab.close()
                    problem = rows.problem(row, outcome, alone=alone)
                    missed += bool(problem)
                    cells.append(rows.words(outcome) + (f" ✗ {problem}" if problem else ""))
                line(row.name, name, *cells)
    print(f"{missed} missed, {time.monotonic() - started:.0f} s", flush=True)
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
