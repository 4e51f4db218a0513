"""The catalogue's health, counted by the database: how many items play, and which do not, worst first.

Only items on offer count (lifecycle `published` or `live`). A verdict that is no longer fresh counts as
`unknown`/`unchecked`. The item's state follows `player.probe.verdict.combine`:

- `available`: some source plays, and none is degraded or unavailable
- `degraded`: some source plays, and one is degraded or unavailable
- `unavailable`: every source is
- `unknown`: anything else

Its reason is that of the first source, in the item's order, that argues for this state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, case, func, or_, select

from player.catalogue.media import Kind, Lifecycle
from player.probe.reasons import REASONS, State
from player.tables import media, sources, verdicts

# Failing first: the order in which a newsroom wants to read.
SEVERITY: Mapping[State, int] = {State.UNAVAILABLE: 0, State.DEGRADED: 1, State.UNKNOWN: 2, State.AVAILABLE: 3}
_BY_SEVERITY = {rank: state for state, rank in SEVERITY.items()}


class BadCursor(ValueError):
    """A cursor that `failing` did not give out."""


@dataclass(frozen=True, slots=True)
class Summary:
    """`items`: how many are on offer. `states`: all four, with how many items. `reasons`: items by reason.

    `checked_at`: the latest probe of any of their sources; None when nothing was probed yet.
    """

    items: int
    states: Mapping[State, int]
    reasons: Mapping[str, int]
    checked_at: datetime | None

    @property
    def playing_share(self) -> float:
        """The share of items that are not unavailable; 1.0 of nothing."""
        return 1 - self.states[State.UNAVAILABLE] / self.items if self.items else 1.0


@dataclass(frozen=True, slots=True)
class ItemState:
    """One item on offer, and what is held of it."""

    media_id: str
    kind: Kind
    title: str
    lifecycle: Lifecycle
    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """`next`: the cursor of the page after this one, None on the last."""

    items: tuple[ItemState, ...]
    next: str | None


def on_offer(now: datetime) -> ColumnElement[bool]:
    """`Media.lifecycle(now)` is published or live."""
    return and_(
        media.c.removed.is_(False),
        or_(media.c.expires_at.is_(None), media.c.expires_at > now),
        or_(media.c.published_at.is_(None), media.c.published_at <= now),
        or_(media.c.starts_at.is_(None), media.c.starts_at <= now),
    )


def summary(connection: Connection, now: datetime, *, kind: Kind | None = None) -> Summary:
    items = _items(now, kind)
    counts = select(items.c.state, items.c.reason, func.count(), func.max(items.c.checked_at))
    states = dict.fromkeys(State, 0)
    reasons: dict[str, int] = {}
    latest: list[datetime] = []
    for severity, reason, count, checked_at in connection.execute(counts.group_by(items.c.state, items.c.reason)):
        states[_BY_SEVERITY[severity]] += count
        reasons[reason] = reasons.get(reason, 0) + count
        if checked_at.year > 1970:
            latest.append(checked_at)
    return Summary(sum(states.values()), states, reasons, max(latest, default=None))


def failing(
    connection: Connection,
    now: datetime,
    *,
    state: State | None = None,
    reason: str | None = None,
    kind: Kind | None = None,
    lang: str | None = None,
    host: str | None = None,
    text: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page:
    """Items on offer, unavailable ones first, then by id; `after` is the cursor of a page before.

    `lang`: of the item, as the catalogue has it. `host`: that some source lies on. `text`: in the title or the id.

    An item that changes its state between two pages may be missed or met twice. Raises `BadCursor`.
    """
    items = _items(now, kind)
    query = select(items, media.c.kind, media.c.title, media.c.live).join(media, media.c.id == items.c.id)
    query = query.order_by(items.c.state, items.c.id).limit(limit + 1)
    if state is not None:
        query = query.where(items.c.state == SEVERITY[state])
    if reason is not None:
        query = query.where(items.c.reason == reason)
    if lang is not None:
        query = query.where(media.c.lang == lang)
    if host is not None:
        query = query.where(media.c.id.in_(select(sources.c.media_id).where(sources.c.host == host)))
    if text is not None:
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in (media.c.title, media.c.id))))
    if after is not None:
        severity, media_id = _parse_cursor(after)
        query = query.where(
            or_(items.c.state > severity, and_(items.c.state == severity, items.c.id > media_id)),
        )
    rows = connection.execute(query).all()
    found = tuple(_item_state(row) for row in rows[:limit])
    more = len(rows) > limit and found
    return Page(found, f"{SEVERITY[found[-1].state]}.{found[-1].media_id}" if more else None)


def languages(connection: Connection, now: datetime, limit: int) -> list[tuple[str, int, int]]:
    """Each language with how many items are on offer in it and how many of them do not play, the worst first."""
    items = _items(now, None)
    dead = func.sum(case((items.c.state == SEVERITY[State.UNAVAILABLE], 1), else_=0)).label("dead")
    number = func.count().label("number")
    query = select(media.c.lang, number, dead).join(items, items.c.id == media.c.id).group_by(media.c.lang)
    rows = connection.execute(query.order_by(dead.desc(), number.desc(), media.c.lang).limit(limit))
    return [(row.lang or "", row.number, row.dead) for row in rows]


def hosts(connection: Connection, now: datetime, limit: int) -> list[tuple[str, int, int]]:
    """Each host with how many sources of items on offer lie on it and how many of them are dead, the worst first."""
    fresh = verdicts.c.fresh_until >= now
    dead = func.sum(case((and_(fresh, verdicts.c.state == State.UNAVAILABLE.value), 1), else_=0)).label("dead")
    number = func.count().label("number")
    query = (
        select(sources.c.host, number, dead)
        .join(verdicts, verdicts.c.source_id == sources.c.id)
        .join(media, media.c.id == sources.c.media_id)
        .where(on_offer(now))
        .group_by(sources.c.host)
        .order_by(dead.desc(), number.desc(), sources.c.host)
        .limit(limit)
    )
    return [(row.host, row.number, row.dead) for row in connection.execute(query)]


def source_counts(connection: Connection, now: datetime) -> dict[tuple[Kind, State, str], int]:
    """How many sources of items on offer there are, by the item's kind, the source's state and reason."""
    seen = _sources(now, None).subquery()
    query = select(seen.c.kind, seen.c.state, seen.c.reason, func.count())
    rows = connection.execute(query.group_by(seen.c.kind, seen.c.state, seen.c.reason))
    return {(Kind(kind), _BY_SEVERITY[severity], reason): count for kind, severity, reason, count in rows}


def _sources(now: datetime, kind: Kind | None) -> Select[Any]:
    """One row a source of the items on offer, with its state (as severity) and reason at `now`."""
    fresh = verdicts.c.fresh_until >= now
    known = case({state.value: rank for state, rank in SEVERITY.items()}, value=verdicts.c.state)
    query = (
        select(
            media.c.id,
            media.c.kind,
            sources.c.position,
            case((fresh, known), else_=SEVERITY[State.UNKNOWN]).label("state"),
            case((fresh, verdicts.c.reason), else_="unchecked").label("reason"),
            verdicts.c.checked_at,
        )
        .join(sources, sources.c.media_id == media.c.id)
        .join(verdicts, verdicts.c.source_id == sources.c.id)
        .where(on_offer(now))
    )
    return query if kind is None else query.where(media.c.kind == kind.value)


def _items(now: datetime, kind: Kind | None) -> Subquery:
    """One row an item on offer: id, state (as severity), reason, checked_at.

    The first source of a state is found without a second look at the table: the least of its position
    with the reason's number below it.
    """
    each = _sources(now, kind).subquery()
    marked = each.c.position * _REASONS + case(_NUMBERS, value=each.c.reason, else_=_NUMBERS["probe-failed"])

    def first(*states: State) -> ColumnElement[int | None]:
        return func.min(case((each.c.state.in_([SEVERITY[state] for state in states]), marked)))

    item = (
        select(
            each.c.id,
            first(State.AVAILABLE, State.DEGRADED).label("playing"),
            first(State.DEGRADED, State.UNAVAILABLE).label("worse"),
            first(State.UNKNOWN).label("unknown"),
            func.max(each.c.checked_at).label("checked_at"),
        )
        .group_by(each.c.id)
        .subquery()
    )
    verdict = [
        (and_(item.c.playing.is_not(None), item.c.worse.is_(None)), State.AVAILABLE, item.c.playing),
        (item.c.playing.is_not(None), State.DEGRADED, item.c.worse),
        (item.c.unknown.is_(None), State.UNAVAILABLE, item.c.worse),
    ]
    state = case(*((when, SEVERITY[then]) for when, then, _mark in verdict), else_=SEVERITY[State.UNKNOWN])
    mark = case(*((when, mark) for when, _then, mark in verdict), else_=item.c.unknown)
    names = {number: code for code, number in _NUMBERS.items()}
    reason = case(names, value=mark % _REASONS)
    return select(item.c.id, item.c.checked_at, state.label("state"), reason.label("reason")).subquery()


_NUMBERS = {code: number for number, code in enumerate(REASONS)}
_REASONS = 1000  # more than there are reasons


def _item_state(row: Any) -> ItemState:
    lifecycle = Lifecycle.LIVE if row.live else Lifecycle.PUBLISHED
    return ItemState(row.id, Kind(row.kind), row.title, lifecycle, _BY_SEVERITY[row.state], row.reason)


def _parse_cursor(cursor: str) -> tuple[int, str]:
    severity, dot, media_id = cursor.partition(".")
    if not dot or not media_id or severity not in {str(rank) for rank in _BY_SEVERITY}:
        raise BadCursor(f"not a cursor of this list: {cursor!r}")
    return int(severity), media_id
