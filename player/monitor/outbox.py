"""What is to be told, kept in the database until it has been: at least once, across restarts.

An incident's event is written for every channel in the transaction that opens or closes the incident. A channel is
named by a digest of its address, which may hold a password, and never by the address itself.

Any number of workers deliver: each takes letters for `CLAIM` and says so again while it is at them, so that nobody is
told twice by two who live, and what a killed one had in hand is taken over by the next.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Select, case, delete, func, insert, or_, select, update

from player.database import writing
from player.monitor.incidents import Incident, Scope
from player.quiet import QuietHours
from player.settings import Settings
from player.tables import outbox

WEBHOOK, NOTIFY = "webhook", "notify"

RETRIES = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600))
"""Between tries of a channel that fails; the last one goes on until the event is `KEPT` old."""

KEPT = timedelta(days=3)
"""After which nobody wants to be told any more."""

CLAIM = timedelta(seconds=5)
"""For which a letter is its worker's, from when that was last heard of."""

BATCH = 100


@dataclass(frozen=True, slots=True)
class Channel:
    """Where events go. `kind`: `WEBHOOK` or `NOTIFY`."""

    kind: str
    address: str

    @property
    def name(self) -> str:
        return f"{self.kind}-{hashlib.sha256(self.address.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Letter:
    """One event for one channel. `body`: the incident, as `told` makes it."""

    id: int
    event: str
    channel: str
    body: dict[str, Any]
    created_at: datetime
    tries: int


def channels(settings: Settings) -> tuple[Channel, ...]:
    """All that are configured."""
    return (
        *(Channel(WEBHOOK, address) for address in settings.webhooks),
        *(Channel(NOTIFY, address) for address in settings.notify),
    )


def post(
    connection: Connection,
    found: Sequence[Incident],
    channels: Iterable[Channel],
    now: datetime,
    quiet: QuietHours | None = None,
) -> None:
    """Write the events of these incidents. People (`NOTIFY`) are left in peace until their quiet hours are over."""
    rows = [
        {
            "event": "incident.closed" if incident.ended_at else "incident.opened",
            "channel": channel.name,
            "body": told(incident),
            "created_at": now,
            "due_at": quiet.over(now) if quiet and channel.kind == NOTIFY else now,
            "tries": 0,
        }
        for incident in found
        for channel in channels
    ]
    if rows:
        connection.execute(insert(outbox), rows)


def told(incident: Incident) -> dict[str, Any]:
    """An incident as JSON: what webhooks carry, and `/incidents` lists."""
    facts = {
        "id": incident.id,
        "scope": incident.scope.value,
        "host" if incident.scope is Scope.HOST else "media": incident.subject,
        "reason": incident.reason,
        "started_at": instant(incident.started_at),
        "ended_at": instant(incident.ended_at) if incident.ended_at else None,
        "items": incident.items,
        "examples": list(incident.examples),
        "languages": dict(incident.languages),
    }
    return {name: value for name, value in facts.items() if value is not None}


def instant(moment: datetime) -> str:
    """RFC 3339."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


class Outbox:
    """Every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def due(self, now: datetime, channel: str) -> list[Letter]:
        """The oldest letters of a channel whose time has come, and which nobody has in hand."""
        with self._engine.connect() as connection:
            return _letters(connection, _due(now, channel, BATCH))

    def take(self, now: datetime, channel: str, limit: int) -> list[Letter]:
        """Such letters, which are the caller's for `CLAIM`."""
        with self._engine.connect() as connection:  # a look that waits for no writer, because mostly there is nothing
            if not _letters(connection, _due(now, channel, 1)):
                return []
        with writing(self._engine) as connection:
            found = _letters(connection, _due(now, channel, limit).with_for_update(skip_locked=True))
            _put_off(connection, found, now + CLAIM)
        return found

    def keep(self, letters: Iterable[Letter], now: datetime) -> None:
        """Say that they are still being delivered."""
        with writing(self._engine) as connection:
            _put_off(connection, letters, now + CLAIM)

    def waiting(self, now: datetime) -> tuple[int, float]:
        """How many letters wait though their time has come, and for how many seconds the first of them has.

        Put off after a failure, one has waited since it was written; put off for somebody's night it has not.
        """
        since = case((outbox.c.tries > 0, outbox.c.created_at), else_=outbox.c.due_at)
        query = select(func.count(), func.min(since)).where(or_(outbox.c.tries > 0, outbox.c.due_at <= now))
        with self._engine.connect() as connection:
            number, first = connection.execute(query).one()
        return number, max(0.0, (now - first).total_seconds()) if first else 0.0

    def delivered(self, letters: Iterable[Letter]) -> None:
        with writing(self._engine) as connection:
            connection.execute(delete(outbox).where(outbox.c.id.in_([letter.id for letter in letters])))

    def failed(self, letters: Iterable[Letter], now: datetime) -> None:
        """Put off, longer each time."""
        with writing(self._engine) as connection:
            for letter in letters:
                wait = RETRIES[min(letter.tries, len(RETRIES) - 1)]
                again = {"tries": letter.tries + 1, "due_at": now + wait}
                connection.execute(update(outbox).where(outbox.c.id == letter.id).values(again))

    def expire(self, now: datetime) -> int:
        """Drop what is too old to be of use, such as the letters of a channel that is configured no more."""
        with writing(self._engine) as connection:
            return connection.execute(delete(outbox).where(outbox.c.created_at < now - KEPT)).rowcount


def _due(now: datetime, channel: str, limit: int) -> Select[Any]:
    query = select(outbox).where(outbox.c.channel == channel, outbox.c.due_at <= now)
    return query.order_by(outbox.c.id).limit(limit)


def _letters(connection: Connection, query: Select[Any]) -> list[Letter]:
    rows = connection.execute(query)
    return [Letter(row.id, row.event, row.channel, row.body, row.created_at, row.tries) for row in rows]


def _put_off(connection: Connection, letters: Iterable[Letter], until: datetime) -> None:
    ids = [letter.id for letter in letters]
    connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(due_at=until))
