"""Segments in a row that are written alike, which are nearly all: read by columns instead of line by line.

Hours of a stream are thousands of times the same lines: EXTINF, perhaps a date and a byte range, an address. What
holds of a whole column is found out in C.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import NamedTuple

INFO, DATE, RANGE = "#EXTINF:", "#EXT-X-PROGR", "#EXT-X-BYTER"  # how their lines begin
_MOST = 512  # segments that are compared at once, so that a row which ends soon has not cost much
_LEAST = 8  # that are worth it
_LONGEST = 4  # lines of one segment


class Alike(NamedTuple):
    """`many` segments of `step` lines each, from one EXTINF to the next. `address`, `date` and `range`: which of them,
    from 0 on, that is. What stands behind the address is of the segment after it."""

    many: int
    step: int
    address: int
    date: int | None = None
    range: int | None = None


def alike(lines: Sequence[str], at: int) -> Alike | None:
    """The row that begins with the EXTINF at this place; None where there is none to speak of."""
    found = _first(lines, at)
    if found is None:
        return None
    step, many = found.step, min(_MOST, (len(lines) - at) // found.step)
    for place, beginning in ((0, INFO), (found.date, DATE), (found.range, RANGE)):
        if place is not None:
            column = lines[at + place : at + many * step : step]
            many = _until(False, map(str.startswith, column, repeat(beginning)))
    addresses = lines[at + found.address : at + many * step : step]
    many = min(
        _until(True, map(str.startswith, addresses, repeat("#"))),
        _until(True, map(str.isspace, addresses)),
        _until(False, map(bool, addresses)),
    )
    return found._replace(many=many) if many >= _LEAST else None


def _first(lines: Sequence[str], at: int) -> Alike | None:
    """How the first segment is written; None where it is not plain."""
    address = date = cut = None
    for offset, line in enumerate(lines[at + 1 : at + _LONGEST + 1], 1):
        if line.startswith(INFO):
            return None if address is None else Alike(0, offset, address, date, cut)
        if line.startswith(DATE) and date is None:
            date = offset
        elif line.startswith(RANGE) and cut is None:
            cut = offset
        elif line[:1] != "#" and address is None:
            address = offset
        else:
            return None
    return None


def _until(stop: bool, flags: Iterable[bool]) -> int:
    """How many there are before the first that is `stop`."""
    found = list(flags)
    return found.index(stop) if stop in found else len(found)
