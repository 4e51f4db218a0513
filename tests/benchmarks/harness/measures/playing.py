"""What playback costs the main thread: in view with the pointer away, in view under the pointer, and scrolled away.

Chromium's own counters over a few seconds of playback, without throttling. `TaskDuration` is all that
the main thread did, so the browser's own share is in it: see native beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from ..browser import Bench, Visit
from ..contestants import Contestant
from .base import Measure, Row, Value

SECONDS, QUICK_SECONDS = 5.0, 3.0
# Controls hide some seconds after the pointer has left; only then is the picture at rest.
REST_SECONDS = 3.5


async def take(bench: Bench, contestant: Contestant, kind: str) -> Mapping[str, Value]:
    seconds = QUICK_SECONDS if bench.quick else SECONDS
    async with bench.visit(contestant, kind) as visit:
        await visit.open("load")
        await visit.usable()
        await visit.press()
        await visit.until("__bench.happened('playing')")
        shown = await _rates(visit, seconds / 2)  # the pointer rests on the control that was pressed
        await visit.page.mouse.move(5, 5)
        await asyncio.sleep(REST_SECONDS)
        rested = await _rates(visit, seconds)
        await visit.get("scrollTo(0, document.body.scrollHeight)")
        await asyncio.sleep(1)
        away = await _rates(visit, seconds / 2)
        if await visit.get("__bench.media().paused"):
            return {}
    return (
        {f"shown_{key}": value for key, value in shown.items()}
        | rested
        | {f"away_{key}": value for key, value in away.items()}
    )


async def _rates(visit: Visit, seconds: float) -> dict[str, Value]:
    before = await visit.metrics()
    await asyncio.sleep(seconds)
    after = await visit.metrics()
    spent = after["Timestamp"] - before["Timestamp"]
    return {
        "busy": (after["TaskDuration"] - before["TaskDuration"]) * 1000 / spent,
        "script": (after["ScriptDuration"] - before["ScriptDuration"]) * 1000 / spent,
        "layouts": (after["LayoutCount"] - before["LayoutCount"]) / spent,
        "styles": (after["RecalcStyleCount"] - before["RecalcStyleCount"]) / spent,
    }


MEASURE = Measure(
    "playing",
    "While playing",
    (
        Row("busy", "main thread", "ms/s", limit=6, digits=1),
        Row("script", "of it script", "ms/s", digits=1),
        Row("layouts", "layouts", "/s", limit=0, digits=1),
        Row("styles", "style recalculations", "/s", digits=1),
        Row("shown_busy", "under the pointer: main thread", "ms/s", digits=1),
        Row("shown_layouts", "under the pointer: layouts", "/s", digits=1),
        Row("away_busy", "scrolled away: main thread", "ms/s", limit=6, digits=1),
        Row("away_layouts", "scrolled away: layouts", "/s", limit=0, digits=1),
        Row("away_styles", "scrolled away: style recalculations", "/s", limit=0, digits=1),
    ),
    take,
    rounds=2,
    inline=False,
)
