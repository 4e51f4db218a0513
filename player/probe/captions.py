"""Captions, subtitles, chapters and thumbnail tracks: timed text that a browser reads, with something in it."""

from __future__ import annotations

import re

from player.probe.ask import Ask, Subject, allows
from player.probe.fetch import Failure
from player.probe.findings import Finding, Inspection
from player.probe.sniff import sniff
from player.probe.stream import Stream, evidence, lost
from player.probe.timed_text import TimedText, read

_CAP = 1 << 20
_PICTURE = re.compile(r"\s*(\S{1,2000}\.(?:jpe?g|png|webp|avif|gif))(?:\?\S*)?(?:#xywh=\S*)?\s*", re.IGNORECASE)
_PICTURES = ("jpeg", "png", "webp", "avif", "gif", "svg")


async def inspect(subject: Subject, ask: Ask) -> Inspection:
    text = read(subject.body)
    if text.format == "other":
        seen = {"container": sniff(subject.body), **evidence(subject.answer)}
        return Inspection((Finding("bad-captions", seen, subject.url),))
    if text.format == "srt":
        return Inspection((Finding("bad-captions", {"format": "srt"}, subject.url),), {"format": "srt"})
    if not text.count and not subject.complete:
        text = read(await ask.whole(subject, _CAP))  # a long header, or long notes
    facts = {"format": text.format, "cues": text.count}
    findings = [] if allows(subject.answer, ask.origin) else [Finding("cors", evidence(subject.answer), subject.url)]
    if not text.count:
        findings.append(_without_cues(text, subject))
    else:
        findings += await _pictures(text, subject, ask)
    return Inspection(tuple(findings), facts)


def _without_cues(text: TimedText, subject: Subject) -> Finding:
    if text.bad:
        return Finding("bad-captions", {"format": text.format, "line": text.bad}, f"{subject.url}#L{text.bad}")
    return Finding("no-cues", {"format": text.format}, subject.url)


async def _pictures(text: TimedText, subject: Subject, ask: Ask) -> list[Finding]:
    """Of a thumbnail track the first picture: each cue is the address of one."""
    cue = text.cues[0] if text.format == "vtt" else None
    found = _PICTURE.fullmatch(cue.text) if cue else None
    if cue is None or found is None:
        return []
    stream = Stream(subject, ask)
    seen = {"part": "picture", "line": cue.line + 1}
    uri = cue.text.strip().partition("#")[0]
    try:
        url = stream.address(uri, subject.url)
        answer = await stream.get(url, length=64, cap=64)
    except Failure as failed:
        return [stream.failed(failed, uri, seen, missing="segment-missing")]
    problem = lost(answer)
    if problem is None and sniff(answer.body) not in _PICTURES:
        problem = "missing"
    if problem is None:
        return []
    return [Finding("segment-missing" if problem == "missing" else problem, {**seen, **evidence(answer)}, url)]
