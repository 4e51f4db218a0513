"""One Chromium, and a cold page in it: a new context each time, so that nothing is cached and nothing is warm."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientSession, ClientTimeout
from playwright.async_api import Browser, CDPSession, Page, Playwright

from . import pages
from .contestants import Contestant

WIDTH, HEIGHT = 1280, 900
WAIT_MS = 15_000
PRESS_MS = 50
BINDING = "__benchSay"
_SCRIPT = (Path(__file__).parent / "page.js").read_text("utf-8")
_FLAGS = ["--disable-background-networking", "--disable-component-update", "--js-flags=--expose-gc"]
TRACE = ["-*", "toplevel", "devtools.timeline", "v8", "disabled-by-default-v8.compile", "blink.user_timing"]


async def launch(playwright: Playwright) -> Browser:
    """The machine's Chromium or Chrome, else the one that Playwright downloaded."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    return await playwright.chromium.launch(executable_path=found, args=_FLAGS, timeout=60_000)


@dataclass(slots=True)
class Request:
    """One request of a page. `at`: ms since navigation; `size`: body bytes as transferred, None until it is known."""

    url: str
    at: float
    size: int | None = None
    status: int | None = None


@dataclass(slots=True)
class Visit:
    """A page under measurement, its protocol session, and what it has requested."""

    page: Page
    cdp: CDPSession
    address: str
    requests: dict[str, Request] = field(default_factory=dict)
    said: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    spot: dict[str, Any] = field(default_factory=dict)
    pressed: float = 0.0

    async def throttle(self) -> None:
        """The slow link and the cheap phone: 1.6 Mbit/s down, 150 ms a request, a quarter of the CPU."""
        await self.cdp.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750},
        )
        await self.cdp.send("Emulation.setCPUThrottlingRate", {"rate": 4})

    async def open(self, wait: str = "commit") -> None:
        await self.page.goto(self.address, wait_until=wait, timeout=WAIT_MS)  # type: ignore[arg-type]

    async def get(self, expression: str) -> Any:
        return await self.page.evaluate(expression)

    async def until(self, expression: str, ms: float = WAIT_MS) -> Any:
        """Wait until the expression is true, looking every 20 ms; raises Playwright's TimeoutError."""
        handle = await self.page.wait_for_function(expression, timeout=ms, polling=20)
        return await handle.json_value()

    async def usable(self) -> float:
        """Wait for the play control, without looking at the page meanwhile; ms since navigation."""
        await self.hear("usable")
        return float(await self.get("__bench.usable"))

    async def hear(self, what: str) -> None:
        """Wait until the page has said that it is `painted` or `usable`."""
        await asyncio.wait_for(self.said[what].wait(), WAIT_MS / 1000)

    async def press(self, *, settled: bool = True) -> bool:
        """Press where a reader would to play, for 50 ms as a finger does; whether it was the player's own control.

        `settled`: ask the page where that is; else what it said last, which is at once.
        """
        spot = await self.get("__bench.aim()") if settled else self.spot
        self.pressed = time.time() * 1000
        await self.page.mouse.click(spot["x"], spot["y"], delay=PRESS_MS)
        return bool(spot["own"])

    async def playing(self, ms: float = WAIT_MS) -> float:
        """Wait until it plays; ms since the press began."""
        at = await self.until("__bench.happened('playing') && performance.timeOrigin + __bench.happened('playing')", ms)
        return float(at) - self.pressed

    async def metrics(self) -> dict[str, float]:
        answer = await self.cdp.send("Performance.getMetrics")
        return {metric["name"]: metric["value"] for metric in answer["metrics"]}

    async def heap(self) -> float:
        """Bytes that JavaScript still holds after a full collection."""
        for _ in range(2):
            await self.cdp.send("HeapProfiler.collectGarbage")
        return float((await self.cdp.send("Runtime.getHeapUsage"))["usedSize"])

    def fetched(self) -> list[Request]:
        """What was requested for the player's sake: neither the page, nor media, nor the poster."""
        return [one for one in self.requests.values() if one.url != self.address and "/media/clip" not in one.url
                and not one.url.endswith((".jpg", ".mp4", ".mp3")) and urlsplit(one.url).scheme != "data"]  # fmt: skip


@dataclass(slots=True)
class Bench:
    """What a measure works with."""

    browser: Browser
    site: str
    assets: str
    app: str
    quick: bool = False
    shots: Path | None = None

    @asynccontextmanager
    async def visit(
        self, contestant: Contestant, kind: str, variant: str = "one", *, slow: bool = False
    ) -> AsyncIterator[Visit]:
        """A cold page, not opened yet."""
        context = await self.browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        context.set_default_timeout(WAIT_MS)
        try:
            page = await context.new_page()
            script = _SCRIPT.replace("CONTROL\n", f"{contestant.control}\n").replace("ROOT\n", f"{contestant.root}\n")
            await page.add_init_script(script)
            cdp = await context.new_cdp_session(page)
            visit = Visit(page, cdp, f"{self.site}/{pages.address(contestant, kind, variant)}")
            _watch(visit)
            for domain in ("Runtime", "Network", "Performance", "HeapProfiler"):
                await cdp.send(f"{domain}.enable")
            await cdp.send("Runtime.addBinding", {"name": BINDING})
            if slow:
                await visit.throttle()
            yield visit
        finally:
            await context.close()

    async def log(self, *, forget: bool = False) -> list[dict[str, Any]]:
        """What the site was asked for since the log was last forgotten."""
        async with ClientSession(timeout=ClientTimeout(total=10)) as session:
            if forget:
                await (await session.delete(f"{self.assets}/!log")).release()
                return []
            async with session.get(f"{self.assets}/!log") as answer:
                return json.loads(await answer.text())  # type: ignore[no-any-return]


def _watch(visit: Visit) -> None:
    start = 0.0

    def sent(event: dict[str, Any]) -> None:
        nonlocal start
        start = start or event["timestamp"]
        visit.requests[event["requestId"]] = Request(event["request"]["url"], (event["timestamp"] - start) * 1000)

    def received(event: dict[str, Any]) -> None:
        request = visit.requests.get(event["requestId"])
        if request:
            headers = {name.lower(): value for name, value in event["response"]["headers"].items()}
            request.status = event["response"]["status"]
            length = headers.get("content-length")
            request.size = int(length) if length else None

    def finished(event: dict[str, Any]) -> None:
        request = visit.requests.get(event["requestId"])
        if request and request.size is None:
            request.size = int(event["encodedDataLength"])

    def called(event: dict[str, Any]) -> None:
        if event["name"] == BINDING:
            visit.spot = json.loads(event["payload"])
            visit.said[visit.spot["what"]].set()

    visit.cdp.on("Runtime.bindingCalled", called)
    visit.cdp.on("Network.requestWillBeSent", sent)
    visit.cdp.on("Network.responseReceived", received)
    visit.cdp.on("Network.loadingFinished", finished)
