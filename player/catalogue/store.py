"""The catalogue in the database: what goes in is checked, what comes out is `Media`."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Executable, Row, bindparam, delete, func, insert, select, update

from player.bulk import loading, tidy
from player.catalogue import arrivals
from player.catalogue.arrivals import BLANK, MANY
from player.catalogue.fields import host_of
from player.catalogue.media import Kind, Media, Source, Track, check
from player.database import writing
from player.standings.keeping import Ledger
from player.standings.standing import Offer
from player.tables import EPOCH, media, sightings, sources, standings, tracks, verdicts

log = logging.getLogger(__name__)

__all__ = ["BATCH", "Catalogue", "DuplicateMedia", "ImportCounts", "host_of"]

BATCH = 500  # items read or written by one statement; below every database's cap on parameters
T = TypeVar("T")
Items = list[Media]  # because `Catalogue.list` hides the type inside the class
_PLAIN = [column.name for column in media.columns if column.name != "kind"]
_FACTS = ("src", "type", "size", "bitrate", "width", "height")


class DuplicateMedia(Exception):
    """The id is in the catalogue already, and replacing was not asked for."""

    def __init__(self, media_id: str) -> None:
        super().__init__(f"{media_id!r} is in the catalogue already")
        self.media_id = media_id


@dataclass(frozen=True, slots=True)
class ImportCounts:
    added: int
    replaced: int


class Catalogue:
    """All items, by id. Every method is one transaction; an error leaves the store as it was."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, item: Media, *, replace: bool = False) -> None:
        """Put in one item. `replace` keeps the verdicts of the addresses that stay.

        Raises `InvalidMedia`, `DuplicateMedia`.
        """
        self.import_many([item], replace=replace)

    def import_many(self, items: Iterable[Media], *, replace: bool = True, checked: bool = False) -> ImportCounts:
        """Put in all items or, if one is refused, none; of two with the same id the later one stays.

        `checked`: they come from `from_json`, and keep every rule. Takes as much memory for millions as for thousands.
        Raises `InvalidMedia`, `DuplicateMedia`, and whatever `items` raises.
        """
        added = replaced = 0
        with writing(self._engine) as connection, ExitStack() as large:
            ledger = Ledger(connection, datetime.now(UTC))
            for number, batch in enumerate(_batches(items, MANY)):
                if number == 0 and len(batch) == MANY:
                    large.enter_context(loading(connection, sources, verdicts, standings))
                found = {item.id: item for item in (batch if checked else map(check, batch))}
                held = _held(connection, found)
                if held and not replace:
                    raise DuplicateMedia(min(held))
                _write(connection, found, held, ledger)
                added += len(found) - len(held)
                replaced += len(held) + len(batch) - len(found)
            ledger.close()
        if added + replaced >= MANY:
            tidy(self._engine)
        return ImportCounts(added, replaced)

    def get(self, media_id: str) -> Media | None:
        with self._engine.connect() as connection:
            return _among(connection, [media_id]).get(media_id)

    def get_many(self, media_ids: Sequence[str]) -> dict[str, Media]:
        """The items that exist among these ids, without such as somebody has spoilt: they hide none of the others."""
        found: dict[str, Media] = {}
        with self._engine.connect() as connection:
            for batch in _batches(media_ids):
                try:
                    found |= _among(connection, batch)
                except ValueError:
                    for media_id in batch:
                        try:
                            found |= _among(connection, [media_id])
                        except ValueError as error:
                            log.warning("The item %s in the database is malformed: %s", media_id, error)
        return found

    def list(self, *, after: str | None = None, limit: int = 100, kind: Kind | None = None) -> Items:
        """Up to `limit` items in the order of their ids, from the one that follows `after`."""
        query = select(media).order_by(media.c.id).limit(limit)
        if after is not None:
            query = query.where(media.c.id > after)
        if kind is not None:
            query = query.where(media.c.kind == kind.value)
        with self._engine.connect() as connection:
            return _whole(connection, connection.execute(query).all())

    def all(self, *, kind: Kind | None = None) -> Iterator[Media]:
        """Every item by id, a batch in memory at a time; no transaction is held in between."""
        after: str | None = None
        while page := self.list(after=after, limit=BATCH, kind=kind):
            yield from page
            after = page[-1].id

    def remove(self, media_id: str) -> bool:
        """Whether it was there. Its verdicts go with it, its transitions stay."""
        with writing(self._engine) as connection:
            there = connection.execute(delete(media).where(media.c.id == media_id)).rowcount > 0
            Ledger(connection, datetime.now(UTC)).close([media_id])
            return there

    def count(self, *, kind: Kind | None = None) -> int:
        query = select(func.count()).select_from(media)
        if kind is not None:
            query = query.where(media.c.kind == kind.value)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()


