"""Cumulative layout shift while a page loads and its player upgrades, over the slow link, and at the first play.

Chromium's own audio controls shift inside themselves by a little, so the target is of what a player adds to native.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from ..browser import Bench
from ..contestants import Contestant
from .base import Measure, Row, Value


async def take(bench: Bench, contestant: Contestant, kind: str) -> Mapping[str, Value]:
    shifts: dict[str, Value] = {}
    for variant in ("one", "twenty"):
        async with bench.visit(contestant, kind, variant, slow=True) as visit:
            await visit.open()
            await visit.usable()
            await visit.page.wait_for_load_state("load")
            await asyncio.sleep(0.8)
            shifts[variant] = float(await visit.get("__bench.shift"))
            if variant == "one":
                await visit.press()
                await visit.until("__bench.happened('playing')")
                await asyncio.sleep(0.8)
                shifts["played"] = float(await visit.get("__bench.shift"))
    return shifts


MEASURE = Measure(
    "shift",
    "Layout shift (score)",
    (
        Row("one", "one player", limit=0, over="more", gather="max", digits=3),
        Row("played", "one player, played", limit=0, over="more", gather="max", digits=3),
        Row("twenty", "twenty players", limit=0, over="more", gather="max", digits=3),
    ),
    take,
    rounds=2,
    inline=False,
)
