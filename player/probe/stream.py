"""The parts of a stream as a player would fetch them: each address once, few at a time, judged one by one.

What is wrong with a part is a `Finding`; so is what the prober may not look at. Nothing here knows HLS or DASH.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from yarl import URL

from player.probe import mp4, tracks
from player.probe.ask import Ask, Subject, allows, decoded
from player.probe.codecs import Fate, fate
from player.probe.fetch import Failure, Fetched
from player.probe.findings import Finding
from player.probe.look import Pieces
from player.probe.playlist import Piece
from player.probe.reasons import REASONS, State
from player.probe.samples import differ, of_ts, packed
from player.probe.signature import expiry
from player.probe.sniff import sniff
from player.probe.url import BadUrl, parse

HEAD = 4096  # bytes that tell what a segment is
START = 16_384  # of an initialisation segment, which is needed whole
REQUESTS = 100  # for one stream: a ladder of a dozen renditions needs as many
_AT_ONCE = 4  # requests under way for one stream
_REFUSALS = {401: "forbidden", 403: "forbidden", 429: "rate-limited", 451: "legal"}
# Words of `sniff` that are no media, whatever a segment may be called.
_PAGES = {"html", "xml", "json", "text", "svg", "png", "jpeg", "gif", "webp", "pdf", "zip", "hls", "dash"}
_FRAGMENTS = (b"styp", b"moof", b"sidx", b"emsg", b"prft", b"ftyp", b"free", b"skip", b"mdat", b"uuid", b"moov")
_AUDIO = ("id3", "mp3", "mp2", "aac")


@dataclass(frozen=True, slots=True)
class Part:
    """What came of a piece: its first bytes, the size of the whole piece where the server tells it."""

    url: str
    body: bytes
    size: int | None
    answer: Fetched


@dataclass(slots=True)
class Stream:
    """One probe's view of a stream. `subject`: the playlist or manifest that the probe began with."""

    subject: Subject
    ask: Ask
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    asked: dict[tuple[str, int, int | None], asyncio.Future[Fetched]] = field(default_factory=dict)
    clipped: bool = False  # there was more to look at than a probe may
    patience: float = 0.0  # seconds that an answer must have been waited for before it is late

    def __post_init__(self) -> None:
        self.ask.most_requests = max(self.ask.most_requests, REQUESTS)
        # Many requests may use up the time of a probe; the one that comes last is not to blame for that.
        self.patience = self.ask.seconds / 2

    def address(self, uri: str, base: str) -> str:
        """The absolute address; raises `Failure`: bad-url, or mixed-content."""
        try:
            url = parse(uri, URL(base, encoded=True))
        except BadUrl as error:
            raise Failure("bad-url", f"{error}: {uri[:200]}") from error
        page = self.subject.target.page or self.subject.url
        if url.scheme == "http" and page.startswith("https:"):
            raise Failure("mixed-content", str(url)[:500])
        return str(url)

    async def get(
        self, url: str, *, first: int = 0, length: int | None = None, cap: int, again: bool = False
    ) -> Fetched:
        """One GET, shared by all who ask for the same. Raises `Failure`."""
        key = (url, first, length)
        known = None if again else self.asked.get(key)
        if known is None:
            known = self.asked[key] = asyncio.ensure_future(self._get(url, first, length, cap))
            known.add_done_callback(_heard)
        return await known

    async def _get(self, url: str, first: int, length: int | None, cap: int) -> Fetched:
        async with self.places:
            hasty = self.ask.seconds < self.patience
            try:
                answer = await self.ask(url, first=first, length=length, cap=cap)
                if answer.status == 416 and not first and length is not None:
                    # Some servers refuse a range that reaches past the end of a small file.
                    answer = await self.ask(url, length=None, cap=cap)
            except Failure as failed:
                raise (Failure("budget", url) if hasty and failed.code == "timeout" else failed) from failed
            if hasty and answer.ended == "stalled":
                raise Failure("budget", url)
            return answer

    async def part(self, piece: Piece, base: str, what: str = "segment", head: int = HEAD) -> Part | Finding:
        """The beginning of a piece, or what is wrong with it. `what`: segment, init or key, for the evidence."""
        where, seen = piece.uri[:500], {"part": what, **({"line": piece.line} if piece.line else {})}
        cut = piece.slice
        first = cut.first if cut else 0
        length = head if cut is None or cut.length is None else min(head, cut.length)
        try:
            url = where = self.address(piece.uri, base)
            answer = await self.get(url, first=first, length=length, cap=length)
        except Failure as failed:
            return self.failed(failed, where, seen, missing=f"{'key' if what == 'key' else 'segment'}-missing")
        problem = lost(answer) or broken_off(answer)
        if problem is None and first and (answer.status != 206 or not answer.range or answer.range[0] != first):
            problem = "wrong-range"
        if problem is None and not allows(answer, self.ask.origin):
            problem = "cors"
        body, coded = decoded(answer, head)
        total = None if coded else answer.range[2] if answer.range else answer.length
        size = None if total is None else max(0, total - first)
        if cut and cut.length is not None:
            if problem is None and size is not None and size < cut.length:
                problem = "segment-short"
            size = cut.length
        if problem:
            code = ("key-missing" if what == "key" else "segment-missing") if problem == "missing" else problem
            return Finding(code, {**seen, **evidence(answer)}, where)
        return Part(url, body, size, answer)

    def failed(self, failed: Failure, where: str, seen: dict[str, Any], *, missing: str) -> Finding:
        """A part that did not come. What is dead is `missing`; where nothing is known, that is said."""
        if failed.code == "budget":
            self.clipped = True
        kept = REASONS[failed.code].state is State.UNKNOWN or failed.code in ("mixed-content", "bad-url")
        code = failed.code if kept else missing
        return Finding(code, {**seen, "cause": failed.code, "detail": failed.detail}, where)


