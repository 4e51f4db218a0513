"""The tables. The SQL is neutral, so that the same ones serve SQLite and PostgreSQL.

Every time is stored as UTC and comes back timezone-aware.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # stands for "never": sorts before every real time


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware datetime, in UTC. Binding a naive one raises `ValueError`."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """What somebody else has spoilt reads as "never"; SQLite takes any text for a time."""
        return _lenient(super().result_processor(dialect, coltype), EPOCH)


class Told(TypeDecorator[Any]):
    """JSON of ours. What somebody else has spoilt reads as empty, so that one row never hides all the others."""

    impl = JSON
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        return _lenient(super().result_processor(dialect, coltype), {})


def _lenient(read: Callable[[Any], Any] | None, instead: Any) -> Callable[[Any], Any] | None:
    if read is None:
        return None

    def lenient(value: Any) -> Any:
        try:
            return read(value)
        except (ValueError, TypeError):
            return instead

    return lenient


metadata = MetaData()

media = Table(
    "media",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("duration", Float),
    Column("lang", String(64)),
    Column("description", Text),
    Column("poster", Text),
    Column("page", Text),
    Column("transcript", Text),
    Column("published_at", UtcDateTime),
    Column("starts_at", UtcDateTime),
    Column("expires_at", UtcDateTime),
    Column("live", Boolean, nullable=False),
    Column("removed", Boolean, nullable=False),
)

# AUTOINCREMENT: a transition of a source that was removed must never seem to speak of a newer one.
sources = Table(
    "sources",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("media_id", String(128), ForeignKey("media.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("src", Text, nullable=False),
    Column("host", String(262), nullable=False, server_default="", index=True),  # of `src`, with its port
    Column("type", Text),
    Column("size", BigInteger),
    Column("bitrate", BigInteger),
    Column("width", Integer),
    Column("height", Integer),
    UniqueConstraint("media_id", "src"),
    sqlite_autoincrement=True,
)

tracks = Table(
    "tracks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("media_id", String(128), ForeignKey("media.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("src", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("srclang", String(64)),
    Column("label", Text),
    Column("is_default", Boolean, nullable=False),
)

# One row for every source from the moment it is added: until the first probe it says unknown/unchecked, with EPOCH in
# all its times. So "never probed", "stale" and "due" are one comparison each, and no query needs an outer join.
verdicts = Table(
    "verdicts",
    metadata,
    Column("source_id", Integer, ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("checked_at", UtcDateTime, nullable=False),
    Column("fresh_until", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("evidence", Told, nullable=False),
    Column("requests", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("ms", Float, nullable=False),
    Column("memory", Told(none_as_null=True)),  # of `player.monitor.hysteresis`; nearly always NULL
    Column("leased_by", String(64)),  # of `player.monitor.leases`
    Column("leased_until", UtcDateTime),
    Index("ix_verdicts_due_at", "due_at", "source_id"),
)

# What an item counts as in `counts`, from `since` until (and without) `until`, after which the clock alone may change
# it; of `player.standings`. No foreign key: what an item that is gone counted as is to be taken off first.
standings = Table(
    "standings",
    metadata,
    Column("media_id", String(128), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("lang", String(64), nullable=False),
    Column("severity", Integer),  # NULL: not on offer, and so counted as nothing
    Column("reason", String(32), nullable=False),
    Column("sources", Told, nullable=False),  # [[host, severity, reason], …]
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),  # NULL: for ever
    Index("ix_standings_kind", "kind", "severity", "media_id"),
    Index("ix_standings_since", "since"),
    Index("ix_standings_until", "until"),
    sqlite_with_rowid=False,
)

# How many items (scopes `item`, `lang`) and sources (`source`, `host`) on offer there are, and how many of them are
# dead. `name`: a host or a language. Columns that do not tell rows of a scope apart are empty; a `lang` or a `host` has
# a row for each kind, and one for all.
counts = Table(
    "counts",
    metadata,
    Column("scope", String(8), primary_key=True),
    Column("name", String(262), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("state", String(16), primary_key=True),
    Column("reason", String(32), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("dead", BigInteger, nullable=False),
    Index("ix_counts_dead", "scope", "kind", "dead", "number", "name"),
    sqlite_with_rowid=False,
)

# One row a thing, which is there from the beginning: `probe`, when the latest one ended that was recorded.
latest = Table(
    "latest",
    metadata,
    Column("what", String(16), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

# What one vantage point holds of a source, beside `verdicts`, which has what all of them hold together and, for home,
# the schedule. Rows of home are there once another one has seen the source; they have no `due_at`.
sightings = Table(
    "sightings",
    metadata,
    Column("source_id", Integer, ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("vantage", String(32), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("checked_at", UtcDateTime, nullable=False),
    Column("fresh_until", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("evidence", Told, nullable=False),
    Column("requests", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("ms", Float, nullable=False),
    Column("memory", Told(none_as_null=True)),
    Column("leased_by", String(64)),
    Column("leased_until", UtcDateTime),
    Index("ix_sightings_due_at", "vantage", "due_at", "source_id"),
    Index("ix_sightings_state", "vantage", "state"),
)

# A row for each vantage point that was heard of lately. `down`: hosts that are silent to it. `counts`: its sources by
# state, as of `seen_at`.
vantages = Table(
    "vantages",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("down", Told, nullable=False),
    Column("counts", Told, nullable=False),
)

# Items that readers ask for again and again, for as long as they do; see `player.monitor.interest`.
interest = Table(
    "interest",
    metadata,
    Column("media_id", String(128), ForeignKey("media.id", ondelete="CASCADE"), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

DEATHS = text("state = 'unavailable' OR from_state = 'unavailable'")

# Append-only. No foreign keys: history outlives the item.
transitions = Table(
    "transitions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("media_id", String(128), nullable=False),
    Column("source_id", Integer, nullable=False),
    Column("src", Text, nullable=False),
    Column("from_state", String(16), nullable=False),
    Column("from_reason", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("evidence", JSON, nullable=False),
    Index("ix_transitions_media_id", "media_id", "id"),
    # Of most items it has nothing: whether one was ever dead is asked with every answer about it.
    Index("ix_transitions_deaths", "media_id", "at", sqlite_where=DEATHS, postgresql_where=DEATHS),
    sqlite_autoincrement=True,
)


# `subject`: a host, or an item's id. No foreign key: an incident outlives the item.
incidents = Table(
    "incidents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("scope", String(16), nullable=False),
    Column("subject", String(262), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, index=True),
    Column("items", Integer, nullable=False),
    Column("examples", JSON, nullable=False),
    Column("languages", JSON, nullable=False),
    Index("ix_incidents_subject", "subject", "ended_at"),
    sqlite_autoincrement=True,
)

# What is to be told: a row for each event and channel until it has been delivered.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("event", String(64), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("body", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False, index=True),
    Column("tries", Integer, nullable=False),
    sqlite_autoincrement=True,
)
