"""A worker as a process of its own, whose probes take a moment and are noted: `python -m tests.leasing URL NOTES HOLD`.

NOTES gets `begin PID ADDRESS` and `end PID ADDRESS` a line, in the order of time over all processes. With HOLD `1` no
probe ever ends.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from player.database import open_engine
from player.monitor import leases
from player.monitor.history import History
from player.monitor.worker import Monitor
from player.probe.observation import Observation
from player.probe.target import Target
from player.settings import Settings
from tests.seen import seen


class Slow:
    def __init__(self, notes: str, hold: bool) -> None:
        self._notes = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._hold = hold

    @asynccontextmanager
    async def open(self) -> Any:
        yield self

    async def observe(self, target: Target) -> Observation:
        self._note("begin", target)
        await asyncio.sleep(3600 if self._hold else 0.05)
        self._note("end", target)
        return seen(target, 200)

    def _note(self, what: str, target: Target) -> None:
        os.write(self._notes, f"{what} {os.getpid()} {target.src}\n".encode())


def main(url: str, notes: str, hold: str) -> None:
    leases.LEASE = timedelta(seconds=3)
    leases.RENEW_SECONDS = 0.5
    monitor = Monitor(
        History(open_engine(url)),
        Settings(probe_interval=3600, probe_concurrency=8),
        opener=Slow(notes, hold == "1").open,
    )
    monitor.start()
    monitor.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
