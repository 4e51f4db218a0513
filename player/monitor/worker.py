"""The monitor's thread: starts the loop, watches over it, ends it within a deadline."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from player.monitor.courier import Courier
from player.monitor.history import History
from player.monitor.inspector import Observer, Opener
from player.monitor.loop import Loop, Tally
from player.probe.observe import Prober
from player.probe.reasons import State
from player.settings import Settings

STUCK_SECONDS = 90.0  # a turn takes seconds even against a locked database; a loop silent this long is stuck
STOP_SECONDS = 4.0
DELIVERY_SECONDS = 1.0

log = logging.getLogger("player.monitor")


class AlreadyRunning(RuntimeError):
    """A second monitor in one process: every source would be probed twice."""


@dataclass(frozen=True, slots=True)
class Status:
    """`alive`: it runs and its loop has turned lately. `error`: what holds it up, since `failing_since`.

    `probes`: how many ended since the start, by the state that they found.
    """

    alive: bool
    in_flight: int
    probes: Mapping[State, int]
    error: str | None
    failing_since: datetime | None


class Monitor:
    """Probes what is due, in the background.

    `opener` makes the prober, `chance` the jitter; both are there for tests.
    """

    _lock = threading.Lock()
    _running: Monitor | None = None

    def __init__(
        self,
        history: History,
        settings: Settings,
        *,
        opener: Opener | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self._history = history
        self._settings = settings
        self._opener = opener or self._prober
        self._chance = chance or random.Random()
        self._tally = Tally()
        self._thread: threading.Thread | None = None
        self._events: asyncio.AbstractEventLoop | None = None
        self._loop: Loop | None = None
        self._ready = threading.Event()

    def start(self) -> None:
        """Returns once the loop turns. Raises `AlreadyRunning` while this or another one runs in the process."""
        with Monitor._lock:
            if Monitor._running is not None and Monitor._running._in_thread:
                raise AlreadyRunning("a monitor runs in this process already")
            Monitor._running = self
            self._tally = Tally(turned=time.monotonic())
            self._ready.clear()
            # A daemon: a probe or a database that hangs never keeps the process from ending.
            self._thread = threading.Thread(target=self._run, name="steady-player-monitor", daemon=True)
            self._thread.start()
        self._ready.wait(STOP_SECONDS)

    def stop(self, timeout: float = STOP_SECONDS) -> bool:
        """End it: probes under way are dropped, finished ones recorded. Whether that was done within `timeout` s."""
        self._call("stop")
        if self._thread is not None:
            self._thread.join(timeout)
        return not self._in_thread

    def wake(self) -> None:
        """Look at once for what is due, as after `History.make_due`."""
        self._call("wake")

    def join(self, timeout: float | None = None) -> None:
        if self._thread is not None:
            self._thread.join(timeout)

    @property
    def status(self) -> Status:
        tally = self._tally
        turning = time.monotonic() - tally.turned < STUCK_SECONDS
        return Status(
            alive=self._in_thread and turning,
            in_flight=tally.in_flight,
            probes=dict(tally.probes),
            error=tally.error if turning or not self._in_thread else "the loop is stuck",
            failing_since=tally.failing_since,
        )

    @property
    def _in_thread(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _call(self, what: str) -> None:
        events, loop = self._events, self._loop
        if events is not None and loop is not None and self._in_thread:
            # It may close between the question and the call; then there is nothing left to tell.
            with contextlib.suppress(RuntimeError):
                events.call_soon_threadsafe(getattr(loop, what))

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=_loop_factory) as runner:
                runner.run(self._main())
        except BaseException:
            log.exception("The monitor has died")
            raise
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._events = asyncio.get_running_loop()
        self._loop = Loop(self._history, self._settings, self._tally, self._chance)
        courier = Courier(self._history.outbox, self._settings)
        self._ready.set()
        delivering = asyncio.create_task(courier.run())
        await self._loop.run(self._opener)
        courier.stop()
        # What has just been delivered is to be written down, or it comes twice. What hangs is still in the outbox.
        await asyncio.wait([delivering], timeout=DELIVERY_SECONDS)
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)
        log.info("The monitor has ended")

    def _prober(self) -> AbstractAsyncContextManager[Observer]:
        settings = self._settings
        return Prober(
            timeout=settings.probe_timeout,
            per_host=settings.probe_per_host,
            max_redirects=settings.max_redirects,
            allow_networks=settings.allow_networks,
            tls_warn_days=settings.tls_warn_days,
            origin=settings.probe_origin,
            rate=settings.probe_host_rate,
        )


def _loop_factory() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # there is none for this platform
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
