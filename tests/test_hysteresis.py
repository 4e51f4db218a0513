"""From what probes say to what is held."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.monitor.hysteresis import CONFIRM_SECONDS, FLIPS, NOTHING, STEADY, WINDOW, Memory, weigh
from player.probe.reasons import REASONS, State
from player.probe.verdict import Verdict

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
Told = tuple[float, str]


def seen(seconds: float, reason: str) -> Verdict:
    at = NOW + timedelta(seconds=seconds)
    return Verdict(REASONS[reason].state, reason, at, at, at + timedelta(seconds=125), {"probe": reason})


def follow(*told: Told) -> list[tuple[str, str | None]]:
    """What is held, and what is suspected, after each of these probes (seconds, reason)."""
    held, memory, steps = None, NOTHING, []
    for seconds, reason in told:
        held, memory = weigh(held, Memory.from_json(json.loads(json.dumps(memory.to_json()))), seen(seconds, reason))
        steps.append((held.reason, memory.suspect_reason))
    return steps


@pytest.mark.parametrize(
    ("told", "held"),
    [
        ([(0, "not-found")], [("not-found", None)]),
        (
            [(0, "playable"), (60, "not-found"), (65, "not-found")],
            [("playable", None), ("playable", "not-found"), ("not-found", None)],
        ),
        # A blip: by the time of the second look it is over.
        (
            [(0, "playable"), (60, "timeout"), (65, "playable"), (120, "timeout")],
            [("playable", None), ("playable", "timeout"), ("playable", None), ("playable", "timeout")],
        ),
        # Too soon after the suspicion to be a confirmation.
        (
            [(0, "playable"), (60, "reset"), (61, "reset"), (65, "reset")],
            [("playable", None), ("playable", "reset"), ("playable", "reset"), ("reset", None)],
        ),
        # It fails in another way each time, but it fails.
        (
            [(0, "playable"), (60, "timeout"), (65, "refused")],
            [("playable", None), ("playable", "timeout"), ("refused", None)],
        ),
        # Both ways.
        (
            [(0, "gone"), (60, "playable"), (65, "playable")],
            [("gone", None), ("gone", "playable"), ("playable", None)],
        ),
        # Another reason of the same state needs no second look.
        ([(0, "gone"), (60, "not-found")], [("gone", None), ("not-found", None)]),
        # "Unknown" confirms nothing, and nothing confirms it.
        (
            [(0, "playable"), (60, "timeout"), (65, "rate-limited"), (70, "timeout"), (75, "timeout")],
            [
                *[("playable", None), ("playable", "timeout"), ("playable", "rate-limited"), ("playable", "timeout")],
                ("timeout", None),
            ],
        ),
        (
            [(0, "playable"), (60, "forbidden"), (65, "forbidden")],
            [("playable", None), ("playable", "forbidden"), ("forbidden", None)],
        ),
    ],
)
def test_what_is_held_and_suspected(told: list[Told], held: list[tuple[str, str | None]]) -> None:
    assert follow(*told) == held


def test_a_confirmed_state_began_with_the_suspicion() -> None:
    _, memory = weigh(seen(0, "playable"), NOTHING, seen(60, "gone"))
    verdict, _ = weigh(seen(0, "playable"), memory, seen(66, "gone"))
    assert verdict.since == NOW + timedelta(seconds=60)
    assert verdict.checked_at == NOW + timedelta(seconds=66)


def test_a_suspicion_does_not_lengthen_the_belief_in_what_is_held() -> None:
    before = seen(0, "playable")
    verdict, _ = weigh(before, NOTHING, seen(60, "gone"))
    assert verdict.fresh_until == before.fresh_until
    assert verdict.checked_at == NOW + timedelta(seconds=60)


def _changing(times: int) -> list[Told]:
    told: list[Told] = [(0, "playable")]
    for n in range(times):
        reason = ("timeout", "playable")[n % 2]
        told += [(60 * n + 30, reason), (60 * n + 36, reason)]
    return told


def test_a_source_that_goes_on_changing_is_flapping_and_nothing_else() -> None:
    steps = follow(*_changing(20))
    reasons = [reason for reason, _ in steps]
    first = reasons.index("flapping")
    assert first == 2 * FLIPS
    assert set(reasons[first:]) == {"flapping"}


@pytest.mark.parametrize("reason", ["playable", "timeout"])
def test_flapping_ends_when_it_has_been_of_one_mind_for_long_enough(reason: str) -> None:
    told = _changing(FLIPS)
    last = told[-1][0]
    told += [(last + 60 * n, reason) for n in range(1, int(STEADY.total_seconds() / 60) + 4)]
    reasons = [held for held, _ in follow(*told)]
    assert reasons[2 * FLIPS] == "flapping"
    assert reasons[2 * FLIPS + 8] == "flapping", "not at once"
    assert reasons[-1] == reason


def test_changes_long_ago_are_no_flapping() -> None:
    slow: list[Told] = [(0, "playable")]
    for n in range(12):
        reason = ("timeout", "playable")[n % 2]
        at = (n + 1) * WINDOW.total_seconds() / (FLIPS - 2)
        slow += [(at, reason), (at + 6, reason)]
    assert "flapping" not in {reason for reason, _ in follow(*slow)}


REASON = st.sampled_from(sorted(set(REASONS) - {"flapping", "unchecked"}))


@given(st.lists(st.tuples(st.floats(0.1, 400), REASON), min_size=1, max_size=60))
def test_whatever_probes_say(steps: list[tuple[float, str]]) -> None:
    held: Verdict | None = None
    memory, at = NOTHING, 0.0
    for seconds, reason in steps:
        at += seconds
        before, said = held, seen(at, reason)
        held, memory = weigh(held, memory, said)
        assert held.checked_at == said.checked_at
        assert len(memory.flips) <= FLIPS
        assert Memory.from_json(json.loads(json.dumps(memory.to_json()))) == memory
        if before is not None and held.state is not before.state:
            assert "flapping" in (held.reason, before.reason) or held.state is said.state
        # What three probes in a row say, far enough apart, is held.
    for n in range(3):
        held, memory = weigh(held, memory, seen(at + 700 + n * CONFIRM_SECONDS, "gone"))
    assert held is not None
    assert held.state is State.UNAVAILABLE or held.reason == "flapping"


def test_what_others_have_witnessed_before_counts_as_the_suspicion() -> None:
    held = seen(0, "playable")
    before = NOW + timedelta(seconds=50)
    verdict, memory = weigh(held, NOTHING, seen(60, "timeout"), began=before)
    assert (verdict.reason, memory.suspect_since) == ("playable", before), "a first look confirms nothing"
    # The second look says no more than the first, and was told no later: ten seconds lie between what both rest on.
    verdict, memory = weigh(held, memory, seen(60, "timeout"), began=before)
    assert (verdict.reason, verdict.since) == ("timeout", before)
    _, alone = weigh(held, NOTHING, seen(60, "timeout"))
    assert weigh(held, alone, seen(60, "timeout"))[0].reason == "playable"
    assert weigh(held, alone, seen(60, "timeout"), began=before)[0].reason == "timeout"


def test_a_clock_that_is_set_back_delays_no_confirmation() -> None:
    held, memory = weigh(seen(0, "playable"), NOTHING, seen(60, "gone"))
    for seconds, reason in ((-3600, "playable"), (-3590, "gone")):
        back, again = weigh(held, memory, seen(seconds, "gone"))
        held, memory = back, again
        assert held.reason == ("playable" if reason == "playable" else "gone")
