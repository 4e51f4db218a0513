"""Which vantage points there are: each worker says now and then that it looks from its own, and what it meets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from player.database import writing
from player.monitor.vantages import home_first
from player.probe.reasons import State
from player.settings import HOME
from player.tables import sightings, vantages

LATELY = timedelta(minutes=10)
"""How long a vantage point counts after its workers were heard of last; they say so every minute."""

FORGOTTEN = timedelta(days=7)
"""After which all that it has seen is dropped."""

MOST = 24  # vantage points that are told of
SILENT = 1000  # hosts that one may name
ENOUGH = 50_000  # sources in one state; there may be more
DROPPED = 2000  # sightings in one go, so that no writer waits long

COUNTED = (State.DEGRADED, State.UNAVAILABLE, State.UNKNOWN)
"""What is told of a vantage point: most are available, and not worth counting again and again."""


@dataclass(frozen=True, slots=True)
class Place:
    """A vantage point. `counts`: how many sources it holds to be in each of the states `COUNTED`, `ENOUGH` at the most,
    as of `seen_at`."""

    name: str
    seen_at: datetime
    counts: Mapping[State, int]


class Places:
    """Every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def heard(self, name: str, down: Mapping[str, str], now: datetime) -> None:
        """A worker lives there. `down`: hosts that are silent to it, and why. Takes stock, too."""
        with self._engine.connect() as connection:
            counts = {state.value: _count(connection, name, state) for state in COUNTED}
        told = {"seen_at": now, "down": dict(islice(down.items(), SILENT)), "counts": counts}
        dialect: Any = sqlite if self._engine.dialect.name == "sqlite" else postgresql
        row = dialect.insert(vantages).values(name=name, **told)
        with writing(self._engine) as connection:
            connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=told))

    def known(self) -> list[Place]:
        """Home first, the others by name; those that were heard of last, where there are more than `MOST`."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(vantages).order_by(vantages.c.seen_at.desc()).limit(MOST)).all()
        told = [Place(row.name, row.seen_at, _counts(row.counts)) for row in rows]
        return sorted(told, key=lambda place: home_first(place.name))

    def down(self, name: str) -> dict[str, str]:
        """The hosts that were silent to it when it was heard of last, and why."""
        with self._engine.connect() as connection:
            told = connection.execute(select(vantages.c.down).where(vantages.c.name == name)).scalar()
        return {str(host): str(reason) for host, reason in told.items()} if isinstance(told, dict) else {}

    def forget(self, now: datetime) -> bool:
        """Drop what was seen, some at a time, from where nobody has looked for long; whether there is more."""
        with writing(self._engine) as connection:
            old = select(vantages.c.name).where(vantages.c.seen_at < now - FORGOTTEN)
            for name in connection.execute(old).scalars().all():
                of_it = select(sightings.c.source_id).where(sightings.c.vantage == name).limit(DROPPED)
                here = (sightings.c.vantage == name, sightings.c.source_id.in_(of_it))
                if connection.execute(delete(sightings).where(*here)).rowcount:
                    return True
                connection.execute(delete(vantages).where(vantages.c.name == name))
        return False


def looking(connection: Connection, now: datetime) -> list[str]:
    """The vantage points whose workers were heard of lately; home where there is none."""
    return list(connection.execute(select(vantages.c.name).where(_lately(now))).scalars()) or [HOME]


def silent_to_others(connection: Connection, host: str, vantage: str, now: datetime) -> bool:
    """Whether a host that one vantage point hears again is still silent to another."""
    others = select(vantages.c.down).where(_lately(now), vantages.c.name != vantage)
    return any(isinstance(down, dict) and host in down for down in connection.execute(others).scalars())


def _lately(now: datetime) -> ColumnElement[bool]:
    return vantages.c.seen_at > now - LATELY


def _count(connection: Connection, name: str, state: State) -> int:
    """Up to `ENOUGH`: what is counted is an index's, and never more of it than takes milliseconds."""
    of_state = select(sightings.c.state).where(sightings.c.vantage == name, sightings.c.state == state.value)
    return connection.execute(select(func.count()).select_from(of_state.limit(ENOUGH).subquery())).scalar_one()


def _counts(told: object) -> dict[State, int]:
    if not isinstance(told, dict):
        return {}
    return {state: number for state in COUNTED if isinstance(number := told.get(state.value), int)}
