"""Bytes on the wire: before the controls stand, in idle time and when menus are opened, and when play is pressed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from ..browser import Bench, Request, Visit
from ..contestants import Contestant
from .base import Measure, Row, Value

# Opens whatever says that it opens something, in the first player and its shadow trees.
_OPEN_ALL = """(() => {
  const walk = scope => {
    for (const node of scope.querySelectorAll('*')) {
      if (node.matches('button[aria-haspopup], button[aria-expanded], summary') && node.checkVisibility()) node.click()
      if (node.shadowRoot) walk(node.shadowRoot)
    }
  }
  const root = __bench.root()
  if (root && root.localName !== 'video' && root.localName !== 'audio') walk(root.shadowRoot ?? root)
})()"""

# So long a page may have nothing to do before a player fetches more of itself.
IDLE_SECONDS = 4.0


async def take(bench: Bench, contestant: Contestant, kind: str) -> Mapping[str, Value]:
    # The slow link keeps what is fetched in idle time apart from what the controls had to wait for.
    async with bench.visit(contestant, kind, slow=True) as visit:
        await visit.open()
        await visit.usable()
        origin = await visit.get("__bench.seen")
        await visit.page.wait_for_load_state("load")
        await _quiet(visit, IDLE_SECONDS)
        pressed = await visit.get("performance.now()")
        await visit.press()
        await visit.until("__bench.happened('playing')")
        await _quiet(visit)
        opened = await visit.get("performance.now()")
        await visit.get(_OPEN_ALL)
        await _quiet(visit)
        fetched = visit.fetched()
    code = [one for one in fetched if not _is_data(one)]
    first = [one for one in code if one.at < origin]
    playing = [one for one in code if pressed <= one.at < opened]
    later = [one for one in code if one.at >= origin and one not in playing]
    data = [one for one in fetched if _is_data(one)]
    return {
        "first": _total(first),
        "requests": len(first),
        "later": _total(later),
        "later_requests": len(later),
        "playing": _total(playing),
        "playing_requests": len(playing),
        "data": _total(data),
    }


def _is_data(request: Request) -> bool:
    """The manifest is data about the item, neither code nor message."""
    return "/media/bench-" in request.url


def _total(requests: list[Request]) -> float:
    return float(sum(request.size or 0 for request in requests))


async def _quiet(visit: Visit, seconds: float = 1.2) -> None:
    """Return once nothing new has been requested for a while."""
    known = -1
    while known != len(visit.requests):
        known = len(visit.requests)
        await asyncio.sleep(seconds)


MEASURE = Measure(
    "weight",
    "Weight, brotli over the wire",
    (
        Row("first", "before the controls can be used", "B", limit=8_000),
        Row("requests", "in requests", "", limit=1),
        Row("later", "the other controls, in idle time and when opened", "B", limit=6_000),
        Row("later_requests", "in requests"),
        Row("playing", "when play is pressed: recovery, lock screen …", "B"),
        Row("playing_requests", "in requests"),
        Row("data", "manifest"),
    ),
    take,
    rounds=1,
    inline=False,
)
