"""Deadlines by one timer for all, and a measure of how late the loop runs.

A timer object a request costs more than the request's parsing. Here a deadline is a place in a bucket, and a
tick comes twenty times a second while there are any. A tick that comes late tells that the loop was busy or
that the process did not run; what has arrived meanwhile is then read before anything is given up.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

TICK = 0.05  # seconds
_LATE = 0.1  # seconds of delay that are remembered
_SPAN = 60.0  # seconds for which


class Expiring(Protocol):
    def expire(self) -> None:
        """The deadline has come."""


class Wheel:
    """Use it on the loop that it is made on."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._buckets: dict[int, set[Expiring]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._spared = False
        self._late: deque[tuple[float, float]] = deque(maxlen=256)

    def add(self, thing: Expiring, deadline: float) -> int:
        """Calls `thing.expire()` at the deadline or up to two ticks later. The place, for `discard`."""
        place = int(deadline / TICK) + 1
        try:
            self._buckets[place].add(thing)
        except KeyError:
            self._buckets[place] = {thing}
            if self._timer is None:
                self._arm()
        return place

    def discard(self, thing: Expiring, place: int) -> None:
        if (bucket := self._buckets.get(place)) is not None:
            bucket.discard(thing)

    def lateness(self, since: float) -> float:
        """The longest delay of the loop since then, in seconds; 0.0 where it ran in time."""
        latest = max((late for at, late in self._late if at >= since), default=0.0)
        # A delay that is still going on has been noted by nobody yet.
        now = self._loop.time()
        return max(latest, now - self._due if self._timer is not None and now - self._due > _LATE else 0.0)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        self._due = self._loop.time() + TICK
        self._timer = self._loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        now, self._timer = self._loop.time(), None
        late = now - self._due
        if late > _LATE:
            self._late.append((now, late))
            while self._late and self._late[0][0] < now - _SPAN:
                self._late.popleft()
        # Once, and not twice in a row: a loop that is always late has deadlines all the same.
        self._spared = late > _LATE and not self._spared
        if not self._spared:
            here = int(now / TICK)
            for place in [place for place in self._buckets if place <= here]:
                for thing in self._buckets.pop(place):
                    thing.expire()
        if self._buckets:
            self._arm()
