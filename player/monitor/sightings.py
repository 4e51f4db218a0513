"""What each vantage point holds of a source, in the database. See `player.monitor.vantages` for what they say together.

`verdicts` has what all of them hold together, and home's schedule; `sightings` what each one holds by itself. As long
as nobody but home has seen a source, its verdict is home's, and there is no sighting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, exists, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from player.database import writing
from player.monitor.entries import Result
from player.monitor.rows import BATCH, RECORDED, as_verdict, verdict_row
from player.monitor.vantages import Sighting, judge
from player.probe.reasons import State
from player.probe.verdict import Verdict
from player.settings import HOME
from player.tables import EPOCH, sightings, sources

STEP = 10_000  # sources that one look for new ones goes over
OVERLAP = 1_000  # of the newest, looked at again and again: on PostgreSQL a lesser id may be committed after a greater

_VERDICT = ("state", "reason", "since", "checked_at", "fresh_until", "evidence", "requests", "bytes", "ms")
_SCHEDULE = {"due_at": None, "memory": None}  # home's stands in `verdicts`


class Views:
    """What is held of some sources from everywhere, while one vantage point records what it has seen.

    `held`: their rows of `verdicts`, locked; so nobody else records any of them meanwhile. Lives in the transaction.
    """

    def __init__(self, connection: Connection, vantage: str, held: Mapping[int, Mapping[str, Any]]) -> None:
        self._connection, self._vantage, self._held = connection, vantage, held
        self._rows: dict[int, dict[str, dict[str, Any]]] = {}
        ids = list(held)
        for start in range(0, len(ids), BATCH):
            query = select(sightings).where(sightings.c.source_id.in_(ids[start : start + BATCH]))
            for row in connection.execute(query):
                verdict = as_verdict(row)
                told = {**row._asdict(), "state": verdict.state.value, "reason": verdict.reason}
                self._rows.setdefault(row.source_id, {})[row.vantage] = told
        self._there = {(source_id, name) for source_id, rows in self._rows.items() for name in rows}
        self._changed: set[tuple[int, str]] = set()

    def leased_by(self, source_id: int) -> str | None:
        """The worker of this vantage point that has the source now."""
        own = self._held[source_id] if self._vantage == HOME else self._rows.get(source_id, {}).get(self._vantage, {})
        return own.get("leased_by")

    def judged(self, result: Result) -> Result:
        """The same with the verdict of all together. To be called once for each result, in their order."""
        rows = self._rows.get(result.source_id, {})
        others = any(name != HOME and row["checked_at"] != EPOCH for name, row in rows.items())
        if self._vantage == HOME and not others and HOME not in rows:
            return result
        held = self._held[result.source_id]
        if not others and HOME not in rows and held["checked_at"] != EPOCH:
            # Nobody else had seen it until now, so what was held is home's.
            self._set(result.source_id, HOME, {name: held[name] for name in _VERDICT} | _SCHEDULE)
        own = verdict_row(result) | {"since": _since(rows.get(self._vantage), result.verdict)}
        self._set(result.source_id, self._vantage, own | _SCHEDULE if self._vantage == HOME else own)
        seen = self._rows[result.source_id]
        known = [Sighting(name, _verdict(row)) for name, row in seen.items() if row["checked_at"] != EPOCH]
        return replace(result, verdict=judge(known, result.verdict.checked_at))

    @property
    def recorded(self) -> Sequence[str]:
        """The columns of `verdicts` that are this vantage point's to write: the schedule there is home's."""
        return RECORDED if self._vantage == HOME else [name for name in RECORDED if name not in _SCHEDULE]

    def write(self, worker: str | None) -> None:
        """Keep them. `worker`: whose leases end with it."""
        new = [self._row(key) for key in sorted(self._changed - self._there)]
        if new:
            self._connection.execute(insert(sightings), new)
        by_key = update(sightings).where(
            sightings.c.source_id == bindparam("the_id"), sightings.c.vantage == bindparam("the_vantage")
        )
        ended = {"leased_by": None, "leased_until": None} if worker and self._vantage != HOME else {}
        known = [self._row(key) for key in sorted(self._changed & self._there)]
        if known:
            rows = [{"the_id": row.pop("source_id"), "the_vantage": row.pop("vantage"), **row} for row in known]
            self._connection.execute(by_key.values(ended), rows)

    def _set(self, source_id: int, vantage: str, values: Mapping[str, Any]) -> None:
        self._rows.setdefault(source_id, {}).setdefault(vantage, {}).update(values)
        self._changed.add((source_id, vantage))

    def _row(self, key: tuple[int, str]) -> dict[str, Any]:
        source_id, vantage = key
        own = self._rows[source_id][vantage]
        return {"source_id": source_id, "vantage": vantage, **{name: own[name] for name in RECORDED}}


def _since(before: Mapping[str, Any] | None, verdict: Verdict) -> datetime:
    same = before and (before["state"], before["reason"]) == (verdict.state.value, verdict.reason)
    return before["since"] if before and same else verdict.since


def _verdict(row: Mapping[str, Any]) -> Verdict:
    told = (row[name] for name in ("reason", "since", "checked_at", "fresh_until", "evidence"))
    return Verdict(State(row["state"]), *told)


def at_home(connection: Connection, source_ids: Sequence[int]) -> dict[int, Verdict]:
    """What home itself holds of those sources that others have seen too."""
    found: dict[int, Verdict] = {}
    for start in range(0, len(source_ids), BATCH):
        ids = source_ids[start : start + BATCH]
        query = select(sightings).where(sightings.c.source_id.in_(ids), sightings.c.vantage == HOME)
        found.update((row.source_id, as_verdict(row)) for row in connection.execute(query))
    return found


def enrol(engine: Engine, vantage: str, after: int) -> tuple[int, bool]:
    """Have a vantage point look at the sources that follow id `after`, as far as it does not yet: a blank sighting for
    each, as `verdicts` has a blank row for what was never probed.

    Goes over `STEP` of them. Returns the next call's `after`, and whether there is more to go over now.
    """
    page = select(sources.c.id).where(sources.c.id > after).order_by(sources.c.id).limit(STEP).subquery()
    with engine.connect() as connection:
        number, last = connection.execute(select(func.count(), func.max(page.c.id))).one()
        there = exists().where(sightings.c.source_id == sources.c.id, sightings.c.vantage == vantage)
        new = select(sources.c.id).where(sources.c.id > after, sources.c.id <= (last or after), ~there)
        anything = connection.execute(new.limit(1)).first() is not None
    if anything:
        _insert_blank(engine, vantage, new)
    more = number == STEP
    return (last if more else max(0, (last or after) - OVERLAP)), more


def _insert_blank(engine: Engine, vantage: str, ids: Any) -> None:
    blank = {
        "vantage": vantage,
        "state": "unknown",
        "reason": "unchecked",
        **dict.fromkeys(("since", "checked_at", "fresh_until", "due_at"), EPOCH),
        "evidence": {},
        **dict.fromkeys(("requests", "bytes", "ms"), 0),
    }
    told = [literal(value, sightings.c[name].type).label(name) for name, value in blank.items()]
    # Another worker of the vantage point may be doing the same.
    dialect: Any = sqlite if engine.dialect.name == "sqlite" else postgresql
    query = dialect.insert(sightings).from_select(["source_id", *blank], ids.add_columns(*told))
    with writing(engine) as connection:
        connection.execute(query.on_conflict_do_nothing())
