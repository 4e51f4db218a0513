"""When a source is due again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from player.monitor.schedule import BACK_OFF_LIMIT, JITTER, TIERS, confirm_after, delay, tier
from player.probe.reasons import REASONS, State
from player.probe.verdict import Verdict

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def verdict(reason: str) -> Verdict:
    return Verdict(REASONS[reason].state, reason, NOW, NOW, NOW + timedelta(minutes=2))


PLAYABLE, DEAD, LIMITED = verdict("playable"), verdict("not-found"), verdict("rate-limited")
intervals = st.floats(0.5, 86_400)
chances = st.floats(0, 1)
verdicts = st.sampled_from([verdict(code) for code in REASONS])


@given(verdicts, intervals, chances, chances)
def test_a_change_is_known_and_confirmed_within_the_interval(
    now: Verdict, interval: float, chance: float, other: float
) -> None:
    regular = delay(now, suspect=False, interval=interval, jitter=chance)
    confirming = delay(now, suspect=True, interval=interval, jitter=other)
    assert regular + confirming <= interval * 1.000001
    assert regular >= interval * 0.75 * (1 - JITTER) * 0.999999, "and hardly more often than was asked for"


@given(verdicts, st.floats(0.5, 86_400), chances)
def test_a_suspicion_is_looked_at_again_within_five_seconds(now: Verdict, interval: float, chance: float) -> None:
    seconds = delay(now, suspect=True, interval=interval, jitter=chance)
    assert seconds == confirm_after(interval) <= min(5, interval)


def test_chance_spreads_probes_over_a_tenth_of_the_interval() -> None:
    seconds = [delay(PLAYABLE, suspect=False, interval=104, jitter=chance) for chance in (0, 0.5, 1)]
    assert [round(value, 6) for value in seconds] == [100, 95, 90]


@given(st.floats(0, 10**9), verdicts, intervals, chances)
def test_retry_after_only_ever_delays_and_is_bounded(
    asked: float, now: Verdict, interval: float, chance: float
) -> None:
    without = delay(now, suspect=False, interval=interval, jitter=chance)
    seconds = delay(now, suspect=False, interval=interval, jitter=chance, retry_after=asked)
    assert without <= seconds <= max(without, BACK_OFF_LIMIT, interval * 2)


def test_retry_after_of_a_server_that_limits_us_is_honoured() -> None:
    assert delay(LIMITED, suspect=False, interval=60, retry_after=900) == 900
    assert delay(LIMITED, suspect=False, interval=60, retry_after=10**6) == BACK_OFF_LIMIT


def test_retry_after_never_lets_a_claim_go_stale() -> None:
    """Verdicts are believed for two intervals; a dead source asked about later than that would look unknown."""
    down = verdict("server-error")
    assert down.state is State.UNAVAILABLE
    assert delay(down, suspect=False, interval=60, retry_after=900) < 120


def test_the_older_an_item_the_longer_its_sources_wait() -> None:
    ages = [
        *(None, timedelta(minutes=5), timedelta(hours=20), timedelta(days=6)),
        *(timedelta(days=80), timedelta(days=800)),
    ]
    assert [tier(60, age) for age in ages] == [60, 60, 300, 3_600, 21_600, 86_400]


def test_a_dead_source_is_looked_at_within_the_hour_however_old() -> None:
    assert tier(60, timedelta(days=800), dead=True) == 3_600
    assert tier(60, timedelta(minutes=1), dead=True) == 60


@given(st.timedeltas(timedelta(0), timedelta(days=4000)), st.timedeltas(timedelta(0), timedelta(days=4000)))
def test_a_tier_never_shrinks_with_age(one: timedelta, other: timedelta) -> None:
    young, old = sorted((one, other))
    assert tier(60, young) <= tier(60, old)
    assert list(TIERS) == sorted(TIERS)