def _batches(things: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    iterator = iter(things)
    while batch := list(islice(iterator, size)):
        yield batch


def _held(connection: Connection, ids: Iterable[str]) -> dict[str, Media]:
    """Those of the items that are there already."""
    found: dict[str, Media] = {}
    for batch in _batches(ids):
        if rows := connection.execute(select(media).where(media.c.id.in_(batch))).all():
            found.update((item.id, item) for item in _whole(connection, rows))
    return found


def _write(connection: Connection, items: dict[str, Media], held: dict[str, Media], ledger: Ledger) -> None:
    new = [item for item in items.values() if item.id not in held]
    arrivals.put(connection, new)
    ledger.open((_offer(item), [host_of(source.src) for source in item.sources]) for item in new)
    for batch in _batches(item for item in items.values() if item.id in held and item != held[item.id]):
        _change(connection, batch, held)
        ledger.change(item.id for item in batch)


def _offer(item: Media) -> Offer:
    times = (item.published_at, item.starts_at, item.expires_at)
    return Offer(item.id, item.kind.value, item.lang, *times, item.removed)


def _change(connection: Connection, changed: list[Media], held: dict[str, Media]) -> None:
    """Items that are there, otherwise."""
    by_id = update(media).where(media.c.id == bindparam("the_id"))
    _run(connection, by_id, ({**_row(item), "the_id": item.id} for item in changed))
    connection.execute(delete(tracks).where(tracks.c.media_id.in_([item.id for item in changed])))
    _run(connection, insert(tracks), (row for item in changed for row in _track_rows(item)))
    _open_verdicts(connection, _merge_sources(connection, changed, held))


def _merge_sources(connection: Connection, changed: list[Media], held: dict[str, Media]) -> list[str]:
    """Insert, update and delete by address, so that a source that stays keeps its id and its verdict.

    Returns the items that have new sources.
    """
    here = sources.c.media_id.in_([item.id for item in changed])
    ids = {(row.media_id, row.src): row.id for row in connection.execute(select(sources).where(here))}
    wanted = {(row["media_id"], row["src"]): row for item in changed for row in _source_rows(item)}
    gone = [number for key, number in ids.items() if key not in wanted]
    for batch in _batches(gone):
        connection.execute(delete(sources).where(sources.c.id.in_(batch)))
    by_id = update(sources).where(sources.c.id == bindparam("the_id"))
    _run(connection, by_id, ({**row, "the_id": ids[key]} for key, row in wanted.items() if key in ids))
    fresh = [row for key, row in wanted.items() if key not in ids]
    _run(connection, insert(sources), fresh)
    again = [
        ids[item.id, source.src]
        for item in changed
        for source in item.sources
        if (item.id, source.src) in ids and _to_probe(item, source) != _to_probe(held[item.id], source)
    ]
    for batch in _batches(again):
        connection.execute(update(verdicts).where(verdicts.c.source_id.in_(batch)).values(due_at=EPOCH))
        elsewhere = (sightings.c.source_id.in_(batch), sightings.c.due_at.is_not(None))
        connection.execute(update(sightings).where(*elsewhere).values(due_at=EPOCH))
    return list({row["media_id"] for row in fresh})


def _to_probe(item: Media, source: Source) -> tuple[object, ...]:
    """What decides whether and how a source is probed: when it changes, so may the verdict."""
    same = next(one for one in item.sources if one.src == source.src)
    return (same, item.kind, item.duration, item.removed, item.expires_at)


def _open_verdicts(connection: Connection, media_ids: list[str]) -> None:
    """A blank verdict for every source that has none; see `player.tables.verdicts`."""
    query = (
        select(sources.c.id)
        .outerjoin(verdicts, verdicts.c.source_id == sources.c.id)
        .where(sources.c.media_id.in_(media_ids), verdicts.c.source_id.is_(None))
    )
    ids = connection.execute(query).scalars().all()
    _run(connection, insert(verdicts), ({"source_id": number, **BLANK} for number in ids))


def _run(connection: Connection, statement: Executable, rows: Iterable[dict[str, Any]]) -> None:
    """The statement once for each row; not at all, rather than with defaults, when there are none."""
    if parameters := list(rows):
        connection.execute(statement, parameters)


def _row(item: Media) -> dict[str, Any]:
    return {"kind": item.kind.value, **{name: getattr(item, name) for name in _PLAIN}}


def _source_rows(item: Media) -> Iterator[dict[str, Any]]:
    for position, source in enumerate(item.sources):
        facts = {name: getattr(source, name) for name in _FACTS}
        yield {"media_id": item.id, "position": position, "host": host_of(source.src), **facts}


def _track_rows(item: Media) -> Iterator[dict[str, Any]]:
    for position, track in enumerate(item.tracks):
        row = {name: getattr(track, name) for name in ("src", "kind", "srclang", "label")}
        yield {"media_id": item.id, "position": position, **row, "is_default": track.default}


def _among(connection: Connection, media_ids: Sequence[str]) -> dict[str, Media]:
    """The items of one batch of ids. `ValueError` where a row is not of our writing."""
    rows = connection.execute(select(media).where(media.c.id.in_(media_ids))).all()
    return {item.id: item for item in _whole(connection, rows)}


def _whole(connection: Connection, rows: Sequence[Row[Any]]) -> list[Media]:
    """The items of these rows of `media`, with their parts, in the same order."""
    ids = [row.id for row in rows]
    parts: dict[str, list[Source]] = defaultdict(list)
    texts: dict[str, list[Track]] = defaultdict(list)
    for batch in _batches(ids):
        query = select(sources).where(sources.c.media_id.in_(batch)).order_by(sources.c.media_id, sources.c.position)
        for row in connection.execute(query):
            parts[row.media_id].append(Source(*(getattr(row, name) for name in _FACTS)))
        query = select(tracks).where(tracks.c.media_id.in_(batch)).order_by(tracks.c.media_id, tracks.c.position)
        for row in connection.execute(query):
            texts[row.media_id].append(Track(row.src, row.kind, row.srclang, row.label, row.is_default))
    return [
        Media(
            kind=Kind(row.kind),
            sources=tuple(parts[row.id]),
            tracks=tuple(texts[row.id]),
            **{name: getattr(row, name) for name in _PLAIN},
        )
        for row in rows
    ]
