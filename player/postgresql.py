"""What PostgreSQL needs beyond SQL: deadlines for every wait, and its errors in words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL

DRIVER = "postgresql+psycopg"
CONNECT_SECONDS = 10
LOCK_SECONDS = 15  # how long a writer waits for another one, as on SQLite

# A server that is gone without a word is found out in half a minute, not after the two hours of TCP's own keepalive
# (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-KEEPALIVES).
WAITS = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


def make_engine(url: URL) -> Engine:
    """An engine whose connections are tried before they are used. What the address says of waiting wins."""
    waits = {name: value for name, value in WAITS.items() if name not in url.query}
    engine = create_engine(url, pool_pre_ping=True, connect_args=waits)

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        connection.execute("SET idle_in_transaction_session_timeout = '60s'")
        connection.execute("SET timezone = 'UTC'")
        connection.commit()

    return engine


def explain(error: object) -> str | None:
    """The driver's error in words, told by its code (SQLSTATE); None where that says nothing to a user."""
    code = getattr(error, "sqlstate", None) or ""
    return next((meaning for prefix, meaning in _ERRORS.items() if code.startswith(prefix)), None)


_ERRORS = {
    "53100": "the database's disk is full",
    "53300": "the database has no connection left; raise max_connections, or run fewer workers",
    "55P03": "another process holds it locked; try again when that one is done",
    "57P01": "the database is shutting down",
    "57P03": "the database is starting up or shutting down; try again soon",
    "28": "the database does not let this user in; check the name and the password in its address",
    "3D000": "there is no such database; create it with createdb",
    "25006": "the database is read-only, such as a replica; name the primary",
}
