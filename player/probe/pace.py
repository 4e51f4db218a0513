"""How fast a file comes whose first bytes took seconds: what it needs to be played as it arrives, or less.

One answer tells nothing: the server may have thought before it sent, or the prober had no time to listen. So a very
short range is asked for, and a longer one: what the longer ones took beyond the short one, their bytes took. Whoever
looks slow by that is asked for both once more: a server, or a prober, may have had no time for a moment.
"""

from __future__ import annotations

import asyncio

from player.probe.ask import Ask, Subject
from player.probe.contents import live
from player.probe.fetch import Failure
from player.probe.findings import Finding, Inspection
from player.probe.look import Look

LATE = 2.0  # seconds for the first bytes, from which on it is worth a question
_LEAST = 0.5  # seconds of difference that are no accident
_FEW, _MORE = 512, 5120  # bytes
_POOR = 2000  # bytes a second; what no medium makes do with, where its bitrate is not known
_GRACE = 5.0  # seconds for the questions, where the first bytes used up the probe's time


async def inspect(took: float, look: Look, size: int | None, subject: Subject, ask: Ask) -> Inspection:
    """`took`: seconds until the first bytes were all there. Nothing is said of live streams, which have a pace."""
    loop, here = asyncio.get_running_loop(), len(subject.body)
    if here < 2 * _MORE or live(subject.answer.headers, subject.target, look, size):
        return Inspection()
    needed = size / look.duration if size and look.duration else _POOR
    ask.deadline += max(0.0, _GRACE - ask.seconds)
    rate = 0.0
    before = here, took
    for _ in range(2):
        found: list[tuple[int, float]] = []
        for length in (_FEW, _MORE):
            began = loop.time()
            try:
                answer = await ask(subject.url, length=length)
            except Failure:
                return Inspection()
            if answer.status != 206:
                return Inspection()
            found.append((len(answer.body), loop.time() - began))
        few, more = found
        for many, seconds in (before, more):
            if seconds - few[1] < _LEAST:
                return Inspection()
            rate = max(rate, (many - few[0]) / (seconds - few[1]))
        if rate >= needed:
            return Inspection()
        before = more
    return Inspection((Finding("slow", {"bytes_per_second": round(rate), "needed": round(needed)}),))
