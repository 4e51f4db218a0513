"""Twenty players on a page: what they hold in memory, and how much document they are.

The heap is JavaScript's, after a full collection, beside the same page without any player; "each" is
that difference over twenty, the player's code included, and "one more" what the second to the
twentieth add.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from ..browser import Bench
from ..contestants import Contestant
from .base import Measure, Row, Value

_ROOTS = "[...document.querySelectorAll('figure')].map(figure => figure.firstElementChild)"


async def take(bench: Bench, contestant: Contestant, kind: str) -> Mapping[str, Value]:
    held = {}
    for variant in ("none", "one", "twenty"):
        async with bench.visit(contestant, kind, variant) as visit:
            await visit.open("load")
            # The waiting leaves objects of the automation's in the page: let it do so in each.
            ready = float(await visit.until("__bench.usable" if variant != "none" else "performance.now()"))
            await asyncio.sleep(0.7)
            held[variant] = await visit.heap()
            if variant == "twenty":
                census = await visit.get(f"__bench.census({_ROOTS})")
    return {
        "heap": (held["twenty"] - held["none"]) / 20 / 1000,
        "more": (held["twenty"] - held["one"]) / 19 / 1000,
        "elements": census["all"] / 20,
        "own": (census["all"] - census["light"]) / 20,
        "sheets": census["sheets"] + census["styles"] / 20,
        "ready": ready,
    }


MEASURE = Measure(
    "twenty",
    "Twenty players",
    (
        Row("heap", "heap each, code included", "kB", limit=20, digits=1),
        Row("more", "heap of one more", "kB", digits=1),
        Row("elements", "elements each", limit=35, digits=1),
        Row("own", "of them in shadow trees", digits=1),
        Row("sheets", "style sheets, shared + each", limit=1, digits=1),
        Row("ready", "first one usable, no throttle", "ms"),
    ),
    take,
    rounds=2,
    inline=False,
)
