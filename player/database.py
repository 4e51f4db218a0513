"""The engine, the tables' metadata, and the way to the newest schema.

SQLite by default. The SQL is neutral, so that the same tables serve PostgreSQL. Every time is stored as
UTC and comes back timezone-aware.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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
    event,
    inspect,
    text,
)
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

HEAD = "0001"  # the newest revision in migrations/versions, known here so that Alembic loads only when it has work
BUSY_SECONDS = 15.0  # how long a writer waits for another one
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


def open_engine(url: str, *, create: bool = True) -> Engine:
    """An engine whose schema is the newest; opening from several processes at once is safe.

    `create=False`: a SQLite file that is not there is an error rather than a new, empty database.
    Raises `DatabaseError`.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        _check_file(parsed, create)
    try:
        engine = create_engine(parsed, connect_args=_connect_args(parsed), pool_pre_ping=not _is_sqlite(parsed))
    except ModuleNotFoundError as error:
        raise DatabaseError(f"{_shown(parsed)} needs the Python package {error.name!r}; install it") from None
    if _is_sqlite(parsed):
        _tune_sqlite(engine)
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
    code = getattr(error.orig, "sqlite_errorname", "")
    for prefix, meaning in _SQLITE_ERRORS.items():
        if code.startswith(prefix):
            return meaning
    return " ".join(str(error.orig).split())


_SQLITE_ERRORS = {
    "SQLITE_BUSY": "another process holds it locked; try again when that one is done",
    "SQLITE_LOCKED": "another process holds it locked; try again when that one is done",
    "SQLITE_READONLY": "it is read-only for this user; make the file and its folder writable",
    "SQLITE_CANTOPEN": "the file cannot be opened or made; check the path and its permissions",
    "SQLITE_PERM": "permission denied; check the file's permissions",
    "SQLITE_NOTADB": "it is not a SQLite database; name another file",
    "SQLITE_CORRUPT": "the file is damaged; restore it from a backup",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the disk failed to read or write it",
}


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
    if _is_sqlite(parsed) and parsed.database in (None, "", ":memory:"):
        raise DatabaseError(f"{url}: a database in memory cannot be shared by threads; name a file, {expected}")
    return parsed


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _check_file(url: URL, create: bool) -> None:
    path = Path(url.database or "")
    if str(path).startswith("file:"):  # SQLite's own URI form says by itself what to create
        return
    if path.is_dir():
        raise DatabaseError(f"cannot open {_shown(url)}: {path} is a folder; name a file")
    if not path.exists():
        if not path.parent.is_dir():
            raise DatabaseError(f"cannot open {_shown(url)}: the folder {path.parent} does not exist; make it first")
        if not create:
            raise DatabaseError(f"there is no catalogue at {path}; add or import something, or name another --database")


def _connect_args(url: URL) -> dict[str, Any]:
    return {"timeout": BUSY_SECONDS} if _is_sqlite(url) else {}


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # pysqlite must not begin or commit by itself: DDL is transactional then
        _set_wal(connection)
        for pragma in ("foreign_keys=ON", "synchronous=NORMAL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("player_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _set_wal(connection: Any) -> None:
    """Write-ahead log: readers never wait for a writer. The mode stays in the file.

    The busy time-out does not cover the switch, which needs the file to itself for a moment.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except Exception as error:
            busy = getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


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
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError:
        revision = _revision(connection)
        raise DatabaseError(
            f"{_shown(connection.engine.url)} was made by a newer Steady Player (schema {revision}); upgrade this one"
        ) from None
