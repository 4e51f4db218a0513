"""What readers ask for again and again: however old it is, it is probed as often as what is new.

Whoever answers readers tells what it is (`player.web.asked`), in rows that end by themselves; every monitor heeds them.
They are few, so that nobody who goes through the whole archive can have all of it probed every minute.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, case, delete, func, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from player.database import writing
from player.monitor.rows import BATCH, OF_INTEREST, joined, of_interest, playable, seat
from player.monitor.turns import sooner
from player.settings import Settings
from player.tables import UtcDateTime, interest, media

SHARE = 0.25
"""Of the probes that are planned for, so many items at the most: with two sources each they take half of the plan."""

SLOW = 4
"""A verdict that holds for more intervals than that is of an item whose age has put it off: two of the next tier are
ten, and of this one two and what the probe may take."""

AWRY = timedelta(minutes=1)
"""Between the clocks of who tells and who heeds."""


def room(settings: Settings) -> int:
    """How many items can be of interest at a time."""
    return max(1, int(settings.probe_rate * settings.probe_interval * SHARE))


class Interest:
    """Every method is one transaction, but for `heed`, which first looks without one. Raises the driver's errors."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def tell(self, media_ids: Collection[str], now: datetime, most: int) -> None:
        """Readers ask for these now. Of more than `most` those go that were told longest ago."""
        ids = sorted(media_ids)[:most]  # sorted, as every writer takes its locks, so that none waits in a circle
        with writing(self._engine) as connection:
            for start in range(0, len(ids), BATCH):
                connection.execute(_told(self._engine, ids[start : start + BATCH], now))
            connection.execute(delete(interest).where(~of_interest(now)))
            over = _number(connection) - most
            if over > 0:
                oldest = select(interest.c.media_id).order_by(interest.c.until, interest.c.media_id).limit(over)
                connection.execute(delete(interest).where(interest.c.media_id.in_(oldest)))

    def number(self, now: datetime) -> int:
        """How many items are of interest."""
        with self._engine.connect() as connection:
            return _number(connection, of_interest(now))

    def heed(self, now: datetime, since: datetime, interval: float, vantage: str) -> int:
        """What has been of interest since then, and not before, is due now, if its age has put it off; how many
        sources there are. `interval`: the setting, in seconds."""
        own, mine = seat(vantage)
        query = (
            joined(select(own.c.source_id, own.c.checked_at, own.c.fresh_until), own)
            .join(interest, interest.c.media_id == media.c.id)
            .where(mine, of_interest(now), interest.c.since >= since - AWRY)
            .where(own.c.due_at > now + timedelta(seconds=interval), playable(now))
            .order_by(own.c.source_id)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        slow = timedelta(seconds=SLOW * interval)
        ids = [row.source_id for row in rows if row.fresh_until - row.checked_at > slow]
        if ids:
            with writing(self._engine) as connection:
                for start in range(0, len(ids), BATCH):
                    connection.execute(sooner(ids[start : start + BATCH], now, vantage))
        return len(ids)


def _number(connection: Connection, *only: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(interest).where(*only)).scalar_one()


def _told(engine: Engine, media_ids: Collection[str], now: datetime) -> Any:
    """A row for each that is in the catalogue. What was of interest until now has been so since its beginning."""
    dialect: Any = sqlite if engine.dialect.name == "sqlite" else postgresql
    moments = (literal(moment, UtcDateTime) for moment in (now, now + OF_INTEREST))
    there = select(media.c.id, *moments).where(media.c.id.in_(media_ids)).order_by(media.c.id)
    row = dialect.insert(interest).from_select(["media_id", "since", "until"], there)
    over = or_(interest.c.until <= now, interest.c.since > now)
    since = case((over, row.excluded.since), else_=interest.c.since)
    return row.on_conflict_do_update(index_elements=["media_id"], set_={"since": since, "until": row.excluded.until})
