"""The quickest way to some items: a single statement, asked of the driver itself and past all that SQLAlchemy does.

One statement is one moment's view, one round trip to PostgreSQL, and on SQLite the fewest turns of the interpreter's
lock, for which the server's other thread waits. Its columns are those of `player.monitor.plain`'s rows; tracks and
transitions come as JSON in the row of the first source.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Engine

from player.catalogue.media import Kind
from player.monitor import statements
from player.monitor.history import CHANGES
from player.monitor.plain import Beside, Held, Item, moment, text
from player.monitor.reading import Found, Reader, plays
from player.monitor.uptime import LONGEST, Change
from player.probe.reasons import State
from player.tokens import Kept

STATES = {state.value: state for state in State}
KINDS = frozenset(kind.value for kind in Kind)
MALFORMED: dict[str, Any] = {"state": State.UNKNOWN.value, "reason": "probe-failed", "evidence": {"row": "malformed"}}
"""A state that is not of our writing, as `player.monitor.rows` reads it."""

CACHE_KB = 65_536
MAPPED_BYTES = 2**31  # SQLite takes what it was built for; a page that is mapped is not copied


def reader(engine: Engine) -> QuickReader:
    """For this database. It keeps a connection of its own: for one thread."""
    return SqliteReader(engine) if engine.dialect.name == "sqlite" else PostgresReader(engine)


class QuickReader(Reader, Protocol):
    """`quick`: it waits for no network, so that an event loop may ask it."""

    quick: bool

    def ahead(self, media_ids: Collection[str], now: datetime, *, changes: bool) -> Reader:
        """Read these items at once; what comes back tells them, one by one, as `read` would. Raises the driver's
        errors."""

    def whole(self, media_id: str, since: datetime) -> list[Any]:
        """The rows of an item with all its changes."""

    def token(self, token_id: str) -> Kept | None:
        """What is kept under an access token's id."""

    def revision(self) -> object:
        """Equal to an earlier one only if nothing was written by others in between; costs microseconds."""

    def close(self) -> None: ...


class SqliteReader:
    quick = True

    def __init__(self, engine: Engine) -> None:
        pooled = engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        self._connection = connection
        self._ask = connection.cursor().execute
        for pragma in ("query_only=ON", f"cache_size={-CACHE_KB}", f"mmap_size={MAPPED_BYTES}"):
            connection.execute(f"PRAGMA {pragma}")
        self._item, self._past, self._whole = statements.of_item(engine)
        self._token = statements.of_token(engine)

    def read(self, media_id: str, now: datetime, *, changes: bool) -> Found | None:
        return self.ahead((media_id,), now, changes=changes).read(media_id, now, changes=changes)

    def ahead(self, media_ids: Collection[str], now: datetime, *, changes: bool) -> Reader:
        given = json.dumps(list(media_ids))
        if not changes:
            return _Ahead(self, media_ids, self._ask(self._item, (given,)).fetchall(), None)
        since = now - LONGEST
        begin = text(since)
        # 0: SQLAlchemy gives every LIMIT an OFFSET.
        return _Ahead(self, media_ids, self._ask(self._past, (begin, begin, CHANGES, 0, given)).fetchall(), since)

    def whole(self, media_id: str, since: datetime) -> list[Any]:
        return list(self._ask(self._whole, (text(since), CHANGES, 0, json.dumps([media_id]))))

    def token(self, token_id: str) -> Kept | None:
        return _kept(self._ask(self._token, (token_id,)).fetchall())

    def revision(self) -> object:
        """https://sqlite.org/pragma.html#pragma_data_version"""
        return self._ask("PRAGMA data_version").fetchone()[0]

    def close(self) -> None:
        self._connection.close()


