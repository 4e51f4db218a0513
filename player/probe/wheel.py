"""Deadlines by one timer for all, in the time that the loop was there to listen.

A timer object a request costs more than the request's parsing. Here a deadline is a place in a bucket, and a
tick comes twenty times a second while there are any. A tick that comes late tells that the loop was busy or
that the process did not run: nobody listened meanwhile. So the wheel's clock leaves such delays out, and every
deadline moves by them. A delay beyond what may be made up for is told by `starved`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType
from typing import Protocol

TICK = 0.05  # seconds
_LATE = 0.02  # seconds of delay that count
_WON_BACK = 4  # seconds of credit for each second that the loop listens
_REMEMBERED = 1000  # delays


class Expiring(Protocol):
    def expire(self) -> None:
        """The deadline has come."""


class Wheel:
    """Use it on the loop that it is made on.

    `credit`: seconds of delay that are made up for. It is won back while the loop runs, so that a loop which is
    always late has deadlines all the same: what may take a second is over after five and the credit, at the most.
    """

    def __init__(self, credit: float = 10.0) -> None:
        self._loop = asyncio.get_running_loop()
        self._buckets: dict[int, set[Expiring]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._credit, self._debt, self._lost = credit, 0.0, 0.0
        self._spared = False
        self._late: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)
        self._starved: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)

    def now(self) -> float:
        """Seconds by the wheel's clock, in which its deadlines are: the loop's time without its delays."""
        return self._loop.time() - self._lost

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

    def waiting(self) -> list[Expiring]:
        """All that have a deadline now."""
        return [thing for bucket in self._buckets.values() for thing in bucket]

    def until(self, deadline: float) -> Until:
        """`async with wheel.until(deadline)`: TimeoutError at the deadline, as `asyncio.timeout_at` has it."""
        return Until(self, deadline)

    def lateness(self, since: float) -> float:
        """The longest delay since then, by the wheel's clock; seconds."""
        return self._longest(self._late, since)

    def starved(self, since: float) -> float:
        """The same of the delays that were not made up for."""
        return self._longest(self._starved, since)

    def _longest(self, delays: deque[tuple[float, float]], since: float) -> float:
        return max((late for at, late in delays if at >= since), default=0.0)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        self._due = self._loop.time() + TICK
        self._timer = self._loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._debt = max(0.0, self._debt - TICK * _WON_BACK)
        late = self._loop.time() - self._due
        if late > _LATE:
            self._make_up(late)
        # What has arrived during a delay is read before anything is given up; once, and not twice in a row.
        self._spared = late > _LATE and not self._spared
        if not self._spared:
            here = int(self.now() / TICK)
            due = [self._buckets.pop(place) for place in [place for place in self._buckets if place <= here]]
            for thing in [thing for bucket in due for thing in bucket]:
                self._loop.call_soon(thing.expire)  # an error of one is not the others'
        if self._buckets:
            self._arm()

    def _make_up(self, late: float) -> None:
        """Takes a delay out of the clock, if there is credit for it."""
        if self._debt and self._debt + late > self._credit:
            self._starved.append((self.now(), late))
        else:
            self._debt = min(self._debt + late, self._credit)
            self._lost += late
        self._late.append((self.now(), late))


class Until:
    """A deadline for a block of a coroutine."""

    def __init__(self, wheel: Wheel, deadline: float) -> None:
        self._wheel, self._deadline = wheel, deadline
        self._timeout, self._inside = asyncio.timeout(None), True

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()
        self._place = self._wheel.add(self, self._deadline)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inside = False
        self._wheel.discard(self, self._place)
        await self._timeout.__aexit__(kind, error, trace)

    def expire(self) -> None:
        if self._inside:
            self._timeout.reschedule(0.0)
