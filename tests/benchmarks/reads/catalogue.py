"""A catalogue of any size, written in bulk: two sources and two transitions an item, every verdict fresh for days."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from player.database import open_engine

BATCH = 50_000
EVIDENCE = (
    '{"status": "HTTP/1.1 206 Partial Content", "content_type": "audio/mpeg", "content_range": "bytes 0-65535/1830000",'
    ' "size": 1830000, "container": "mp3", "duration": 228.05}'
)


def path_of(number: int) -> str:
    """The id of an item. Neighbours in number are none in the index."""
    return f"i{number:08d}"


def fill(database: Path, items: int) -> None:
    """Make the file. Straight into the tables: a million items by the catalogue's own way would take an hour."""
    open_engine(f"sqlite:///{database}").dispose()
    now = datetime.now(UTC).replace(tzinfo=None)
    told: dict[str, str | int] = {
        "now": now.isoformat(" ", "microseconds"),
        "fresh": (now + timedelta(days=9)).isoformat(" ", "microseconds"),
        "evidence": EVIDENCE,
    }
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for start in range(0, items, BATCH):
            told |= {"start": start, "end": min(start + BATCH, items)}
            connection.execute("BEGIN")
            for statement in _STATEMENTS:
                connection.execute(_NUMBERS + statement, told)
            connection.execute("COMMIT")
            print(f"\r  filling the catalogue: {told['end']:,} of {items:,}", end="", flush=True)
        print()
        connection.execute(_COUNTS, {"items": items})
        connection.execute("UPDATE latest SET at = ?", (told["now"],))
        connection.execute("ANALYZE")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT :start UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :end) "
_PART = "SELECT i * 2 + p AS id, printf('i%08d', i) AS item, p FROM n, (SELECT 0 AS p UNION ALL SELECT 1)"
_STATEMENTS = (
    "INSERT INTO media (id, kind, title, duration, lang, description, page, live, removed)"
    " SELECT printf('i%08d', i), 'audio', 'Clip number ' || i, 228.0, 'en', 'What is heard by the river.',"
    " 'https://news.example.org/articles/' || i, 0, 0 FROM n",
    "INSERT INTO sources (id, media_id, position, src, host, type, size, bitrate)"
    " SELECT id, item, p, 'https://cdn' || p || '.example.org/media/' || item || '.mp3',"
    f" 'cdn' || p || '.example.org', 'audio/mpeg', 1830000, 64000 FROM ({_PART})",
    "INSERT INTO verdicts (source_id, state, reason, since, checked_at, fresh_until, due_at, evidence, requests,"
    " bytes, ms) SELECT id, 'available', 'playable', :now, :now, :fresh, :fresh, :evidence, 1, 65536, 12.5"
    f" FROM ({_PART})",
    "INSERT INTO transitions (at, media_id, source_id, src, from_state, from_reason, state, reason, evidence)"
    " SELECT :now, item, id, 'https://cdn' || p || '.example.org/media/' || item || '.mp3', 'unknown', 'unchecked',"
    f" 'available', 'playable', :evidence FROM ({_PART})",
    "INSERT INTO standings (media_id, kind, lang, severity, reason, sources, since, until)"
    " SELECT printf('i%08d', i), 'audio', 'en', 3, 'playable',"
    """ '[["cdn0.example.org", 3, "playable"], ["cdn1.example.org", 3, "playable"]]', '1970-01-01 00:00:00.000000',"""
    " :fresh FROM n",
)
_COUNTS = (
    "INSERT INTO counts (scope, name, kind, state, reason, number, dead) VALUES"
    " ('item', '', 'audio', 'available', 'playable', :items, 0),"
    " ('source', '', 'audio', 'available', 'playable', 2 * :items, 0),"
    " ('lang', 'en', '', '', '', :items, 0), ('lang', 'en', 'audio', '', '', :items, 0),"
    " ('host', 'cdn0.example.org', '', '', '', :items, 0), ('host', 'cdn0.example.org', 'audio', '', '', :items, 0),"
    " ('host', 'cdn1.example.org', '', '', '', :items, 0), ('host', 'cdn1.example.org', 'audio', '', '', :items, 0)"
)
