"""Quiet hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.quiet import QuietHours


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "now", "over"),
    [
        ("22:00-07:00", "2026-11-22T21:59:00+00:00", None),
        ("22:00-07:00", "2026-11-22T22:00:00+00:00", "2026-11-23T07:00:00+00:00"),
        ("22:00-07:00", "2026-11-23T06:59:59+00:00", "2026-11-23T07:00:00+00:00"),
        ("22:00-07:00", "2026-11-23T07:00:00+00:00", None),
        ("12:00-13:30", "2026-11-23T12:10:00+00:00", "2026-11-23T13:30:00+00:00"),
        ("22:00-07:00 Asia/Tehran", "2026-11-22T19:00:00+00:00", "2026-11-23T03:30:00+00:00"),
        # The night on which the clocks go back is an hour longer.
        ("22:00-07:00 Europe/Berlin", "2026-10-24T21:00:00+00:00", "2026-10-25T06:00:00+00:00"),
    ],
)
def test_when_they_are_over(hours: str, now: str, over: str | None) -> None:
    assert QuietHours.parse(hours).over(at(now)) == at(over or now)


@pytest.mark.parametrize("text", ["", "22-7", "25:00-07:00", "22:00-22:00", "22:00-07:00 Atlantis/Old", "22:00–07:00"])
def test_what_is_not_hours_says_what_is_expected(text: str) -> None:
    with pytest.raises(ValueError, match="such as"):
        QuietHours.parse(text)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_they_never_last_longer_than_a_night(now: datetime) -> None:
    over = QuietHours.parse("22:00-07:00 America/New_York").over(now)
    assert timedelta(0) <= over - now <= timedelta(hours=10)
    assert QuietHours.parse("22:00-07:00 America/New_York").over(over) == over
