"""Where the deep look's bytes come from: a file in ranges, or a stream's segments put one behind another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from player.probe import dash, hls
from player.probe.ask import Ask, decoded
from player.probe.dash_segments import resolve
from player.probe.fetch import Failure, Fetched
from player.probe.hls_media import Playlist
from player.probe.observation import Observation
from player.probe.playlist import Flaw, Piece

PLAYLIST = 4 << 20  # bytes
LONGEST = 8 << 20  # bytes of one place
PLACES = (0.0, 0.45, 0.8)  # shares of a stream's segments
_BROKEN = {"broken": "reset", "stalled": "timeout"}


@dataclass(slots=True)
class Meter:
    """How fast it came. `needed`: bits a second of the lowest way to play. `failure`: the first that there was."""

    bytes: int = 0
    seconds: float = 0.0
    needed: float | None = None
    failure: Failure | None = None

    @property
    def rate(self) -> float | None:
        """Bits a second."""
        return 8 * self.bytes / self.seconds if self.seconds > 0 else None


class Source(Protocol):
    """`size` in bytes, None where it is not known."""

    size: int | None

    async def read(self, at: int, length: int) -> bytes:
        """So many bytes from there on, fewer at the end or where no more can be had. Never raises."""
        ...

    async def length(self) -> int | None:
        """The size, found out if it must be."""
        ...


@dataclass(frozen=True, slots=True)
class Group:
    """What is looked at together: one file, or some places of one rendition. `where`: its address."""

    sources: Sequence[Source]
    where: str | None = None


async def _timed(ask: Ask, meter: Meter, url: str, **wanted: int | None) -> Fetched | None:
    """One fetch of media, measured; None where it failed, which the meter keeps."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        answer = await ask(url, **wanted)  # type: ignore[arg-type]
    except Failure as failed:
        meter.failure = meter.failure or failed
        return None
    if answer.status in (200, 206):
        meter.bytes += len(answer.body)
        meter.seconds += loop.time() - began
    if answer.ended in _BROKEN:
        meter.failure = meter.failure or Failure(_BROKEN[answer.ended], f"after {len(answer.body)} bytes")
    return answer


@dataclass(slots=True)
class File:
    """A file of a server that knows ranges; of one that does not, as much of its beginning as is allowed."""

    url: str
    size: int | None
    ranged: bool
    ask: Ask
    meter: Meter
    _all: bytes | None = None

    async def read(self, at: int, length: int) -> bytes:
        if not self.ranged:
            if self._all is None:
                answer = await _timed(self.ask, self.meter, self.url, length=None, cap=LONGEST)
                self._all = decoded(answer, LONGEST)[0] if answer and answer.status == 200 else b""
            return self._all[at : at + length]
        answer = await _timed(self.ask, self.meter, self.url, first=at, length=length)
        if answer is None or answer.status != 206 or answer.range is None or answer.range[0] != at:
            return b""
        self.size = self.size or answer.range[2]
        return answer.body

    async def length(self) -> int | None:
        if self.size is None:
            await self.read(0, 1)
            if self._all is not None:
                self.size = len(self._all)
        return self.size


@dataclass(slots=True)
class Segments:
    """Segments put one behind another, fetched when they are first asked for."""

    base: str
    pieces: Sequence[Piece]
    ask: Ask
    meter: Meter
    size: int | None = None
    _all: bytes | None = None

    async def read(self, at: int, length: int) -> bytes:
        if self._all is None:
            self._all = b""
            for piece in self.pieces:
                self._all += await self._fetch(piece)
        return self._all[at : at + length]

    async def length(self) -> int | None:
        await self.read(0, 0)
        return len(self._all or b"")

    async def _fetch(self, piece: Piece) -> bytes:
        part, url = piece.slice, resolve(self.base, piece.uri)
        if part is None or part.length is None:
            answer = await _timed(self.ask, self.meter, url, length=None, cap=LONGEST)
        else:
            answer = await _timed(self.ask, self.meter, url, first=part.first, length=min(part.length, LONGEST))
        if answer is None or answer.status not in (200, 206):
            return b""
        if part is not None and answer.status == 200:  # ranges are ignored
            return answer.body[part.first : part.end]
        return decoded(answer, LONGEST)[0]


async def groups(seen: Observation, ask: Ask, meter: Meter, seconds: float) -> list[Group]:
    """What is to be decoded of a source; empty where nothing can be. Raises `Failure`."""
    url = seen.final_url or seen.url
    container = seen.look.container if seen.look else None
    if container == "hls":
        return await _hls(url, ask, meter, seconds)
    if container == "dash":
        return await _dash(url, ask, meter, seconds)
    return [Group([File(url, seen.end or seen.size, bool(seen.ranged), ask, meter)])]


