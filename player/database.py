"""The engine, the tables' metadata, and the way to the newest schema.

SQLite by default. The SQL is neutral, so that the same tables serve PostgreSQL. Every time is stored as
UTC and comes back timezone-aware.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Engine,
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
    create_engine,
    inspect,
    text,
)
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from player import sqlite

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0004"  # the newest revision in migrations/versions, known here so that Alembic loads only when it has work
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # stands for "never": sorts before every real time


class DatabaseError(Exception):
    """The database cannot be used; the message says why and what to do."""


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
    Column("due_at", UtcDateTime, nullable=False, index=True),
    Column("evidence", JSON, nullable=False),
    Column("requests", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("ms", Float, nullable=False),
    Column("memory", JSON(none_as_null=True)),  # of `player.monitor.hysteresis`; nearly always NULL
)

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


def open_engine(url: str, *, create: bool = True) -> Engine:
    """An engine whose schema is the newest; opening from several processes at once is safe.

    `create=False`: a SQLite file that is not there is an error rather than a new, empty database.
    Raises `DatabaseError`.
    """
    parsed = _parse(url)
    local = parsed.get_backend_name() == "sqlite"
    if local and (problem := sqlite.trouble(Path(parsed.database or ""), create)):
        raise DatabaseError(f"cannot open {_shown(parsed)}: {problem}")
    try:
        engine = sqlite.make_engine(parsed) if local else create_engine(parsed, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise DatabaseError(f"{_shown(parsed)} needs the Python package {error.name!r}; install it") from None
    try:
        _migrate(engine)
    except DBAPIError as error:
        engine.dispose()
        raise DatabaseError(f"cannot open {_shown(parsed)}: {explain(error)}") from error
    except DatabaseError:
        engine.dispose()
        raise
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that is going to write: on SQLite it takes the write lock at once.

    A transaction that reads first and writes later fails at once, without waiting, when another
    writer came in between (SQLITE_BUSY_SNAPSHOT, https://sqlite.org/rescode.html#busy_snapshot).
    """
    with engine.execution_options(player_writes=True).begin() as connection:
        yield connection


def explain(error: DBAPIError) -> str:
    """What went wrong in the database, in one line, told by the driver's code where it has one."""
    return sqlite.explain(error.orig) or " ".join(str(error.orig).split())


def migrations(connection: Connection) -> Config:
    """What Alembic's commands take, for this connection and the transaction that it is in."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _parse(url: str) -> URL:
    expected = "such as sqlite:///steady-player.db"
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except NoSuchModuleError:
        raise DatabaseError(f"no driver for {_shown(make_url(url))}; give an address {expected}") from None
    except (ArgumentError, ValueError):
        raise DatabaseError(
            f"not a database address (not shown, as it may hold a password); expected one {expected}"
        ) from None
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise DatabaseError(f"{url}: a database in memory cannot be shared by threads; name a file, {expected}")
    return parsed


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def _migrate(engine: Engine) -> None:
    with engine.connect() as connection:
        if _revision(connection) == HEAD:
            return
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7236830)"))
        if _revision(connection) != HEAD:  # nobody else was quicker
            _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.util import CommandError

    try:
        command.upgrade(migrations(connection), "head")
    except CommandError:
        revision = _revision(connection)
        raise DatabaseError(
            f"{_shown(connection.engine.url)} was made by a newer Steady Player (schema {revision}); upgrade this one"
        ) from None
