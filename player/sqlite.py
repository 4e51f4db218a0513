"""What SQLite needs beyond SQL: its pragmas, its way to begin, and its errors in words."""

from __future__ import annotations

import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

BUSY_SECONDS = 15.0  # how long a writer waits for another one

LOG_PAGES = 10_000
"""Of 4 KB: as long as the write-ahead log may be before the next writer has to copy it into the database. The monitor
has it copied earlier, beside its writers (`copy_log`), who on a slow disk would wait for long."""


def trouble(path: Path, create: bool) -> str | None:
    """What will keep the file from being opened, as far as can be told beforehand."""
    if str(path).startswith("file:"):  # SQLite's own URI form says by itself what to create
        return None
    try:
        if path.is_dir():
            return f"{path} is a folder; name a file"
        if path.exists():
            return None
        if not path.parent.is_dir():
            return f"the folder {path.parent} does not exist; make it first"
    except OSError as error:  # a folder on the way may not be looked into
        return f"{error.strerror}; check the path and its permissions"
    return None if create else "there is no catalogue yet; add or import something, or name another --database"


def make_engine(url: URL) -> Engine:
    """An engine whose transactions begin when they say so, at once as writers where `player_writes` is set."""
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # pysqlite must not begin or commit by itself: DDL is transactional then
        _set_wal(connection)
        for pragma in ("foreign_keys=ON", "synchronous=NORMAL", f"wal_autocheckpoint={LOG_PAGES}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("player_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def copy_log(engine: Engine, how: Literal["PASSIVE", "TRUNCATE"] = "PASSIVE") -> None:
    """Copy the write-ahead log into the database: what can be without anybody waiting, or all of it, and empty it.

    What was not copied now is the next time. https://sqlite.org/wal.html#ckpt
    """
    driver: Any = engine.dialect.loaded_dbapi
    with suppress(driver.Error, SQLAlchemyError), closing(engine.raw_connection()) as raw:
        raw.cursor().execute(f"PRAGMA wal_checkpoint({how})").close()


def explain(error: object) -> str | None:
    """The driver's error in words, told by its code; None where that says nothing to a user."""
    code = getattr(error, "sqlite_errorname", "")
    return next((meaning for prefix, meaning in _ERRORS.items() if code.startswith(prefix)), None)


_ERRORS = {
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
