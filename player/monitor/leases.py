"""Who probes what now: workers on any number of machines take due sources in batches, each source one worker at a time.

A lease is a name and a time in the source's own row. It ends when the worker records what it found, lets go, or has
not been heard of for `LEASE`; what a killed worker held is taken over then. On PostgreSQL workers pass over the rows
that another one is just taking (SKIP LOCKED); on SQLite the write lock lets one at a time take its batch.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, or_, select, update

from player.database import writing
from player.monitor.entries import DueSource
from player.monitor.rows import BATCH, as_due_source, due_query
from player.tables import EPOCH, verdicts

LEASE = timedelta(seconds=20)
"""After which a worker that says nothing is taken for dead."""

RENEW_SECONDS = 5.0
PUT_OFF = timedelta(days=1)  # for a source that nobody can play at all
MALFORMED = timedelta(hours=1)  # for a row that says what cannot be: somebody else has written it

log = logging.getLogger("player.monitor")


class Leases:
    """One worker's. `worker`: a name that no other one has. Every method is one transaction."""

    def __init__(self, engine: Engine, worker: str) -> None:
        self._engine = engine
        self.worker = worker

    def take(self, now: datetime, limit: int, *, without: Collection[str] = ()) -> list[DueSource]:
        """Due sources that are nobody's, which are this worker's from now on; none of the hosts `without`.

        What was never probed gets half of the room, the newest first, and what is due again, the longest due first,
        the other half; either takes what the other leaves. So neither a large import holds up what readers rely on,
        nor the other way round. Sources of expired and removed items are put off for a day.
        """
        if not self._anything(now):
            return []
        while True:
            with writing(self._engine) as connection:
                rows = _due(connection, now, limit, without)
                idle = [row.source_id for row in rows if not row.playable]
                _put_off(connection, idle, now + PUT_OFF)
                found, bad = _understood([row for row in rows if row.playable])
                _put_off(connection, bad, now + MALFORMED)
                mine = {"leased_by": self.worker, "leased_until": now + LEASE}
                for batch in _batches([due.source_id for due in found]):
                    connection.execute(update(verdicts).where(verdicts.c.source_id.in_(batch)).values(mine))
            if found or not rows:
                return found

    def renew(self, source_ids: Iterable[int], now: datetime) -> None:
        """Keep what is still being probed."""
        self._set(source_ids, {"leased_until": now + LEASE})

    def release(self, source_ids: Iterable[int]) -> None:
        """Let go of what was not probed, for whoever comes next."""
        self._set(source_ids, {"leased_by": None, "leased_until": None})

    def _set(self, source_ids: Iterable[int], values: dict[str, Any]) -> None:
        ids = sorted(source_ids)
        if not ids:
            return
        with writing(self._engine) as connection:
            for batch in _batches(ids):
                mine = (verdicts.c.source_id.in_(batch), verdicts.c.leased_by == self.worker)
                connection.execute(update(verdicts).where(*mine).values(values))

    def _anything(self, now: datetime) -> bool:
        """A look that waits for no writer, because mostly there is nothing."""
        with self._engine.connect() as connection:
            query = select(verdicts.c.source_id).where(verdicts.c.due_at <= now, free(now)).limit(1)
            return connection.execute(query).first() is not None


def free(now: datetime) -> ColumnElement[bool]:
    """Nobody's. A lease longer than any is one from a clock that was ahead, and has been set right."""
    until = verdicts.c.leased_until
    return or_(until.is_(None), until <= now, until > now + 2 * LEASE)


def _due(connection: Connection, now: datetime, limit: int, without: Collection[str]) -> list[Row[Any]]:
    query = due_query(now, without).where(free(now)).with_for_update(of=verdicts, skip_locked=True)
    again = list(connection.execute(query.where(verdicts.c.due_at > EPOCH).limit(limit)))
    never = query.where(verdicts.c.due_at == EPOCH).order_by(None).order_by(verdicts.c.source_id.desc())
    new = list(connection.execute(never.limit(max(limit - len(again), (limit + 1) // 2))))
    # In turn: where a host has few places left, neither half takes all of them.
    pairs = zip_longest(again[: limit - len(new)], new)
    return [row for pair in pairs for row in pair if row is not None]


def _put_off(connection: Connection, source_ids: Sequence[int], until: datetime) -> None:
    for batch in _batches(source_ids):
        connection.execute(update(verdicts).where(verdicts.c.source_id.in_(batch)).values(due_at=until))


def _understood(rows: Sequence[Row[Any]]) -> tuple[list[DueSource], list[int]]:
    found, bad = [], []
    for row in rows:
        try:
            found.append(as_due_source(row))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            log.error("the row of source %s (%s) makes no sense, and is passed over: %s", row.source_id, row.src, error)
            bad.append(row.source_id)
    return found, bad


def _batches(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
