"""Whether the prober may trust itself: what it hears, and whether anybody hears it.

A failure of the network is the source's, or the prober's own. It is the prober's where its loop ran late by
more than a quarter of the time-out ("starved"), and where no host answers at all ("everywhere"): then hosts
that answered before are asked again, since one that still does clears the network.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable

from player.probe.wheel import Wheel

LATE = 0.25  # of the time-out
HOSTS = 3  # that must fail before "everywhere" is said
_KNOWN = 100  # witnesses
_ASKED = 3  # of them, at most, for one failure
_POLL = 0.05  # seconds


class SelfCheck:
    """`ask`: whether a URL still answers. Use it on the loop that the wheel is on."""

    def __init__(self, wheel: Wheel, patience: float, ask: Callable[[str], Awaitable[bool]]) -> None:
        self._wheel, self._patience, self._ask = wheel, patience, ask
        self._loop = asyncio.get_running_loop()
        self._answered = 0.0  # when any host did
        self._witnesses: OrderedDict[str, str] = OrderedDict()  # hosts that answered, each with a URL
        self._failed: OrderedDict[str, None] = OrderedDict()  # hosts that have failed since anyone answered
        self._listening: Counter[str] = Counter()  # probes under way, by host
        self._lock = asyncio.Lock()

    def begin(self, host: str) -> None:
        self._listening[host] += 1

    def end(self, host: str) -> None:
        self._listening[host] -= 1
        if not self._listening[host]:
            del self._listening[host]

    def answered(self, host: str, url: str) -> None:
        self._answered = self._loop.time()
        if self._failed:
            self._failed.clear()
        if host not in self._witnesses:
            self._witnesses[host] = url
            if len(self._witnesses) > _KNOWN:
                self._witnesses.popitem(last=False)

    async def doubt(self, host: str, began: float) -> str | None:
        """Why a failure of the network since `began` (the loop's time) may be the prober's own: "starved",
        "everywhere", or None. To be asked when the probe has ended (`end`)."""
        if self.late(began):
            return "starved"
        self._failed[host] = None
        while len(self._failed) > _KNOWN:
            self._failed.popitem(last=False)
        deadline = self._loop.time() + self._patience
        # The first to fail waits for what the others say.
        while self._undecided(began) and self._loop.time() < deadline:  # noqa: ASYNC110 - seldom, and told by any probe
            await asyncio.sleep(_POLL)
        if self._answered >= began:
            return None
        async with self._lock:
            for name, url in [*self._witnesses.items()][-_ASKED:] if self._answered < began else []:
                if name != host and name not in self._failed:
                    if await self._ask(url):
                        self.answered(name, url)
                        return None
                    self._failed[name] = None
        if self.late(began):
            return "starved"
        return "everywhere" if self._answered < began and len(self._failed) >= HOSTS else None

    def late(self, since: float) -> bool:
        """Whether the loop was late by more than it may since then, in its own time."""
        return self._wheel.lateness(since) > LATE * self._patience

    def _undecided(self, began: float) -> bool:
        others = any(name not in self._failed for name in self._listening)
        return self._answered < began and others
