"""Timed text by its first bytes: WebVTT (W3C), TTML (W3C), SubRip; as strict as the browsers' own parsers."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ARROW = re.compile(
    r"(?:([0-9]{2,}):)?([0-5][0-9]):([0-5][0-9])\.([0-9]{3})[ \t]*-->[ \t]*"
    r"(?:([0-9]{2,}):)?([0-5][0-9]):([0-5][0-9])\.([0-9]{3})(?:[ \t].*)?"
)
_SUBRIP = re.compile(r"[0-9]{1,3}:[0-9]{2}:[0-9]{2},[0-9]{3} *--> *[0-9]{1,3}:[0-9]{2}:[0-9]{2},[0-9]{3}")
_TTML = re.compile(r"\s*(?:<\?[^>]{0,500}\?>\s*|<!--.{0,5000}?-->\s*)*<(?:[\w.-]{1,64}:)?tt[\s>]", re.DOTALL)
_PARAGRAPH = re.compile(r"<(?:[\w.-]{1,64}:)?(?:p|span)\s[^>]{0,1000}?\b(?:begin|end|dur)\s*=")
_MOST_CUES = 100_000


@dataclass(frozen=True, slots=True)
class Cue:
    """Times in seconds; `line` from 1 on."""

    start: float
    end: float
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class TimedText:
    """`format`: vtt, ttml, srt, or other. `cues` that a browser would make of it, as far as it was read;
    `bad`: the line of the first times that say nothing to it."""

    format: str
    cues: tuple[Cue, ...] = ()
    bad: int | None = None
    offset: bool = False  # an HLS segment's X-TIMESTAMP-MAP stands in the header

    @property
    def count(self) -> int:
        return len(self.cues)


def read(data: bytes) -> TimedText:
    """What the bytes are. Never raises."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    if text.startswith("WEBVTT") and text[6:7] in ("", " ", "\t", "\n"):
        return _vtt(text)
    if _TTML.match(text):
        return TimedText("ttml", tuple(Cue(0.0, 0.0, "", 0) for _ in _PARAGRAPH.finditer(text)))
    if _SUBRIP.search(text[:4096]):
        return TimedText("srt")
    return TimedText("other")


def _vtt(text: str) -> TimedText:
    lines = text.split("\n")
    cues: list[Cue] = []
    bad: int | None = None
    place = 1
    while place < len(lines) and lines[place].strip():  # the header's own lines
        place += 1
    header = "\n".join(lines[:place])
    while place < len(lines) and len(cues) < _MOST_CUES:
        line = lines[place]
        place += 1
        if "-->" not in line:
            continue
        found = _ARROW.fullmatch(line.strip())
        if not found:
            bad = bad or place
            continue
        start = place
        while place < len(lines) and lines[place].strip() and "-->" not in lines[place]:
            place += 1
        cues.append(
            Cue(_seconds(found.groups()[:4]), _seconds(found.groups()[4:]), "\n".join(lines[start:place]), start)
        )
    return TimedText("vtt", tuple(cues), bad, "X-TIMESTAMP-MAP" in header)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (int((part or "0")[:9]) for part in parts)
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000
