"""One media playlist as a player would use it: its keys, initialisation segments, a few of its segments, and
whether it goes on where it is live."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from player.probe import hls, live
from player.probe.ask import allows, decoded
from player.probe.fetch import Failure, Fetched
from player.probe.findings import Finding
from player.probe.hls_media import Playlist, Segment
from player.probe.live import Edge
from player.probe.playlist import MOST_BYTES, Flaw, Piece
from player.probe.samples import family
from player.probe.stream import START, Part, Stream, codecs, dead, evidence, expired, form, inside, lost, media

_GRACE = 5.0  # seconds for a second look that comes after the time-out


@dataclass(slots=True)
class Rendition:
    """`said`: CODECS; `elsewhere`: kinds that come with another rendition. `text`: subtitles. `samples`: segments
    to look at. `before`: where the last probe saw it end. The rest is what was found."""

    stream: Stream
    url: str
    playlist: Playlist
    answer: Fetched
    said: str | None = None
    elsewhere: frozenset[str] = frozenset()
    text: bool = False
    samples: int = 3
    before: Edge | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    families: set[str] = field(default_factory=set)

    async def look(self) -> list[Finding]:
        found = await self._segments()
        if not dead(found) and not self.playlist.ended:
            found += await self._progress()
        return found

    async def _segments(self) -> list[Finding]:
        playlist = self.playlist
        there = playlist.present()
        if not there:
            if playlist.parts:
                return await self._part(playlist.parts[-1])
            gaps = {"gaps": len(playlist.gaps)} if playlist.gaps else {}
            return [Finding("no-segments", {**gaps, "notes": [str(note) for note in playlist.notes]}, self.url)]
        for index in spread(self._lasting(there), self.samples):
            segment = playlist.segment(index)
            if index in playlist.ranges and segment.piece.slice is None:
                return [Finding("bad-playlist", {"flaw": "range", "line": segment.piece.line}, self.url)]
            found = await self._segment(segment)
            if found:
                return found
        return await self._part(playlist.parts[-1]) if playlist.parts and self.samples > 2 else []

    def _lasting(self, there: list[int]) -> list[int]:
        """Without those that may be gone the next moment: what is oldest in a live window."""
        passing = not self.playlist.ended and self.playlist.kind is None and len(there) > 2
        return there[max(1, len(there) // 4) :] if passing else there

    async def _segment(self, segment: Segment) -> list[Finding]:
        sealed = any(key.method == "AES-128" for key in segment.keys)
        found: list[Finding] = []
        for key in segment.keys:
            if key.format == "identity" and key.method != "NONE" and not (key.uri or "").startswith("data:"):
                found += await self._key(Piece(key.uri or "", key.line))
        if segment.start:
            found += await self._start(segment.start, sealed=sealed)
        if found:
            return found
        part = await self.stream.part(segment.piece, self.url)
        if isinstance(part, Finding):
            return [part]
        wrong = media(part, line=segment.piece.line, sealed=sealed, text=self.text, started=segment.start is not None)
        if wrong and wrong.reason == "segment-short" and self.playlist.iframes:
            wrong = None  # a picture is the beginning of a fragment
        if wrong is None and not sealed and not self.text and (segment.start is None or form(part.body) == "ts"):
            wrong = self._codecs(part)
        return [wrong] if wrong else []

    async def _part(self, piece: Piece) -> list[Finding]:
        """A partial segment; one that is gone by now has become part of a whole one."""
        part = await self.stream.part(piece, self.url, "part")
        if isinstance(part, Finding):
            return [part] if part.reason in ("mixed-content", "cors", "address-refused") else []
        return []

    async def _key(self, piece: Piece) -> list[Finding]:
        part = await self.stream.part(piece, self.url, "key", head=64)
        if isinstance(part, Finding):
            return [part]
        wrong = len(part.body) != 16 or (part.size is not None and part.size != 16)
        return [Finding("key-missing", {"line": piece.line, **evidence(part.answer)}, part.url)] if wrong else []

    async def _start(self, piece: Piece, *, sealed: bool) -> list[Finding]:
        part = await self.stream.part(piece, self.url, "init", head=START)
        if isinstance(part, Finding):
            return [part]
        wrong = media(part, line=piece.line, sealed=sealed, text=self.text)
        if wrong and wrong.reason == "segment-short":
            wrong = Finding("segment-missing", wrong.evidence, wrong.where)  # half of it is as good as none
        if wrong is None and not sealed and not self.text:
            wrong = self._codecs(part)
        return [wrong] if wrong else []

    def _codecs(self, part: Part) -> Finding | None:
        there = inside(part)
        self.families |= {family(codec) for codec in there}
        return codecs(self.said, there, part.url, self.elsewhere)

    @property
    def edge(self) -> Edge:
        return _edge(self.playlist, self.at)

    async def _progress(self) -> list[Finding]:
        playlist = self.playlist
        if playlist.kind == "VOD":
            return [Finding("live-stopped", {"missing": "EXT-X-ENDLIST"}, self.url)]
        target, headers = playlist.target or 1.0, self.answer.headers
        old = live.age(playlist.newest, headers, self.at)
        motion = live.compare(self.before, self.edge, target)
        if not live.settled(old, target, motion):
            motion = await self._again(target)
        found = live.judge(old, target, headers, motion, self.url)
        return [found] if found else []

    async def _again(self, target: float) -> str | None:
        """What has happened after a while; None where there is no time to wait for it."""
        passed = (datetime.now(UTC) - self.at).total_seconds()
        left = self.stream.ask.seconds
        once = self.stream.subject.target.once
        seconds = live.wait(target, max(left + passed, live.longest(target) if once else 0.0))
        if seconds is None or not self.stream.ask.left:
            return None
        await asyncio.sleep(max(0.0, seconds - passed))
        if once:
            self.stream.ask.deadline += max(0.0, _GRACE - self.stream.ask.seconds)
        try:
            answer = await self.stream.get(self.url, cap=MOST_BYTES, again=True)
        except Failure:
            return None
        found = hls.parse(decoded(answer, MOST_BYTES)[0], url=self.url) if not lost(answer) else None
        if not isinstance(found, Playlist):
            return None
        return "moved" if found.ended else live.compare(self.edge, _edge(found, datetime.now(UTC)), target)


def _edge(playlist: Playlist, at: datetime) -> Edge:
    last = playlist.segment(len(playlist) - 1).piece.uri[-200:] if len(playlist) else ""
    return Edge(playlist.sequence, last, len(playlist) + len(playlist.parts), at)


def spread(indices: Sequence[int], many: int) -> list[int]:
    """Of many indices the first, the last, and those between: as many as wanted, each once."""
    places = {1: (-1,), 2: (0, -1)}.get(many, (0, -1, len(indices) // 2)) if many else ()
    return list(dict.fromkeys(indices[place] for place in places))


async def open_rendition(stream: Stream, url: str, **options: Any) -> Rendition | Finding:
    """Fetches a media playlist. `options`: fields of `Rendition`; `variables` of the multivariant playlist."""
    variables = options.pop("variables", None)
    try:
        answer = await stream.get(url, cap=MOST_BYTES)
    except Failure as failed:
        stream.clipped |= failed.code == "budget"
        return Finding(failed.code, {"part": "playlist", "detail": failed.detail}, url)
    seen = {"part": "playlist", **evidence(answer)}
    problem = _refused(answer)
    if problem:
        return Finding(problem, seen, url)
    if not allows(answer, stream.ask.origin):
        return Finding("cors", seen, url)
    body = decoded(answer, MOST_BYTES)[0]
    found = hls.parse(body, url=answer.url, variables=variables)
    if isinstance(found, Flaw):
        page = form(body[:HTML])
        if found.word == "signature" and page == "html":
            return Finding("html", seen, url)
        return Finding("bad-playlist", {**seen, "flaw": str(found), "line": found.line}, url)
    if not isinstance(found, Playlist):
        return Finding("bad-playlist", {**seen, "flaw": "a multivariant playlist inside another"}, url)
    if answer.ended == "capped":
        stream.clipped = found.ended = True  # its end is not known
    return Rendition(stream, answer.url, found, answer, **options)


HTML = 1024
_STATUSES = {401: "forbidden", 403: "forbidden", 404: "not-found", 410: "gone", 429: "rate-limited", 451: "legal"}


def _refused(answer: Fetched) -> str | None:
    if answer.status in (200, 206):
        ended = {"broken": "reset", "stalled": "timeout"}.get(answer.ended)
        return ended or (None if answer.body else "empty")
    if expired(answer):
        return "expired-signature"
    return _STATUSES.get(answer.status, "server-error" if answer.status >= 500 else "http-status")
