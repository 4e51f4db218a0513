"""Incidents: what a newsroom is told. Opened and closed in the transaction that keeps the transitions behind them.

A host that is down is one incident, however many items lie on it; an item that cannot be played, or whose source is
flapping, is one of its own only while no host is to blame.

What is down from one vantage point only is no incident: its sources are not dead, and say `not-everywhere`. Of what is
down from all of them, the one that lost it last tells why, and so whether the host is to blame.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from player.catalogue.store import host_of
from player.monitor.breaker import OF_HOSTS
from player.monitor.entries import Transition
from player.monitor.hysteresis import FLAPPING
from player.monitor.rows import as_verdict, playable
from player.probe.reasons import State
from player.probe.verdict import Verdict, combine
from player.tables import incidents, media, sources, verdicts

EXAMPLES = 10  # items that an incident names
LANGUAGES = 60  # and languages that it counts
NOT_REMOVED = media.c.removed.is_(False)
PLAYING = (State.AVAILABLE, State.DEGRADED)
SWEPT = 500  # lasting incidents that one sweep looks at


class Scope(StrEnum):
    HOST = "host"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Incident:
    """`subject`: the host, or the item's id. `items`: how many were hit when it began, `languages` by their tags,
    `examples` some of their ids. `ended_at`: None while it lasts."""

    id: int
    scope: Scope
    subject: str
    reason: str
    started_at: datetime
    ended_at: datetime | None
    items: int
    examples: tuple[str, ...]
    languages: Mapping[str, int]


def follow(
    connection: Connection, changes: Sequence[Transition], down: Mapping[str, str], now: datetime
) -> list[Incident]:
    """The incidents that begin or end by these transitions. `down`: hosts that answer nothing, and why.

    Only the last word on each item counts, as the database holds it after the changes.
    """
    told = []
    for host in sorted({host_of(change.src) for change in changes if change.state is State.UNAVAILABLE} & set(down)):
        if not _open(connection, Scope.HOST, [host]):
            told.append(_begin(connection, Scope.HOST, host, down[host], now, _hit_by_host(connection, host)))
    # Where it plays from anywhere, it is down no more; who hears it from one place alone ends it by `host_back`.
    back = {host_of(change.src) for change in changes if change.state in PLAYING and "vantages" in change.evidence}
    told.extend(ended for host in sorted(back) for ended in host_back(connection, host, now))
    lasting = hosts_down(connection)
    held = _held(connection, sorted({change.media_id for change in changes}))
    open_now = {row.subject: row for row in _open(connection, Scope.ITEM, list(held))}
    for media_id, item in held.items():
        why = item.trouble(down)
        if why is None and media_id in open_now:
            told.extend(_end(connection, open_now[media_id], now))
        elif why is not None and media_id not in open_now and not item.host_is_to_blame(down, lasting):
            told.append(_begin(connection, Scope.ITEM, media_id, why, now, _Hit(1, [media_id], {item.lang or "": 1})))
    return told


def host_back(connection: Connection, host: str, now: datetime) -> list[Incident]:
    """Ends the incident of a host that answers again."""
    return [ended for row in _open(connection, Scope.HOST, [host]) for ended in _end(connection, row, now)]


def sweep(connection: Connection, now: datetime, after: int = 0) -> tuple[list[Incident], int]:
    """Ends what is about nothing any more, and which no probe will ever end: incidents of items that left the
    catalogue, were taken down, are over or lost the source that was dead; of hosts on which nothing lies.

    Looks at `SWEPT` of them, from the one that follows id `after`; the second value is the next call's `after`.
    """
    query = select(incidents).where(incidents.c.ended_at.is_(None), incidents.c.id > after)
    rows = connection.execute(query.order_by(incidents.c.id).limit(SWEPT)).all()
    of_items = [row for row in rows if row.scope == Scope.ITEM]
    of_hosts = [row for row in rows if row.scope == Scope.HOST]
    held = _held(connection, [row.subject for row in of_items], playable(now))
    over = [row for row in of_items if row.subject not in held or held[row.subject].plays()]
    lived_on = _lived_on(connection, [row.subject for row in of_hosts], now)
    over.extend(row for row in of_hosts if row.subject not in lived_on)
    ended = [incident for row in over for incident in _end(connection, row, now)]
    return ended, rows[-1].id if len(rows) == SWEPT else 0


def hosts_down(connection: Connection) -> dict[str, str]:
    """Hosts whose incident lasts, and why: what a monitor that starts anew has to know."""
    query = select(incidents).where(incidents.c.scope == Scope.HOST, incidents.c.ended_at.is_(None))
    return {row.subject: row.reason for row in connection.execute(query)}


def lasting(connection: Connection) -> dict[Scope, int]:
    """How many there are now, by what they are about."""
    query = select(incidents.c.scope, func.count()).where(incidents.c.ended_at.is_(None)).group_by(incidents.c.scope)
    return {**dict.fromkeys(Scope, 0), **{Scope(scope): number for scope, number in connection.execute(query)}}


def read(connection: Connection, *, lasting: bool | None, before: int | None, limit: int) -> list[Incident]:
    """The newest first; `before`: the id of the last one of the page before this one."""
    query = select(incidents).order_by(incidents.c.id.desc()).limit(limit)
    if lasting is not None:
        query = query.where(incidents.c.ended_at.is_(None) if lasting else incidents.c.ended_at.is_not(None))
    if before is not None:
        query = query.where(incidents.c.id < before)
    return [_incident(row._asdict()) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class _Item:
    lang: str | None
    sources: tuple[tuple[str, Verdict], ...]  # host, verdict

    def trouble(self, down: Mapping[str, str]) -> str | None:
        """The reason for an incident, if there is one."""
        verdicts = [verdict for _, verdict in self.sources]
        whole = combine(verdicts)
        if whole.state is State.UNAVAILABLE:
            # Not the silence of a host that is down, where another source has a reason of its own.
            own = [verdict.reason for host, verdict in self.sources if host not in down]
            return own[0] if own else whole.reason
        return FLAPPING if any(verdict.reason == FLAPPING for verdict in verdicts) else None

    def plays(self) -> bool:
        """It is known to; what is not known yet ends nothing."""
        whole = combine([verdict for _, verdict in self.sources])
        return whole.state in PLAYING and self.trouble({}) is None

    def host_is_to_blame(self, down: Mapping[str, str], lasting: Collection[str]) -> bool:
        """`lasting`: hosts with an incident, which may be silent to another monitor than to this one."""
        return any(
            verdict.state is State.UNAVAILABLE and (host in down or (host in lasting and verdict.reason in OF_HOSTS))
            for host, verdict in self.sources
        )


def _held(connection: Connection, media_ids: list[str], offered: ColumnElement[bool] = NOT_REMOVED) -> dict[str, _Item]:
    """Items that are `offered`, with what is held of their sources."""
    columns = (media.c.id, media.c.lang, sources.c.host, *(c for c in verdicts.columns if c.name != "source_id"))
    found: dict[str, list[Row[Any]]] = {}
    for start in range(0, len(media_ids), 500):
        query = (
            select(*columns)
            .select_from(media)
            .join(sources, sources.c.media_id == media.c.id)
            .join(verdicts, verdicts.c.source_id == sources.c.id)
            .where(media.c.id.in_(media_ids[start : start + 500]), offered)
            .order_by(media.c.id, sources.c.position)
        )
        for row in connection.execute(query):
            found.setdefault(row.id, []).append(row)
    return {
        media_id: _Item(
            rows[0].lang,
            tuple((row.host, as_verdict(row)) for row in rows),
        )
        for media_id, rows in found.items()
    }


def _open(connection: Connection, scope: Scope, subjects: Sequence[str]) -> Sequence[Row[Any]]:
    found: list[Row[Any]] = []
    for start in range(0, len(subjects), 500):
        here = incidents.c.subject.in_(subjects[start : start + 500])
        query = select(incidents).where(incidents.c.scope == scope, here, incidents.c.ended_at.is_(None))
        found.extend(connection.execute(query))
    return found


def _lived_on(connection: Connection, hosts: list[str], now: datetime) -> set[str]:
    """Those of the hosts on which a source lies that is worth a probe."""
    query = select(sources.c.host).join(media, media.c.id == sources.c.media_id).where(playable(now))
    return set(connection.execute(query.where(sources.c.host.in_(hosts)).distinct()).scalars())


@dataclass(frozen=True, slots=True)
class _Hit:
    items: int
    examples: list[str]
    languages: dict[str, int]


def _hit_by_host(connection: Connection, host: str) -> _Hit:
    of_host = media.c.id.in_(select(sources.c.media_id).where(sources.c.host == host))
    count = connection.execute(select(func.count()).select_from(media).where(of_host)).scalar_one()
    examples = connection.execute(select(media.c.id).where(of_host).order_by(media.c.id).limit(EXAMPLES))
    number = func.count().label("number")
    tally = select(media.c.lang, number).where(of_host).group_by(media.c.lang).order_by(number.desc()).limit(LANGUAGES)
    languages = {row.lang or "": row.number for row in connection.execute(tally)}
    return _Hit(count, list(examples.scalars()), languages)


def _begin(connection: Connection, scope: Scope, subject: str, reason: str, now: datetime, hit: _Hit) -> Incident:
    row = {
        "scope": scope.value,
        "subject": subject,
        "reason": reason,
        "started_at": now,
        "ended_at": None,
        "items": hit.items,
        "examples": hit.examples,
        "languages": hit.languages,
    }
    number = connection.execute(insert(incidents).returning(incidents.c.id), row).scalar_one()
    return _incident({"id": number, **row})


def _end(connection: Connection, row: Row[Any], now: datetime) -> list[Incident]:
    """The incident, ended; nothing where somebody else has ended it meanwhile, and told so."""
    still = update(incidents).where(incidents.c.id == row.id, incidents.c.ended_at.is_(None))
    ended = connection.execute(still.values(ended_at=now)).rowcount
    return [_incident({**row._asdict(), "ended_at": now})] if ended else []


def _incident(row: Mapping[str, Any]) -> Incident:
    return Incident(**{**row, "scope": Scope(row["scope"]), "examples": tuple(row["examples"])})
