"""DASH (ISO/IEC 23009-1) of the same segments: SegmentTemplate by number and by timeline, SegmentBase."""

from __future__ import annotations

import math
from pathlib import Path
from xml.sax.saxutils import quoteattr

from .fragments import Piece, cuts, index, init, segment, split
from .mp4 import Film, Track

Cut = tuple[Film, Track, list[tuple[Piece, bytes]]]


def prepare(films: dict[str, Film], target: float) -> dict[str, Cut]:
    """Representation id: its segments. The pictures of every film, the sound of the first that has one."""
    found = {name: _cut(film, film.video, target) for name, film in films.items()}
    heard = next(film for film in films.values() if film.sounds)
    return {**found, "sound": _cut(heard, heard.audio, target)}


def _cut(film: Film, track: Track, target: float) -> Cut:
    pieces = split(track, cuts(film, target))
    return film, track, [(piece, segment(film, [piece], number)) for number, piece in enumerate(pieces, 1)]


def numbered(folder: Path, films: dict[str, Film], target: float) -> None:
    """`$Number$`, with one duration for all segments."""
    made = prepare(films, target)
    _write_segments(folder, made)
    longest = cuts(next(iter(films.values())), target)[1]
    sets = {
        name: (
            f'<SegmentTemplate timescale="1000" duration="{round(longest * 1000)}" startNumber="1" '
            f'initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/$Number$.m4s"/>'
        )
        for name in made
    }
    (folder / "manifest.mpd").write_text(manifest(made, sets))


def timeline(folder: Path, films: dict[str, Film], target: float) -> None:
    """`$Time$`, with a SegmentTimeline that has each segment's own duration."""
    made = prepare(films, target)
    _write_segments(folder, made, by_time=True)
    sets = {}
    for name, (_, track, parts) in made.items():
        rows = "".join(f'<S t="{piece.time}" d="{piece.duration}"/>' for piece, _ in parts)
        sets[name] = (
            f'<SegmentTemplate timescale="{track.timescale}" initialization="$RepresentationID$/init.mp4" '
            f'media="$RepresentationID$/$Time$.m4s"><SegmentTimeline>{rows}</SegmentTimeline></SegmentTemplate>'
        )
    (folder / "manifest.mpd").write_text(manifest(made, sets))


def single(folder: Path, films: dict[str, Film], target: float) -> None:
    """One file a representation, with an index of its segments (`sidx`) behind the init segment."""
    made, sets = prepare(films, target), {}
    for name, (_, track, parts) in made.items():
        head, sidx = init([track]), index(track, parts)
        (folder / f"{name}.mp4").write_bytes(head + sidx + b"".join(data for _, data in parts))
        sets[name] = (
            f"<BaseURL>{name}.mp4</BaseURL>"
            f'<SegmentBase indexRange="{len(head)}-{len(head) + len(sidx) - 1}">'
            f'<Initialization range="0-{len(head) - 1}"/></SegmentBase>'
        )
    (folder / "manifest.mpd").write_text(manifest(made, sets))


def _write_segments(folder: Path, made: dict[str, Cut], *, by_time: bool = False) -> None:
    for name, (_, track, parts) in made.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "init.mp4").write_bytes(init([track]))
        for number, (piece, data) in enumerate(parts, 1):
            (folder / name / f"{piece.time if by_time else number}.m4s").write_bytes(data)


STATIC = 'type="static" mediaPresentationDuration="PT{:.3f}S" minBufferTime="PT2S"'


def manifest(
    made: dict[str, Cut], addressing: dict[str, str], *, attributes: str | None = None, after: str = ""
) -> str:
    """The MPD. `addressing`: for each representation the element that says where its segments are.

    `attributes` are the MPD's own, `after` is what follows its one period.
    """
    if attributes is None:
        attributes = STATIC.format(max(film.duration for film, _, _ in made.values()))
    sets = []
    for kind in ("video", "audio"):
        inside = "".join(
            _representation(name, cut, addressing[name]) for name, cut in made.items() if cut[1].kind == kind
        )
        lang = ' lang="en"' if kind == "audio" else ""
        sets.append(
            f'<AdaptationSet contentType="{kind}" mimeType="{kind}/mp4" segmentAlignment="true" startWithSAP="1"{lang}>'
            f"{inside}</AdaptationSet>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" '
        f'{attributes}>\n<Period id="0" start="PT0S">\n' + "\n".join(sets) + f"\n</Period>{after}\n</MPD>\n"
    )


def _representation(name: str, cut: Cut, addressing: str) -> str:
    track = cut[1]
    size = (
        f'width="{track.width}" height="{track.height}" frameRate="25"'
        if track.kind == "video"
        else f'audioSamplingRate="{track.rate}"'
    )
    return (
        f'<Representation id={quoteattr(name)} bandwidth="{peak(cut)}" codecs="{track.codec}" {size}>'
        f"{addressing}</Representation>"
    )


def peak(cut: Cut) -> int:
    """Bits a second of the heaviest segment."""
    _, track, parts = cut
    return math.ceil(max(8 * len(data) * track.timescale / piece.duration for piece, data in parts))
