"""Who probes what now: workers on any number of machines take due sources in batches, each source one worker at a time.

A lease is a name and a time in the source's own row, or, at a named vantage point, in its sighting. It ends when the
worker records what it found, lets go, or has not been heard of for `LEASE`; what a killed worker held is taken over
then. On PostgreSQL workers pass over the rows that another one is just taking (SKIP LOCKED); on SQLite the write lock
lets one at a time take its batch.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Table, or_, select, update

from player.database import writing
from player.monitor.entries import DueSource
from player.monitor.rows import BATCH, as_due_source, due_query, seat
from player.monitor.sightings import at_home
from player.settings import HOME
from player.tables import EPOCH

LEASE = timedelta(seconds=20)
"""After which a worker that says nothing is taken for dead."""

RENEW_SECONDS = 5.0
PUT_OFF = timedelta(days=1)  # for a source that nobody can play at all
MALFORMED = timedelta(hours=1)  # for a row that says what cannot be: somebody else has written it

log = logging.getLogger("player.monitor")


class Leases:
    """One worker's. `worker`: a name that no other one has. `vantage`: where it looks from; workers of others are no
    concern of its. Every method is one transaction."""

    def __init__(self, engine: Engine, worker: str, vantage: str = HOME) -> None:
        self._engine = engine
        self.worker, self.vantage = worker, vantage
        self._own, self._here = seat(vantage)

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
                rows = self._due(connection, now, limit, without)
                idle = [row.source_id for row in rows if not row.playable]
                self._change(connection, idle, {"due_at": now + PUT_OFF})
                found, bad = _understood([row for row in rows if row.playable])
                self._change(connection, bad, {"due_at": now + MALFORMED})
                ids = [due.source_id for due in found]
                self._change(connection, ids, {"leased_by": self.worker, "leased_until": now + LEASE})
                own = at_home(connection, ids) if self.vantage == HOME else {}
            if found or not rows:
                return [replace(due, current=own.get(due.source_id, due.current)) for due in found] if own else found

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
            self._change(connection, ids, values, self._own.c.leased_by == self.worker)

    def _change(
        self, connection: Connection, ids: Sequence[int], values: dict[str, Any], *only: ColumnElement[bool]
    ) -> None:
        for batch in _batches(ids):
            query = update(self._own).where(self._own.c.source_id.in_(batch), self._here, *only)
            connection.execute(query.values(values))

    def _anything(self, now: datetime) -> bool:
        """A look that waits for no writer, because mostly there is nothing."""
        own = self._own
        with self._engine.connect() as connection:
            query = select(own.c.source_id).where(self._here, own.c.due_at <= now, free(own, now)).limit(1)
            return connection.execute(query).first() is not None

    def _due(self, connection: Connection, now: datetime, limit: int, without: Collection[str]) -> list[Row[Any]]:
        own = self._own
        query = due_query(now, without, self.vantage).where(free(own, now)).with_for_update(of=own, skip_locked=True)
        again = list(connection.execute(query.where(own.c.due_at > EPOCH).limit(limit)))
        never = query.where(own.c.due_at == EPOCH).order_by(None).order_by(own.c.source_id.desc())
        new = list(connection.execute(never.limit(max(limit - len(again), (limit + 1) // 2))))
        # In turn: where a host has few places left, neither half takes all of them.
        pairs = zip_longest(again[: limit - len(new)], new)
        return [row for pair in pairs for row in pair if row is not None]


def free(own: Table, now: datetime) -> ColumnElement[bool]:
    """Nobody's. A lease longer than any is one from a clock that was ahead, and has been set right."""
    until = own.c.leased_until
    return or_(until.is_(None), until <= now, until > now + 2 * LEASE)


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
