"""How soon a stream plays: `./run bench streams [--rounds N]`.

From navigation to `playing` in Chromium over the slow link (1.6 Mbit/s, 150 ms, CPU ×4), play asked for at once: the
browser's own `<video>`, the player where that plays the stream itself, and the player with each engine. What is pressed
is what stands there: the browser's control, which the player takes over with what it plays, or where the page names
nothing to the browser, the player's own. Contestants take turns; the median of the rounds is printed, its ratio to the
browser's own with the standard error of that, and the bytes of engine that were fetched. One visit differs from the
next by a tenth and more, so that it takes some thirty rounds to tell 1.05 from 1.00. The floor is what the link alone
takes: the round trips that follow from one another, and every byte that came before it played.

Exit status: 0 when every target is met, 1 when one is missed: a ratio, when it is above by more than its standard
error.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from playwright.sync_api import sync_playwright

from demo.origin import run_origin
from demo.streams import make
from tests.browser.engines import PlaywrightEngine, launch
from tests.servers import run_article_server, run_player

LATENCY = 150  # ms a request
BANDWIDTH = 200  # bytes a ms
LINK = {"offline": False, "latency": LATENCY, "downloadThroughput": BANDWIDTH * 1000, "uploadThroughput": 93_750}
# Round trips one after the other: the page, three of the stream; before those, where it is needed, the widget; where an
# engine is, the page, the widget, the engine.
TRIPS = {"<video>, HLS": 4, "player, HLS, pressed before it came": 4, "player, HLS by the browser": 5}
TRIPS_ENGINE = 3
AT_ONCE, WITH_ENGINE = 1.05, 2500.0  # times <video>, pressed before the player came; ms
# Asked of the page's own element or of the player as soon as it is there; each says in its own way when it plays.
PLAY = """
  addEventListener('playing', () => { window.played ??= performance.now(); }, true);
  const look = () => {
    const tag = document.querySelector('video[src], steady-player:not(:has([src]))');
    const able = tag && (tag.localName === 'video' || tag.shadowRoot?.querySelector('button'));
    if (able) tag.play().catch(() => {});
    else setTimeout(look, 5);
  };
  look();
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="How soon a stream plays, and what is fetched for it.")
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        entries = make(folder, ["hls-fmp4", "hls-audio", "dash-number"])
        origin = stack.enter_context(run_origin(folder))
        article = stack.enter_context(run_article_server())
        player = stack.enter_context(run_player([], {"database_url": f"sqlite:///{folder / 'player.db'}"}))
        engine = launch("chromium", stack.enter_context(sync_playwright()), autoplay="allowed")
        chromium = stack.enter_context(engine)
        assert isinstance(chromium, PlaywrightEngine)
        script = f'<script async src="{player.url}/embed.js"></script>'

        video = f'<video controls preload="none" src="{origin.url(entries["hls-fmp4"])}"></video>'

        def ours(name: str, video: str = '<video controls preload="none"></video>', **fields: object) -> str:
            source = {"src": origin.url(entries[name]), "type": kind(name), **fields}
            manifest = json.dumps({"kind": "video", "sources": [source]})
            inline = f'<script type="application/json">{manifest}</script>'
            return f"{script}<steady-player>{inline}{video}</steady-player>"

        pages = {
            "<video>, HLS": video,
            "player, HLS, pressed before it came": ours("hls-fmp4", video),
            "player, HLS by the browser": ours("hls-fmp4"),
            "player, HLS by hls.js light": ours("hls-fmp4", engine=True, by="engine-hls-light.js"),
            "player, HLS by hls.js": ours("hls-audio", engine=True, needs=["audio"], by="engine-hls.js"),
            "player, DASH by dash.js": ours("dash-number", by="engine-dash.js"),
        }
        taken: dict[str, list[float]] = {name: [] for name in pages}
        engines: dict[str, int] = {}
        floors: dict[str, float] = {}
        for _ in range(rounds):
            for name, body in pages.items():
                ms, size, everything = visit(chromium, article.publish(f"<!doctype html><title>A river</title>{body}"))
                taken[name].append(ms)
                engines[name] = size
                floors[name] = TRIPS.get(name, TRIPS_ENGINE) * LATENCY + everything / BANDWIDTH
        native, missed = taken["<video>, HLS"], 0
        print(f"{'navigation → playing, slow link':37}{'ms':>8}{'ratio':>8}{'':7}{'floor, ms':>11}{'engine, KB':>12}")
        for name, each in taken.items():
            ms, ratio, error = statistics.median(each), ratio_of(each, native), doubt(each, native)
            target, fine = judged(name, ms, ratio - error, engines[name])
            missed += not fine
            print(
                f"{name:37}{ms:8.0f}{ratio:8.2f}{'' if each is native else f' ±{error:.2f}':7}"
                f"{floors[name]:11.0f}{engines[name] / 1000:12.1f}   {'' if fine else 'MISSED: '}{target}".rstrip()
            )
    return int(missed > 0)


def judged(name: str, ms: float, ratio: float, engine: int) -> tuple[str, bool]:
    """The target of a row in words, and whether it is met. `engine`: bytes of one."""
    if " by hls.js" in name or " by dash.js" in name:
        return f"≤ {WITH_ENGINE:.0f} ms", ms <= WITH_ENGINE and engine > 0
    if "pressed" in name:
        return f"≤ {AT_ONCE}, no engine", ratio <= AT_ONCE and not engine
    return "no engine", not engine


def ratio_of(each: list[float], native: list[float]) -> float:
    return statistics.median(each) / statistics.median(native)


def doubt(each: list[float], native: list[float]) -> float:
    """The standard error of the ratio, by bootstrap: how much it differs between draws from the same visits."""
    draw = random.Random(7)
    ratios = [ratio_of(draw.choices(each, k=len(each)), draw.choices(native, k=len(native))) for _ in range(1000)]
    return statistics.stdev(ratios)


def kind(name: str) -> str:
    return "application/dash+xml" if name.startswith("dash") else "application/vnd.apple.mpegurl"


def visit(chromium: PlaywrightEngine, address: str) -> tuple[float, int, int]:
    """ms from navigation to playing, NaN where it never does; bytes of engines, and of all that came before that."""
    tab = chromium.tab()
    fetched: dict[str, int] = {}
    when: dict[str, float] = {}
    session = tab.page.context.new_cdp_session(tab.page)
    urls: dict[str, str] = {}

    def began(seen: dict[str, Any]) -> None:
        urls[seen["requestId"]] = seen["request"]["url"]
        when.setdefault("", seen["timestamp"])

    def ended(seen: dict[str, Any]) -> None:
        url = urls.get(seen["requestId"], "")
        fetched[url] = int(seen["encodedDataLength"])
        when[url] = (seen["timestamp"] - when[""]) * 1000

    session.on("Network.requestWillBeSent", began)
    session.on("Network.loadingFinished", ended)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", LINK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    tab.page.add_init_script(PLAY)
    tab.page.goto(address, wait_until="commit")
    until = time.monotonic() + 20
    while not (played := tab.page.evaluate("window.played || 0")) and time.monotonic() < until:
        tab.pause(0.1)
    size = sum(size for url, size in fetched.items() if "/engine-" in url)
    everything = sum(size for url, size in fetched.items() if when[url] < played)
    tab.close()
    return float(played) or float("nan"), size, everything


if __name__ == "__main__":
    sys.exit(main())
