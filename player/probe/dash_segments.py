"""The ways in which a DASH manifest addresses segments (ISO/IEC 23009-1, section 5.3.9): by list, number or time.

Nothing is expanded: a segment comes to be when somebody asks for it by its index.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Protocol
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from player.probe.playlist import Piece, Slice

_TEMPLATE = re.compile(r"\$(?:(RepresentationID|Number|Time|Bandwidth|SubNumber)(?:%0([0-9]{1,2})[dxXo])?)?\$")
_RANGE = re.compile(r"([0-9]{1,18})-([0-9]{1,18})?")
MOST_COUNT = 10**9  # segments of one representation; more is a mistake


def fill(template: str, values: Mapping[str, str | int]) -> str:
    """Puts the values into `$Number%05d$` and the like (section 5.3.9.4.4); `$$` is a dollar."""

    def value(found: re.Match[str]) -> str:
        name, width = found[1], found[2]
        if name is None:
            return "$"
        if name not in values:
            return found[0]
        return str(values[name]).zfill(int(width)) if width else str(values[name])

    return _TEMPLATE.sub(value, template)


def slice_of(text: str | None) -> Slice | None:
    """`first-last`, as in a Range header."""
    found = _RANGE.fullmatch((text or "").strip())
    if not found:
        return None
    return Slice(int(found[1]), int(found[2]) - int(found[1]) + 1 if found[2] else None)


def resolve(base: str, uri: str) -> str:
    """`uri` relative to `base`, as it stands where that cannot be."""
    try:
        return urljoin(base, uri)
    except ValueError:
        return uri


class Segments(Protocol):
    """`count`: how many there are; None without an end. `at(index)`: one of them; `index` is in range."""

    @property
    def count(self) -> int | None: ...

    @property
    def longest(self) -> float: ...

    def at(self, index: int) -> Piece: ...

    def before(self, seconds: float) -> int:
        """How many have ended by then, `seconds` from the period's start on."""
        ...


@dataclass(frozen=True, slots=True)
class Listed:
    """SegmentList: every SegmentURL names one, of `seconds` each."""

    elements: Sequence[Element]
    base: str
    seconds: float

    @property
    def count(self) -> int:
        return len(self.elements)

    @property
    def longest(self) -> float:
        return self.seconds

    def at(self, index: int) -> Piece:
        one = self.elements[index]
        uri = resolve(self.base, one.get("media") or "") or self.base
        return Piece(uri, slice=slice_of(one.get("mediaRange")), seconds=self.seconds)

    def before(self, seconds: float) -> int:
        return min(self.count, max(0, int(seconds / self.seconds + 1e-6))) if self.seconds else self.count


@dataclass(frozen=True, slots=True)
class Numbered:
    """SegmentTemplate with a fixed duration. `seconds`: of a segment; `units`: the same in the timescale."""

    template: str
    base: str
    values: Mapping[str, str | int]
    first: int
    units: int
    seconds: float
    offset: int = 0  # presentationTimeOffset
    count: int | None = None

    @property
    def longest(self) -> float:
        return self.seconds

    def at(self, index: int) -> Piece:
        time = self.offset + index * self.units
        uri = fill(self.template, {**self.values, "Number": self.first + index, "Time": time})
        return Piece(resolve(self.base, uri), seconds=self.seconds)

    def before(self, seconds: float) -> int:
        ended = max(0, min(MOST_COUNT, int(seconds / self.seconds + 1e-6)))
        return ended if self.count is None else min(self.count, ended)


@dataclass(frozen=True, slots=True)
class Timed:
    """SegmentTimeline: runs of segments of one length. A run is (time, units, how many)."""

    template: str
    base: str
    values: Mapping[str, str | int]
    first: int
    scale: int
    offset: int
    runs: Sequence[tuple[int, int, int]]
    _ends: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        return self._sums()[-1] if self.runs else 0

    @property
    def longest(self) -> float:
        return max((units for _, units, _ in self.runs), default=0) / self.scale

    @property
    def end(self) -> float:
        """When the last segment ends, in seconds from the period's start on."""
        if not self.runs:
            return 0.0
        time, units, many = self.runs[-1]
        return (time + units * many - self.offset) / self.scale

    def _sums(self) -> list[int]:
        if len(self._ends) != len(self.runs):
            self._ends[:] = accumulate(many for _, _, many in self.runs)
        return self._ends

    def at(self, index: int) -> Piece:
        run = bisect_right(self._sums(), index)
        time, units, _ = self.runs[run]
        here = index - (self._ends[run - 1] if run else 0)
        values = {**self.values, "Number": self.first + index, "Time": time + here * units}
        return Piece(resolve(self.base, fill(self.template, values)), seconds=units / self.scale)

    def before(self, seconds: float) -> int:
        then = seconds * self.scale + self.offset
        return sum(
            min(many, max(0, int((then - time) / units + 1e-6))) for time, units, many in self.runs if time < then
        )
