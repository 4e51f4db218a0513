"""The monitor's turns: record what has finished, take what is due, wait. Lives in one event loop.

Probes are tasks; the database is asked in a second thread, so that a slow disk never looks like a slow media server.
Nothing is kept here that the database does not have: killed at any moment, the next one goes on where this one was.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import random
import secrets
import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from player.database import explain
from player.monitor.breaker import ENOUGH
from player.monitor.history import DueSource, History, Result
from player.monitor.inspector import Inspector, Observer, Opener
from player.monitor.leases import RENEW_SECONDS
from player.probe.reasons import State
from player.settings import HOME, Settings

LOOK_SECONDS = 0.5  # how soon something that became due, or was added, is noticed
WITNESSES = 2 * ENOUGH  # other sources of a doubted host that are looked at, soon after one another
GATHER_SECONDS = 0.1  # how long a result waits for others to share its transaction
HOST_SHARE = 4  # one host has at most this part of all places
PRUNE_SECONDS = 3600.0  # between two looks for what is too old to keep
SWEEP_SECONDS = 5.0  # between two looks for incidents that are about nothing any more
SETTLE_SECONDS = 5.0  # between two looks for items that the clock has changed
SETTLE_FOR = 0.25  # seconds that one turn gives to them
COUNT_SECONDS = 60.0  # between two counts of the sources, by which the plan is made
ENROL_SECONDS = 2.0  # between two looks of a vantage point for new sources
STEP_SECONDS = 5.0  # by which a clock is set back rather than trimmed
COPIED = 500  # results after which the database's log is copied into it
BACK_OFF = (0.5, 30.0)  # seconds of the first and of the longest pause after a fault
HELD = 20_000  # results kept while the database is away; after that the oldest go, their sources being due again

AWAY = (OperationalError, InterfaceError, PoolTimeout, OSError)
"""The database cannot be asked now. Anything else it says is about what was asked, and would be said again."""

log = logging.getLogger("player.monitor")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Tally:
    """What the loop lets other threads see. Each field is replaced whole, never changed in place but for `probes`."""

    turned: float = 0.0  # time.monotonic() of the latest turn
    in_flight: int = 0
    # All states from the start: a dict that another thread copies must not grow meanwhile.
    probes: Counter[State] = field(default_factory=lambda: Counter(dict.fromkeys(State, 0)))
    error: str | None = None
    failing_since: datetime | None = None


class Loop:
    """Turns until `stop()`, which like `wake()` may be called from within the loop only."""

    def __init__(self, history: History, settings: Settings, tally: Tally, chance: random.Random) -> None:
        self._history = history
        self._vantage = settings.vantage
        name = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._leases = history.leases(name, self._vantage)
        self._settings = settings
        self._tally = tally
        self._chance = chance
        self._inspector = Inspector(settings, chance, history.extras)
        self._renewed = 0.0
        self._offset = math.inf  # of the clock, by that which never goes back; none: whatever was before is looked at
        self._counted = self._pruned = self._swept = -PRUNE_SECONDS
        self._last_swept = 0  # the incident
        self._settled = -PRUNE_SECONDS
        self._heard = -PRUNE_SECONDS
        self._enrolled, self._last_enrolled = -PRUNE_SECONDS, 0  # the source
        self._store = ThreadPoolExecutor(1, thread_name_prefix="steady-player-store")
        self._copier = ThreadPoolExecutor(1, thread_name_prefix="steady-player-log")
        self._copying: asyncio.Future[None] | None = None
        self._uncopied = 0  # results
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._hosts: Counter[str] = Counter()  # probes under way, by host
        self._turned: set[str] = set()  # hosts that went down or came back
        self._combed: dict[str, int] = {}  # those whose sources are being made due, and how far that is
        self._doubted: set[str] = set()  # hosts of which something was heard that may be their own fault
        self._finished: list[Result] = []
        self._pause = BACK_OFF[0]
        self._stopping = False
        self._nudge = asyncio.Event()

    @property
    def _share(self) -> int:
        """How many places one host may have."""
        return max(self._settings.probe_per_host, self._settings.probe_concurrency // HOST_SHARE)

    def stop(self) -> None:
        self._stopping = True
        self._nudge.set()

    def wake(self) -> None:
        """Look at once for what is due."""
        self._nudge.set()

    async def run(self, opener: Opener) -> None:
        try:
            while not self._stopping:
                try:
                    async with opener() as prober:
                        await self._turns(prober)
                except Exception as error:  # whatever it is, monitoring must not end in silence
                    log.exception("The monitor met an error of its own and starts over")
                    await self._held_up(error)
        finally:
            for threads in (self._store, self._copier):
                threads.shutdown(wait=False, cancel_futures=True)

    async def _turns(self, prober: Observer) -> None:
        self._inspector.breakers.seed(await self._ask(self._history.hosts_down, self._vantage))
        try:
            while not self._stopping:
                self._tally.turned = time.monotonic()
                try:
                    await self._record()
                    await self._renew()
                    await self._mind_the_clock()
                    await self._plan()
                    await self._take(prober)
                except AWAY as error:
                    await self._held_up(error)
                    continue
                self._recovered()
                await self._rest()
        finally:
            await self._wind_up()

    async def _take(self, prober: Observer) -> None:
        """Begin as many due probes as there is room for."""
        room = self._settings.probe_concurrency - len(self._tasks)
        if room <= 0:
            return
        # A host that has its share of the places is passed over, so that its queue holds up nobody else's.
        share = self._share
        full = [host for host, under_way in self._hosts.items() if under_way >= share]
        passed = []
        for due in await self._ask(partial(self._leases.take, without=full), _now(), room):
            if due.source_id in self._tasks:  # the lease had run out, and is ours again
                continue
            if self._hosts[due.host] < share:
                self._hosts[due.host] += 1
                self._tasks[due.source_id] = asyncio.create_task(self._probe(prober, due))
            else:
                passed.append(due.source_id)
        await self._ask(self._leases.release, passed)
        self._tally.in_flight = len(self._tasks)

    async def _renew(self) -> None:
        """Say that this worker lives, to those who would take over what it probes."""
        if self._tasks and time.monotonic() - self._renewed >= RENEW_SECONDS:
            await self._ask(self._leases.renew, list(self._tasks), _now())
            self._renewed = time.monotonic()

    async def _mind_the_clock(self) -> None:
        """What was written by a clock that was ahead would else be due only when this one has caught up with it."""
        offset = _offset()
        if offset < self._offset - STEP_SECONDS:
            put_right = await self._ask(self._history.put_right, _now(), self._vantage)
            if put_right:
                log.warning("the clock went back: %d sources that were probed in its future are due now", put_right)
        self._offset = offset

    async def _plan(self) -> None:
        """What is done now and then, or has been noticed by a probe.

        Whether all sources can be probed in each interval, at the rate that the operator has planned for; what is
        too old to keep; the sources of hosts that went down or came back.
        """
        if time.monotonic() - self._counted >= COUNT_SECONDS:
            self._counted = time.monotonic()
            enough = int(self._settings.probe_rate * self._settings.probe_interval)
            self._inspector.spread = await self._ask(self._history.more_sources_than, enough)
        if time.monotonic() - self._pruned >= PRUNE_SECONDS:
            before = _now() - timedelta(days=self._settings.keep_days)
            more = await self._ask(self._history.prune, before) or await self._ask(self._history.places.forget, _now())
            if not more:
                self._pruned = time.monotonic()
                self._last_enrolled = 0  # now and then from the beginning
        if time.monotonic() - self._swept >= SWEEP_SECONDS:
            self._swept = time.monotonic()
            self._last_swept = await self._ask(self._history.sweep, _now(), self._last_swept)
        await self._settle()
        down = self._inspector.breakers.down()
        await self._be_heard(down)
        await self._enrol()
        for host in list(self._turned):
            log.warning("%s %s", host, f"is down: {down[host]}" if host in down else "answers again")
            if host not in down:
                await self._ask(self._history.host_back, host, _now(), self._vantage)
            self._combed[host] = 0
            self._turned.discard(host)
        for host, after in list(self._combed.items()):
            # No more in one turn than are probed in it.
            comb = partial(self._history.make_host_due_from, vantage=self._vantage)
            following = await self._ask(comb, host, _now(), after, self._share)
            if following:
                self._combed[host] = following
            else:
                del self._combed[host]
        for host in list(self._doubted - down.keys()):
            # Whether it is the host is known before the first of its items is held to be dead.
            witnesses = partial(self._history.make_host_due, limit=WITNESSES, vantage=self._vantage)
            await self._ask(witnesses, host, _now())
        self._doubted.clear()

    async def _settle(self) -> None:
        """Counting is for those who look on: whatever is wrong with it holds up no probe."""
        if time.monotonic() - self._settled < SETTLE_SECONDS:
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
        if self._turned or time.monotonic() - self._heard >= COUNT_SECONDS:
            self._heard = time.monotonic()
            await self._ask(self._history.places.heard, self._vantage, down, _now())

    async def _enrol(self) -> None:
        """At a named vantage point, take up what has been added to the catalogue."""
        if self._vantage != HOME and time.monotonic() - self._enrolled >= ENROL_SECONDS:
            after, more = await self._ask(self._history.enrol, self._vantage, self._last_enrolled)
            self._last_enrolled = after
            self._enrolled = self._enrolled if more else time.monotonic()

    async def _probe(self, prober: Observer, due: DueSource) -> None:
        try:
            seen = await self._inspector.inspect(prober, due)
            self._finished.append(seen.result)  # looked up now: the list is another one after every `_record`
            self._tally.probes[seen.state] += 1
            if seen.turned:
                self._turned.add(due.host)
            if seen.doubted:
                self._doubted.add(due.host)
        finally:
            del self._tasks[due.source_id]
            self._hosts[due.host] -= 1
            if not self._hosts[due.host]:
                del self._hosts[due.host]
            self._tally.in_flight = len(self._tasks)

    async def _record(self) -> None:
        """Write what has finished; what cannot be written now stays for the next turn."""
        batch, self._finished = self._finished, []
        if not batch:
            return
        try:
            down = self._inspector.breakers.down()
            transitions = await self._ask(self._history.record, batch, down, self._leases.worker, self._vantage)
        except AWAY:
            self._finished = (batch + self._finished)[-HELD:]
            raise
        except Exception:
            # What will not do is dropped, and is probed anew without waiting for its lease to end.
            await self._ask(self._leases.release, [one.source_id for one in batch])
            raise
        self._copy_log(len(batch))
        for change in transitions:
            log.info(
                "%s: %s (%s) → %s (%s) %s",
                change.media_id,
                change.from_state,
                change.from_reason,
                change.state,
                change.reason,
                change.src,
            )

    def _copy_log(self, more: int) -> None:
        """In a thread of its own, since the disk may take its time."""
        self._uncopied += more
        if self._uncopied >= COPIED and (self._copying is None or self._copying.done()):
            self._uncopied = 0
            self._copying = asyncio.get_running_loop().run_in_executor(self._copier, self._history.copy_log)

    async def _ask(self, question: Callable[..., Answer], *arguments: object) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._store, question, *arguments)

    async def _rest(self) -> None:
        """Until a probe ends (and a moment more, for others to join it), somebody calls, or it is time to look."""
        # One may have ended already, while the database was asked for something else.
        if self._finished or await self._wait(LOOK_SECONDS, *self._tasks.values()):
            await self._wait(GATHER_SECONDS)

    async def _wait(self, seconds: float, *tasks: asyncio.Task[None]) -> bool:
        """Whether one of `tasks` ended within the time; a call ends the wait too."""
        nudged = asyncio.create_task(self._nudge.wait())
        try:
            done, _ = await asyncio.wait({nudged, *tasks}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            nudged.cancel()
        if not self._stopping:
            self._nudge.clear()
        return bool(done - {nudged})

    async def _held_up(self, error: Exception) -> None:
        """Say what is wrong, once, and pause: longer each time."""
        told = explain(error) if isinstance(error, DBAPIError) else f"{type(error).__name__}: {error}".splitlines()[0]
        if self._tally.error is None:
            self._tally.failing_since = _now()
            log.error("The monitor is held up, and goes on trying: %s", told)
        self._tally.error = told
        await self._wait(self._pause * self._chance.uniform(0.5, 1.0))
        self._pause = min(self._pause * 2, BACK_OFF[1])

    def _recovered(self) -> None:
        if self._tally.error is not None:
            log.info("The monitor goes on")
        self._tally.error = self._tally.failing_since = None
        self._pause = BACK_OFF[0]

    async def _wind_up(self) -> None:
        """Let go of the probes under way (they are due still), and write what is finished."""
        ids, tasks = list(self._tasks), list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await self._record()
            await self._ask(self._leases.release, ids)
        except AWAY as error:
            log.warning("The latest results are not recorded, their sources are due again: %s", error)


def _offset() -> float:
    return time.time() - time.monotonic()


def _now() -> datetime:
    return datetime.now(UTC)