class PostgresReader:
    """A connection that is lost is opened anew when it is next asked for."""

    quick = False

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Any = None
        self._item, self._past, self._whole = statements.of_item(engine)
        self._token = statements.of_token(engine)

    def read(self, media_id: str, now: datetime, *, changes: bool) -> Found | None:
        return self.ahead((media_id,), now, changes=changes).read(media_id, now, changes=changes)

    def ahead(self, media_ids: Collection[str], now: datetime, *, changes: bool) -> Reader:
        given: dict[str, Any] = {"media_ids": list(media_ids)}
        if not changes:
            return _Ahead(self, media_ids, self._ask(self._item, given), None)
        since = now - LONGEST
        return _Ahead(self, media_ids, self._ask(self._past, given | {"since": since, "most": CHANGES}), since)

    def whole(self, media_id: str, since: datetime) -> list[Any]:
        return list(self._ask(self._whole, {"media_ids": [media_id], "since": since, "most": CHANGES}))

    def token(self, token_id: str) -> Kept | None:
        return _kept(self._ask(self._token, {"token_id": token_id}))

    def revision(self) -> object:
        # Which transactions are over, as every snapshot has it: those that only read have no number in it
        # (https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT).
        return self._ask("SELECT CAST(pg_current_snapshot() AS text)", {})[0][0]

    def close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(Exception):  # it is lost already
                self._connection.close()
            self._connection = None

    def _ask(self, statement: str, given: dict[str, Any]) -> Any:
        try:
            if self._connection is None:
                self._open()
            return self._connection.execute(statement, given, prepare=True).fetchall()
        except Exception:
            self.close()
            raise

    def _open(self) -> None:
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        self._connection = connection
        connection.rollback()
        connection.autocommit = True
        connection.execute("SET default_transaction_read_only = on")


class _Ahead:
    """Items of which the rows are here. `since`: of their changes, where those were asked for."""

    def __init__(
        self, reader: QuickReader, media_ids: Collection[str], rows: Sequence[Any], since: datetime | None
    ) -> None:
        self._reader, self._since = reader, since
        self._rows: dict[str, list[Any]] = {media_id: [] for media_id in media_ids}
        for row in rows:
            self._rows[row[0]].append(row)

    def read(self, media_id: str, now: datetime, *, changes: bool) -> Found | None:
        since = self._since
        found = _found(self._rows[media_id], since)
        if since is None or found is None or found.changes is not None or plays(found.held):
            return found
        return _found(self._reader.whole(media_id, since), since, whole=True)


def _found(rows: list[Any], since: datetime | None, *, whole: bool = False) -> Found | None:
    """`since`: of the changes, where they were asked for; `whole`: whatever they are."""
    if not rows:
        return None
    if len(rows) > 1:
        rows.sort(key=_position)
    first = rows[0]
    item = Item._make(first[:_ITEM])
    if item.kind not in KINDS:
        raise ValueError(f"{item.kind!r} is no kind of media")
    held = [] if first[_SOURCES] is None else [Held._make(row[_SOURCES:]) for row in rows]
    for index, one in enumerate(held):
        if one.state not in STATES and one.state is not None:
            held[index] = one._replace(**MALFORMED)
    told, past = first[_ITEM], first[_ITEM + 1]
    if told is None and held and held[0].position != 0:
        raise ValueError("there is no first source")
    beside = [] if told is None or told == "[]" else _tracks(told)
    if since is None or (past is None and not whole):
        return Found(item, held, beside, None, since)
    rows = sorted(json.loads(past)) if past else []
    changes = [Change(moment(at), source_id, STATES[before], STATES[after]) for _, at, source_id, before, after in rows]
    return Found(item, held, beside, changes, changes[0].at if len(rows) == CHANGES else since)


def _tracks(told: str) -> list[Beside]:
    return [Beside(*rest) for _, *rest in sorted(json.loads(told), key=_first)]


def _first(row: Any) -> Any:
    return row[0]


def _position(row: Any) -> Any:
    return row[_SOURCES]


_ITEM = len(Item._fields)
_SOURCES = _ITEM + 2  # tracks and changes stand in between


def _kept(rows: list[Any]) -> Kept | None:
    if not rows:
        return None
    token_id, name, scopes, digest, created, expires, revoked = rows[0]
    ends = (expires and moment(expires), revoked and moment(revoked))
    return Kept(token_id, name, scopes, digest, moment(created), *ends)
