"""HLS: a multivariant playlist with everything it names, or a media playlist alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from player.probe import hls
from player.probe.ask import Ask, Subject, allows
from player.probe.contents import lasts
from player.probe.fetch import Failure
from player.probe.findings import Finding, Inspection
from player.probe.hls_media import Playlist
from player.probe.hls_rendition import Rendition, open_rendition
from player.probe.live import Edge
from player.probe.playlist import MOST_BYTES, MOST_LINE, Flaw
from player.probe.reasons import State
from player.probe.samples import family
from player.probe.steering import steering
from player.probe.stream import Stream, dead, evidence, told

_TEXT = re.compile(r"\.(?:web)?vtt(?:\?|$)", re.IGNORECASE)
_FEW = 6  # renditions that are looked at thoroughly
_MASTER = 262_144
_LIGHT_CANNOT = {"hevc", "ac3", "eac3"}  # in transport streams, which small engines do not repack


@dataclass(slots=True)
class Job:
    """An address that one or several renditions of a multivariant playlist name, and what was found there."""

    rendition: hls.Rendition
    url: str
    findings: list[Finding] = field(default_factory=list)
    opened: Rendition | None = None

    @property
    def dead(self) -> bool:
        return dead(self.findings)


async def inspect(subject: Subject, ask: Ask) -> Inspection:
    cap = _cap(subject.body)
    data = await ask.whole(subject, cap)
    found = hls.parse(data, url=subject.url)
    if isinstance(found, Flaw):
        return Inspection((Finding("bad-playlist", {"flaw": str(found), "line": found.line}, subject.url),))
    stream = Stream(subject, ask, clipped=len(data) == cap)
    own = () if allows(subject.answer, ask.origin) else (Finding("cors", evidence(subject.answer), subject.url),)
    if isinstance(found, Playlist):
        found.ended = found.ended or stream.clipped  # its end is not known
        before = Edge.read(subject.target.before.get("edge")) if subject.target.before else None
        text = len(found) > 0 and bool(_TEXT.search(found.segment(0).piece.uri))
        rendition = Rendition(stream, subject.url, found, subject.answer, text=text, before=before)
        findings = [*own, *await rendition.look(), *_length(rendition, stream)]
        return Inspection(told(findings), _facts(rendition, stream))
    return await _Multivariant(stream, found).inspect(own)


def _cap(head: bytes) -> int:
    """How much of a playlist is read: hours of segments are long, but neither a line nor a list of renditions is."""
    if len(head) > MOST_LINE // 8 and b"\n" not in head[1024:]:
        return 2 * MOST_LINE
    return _MASTER if b"#EXT-X-STREAM-INF" in head or b"#EXT-X-MEDIA:" in head else MOST_BYTES


def _length(rendition: Rendition, stream: Stream) -> list[Finding]:
    """Against what the catalogue says."""
    wanted, playlist = stream.subject.target.duration, rendition.playlist
    if not wanted or not playlist.ended or stream.clipped or not len(playlist) or lasts(playlist.seconds, wanted):
        return []
    return [Finding("wrong-duration", {"duration": round(playlist.seconds, 3), "catalogue": wanted}, rendition.url)]


def _facts(rendition: Rendition | None, stream: Stream) -> dict[str, Any]:
    if rendition is None:
        return {"clipped": True} if stream.clipped else {}
    playlist = rendition.playlist
    facts: dict[str, Any] = {"segments": len(playlist), "live": not playlist.ended}
    if playlist.ended:
        facts["duration"] = round(playlist.seconds, 3)
    else:
        facts["edge"] = rendition.edge.to_json()
    if playlist.discontinuities:
        facts["discontinuities"] = playlist.discontinuities
    if playlist.gaps:
        facts["gaps"] = len(playlist.gaps)
    if playlist.low_latency:
        facts["low_latency"] = True
    if playlist.notes:
        facts["notes"] = [str(note) for note in playlist.notes[:5]]
    if stream.clipped:
        facts["clipped"] = True
    return facts


@dataclass(slots=True)
class _Multivariant:
    stream: Stream
    master: hls.Master
    jobs: list[Job] = field(default_factory=list)
    found: list[Finding] = field(default_factory=list)

    async def inspect(self, own: Sequence[Finding]) -> Inspection:
        subject = self.stream.subject
        for rendition in self.master.renditions:
            self._add(rendition)
        if not any(job.rendition.kind == "variant" for job in self.jobs):
            notes = [str(note) for note in self.master.notes]
            return Inspection((*own, *self.found, Finding("no-segments", {"notes": notes}, subject.url)))
        left = self.stream.ask.left
        if len(self.jobs) > left:
            self.stream.clipped, self.jobs = True, self.jobs[:left]
        # The more renditions, the fewer segments of each; what one lacks, the next probe may find.
        most = 3 if len(self.jobs) <= _FEW else 2 if len(self.jobs) <= 2 * _FEW else 1
        many = next((n for n in range(most, 0, -1) if len(self.jobs) * (n + 2) <= left), 0)
        await asyncio.gather(*(self._work(job, many) for job in self.jobs), self._steering())
        first = next((job.opened for job in self.jobs if job.opened and job.rendition.kind == "variant"), None)
        facts = {"renditions": len(self.jobs), **_facts(first, self.stream)}
        if needs := self._needs():
            facts["needs"] = needs
        return Inspection(told([*own, *self._judged(), *(_length(first, self.stream) if first else ())]), facts)

    def _add(self, rendition: hls.Rendition) -> None:
        """Variants often share an address; what is wrong with the address itself is found here."""
        if rendition.uri is None:
            return
        here = self.stream.subject.url
        try:
            url = self.stream.address(rendition.uri, here)
        except Failure as failed:
            job = Job(rendition, rendition.uri[:500])
            job.findings.append(Finding(failed.code, {"line": rendition.line, "detail": failed.detail}, here))
            self.jobs.append(job)
            return
        if url == here:
            job = Job(rendition, url)
            job.findings.append(Finding("bad-playlist", {"flaw": "names itself", "line": rendition.line}, here))
            self.jobs.append(job)
        elif not any(job.url == url for job in self.jobs):
            self.jobs.append(Job(rendition, url))

    async def _work(self, job: Job, many: int) -> None:
        if job.findings:
            return
        one = job.rendition
        before = self.stream.subject.target.before
        opened = await open_rendition(
            self.stream,
            job.url,
            variables=self.master.variables,
            said=self._said(one),
            elsewhere=self._elsewhere(one),
            text=one.kind == "subtitles",
            samples=min(many, 1) if one.kind in ("iframes", "subtitles") else many,
            before=Edge.read(before.get("edge")) if before and job is self.jobs[0] else None,
        )
        if isinstance(opened, Finding):
            job.findings.append(opened)
            return
        job.opened = opened
        job.findings += await opened.look()

    def _said(self, one: hls.Rendition) -> str | None:
        """CODECS; an alternative's stand with the variants that use its group."""
        if one.kind != "audio":
            return one.codecs if one.kind == "variant" else None
        users = [variant.codecs for variant in self.master.renditions if variant.groups.get("audio") == one.group]
        return ",".join(filter(None, users)) if users and all(users) else None

    def _elsewhere(self, one: hls.Rendition) -> frozenset[str]:
        if one.kind == "audio":
            return frozenset({"video", "audio"})
        with_uri = {(other.kind, other.group) for other in self.master.renditions if other.uri is not None}
        return frozenset(kind for kind, group in one.groups.items() if (kind, group) in with_uri)

    async def _steering(self) -> None:
        if self.master.steering is None:
            return
        finding = await steering(self.stream, *self.master.steering)
        self.found += [finding] if finding else []

    def _judged(self) -> list[Finding]:
        """One dead rendition leaves a stream that plays; without any variant that plays, it does not."""
        silent = self._dead_groups()
        variants = [job for job in self.jobs if job.rendition.kind == "variant"]
        lost_variants = [job for job in variants if job.dead or job.rendition.groups.get("audio") in silent]
        # A ladder for some browsers beside one for all is no fault.
        limited = all(any(one.reason == "limited-codec" for one in job.findings) for job in variants)
        found = list(self.found)
        if len(lost_variants) == len(variants):
            for job in self.jobs:
                if job.dead and job.rendition.kind in ("variant", "audio"):
                    found += job.findings
            return found
        for one, kind, group in self.master.lost_groups():
            if kind != "captions":
                found.append(Finding("rendition-dead", {"line": one.line, "group": group, "kind": kind}, one.uri))
        sure = self._plays_surely(variants)
        for job in self.jobs:
            fatal = next((one for one in job.findings if dead([one]) or (sure and _withheld(one))), None)
            if not limited:
                job.findings = [one for one in job.findings if one.reason != "limited-codec"]
            if fatal is None:
                found += job.findings
                continue
            one = job.rendition
            facts = {"rendition": one.kind, "name": one.name, "line": one.line, "cause": fatal.to_json()}
            found.append(Finding("rendition-dead", {key: value for key, value in facts.items() if value}, job.url))
        return found

    def _plays_surely(self, variants: Sequence[Job]) -> bool:
        """Whether one variant is sound, and its sound too; then what is withheld is no more than a lesser way."""
        shaky = {job.rendition.group for job in self.jobs if job.rendition.kind == "audio"} - {
            job.rendition.group for job in self.jobs if job.rendition.kind == "audio" and not _doubted(job)
        }
        return any(not _doubted(job) and job.rendition.groups.get("audio") not in shaky for job in variants)

    def _dead_groups(self) -> set[str | None]:
        """Audio groups of which nothing plays."""
        groups: dict[str | None, list[Job]] = {}
        for job in self.jobs:
            if job.rendition.kind == "audio":
                groups.setdefault(job.rendition.group, []).append(job)
        muxed = {one.group for one in self.master.renditions if one.kind == "audio" and one.uri is None}
        return {group for group, jobs in groups.items() if group not in muxed and all(job.dead for job in jobs)}

    def _needs(self) -> list[str]:
        """What an engine must be able to do."""
        kinds = {job.rendition.kind for job in self.jobs}
        heavy: set[str] = set()
        for job in self.jobs:
            if job.opened and not job.opened.playlist.maps:
                heavy |= job.opened.families | {family(codec) for codec in (job.rendition.codecs or "").split(",")}
        needs = [word for word, kind in (("audio", "audio"), ("text", "subtitles")) if kind in kinds]
        return [*needs, "video-codecs"] if heavy & _LIGHT_CANNOT else needs


def _withheld(finding: Finding) -> bool:
    """Whether a part was refused to us, perhaps to us alone."""
    return finding.state is State.UNKNOWN and finding.reason not in ("budget", "probe-failed")


def _doubted(job: Job) -> bool:
    return job.dead or any(map(_withheld, job.findings))
