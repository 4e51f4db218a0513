"""What may be held of an item, drawn at random and written past everything that would mend it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, select, update

from player.monitor.hysteresis import Memory
from player.probe.reasons import REASONS, State
from player.tables import EPOCH, sources, transitions, verdicts

NOW = datetime(2026, 7, 1, 12, 0, 0, 250_000, tzinfo=UTC)

MOMENTS = (
    st.timedeltas(timedelta(days=-120), timedelta(days=3)).map(lambda span: NOW + span)
    | st.sampled_from([NOW, EPOCH])
    | st.integers(-20, 20).map(lambda seconds: NOW + timedelta(seconds=seconds))
)
_NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
FACTS: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | _NUMBERS | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
_NEEDS = st.sampled_from([["captions"], None, "engine"])
_HERE = {
    "state": "available",
    "reason": "playable",
    "since": "2026-06-30T12:00:00+00:00",
    "checked_at": "2026-07-01T00:00",
}
_SEEN = st.sampled_from([{"home": _HERE, "ir": {**_HERE, "state": "unavailable", "reason": "legal"}}, {}, "spoilt"])
EVIDENCE = st.fixed_dictionaries(
    {}, optional={"needs": _NEEDS, "status": st.just("HTTP/1.1 206 «é»"), "vantages": _SEEN, "x": FACTS}
)
MEMORIES = st.none() | st.builds(
    Memory,
    st.none() | st.sampled_from(State),
    st.none() | st.sampled_from(sorted(REASONS)),
    st.none() | MOMENTS,
    st.just(()),
    st.none() | st.sampled_from(State),
)


@dataclass(frozen=True, slots=True)
class Row:
    reason: str
    since: datetime
    checked_at: datetime
    fresh_until: datetime
    evidence: dict[str, Any]
    requests: int
    bytes: int
    ms: float
    memory: Memory | None
    past: list[tuple[datetime, str, str]]

    @property
    def columns(self) -> dict[str, Any]:
        names = ("reason", "since", "checked_at", "fresh_until", "evidence", "requests", "bytes", "ms")
        told = {name: getattr(self, name) for name in names}
        return {**told, "state": state_of(self.reason), "memory": self.memory.to_json() if self.memory else None}


def state_of(reason: str) -> str:
    return str(REASONS[reason].state)


_REASONS = st.sampled_from(["playable", "playable", "not-found", "timeout", "no-range", "unchecked"]) | st.sampled_from(
    sorted(REASONS)
)
ROWS = st.builds(
    Row,
    _REASONS,
    MOMENTS,
    MOMENTS,
    MOMENTS,
    EVIDENCE,
    st.integers(0, 2**40),
    st.integers(0, 2**40),
    st.floats(0, 1e6),
    MEMORIES,
    st.lists(st.tuples(MOMENTS, _REASONS, _REASONS), max_size=4),
)


def write(engine: Engine, media_id: str, rows: list[Row | None]) -> None:
    """A row for each source, in order; None takes the verdict away."""
    with engine.begin() as connection:
        here = select(sources.c.id, sources.c.src).where(sources.c.media_id == media_id).order_by(sources.c.position)
        connection.execute(delete(transitions).where(transitions.c.media_id == media_id))
        changes = []
        for (source_id, src), row in zip(connection.execute(here).all(), rows, strict=True):
            of_source = verdicts.c.source_id == source_id
            if row is None:
                connection.execute(delete(verdicts).where(of_source))
                continue
            connection.execute(update(verdicts).where(of_source).values(row.columns))
            for at, before, after in row.past:
                changes.append(
                    {
                        "at": at,
                        "media_id": media_id,
                        "source_id": source_id,
                        "src": src,
                        "from_state": state_of(before),
                        "from_reason": before,
                        "state": state_of(after),
                        "reason": after,
                        "evidence": {},
                    }
                )
        if changes:  # in the order of time, as they happen
            connection.execute(insert(transitions), sorted(changes, key=lambda change: change["at"]))
