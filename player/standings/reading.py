"""The sums as they are at a moment: those that are kept, put right by the items that the clock has changed since.

As long as somebody sweeps these are few. Where they are many (nobody has swept for long, or a database that has just
been upgraded) the sums cannot be put right for little, and whoever asks has to count: `correction` is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, bindparam, select, union_all

from player.probe.reasons import State
from player.standings.difference import ALL, ITEM, SOURCE, Difference
from player.standings.keeping import as_standing, standing_now
from player.standings.standing import Standing
from player.tables import EPOCH, counts, latest, standings

BOUND = 400
"""Items up to which the sums are put right."""


@dataclass(frozen=True, slots=True)
class Correction:
    """`items`: what those count as whose standings hold no more; None: the item is gone. `difference`: what the sums
    lack."""

    items: Mapping[str, Standing | None]
    difference: Difference


class Number(NamedTuple):
    """How many of a name, and how many of them are dead."""

    name: str
    number: int
    dead: int


def _some(where: ColumnElement[bool]) -> Select[Any]:
    return select(standings).where(where).limit(BOUND + 1).subquery().select()


# Made once: making them would be half of the work of asking.
_HOLD_NO_MORE = union_all(
    _some(standings.c.until <= bindparam("now")),
    _some(standings.c.since > bindparam("now")),
)
_BY_REASON = select(counts.c.scope, counts.c.kind, counts.c.state, counts.c.reason, counts.c.number).where(
    counts.c.scope.in_([ITEM, SOURCE]), counts.c.number != 0
)
_LATEST = select(latest.c.at).where(latest.c.what == "probe")


def correction(connection: Connection, now: datetime) -> Correction | None:
    held = {row.media_id: as_standing(row) for row in connection.execute(_HOLD_NO_MORE, {"now": now})}
    if len(held) > BOUND:
        return None
    seen = standing_now(connection, list(held), now) if held else {}
    difference = Difference()
    for media_id, before in held.items():
        difference.move(before, seen.get(media_id))
    return Correction({media_id: seen.get(media_id) for media_id in held}, difference)


def by_reason(connection: Connection, right: Correction) -> dict[str, dict[tuple[str, State, str], int]]:
    """For items and for sources (`ITEM`, `SOURCE`): how many there are, by kind, state and reason."""
    found: dict[str, dict[tuple[str, State, str], int]] = {ITEM: {}, SOURCE: {}}
    for scope, kind, state, reason, number in connection.execute(_BY_REASON):
        found[scope][kind, State(state), reason] = number
    for (scope, _, kind, state, reason), number, _ in right.difference:
        if scope in found:
            key = (kind, State(state), reason)
            found[scope][key] = found[scope].get(key, 0) + number
    return {scope: {key: number for key, number in told.items() if number > 0} for scope, told in found.items()}


def by_name(connection: Connection, right: Correction, scope: str, limit: int, kind: str = ALL) -> list[Number]:
    """`LANG` or `HOST`: those with the most that is dead first, then those with the most."""
    lacking = {
        name: (number, dead)
        for (of, name, of_kind, *_), number, dead in right.difference
        if (of, of_kind) == (scope, kind)
    }
    number, dead = counts.c.number, counts.c.dead
    columns = select(counts.c.name, number, dead).where(counts.c.scope == scope, counts.c.kind == kind)
    # One way along the index. Those that are to be put right may fall behind others, or come from nowhere.
    most = columns.where(number > 0).order_by(dead.desc(), number.desc(), counts.c.name.desc())
    found = {row.name: (row.number, row.dead) for row in connection.execute(most.limit(limit + len(lacking)))}
    if lacking:
        found |= {
            row.name: (row.number, row.dead) for row in connection.execute(columns.where(counts.c.name.in_(lacking)))
        }
    for name, (more, deader) in lacking.items():
        held = found.get(name, (0, 0))
        found[name] = (held[0] + more, held[1] + deader)
    told = [Number(name, *sums) for name, sums in found.items() if sums[0] > 0]
    return sorted(told, key=lambda one: (-one.dead, -one.number, one.name))[:limit]


def latest_probe(connection: Connection) -> datetime | None:
    """When the latest probe ended that was recorded; None before the first."""
    at = connection.execute(_LATEST).scalar()
    return None if at in (None, EPOCH) else at
