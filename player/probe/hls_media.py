"""A media playlist, by one scan over its lines: hours of segments in milliseconds.

Most lines are EXTINF and addresses, and nothing is made of those but a number and a place; a `Segment` comes
to be when somebody asks for it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from player.probe.hls_alike import INFO, alike
from player.probe.hls_lines import attributes, instant, number, slice_of
from player.probe.playlist import MOST_NOTES, MOST_SEGMENTS, Flaw, Piece, Slice

T = TypeVar("T")
MASTER_TAGS = frozenset({"#EXT-X-STREAM-INF", "#EXT-X-MEDIA", "#EXT-X-I-FRAME-STREAM-INF"})
_LONGEST = 1e7  # seconds of one segment
_MOST_KEYS = 16  # formats at once
_AGAIN = 64  # lines until a row of segments is looked for again, where there was none


@dataclass(frozen=True, slots=True)
class Key:
    """EXT-X-KEY or EXT-X-SESSION-KEY. `format`: KEYFORMAT; "identity" is a key that a GET brings."""

    method: str
    uri: str | None
    line: int
    format: str = "identity"


def key(given: Mapping[str, str], line: int) -> Key:
    return Key(given.get("METHOD", ""), given.get("URI") or None, line, given.get("KEYFORMAT", "identity"))


@dataclass(frozen=True, slots=True)
class Segment:
    """`piece`: what is fetched. `start`: its EXT-X-MAP. `gap`: the server says that it is not there."""

    piece: Piece
    start: Piece | None
    keys: tuple[Key, ...]
    gap: bool


@dataclass(slots=True)
class Playlist:
    """A media playlist.

    `target`: seconds. `sequence`: the number of the first segment. `kind`: VOD, EVENT or None. `ended`: by
    EXT-X-ENDLIST, nothing will be added. `parts`: partial segments behind the last whole one (low latency).
    """

    lines: list[str]
    target: float | None = None
    sequence: int = 0
    kind: str | None = None
    ended: bool = False
    iframes: bool = False
    low_latency: bool = False
    places: list[int] = field(default_factory=list)  # indices of the addresses' lines
    durations: list[float] = field(default_factory=list)
    discontinuities: int = 0
    gaps: set[int] = field(default_factory=set)
    parts: list[Piece] = field(default_factory=list)
    notes: list[Flaw] = field(default_factory=list)
    # By the index of the segment from which on they hold; times and ranges as the indices of their lines.
    maps: list[tuple[int, Piece]] = field(default_factory=list)
    keys: list[tuple[int, tuple[Key, ...]]] = field(default_factory=list)
    times: dict[int, int] = field(default_factory=dict)
    ranges: dict[int, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return len(self.places)

    def note(self, word: str, place: int, text: str) -> None:
        if len(self.notes) < MOST_NOTES:
            self.notes.append(Flaw.at(word, place + 1, text))

    @property
    def seconds(self) -> float:
        return sum(self.durations)

    @property
    def newest(self) -> datetime | None:
        """When its end was or will be, by EXT-X-PROGRAM-DATE-TIME; None where there is none."""
        for index, place in reversed(self.times.items()):
            when = instant(self.lines[place].partition(":")[2])
            if when is not None:
                behind = sum(self.durations[index:]) + sum(part.seconds for part in self.parts)
                try:
                    return when + timedelta(seconds=behind)
                except OverflowError:
                    return None
        return None

    def segment(self, index: int) -> Segment:
        place = self.places[index]
        piece = Piece(self.lines[place].strip(), place + 1, self._slice(index), self.durations[index])
        return Segment(piece, _holds(self.maps, index), _holds(self.keys, index) or (), index in self.gaps)

    def present(self) -> list[int]:
        """The indices of the segments that are there."""
        return [index for index in range(len(self)) if index not in self.gaps] if self.gaps else [*range(len(self))]

    def _slice(self, index: int) -> Slice | None:
        """A range without a start begins where the one before it ends (section 4.3.2.2)."""
        length, before = None, 0
        for here in range(index, -1, -1):
            text = self.lines[self.ranges[here]].partition(":")[2] if here in self.ranges else ""
            found = slice_of(text, 0)
            if found is None or found.length is None:
                return None
            if length is None:
                length = found.length
            else:
                before += found.length
            if "@" in text:
                return Slice(found.first + before, length)
        return None


def scan(lines: list[str]) -> Playlist | Flaw | None:
    """Reads the lines of a media playlist; None where it is a multivariant one."""
    playlist = Playlist(lines)
    places, durations, parts = playlist.places, playlist.durations, playlist.parts
    times, ranges = playlist.times, playlist.ranges
    told: dict[str, float] = {}  # EXTINF lines are often the same
    seconds: float | None = None
    count = again = 0
    numbered = enumerate(lines)
    for place, line in numbered:
        head = line[:8]
        if head == INFO:
            if seconds is not None:
                playlist.note("uri", place, line)
            elif place >= again:
                if more := _row(playlist, place, told):
                    next(islice(numbered, more - 1, more - 1), None)  # steps over them
                    count = len(places)
                    continue
                again = place + _AGAIN
            seconds = told.get(line)
            if seconds is None:
                told[line] = seconds = _duration(playlist, line, place)
        elif head[:1] != "#":
            if seconds is not None and head and not line.isspace():
                places.append(place)
                durations.append(seconds)
                seconds = None
                count += 1
                if parts:
                    parts.clear()
            elif head and not line.isspace():
                playlist.note("duration", place, line)
        elif head == "#EXT-X-P" and line[8:12] == "ROGR":
            times[count] = place
        elif head == "#EXT-X-B" and line[8:12] == "YTER":
            ranges[count] = place
        elif line[:4] == "#EXT":
            name, _, rest = line.partition(":")
            tag = name.rstrip()
            if tag in MASTER_TAGS:
                return None
            if tag in _TAGS:
                _TAGS[tag](playlist, rest, place + 1)
    if seconds is not None:
        playlist.note("uri", len(lines) - 1, "")
    if len(places) > MOST_SEGMENTS:
        return Flaw("segments", 0, str(len(places)))
    return playlist if playlist.target is not None else Flaw("target")


def _row(playlist: Playlist, place: int, told: dict[str, float]) -> int:
    """Takes in the segments from here on that are written alike; how many lines they have."""
    found = alike(playlist.lines, place)
    if found is None:
        return 0
    count, step, end = len(playlist.places), found.step, place + found.many * found.step
    infos = playlist.lines[place:end:step]
    if not told.keys() >= set(infos):
        for number, line in enumerate(infos):
            if line not in told:
                told[line] = _duration(playlist, line, place + number * step)
    playlist.durations.extend(map(told.__getitem__, infos))
    playlist.places.extend(range(place + found.address, end, step))
    for line_of, marks in ((found.date, playlist.times), (found.range, playlist.ranges)):
        if line_of is not None:
            first = count + (line_of > found.address)
            marks.update(zip(range(first, first + found.many), range(place + line_of, end, step), strict=True))
    playlist.parts.clear()
    return end - place


def _duration(playlist: Playlist, line: str, place: int) -> float:
    text = line[8:].partition(",")[0]
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST:  # nor where it is no number
        playlist.note("duration", place, line)
        return 0.0
    return seconds


def _key(playlist: Playlist, rest: str, line: int) -> None:
    """Keys of several formats hold at once (section 4.3.2.4); METHOD=NONE ends them all."""
    at, new = len(playlist.places), key(attributes(rest), line)
    held = playlist.keys[-1] if playlist.keys else (0, ())
    kept = () if new.method == "NONE" else tuple(old for old in held[1] if old.format != new.format)[:_MOST_KEYS]
    # What stood before the same segment is replaced by a mark that holds both.
    if playlist.keys and held[0] == at:
        playlist.keys.pop()
    playlist.keys.append((at, kept if new.method == "NONE" else (*kept, new)))


def _map(playlist: Playlist, rest: str, line: int) -> None:
    given = attributes(rest)
    if "URI" in given:
        cut = slice_of(given["BYTERANGE"], 0) if "BYTERANGE" in given else None
        playlist.maps.append((len(playlist.places), Piece(given["URI"], line, cut)))
    else:
        playlist.note("uri", line - 1, rest)


def _part(playlist: Playlist, rest: str, line: int) -> None:
    given = attributes(rest)
    playlist.low_latency = True
    if "URI" in given and given.get("GAP") != "YES":
        end = playlist.parts[-1].slice.end if playlist.parts and playlist.parts[-1].slice else 0
        cut = slice_of(given["BYTERANGE"], end) if "BYTERANGE" in given else None
        playlist.parts.append(Piece(given["URI"], line, cut, number(given.get("DURATION")) or 0.0))


def _target(playlist: Playlist, rest: str, line: int) -> None:
    playlist.target = number(rest)


def _sequence(playlist: Playlist, rest: str, line: int) -> None:
    playlist.sequence = int(number(rest) or 0)


def _kind(playlist: Playlist, rest: str, line: int) -> None:
    playlist.kind = rest.strip() or None


def _ended(playlist: Playlist, rest: str, line: int) -> None:
    playlist.ended = True


def _iframes(playlist: Playlist, rest: str, line: int) -> None:
    playlist.iframes = True


def _discontinuity(playlist: Playlist, rest: str, line: int) -> None:
    playlist.discontinuities += 1


def _gap(playlist: Playlist, rest: str, line: int) -> None:
    playlist.gaps.add(len(playlist.places))


_TAGS: Mapping[str, Callable[[Playlist, str, int], None]] = {
    "#EXT-X-DISCONTINUITY": _discontinuity,
    "#EXT-X-ENDLIST": _ended,
    "#EXT-X-GAP": _gap,
    "#EXT-X-I-FRAMES-ONLY": _iframes,
    "#EXT-X-KEY": _key,
    "#EXT-X-MAP": _map,
    "#EXT-X-MEDIA-SEQUENCE": _sequence,
    "#EXT-X-PART": _part,
    "#EXT-X-PLAYLIST-TYPE": _kind,
    "#EXT-X-TARGETDURATION": _target,
}


def _holds(marks: list[tuple[int, T]], index: int) -> T | None:
    at = bisect_right(marks, index, key=lambda mark: mark[0])
    return marks[at - 1][1] if at else None
