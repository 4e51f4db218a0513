"""A run of `steady-player probe`: addresses in, lines out, memory bounded, until all is known or somebody stops it.

No task belongs to a probe: one that has ended begins the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from player.cli.fair import Fair
from player.cli.feed import Line, Outlet, descriptor, lines
from player.cli.progress import WIPE, Progress
from player.cli.told import STATES, as_json, as_text
from player.probe.observe import Observation, Prober, Target
from player.probe.verdict import sentence

INTERRUPTED = 128 + signal.SIGINT
_OUT = 1
_BATCH = 1000  # addresses that are handed on together
_WAITING = 5000  # addresses that wait for their turn
_UNWRITTEN = 1000  # lines
_GATHERED = 0.02  # seconds for which lines are gathered before they are written


@dataclass
class Run:
    """Probes all the addresses, `places` at once: `await Run(…).main()` gives the exit status."""

    prober: Prober
    urls: Sequence[str]
    target: Callable[[str], Target]  # by the address, with what is said of all of them
    as_json: bool
    places: int
    per_host: int
    fault: BaseException | None = None

    async def main(self) -> int:
        """Probes everything; the exit status."""
        loop, self.stop = asyncio.get_running_loop(), asyncio.Event()
        loop.add_signal_handler(signal.SIGINT, self.stop.set)
        self.loop, self.outlet, self.lines = loop, Outlet(), Fair[Line](self.per_host)
        self.progress = Progress(self.outlet)
        self.unwritten: list[bytes] = []
        self.hungry, self.fed, self.idle = threading.Event(), False, asyncio.Event()
        self.sated = self.over = False
        threading.Thread(target=self._feed, args=(loop,), name="feed", daemon=True).start()
        async with self.prober:
            done, stop = asyncio.create_task(_event(self.idle)), asyncio.create_task(_event(self.stop))
            ticker = asyncio.create_task(self.progress.show())
            try:
                await asyncio.wait((done, stop), return_when=asyncio.FIRST_COMPLETED)
            finally:
                self.over = True
                for task in (others := [done, stop, ticker]):
                    task.cancel()
                ended = await asyncio.gather(*others, return_exceptions=True)
        self._flush()
        for error in [self.fault, *ended]:
            if isinstance(error, Exception):
                raise error
        interrupted = self.stop.is_set() and not self.outlet.broken
        await self.progress.sum_up(interrupted=interrupted)
        return INTERRUPTED if interrupted else self.progress.status

    def _feed(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread: hands on the addresses of one piece after another, and waits while enough are waiting."""
        batch: list[Line] = []

        def hand_over(*, over: bool = False) -> None:
            self.hungry.clear()
            loop.call_soon_threadsafe(self._arrive, batch.copy(), over)
            batch.clear()
            self.hungry.wait()

        read = descriptor(0)

        def reading() -> bytes:
            if batch:
                hand_over()
            return read()

        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            for url in self.urls:
                for line in lines(reading) if url == "-" else (Line(0, url),):
                    batch.append(line)
                    if len(batch) >= _BATCH:
                        hand_over()
            hand_over(over=True)

    def _arrive(self, batch: list[Line], over: bool) -> None:
        for line in batch:
            self.lines.add(_host(line.text), line)
        self.fed = over
        self.sated = True
        self._go_on()

    def _go_on(self) -> None:
        """Begins as many probes as there are places for, and asks for addresses where few are waiting."""
        progress, lines = self.progress, self.lines
        # A reader who does not read holds up new probes, and none under way.
        while progress.under_way < self.places and len(self.unwritten) <= _UNWRITTEN and not self.over:
            taken = lines.take()
            if taken is None:
                break
            host, line = taken
            progress.under_way += 1
            target = self.target(line.text if line.problem is None else "")
            try:
                self.prober.begin(target, partial(self._known, host, line))
            except Exception as error:
                self.fault = error
                self.idle.set()
                return
        if self.sated and lines.length < _WAITING:
            self.sated = False
            self.hungry.set()
        if self.fed and not progress.under_way and not lines.length:
            self.idle.set()

    def _known(self, host: str, line: Line, target: Target, seen: Observation) -> None:
        """A probe has ended."""
        if self.over:
            return
        try:
            self._tell(line, target, seen)
            self.progress.under_way -= 1
            self.lines.leave(host)
            self._go_on()
        except Exception as error:
            self.fault = error
            self.idle.set()

    def _tell(self, line: Line, target: Target, seen: Observation) -> None:
        worst, evidence = sentence(target, seen)
        reason, progress = worst.reason, self.progress
        if line.problem:
            evidence["detail"] = line.problem
        if reason == "bad-url" and line.number and not seen.requests:
            evidence["line"] = line.number
        progress.probed += 1
        progress.counts[STATES[reason]] += 1
        progress.requests += seen.requests
        progress.received += seen.bytes
        told = (as_json if self.as_json else as_text)(line.text, reason, seen, evidence)
        if not self.unwritten:
            # Not at once: waking the thread that writes costs more than a probe.
            self.loop.call_later(_GATHERED, self._flush)
        self.unwritten.append(WIPE + told if progress.shared else told)

    def _flush(self) -> None:
        """Hands on what is to be written."""
        if self.unwritten and self.outlet.offer(_OUT, b"".join(self.unwritten)):
            self.unwritten.clear()
            self._go_on()
        elif self.unwritten and not self.over:
            self.loop.call_later(_GATHERED, self._flush)
        if self.outlet.broken:
            self.stop.set()


async def _event(event: asyncio.Event) -> None:
    await event.wait()


def _host(text: str) -> str:
    """Whose turn an address belongs to; roughly, for the prober has places of its own."""
    return text.split("/", 3)[2].lower() if text.count("/") > 1 else ""
