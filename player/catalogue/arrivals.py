"""Items of which the database has none yet, by the thousand: what `player.bulk` takes is made of them here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, text

from player import bulk
from player.bulk import Row
from player.catalogue.fields import host_of
from player.catalogue.media import Media
from player.tables import EPOCH, media, sources, tracks, verdicts

MANY = 5_000  # items of one batch, and from which on an import is a large one

BLANK: Mapping[str, Any] = {
    "state": "unknown",
    "reason": "unchecked",
    **dict.fromkeys(("since", "checked_at", "fresh_until", "due_at"), EPOCH),
    "evidence": {},
    **dict.fromkeys(("requests", "bytes", "ms"), 0),
}
"""The verdict of what was never probed; see `player.tables.verdicts`."""

_MEDIA = tuple(column.name for column in media.columns)
_TIMES = ("published_at", "starts_at", "expires_at")
_SOURCE = ("id", "media_id", "position", "src", "host", "type", "size", "bitrate", "width", "height")
_TRACK = ("media_id", "position", "src", "kind", "srclang", "label", "is_default")


def put(connection: Connection, items: Sequence[Media]) -> None:
    """The items, with their sources, tracks and blank verdicts."""
    bulk.put(connection, media, _MEDIA, list(_media_rows(connection, items)))
    bulk.put(connection, tracks, _TRACK, [row for item in items for row in _track_rows(item)])
    numbers = _numbers(connection, sum(len(item.sources) for item in items))
    if not numbers:
        return
    bulk.put(connection, sources, _SOURCE, list(_source_rows(items, numbers)))
    moment = bulk.moment(connection)
    blank = [moment(value) if value is EPOCH else value for value in {**BLANK, "evidence": "{}"}.values()]
    bulk.put(connection, verdicts, ("source_id", *BLANK), [(number, *blank) for number in numbers])


def _numbers(connection: Connection, count: int) -> Sequence[int]:
    """Ids for so many sources, which nobody had before and nobody else gets."""
    if connection.dialect.name == "postgresql":
        query = "SELECT nextval(pg_get_serial_sequence('sources', 'id')) FROM generate_series(1, :count)"
        return connection.execute(text(query), {"count": count}).scalars().all()
    # The write lock is ours; an id that is given counts as the sequence's own (https://sqlite.org/autoinc.html).
    query = "SELECT seq FROM sqlite_sequence WHERE name = 'sources'"
    last: int = connection.exec_driver_sql(query).scalar() or 0
    return range(last + 1, last + 1 + count)


def _media_rows(connection: Connection, items: Iterable[Media]) -> Iterator[Row]:
    values, moment = attrgetter(*_MEDIA), bulk.moment(connection)
    kind, times = _MEDIA.index("kind"), [_MEDIA.index(name) for name in _TIMES]
    for item in items:
        row = list(values(item))
        row[kind] = item.kind.value
        for place in times:
            if row[place] is not None:
                row[place] = moment(row[place])
        yield tuple(row)


def _source_rows(items: Iterable[Media], numbers: Iterable[int]) -> Iterator[Row]:
    number = iter(numbers)
    for item in items:
        for position, one in enumerate(item.sources):
            facts = (one.type, one.size, one.bitrate, one.width, one.height)
            yield (next(number), item.id, position, one.src, host_of(one.src), *facts)


def _track_rows(item: Media) -> Iterator[Row]:
    for position, track in enumerate(item.tracks):
        yield (item.id, position, track.src, track.kind, track.srclang, track.label, track.default)