def _heard(done: asyncio.Future[Fetched]) -> None:
    """An error that nobody waited for, since another part had decided already, is no news."""
    if not done.cancelled():
        done.exception()


def lost(answer: Fetched) -> str | None:
    """What an answer's status says against it: "missing", or a reason code where only we may be refused."""
    if answer.status in (200, 206):
        return None if answer.body else "missing"
    return "expired-signature" if expired(answer) else _REFUSALS.get(answer.status, "missing")


def expired(answer: Fetched) -> bool:
    """Whether a refused address says itself that its time is over."""
    until = expiry(answer.url) if answer.status in (400, 401, 403, 410) else None
    return until is not None and until < datetime.now(UTC)


def broken_off(answer: Fetched) -> str | None:
    return "missing" if answer.ended in ("broken", "stalled") else None


def evidence(answer: Fetched) -> dict[str, Any]:
    facts = {
        "status": answer.status_line,
        "head": answer.body[:16].hex(),
        "content_type": answer.headers.get("content-type"),
        "content_range": answer.headers.get("content-range"),
        "ended": answer.ended if answer.ended not in ("complete", "capped") else None,
    }
    return {name: value for name, value in facts.items() if value}


def form(body: bytes) -> str:
    """What a segment is: ts, fmp4, audio, vtt, another word of `sniff`, or "unknown"."""
    if body[4:8] in _FRAGMENTS:
        return "fmp4"
    if body[:1] == b"\x47" and all(body[at] == 0x47 for at in range(188, min(len(body), 1000), 188)):
        return "ts"
    if body.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT"):
        return "vtt"
    code = sniff(body)
    return "audio" if code in _AUDIO or body[:2] in (b"\x0b\x77", b"\xac\x40") else code


def media(
    part: Part, *, line: int = 0, sealed: bool = False, text: bool = False, started: bool = False
) -> Finding | None:
    """What is wrong with a segment's bytes. `sealed`: encrypted as a whole; `text`: captions; `started`: an
    initialisation segment has gone before."""
    seen = {"part": "segment", **({"line": line} if line else {}), **evidence(part.answer)}
    if sealed:
        if form(part.body) in ("html", "xml", "json", "png", "jpeg"):
            return Finding("segment-missing", seen, part.url)
        short = part.size is not None and part.size % 16 != 0
        return Finding("segment-short", {**seen, "size": part.size}, part.url) if short else None
    kind = form(part.body)
    if text:
        well = kind in ("vtt", "fmp4") or b"<tt" in part.body[:1000]
        return None if well else Finding("segment-missing", seen, part.url)
    if kind in _PAGES or kind in ("vtt", "empty", "unknown", "gzip"):
        return Finding("segment-missing", {**seen, "container": kind}, part.url)
    if kind == "fmp4":
        if not started and b"moov" not in part.body:
            return Finding("segment-missing", {**seen, "missing": "moov"}, part.url)
        promised = _promised(part)
        if promised is not None:
            return Finding("segment-short", {**seen, "size": part.size, "promised": promised}, part.url)
    if kind == "ts" and part.size is not None and part.size % 188:
        return Finding("segment-short", {**seen, "size": part.size}, part.url)
    return None


def _promised(part: Part) -> int | None:
    """How far the boxes of a fragment reach, where that is farther than the fragment does."""
    if part.size is None:
        return None
    pieces = Pieces(size=part.size)
    pieces.add(0, part.body)
    promised = mp4.look(pieces).promised
    return promised if promised is not None and promised > part.size else None


def codecs(said: str | None, found: Sequence[str], url: str, elsewhere: frozenset[str]) -> Finding | None:
    """CODECS against what is there; and codecs that not every browser has, or none."""
    poor = {codec: fate(codec) for codec in found}
    nowhere = [codec for codec, how in poor.items() if how is Fate.NONE]
    if nowhere:
        return Finding("unsupported", {"codecs": list(found), "codec": nowhere[0]}, url)
    other = differ(said, found, elsewhere=elsewhere) if said else None
    if other is not None:
        return Finding("codec-mismatch", {"said": said, "found": list(found), "codec": other}, url)
    some = [codec for codec, how in poor.items() if how is Fate.SOME]
    return Finding("limited-codec", {"codecs": some}, url) if some else None


def inside(part: Part) -> tuple[str, ...]:
    """The codecs of the tracks that a part names."""
    kind = form(part.body)
    return tracks.codecs(part.body) if kind == "fmp4" else packed(part.body) if kind == "audio" else of_ts(part.body)


def told(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Without what was not looked at for want of time or requests: it says nothing about the stream."""
    return tuple(one for one in findings if one.reason != "budget")


def dead(findings: Sequence[Finding]) -> bool:
    return any(finding.state is State.UNAVAILABLE for finding in findings)
