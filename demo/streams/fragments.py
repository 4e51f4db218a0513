"""Writes fragmented MP4: init segments, media segments and their index (ISO/IEC 14496-12, 23000-19).

Nothing is encoded anew: samples are copied, and the boxes around them are written.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from .mp4 import Film, Sample, Track

_KEY, _DELTA = 0x02000000, 0x01010000  # depends on nothing; depends, and is no place to start (8.8.3.1)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one track: its samples, and the decoding time of the first."""

    track: Track
    samples: tuple[Sample, ...]
    time: int

    @property
    def duration(self) -> int:
        return sum(sample.duration for sample in self.samples)


def cuts(film: Film, target: float) -> list[float]:
    """Where segments of about `target` seconds begin, and the end: at key frames, seconds."""
    track = film.tracks[0]
    starts = [(s.time + s.shift) / track.timescale for s in track.samples if s.key]
    chosen = [0.0]
    for start in starts:
        if start - chosen[-1] >= target - 0.001 and film.duration - start > target / 4:
            chosen.append(start)
    return [*chosen, film.duration]


def split(track: Track, at: Sequence[float]) -> list[Piece]:
    """The track cut at these times, as `cuts` has them; sound is cut at the frame that begins next."""
    times = [sample.time for sample in track.samples]
    marks = [bisect_left(times, round(moment * track.timescale)) for moment in at[:-1]] + [len(times)]
    return [Piece(track, track.samples[a:b], times[a]) for a, b in pairwise(marks) if b > a]


def later(piece: Piece, seconds: float) -> Piece:
    """The same, moved along the timeline."""
    return replace(piece, time=piece.time + round(seconds * piece.track.timescale))


def init(tracks: Sequence[Track]) -> bytes:
    """`ftyp` and `moov`: what has to be known before any segment (8.8)."""
    mvhd = _full(
        b"mvhd",
        0,
        struct.pack(">IIIIIH10x", 0, 0, 1000, 0, 0x10000, 0x100) + _MATRIX + struct.pack(">24xI", len(tracks) + 1),
    )
    traks = b"".join(_trak(number, track) for number, track in enumerate(tracks, 1))
    trexes = b"".join(_full(b"trex", 0, struct.pack(">5I", number, 1, 0, 0, 0)) for number in range(1, len(tracks) + 1))
    return _box(b"ftyp", b"iso6\0\0\0\1iso6cmfcdashmp41") + _box(b"moov", mvhd + traks + _box(b"mvex", trexes))


def segment(film: Film, pieces: Sequence[Piece], number: int) -> bytes:
    """`styp`, `moof` and `mdat` of one piece of each track, in the order of `init`. `number` counts from 1."""
    bodies = [b"".join(film.data[s.offset : s.offset + s.size] for s in piece.samples) for piece in pieces]

    def moof(starts: Sequence[int]) -> bytes:
        trafs = (_traf(at, piece, start) for at, (piece, start) in enumerate(zip(pieces, starts, strict=True), 1))
        return _box(b"moof", _full(b"mfhd", 0, struct.pack(">I", number)) + b"".join(trafs))

    at, starts = len(moof([0] * len(pieces))) + 8, []
    for body in bodies:
        starts.append(at)
        at += len(body)
    return _box(b"styp", b"msdh\0\0\0\0msdhmsixcmfs") + moof(starts) + _box(b"mdat", b"".join(bodies))


def index(track: Track, segments: Sequence[tuple[Piece, bytes]]) -> bytes:
    """The `sidx` (8.16.3) that stands right before these segments."""
    rows = b"".join(struct.pack(">III", len(data), piece.duration, 0x90000000) for piece, data in segments)
    head = struct.pack(">IIQQHH", 1, track.timescale, segments[0][0].time, 0, 0, len(segments))
    return _full(b"sidx", 0, head + rows, version=1)


def key_frame(piece: Piece, data: bytes) -> int:
    """How many bytes of the segment hold its first picture and all that comes before: for I-frame playlists."""
    return data.index(b"mdat") + 4 + piece.samples[0].size


_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _full(kind: bytes, flags: int, body: bytes, *, version: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags) + body)


def _trak(number: int, track: Track) -> bytes:
    video = track.kind == "video"
    tkhd = struct.pack(">IIIII8xHHHH", 0, 0, number, 0, 0, 0, 0 if video else 1, 0 if video else 0x100, 0) + _MATRIX
    tkhd += struct.pack(">II", track.width << 16, track.height << 16)
    mdhd = struct.pack(">IIIIHH", 0, 0, track.timescale, 0, 0x55C4, 0)
    empty = b"".join(_full(kind, 0, bytes(n)) for kind, n in ((b"stts", 4), (b"stsc", 4), (b"stsz", 8), (b"stco", 4)))
    own = track.boxes
    minf = own[b"vmhd" if video else b"smhd"] + own[b"dinf"] + _box(b"stbl", own[b"stsd"] + empty)
    mdia = _full(b"mdhd", 0, mdhd) + own[b"hdlr"] + _box(b"minf", minf)
    return _box(b"trak", _full(b"tkhd", 3, tkhd) + _box(b"mdia", mdia))


def _traf(number: int, piece: Piece, start: int) -> bytes:
    rows = b"".join(struct.pack(">IIIi", s.duration, s.size, _KEY if s.key else _DELTA, s.shift) for s in piece.samples)
    tfhd = _full(b"tfhd", 0x020000, struct.pack(">I", number))  # offsets count from the moof
    tfdt = _full(b"tfdt", 0, struct.pack(">Q", piece.time), version=1)
    # Offset of the data, and for each sample duration, size, flags and a signed shift.
    trun = _full(b"trun", 0xF01, struct.pack(">Ii", len(piece.samples), start) + rows, version=1)
    return _box(b"traf", tfhd + tfdt + trun)
