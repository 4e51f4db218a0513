"""How far a run of probes has come: counted, shown on a terminal, summed up in the end."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import time

from player.cli.feed import Outlet
from player.probe.reasons import State

# The exit status by state, worst first.
STATUS = {State.UNAVAILABLE: 2, State.UNKNOWN: 3, State.DEGRADED: 1, State.AVAILABLE: 0}
WIPE = b"\r\x1b[K"
_ERR = 2


class Progress:
    """`shown`: standard error is a terminal; `shared`: standard output is one too, and lines go around it.
    `requests`, and `received` bytes, are what was spent; `under_way` probes are going on."""

    def __init__(self, outlet: Outlet) -> None:
        self.outlet = outlet
        self.counts = dict.fromkeys((state.value for state in STATUS), 0)
        self.probed = self.requests = self.received = self.under_way = 0
        self.began = time.monotonic()
        self.shown = sys.stderr.isatty()
        self.shared = self.shown and sys.stdout.isatty()

    @property
    def status(self) -> int:
        """The exit status of the worst state."""
        return next((STATUS[state] for state in STATUS if self.counts[state.value]), 0)

    async def show(self) -> None:
        """Until it is cancelled."""
        while self.shown:
            width = max(20, shutil.get_terminal_size().columns)
            rate = self.probed / max(0.001, time.monotonic() - self.began)
            text = f"{self._told()} · {self.under_way} in flight · {rate:,.0f}/s"
            self.outlet.offer(_ERR, WIPE + text[: width - 1].encode())
            await asyncio.sleep(0.2)

    def _told(self) -> str:
        parts = ", ".join(
            f"{self.counts[state.value]:,} {state}" for state in reversed(STATUS) if self.counts[state.value]
        )
        return f"{self.probed:,} probed" + (f": {parts}" if parts else "")

    async def sum_up(self, *, interrupted: bool) -> None:
        """The last line; somebody who has interrupted does not wait for long."""
        seconds = time.monotonic() - self.began
        text = (
            f"{'interrupted; ' if interrupted else ''}{self._told()}; {self.requests:,} requests, "
            f"{self.received / 1e6:,.1f} MB, {seconds:,.1f} s\n"
        )
        patience = 2.0 if interrupted else None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while not self.outlet.offer(_ERR, (WIPE if self.shown else b"") + text.encode()):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)  # it is emptied by a thread
        await asyncio.get_running_loop().run_in_executor(None, self.outlet.close, patience)
