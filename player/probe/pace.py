"""How fast a file comes whose first bytes took seconds: what it needs to be played as it arrives, or less.

One answer tells nothing, since the server may have thought before it sent. So a shorter range is asked for as well:
what the longer one took beyond it, the bytes took.
"""

from __future__ import annotations

import asyncio

from player.probe.ask import Ask, Subject
from player.probe.contents import live
from player.probe.fetch import Failure
from player.probe.findings import Finding, Inspection
from player.probe.look import Look

LATE = 2.0  # seconds for the first bytes, from which on it is worth a question
_LEAST = 1.0  # seconds of difference that are no accident
_FEW = 512  # bytes
_POOR = 2000  # bytes a second; what no medium makes do with, where its bitrate is not known


async def inspect(took: float, look: Look, size: int | None, subject: Subject, ask: Ask) -> Inspection:
    """`took`: seconds until the first bytes were all there. Nothing is said of live streams, which have a pace."""
    loop, here = asyncio.get_running_loop(), len(subject.body)
    if here < 4 * _FEW or live(subject.answer.headers, subject.target, look, size):
        return Inspection()
    began = loop.time()
    try:
        few = await ask(subject.url, length=_FEW)
    except Failure as failed:
        if failed.code != "timeout":
            return Inspection()
        more = took / 2  # the time was up, most of it used for the first bytes
    else:
        if few.status != 206:
            return Inspection()
        more = took - (loop.time() - began)
    if more < _LEAST:
        return Inspection()
    rate = (here - _FEW) / more
    needed = size / look.duration if size and look.duration else _POOR
    if rate >= needed:
        return Inspection()
    return Inspection((Finding("slow", {"bytes_per_second": round(rate), "needed": round(needed)}),))
