"""What the history takes and hands out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from player.catalogue.media import Kind, Lifecycle, Source
from player.monitor.hysteresis import NOTHING, Memory
from player.probe.reasons import State
from player.probe.verdict import Verdict
from player.tables import EPOCH


@dataclass(frozen=True, slots=True)
class SourceVerdict:
    """The latest verdict of one source, as it was recorded; `as_of` tells what may be claimed of it now.

    Never probed: state `unknown`, reason `unchecked`, and `EPOCH` in all the verdict's times.
    `requests`, `bytes`, `ms`: what the last probe cost. `memory`: a suspicion that waits to be confirmed, if any.
    """

    source_id: int
    media_id: str
    src: str
    verdict: Verdict
    requests: int
    bytes: int
    ms: float
    memory: Memory = NOTHING

    @property
    def probed(self) -> bool:
        return self.verdict.checked_at != EPOCH


@dataclass(frozen=True, slots=True)
class DueSource:
    """What a probe needs to know. `current`: the verdict so far, None before the first probe. `host` with its port.

    `wanted`: readers ask for its item now, see `player.monitor.interest`.
    """

    source_id: int
    media_id: str
    source: Source
    host: str
    kind: Kind
    duration: float | None
    published_at: datetime | None
    live: bool
    page: str | None
    current: Verdict | None
    memory: Memory
    wanted: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What is held after a probe, what the probe cost, and when the source is to be probed again."""

    source_id: int
    verdict: Verdict
    requests: int
    bytes: int
    ms: float
    due_at: datetime
    memory: Memory = NOTHING


@dataclass(frozen=True, slots=True)
class Transition:
    """A source's state or reason became another one. `at`: when a probe saw it. The id grows with time."""

    id: int
    at: datetime
    media_id: str
    source_id: int
    src: str
    from_state: State
    from_reason: str
    state: State
    reason: str
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Backlog:
    """`due`: sources waiting for a probe. `oldest`: when the first of them became due; None: never probed."""

    due: int
    oldest: datetime | None


class BadCursor(ValueError):
    """A cursor that `failing` did not give out."""


@dataclass(frozen=True, slots=True)
class Summary:
    """`items`: how many are on offer. `states`: all four, with how many items. `reasons`: items by reason.

    `checked_at`: when the latest probe of anything ended; None when nothing was probed yet.
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


def as_of(verdict: Verdict, now: datetime) -> Verdict:
    """The verdict itself while it is fresh, afterwards `unknown`/`unchecked` since it went stale."""
    if now <= verdict.fresh_until:
        return verdict
    return Verdict(
        State.UNKNOWN,
        "unchecked",
        since=verdict.fresh_until,
        checked_at=verdict.checked_at,
        fresh_until=verdict.fresh_until,
    )
