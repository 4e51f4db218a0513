"""The monitor's turns: record what has finished, do the chores, take what is due, wait. Lives in one event loop.

Probes are tasks; the database is asked in a second thread, so that a slow disk never looks like a slow media server.
Nothing is kept here that the database does not have: killed at any moment, the next one goes on where this one was.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import secrets
import socket
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from player.database import AWAY, explain
from player.monitor.chores import Chores
from player.monitor.history import DueSource, History, Result
from player.monitor.inspector import Inspector, Observer, Opener
from player.monitor.leases import RENEW_SECONDS
from player.probe.reasons import State
from player.settings import Settings

LOOK_SECONDS = 0.5  # how soon something that became due, or was added, is noticed
GATHER_SECONDS = 0.1  # how long a result waits for others to share its transaction
HOST_SHARE = 4  # one host has at most this part of all places
COPIED = 500  # results after which the database's log is copied into it
BACK_OFF = (0.5, 30.0)  # seconds of the first and of the longest pause after a fault
HELD = 20_000  # results kept while the database is away; after that the oldest go, their sources being due again

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
        # How many places one host may have.
        self._share = max(settings.probe_per_host, settings.probe_concurrency // HOST_SHARE)
        name = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._leases = history.leases(name, self._vantage)
        self._settings = settings
        self._tally = tally
        self._chance = chance
        self._inspector = Inspector(settings, chance, history.extras)
        self._chores = Chores(history, settings, self._inspector, self._ask, self._share)
        self._renewed = 0.0
        self._store = ThreadPoolExecutor(1, thread_name_prefix="steady-player-store")
        self._copier = ThreadPoolExecutor(1, thread_name_prefix="steady-player-log")
        self._copying: asyncio.Future[None] | None = None
        self._uncopied = 0  # results
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._hosts: Counter[str] = Counter()  # probes under way, by host
        self._finished: list[Result] = []
        self._pause = BACK_OFF[0]
        self._stopping = False
        self._nudge = asyncio.Event()

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
                    await self._chores.do()
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

    async def _probe(self, prober: Observer, due: DueSource) -> None:
        try:
            seen = await self._inspector.inspect(prober, due)
            self._finished.append(seen.result)  # looked up now: the list is another one after every `_record`
            self._tally.probes[seen.state] += 1
            if seen.turned:
                self._chores.turned.add(due.host)
            if seen.doubted:
                self._chores.doubted.add(due.host)
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


def _now() -> datetime:
    return datetime.now(UTC)
