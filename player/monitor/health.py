"""The catalogue's health: how many items play, and which do not, worst first.

Read from the sums that are kept (`player.standings`), at the cost of a few rows however large the catalogue is; where
they cannot be put right for little, counted over everything (`player.monitor.scan`), which says the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select, tuple_, union_all

from player.catalogue.media import Kind
from player.monitor import scan
from player.monitor.entries import ItemState, Page, Summary
from player.monitor.listing import Filter, item_state, page, parse_cursor, place
from player.probe.reasons import State
from player.standings import reading
from player.standings.difference import ALL, HOST, ITEM, LANG, SOURCE
from player.standings.reading import Number
from player.standings.standing import SEVERITY
from player.tables import media, standings


@dataclass(frozen=True, slots=True)
class Totals:
    """How many `items` and how many `sources` of theirs are on offer, by kind, state and reason; and when the latest
    probe ended, None before the first."""

    items: Mapping[tuple[str, State, str], int]
    sources: Mapping[tuple[str, State, str], int]
    checked_at: datetime | None

    def summary(self, kind: Kind | None = None) -> Summary:
        states = dict.fromkeys(State, 0)
        reasons: dict[str, int] = {}
        for (of_kind, state, reason), number in self.items.items():
            if kind is None or of_kind == kind.value:
                states[state] += number
                reasons[reason] = reasons.get(reason, 0) + number
        return Summary(sum(states.values()), states, reasons, self.checked_at)


_Part = tuple[str, int | None]
"""A kind, and a severity or None: all of them."""


class Health:
    """What is asked about one moment, of a connection that sees one (`player.database.reading`)."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection, self._now = connection, now
        self._right = reading.correction(connection, now)

    def totals(self) -> Totals:
        connection, at = self._connection, reading.latest_probe(self._connection)
        if self._right is None:
            return Totals(scan.items(connection, self._now), scan.counted_sources(connection, self._now), at)
        found = reading.by_reason(connection, self._right)
        return Totals(found[ITEM], found[SOURCE], at)

    def languages(self, limit: int, kind: Kind | None = None) -> list[Number]:
        """How many items on offer there are in each language ("": not said), and how many of them are dead."""
        if self._right is None:
            return scan.languages(self._connection, self._now, limit, kind)
        return reading.by_name(self._connection, self._right, LANG, limit, ALL if kind is None else kind.value)

    def hosts(self, limit: int, kind: Kind | None = None) -> list[Number]:
        """How many sources of items on offer lie on each host, and how many of them are dead."""
        if self._right is None:
            return scan.hosts(self._connection, self._now, limit, kind)
        return reading.by_name(self._connection, self._right, HOST, limit, ALL if kind is None else kind.value)

    def failing(self, only: Filter, after: str | None, limit: int) -> Page:
        """Items on offer, unavailable ones first, then by id; `after` is the cursor of a page before.

        An item that changes its state between two pages may be missed or met twice. Raises `BadCursor`.
        """
        if self._right is None:
            return scan.failing(self._connection, self._now, only, after, limit)
        start = None if after is None else parse_cursor(after)
        there = self._there(only)
        found = _standing(self._connection, self._right, only, there, start, limit) if there else []
        if self._right.items:
            found = sorted(found + _put_right(self._connection, self._right, only, start), key=place)
        return page(found, limit)

    def _there(self, only: Filter) -> list[_Part]:
        """Where what is looked for stands, so that nobody walks through all the others."""
        kinds = [str(kind) for kind in Kind if only.kind in (None, kind)]
        if self._right is None or (only.state is None and only.reason is None):
            return [(kind, None) for kind in kinds]
        told = reading.by_reason(self._connection, self._right)[ITEM]
        found = {(kind, SEVERITY[state]) for kind, state, reason in told if only.lets(SEVERITY[state], reason)}
        return sorted(part for part in found if part[0] in kinds)


def _standing(
    connection: Connection,
    right: reading.Correction,
    only: Filter,
    there: Sequence[_Part],
    start: tuple[int, str] | None,
    limit: int,
) -> list[ItemState]:
    """Those whose standings hold, in order. Each part of the index is asked for by itself, and walked in its order."""
    order = (standings.c.severity, standings.c.media_id)
    columns = (standings.c.severity, standings.c.reason, media.c.id, media.c.kind, media.c.title, media.c.live)
    parts = []
    for kind, severity in there:
        query: Select[Any] = select(*columns).select_from(standings).join(media, media.c.id == standings.c.media_id)
        here = standings.c.severity >= 0 if severity is None else standings.c.severity == severity
        query = only.of_media(query).where(standings.c.kind == kind, here)
        if right.items:
            query = query.where(standings.c.media_id.not_in(list(right.items)))
        if only.reason is not None:
            query = query.where(standings.c.reason == only.reason)
        if start is not None:
            query = query.where(tuple_(*order) > tuple_(*start))
        parts.append(query.order_by(*order).limit(limit + 1).subquery().select())
    both = union_all(*parts).subquery()
    rows = connection.execute(select(both).order_by(both.c.severity, both.c.id).limit(limit + 1))
    return [item_state(row, row.severity, row.reason) for row in rows]


def _put_right(
    connection: Connection, right: reading.Correction, only: Filter, start: tuple[int, str] | None
) -> list[ItemState]:
    """Those that the clock has changed."""
    there = {
        media_id: (one.severity, one.reason)
        for media_id, one in right.items.items()
        if one is not None and one.severity is not None and only.lets(one.severity, one.reason)
    }
    query = select(media.c.id, media.c.kind, media.c.title, media.c.live).where(media.c.id.in_(there))
    found = [item_state(row, *there[row.id]) for row in connection.execute(only.of_media(query))]
    return [one for one in found if start is None or place(one) > start]
