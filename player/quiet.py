"""Quiet hours: when people are not to be disturbed. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHAPE = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)(?:\s+([A-Za-z][\w+/-]*))?")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` until `end` by the clock of `zone`, every day; over midnight where `end` comes first."""

    start: time
    end: time
    zone: str = "UTC"

    @classmethod
    def parse(cls, text: str) -> QuietHours:
        """`22:00-07:00` or `22:00-07:00 Europe/Berlin`. Raises `ValueError` that says what is expected."""
        found = SHAPE.fullmatch(text.strip())
        if not found:
            raise ValueError("expected hours such as 22:00-07:00, with a time zone such as Europe/Berlin after them")
        begin, until = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
        zone = found[5] or "UTC"
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{zone!r} is not a time zone; expected one such as Europe/Berlin") from None
        if begin == until:
            raise ValueError("the hours begin when they end; expected such as 22:00-07:00")
        return cls(begin, until, zone)

    def over(self, now: datetime) -> datetime:
        """When the quiet hours that `now` lies in are over, in UTC; `now` itself outside of them."""
        local = now.astimezone(ZoneInfo(self.zone))
        clock = local.time()
        if self.start < self.end:
            if not self.start <= clock < self.end:
                return now
            days = 0
        else:
            if self.end <= clock < self.start:
                return now
            days = 1 if clock >= self.start else 0
        ends = datetime.combine(local.date() + timedelta(days=days), self.end, ZoneInfo(self.zone))
        return ends.astimezone(UTC)
