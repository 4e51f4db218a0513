"""How much of the time an item could be played."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.monitor.uptime import Change, Stretch, share, stretches, uptimes
from player.probe.reasons import State

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
UP, WEAK, DOWN, DARK = State.AVAILABLE, State.DEGRADED, State.UNAVAILABLE, State.UNKNOWN


def change(hours_ago: float, before: State, after: State, source: int = 1) -> Change:
    return Change(NOW - hours_ago * HOUR, source, before, after)


@pytest.mark.parametrize(
    ("changes", "held", "day"),
    [
        ([], {1: UP}, 1.0),
        ([], {1: DOWN}, 0.0),
        ([], {1: DARK}, None),
        ([], {}, None),
        ([change(6, UP, DOWN)], {1: DOWN}, 0.75),
        ([change(12, UP, DOWN), change(6, DOWN, UP)], {1: UP}, 0.75),
        ([change(12, UP, WEAK)], {1: WEAK}, 1.0),
        # What nobody knows counts for nothing: 6 hours known, 3 of them good.
        ([change(6, DARK, UP), change(3, UP, DOWN)], {1: DOWN}, 0.5),
        # One source that plays is enough.
        ([change(6, UP, DOWN, 1)], {1: DOWN, 2: UP}, 1.0),
        ([change(12, UP, DOWN, 1), change(6, UP, DOWN, 2)], {1: DOWN, 2: DOWN}, 0.75),
        # One of two unknown: it may be playing, or not.
        ([change(6, UP, DOWN, 1)], {1: DOWN, 2: DARK}, 1.0),
        # A source that is no more.
        ([change(6, UP, DOWN, 9)], {1: UP}, 1.0),
    ],
)
def test_a_day(changes: list[Change], held: dict[int, State], day: float | None) -> None:
    found = uptimes(stretches(changes, held, NOW - 90 * 24 * HOUR, NOW), NOW)
    assert found.get("24h") == (None if day is None else pytest.approx(day))


def test_each_window_has_its_own_share() -> None:
    found = uptimes(stretches([change(48, DOWN, UP)], {1: UP}, NOW - 90 * 24 * HOUR, NOW), NOW)
    assert found == {
        "24h": 1.0,
        "7d": pytest.approx(2 / 7),
        "30d": pytest.approx(2 / 30),
        "90d": pytest.approx(2 / 90),
    }


STATES = st.sampled_from(list(State))


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Change], dict[int, State]]:
    state: dict[int, State] = {source: draw(STATES) for source in range(draw(st.integers(0, 3)))}
    changes = []
    if state:
        for ago in sorted(draw(st.lists(st.floats(0.01, 2000), max_size=12)), reverse=True):
            source, after = draw(st.sampled_from(sorted(state))), draw(STATES)
            changes.append(change(ago, state[source], after, source))
            state[source] = after
    return changes, state


@given(histories())
def test_time_is_told_without_a_gap_and_shares_are_shares(told: tuple[list[Change], dict[int, State]]) -> None:
    changes, held = told
    since = NOW - 90 * 24 * HOUR
    found = stretches(changes, held, since, NOW)
    assert (found[0].start, found[-1].end) == (since, NOW)
    assert all(one.end == other.start for one, other in pairwise(found))
    assert all(one.playing is not other.playing for one, other in pairwise(found))
    assert all(0 <= value <= 1 for value in uptimes(found, NOW).values())
    good, known = share(found, since, NOW)
    assert good <= known <= NOW - since


def test_a_stretch_that_began_before_the_window_counts_from_its_edge() -> None:
    found = [Stretch(NOW - 5 * HOUR, NOW - HOUR, True), Stretch(NOW - HOUR, NOW, False)]
    assert share(found, NOW - 2 * HOUR, NOW) == (HOUR, 2 * HOUR)
