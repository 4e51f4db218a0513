"""Whether the prober may trust itself: what it hears, and whether anybody hears it.

A failure of the network is the source's, or the prober's own. It is the prober's where its loop ran late by
more than a quarter of the time-out ("starved"), unless it has listened for the whole time-out all the same, since
the wheel makes up for delays as far as it can; and where no host answers at all ("everywhere"): then hosts
that answered before are asked again, since one that still does clears the network.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from player.probe.wheel import Wheel

LATE = 0.25  # of the time-out
HOSTS = 3  # that must fail before "everywhere" is said
_KNOWN = 100  # witnesses
_ASKED = 3  # of them, at most, for one failure
_POLL = 0.05  # seconds


class SelfCheck:
    """`ask`: whether a URL still answers. `listening`: the hosts, with their ports, that are being probed. Use it on
    the loop that the wheel is on."""

    def __init__(
        self, wheel: Wheel, patience: float, ask: Callable[[str], Awaitable[bool]], listening: Callable[[], list[str]]
    ) -> None:
        self._wheel, self._now, self._patience, self._ask = wheel, wheel.now, patience, ask
        self._listening = listening
        self._answered = 0.0  # when any host did
        self._witnesses: OrderedDict[str, str] = OrderedDict()  # hosts that answered, each with a URL
        self._failed: OrderedDict[str, None] = OrderedDict()  # hosts that have failed since anyone answered
        self._unheard: set[str] = set()  # witnesses that have been asked in vain since then
        self._lock = asyncio.Lock()

    def answered(self, host: str, url: str, now: float) -> None:
        self._answered = now
        if self._failed:
            self._failed.clear()
            self._unheard.clear()
        if host not in self._witnesses:
            self._witnesses[host] = url
            if len(self._witnesses) > _KNOWN:
                self._witnesses.popitem(last=False)

    async def doubt(self, host: str, began: float, *, silent: bool) -> str | None:
        """Why a failure of the network since `began` (by the wheel's clock) may be the prober's own: "starved",
        "everywhere", or None. `silent`: it is a time-out."""
        if self.late(began, silent=silent):
            return "starved"
        self._note(host)
        deadline = self._now() + self._patience
        # The first to fail waits for what the others say.
        while self._undecided(began) and self._now() < deadline:  # noqa: ASYNC110 - seldom, and told by any probe
            await asyncio.sleep(_POLL)
        if self._answered >= began:
            return None
        async with self._lock:
            for name, url in [*self._witnesses.items()][-_ASKED:] if self._answered < began else []:
                # Also at hosts that have failed: another file there may well answer.
                if name not in self._unheard:
                    if await self._ask(url):
                        self.answered(name, url, self._now())
                        return None
                    self._unheard.add(name)
        if self.late(began, silent=silent):
            return "starved"
        return "everywhere" if self._answered < began and len(self._failed) >= HOSTS else None

    def clear(self, host: str, began: float, *, silent: bool) -> bool:
        """Whether `doubt` has nothing to say, and nobody to ask: others have been heard meanwhile."""
        if self._answered < began or self.late(began, silent=silent):
            return False
        self._note(host)
        return True

    def _note(self, host: str) -> None:
        self._failed[host] = None
        while len(self._failed) > _KNOWN:
            self._failed.popitem(last=False)

    def late(self, since: float, *, silent: bool) -> bool:
        """Whether the loop was late since then by more than it may; for a time-out, and was not made up for."""
        late = self._wheel.starved(since) if silent else self._wheel.lateness(since)
        return late > LATE * self._patience

    def _undecided(self, began: float) -> bool:
        if self._answered >= began:
            return False
        return any(_host(place) not in self._failed for place in self._listening())


def _host(authority: str) -> str:
    """Without its port, and the brackets of an IPv6 address."""
    name = authority.rpartition(":")[0] if authority[-1:].isdigit() and ":" in authority else authority
    return name.strip("[]")
