"""When a source is due again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from player.monitor.schedule import BACK_OFF_LIMIT, delay, next_due
from player.probe.reasons import REASONS, State
from player.probe.verdict import Verdict

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def verdict(reason: str) -> Verdict:
    return Verdict(REASONS[reason].state, reason, NOW, NOW, NOW + timedelta(minutes=2))


PLAYABLE, DEAD, LIMITED = verdict("playable"), verdict("not-found"), verdict("rate-limited")
intervals = st.floats(0.5, 86_400)
chances = st.floats(-1, 1)
verdicts = st.sampled_from([verdict(code) for code in REASONS])


@given(verdicts, st.none() | verdicts, intervals, chances)
def test_is_never_much_later_than_the_interval_and_never_at_once(
    now: Verdict, before: Verdict | None, interval: float, chance: float
) -> None:
    seconds = delay(now, before, interval=interval, jitter=chance)
    assert min(interval * 0.9, 1.8) <= seconds <= interval * 1.1


@given(intervals, chances)
def test_a_first_failure_is_looked_at_again_within_a_quarter_of_the_interval(interval: float, chance: float) -> None:
    for before in (None, PLAYABLE, LIMITED):
        seconds = delay(DEAD, before, interval=interval, jitter=chance)
        assert seconds <= max(interval / 4, 2)
        assert seconds >= min(interval, 1.8)


@given(st.floats(10, 86_400), chances)
def test_a_confirmed_failure_and_a_recovery_wait_for_the_interval(interval: float, chance: float) -> None:
    for now, before in ((DEAD, DEAD), (PLAYABLE, DEAD), (PLAYABLE, None), (PLAYABLE, PLAYABLE)):
        assert delay(now, before, interval=interval, jitter=chance) >= interval * 0.9


def test_chance_spreads_probes_over_a_tenth_of_the_interval_either_way() -> None:
    seconds = [delay(PLAYABLE, PLAYABLE, interval=60, jitter=chance) for chance in (-1, 0, 1)]
    assert [round(value, 6) for value in seconds] == [54, 60, 66]


@given(st.floats(0, 10**9), verdicts, intervals, chances)
def test_retry_after_only_ever_delays_and_is_bounded(
    asked: float, now: Verdict, interval: float, chance: float
) -> None:
    without = delay(now, now, interval=interval, jitter=chance)
    seconds = delay(now, now, interval=interval, jitter=chance, retry_after=asked)
    assert without <= seconds <= max(without, BACK_OFF_LIMIT, interval * 2)


def test_retry_after_of_a_server_that_limits_us_is_honoured() -> None:
    assert delay(LIMITED, LIMITED, interval=60, retry_after=900) == 900
    assert delay(LIMITED, LIMITED, interval=60, retry_after=10**6) == BACK_OFF_LIMIT


def test_retry_after_never_lets_a_claim_go_stale() -> None:
    """Verdicts are believed for two intervals; a dead source asked about later than that would look unknown."""
    down = verdict("server-error")
    assert down.state is State.UNAVAILABLE
    assert delay(down, down, interval=60, retry_after=900) < 120


def test_is_counted_from_the_probe() -> None:
    assert next_due(PLAYABLE, PLAYABLE, interval=60) == NOW + timedelta(seconds=60)
