"""A broadcaster's archive as a database that has been watched for long: all of it probed, each next turn to come.

The ages are such that the plan (`player.monitor.schedule`) asks for a given number of probes a second.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from player.database import open_engine
from player.monitor.schedule import tier

INTERVAL = 60.0  # PLAYER_PROBE_INTERVAL
# Hours since publication, and the share of the archive's probes that fall to items so old.
AGES = ((3, 0.30), (12, 0.30), (72, 0.15), (1000, 0.12), (20_000, 0.13))
EACH = 2  # sources an item
BATCH = 20_000

Row = tuple[str | int | float, ...]


def numbers(sources: int, rate: float) -> list[tuple[int, float, float]]:
    """For each age: how many sources, their age in hours, the seconds between two probes of one."""
    kinds = [(hours, share, tier(INTERVAL, timedelta(hours=hours))) for hours, share in AGES]
    young = [(int(rate * share * seconds), hours, seconds) for hours, share, seconds in kinds[:-1]]
    hours, _, seconds = kinds[-1]
    return [*young, (sources - sum(count for count, _, _ in young), hours, seconds)]


def fill(database: Path, sources: int, rate: float, bases: Sequence[str], done: Callable[[int], None]) -> None:
    """Makes the database by the driver itself, in the order of the ids. `done` is told how many sources are in."""
    open_engine(f"sqlite:///{database}").dispose()
    now, chance = datetime.now(UTC).replace(tzinfo=None), random.Random(5)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-400000")
        connection.execute("BEGIN")
        # Built in one go afterwards, which is many times faster than row by row.
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        rows, at = _sources(sources, rate, bases, now, chance), 0
        while batch := list(islice(rows, BATCH)):
            at += len(batch)
            for statement, part in zip(_INSERTS, range(3), strict=True):
                connection.executemany(statement, [values for row in batch if (values := row[part]) is not None])
            done(at)
        for _, statement in indexes:
            connection.execute(statement)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("ANALYZE")


_INSERTS = (
    "INSERT INTO media (id, kind, title, duration, lang, published_at, live, removed) VALUES (?, ?, ?, ?, ?, ?, 0, 0)",
    "INSERT INTO sources (id, media_id, position, src, host, type) VALUES (?, ?, ?, ?, ?, ?)",
    "INSERT INTO verdicts (source_id, state, reason, since, checked_at, fresh_until, due_at, evidence, requests, bytes,"
    " ms) VALUES (?, 'available', 'playable', ?, ?, ?, ?, '{}', 1, 65536, 12.5)",
)


def _sources(
    count: int, rate: float, bases: Sequence[str], now: datetime, chance: random.Random
) -> Iterator[tuple[Row | None, Row, Row]]:
    number = 0
    for many, hours, seconds in numbers(count, rate):
        published = _text(now - timedelta(hours=hours))
        for _ in range(many):
            media, position = f"item-{number // EACH:08}", number % EACH
            base = bases[number % len(bases)]
            src = f"{base}/ok/clip-{number}.mp3"
            item = (media, "audio", f"Item {number // EACH}", 6.0, "en", published) if not position else None
            due = now + timedelta(seconds=chance.uniform(0, seconds))
            checked = due - timedelta(seconds=seconds)
            times = (_text(checked), _text(checked), _text(checked + 2 * timedelta(seconds=seconds)), _text(due))
            number += 1
            yield item, (number, media, position, src, urlsplit(src).netloc, "audio/mpeg"), (number, *times)


def _text(moment: datetime) -> str:
    """As SQLAlchemy writes it."""
    return moment.isoformat(" ", "microseconds")
