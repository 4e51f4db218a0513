"""A worker as a process of its own, whose probes are noted: `python -m tests.leasing URL NOTES MANNER`.

NOTES gets `begin PID ADDRESS` and `end PID ADDRESS` a line, in the order of time over all processes. MANNER: `hold`,
no probe ever ends; `calm`, all is well; `fickle`, all changes for ever, and each transition is a line `kept NUMBER`.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from player.database import open_engine
from player.monitor import leases, loop
from player.monitor.history import History, Result, Transition
from player.monitor.outbox import Channel
from player.monitor.worker import Monitor
from player.probe.observation import Observation
from player.probe.target import Target
from player.settings import Settings
from tests.seen import seen


class Slow:
    def __init__(self, notes: int, manner: str) -> None:
        self._notes = notes
        self._manner = manner

    @asynccontextmanager
    async def open(self) -> Any:
        yield self

    async def observe(self, target: Target) -> Observation:
        self._note("begin", target)
        await asyncio.sleep({"hold": 3600, "calm": 0.05, "fickle": 0.001}[self._manner])
        self._note("end", target)
        return seen(target, random.choice([200, 404]) if self._manner == "fickle" else 200)

    def _note(self, what: str, target: Target) -> None:
        os.write(self._notes, f"{what} {os.getpid()} {target.src}\n".encode())


class Told(History):
    """Says what it has kept, once it has."""

    notes = -1

    def record(self, results: Sequence[Result], *rest: Any) -> list[Transition]:
        kept = super().record(results, *rest)
        os.write(self.notes, "".join(f"kept {change.id}\n" for change in kept).encode())
        return kept


def main(url: str, notes: str, manner: str) -> None:
    leases.LEASE = timedelta(seconds=3)
    setattr(loop, "RENEW_SECONDS", 0.5)  # noqa: B010
    file = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    history = History(open_engine(url))
    if manner == "fickle":
        history = Told(open_engine(url), channels=[Channel("webhook", "https://hooks.example.org")])
        Told.notes = file
    interval = 0.1 if manner == "fickle" else 3600
    settings = Settings(probe_interval=interval, probe_concurrency=8)
    monitor = Monitor(history, settings, opener=Slow(file, manner).open)
    monitor.start()
    monitor.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
