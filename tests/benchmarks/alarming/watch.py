"""What a newsroom would notice, and when: states over HTTP, signed webhooks, and the page in a browser."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from playwright.async_api import Page, async_playwright
from standardwebhooks import Webhook

from tests.browser.installed import find_own

LOOK_SECONDS = 0.25


@dataclass(slots=True)
class Seen:
    """`alerts`: (moment, kind, subject) of every webhook. `confirmed`: the moments of an item's deaths."""

    alerts: list[tuple[float, str, str]] = field(default_factory=list)
    confirmed: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    mended: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    unsigned: int = 0

    def opened(self, since: float) -> list[str]:
        return [subject for moment, kind, subject in self.alerts if moment >= since and kind.endswith("opened")]

    def alert(self, subject: str, since: float, kind: str = "opened") -> float | None:
        told = (at for at, what, who in self.alerts if at >= since and who == subject and what.endswith(kind))
        return next(told, None)


@asynccontextmanager
async def webhooks(seen: Seen, secret: str) -> AsyncIterator[str]:
    """The address of a receiver that checks every signature."""

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        try:
            event = Webhook(secret).verify(body, dict(request.headers))
        except Exception:  # whatever is wrong with it
            seen.unsigned += 1
            return web.Response(status=400)
        seen.alerts.append((time.monotonic(), event["type"], event["subject"]))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()


async def ready(session: aiohttp.ClientSession, url: str, seconds: float = 60) -> None:
    """Returns when the server answers; `TimeoutError`."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                async with session.get(f"{url}/healthz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(LOOK_SECONDS)


async def follow(session: aiohttp.ClientSession, url: str, seen: Seen) -> None:
    """Reads `/events` for ever, and comes back by Last-Event-ID as browsers do."""
    last = ""
    while True:
        headers = {"Last-Event-ID": last} if last else {}
        try:
            async with session.get(
                f"{url}/events?after=0", headers=headers, timeout=aiohttp.ClientTimeout(None)
            ) as answer:
                async for line in answer.content:
                    name, _, value = line.decode().strip().partition(": ")
                    if name == "id":
                        last = value
                    elif name == "data":
                        _note(json.loads(value), seen)
        except aiohttp.ClientError:
            await asyncio.sleep(LOOK_SECONDS)


def _note(told: dict[str, Any], seen: Seen) -> None:
    into = seen.confirmed if told["state"] == "unavailable" else seen.mended
    into[told["media"]].append(time.monotonic())


async def suspicion(session: aiohttp.ClientSession, url: str, query: str) -> float:
    """The moment when the first of the items of a list is suspected, or worse."""
    while True:
        async with session.get(f"{url}/availability?{query}") as answer:
            told = await answer.json(content_type=None)
        sources = [source for item in told["items"] for source in item["sources"]]
        if any("suspicion" in source or source["state"] == "unavailable" for source in sources):
            return time.monotonic()
        await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def dashboard(url: str) -> AsyncIterator[Page]:
    """The page in Chromium, as somebody has it open all day."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_own("chromium"))
        try:
            page = await browser.new_page(viewport={"width": 1280, "height": 900})
            await page.goto(f"{url}/dashboard")
            yield page
        finally:
            await browser.close()


async def shown(page: Page, words: str, seconds: float) -> float:
    """The moment when an incident with these words stands on the page."""
    await page.locator("[data-live=now] .what", has_text=words).first.wait_for(timeout=seconds * 1000)
    return time.monotonic()
