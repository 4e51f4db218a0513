"""The catalogue in the database: what goes in is checked, what comes out is `Media`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from player.catalogue.media import Kind, Media, Source, Track, check
from player.database import EPOCH, media, sources, tracks, verdicts, writing

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

    def import_many(self, items: Iterable[Media], *, replace: bool = True) -> ImportCounts:
        """Put in all items or, if one is refused, none; of two with the same id the later one stays.

        Raises `InvalidMedia`, `DuplicateMedia`.
        """
        added = replaced = 0
        with writing(self._engine) as connection:
            for batch in _batches(items):
                checked = {item.id: item for item in map(check, batch)}
                known = _known(connection, checked)
                if known and not replace:
                    raise DuplicateMedia(min(known))
                _write(connection, checked, known)
                added += len(checked) - len(known)
                replaced += len(known) + len(batch) - len(checked)
        return ImportCounts(added, replaced)

    def get(self, media_id: str) -> Media | None:
        return self.get_many([media_id]).get(media_id)

    def get_many(self, media_ids: Sequence[str]) -> dict[str, Media]:
        """The items that exist among these ids."""
        found: dict[str, Media] = {}
        with self._engine.connect() as connection:
            for batch in _batches(media_ids):
                rows = connection.execute(select(media).where(media.c.id.in_(batch))).all()
                found.update((item.id, item) for item in _whole(connection, rows))
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
            return connection.execute(delete(media).where(media.c.id == media_id)).rowcount > 0

    def count(self, *, kind: Kind | None = None) -> int:
        query = select(func.count()).select_from(media)
        if kind is not None:
            query = query.where(media.c.kind == kind.value)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()


def _batches(things: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(things)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _known(connection: Connection, ids: Iterable[str]) -> set[str]:
    return set(connection.execute(select(media.c.id).where(media.c.id.in_(list(ids)))).scalars())


def _write(connection: Connection, items: dict[str, Media], known: set[str]) -> None:
    new = [_row(item) for item in items.values() if item.id not in known]
    if new:
        connection.execute(insert(media), new)
    for item in items.values():
        if item.id in known:
            connection.execute(update(media).where(media.c.id == item.id).values(_row(item)))
    if known:
        connection.execute(delete(tracks).where(tracks.c.media_id.in_(known)))
    rows = [_track_row(item.id, n, track) for item in items.values() for n, track in enumerate(item.tracks)]
    if rows:
        connection.execute(insert(tracks), rows)
    _write_sources(connection, items, known)


def _write_sources(connection: Connection, items: dict[str, Media], known: set[str]) -> None:
    """Insert, update and delete by address, so that a source that stays keeps its id and its verdict."""
    here = (sources.c.media_id.in_(known)) if known else None
    rows = connection.execute(select(sources).where(here)).all() if here is not None else []
    old = {(row.media_id, row.src): row for row in rows}
    new = {(i.id, s.src): _source_row(i.id, n, s) for i in items.values() for n, s in enumerate(i.sources)}
    gone = [row.id for key, row in old.items() if key not in new]
    for batch in _batches(gone):
        connection.execute(delete(sources).where(sources.c.id.in_(batch)))
    changed: list[int] = []
    for key in old.keys() & new.keys():
        row, values = old[key], new[key]
        if any(getattr(row, name) != value for name, value in values.items()):
            connection.execute(update(sources).where(sources.c.id == row.id).values(values))
        if any(getattr(row, name) != values[name] for name in _FACTS):
            changed.append(row.id)
    for batch in _batches(changed):  # what the probe compares with has changed, so the verdict may
        connection.execute(update(verdicts).where(verdicts.c.source_id.in_(batch)).values(due_at=EPOCH))
    fresh = [values for key, values in new.items() if key not in old]
    if fresh:
        connection.execute(insert(sources), fresh)
        _open_verdicts(connection, list({values["media_id"] for values in fresh}))


def _open_verdicts(connection: Connection, media_ids: list[str]) -> None:
    """A blank verdict for every source that has none; see `player.database.verdicts`."""
    query = (
        select(sources.c.id)
        .outerjoin(verdicts, verdicts.c.source_id == sources.c.id)
        .where(sources.c.media_id.in_(media_ids), verdicts.c.source_id.is_(None))
    )
    blank = {
        "state": "unknown", "reason": "unchecked",
        "since": EPOCH, "checked_at": EPOCH, "fresh_until": EPOCH, "due_at": EPOCH,
        "evidence": {}, "requests": 0, "bytes": 0, "ms": 0.0,
    }  # fmt: skip
    connection.execute(insert(verdicts), [{"source_id": n, **blank} for n in connection.execute(query).scalars()])


def _row(item: Media) -> dict[str, Any]:
    return {"kind": item.kind.value, **{name: getattr(item, name) for name in _PLAIN}}


def _source_row(media_id: str, position: int, source: Source) -> dict[str, Any]:
    return {"media_id": media_id, "position": position, **{name: getattr(source, name) for name in _FACTS}}


def _track_row(media_id: str, position: int, track: Track) -> dict[str, Any]:
    return {
        "media_id": media_id, "position": position, "src": track.src, "kind": track.kind,
        "srclang": track.srclang, "label": track.label, "is_default": track.default,
    }  # fmt: skip


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
