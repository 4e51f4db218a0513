"""An answer under way: its pieces, as fast and as far as the plan of the moment lets them go."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from .faults import Plan
from .messages import Answer

CHUNK = 16_384
HOLD = 600.0  # seconds that a silent connection is kept at most


@dataclass(eq=False, slots=True)
class Transfer:
    """`path` is None for a faulty address, which no switch concerns. `changed`: the plan has."""

    path: str | None
    plan: Plan
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def switch(self, plan: Plan) -> None:
        """Goes on under another plan where it can; else breaks off, for the file is another now."""
        self.plan = plan
        self.changed.set()
        if not plan.only_slows() and not plan.tarpit:
            drop(self.writer, reset=plan.reset, now=True)

    async def pause(self, seconds: float) -> None:
        self.changed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.changed.wait()

    async def silent(self, holds: Callable[[Plan], bool]) -> bool:
        """Says nothing as long as the plan `holds`; whether the client has gone meanwhile."""
        while holds(self.plan):
            self.changed.clear()
            gone = asyncio.ensure_future(self.reader.read(1))
            woken = asyncio.ensure_future(self.changed.wait())
            try:
                await asyncio.wait((gone, woken), timeout=HOLD, return_when=asyncio.FIRST_COMPLETED)
                if not woken.done():
                    return True
            finally:
                gone.cancel()
                woken.cancel()
                await asyncio.gather(gone, woken, return_exceptions=True)
        return False

    async def pieces(self, answer: Answer) -> AsyncGenerator[bytes, None]:
        """The body; short of `answer.size` when it is cut or the client has gone."""
        at, end = answer.offset, answer.offset + answer.size
        file = await asyncio.to_thread(answer.body.open, "rb") if isinstance(answer.body, Path) else None
        with file or contextlib.nullcontext():
            while at < end:
                step = min(CHUNK, end - at, max(1, (self.plan.rate or CHUNK * 10) // 10))
                limit = _limit(self.plan)
                if limit is not None and at >= limit:
                    if self.plan.cut is not None and at >= self.plan.cut:
                        return
                    if await self.silent(lambda plan, here=at: _stalls(plan, here)):  # type: ignore[misc]
                        return
                    continue
                step = step if limit is None else min(step, limit - at)
                if file:
                    file.seek(at)
                    piece = file.read(step)
                else:
                    assert isinstance(answer.body, bytes)
                    piece = answer.body[at - answer.offset :][:step]
                if not piece:
                    return
                at += len(piece)
                yield piece
                if self.plan.rate and at < end:
                    await self.pause(len(piece) / self.plan.rate)


def _limit(plan: Plan) -> int | None:
    """The first byte of the file that does not go out under this plan."""
    return min((n for n in (plan.cut, plan.stall, 0 if plan.tarpit else None) if n is not None), default=None)


def _stalls(plan: Plan, at: int) -> bool:
    return plan.tarpit or (plan.stall is not None and plan.stall <= at)


def drop(writer: asyncio.StreamWriter, *, reset: bool, now: bool = False) -> None:
    """Ends the connection: by RST, or by FIN after (unless `now`) what was written has gone."""
    if reset:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if reset or now:
        writer.transport.abort()
    else:
        writer.close()
