"""What a DASH manifest's attributes mean, and how they are inherited from level to level."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from player.probe.dash_segments import MOST_COUNT, Listed, Numbered, Segments, Timed, fill, resolve, slice_of
from player.probe.playlist import MOST_SEGMENTS, Piece, Slice

_DURATION = re.compile(
    r"P(?:([0-9.]{1,12})Y)?(?:([0-9.]{1,12})M)?(?:([0-9.]{1,12})D)?"
    r"(?:T(?:([0-9.]{1,18})H)?(?:([0-9.]{1,18})M)?(?:([0-9.]{1,18})S)?)?"
)
_UNITS = (365 * 86_400, 30 * 86_400, 86_400, 3600, 60, 1)
_ADDRESSING = ("SegmentBase", "SegmentList", "SegmentTemplate")
_MOST_TEXT = 16_384


def seconds(text: str | None) -> float | None:
    """An xs:duration in seconds; years and months by their usual length."""
    found = _DURATION.fullmatch((text or "").strip())
    if not found or not any(found.groups()):
        return None
    try:
        return float(sum(float(part) * unit for part, unit in zip(found.groups(), _UNITS, strict=True) if part))
    except ValueError:
        return None


def instant(text: str | None) -> datetime | None:
    """An xs:dateTime; without a time zone it is UTC, as players take it."""
    try:
        when = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def whole(text: str | None, default: int) -> int:
    bare = (text or "").strip()
    return int(bare) if re.fullmatch(r"-?[0-9]{1,18}", bare) else default


@dataclass(frozen=True, slots=True)
class Level:
    """What holds at one level of MPD, Period, AdaptationSet, Representation: the base address (`choice`: which one,
    where there are several), and the attributes and children of the segment information, of which an inner level's
    go before an outer's."""

    base: str
    choice: int = 0
    name: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    inner: Mapping[str, list[Element]] = field(default_factory=dict)

    def within(self, element: Element, bases: Sequence[str]) -> Level:
        base = bases[min(self.choice, len(bases) - 1)] if bases else None
        found = self if base is None else replace(self, base=resolve(self.base, base)[:_MOST_TEXT])
        for child in element:
            name = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
            if name in _ADDRESSING:
                children: dict[str, list[Element]] = {}
                for inner in child:
                    if isinstance(inner.tag, str):
                        children.setdefault(inner.tag.rpartition("}")[2], []).append(inner)
                given = {**found.given, **child.attrib} if found.name in (None, name) else dict(child.attrib)
                found = replace(found, name=name, given=given, inner={**found.inner, **children})
        return found


@dataclass(frozen=True, slots=True)
class Found:
    start: Piece | None = None
    index: Slice | None = None
    segments: Segments | None = None


Runs = list[tuple[int, int, int]]
Timelines = dict[tuple[Element, int | None], Runs]


@dataclass(frozen=True, slots=True)
class Time:
    """Of a period: `lasts` seconds so far, `grows`: it has no end yet. `timelines`: those that have been read, for
    many representations may share one."""

    lasts: float | None
    grows: bool
    timelines: Timelines


def segments_of(level: Level, values: Mapping[str, str | int], time: Time) -> Found:
    """The segments of a representation."""
    start = _start(level, values)
    if level.name == "SegmentTemplate" and "media" in level.given:
        return Found(start, None, _templated(level, values, time))
    if level.name == "SegmentList":
        return Found(start, None, _listed(level))
    return Found(start, slice_of(level.given.get("indexRange")))


def _start(level: Level, values: Mapping[str, str | int]) -> Piece | None:
    if level.given.get("initialization"):
        return Piece(resolve(level.base, fill(level.given["initialization"], values)))
    element = next(iter(level.inner.get("Initialization", ())), None)
    if element is None:
        return None
    uri = element.get("sourceURL")
    return Piece(resolve(level.base, uri) if uri else level.base, slice=slice_of(element.get("range")))


def _scale(level: Level) -> int:
    return max(1, whole(level.given.get("timescale"), 1))


def _listed(level: Level) -> Listed:
    each = max(0, whole(level.given.get("duration"), 0)) / _scale(level)
    return Listed(level.inner.get("SegmentURL", ()), level.base, each)


def _templated(level: Level, values: Mapping[str, str | int], time: Time) -> Segments | None:
    given, scale, lasts, grows = level.given, _scale(level), time.lasts, time.grows
    first, offset = whole(given.get("startNumber"), 1), whole(given.get("presentationTimeOffset"), 0)
    timeline = next(iter(level.inner.get("SegmentTimeline", ())), None)
    if timeline is not None:
        end = None if lasts is None else offset + int(lasts * scale)
        runs = time.timelines.get((timeline, end))
        if runs is None:
            runs = time.timelines[timeline, end] = _runs(timeline, end, grows=grows)
        return Timed(given["media"], level.base, values, first, scale, offset, runs)
    units = whole(given.get("duration"), 0)
    if units <= 0:
        # One segment for the whole period.
        return Numbered(given["media"], level.base, values, first, 0, max(lasts or 1.0, 0.001), offset, 1)
    # Durations are rounded, and tracks end at times of their own: less than half a segment may not be there.
    count = None if grows or lasts is None else max(1, min(MOST_COUNT, int(lasts * scale / units + 0.5)))
    last = whole(given.get("endNumber"), -1)
    if last >= 0:
        count = max(0, min(last - first + 1, MOST_COUNT))
    return Numbered(given["media"], level.base, values, first, units, units / scale, offset, count)


def _runs(timeline: Element, end: int | None, *, grows: bool) -> Runs:
    """The S elements (section 5.3.9.6): @t is inherited, @r=-1 repeats until the next or to the end."""
    runs: Runs = []
    elements = [one for one in timeline if isinstance(one.tag, str) and one.tag.rpartition("}")[2] == "S"]
    time = 0
    for place, element in enumerate(elements[:MOST_SEGMENTS]):
        time = whole(element.get("t"), time)
        units, repeat = whole(element.get("d"), 0), whole(element.get("r"), 0)
        if units <= 0:
            continue
        if repeat < 0:
            following = elements[place + 1].get("t") if place + 1 < len(elements) else None
            until = whole(following, time) if following else end if end is not None else time + units
            rest = 0 if grows and not following else units // 2  # what grows has whole segments only
            many = max(0, until - time + rest) // units
        else:
            many = repeat + 1
        many = min(many, MOST_COUNT)
        if many:
            runs.append((time, units, many))
        time += units * many
    return runs
