"""Ogg (RFC 3533): the first page of each stream, which all stand at the beginning, and the last page of the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from player.probe.look import Look, Pieces

_HEAD = 16_384
_TAIL = 16_384  # bytes at the end in which the last page's header is looked for; most pages are a second long
_CODECS = (
    (b"OpusHead", "opus"), (b"\x01vorbis", "vorbis"), (b"\x7fFLAC", "flac"), (b"\x80theora", "theora"),
    (b"Speex   ", "speex"), (b"BBCD", "dirac"),
)  # fmt: skip
_MOST_STREAMS = 8
_MOST_PAGES = 64
_LATE = 10  # seconds; a stream whose first page ends later was cut out of a longer one
_NO_TIME = (1 << 64) - 1  # of a page on which no packet ends


@dataclass(frozen=True, slots=True)
class Page:
    """`flags`: 1 a packet goes on, 2 the first page of a stream, 4 its last. `time`: the granule position."""

    at: int
    flags: int
    time: int
    serial: int
    body: int
    end: int


@dataclass(frozen=True, slots=True)
class _Clock:
    """`rate`: units of time a second. `skip`: those before the beginning."""

    rate: int
    skip: int = 0


def page(data: bytes, at: int, offset: int = 0) -> Page | None:
    """The page whose header stands at `at`, in bytes that stand at `offset` in the file; None where it is none."""
    head = data[at : at + 27]
    if len(head) < 27 or head[:5] != b"OggS\0" or head[5] > 7:
        return None
    lacing = data[at + 27 : at + 27 + head[26]]
    if len(lacing) < head[26]:
        return None
    body = at + 27 + head[26]
    time, serial = int.from_bytes(head[6:14], "little"), int.from_bytes(head[14:18], "little")
    return Page(offset + at, head[5], time, serial, offset + body, offset + body + sum(lacing))


def look(pieces: Pieces) -> Look:
    data, at = pieces.at(0, _HEAD), 0
    codecs: list[str] = []
    clocks: dict[int, _Clock] = {}
    promised, first = None, None
    for number in range(_MOST_PAGES):
        one = page(data, at)
        if one is None or (not one.flags & 2 and first is not None):
            break
        if one.flags & 2 and number < _MOST_STREAMS:
            body = data[one.body : one.end]
            codecs += [name for magic, name in _CODECS if body.startswith(magic)]
            if clock := _clock(body):
                clocks[one.serial] = clock
            if body.startswith(b"fishead\0") and body[8:10] == b"\4\0":
                promised = int.from_bytes(body[64:72], "little") or None  # Ogg Skeleton 4.0
        elif one.time not in (0, _NO_TIME) and one.serial in clocks:
            first = one
        at = one.end
    moving = tuple(codec for codec in codecs if codec in ("theora", "dirac"))
    seen = Look(
        "ogg", codecs=tuple(codecs), pictures=moving, promised=promised, box="fishead" if promised else None, start=0
    )
    return _ended(pieces, seen, clocks, first) if promised is None else seen


def _clock(body: bytes) -> _Clock | None:
    """How the stream counts time (RFC 7845, section 4; the Vorbis I specification, A.2)."""
    if body.startswith(b"OpusHead") and len(body) >= 12:
        return _Clock(48_000, int.from_bytes(body[10:12], "little"))
    if body.startswith(b"\x01vorbis") and len(body) >= 16 and (rate := int.from_bytes(body[12:16], "little")):
        return _Clock(rate)
    return None


def _ended(pieces: Pieces, seen: Look, clocks: Mapping[int, _Clock], first: Page | None) -> Look:
    """By the last page: whether it is all there, and how long the stream lasts until then."""
    size = pieces.size
    if size is None or size <= 0 or pieces.end is not None:
        return seen
    start = max(0, size - _TAIL)
    tail = pieces.at(start, size - start)
    if len(tail) < size - start:
        missing = start + len(tail)
        return replace(seen, need=(missing, size - missing))
    last, at = None, len(tail)
    while last is None and (at := tail.rfind(b"OggS\0", 0, at)) >= 0:
        last = page(tail, at, start)
        # A header that is cut in two lies in what is left of the file.
        if last is None and size - start - at < 27 + 255:
            return replace(seen, promised=size + 1, box="page")
    if last is None:
        return seen
    if last.end > size:
        return replace(seen, promised=last.end, box="page")
    return replace(seen, duration=_lasts(last, clocks, first))


def _lasts(last: Page, clocks: Mapping[int, _Clock], first: Page | None) -> float | None:
    """In seconds; None where the last page is of a stream that joined later, or tells no time."""
    clock = clocks.get(last.serial)
    if clock is None or last.time in (0, _NO_TIME):
        return None
    begin = clock.skip
    if first is not None and first.serial == last.serial and first.time > _LATE * clock.rate:
        begin = first.time
    lasts = (last.time - begin) / clock.rate
    return round(lasts, 3) if 0 < lasts < 1e7 else None
