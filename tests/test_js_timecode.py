"""static/js/timecode.js: times as they are written, read from an address, and counted out in a language's digits."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.node import Call

NAN = math.nan
WEEK = 7 * 24 * 3600
whole_seconds = st.integers(min_value=0, max_value=WEEK)
seconds = st.floats(min_value=0, max_value=WEEK)


@pytest.mark.parametrize(
    ("time", "hours", "text"),
    [
        (0, None, "0:00"),
        (5, None, "0:05"),
        (59.99, None, "0:59"),
        (60, None, "1:00"),
        (228, None, "3:48"),
        (3599, None, "59:59"),
        (3600, None, "1:00:00"),
        (3828, None, "1:03:48"),
        (36000, None, "10:00:00"),
        (360000, None, "100:00:00"),
        (0, True, "0:00:00"),
        (228, True, "0:03:48"),
        (3828, False, "63:48"),
        (228, False, "3:48"),
        # Never "0:00" for what nobody knows.
        (NAN, None, ""),
        (NAN, True, ""),
        (math.inf, None, ""),
    ],
)
def test_a_time_is_written(node: Call, time: float, hours: bool | None, text: str) -> None:
    given_hours = [] if hours is None else [hours]
    assert node("timecode.js", "format", time, *given_hours) == text


@given(time=whole_seconds, hours=st.sampled_from([True, False]))
def test_what_is_written_can_be_read(node: Call, time: int, hours: bool) -> None:
    assert node("timecode.js", "parse", node("timecode.js", "format", time, hours)) == time


@given(time=seconds, hours=st.sampled_from([True, False]))
def test_minutes_and_seconds_stay_below_sixty(node: Call, time: float, hours: bool) -> None:
    *_, minutes, secs = node("timecode.js", "format", time, hours).split(":")
    assert len(secs) == 2
    assert int(secs) < 60
    assert not hours or (len(minutes) == 2 and int(minutes) < 60)


@given(one=seconds, other=seconds)
def test_later_is_never_written_as_earlier(node: Call, one: float, other: float) -> None:
    earlier, later = sorted((one, other))
    times = [[int(part) for part in node("timecode.js", "format", time, True).split(":")] for time in (earlier, later)]
    assert times[0] <= times[1]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("83", 83),
        ("83s", 83),
        ("83.5", 83.5),
        ("1:23", 83),
        ("01:02:03", 3723),
        ("1:02:03.5", 3723.5),
        ("0", 0),
        ("", NAN),
        ("soon", NAN),
        ("1:x", NAN),
        ("1::2", NAN),
    ],
)
def test_a_time_is_read(node: Call, text: str, time: float) -> None:
    assert node("timecode.js", "parse", text) == pytest.approx(time, nan_ok=True)


@pytest.mark.parametrize(
    ("fragment", "clip"),
    [
        ("#t=83", [83, NAN]),
        ("#t=1:23", [83, NAN]),
        ("#t=83,120", [83, 120]),
        ("#t=1:23,2:00", [83, 120]),
        ("#t=npt:83,120", [83, 120]),
        ("#t=,120", [0, 120]),
        ("#t=83s", [83, NAN]),
        ("#part-2&t=83", [83, NAN]),
        ("#track=5", None),
        ("#start=5", None),
        ("#", None),
        ("", None),
    ],
)
def test_a_clip_is_read_from_the_address(node: Call, fragment: str, clip: list[float] | None) -> None:
    found: Any = node("timecode.js", "fragment", fragment)
    assert found == (clip and pytest.approx(clip, nan_ok=True))


@given(start=whole_seconds, length=st.integers(min_value=1, max_value=WEEK))
def test_a_clip_survives_its_address(node: Call, start: int, length: int) -> None:
    assert node("timecode.js", "fragment", f"#t={start},{start + length}") == [start, start + length]


@pytest.mark.parametrize(
    ("lang", "digits"), [("en", "0123456789"), ("fa", "۰۱۲۳۴۵۶۷۸۹"), ("bn", "০১২৩৪৫৬৭৮৯"), ("de-CH", "0123456789")]
)
def test_digits_are_the_language_s_own(node: Call, lang: str, digits: str) -> None:
    assert node("timecode.js", "digits", lang) == list(digits)
