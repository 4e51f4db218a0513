"""Rows of the database as what the history hands out, and the other way round; and the queries that find them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    and_,
    exists,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from player.catalogue.media import Kind, Source
from player.monitor.entries import Backlog, DueSource, Result, SourceVerdict, Transition
from player.monitor.hysteresis import NOTHING, Memory
from player.probe.reasons import REASONS, State
from player.probe.verdict import Verdict
from player.settings import HOME
from player.tables import EPOCH, interest, latest, media, sightings, sources, standings, transitions, verdicts

BATCH = 500  # ids in one statement

SKEW = timedelta(seconds=5)  # between the clocks of two machines
PROBED = timedelta(seconds=1)
LOOKED = 500  # due sources that are looked at one by one
COUNTED = 20_000  # due sources that are counted at all

OF_INTEREST = timedelta(minutes=30)
"""How long an item is of interest after it was told to be. Longer than what tells it takes until it does so again."""

_STATES = frozenset(State)
_COUNTED = standings.c.since.label("counted_since")

RECORDED = (
    *("state", "reason", "since", "checked_at", "fresh_until", "evidence"),
    *("requests", "bytes", "ms", "due_at", "memory"),
)


HELD = ("source_id", *(name for name in RECORDED if name != "due_at"))


def verdict_columns(own: Table = verdicts) -> list[Any]:
    return [own.c[name] for name in HELD]


def seat(vantage: str) -> tuple[Table, ColumnElement[bool]]:
    """The table with the schedule of a vantage point, and what tells its rows from those of others."""
    return (verdicts, true()) if vantage == HOME else (sightings, sightings.c.vantage == vantage)


def playable(now: datetime) -> ColumnElement[bool]:
    """Not removed and not expired: what is worth a probe."""
    return and_(media.c.removed.is_(False), or_(media.c.expires_at.is_(None), media.c.expires_at > now))


def of_interest(now: datetime) -> ColumnElement[bool]:
    """That readers ask for it. An end that lies too far ahead is from a clock that has been set back since."""
    return and_(interest.c.until > now, interest.c.until <= now + 2 * OF_INTEREST)


def due_query(now: datetime, without: Collection[str], vantage: str = HOME) -> Select[Any]:
    own, mine = seat(vantage)
    item = (media.c.kind, media.c.duration, media.c.published_at, media.c.live, media.c.page)
    columns = (sources, *item, *verdict_columns(own), playable(now).label("playable"))
    wanted = exists().where(interest.c.media_id == media.c.id, of_interest(now)).correlate(media)
    query = joined(select(*columns, wanted.label("wanted")), own).where(mine, own.c.due_at <= now)
    if without:
        query = query.where(sources.c.host.not_in(sorted(without)))
    return query.order_by(own.c.due_at, own.c.source_id)


def joined(query: Select[Any], own: Table = verdicts) -> Select[Any]:
    return (
        query.select_from(own)
        .join(sources, sources.c.id == own.c.source_id)
        .join(media, media.c.id == sources.c.media_id)
    )


def held_rows(connection: Connection, source_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    held: dict[int, dict[str, Any]] = {}
    ids = sorted(set(source_ids))
    for start in range(0, len(ids), BATCH):
        query = (
            select(sources.c.media_id, sources.c.src, verdicts.c.leased_by, *verdict_columns(), _COUNTED)
            .join(verdicts, verdicts.c.source_id == sources.c.id)
            .outerjoin(standings, standings.c.media_id == sources.c.media_id)
            .where(sources.c.id.in_(ids[start : start + BATCH]))
            .order_by(sources.c.id)  # as every writer takes its locks, so that none waits for another in a circle
            .with_for_update(of=verdicts)
        )
        for row in connection.execute(query):
            told = as_verdict(row)
            held[row.source_id] = {**row._asdict(), "state": told.state.value, "reason": told.reason}
    return held


def counts_anew(before: dict[str, Any], result: Result, wall: datetime) -> bool:
    """Whether a result without a change of state or reason changes what the item counts as, or for how long that holds.

    `wall`: the time. A verdict that has run out counts as unknown already: by the sweep that its item's standing tells
    of, or by one that is under way.
    """
    fresh_until = before["fresh_until"]
    gone = before["counted_since"] is None or fresh_until < before["counted_since"] or fresh_until < wall + SKEW
    return gone or result.verdict.fresh_until < fresh_until


def probed(connection: Connection, at: datetime) -> None:
    """Keep when the latest probe ended; to the second, so that workers seldom wait for each other's word."""
    earlier = and_(latest.c.what == "probe", latest.c.at < at - PROBED)
    connection.execute(update(latest).where(earlier).values(at=at))


