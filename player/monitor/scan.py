"""The catalogue's health, counted by the database over everything there is: what is answered where the sums that are
kept (`player.standings`) cannot be put right for little, and what they are held to.

Only items on offer count (lifecycle `published` or `live`). A verdict that is no longer fresh counts as
`unknown`/`unchecked`. The item's state follows `player.probe.verdict.combine`:

- `available`: some source plays, and none is degraded or unavailable
- `degraded`: some source plays, and one is degraded or unavailable
- `unavailable`: every source is
- `unknown`: anything else

Its reason is that of the first source, in the item's order, that argues for this state.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, case, func, or_, select

from player.catalogue.media import Kind
from player.monitor.entries import Page
from player.monitor.listing import KIND, Filter, item_state, on_offer, page, parse_cursor
from player.probe.reasons import REASONS, State
from player.standings.reading import Number
from player.standings.standing import BY_SEVERITY, SEVERITY
from player.tables import media, sources, verdicts

Counts = dict[tuple[str, State, str], int]
"""How many there are, by kind, state and reason."""


def items(connection: Connection, now: datetime) -> Counts:
    """Items on offer."""
    return _counted(connection, _items(now))


def counted_sources(connection: Connection, now: datetime) -> Counts:
    """Sources of items on offer."""
    return _counted(connection, _sources(now).subquery())


def _counted(connection: Connection, each: Subquery) -> Counts:
    columns = (each.c.kind, each.c.state, each.c.reason)
    rows = connection.execute(select(*columns, func.count()).group_by(*columns))
    return {(kind, BY_SEVERITY[severity], reason): number for kind, severity, reason, number in rows}


def failing(connection: Connection, now: datetime, only: Filter, after: str | None, limit: int) -> Page:
    """See `player.monitor.health.Health.failing`."""
    items = _items(now)
    columns = (items.c.state, items.c.reason, media.c.id, media.c.kind, media.c.title, media.c.live)
    query: Select[Any] = select(*columns).join(media, media.c.id == items.c.id)
    query = only.of_media(query).order_by(items.c.state, items.c.id).limit(limit + 1)
    if only.state is not None:
        query = query.where(items.c.state == SEVERITY[only.state])
    if only.reason is not None:
        query = query.where(items.c.reason == only.reason)
    if after is not None:
        severity, media_id = parse_cursor(after)
        query = query.where(or_(items.c.state > severity, and_(items.c.state == severity, items.c.id > media_id)))
    return page([item_state(row, row.state, row.reason) for row in connection.execute(query)], limit)


def languages(connection: Connection, now: datetime, limit: int, kind: Kind | None = None) -> list[Number]:
    """See `player.monitor.health.Health.languages`."""
    each = _items(now)
    return _named(connection, each, media.c.lang, limit, kind, join=True)


def hosts(connection: Connection, now: datetime, limit: int, kind: Kind | None = None) -> list[Number]:
    """See `player.monitor.health.Health.hosts`."""
    each = _sources(now).subquery()
    return _named(connection, each, each.c.host, limit, kind)


def _named(
    connection: Connection,
    each: Subquery,
    name: ColumnElement[str],
    limit: int,
    kind: Kind | None,
    *,
    join: bool = False,
) -> list[Number]:
    dead = func.sum(case((each.c.state == SEVERITY[State.UNAVAILABLE], 1), else_=0)).label("dead")
    number = func.count().label("number")
    query = select(name.label("name"), number, dead).select_from(each).group_by(name)
    if join:
        query = query.join(media, media.c.id == each.c.id)
    if kind is not None:
        query = query.where(each.c.kind == kind.value)
    rows = connection.execute(query.order_by(dead.desc(), number.desc(), name).limit(limit))
    return [Number(row.name or "", int(row.number), int(row.dead)) for row in rows]


def _sources(now: datetime) -> Select[Any]:
    """One row a source of the items on offer, with its state (as severity) and reason at `now`."""
    fresh = verdicts.c.fresh_until >= now
    known = case({state.value: rank for state, rank in SEVERITY.items()}, value=verdicts.c.state)
    sound = and_(known.is_not(None), verdicts.c.reason.in_(list(REASONS)))
    return (
        select(
            media.c.id,
            KIND.label("kind"),
            sources.c.position,
            sources.c.host,
            case((and_(fresh, sound), known), else_=SEVERITY[State.UNKNOWN]).label("state"),
            case((~fresh, "unchecked"), (sound, verdicts.c.reason), else_="probe-failed").label("reason"),
        )
        .join(sources, sources.c.media_id == media.c.id)
        .join(verdicts, verdicts.c.source_id == sources.c.id)
        .where(on_offer(now))
    )


def _items(now: datetime) -> Subquery:
    """One row an item on offer: id, kind, state (as severity), reason.

    The first source of a state is found without a second look at the table: the least of its position
    with the reason's number below it.
    """
    each = _sources(now).subquery()
    marked = each.c.position * _REASONS + case(_NUMBERS, value=each.c.reason, else_=_NUMBERS["probe-failed"])

    def first(*states: State) -> ColumnElement[int | None]:
        return func.min(case((each.c.state.in_([SEVERITY[state] for state in states]), marked)))

    item = (
        select(
            each.c.id,
            func.min(each.c.kind).label("kind"),
            first(State.AVAILABLE, State.DEGRADED).label("playing"),
            first(State.DEGRADED, State.UNAVAILABLE).label("worse"),
            first(State.UNKNOWN).label("unknown"),
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
    return select(item.c.id, item.c.kind, state.label("state"), reason.label("reason")).subquery()


_NUMBERS = {code: number for number, code in enumerate(REASONS)}
_REASONS = 1000  # more than there are reasons
