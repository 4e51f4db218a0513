"""What a monitor does between its probes: now and then, or because of what a probe has noticed.

Whether all sources can be probed in each interval; what is too old to keep; incidents that are about nothing any more;
counts that the clock has changed; what readers have begun to ask for; a clock that was set back; a vantage point's word
that it is there; the sources of hosts that went down or came back.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from player.database import AWAY
from player.monitor.breaker import ENOUGH
from player.monitor.history import History
from player.monitor.inspector import Inspector
from player.settings import HOME, Settings
from player.tables import EPOCH

WITNESSES = 2 * ENOUGH  # other sources of a doubted host that are looked at, soon after one another
PRUNE_SECONDS = 3600.0  # between two looks for what is too old to keep
SWEEP_SECONDS = 5.0  # between two looks for incidents that are about nothing any more
SETTLE_SECONDS = 5.0  # between two looks for items that the clock has changed
SETTLE_FOR = 0.25  # seconds that one turn gives to them
HEED_SECONDS = 2.0  # between two looks for what readers have begun to ask for
COUNT_SECONDS = 60.0  # between two counts of the sources, by which the plan is made
ENROL_SECONDS = 2.0  # between two looks of a vantage point for new sources
STEP_SECONDS = 5.0  # by which a clock is set back rather than trimmed
_LONG_AGO = -PRUNE_SECONDS  # by the monotonic clock, which may begin at 0

log = logging.getLogger("player.monitor")

Ask = Callable[..., Awaitable[Any]]  # a question to the database and its arguments, in the thread that may wait


class Chores:
    """`do` is called once a turn. `share`: how many sources of one host are made due in it. `turned`: hosts that went
    down or came back; `doubted`: those of which something was heard that may be their own fault. Whoever probes adds
    to both."""

    def __init__(self, history: History, settings: Settings, inspector: Inspector, ask: Ask, share: int) -> None:
        self._history, self._settings, self._inspector = history, settings, inspector
        self._ask, self._share, self._vantage = ask, share, settings.vantage
        self.turned: set[str] = set()
        self.doubted: set[str] = set()
        self._combed: dict[str, int] = {}  # hosts whose sources are being made due, and how far that is
        self._offset = math.inf  # of the clock, by that which never goes back; none: whatever was before is looked at
        self._counted = self._pruned = self._swept = self._settled = self._heard = self._enrolled = self._heeded = (
            _LONG_AGO
        )
        self._last_swept = 0  # the incident
        self._last_enrolled = 0  # the source
        self._last_heeded = EPOCH  # what began to be of interest then

    async def do(self) -> None:
        """Raises one of `AWAY`; what was not done then is done the next time."""
        await self._mind_the_clock()
        await self._count()
        await self._prune()
        await self._sweep()
        await self._settle()
        down = self._inspector.breakers.down()
        await self._be_heard(down)
        await self._enrol()
        await self._heed()
        await self._tell_hosts(down)
        await self._comb()
        await self._call_witnesses(down)

    async def _mind_the_clock(self) -> None:
        """What was written by a clock that was ahead would else be due only when this one has caught up with it."""
        offset = _offset()
        if offset < self._offset - STEP_SECONDS:
            put_right = await self._ask(self._history.put_right, _now(), self._vantage)
            if put_right:
                log.warning("the clock went back: %d sources that were probed in its future are due now", put_right)
        self._offset = offset

    async def _count(self) -> None:
        """Whether there are more sources than can be probed in each interval, at the rate that was planned for."""
        if _passed(self._counted, COUNT_SECONDS):
            self._counted = time.monotonic()
            enough = int(self._settings.probe_rate * self._settings.probe_interval)
            self._inspector.spread = await self._ask(self._history.more_sources_than, enough)

    async def _prune(self) -> None:
        if _passed(self._pruned, PRUNE_SECONDS):
            before = _now() - timedelta(days=self._settings.keep_days)
            more = await self._ask(self._history.prune, before) or await self._ask(self._history.places.forget, _now())
            if not more:
                self._pruned = time.monotonic()
                self._last_enrolled = 0  # now and then from the beginning

    async def _sweep(self) -> None:
        if _passed(self._swept, SWEEP_SECONDS):
            self._swept = time.monotonic()
            self._last_swept = await self._ask(self._history.sweep, _now(), self._last_swept)

    async def _settle(self) -> None:
        """Counting is for those who look on: whatever is wrong with it holds up no probe."""
        if not _passed(self._settled, SETTLE_SECONDS):
            return
        try:
            more = await self._ask(self._history.settle, _now(), SETTLE_FOR)
        except AWAY:
            raise
        except Exception:
            log.exception("what the clock has changed cannot be counted; `steady-player recount` may mend it")
            more = False
        if not more:
            self._settled = time.monotonic()

    async def _be_heard(self, down: Mapping[str, str]) -> None:
        """Say that this vantage point is looked from, and what is silent to it."""
        if self.turned or _passed(self._heard, COUNT_SECONDS):
            self._heard = time.monotonic()
            await self._ask(self._history.places.heard, self._vantage, down, _now())

    async def _enrol(self) -> None:
        """At a named vantage point, take up what has been added to the catalogue."""
        if self._vantage != HOME and _passed(self._enrolled, ENROL_SECONDS):
            self._last_enrolled, more = await self._ask(self._history.enrol, self._vantage, self._last_enrolled)
            self._enrolled = self._enrolled if more else time.monotonic()

    async def _heed(self) -> None:
        """What is old, and asked for all the same, is looked at now and not hours later."""
        if self._inspector.spread and _passed(self._heeded, HEED_SECONDS):
            now = _now()
            interval = self._settings.probe_interval
            await self._ask(self._history.interest.heed, now, self._last_heeded, interval, self._vantage)
            self._heeded, self._last_heeded = time.monotonic(), now

    async def _tell_hosts(self, down: Mapping[str, str]) -> None:
        """Of the hosts that went down or came back all sources are looked at."""
        for host in list(self.turned):
            log.warning("%s %s", host, f"is down: {down[host]}" if host in down else "answers again")
            if host not in down:
                await self._ask(self._history.host_back, host, _now(), self._vantage)
            self._combed[host] = 0
            self.turned.discard(host)

    async def _comb(self) -> None:
        """No more in one turn than are probed in it."""
        for host, after in list(self._combed.items()):
            comb = partial(self._history.make_host_due_from, vantage=self._vantage)
            following = await self._ask(comb, host, _now(), after, self._share)
            if following:
                self._combed[host] = following
            else:
                del self._combed[host]

    async def _call_witnesses(self, down: Mapping[str, str]) -> None:
        """Whether it is the host is known before the first of its items is held to be dead."""
        for host in list(self.doubted - down.keys()):
            witnesses = partial(self._history.make_host_due, limit=WITNESSES, vantage=self._vantage)
            await self._ask(witnesses, host, _now())
        self.doubted.clear()


def _passed(since: float, seconds: float) -> bool:
    return time.monotonic() - since >= seconds


def _offset() -> float:
    return time.time() - time.monotonic()


def _now() -> datetime:
    return datetime.now(UTC)
