"""A source that answers 404: when is the reader told, and what?

Told means that words about it can be seen: not a class name, not a greyed-out icon, not an event.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from playwright.async_api import TimeoutError

from ..browser import Bench, Visit
from ..contestants import Contestant
from .base import Measure, Row, Value

TELL_MS = 3000
_WORDS = (
    "/unavailable|not available|currently available|no media|cannot|can.t|couldn.t|could not|failed|error|not found/i"
)
_TOLD = f"{_WORDS}.test(__bench.text()) && performance.now()"


async def take(bench: Bench, contestant: Contestant, kind: str) -> Mapping[str, Value]:
    return await _known(bench, contestant, kind) | await _unknown(bench, contestant, kind)


async def _known(bench: Bench, contestant: Contestant, kind: str) -> dict[str, Value]:
    """In the catalogue: told by itself, and the source never asked for."""
    await bench.log(forget=True)
    async with bench.visit(contestant, kind, "dead") as visit:
        await visit.open("load")
        told = await _told(visit, 1500 if not contestant.ours else TELL_MS)
        await asyncio.sleep(0.3)
        asked = [entry for entry in await bench.log() if "/media/dead-" in entry["path"]]
        await _shot(visit, bench, contestant, kind, "dead")
    return {"known": told if told is not None else "never", "asked": len(asked)}


async def _unknown(bench: Bench, contestant: Contestant, kind: str) -> dict[str, Value]:
    """In no catalogue: told after play is pressed."""
    async with bench.visit(contestant, kind, "missing") as visit:
        await visit.open("load")
        await visit.usable()
        before = await visit.get("__bench.text()")
        await visit.press()
        told = await _told(visit, TELL_MS)
        await asyncio.sleep(0.3)
        after = await visit.get("__bench.text()")
        pressed = visit.pressed - float(await visit.get("performance.timeOrigin"))
        await _shot(visit, bench, contestant, kind, "missing")
    return {"unknown": told - pressed if told is not None else "never", "says": _news(before, after)}


def _news(before: str, after: str) -> str:
    """What can be read now and could not before."""
    old = set(before.split(" · "))
    return " · ".join(part for part in after.split(" · ") if part not in old)[:160] or "nothing"


async def _told(visit: Visit, ms: float) -> float | None:
    try:
        return float(await visit.until(_TOLD, ms))
    except TimeoutError:
        return None


async def _shot(visit: Visit, bench: Bench, contestant: Contestant, kind: str, variant: str) -> None:
    if bench.shots:
        await visit.page.screenshot(path=bench.shots / f"{contestant.name}-{kind}-{variant}.png")


MEASURE = Measure(
    "dead",
    "The source is gone (404)",
    (
        Row("known", "catalogued: navigation → told, no press", "ms", limit=float("inf")),
        Row("asked", "catalogued: requests to the source", limit=0, gather="max"),
        Row("unknown", "uncatalogued: press → told", "ms", limit=1000),
        Row("says", "uncatalogued: what is said"),
    ),
    take,
    rounds=2,
    inline=False,
)
