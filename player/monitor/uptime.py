"""How much of the time an item could be played, out of the transitions of its sources. Pure.

An item plays while any of its sources is available or degraded, and is down while every one is unavailable. Time in
which neither is known counts for nothing, on either side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from player.probe.reasons import State

WINDOWS: Mapping[str, timedelta] = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
}

LONGEST = max(WINDOWS.values())

_PLAYING = (State.AVAILABLE, State.DEGRADED)


@dataclass(frozen=True, slots=True)
class Change:
    """A source's state became another one."""

    at: datetime
    source_id: int
    before: State
    after: State


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` until `end` an item was playing (True), down (False), or nobody knows (None)."""

    start: datetime
    end: datetime
    playing: bool | None


def stretches(
    changes: Iterable[Change], now_held: Mapping[int, State], since: datetime, until: datetime
) -> list[Stretch]:
    """The item's time from `since` to `until`, in order and without a gap.

    `changes`: of its sources, in the order of time, none before `since` being missing that lies after it.
    `now_held`: every source's state at `until`, by id; sources that are in no change were in it all the while.
    """
    told = [change for change in changes if change.source_id in now_held and change.at < until]
    state = dict(now_held)
    for change in reversed(told):
        state[change.source_id] = change.before
    found: list[Stretch] = []
    start = since
    for change in told:
        if change.at > start:
            _extend(found, Stretch(start, change.at, _playing(state.values())))
            start = change.at
        state[change.source_id] = change.after
    if until > start:
        _extend(found, Stretch(start, until, _playing(state.values())))
    return found


def uptimes(found: Sequence[Stretch], until: datetime) -> dict[str, float]:
    """The share of the known time in which the item played, from 0 to 1, by the name of the window; a window of
    which nothing is known is left out."""
    told = {}
    for name, length in WINDOWS.items():
        good, known = share(found, until - length, until)
        if known > timedelta(0):
            told[name] = good / known
    return told


def share(found: Iterable[Stretch], since: datetime, until: datetime) -> tuple[timedelta, timedelta]:
    """How long the item is known to have played between two moments, and how long anything is known of it."""
    good = known = timedelta(0)
    for stretch in found:
        length = min(stretch.end, until) - max(stretch.start, since)
        if stretch.playing is not None and length > timedelta(0):
            known += length
            good += length if stretch.playing else timedelta(0)
    return good, known


def _playing(states: Iterable[State]) -> bool | None:
    held = list(states)
    if any(state in _PLAYING for state in held):
        return True
    return False if held and all(state is State.UNAVAILABLE for state in held) else None


def _extend(found: list[Stretch], more: Stretch) -> None:
    if found and found[-1].playing is more.playing:
        found[-1] = Stretch(found[-1].start, more.end, more.playing)
    else:
        found.append(more)
