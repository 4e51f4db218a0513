"""A broadcaster's archive: as a file for `steady-player import`, and as a database that has been watched for long.

The ages of its items are such that the plan (`player.monitor.schedule`) asks for a given number of probes a second.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from player.monitor.schedule import tier

INTERVAL = 60.0  # PLAYER_PROBE_INTERVAL
# Hours since publication, and the share of the archive's probes that fall to items so old.
AGES = ((3, 0.30), (12, 0.30), (72, 0.15), (1000, 0.12), (20_000, 0.13))
EACH = 2  # sources an item


def numbers(sources: int, rate: float) -> list[tuple[int, float, float]]:
    """For each age: how many sources, their age in hours, the seconds between two probes of one."""
    kinds = [(hours, share, tier(INTERVAL, timedelta(hours=hours))) for hours, share in AGES]
    young = [(int(rate * share * seconds) // EACH * EACH, hours, seconds) for hours, share, seconds in kinds[:-1]]
    hours, _, seconds = kinds[-1]
    return [*young, ((sources - sum(count for count, _, _ in young)) // EACH * EACH, hours, seconds)]


def lines(sources: int, rate: float, bases: Sequence[str]) -> Iterator[bytes]:
    """An item each, as JSON Lines. The items of one age follow one another, the youngest first."""
    return items([(many, hours) for many, hours, _ in numbers(sources, rate)], bases)


def items(ages: Sequence[tuple[int, float]], bases: Sequence[str]) -> Iterator[bytes]:
    """For each so many sources of items so many hours old."""
    now, number = datetime.now(UTC), 0
    for many, hours in ages:
        published = (now - timedelta(hours=hours)).isoformat(timespec="seconds")
        for _ in range(many // EACH):
            parts = ", ".join(
                f'{{"src": "{bases[one % len(bases)]}/ok/clip-{one}.mp3", "type": "audio/mpeg"}}'
                for one in range(number, number + EACH)
            )
            yield (
                f'{{"id": "item-{number // EACH:08}", "kind": "audio", "title": "Item {number // EACH}", "duration": 6,'
                f' "lang": "en", "published_at": "{published}", "sources": [{parts}]}}\n'
            ).encode()
            number += EACH


WATCHED = """
UPDATE verdicts SET state = 'available', reason = 'playable', requests = 1, bytes = 65536, ms = 12.5,
    evidence = '{"status": 200, "type": "audio/mpeg", "length": 96000, "ranges": true}',
    due_at = strftime('%Y-%m-%d %H:%M:%f', :now + :wait * part, 'unixepoch') || '000',
    checked_at = strftime('%Y-%m-%d %H:%M:%f', :now + :wait * (part - 1), 'unixepoch') || '000',
    since = strftime('%Y-%m-%d %H:%M:%f', :now + :wait * (part - 1), 'unixepoch') || '000',
    fresh_until = strftime('%Y-%m-%d %H:%M:%f', :now + :wait * (part + 1), 'unixepoch') || '000'
FROM (SELECT source_id AS the_id, (source_id * 2654435761 & 4294967295) / 4294967296.0 AS part FROM verdicts
      WHERE source_id > :after AND source_id <= :last) WHERE source_id = the_id
"""
# `part` is the place within the interval, by the golden ratio: neighbours lie far apart, and none two in one place
# (Knuth, The Art of Computer Programming, volume 3, section 6.4).

# What the items count as by these verdicts. The sources of an item have numbers that follow from its own.
COUNTED = (
    f"""
UPDATE standings SET severity = 3, reason = 'playable',
    sources = replace(sources, '2, "unchecked"', '3, "playable"'),
    until = (SELECT min(fresh_until) FROM verdicts
             WHERE source_id > {EACH} * CAST(substr(media_id, 6) AS INTEGER)
               AND source_id <= {EACH} * CAST(substr(media_id, 6) AS INTEGER) + {EACH})
""",
    "UPDATE counts SET state = 'available', reason = 'playable' WHERE reason = 'unchecked'",
)


def watch(database: Path, sources: int, rate: float) -> None:
    """As if all had been probed in time: the next turn of each is spread over the interval of its age."""
    now = datetime.now(UTC).timestamp()
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -200000")
        connection.execute("BEGIN")
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL AND tbl_name IN (?, ?)"
        indexes = connection.execute(query, ("verdicts", "standings")).fetchall()
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        after = 0
        for many, _, seconds in numbers(sources, rate):
            connection.execute(WATCHED, {"now": now, "wait": seconds, "after": after, "last": after + many})
            after += many
        for statement in COUNTED:
            connection.execute(statement)
        for _, statement in indexes:
            connection.execute(statement)
        connection.execute("COMMIT")
        # All of it on the disk: else the first one who waits for his few pages to be there waits for everybody's.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA analysis_limit = 1000")
        connection.execute("ANALYZE")
