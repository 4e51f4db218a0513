"""Reads a whole MP4 film into tracks and samples (ISO/IEC 14496-12), so that it can be cut into segments.

For files that we made ourselves: one `moov`, no fragments, at most one edit a track. What is otherwise raises
`ValueError` or `KeyError`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture or one frame of sound. Times in the track's timescale; `shift`: presentation minus decoding."""

    offset: int
    size: int
    time: int
    duration: int
    shift: int
    key: bool


@dataclass(frozen=True, slots=True)
class Track:
    """`boxes`: those of the track's own that an init segment repeats, whole, by kind. Sizes in pixels, 0 for sound."""

    kind: str  # "video" or "audio"
    codec: str  # RFC 6381
    timescale: int
    samples: tuple[Sample, ...]
    boxes: dict[bytes, bytes]
    width: int
    height: int
    rate: int

    @property
    def duration(self) -> float:
        """Seconds."""
        last = self.samples[-1]
        return (last.time + last.duration) / self.timescale


@dataclass(frozen=True, slots=True)
class Film:
    """`data` is the file; samples lie in it."""

    data: bytes
    tracks: tuple[Track, ...]

    @property
    def video(self) -> Track:
        return next(track for track in self.tracks if track.kind == "video")

    @property
    def audio(self) -> Track:
        return next(track for track in self.tracks if track.kind == "audio")

    @property
    def sounds(self) -> bool:
        return any(track.kind == "audio" for track in self.tracks)

    @property
    def duration(self) -> float:
        """Seconds of the picture, or of the sound where there is none."""
        return self.tracks[0].duration


def read(path: Path) -> Film:
    """The film in a file, its picture first."""
    data = path.read_bytes()
    moov = _inside(data, _one(data, b"moov"))
    tracks = [_track(data, *span) for kind, *span in moov if kind == b"trak"]
    return Film(data, tuple(sorted(tracks, key=lambda track: track.kind, reverse=True)))


Span = tuple[bytes, int, int]  # kind, first byte, end


def _boxes(data: bytes, at: int, end: int) -> Iterator[Span]:
    while at < end:
        size, kind = struct.unpack_from(">I4s", data, at)
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
        yield kind, at, at + size
        at += size


def _one(data: bytes, kind: bytes) -> Span:
    return next(span for span in _boxes(data, 0, len(data)) if span[0] == kind)


def _inside(data: bytes, span: Span) -> list[Span]:
    return list(_boxes(data, span[1] + 8, span[2]))


def _track(data: bytes, at: int, end: int) -> Track:
    found: dict[bytes, Span] = {}

    def walk(span: Span) -> None:
        for child in _inside(data, span):
            found[child[0]] = child
            if child[0] in (b"mdia", b"minf", b"stbl", b"edts"):
                walk(child)

    walk((b"trak", at, end))
    boxes = {kind: data[first:last] for kind, first, last in found.values()}
    kind = {b"vide": "video", b"soun": "audio"}[boxes[b"hdlr"][16:20]]
    (timescale,) = struct.unpack_from(">I", boxes[b"mdhd"], 28 if boxes[b"mdhd"][8] else 20)
    entry = boxes[b"stsd"][16:]
    width, height = struct.unpack_from(">HH", entry, 32) if kind == "video" else (0, 0)
    rate = struct.unpack_from(">H", entry, 32)[0] if kind == "audio" else 0
    samples = _samples(boxes, _start(boxes))
    return Track(kind, _codec(entry), timescale, samples, boxes, width, height, rate)


def _codec(entry: bytes) -> str:
    """RFC 6381, section 3.3, of a sample entry."""
    if entry[4:8] == b"avc1":
        at = entry.index(b"avcC") + 5
        return f"avc1.{entry[at : at + 3].hex()}"
    if entry[4:8] == b"mp4a":
        return "mp4a.40.2"
    raise ValueError(f"{entry[4:8]!r}: only H.264 and AAC are cut")


def _start(boxes: dict[bytes, bytes]) -> int:
    """The media time that is shown first: what an encoder's delay comes to (section 8.6.6)."""
    if b"elst" not in boxes:
        return 0
    wide = boxes[b"elst"][8]
    (time,) = struct.unpack_from(">q" if wide else ">i", boxes[b"elst"], 24 if wide else 20)
    return max(0, int(time))


def _samples(boxes: dict[bytes, bytes], start: int) -> tuple[Sample, ...]:
    sizes = _sizes(boxes[b"stsz"])
    count = len(sizes)
    durations = _runs(boxes[b"stts"])
    shifts = _runs(boxes[b"ctts"], signed=True) if b"ctts" in boxes else [0] * count
    keys = set(_numbers(boxes[b"stss"], 12)) if b"stss" in boxes else set(range(1, count + 1))
    made, time = [], 0
    for number, (offset, size) in enumerate(zip(_offsets(boxes, sizes), sizes, strict=True)):
        # What comes before the start is an encoder's delay. Pictures keep their order by it; sound does without.
        shown = time + shifts[number] - start
        if shown >= 0 or b"stss" in boxes:
            made.append(Sample(offset, size, time, durations[number], shifts[number] - start, number + 1 in keys))
        time += durations[number]
    if b"stss" not in boxes and made:
        first = made[0].time
        made = [Sample(s.offset, s.size, s.time - first, s.duration, 0, True) for s in made]
    return tuple(made)


def _numbers(box: bytes, at: int) -> tuple[int, ...]:
    (count,) = struct.unpack_from(">I", box, at)
    return struct.unpack_from(f">{count}I", box, at + 4)


def _sizes(box: bytes) -> Sequence[int]:
    each, count = struct.unpack_from(">II", box, 12)
    return [each] * count if each else _numbers(box, 16)


def _runs(box: bytes, *, signed: bool = False) -> list[int]:
    (count,) = struct.unpack_from(">I", box, 12)
    pairs = struct.iter_unpack(">Ii" if signed else ">II", box[16 : 16 + 8 * count])
    return [value for times, value in pairs for _ in range(times)]


def _offsets(boxes: dict[bytes, bytes], sizes: Sequence[int]) -> Iterator[int]:
    """Where each sample lies: chunks of samples (8.7.4, 8.7.5)."""
    chunks = _numbers(boxes[b"stco"], 12)
    (count,) = struct.unpack_from(">I", boxes[b"stsc"], 12)
    runs = list(struct.iter_unpack(">III", boxes[b"stsc"][16 : 16 + 12 * count]))
    number = 0
    for index, (first, each, _) in enumerate(runs):
        until = runs[index + 1][0] if index + 1 < count else len(chunks) + 1
        for chunk in range(first, until):
            at = chunks[chunk - 1]
            for _ in range(each):
                yield at
                at += sizes[number]
                number += 1
