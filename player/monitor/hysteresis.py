"""From what one probe says to what is held. Pure: no clock, no database.

A state changes only when a second probe, on a fresh connection and some seconds later, says what the first one
said: a blip shorter than `CONFIRM_SECONDS` is never told. A source that goes on changing is `flapping`, a state of
its own, and is left so only after it has been of one mind for `STEADY`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from player.probe.reasons import State
from player.probe.verdict import Verdict

CONFIRM_SECONDS = 4.0
"""From a suspicion to the probe that confirms it: with a probe of 10 s on top, a death is known within 20 s."""

FLAPPING = "flapping"

FLIPS = 6
"""Changes of state within `WINDOW` from which on a source is flapping; no more than these are remembered."""

WINDOW = timedelta(minutes=30)
STEADY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a source beside its verdict.

    `suspect`: the state and the reason that the latest probes argue for, against what is held, and `suspect_since`
    when they began to. `flips`: when its state changed lately (or would have, but for the flapping), oldest first.
    `steady`: while it is flapping, the state that would be held otherwise.
    """

    suspect: State | None = None
    suspect_reason: str | None = None
    suspect_since: datetime | None = None
    flips: tuple[datetime, ...] = ()
    steady: State | None = None

    def to_json(self) -> dict[str, Any] | None:
        """JSON-ready, times as seconds since the epoch; None where there is nothing to remember, as nearly always."""
        told = {
            "suspect": self.suspect.value if self.suspect else None,
            "reason": self.suspect_reason,
            "since": self.suspect_since.timestamp() if self.suspect_since else None,
            "flips": [moment.timestamp() for moment in self.flips],
            "steady": self.steady.value if self.steady else None,
        }
        return {name: value for name, value in told.items() if value} or None

    @classmethod
    def from_json(cls, told: Mapping[str, Any] | None) -> Memory:
        """The inverse of `to_json`."""
        if not told:
            return NOTHING
        return cls(
            State(told["suspect"]) if "suspect" in told else None,
            told.get("reason"),
            _moment(told["since"]) if "since" in told else None,
            tuple(_moment(seconds) for seconds in told.get("flips", ())),
            State(told["steady"]) if "steady" in told else None,
        )


NOTHING = Memory()


def weigh(
    held: Verdict | None,
    memory: Memory,
    seen: Verdict,
    *,
    gap: float = CONFIRM_SECONDS,
    began: datetime | None = None,
) -> tuple[Verdict, Memory]:
    """What is held after a probe, and what is remembered.

    `held`: None where nothing was known; then the probe is believed at once. `gap`: seconds that must lie between a
    suspicion and its confirmation. The `since` of a confirmed state is the moment of the suspicion, or `began`, where
    others have witnessed it before.
    """
    if held is None:
        return seen, NOTHING
    flips = tuple(moment for moment in memory.flips if moment > seen.checked_at - WINDOW)
    if seen.state is (memory.steady or held.state):
        return _of_one_mind(held, replace(memory, flips=flips), seen)
    suspected, now = memory.suspect_since, seen.checked_at
    if suspected is not None and suspected > now:  # the clock was set back: as if nothing had been suspected yet
        suspected = None
    # "Unknown" neither confirms a claim nor is confirmed by one.
    unlike = memory.suspect is None or (memory.suspect is State.UNKNOWN) is not (seen.state is State.UNKNOWN)
    if suspected is not None and began is not None:
        suspected = min(suspected, began)
    if suspected is None or unlike or (now - suspected).total_seconds() < gap:
        since = (began or now) if suspected is None or unlike else suspected
        return replace(held, checked_at=now), Memory(seen.state, seen.reason, since, flips, memory.steady)
    flips = (*flips, now)[-FLIPS:]
    if len(flips) < FLIPS and memory.steady is None:
        return replace(seen, since=suspected), Memory(flips=flips)
    return _flapping(held, flips, seen), Memory(flips=flips, steady=seen.state)


def _of_one_mind(held: Verdict, memory: Memory, seen: Verdict) -> tuple[Verdict, Memory]:
    """The probe says what is held, or what would be held but for the flapping."""
    if memory.steady is None:
        return seen, Memory(flips=memory.flips)
    if memory.flips and seen.checked_at - memory.flips[-1] < STEADY:
        return _flapping(held, memory.flips, seen), Memory(flips=memory.flips, steady=memory.steady)
    return replace(seen, since=memory.flips[-1] if memory.flips else seen.since), NOTHING


def _flapping(held: Verdict, flips: tuple[datetime, ...], seen: Verdict) -> Verdict:
    facts = {"changes": len(flips), "within_minutes": WINDOW.seconds // 60, "now": seen.reason}
    since = held.since if held.reason == FLAPPING else seen.checked_at
    return Verdict(State.DEGRADED, FLAPPING, since, seen.checked_at, seen.fresh_until, {**seen.evidence, **facts})


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