def backlog(connection: Connection, now: datetime, vantage: str = HOME) -> Backlog:
    """How far the monitors of a vantage point are behind.

    Of more than `LOOKED` due sources those are counted too that nobody can play, and no more than `COUNTED`.
    """
    own, mine = seat(vantage)
    first = joined(select(own.c.due_at, playable(now).label("playable")), own).where(mine, own.c.due_at <= now)
    first = first.order_by(own.c.due_at, own.c.source_id).limit(LOOKED + 1)
    rows = connection.execute(first).all()
    told = [row.due_at for row in rows if row.playable]
    number = len(told)
    if len(rows) > LOOKED:
        several = select(own.c.due_at).where(mine, own.c.due_at <= now).limit(COUNTED).subquery()
        number = connection.execute(select(func.count()).select_from(several)).scalar_one()
    return Backlog(number, None if not told or told[0] == EPOCH else told[0])


def verdict_row(result: Result) -> dict[str, Any]:
    verdict = result.verdict
    return {
        "state": verdict.state.value,
        "reason": verdict.reason,
        "checked_at": verdict.checked_at,
        "fresh_until": verdict.fresh_until,
        "evidence": dict(verdict.evidence),
        "requests": result.requests,
        "bytes": result.bytes,
        "ms": result.ms,
        "due_at": result.due_at,
        "memory": result.memory.to_json(),
    }


def change_row(before: dict[str, Any], result: Result) -> dict[str, Any]:
    return {
        "at": result.verdict.checked_at,
        "media_id": before["media_id"],
        "source_id": result.source_id,
        "src": before["src"],
        "from_state": before["state"],
        "from_reason": before["reason"],
        "state": result.verdict.state.value,
        "reason": result.verdict.reason,
        "evidence": dict(result.verdict.evidence),
    }


def keep(connection: Connection, changes: list[dict[str, Any]]) -> list[Transition]:
    if not changes:
        return []
    query = insert(transitions).returning(transitions.c.id, sort_by_parameter_order=True)
    ids = connection.execute(query, changes).scalars().all()
    return [as_transition({"id": number, **change}) for number, change in zip(ids, changes, strict=True)]


def as_transition(row: dict[str, Any]) -> Transition:
    return Transition(**{**row, "from_state": State(row["from_state"]), "state": State(row["state"])})


def as_verdict(row: Any) -> Verdict:
    if row.state not in _STATES or row.reason not in REASONS or not isinstance(row.evidence, dict):
        return _malformed(row)
    return Verdict(State(row.state), row.reason, row.since, row.checked_at, row.fresh_until, row.evidence)


def _malformed(row: Any) -> Verdict:
    """Not of our writing: nothing is claimed, and the next probe mends it."""
    return Verdict(State.UNKNOWN, "probe-failed", row.since, row.checked_at, row.fresh_until, {"row": "malformed"})


def as_source_verdict(row: Row[Any]) -> SourceVerdict:
    try:
        verdict, memory = as_verdict(row), Memory.from_json(row.memory)
    except (ValueError, TypeError, KeyError, AttributeError):
        verdict, memory = _malformed(row), NOTHING
    cost = (row.requests, row.bytes, row.ms)
    if not all(isinstance(number, int | float) for number in cost):
        cost = (0, 0, 0.0)
    return SourceVerdict(row.source_id, row.media_id, row.src, verdict, *cost, memory)


def as_due_source(row: Row[Any]) -> DueSource:
    source = Source(row.src, row.type, row.size, row.bitrate, row.width, row.height)
    current = None if row.checked_at == EPOCH else as_verdict(row)
    return DueSource(
        source_id=row.source_id,
        media_id=row.media_id,
        source=source,
        host=row.host,
        kind=Kind(row.kind),
        duration=row.duration,
        published_at=row.published_at,
        live=row.live,
        page=row.page,
        current=current,
        memory=Memory.from_json(row.memory),
        wanted=bool(row.wanted),
    )
