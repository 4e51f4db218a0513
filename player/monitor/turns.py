"""Whose turn it is: sources are made due, or put off, beside what their own probes say.

What takes long is done in pieces, each a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Update, func, select, update

from player.database import writing
from player.monitor.entries import DueSource
from player.monitor.rows import BATCH, SKEW, as_due_source, due_query, joined, playable, seat
from player.tables import EPOCH, latest, media, sightings, sources, verdicts

PUT_OFF = timedelta(days=1)  # for a source that nobody can play at all


def due(engine: Engine, now: datetime, limit: int, without: Collection[str]) -> list[DueSource]:
    """See `player.monitor.history.History.due`."""
    while True:
        with engine.connect() as connection:
            rows = connection.execute(due_query(now, without).limit(limit)).all()
        idle = [row.source_id for row in rows if not row.playable]
        if not idle:
            return [as_due_source(row) for row in rows]
        _put_off(engine, idle, now)


def _put_off(engine: Engine, source_ids: list[int], now: datetime) -> None:
    of_item = select(sources.c.id).join(media, media.c.id == sources.c.media_id)
    with writing(engine) as connection:
        for start in range(0, len(source_ids), BATCH):
            here = sources.c.id.in_(source_ids[start : start + BATCH])
            # Asked again, because an item may have been replaced since it was read.
            idle = connection.execute(of_item.where(here, ~playable(now))).scalars().all()
            connection.execute(update(verdicts).where(verdicts.c.source_id.in_(idle)).values(due_at=now + PUT_OFF))


def make_due(engine: Engine, media_id: str) -> int:
    """Have an item's sources probed next, from everywhere; how many there are."""
    ours = select(sources.c.id).where(sources.c.media_id == media_id)
    query = update(verdicts).where(verdicts.c.source_id.in_(ours)).values(due_at=EPOCH)
    named = update(sightings).where(sightings.c.source_id.in_(ours), sightings.c.due_at.is_not(None))
    with writing(engine) as connection:
        connection.execute(named.values(due_at=EPOCH))
        return connection.execute(query).rowcount


def make_host_due(engine: Engine, host: str, now: datetime, limit: int, vantage: str) -> int:
    """Have some of a host's sources looked at next from a vantage point; how many there are."""
    own, mine = seat(vantage)
    later = (mine, own.c.due_at > now, playable(now))
    ours = joined(select(sources.c.id), own).where(sources.c.host == host, *later)
    with writing(engine) as connection:
        return connection.execute(sooner(ours.limit(limit), now, vantage)).rowcount


def make_host_due_from(engine: Engine, host: str, now: datetime, after: int, limit: int, vantage: str) -> int:
    """Have those of a host's sources looked at next that follow id `after`; the last one's id, 0 at the end."""
    query = select(sources.c.id).where(sources.c.host == host, sources.c.id > after)
    with writing(engine) as connection:
        ours = connection.execute(query.order_by(sources.c.id).limit(limit)).scalars().all()
        for start in range(0, len(ours), BATCH):
            connection.execute(sooner(ours[start : start + BATCH], now, vantage))
    return ours[-1] if len(ours) == limit else 0


def put_right(engine: Engine, now: datetime, vantage: str) -> int:
    """Have looked at now what was probed at times that are yet to come; how many."""
    own, mine = seat(vantage)
    ahead = select(own.c.source_id).where(own.c.checked_at > now + SKEW, mine).order_by(own.c.source_id)
    number = after = 0
    while True:
        with engine.connect() as connection:  # it takes a while, and no writer waits for it
            ids = connection.execute(ahead.where(own.c.source_id > after).limit(BATCH)).scalars().all()
        if not ids:
            break
        with writing(engine) as connection:
            connection.execute(sooner(ids, now, vantage))
        number, after = number + len(ids), ids[-1]
    with writing(engine) as connection:
        connection.execute(update(latest).where(latest.c.at > now + SKEW).values(at=now))
    return number


def more_sources_than(engine: Engine, number: int) -> bool:
    """Without counting all of them."""
    some = select(verdicts.c.source_id).limit(number + 1).subquery()
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(some)).scalar_one() > number


def sooner(source_ids: Any, now: datetime, vantage: str) -> Update:
    """What would be due later is due now."""
    own, mine = seat(vantage)
    return update(own).where(own.c.source_id.in_(source_ids), mine, own.c.due_at > now).values(due_at=now)
