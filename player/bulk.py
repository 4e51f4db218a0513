"""Rows by the million: as tuples, past SQLAlchemy's work for each of them.

On SQLite `executemany`, on PostgreSQL COPY. What is in a row is what its column holds: times as `moment` makes them,
JSON as text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, select
from sqlalchemy.exc import DBAPIError

from player.database import writing
from player.sqlite import copy_log

Row = tuple[Any, ...]

CACHE = 64  # MB, on SQLite


def put(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Raises `DBAPIError`."""
    if not rows:
        return
    names = ", ".join(columns)
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table.name} ({names}) FROM STDIN", rows)
    else:
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", list(rows))


def moment(connection: Connection) -> Callable[[datetime | None], object]:
    """Makes of a time in UTC what its column holds."""
    return _as_given if connection.dialect.name == "postgresql" else _as_text


@contextmanager
def loading(connection: Connection, *tables: Table) -> Iterator[None]:
    """Around many new rows: room for them in memory and, in those of the tables that are empty, the indexes at the end.

    Not on PostgreSQL, where readers would have to wait until all of it is done.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    cache = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = {-CACHE * 1000}")
    try:
        empty = [table for table in tables if connection.execute(select(table).limit(1)).first() is None]
        indexes = [index for table in empty for index in table.indexes]
        for index in indexes:
            index.drop(connection)
        yield
        for index in indexes:
            index.create(connection)
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {cache}")


def tidy(engine: Engine) -> None:
    """After a large import, what the next writer would have to wait for, and what the planner of queries has to know.

    The rows are in; whatever keeps this from being done is no fault of the import.
    """
    local = engine.dialect.name == "sqlite"
    with suppress(DBAPIError), writing(engine) as connection:
        if local:
            connection.exec_driver_sql("PRAGMA analysis_limit = 1000")
        connection.exec_driver_sql("ANALYZE")
    if local:
        copy_log(engine, "TRUNCATE")


def _copy(connection: Connection, statement: str, rows: Iterable[Row]) -> None:
    """https://www.psycopg.org/psycopg3/docs/basic/copy.html"""
    driver: Any = connection.connection.driver_connection
    errors: Any = connection.dialect.loaded_dbapi.Error
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except errors as error:
        as_sqlalchemy_has_it: Any = DBAPIError.instance(statement, None, error, errors, dialect=connection.dialect)
        raise as_sqlalchemy_has_it from error


def _as_given(moment: datetime | None) -> datetime | None:
    return moment


def _as_text(moment: datetime | None) -> str | None:
    """As `player.tables.UtcDateTime` has SQLAlchemy write it."""
    return None if moment is None else moment.replace(tzinfo=None).isoformat(" ", "microseconds")
