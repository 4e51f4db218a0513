"""Whether a live stream goes on: by its own clock, by what the last probe saw, or by a second look.

A server that adds segments does so at least every one and a half target durations (RFC 8216, section 6.2.1).
Nothing is called stopped before that time has passed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from player.probe.findings import Finding

_PATIENCE = 1.5  # target durations until a playlist must have moved
_LEAST = 1.1  # that are worth waiting for, where the deadline allows no more
_OLD = 3  # target durations that the newest segment may be old
_MOST = 30.0  # seconds, where nobody will look again
_MARGIN = 1.0  # seconds kept for the second look itself


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a live playlist ended when it was seen. `last`: its last address; `count`: of all in it, parts too."""

    sequence: int
    last: str
    count: int
    at: datetime

    def to_json(self) -> dict[str, Any]:
        return {"sequence": self.sequence, "last": self.last, "count": self.count, "at": self.at.isoformat()}

    @classmethod
    def read(cls, facts: object) -> Edge | None:
        """What `to_json` wrote into the evidence of the last verdict."""
        if not isinstance(facts, Mapping):
            return None
        try:
            at = datetime.fromisoformat(str(facts["at"]))
            return cls(int(facts["sequence"]), str(facts["last"]), int(facts["count"]), at) if at.tzinfo else None
        except (KeyError, ValueError, TypeError):
            return None


def compare(before: Edge | None, now: Edge, target: float) -> str | None:
    """moved, back, still; None where too little time lies between to say so."""
    if before is None:
        return None
    if now.sequence < before.sequence:
        return "back"
    if (now.sequence, now.last, now.count) != (before.sequence, before.last, before.count):
        return "moved"
    waited = (now.at - before.at).total_seconds()
    return "still" if waited >= _LEAST * max(target, 1.0) else None


def wait(target: float, left: float) -> float | None:
    """Seconds to wait for a second look, of the `left` ones; None where that would prove nothing."""
    room = left - _MARGIN
    seconds = min(_PATIENCE * max(target, 1.0), room)
    return seconds if seconds >= _LEAST * max(target, 1.0) else None


def longest(target: float) -> float:
    """Seconds that a second look may take where nobody will look again."""
    return min(_PATIENCE * max(target, 1.0), _MOST) + _MARGIN


def age(newest: datetime | None, headers: Mapping[str, str], now: datetime) -> float | None:
    """How old the newest moment is, in seconds. Where prober and server disagree about the time, the younger."""
    if newest is None:
        return None
    ages = [(clock - newest).total_seconds() for clock in (now, _server(headers)) if clock is not None]
    return min(ages)


def written(headers: Mapping[str, str]) -> float | None:
    """How long ago the playlist was written, in seconds, by Last-Modified."""
    modified, server = _date(headers.get("last-modified")), _server(headers)
    return (server - modified).total_seconds() if modified and server else None


def _server(headers: Mapping[str, str]) -> datetime | None:
    """The time at the server when we asked: Date is when the answer was made, Age since when it is in a cache."""
    date = _date(headers.get("date"))
    said = headers.get("age", "")
    old = int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0
    return date + timedelta(seconds=old) if date else None


def _date(text: str | None) -> datetime | None:
    try:
        when = parsedate_to_datetime(text or "")
    except (ValueError, TypeError, IndexError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def settled(old: float | None, target: float, motion: str | None) -> bool:
    """Whether it is clear without another look that the stream goes on, or that it does not."""
    return motion is not None or (old is not None and old <= _PATIENCE * max(target, 1.0))


def stale(old: float | None, target: float) -> bool:
    return old is not None and old > _OLD * max(target, 1.0)


def judge(old: float | None, target: float, headers: Mapping[str, str], motion: str | None, url: str) -> Finding | None:
    """What is wrong with the stream's progress. `old`: the age of its newest segment."""
    late = stale(old, target)
    facts: dict[str, Any] = {"target": target}
    if old is not None and math.isfinite(old):
        facts["behind"] = round(old, 1)
    if motion == "back":
        return Finding("live-backward", facts, url)
    if motion == "still" and (old is None or late):
        return Finding("live-stopped", facts, url)
    fresh = written(headers)
    if not late:
        # Nobody could look twice, but the server says itself since when the playlist has not changed.
        since = old is None and motion is None and stale(fresh, target)
        return Finding("live-stopped", {**facts, "written": round(fresh or 0.0, 1)}, url) if since else None
    goes_on = motion == "moved" or (fresh is not None and fresh <= _PATIENCE * max(target, 1.0))
    return Finding("live-behind" if goes_on else "live-stopped", facts, url)
