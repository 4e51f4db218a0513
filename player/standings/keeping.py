"""Standings and sums, kept in the transaction of whoever changes what they are made of."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, bindparam, delete, select, update

from player import bulk
from player.standings.difference import Difference
from player.standings.standing import BY_SEVERITY, Held, Offer, Standing, opened, stand
from player.tables import counts, media, sources, standings, verdicts

BATCH = 500  # items in one statement
SWEPT = 500  # items in one sweep
REMEMBERED = 100_000  # changed items that a transaction leaves to its end
AHEAD = timedelta(seconds=15)
"""Items are looked at so long before the clock changes them: most were probed anew, and it does not."""

T = TypeVar("T")
_OFFER = [media.c[name] for name in ("id", *Offer._fields[1:])]


class Ledger:
    """What one transaction changes. `now`: about the time; a standing says by itself for how long it holds."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now
        self._changed: list[str] = []
        self._difference = Difference()

    def open(self, items: Iterable[tuple[Offer, Sequence[str]]]) -> None:
        """New items, each with the hosts of its sources."""
        for batch in _batches(items):
            seen = {item.media_id: opened(item, hosts, self._now) for item, hosts in batch}
            # Nearly always nothing: of an item that was taken out by somebody else, past the catalogue.
            held = _held(self._connection, select(standings).where(standings.c.media_id.in_(seen)))
            _settle(self._connection, held, seen, self._difference)

    def change(self, media_ids: Iterable[str]) -> None:
        """Items of which something was changed, or that were removed."""
        self._changed.extend(media_ids)
        if len(self._changed) > REMEMBERED:  # their rows stay locked until the end then
            self._recount()

    def close(self, media_ids: Iterable[str] = ()) -> None:
        """The last thing in the transaction, where all rows are locked that it locks; see the package's word on that.

        `media_ids`: see `change`.
        """
        self._changed.extend(media_ids)
        self._recount()
        self._difference.write(self._connection)
        self._difference = Difference()

    def _recount(self) -> None:
        recount(self._connection, self._changed, self._now, self._difference)
        self._changed = []


def recount(connection: Connection, media_ids: Iterable[str], now: datetime, difference: Difference) -> int:
    """Bring the standings of these items up to date; how many were not. The sums are left to `difference.write`."""
    wrong = 0
    for batch in _batches(sorted(set(media_ids))):
        query = select(standings).where(standings.c.media_id.in_(batch)).order_by(standings.c.media_id)
        # Locked by one statement and the rest read by the next ones, so that they see what others have just written.
        held = _held(connection, query.with_for_update())
        wrong += _settle(connection, held, standing_now(connection, batch, now), difference)
    return wrong


def sweep(connection: Connection, now: datetime) -> bool:
    """Look at items that the clock has changed or is about to; whether there may be more of them.

    Those that somebody else has locked are passed over: whoever it is brings them up to date.
    """
    difference, more = Difference(), False
    late = select(standings).where(standings.c.until <= now + AHEAD).order_by(standings.c.until)
    ahead = select(standings).where(standings.c.since > now).order_by(standings.c.since.desc())
    for query in (late, ahead):
        held = _held(connection, query.limit(SWEPT).with_for_update(skip_locked=True))
        moved = _settle(connection, held, standing_now(connection, list(held), now), difference)
        more |= moved == SWEPT
    difference.write(connection)
    return more


def forget(connection: Connection) -> None:
    """Drop sums of nothing: hosts on which nothing lies any more, reasons that nobody has. Some at a time."""
    key = list(counts.primary_key)
    nothing = select(*key).where(counts.c.number == 0, counts.c.dead == 0).limit(SWEPT)
    # What somebody writes just now is nobody's to drop.
    rows = connection.execute(nothing.with_for_update(skip_locked=True)).all()
    if rows:
        each = delete(counts).where(*(column == bindparam(f"the_{column.name}") for column in key))
        connection.execute(each, [{f"the_{name}": value for name, value in row._asdict().items()} for row in rows])


def standing_now(connection: Connection, media_ids: Collection[str], now: datetime) -> dict[str, Standing]:
    """What these items count as at `now`, made of what there is; one that is not there is left out."""
    found: dict[str, Standing] = {}
    for batch in _batches(media_ids):
        offers = [Offer(*row) for row in connection.execute(select(*_OFFER).where(media.c.id.in_(batch)))]
        told: dict[str, list[Held]] = {offer.media_id: [] for offer in offers}
        query = (
            select(sources.c.media_id, sources.c.host, verdicts.c.state, verdicts.c.reason, verdicts.c.fresh_until)
            .join(verdicts, verdicts.c.source_id == sources.c.id)
            .where(sources.c.media_id.in_(batch))
            .order_by(sources.c.media_id, sources.c.position)
        )
        for media_id, *held in connection.execute(query):
            if media_id in told:
                told[media_id].append(Held(*held))
        found.update((offer.media_id, stand(offer, told[offer.media_id], now)) for offer in offers)
    return found


def as_standing(row: Row[Any]) -> Standing:
    try:
        told = tuple((str(host), int(severity), str(reason)) for host, severity, reason in row.sources)
    except (TypeError, ValueError):  # not of our writing; a recount mends it
        told = ()
    severity = row.severity if row.severity in BY_SEVERITY else None
    told = tuple(one for one in told if one[1] in BY_SEVERITY)
    return Standing(row.media_id, row.kind, row.lang, severity, row.reason, told, row.since, row.until)


def _held(connection: Connection, query: Select[Any]) -> dict[str, Standing]:
    return {row.media_id: as_standing(row) for row in connection.execute(query)}


def _settle(
    connection: Connection, held: Mapping[str, Standing], seen: Mapping[str, Standing], difference: Difference
) -> int:
    """Have `seen` stand in place of `held`; how many differ."""
    moved = [media_id for media_id in {**held, **seen} if held.get(media_id) != seen.get(media_id)]
    for media_id in moved:
        difference.move(held.get(media_id), seen.get(media_id))
    if gone := [media_id for media_id in moved if media_id not in seen]:
        connection.execute(delete(standings).where(standings.c.media_id.in_(gone)))
    _put(connection, [seen[media_id] for media_id in moved if media_id not in held])
    both = [media_id for media_id in moved if media_id in held and media_id in seen]
    if changed := [{"the_id": media_id, **_row(seen[media_id])} for media_id in both]:
        connection.execute(_BY_ID, changed)
    return len(moved)


def _put(connection: Connection, new: Sequence[Standing]) -> None:
    moment = bulk.moment(connection)
    rows = [
        (
            *(one.media_id, one.kind, one.lang, one.severity, one.reason),
            *(_text(one.sources), moment(one.since), moment(one.until)),
        )
        for one in new
    ]
    bulk.put(connection, standings, Standing.__slots__, rows)


@lru_cache(maxsize=1024)
def _text(sources: tuple[tuple[str, int, str], ...]) -> str:
    """Of a large import most items have the same hosts."""
    return json.dumps(sources)


_BY_ID = update(standings).where(standings.c.media_id == bindparam("the_id"))
_ROW = [name for name in Standing.__slots__ if name != "media_id"]


def _row(one: Standing) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _ROW}


def _batches(things: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(things)
    while batch := list(islice(iterator, BATCH)):
        yield batch
