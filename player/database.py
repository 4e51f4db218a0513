"""The engine, transactions, and the way to the newest schema. SQLite by default; `player.tables` has the tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from player import postgresql, sqlite

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0009"  # the newest revision in migrations/versions, known here so that Alembic loads only when it has work

AWAY = (OperationalError, InterfaceError, PoolTimeout, OSError)
"""The database cannot be asked now. Anything else it says is about what was asked, and would be said again."""


class DatabaseError(Exception):
    """The database cannot be used; the message says why and what to do."""


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
        engine = sqlite.make_engine(parsed) if local else postgresql.make_engine(parsed)
    except ModuleNotFoundError as error:
        needs = f"needs the Python package {error.name!r}: pip install 'steady-player[postgresql]'"
        raise DatabaseError(f"{_shown(parsed)} {needs}") from None
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


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction in which all that is read is of one moment, however many statements read it.

    On SQLite every one is; see https://www.postgresql.org/docs/current/transaction-iso.html for the other.
    """
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def explain(error: DBAPIError) -> str:
    """What went wrong in the database, in one line, told by the driver's code where it has one."""
    return sqlite.explain(error.orig) or postgresql.explain(error.orig) or " ".join(str(error.orig).split())


def migrations(connection: Connection) -> Config:
    """What Alembic's commands take, for this connection and the transaction that it is in."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _parse(url: str) -> URL:
    expected = "such as sqlite:///steady-player.db or postgresql+psycopg://user@host/name"
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except NoSuchModuleError:
        raise DatabaseError(f"no driver for {_shown(make_url(url))}; give an address {expected}") from None
    except (ArgumentError, ValueError):
        raise DatabaseError(
            f"not a database address (not shown, as it may hold a password); expected one {expected}"
        ) from None
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername=postgresql.DRIVER)
    elif parsed.get_backend_name() != "sqlite":
        raise DatabaseError(f"{_shown(parsed)}: neither SQLite nor PostgreSQL; give an address {expected}")
    elif parsed.database in (None, "", ":memory:"):
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
