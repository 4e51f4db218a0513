"""What one item counts as. Pure: no clock and no database of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from player.catalogue.media import Kind
from player.probe.reasons import REASONS, State, decide
from player.tables import EPOCH

# Failing first: the order in which a newsroom wants to read.
SEVERITY: Mapping[State, int] = {State.UNAVAILABLE: 0, State.DEGRADED: 1, State.UNKNOWN: 2, State.AVAILABLE: 3}
BY_SEVERITY: Mapping[int, State] = {rank: state for state, rank in SEVERITY.items()}

_RANKS = {state.value: rank for state, rank in SEVERITY.items()}
_KINDS = frozenset(kind.value for kind in Kind)
_STALE = (SEVERITY[State.UNKNOWN], "unchecked")
_SPOILT = (SEVERITY[State.UNKNOWN], "probe-failed")
_MOMENT = timedelta(microseconds=1)


Counted = tuple[str, str, int, str, tuple[tuple[str, int, str], ...]]


class Offer(NamedTuple):
    """What of an item decides whether it is on offer, and what it is counted by."""

    media_id: str
    kind: str
    lang: str | None
    published_at: datetime | None
    starts_at: datetime | None
    expires_at: datetime | None
    removed: bool


class Held(NamedTuple):
    """What is held of one source."""

    host: str
    state: str
    reason: str
    fresh_until: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What an item counts as from `since` until (and without) `until`; None: for ever.

    `severity`: of its state; None for one that is not on offer, which counts as nothing. `sources`: host, severity and
    reason of each, in the item's order.
    """

    media_id: str
    kind: str
    lang: str
    severity: int | None
    reason: str
    sources: tuple[tuple[str, int, str], ...]
    since: datetime
    until: datetime | None

    def holds(self, now: datetime) -> bool:
        return self.since <= now and (self.until is None or now < self.until)

    @property
    def counted(self) -> Counted:
        """What it counts as, which is all of it but for how long; of an item that is on offer."""
        return (self.kind, self.lang, self.severity or 0, self.reason, self.sources)


def stand(item: Offer, held: Sequence[Held], now: datetime) -> Standing:
    """What the item counts as at `now`, which is timezone-aware.

    A verdict that is no longer fresh counts as `unknown`/`unchecked`, one that makes no sense as
    `unknown`/`probe-failed`. An item without sources counts as nothing, nor does one that is not on offer
    (`Media.lifecycle`).
    """
    if item.removed or not held:
        return _nothing(item, EPOCH, None)
    edges, offered = _edges(item, now)
    if not offered:
        return _nothing(item, *_span(edges, now))
    edges += [_after(one.fresh_until) for one in held if one.fresh_until > EPOCH]
    told = [_told(one, now) for one in held]
    state, deciding = decide([BY_SEVERITY[severity] for severity, _ in told])
    sources = tuple([(one.host, *known) for one, known in zip(held, told, strict=True)])
    return Standing(
        *(item.media_id, _kind(item), item.lang or ""),
        *(SEVERITY[state], told[deciding][1], sources),
        *_span(edges, now),
    )


def opened(item: Offer, hosts: Sequence[str], now: datetime) -> Standing:
    """What an item counts as of whose sources none was probed yet: the same as `stand` says, for less."""
    edges, offered = _edges(item, now)
    if item.removed or not hosts:
        return _nothing(item, EPOCH, None)
    if not offered:
        return _nothing(item, *_span(edges, now))
    return Standing(item.media_id, _kind(item), item.lang or "", *_STALE, _opened(tuple(hosts)), *_span(edges, now))


@lru_cache(maxsize=1024)
def _opened(hosts: tuple[str, ...]) -> tuple[tuple[str, int, str], ...]:
    return tuple((host, *_STALE) for host in hosts)


def _nothing(item: Offer, since: datetime, until: datetime | None) -> Standing:
    return Standing(item.media_id, _kind(item), item.lang or "", None, "", (), since, until)


def _kind(item: Offer) -> str:
    """One that makes no sense is counted all the same."""
    return item.kind if item.kind in _KINDS else Kind.AUDIO.value


def _edges(item: Offer, now: datetime) -> tuple[list[datetime], bool]:
    """The moments at which the item comes or goes, and whether it is there now, as `Media.lifecycle` has it."""
    edges = [moment for moment in (item.published_at, item.starts_at) if moment is not None]
    offered = all(start <= now for start in edges)
    if item.expires_at is not None:
        edges.append(item.expires_at)
        offered = offered and item.expires_at > now
    return edges, offered


def _told(one: Held, now: datetime) -> tuple[int, str]:
    if one.fresh_until < now:
        return _STALE
    severity = _RANKS.get(one.state)
    return _SPOILT if severity is None or one.reason not in REASONS else (severity, one.reason)


def _after(moment: datetime) -> datetime:
    """A verdict is fresh to the very end of the moment."""
    return moment + _MOMENT if moment.year < 9999 else moment


def _span(edges: Sequence[datetime], now: datetime) -> tuple[datetime, datetime | None]:
    """The latest of the moments that are past, and the first that is to come."""
    since, until = EPOCH, None
    for edge in edges:
        if edge > now:
            until = edge if until is None or edge < until else until
        elif edge > since:
            since = edge
    return since, until
