"""One item with all that is told of it, read at the least cost, and a cheap word on whether anything was written since.

What comes out equals `Catalogue.get`, `History.for_item` and what `History.stretches` is made of. Those cost a
millisecond of SQLAlchemy; on SQLite the driver itself, asked the same SQL, takes a thirtieth of that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import Column, Engine, Select, bindparam, select, text

from player.catalogue.media import Kind, Media, Source, Track
from player.catalogue.store import Catalogue
from player.monitor.entries import SourceVerdict
from player.monitor.history import CHANGES, History
from player.monitor.hysteresis import NOTHING, Memory
from player.monitor.uptime import LONGEST, Change
from player.probe.reasons import State
from player.probe.verdict import Verdict
from player.tables import media, sources, tracks, transitions, verdicts

STATES: Mapping[str, State] = {state.value: state for state in State}
PARSE = json.JSONDecoder().raw_decode  # not orjson, to which a number of more than 64 bits is a float
KINDS: Mapping[str, Kind] = {kind.value: kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Found:
    """`held` in source order. `changes` since `since`, the oldest first; empty where they were not asked for."""

    media: Media
    held: list[SourceVerdict]
    changes: list[Change]
    since: datetime


class Reader(Protocol):
    """`quick`: it waits for no network, so that an event loop may ask it."""

    quick: bool

    def read(self, media_id: str, now: datetime, *, changes: bool) -> Found | None:
        """The item as one moment saw it, None for an unknown id. Raises the driver's errors."""

    def revision(self) -> object:
        """Equal to an earlier one only if nothing was written by others in between; costs microseconds."""

    def close(self) -> None: ...


def reader(engine: Engine) -> Reader:
    """The quickest that there is for this database. It keeps a connection of its own: for one thread."""
    if engine.dialect.name == "sqlite":
        return SqliteReader(engine)
    return EngineReader(engine, Catalogue(engine), History(engine))


class EngineReader:
    """For every database that SQLAlchemy knows; `revision` is PostgreSQL's."""

    quick = False

    def __init__(self, engine: Engine, catalogue: Catalogue, history: History) -> None:
        self._engine, self._catalogue, self._history = engine, catalogue, history

    def read(self, media_id: str, now: datetime, *, changes: bool) -> Found | None:
        item = self._catalogue.get(media_id)
        if item is None:
            return None
        held = self._history.for_item(media_id)
        found, since = self._history.changes(media_id, now) if changes else ([], now - LONGEST)
        return Found(item, held, found, since)

    def revision(self) -> object:
        # Which transactions are over, as every snapshot has it: those that only read have no number in it
        # (https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT).
        with self._engine.connect() as connection:
            return connection.execute(text("SELECT CAST(pg_current_snapshot() AS text)")).scalar_one()

    def close(self) -> None:
        return None


class SqliteReader:
    """The same statements and columns as SQLAlchemy would send, past everything else that it does."""

    quick = True

    def __init__(self, engine: Engine) -> None:
        pooled = engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        self._connection = connection
        self._ask = connection.cursor().execute
        for pragma in ("query_only=ON", f"cache_size={-CACHE_KB}", f"mmap_size={MAPPED_BYTES}"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._item, self._sources, self._tracks, self._changes = (
            str(query.compile(dialect=engine.dialect)) for query in (_ITEM, _SOURCES, _TRACKS, _CHANGES)
        )

    def read(self, media_id: str, now: datetime, *, changes: bool) -> Found | None:
        ask = self._ask
        since = now - LONGEST
        ask("BEGIN")  # all that is read is of one moment
        try:
            item = ask(self._item, (media_id,)).fetchone()
            if item is None:
                return None
            rows = ask(self._sources, (media_id,)).fetchall()
            beside = ask(self._tracks, (media_id,)).fetchall()
            past = ask(self._changes, (media_id, _stored(since), CHANGES, 0)).fetchall() if changes else []
        finally:
            ask("COMMIT")
        found = [
            Change(_moment(at), source_id, STATES[before], STATES[after]) for at, source_id, before, after in past[::-1]
        ]
        if len(past) == CHANGES:
            since = found[0].at
        return Found(_media(item, rows, beside), [_held(media_id, row) for row in rows], found, since)

    def revision(self) -> object:
        """https://sqlite.org/pragma.html#pragma_data_version"""
        return self._ask("PRAGMA data_version").fetchone()[0]

    def close(self) -> None:
        self._connection.close()


CACHE_KB = 65_536
MAPPED_BYTES = 2**31  # SQLite takes what it was built for; a page that is mapped is not copied

_FACTS = (sources.c.type, sources.c.size, sources.c.bitrate, sources.c.width, sources.c.height)
_HELD = ("state", "reason", "since", "checked_at", "fresh_until", "evidence", "requests", "bytes", "ms", "memory")
_PLAIN = ("id", "title", "duration", "lang", "description", "poster", "page", "transcript")
_REST = ("published_at", "starts_at", "expires_at", "live", "removed", "kind")


def _of(id_column: Column[Any], *columns: Any) -> Select[Any]:
    return select(*columns).where(id_column == bindparam("media_id"))


_ITEM = _of(media.c.id, *(media.c[name] for name in _PLAIN + _REST))
_SOURCES = (
    _of(sources.c.media_id, sources.c.src, *_FACTS, sources.c.id, *(verdicts.c[name] for name in _HELD))
    .join(verdicts, verdicts.c.source_id == sources.c.id)
    .order_by(sources.c.position)
)
_TRACKS = _of(tracks.c.media_id, *(tracks.c[name] for name in ("src", "kind", "srclang", "label", "is_default")))
_TRACKS = _TRACKS.order_by(tracks.c.position)
_CHANGES = (
    _of(transitions.c.media_id, *(transitions.c[name] for name in ("at", "source_id", "from_state", "state")))
    .where(transitions.c.at > bindparam("since"))
    .order_by(transitions.c.id.desc())
    .limit(bindparam("most"))
)


def _moment(stored: str) -> datetime:
    return datetime.fromisoformat(stored + "+00:00")


def _stored(moment: datetime) -> str:
    """As SQLAlchemy writes it (https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#sqlalchemy.dialects.sqlite.DATETIME)."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", timespec="microseconds")


def _media(row: tuple[Any, ...], parts: list[tuple[Any, ...]], beside: list[tuple[Any, ...]]) -> Media:
    media_id, title, duration, language, description, poster, page, transcript, *rest = row
    published, starts, expires, live, removed, kind = rest
    return Media(
        media_id,
        KINDS[kind],
        title,
        tuple([Source(*part[:6]) for part in parts]),
        tuple([Track(src, sort, lang, name, bool(default)) for src, sort, lang, name, default in beside]),
        duration,
        language,
        description,
        poster,
        page,
        transcript,
        published and _moment(published),
        starts and _moment(starts),
        expires and _moment(expires),
        bool(live),
        bool(removed),
    )


def _held(media_id: str, row: tuple[Any, ...]) -> SourceVerdict:
    source_id, state, reason, since, checked, fresh, evidence, requests, size, ms, memory = row[6:]
    verdict = Verdict(
        STATES[state],
        reason,
        _moment(since),
        _moment(checked),
        _moment(fresh),
        PARSE(evidence)[0],
    )
    remembered = NOTHING if memory is None else Memory.from_json(PARSE(memory)[0])
    return SourceVerdict(source_id, media_id, row[0], verdict, requests, size, ms, remembered)
