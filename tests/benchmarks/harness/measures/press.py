"""A press at the first moment: as soon as any control is painted, and at moments around the upgrade.

The link is slow, so that the player's script is still on its way. A press lasts 50 ms, as a finger's
does: one that begins on the browser's control may end on the player's. It is lost when nothing plays
within four seconds, and cut when what plays is paused, reloaded or replaced by the upgrade. "Once it
stands": on the player's own control and without the throttle; the pointer's arrival may start a fetch,
and that must not lose the press.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import count

from playwright.async_api import Error, TimeoutError

from ..browser import Bench, Visit
from ..contestants import Contestant
from .base import Measure, Row, Value

# ms after the first paint, one a round; the player arrives 100 to 400 ms after the paint.
MOMENTS = (0, 90, 180, 270, 360, 45, 135, 225, 315, 405)
PLAYING_MS = 4000
_turn = {"video": count(), "audio": count()}

# The element that plays, and whether it is still the one, playing, and has moved since.
_KEEP = "window.__first = __bench.media()"
_WENT_ON = "__bench.usable && __first.isConnected && __first === __bench.media() && __first.currentTime > 0.4"
_CUT = """(() => {
  const names = __bench.events.map(([name]) => name)
  return names.slice(names.indexOf('play')).some(name => ['pause', 'emptied', 'error'].includes(name))
})()"""
# Script may play a medium only after a gesture; this call counts as one for as long as the page lives.
_PLAY = """new Promise((resolve, reject) => {
  const look = () => {
    const media = document.querySelector('video, audio')
    if (!media) return void setTimeout(look, 5)
    window.__first = media
    media.play().then(() => resolve(true), error => resolve(String(error)))
  }
  setTimeout(() => resolve('late'), 6000)
  look()
})"""


async def take(bench: Bench, contestant: Contestant, kind: str) -> Mapping[str, Value]:
    moment = MOMENTS[next(_turn[kind]) % len(MOMENTS)]
    async with bench.visit(contestant, kind, slow=True) as visit:
        await visit.open()
        await visit.hear("painted")
        await asyncio.sleep(moment / 1000)
        own = await visit.press(settled=False)
        await visit.get(_KEEP)
        try:
            playing: Value = await visit.playing(PLAYING_MS)
        except TimeoutError:
            playing = None
        cut = await _is_cut(visit) if playing is not None else None
    return {
        "early": float(not own),
        "lost": float(playing is None),
        "cut": cut,
        "playing": playing,
        "scripted": await _scripted(bench, contestant, kind),
        "settled": await _settled(bench, contestant, kind),
    }


async def _scripted(bench: Bench, contestant: Contestant, kind: str) -> Value:
    """The same by `play()` in a script, before the upgrade."""
    async with bench.visit(contestant, kind, slow=True) as visit:
        await visit.open()
        try:
            answer = await visit.cdp.send(
                "Runtime.evaluate", {"expression": _PLAY, "awaitPromise": True, "userGesture": True}
            )
        except Error as error:
            return str(error).splitlines()[0]
        if answer["result"].get("value") is not True:
            return 1.0
        return await _is_cut(visit)


async def _settled(bench: Bench, contestant: Contestant, kind: str) -> float:
    async with bench.visit(contestant, kind) as visit:
        await visit.open("load")
        await visit.usable()
        await visit.press()
        try:
            await visit.playing(PLAYING_MS)
        except TimeoutError:
            return 1.0
    return 0.0


async def _is_cut(visit: Visit) -> float:
    try:
        await visit.until(_WENT_ON, PLAYING_MS)
    except TimeoutError:
        return 1.0
    return float(await visit.get(_CUT))


MEASURE = Measure(
    "press",
    "A press at the first moment, slow link, CPU ×4 (sums over the rounds)",
    (
        Row("early", "presses before the upgrade", gather="sum"),
        Row("lost", "presses lost", limit=0, gather="sum"),
        Row("cut", "playback cut by the upgrade", limit=0, gather="sum"),
        Row("scripted", "play() before the upgrade cut", limit=0, gather="sum"),
        Row("settled", "presses lost once it stands, fast link", limit=0, gather="sum"),
        Row("playing", "press → playing, still loading", "ms"),
    ),
    take,
    inline=False,
)
