"""DASH manifests (ISO/IEC 23009-1): bytes in, a `Manifest` or a `Flaw` out. xlink is not followed.

Words of a `Flaw`: size, elements (too many), xml (not well-formed), entities (a document type, which nobody
needs here), root (not an MPD), start (dynamic, without availabilityStartTime), periods, representations (none,
or too many).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from player.probe.dash_segments import Segments, Timed
from player.probe.dash_values import Level, Time, Timelines, instant, seconds, segments_of
from player.probe.playlist import MOST_BYTES, MOST_NOTES, MOST_RENDITIONS, Flaw, Piece, Slice

_MOST_ELEMENTS = 250_000
_MOST_PERIODS = 500
_MOST_TRACKS = 5000
_KINDS = {"video": "video", "audio": "audio", "text": "text", "image": "image"}
_TEXTS = ("application/ttml+xml", "text/vtt", "application/x-subrip")


@dataclass(frozen=True, slots=True)
class Track:
    """A Representation. `kind`: video, audio, text, image, other. `start`: its initialisation segment, `base`:
    its file where it is one file, with `index` where that says what is in it."""

    id: str
    kind: str
    mime: str
    codecs: str | None
    bandwidth: int
    base: str
    start: Piece | None = None
    index: Slice | None = None
    segments: Segments | None = None
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """`start` in seconds of the presentation; `seconds`: how long, None where it goes on."""

    start: float
    seconds: float | None
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """An MPD. `dynamic`: live. `depth`: of the time-shift buffer, `delay`: the suggested one, `update`: the
    minimum period of updates, all in seconds. `timing`: scheme and value of each UTCTiming. `steering`: where the
    manifest of content steering is. `bases`: how many BaseURLs there are to choose from, at most."""

    dynamic: bool
    periods: tuple[Period, ...]
    available: datetime | None = None
    published: datetime | None = None
    seconds: float | None = None
    depth: float | None = None
    delay: float | None = None
    update: float | None = None
    timing: tuple[tuple[str, str], ...] = ()
    steering: str | None = None
    bases: int = 1
    notes: tuple[Flaw, ...] = field(default=())

    @property
    def begins(self) -> datetime | None:
        """When a live stream begins: its first period."""
        if not self.dynamic or self.available is None:
            return None
        try:
            return self.available + timedelta(seconds=self.periods[0].start)
        except OverflowError:
            return None

    def current(self, now: datetime) -> Period:
        """The period that is on at `now`."""
        if not self.dynamic or self.available is None:
            return self.periods[0]
        here = (now - self.available).total_seconds()
        return next((one for one in reversed(self.periods) if one.start <= here), self.periods[0])

    def newest(self) -> datetime | None:
        """When the last segment of the last period ends, where a timeline says so."""
        if self.available is None:
            return None
        last = self.periods[-1]
        ends = [one.segments.end for one in last.tracks if isinstance(one.segments, Timed) and one.segments.runs]
        try:
            return self.available + timedelta(seconds=last.start + max(ends)) if ends else None
        except OverflowError:
            return None


def parse(data: bytes, *, url: str = "", now: datetime, choice: int = 0) -> Manifest | Flaw:
    """Reads a manifest. `url`: its own, `now`: the end of what is open-ended, `choice`: which of several BaseURLs
    holds, from 0 on (section 5.6.5). Never raises."""
    if len(data) > MOST_BYTES:
        return Flaw("size", 0, f"{len(data)} bytes")
    if data.count(b"<") > _MOST_ELEMENTS:
        return Flaw("elements")
    try:
        root = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        return Flaw("entities", 0, type(error).__name__)
    except ParseError as error:
        return Flaw.at("xml", error.position[0], str(error))
    except (ValueError, LookupError) as error:  # an encoding that there is not
        return Flaw.at("xml", 1, str(error))
    if _local(root) != "MPD":
        return Flaw.at("root", 1, _local(root))
    return _manifest(root, url, now, choice)


def _manifest(root: Element, url: str, now: datetime, choice: int) -> Manifest | Flaw:
    dynamic = root.get("type") == "dynamic"
    available = instant(root.get("availabilityStartTime"))
    if dynamic and available is None:
        return Flaw("start")
    notes: list[Flaw] = []
    elements = [one for one in _children(root, "Period") if _here(one, notes)]
    if len(elements) > _MOST_PERIODS or not elements:
        return Flaw("periods", 0, str(len(elements)))
    total = seconds(root.get("mediaPresentationDuration"))
    counts = [
        sum(len(_children(one, "Representation")) for one in _children(each, "AdaptationSet")) for each in elements
    ]
    if not any(counts) or max(counts) > MOST_RENDITIONS or sum(counts) > _MOST_TRACKS:
        return Flaw("representations", 0, str(sum(counts)))
    times = _times(elements, total)
    timelines: Timelines = {}
    level = Level(url, choice=choice).within(root, _bases(root))
    here = (now - available).total_seconds() if dynamic and available else None
    periods = []
    for element, (start, length) in zip(elements, times, strict=True):
        lasts = length if length is not None else here - start if here is not None else None
        tracks = tuple(_tracks(element, level, Time(lasts, length is None, timelines)))
        periods.append(Period(start, length, tracks))
    return Manifest(
        dynamic=dynamic,
        periods=tuple(period for period in periods if period.tracks),
        available=available,
        published=instant(root.get("publishTime")),
        seconds=total if total is not None else _sum(times),
        depth=seconds(root.get("timeShiftBufferDepth")),
        delay=seconds(root.get("suggestedPresentationDelay")),
        update=seconds(root.get("minimumUpdatePeriod")),
        timing=tuple((one.get("schemeIdUri") or "", one.get("value") or "") for one in _children(root, "UTCTiming")),
        steering=next(((one.text or "").strip() for one in _children(root, "ContentSteering")), None) or None,
        bases=max(len(_bases(one)) for one in (root, *elements)) or 1,
        notes=tuple(notes[:MOST_NOTES]),
    )


def _here(element: Element, notes: list[Flaw]) -> bool:
    """Whether the element is in the manifest itself: what an xlink would bring is left out."""
    if element.get("{http://www.w3.org/1999/xlink}href") is None:
        return True
    notes.append(Flaw("xlink"))
    return len(element) > 0


def _times(elements: list[Element], total: float | None) -> list[tuple[float, float | None]]:
    """Start and length of each period (section 5.3.2.1)."""
    starts: list[float] = []
    for element in elements:
        start = seconds(element.get("start"))
        before = seconds(elements[len(starts) - 1].get("duration")) if starts else None
        starts.append(start if start is not None else starts[-1] + (before or 0.0) if starts else 0.0)
    lengths = []
    for place, element in enumerate(elements):
        end = starts[place + 1] if place + 1 < len(starts) else total
        length = seconds(element.get("duration"))
        lengths.append(length if length is not None else end - starts[place] if end is not None else None)
    return [(start, length) for start, length in zip(starts, lengths, strict=True)]


def _sum(times: list[tuple[float, float | None]]) -> float | None:
    start, length = times[-1]
    return None if length is None else start + length


def _tracks(period: Element, level: Level, time: Time) -> Iterator[Track]:
    outer = level.within(period, _bases(period))
    for adaptation in _children(period, "AdaptationSet"):
        if adaptation.get("{http://www.w3.org/1999/xlink}href") is not None and not len(adaptation):
            continue
        middle = outer.within(adaptation, _bases(adaptation))
        protected = bool(_children(adaptation, "ContentProtection"))
        for element in _children(adaptation, "Representation"):
            yield _track(element, adaptation, middle.within(element, _bases(element)), time, protected)


def _track(element: Element, adaptation: Element, level: Level, time: Time, protected: bool) -> Track:
    def said(name: str) -> str | None:
        return element.get(name) or adaptation.get(name)

    mime = said("mimeType") or ""
    values: dict[str, Any] = {
        "RepresentationID": element.get("id") or "",
        "Bandwidth": int(number) if (number := element.get("bandwidth") or "0").isdecimal() else 0,
    }
    found = segments_of(level, values, time)
    return Track(
        id=str(values["RepresentationID"]),
        kind=_kind(adaptation.get("contentType"), mime, said("codecs")),
        mime=mime,
        codecs=said("codecs") or None,
        bandwidth=values["Bandwidth"],
        base=level.base,
        start=found.start,
        index=found.index,
        segments=found.segments,
        protected=protected or bool(_children(element, "ContentProtection")),
    )


def _kind(said: str | None, mime: str, codecs: str | None) -> str:
    if mime in _TEXTS or (codecs or "").partition(".")[0] in ("stpp", "wvtt"):
        return "text"
    return _KINDS.get(said or mime.partition("/")[0], "other")


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _children(element: Element, name: str) -> list[Element]:
    return [child for child in element if _local(child) == name]


def _bases(element: Element) -> list[str]:
    """Its BaseURLs: the first holds, the others are for when it fails."""
    return [child.text.strip() for child in element if _local(child) == "BaseURL" and child.text]
