"""A cold load over the slow link on the cheap phone, and the first press there.

Everything is timed from navigation. The trace ends 1.5 s after the play control stands, so that what a
player does in idle time is counted too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from .. import trace
from ..browser import TRACE, Bench
from ..contestants import Contestant
from .base import Measure, Row, Value

AFTER_MS = 1500


async def take(bench: Bench, contestant: Contestant, kind: str) -> Mapping[str, Value]:
    async with bench.visit(contestant, kind, slow=True) as visit:
        await bench.browser.start_tracing(page=visit.page, categories=TRACE)
        try:
            await visit.open()
            usable = await visit.usable()
            await visit.page.wait_for_load_state("load")
            await asyncio.sleep(AFTER_MS / 1000)
        finally:
            recorded = await bench.browser.stop_tracing()
        await visit.press()
        playing = await visit.playing()
    whole = trace.read(recorded, visit.address, usable + AFTER_MS, contestant.script)
    till = trace.read(recorded, visit.address, usable, contestant.script)
    return {
        "usable": usable,
        "scripting": whole.scripting,
        "scripting_till": till.scripting,
        "longest": whole.player_longest if contestant.script else whole.longest,
        "longest_any": whole.longest,
        "blocking": whole.blocking,
        "busy": whole.busy,
        "playing": playing,
    }


MEASURE = Measure(
    "slow",
    "Slow link (1.6 Mbit/s, 150 ms), CPU ×4",
    (
        Row("usable", "navigation → usable", "ms", limit=1.6, over="ratio"),
        Row("scripting", "scripting, idle time included", "ms", limit=40, over="more"),
        Row("scripting_till", "scripting until usable", "ms"),
        Row("longest", "longest task since its script began", "ms", limit=50),
        Row("longest_any", "longest task of the load", "ms"),
        Row("blocking", "total blocking time", "ms"),
        Row("busy", "main thread, all", "ms"),
        Row("playing", "press → playing, settled", "ms"),
    ),
    take,
)
