"""What time it is for a live DASH stream: players go by the clock that the manifest names, not by their own
(UTCTiming, ISO/IEC 23009-1, section 5.8.4.11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from player.probe.dash_values import instant
from player.probe.fetch import Failure
from player.probe.fetched import Fetched
from player.probe.stream import Stream

_SCHEME = "urn:mpeg:dash:utc:"
_MOST = 3  # clocks that are asked


async def clock(timing: Sequence[tuple[str, str]], stream: Stream) -> datetime:
    """The time by the first clock that tells it; the prober's own where none does. `timing`: schemes and values."""
    asked = 0
    for scheme, value in timing:
        kind = scheme.removeprefix(_SCHEME).partition(":")[0]
        if kind == "direct" and (told := instant(value)):
            return told
        # http-head too is asked with GET, whose Date is the same.
        for uri in value.split() if kind in ("http-xsdate", "http-iso", "http-head") else ():
            asked += 1
            if asked <= _MOST and (told := await _ask(stream, uri, dated=kind == "http-head")):
                return told
    return datetime.now(UTC)


async def _ask(stream: Stream, uri: str, *, dated: bool) -> datetime | None:
    try:
        answer = await stream.get(stream.address(uri, stream.subject.url), cap=64)
    except Failure:
        return None
    if answer.status != 200:
        return None
    return _date(answer) if dated else instant(answer.body.decode("ascii", "replace"))


def _date(answer: Fetched) -> datetime | None:
    try:
        told = parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, TypeError, IndexError):
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)