async def _text(ask: Ask, url: str) -> tuple[bytes, str]:
    answer = await ask(url, length=None, cap=PLAYLIST)
    if answer.status not in (200, 206):
        raise Failure("http-status", answer.status_line)
    return decoded(answer, PLAYLIST)[0], answer.url


async def _hls(url: str, ask: Ask, meter: Meter, seconds: float) -> list[Group]:
    data, url = await _text(ask, url)
    found = hls.parse(data, url=url)
    if isinstance(found, Playlist):
        return _played(url, found, ask, meter, seconds)
    if isinstance(found, Flaw):
        return []
    # The rendition that players with least have; what is wrong with others, the walk through the playlists finds.
    variants = [one for one in found.renditions if one.kind == "variant" and one.uri]
    if not variants:
        return []
    chosen = min(variants, key=lambda one: one.bandwidth or 0)
    meter.needed = float(chosen.bandwidth) if chosen.bandwidth else None
    group = chosen.groups.get("audio")
    voices = [one for one in found.renditions if one.kind == "audio" and one.group == group and one.uri][:1]
    made: list[Group] = []
    for one in (chosen, *voices):
        data, here = await _text(ask, resolve(url, one.uri or ""))
        playlist = hls.parse(data, url=here, variables=found.variables)
        if isinstance(playlist, Playlist):
            made += _played(here, playlist, ask, meter, seconds)
    return made


def _played(url: str, playlist: Playlist, ask: Ask, meter: Meter, seconds: float) -> list[Group]:
    """Three places of a media playlist; of a live one the newest alone."""
    there = playlist.present()
    if not there or playlist.iframes:
        return []
    first = [0] if playlist.ended else [max(0, len(there) - 3)]
    starts = [int(share * len(there)) for share in PLACES] if playlist.ended and len(there) > 6 else first
    sources: list[Source] = []
    for start in starts:
        chosen = [playlist.segment(index) for index in there[start : start + 8]]
        if any(key.method not in ("", "NONE") for one in chosen for key in one.keys):
            return []
        pieces = _enough([one.piece for one in chosen], seconds)
        begin = chosen[0].start
        # What follows may need another beginning; no decoder would make sense of it behind this one.
        same = [piece for piece, one in zip(pieces, chosen, strict=False) if one.start == begin]
        sources.append(Segments(url, [*([begin] if begin else []), *same], ask, meter))
    return [Group(sources, url)]


def _enough(pieces: Sequence[Piece], seconds: float) -> list[Piece]:
    made, length = [], 0.0
    for piece in pieces:
        made.append(piece)
        length += piece.seconds or 1.0
        if length >= seconds:
            break
    return made


async def _dash(url: str, ask: Ask, meter: Meter, seconds: float) -> list[Group]:
    data, url = await _text(ask, url)
    now = datetime.now(UTC)
    found = dash.parse(data, url=url, now=now)
    if isinstance(found, Flaw):
        return []
    period = found.current(now)
    tracks = [one for one in period.tracks if not one.protected]
    needed = 0.0
    made: list[Group] = []
    for kind in ("video", "audio"):
        ones = [one for one in tracks if one.kind == kind]
        if not ones:
            continue
        track = min(ones, key=lambda one: one.bandwidth)
        needed += track.bandwidth
        if track.segments is None:
            made.append(Group([File(track.base, None, True, ask, meter)], track.base))
            continue
        here = (now - found.available).total_seconds() - period.start if found.dynamic and found.available else None
        sources = _stretches(track, found.dynamic, here, _segments(url, ask, meter), seconds)
        if sources:
            made.append(Group(sources, f"{url}#{track.id}"))
    meter.needed = needed or None
    return made


def _segments(url: str, ask: Ask, meter: Meter) -> Callable[[Sequence[Piece]], Source]:
    return lambda pieces: Segments(url, pieces, ask, meter)


def _stretches(
    track: dash.Track, live: bool, here: float | None, made: Callable[[Sequence[Piece]], Source], seconds: float
) -> list[Source]:
    """Three places of a representation; of a live one the newest alone. `here`: seconds from the period's start."""
    assert track.segments is not None
    count = track.segments.count
    if live:
        done = track.segments.before(here) if here is not None else count or 0
        starts, count = [max(0, done - 3)], done
    elif not count:
        return []
    else:
        starts = [int(share * count) for share in PLACES] if count > 6 else [0]
    sources = []
    for start in starts:
        pieces = _enough([track.segments.at(index) for index in range(start, min(count, start + 8))], seconds)
        if pieces:
            sources.append(made([*([track.start] if track.start else []), *pieces]))
    return sources
