"""DASH: every representation of a manifest, by a few of its segments, and the live edge."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from player.probe import dash, live, timed_text
from player.probe.ask import Ask, Subject, allows
from player.probe.dash import Manifest, Period, Track
from player.probe.dash_clock import clock
from player.probe.findings import Finding, Inspection
from player.probe.hls_rendition import spread
from player.probe.playlist import Flaw, Piece, Slice
from player.probe.reasons import State
from player.probe.steering import steering
from player.probe.stream import START, Part, Stream, codecs, dead, evidence, form, inside, media, told

_CAP = 2 << 20  # bytes of a manifest
_MOST_PERIODS = 6
_FEW = 6  # representations that are looked at thoroughly
_MOST_BASES = 3
_KINDS = ("video", "audio")  # without which nothing plays
_LATE = 2  # segments behind the newest one: servers' clocks and ours are not the same


@dataclass(slots=True)
class Job:
    track: Track
    period: Period
    samples: int
    findings: list[Finding] = field(default_factory=list)

    @property
    def dead(self) -> bool:
        return dead(self.findings)


async def inspect(subject: Subject, ask: Ask) -> Inspection:
    data = await ask.whole(subject, _CAP)
    found = dash.parse(data, url=subject.url, now=datetime.now(UTC))
    if isinstance(found, Flaw):
        return Inspection((Finding("bad-playlist", {"flaw": str(found), "line": found.line}, subject.url),))
    stream = Stream(subject, ask)
    findings = [] if allows(subject.answer, ask.origin) else [Finding("cors", evidence(subject.answer), subject.url)]
    now = await clock(found.timing, stream) if found.dynamic else datetime.now(UTC)
    if (begins := found.begins) is not None and begins > now:
        findings.append(Finding("not-started", {"starts_at": begins.isoformat()}, subject.url))
        return Inspection(tuple(findings), {"live": True})
    jobs, wrong = await _examine(data, stream, now, found.bases)
    findings += wrong
    if found.steering and (unsteered := await steering(stream, found.steering)):
        findings.append(unsteered)
    late = _late(found, subject, now)
    if late and not dead(findings):
        findings.append(late)
    facts: dict[str, Any] = {
        "live": found.dynamic,
        "renditions": sum(len(period.tracks) for period in found.periods),
        "periods": len(found.periods) if len(found.periods) > 1 else None,
        "duration": round(found.seconds, 3) if found.seconds is not None and not found.dynamic else None,
        "clipped": stream.clipped or len(jobs) < sum(len(one.tracks) for one in _periods(found, now)) or None,
        "notes": [str(note) for note in found.notes[:5]] or None,
    }
    return Inspection(told(findings), {name: value for name, value in facts.items() if value is not None})


async def _examine(data: bytes, stream: Stream, now: datetime, bases: int) -> tuple[list[Job], list[Finding]]:
    """What is wrong with the representations, by the first BaseURL under which they play; players try one after
    the other too."""
    first: tuple[list[Job], list[Finding]] | None = None
    for choice in range(min(bases, _MOST_BASES)):
        found = dash.parse(data, url=stream.subject.url, now=now, choice=choice)
        assert isinstance(found, Manifest)  # it was before
        jobs = _jobs(found, now, stream.ask.left)
        await asyncio.gather(*(_work(job, found, stream, now) for job in jobs))
        wrong = _judged(jobs)
        useless = next((one for one in wrong if one.state in (State.UNAVAILABLE, State.UNKNOWN)), None)
        if useless is None:
            if first is not None:
                cause = next(one for one in first[1] if one.state in (State.UNAVAILABLE, State.UNKNOWN))
                wrong.insert(0, Finding("rendition-dead", {"base": 1, "cause": cause.to_json()}, cause.where))
            return jobs, wrong
        first = first or (jobs, wrong)
    assert first
    return first


def _periods(found: Manifest, now: datetime) -> Sequence[Period]:
    """Of a film all, as far as a probe goes; of a live stream the one that is on."""
    return [found.current(now)] if found.dynamic else found.periods


def _jobs(found: Manifest, now: datetime, left: int) -> list[Job]:
    """Every representation of the first period; of the others one of each kind, for they come from one workshop."""
    jobs: list[Job] = []
    periods = _periods(found, now)
    for place in spread(range(len(periods)), 3) if len(periods) > _MOST_PERIODS else range(len(periods)):
        seen: set[str] = set()
        for track in periods[place].tracks:
            if place == 0 or track.kind not in seen:
                jobs.append(Job(track, periods[place], 3 if place == 0 else 1))
                seen.add(track.kind)
    jobs = jobs[:left]
    most = 3 if len(jobs) <= _FEW else 2 if len(jobs) <= 2 * _FEW else 1
    many = next((n for n in range(most, 0, -1) if len(jobs) * (n + 1) <= left), 1)
    for job in jobs:
        job.samples = min(job.samples, many)
    return jobs


async def _work(job: Job, found: Manifest, stream: Stream, now: datetime) -> None:
    track = job.track
    started = False
    if track.segments is None:
        job.findings += await _file(track, stream)
        return
    if track.start:
        part = await stream.part(track.start, stream.subject.url, "init", head=START)
        job.findings += _checked(part, track, started=False)
        started = True
    if job.findings:
        return
    indices = _indices(job, found, now)
    if not indices:
        job.findings.append(Finding("no-segments", {"representation": track.id}, stream.subject.url))
    for index in indices:
        part = await stream.part(track.segments.at(index), stream.subject.url)
        wrong = _checked(part, track, started=started)
        if wrong:
            job.findings += wrong
            return


def _checked(part: Part | Finding, track: Track, *, started: bool) -> list[Finding]:
    if isinstance(part, Finding):
        return [part]
    if form(part.body) in ("webm", "matroska"):  # of which this prober reads no tracks
        return []
    webm = track.mime.endswith("/webm")  # clusters have no magic of their own
    text = track.kind == "text"
    image = track.kind == "image"
    if (webm and started) or (image and form(part.body) in ("png", "jpeg", "webp", "avif")):
        return []
    wrong = media(part, text=text, started=started or text)
    if wrong is None and not started and not text and track.segments is not None:
        wrong = codecs(track.codecs, inside(part), part.url, frozenset())
    return [wrong] if wrong else []


async def _file(track: Track, stream: Stream) -> list[Finding]:
    """A representation that is one file: its beginning, with the index where it stands there."""
    piece = Piece(track.base)
    part = await stream.part(piece, stream.subject.url, "file")
    if isinstance(part, Finding):
        return [part]
    if track.kind == "text":
        text = timed_text.read(part.body)
        well = text.count or form(part.body) == "fmp4"
        return [] if well else [Finding("segment-missing", {"part": "file", **evidence(part.answer)}, part.url)]
    if form(part.body) in ("webm", "matroska"):
        return []
    if part.answer.status == 200 and (part.size is None or part.size > len(part.body)):
        return [Finding("wrong-range", {"part": "file", **evidence(part.answer)}, part.url)]
    if part.size is not None and not _holds(track.index, part.size):
        return [Finding("segment-missing", {"part": "index", **evidence(part.answer)}, part.url)]
    wrong = media(part) or codecs(track.codecs, inside(part), part.url, frozenset())
    return [wrong] if wrong else []


def _holds(index: Slice | None, size: int) -> bool:
    return index is None or index.end is None or index.end <= size


def _indices(job: Job, found: Manifest, now: datetime) -> list[int]:
    """The segments to look at: of a film first, last and middle; of a live stream where a player would start,
    and the newest that is surely there."""
    segments = job.track.segments
    if segments is None:
        return []
    if not found.dynamic or found.available is None:
        if segments.count is not None:
            return spread(range(segments.count), job.samples)
        return [0]
    here = (now - found.available).total_seconds() - job.period.start
    ended = segments.before(here)
    listed = segments.count is not None
    newest = ended - 1 if listed else ended - 1 - _LATE
    oldest = max(0, segments.before(here - found.depth) + 1) if found.depth is not None else 0
    if newest < 0:
        return [0] if ended else []
    usual = found.delay if found.delay is not None else 4 * segments.longest
    start = min(newest, max(oldest, segments.before(here - usual) - 1, 0))
    return list(dict.fromkeys([newest, start]))


def _judged(jobs: Sequence[Job]) -> list[Finding]:
    """A kind that the stream needs and of which nothing plays is its end; anything less is a lesser way to play."""
    found: list[Finding] = []
    periods = {id(job.period) for job in jobs}
    for period in periods:
        for kind in {job.track.kind: None for job in jobs if id(job.period) == period}:
            some = [job for job in jobs if id(job.period) == period and job.track.kind == kind]
            fatal = kind in _KINDS and all(job.dead for job in some)
            for job in some:
                if fatal or not job.dead:
                    found += job.findings
                    continue
                cause = next(one for one in job.findings if dead([one]))
                facts = {"rendition": job.track.kind, "representation": job.track.id, "cause": cause.to_json()}
                found.append(Finding("rendition-dead", facts, cause.where))
    return found


def _late(found: Manifest, subject: Subject, now: datetime) -> Finding | None:
    """Whether a timeline ends too long ago."""
    newest = found.newest() if found.dynamic else None
    if newest is None:
        return None
    longest = max((track.segments.longest for track in found.periods[-1].tracks if track.segments), default=1.0)
    target = max(longest, found.update or 0.0)
    headers = subject.answer.headers
    return live.judge(live.age(newest, headers, now), target, headers, None, subject.url)
