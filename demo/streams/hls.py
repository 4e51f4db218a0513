"""HLS (RFC 8216, and draft-pantos-hls-rfc8216bis for fMP4): playlists, and the segments that they name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from .fragments import Piece, cuts, init, key_frame, segment, split
from .mp4 import Film, Track

HEAD = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One segment of a media playlist. `span`: its length and offset in bytes. `before`: tags of its own."""

    uri: str
    seconds: float
    span: tuple[int, int] | None = None
    before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """One line of a master playlist. `bits` a second at most; `extra`: attributes such as AUDIO="…"."""

    uri: str
    bits: int
    tracks: Sequence[Track]
    extra: tuple[str, ...] = ()


@dataclass(slots=True)
class Written:
    """What a rendition came to: playlist, peak bits a second, tracks."""

    uri: str
    bits: int
    tracks: Sequence[Track] = field(default_factory=tuple)


def media_playlist(entries: Iterable[Entry], *, tags: Sequence[str] = (), end: bool = True, target: float = 0.0) -> str:
    """A media playlist; `tags` follow the target duration, which is `target` or the longest segment's, rounded."""
    entries = list(entries)
    target = max(1, *(math.floor(seconds + 0.5) for seconds in (target, *(entry.seconds for entry in entries))))
    lines = [*HEAD, f"#EXT-X-TARGETDURATION:{target:.0f}", *tags]
    for entry in entries:
        lines += [*entry.before, f"#EXTINF:{entry.seconds:.5f},"]
        if entry.span:
            lines.append("#EXT-X-BYTERANGE:{}@{}".format(*entry.span))
        lines.append(entry.uri)
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if end else []), ""])


def master_playlist(variants: Iterable[Variant], *, media: Sequence[str] = ()) -> str:
    """A multivariant playlist; `media` are its EXT-X-MEDIA and EXT-X-I-FRAME-STREAM-INF lines."""
    lines = [*HEAD, *media]
    for variant in variants:
        codecs = ",".join(dict.fromkeys(track.codec for track in variant.tracks))
        size = next((f"{t.width}x{t.height}" for t in variant.tracks if t.kind == "video"), None)
        words = [f"BANDWIDTH={variant.bits}", f'CODECS="{codecs}"']
        words += [f"RESOLUTION={size}", "FRAME-RATE=25.000"] if size else []
        lines += ["#EXT-X-STREAM-INF:" + ",".join([*words, *variant.extra]), variant.uri]
    return "\n".join([*lines, ""])


def fragments(film: Film, tracks: Sequence[Track], target: float) -> list[tuple[list[Piece], bytes]]:
    """The film's segments: the piece of each track, and the bytes."""
    pieces = zip(*(split(track, cuts(film, target)) for track in tracks), strict=True)
    return [(list(parts), segment(film, parts, number)) for number, parts in enumerate(pieces, 1)]


def seconds(pieces: Sequence[Piece]) -> float:
    return pieces[0].duration / pieces[0].track.timescale


def write_rendition(
    folder: Path, name: str, film: Film, tracks: Sequence[Track], target: float, *, keyframes: bool = False
) -> Written:
    """`name/index.m3u8`, `name/init.mp4`, `name/0.m4s` and on; with `keyframes` also `name/iframes.m3u8`."""
    here = folder / name
    here.mkdir(parents=True, exist_ok=True)
    (here / "init.mp4").write_bytes(init(tracks))
    entries, stills, peak = [], [], 0.0
    for number, (pieces, data) in enumerate(fragments(film, tracks, target)):
        (here / f"{number}.m4s").write_bytes(data)
        entries.append(Entry(f"{number}.m4s", seconds(pieces)))
        stills.append(Entry(f"{number}.m4s", seconds(pieces), (key_frame(pieces[0], data), 0)))
        peak = max(peak, 8 * len(data) / seconds(pieces))
    tags = ["#EXT-X-MEDIA-SEQUENCE:0", "#EXT-X-PLAYLIST-TYPE:VOD", '#EXT-X-MAP:URI="init.mp4"']
    (here / "index.m3u8").write_text(media_playlist(entries, tags=tags))
    if keyframes:
        (here / "iframes.m3u8").write_text(media_playlist(stills, tags=[*tags, "#EXT-X-I-FRAMES-ONLY"]))
    return Written(f"{name}/index.m3u8", math.ceil(peak), tracks)


def fmp4(folder: Path, films: dict[str, Film], target: float) -> None:
    """Two renditions, sound and picture in one; and a playlist of key pictures for each."""
    made = {
        name: write_rendition(folder, name, film, film.tracks, target, keyframes=True) for name, film in films.items()
    }
    stills = [
        f'#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={w.bits // 4},CODECS="{w.tracks[0].codec}",URI="{name}/iframes.m3u8"'
        for name, w in made.items()
    ]
    variants = [Variant(w.uri, w.bits, w.tracks) for w in made.values()]
    (folder / "master.m3u8").write_text(master_playlist(variants, media=stills))


def grouped(
    folder: Path,
    films: dict[str, Film],
    voices: dict[str, Film],
    target: float,
    *,
    captions: dict[str, Path] | None = None,
) -> None:
    """Pictures alone, sound in a group of its own by language; with `captions` also subtitles by language."""
    media, extra, loudest = [], ['AUDIO="sound"'], 0
    for number, (lang, film) in enumerate(voices.items()):
        sound = write_rendition(folder, f"sound-{lang}", film, [film.audio], target)
        loudest = max(loudest, sound.bits)
        media.append(_media("AUDIO", "sound", lang, f"sound-{lang}/index.m3u8", default=number == 0))
    for number, (lang, path) in enumerate((captions or {}).items()):
        write_subtitles(folder, f"text-{lang}", path, next(iter(films.values())), target)
        media.append(_media("SUBTITLES", "text", lang, f"text-{lang}/index.m3u8", default=number == 0))
    if captions:
        extra.append('SUBTITLES="text"')
    variants = []
    for name, film in films.items():
        picture = write_rendition(folder, name, film, [film.video], target)
        variants.append(Variant(picture.uri, picture.bits + loudest, film.tracks, tuple(extra)))
    (folder / "master.m3u8").write_text(master_playlist(variants, media=media))


_NAMES = {"en": "English", "fa": "فارسی"}


def _media(kind: str, group: str, lang: str, uri: str, *, default: bool) -> str:
    yes = "YES" if default else "NO"
    return (
        f'#EXT-X-MEDIA:TYPE={kind},GROUP-ID="{group}",LANGUAGE="{lang}",NAME="{_NAMES.get(lang, lang)}",'
        f'DEFAULT={yes},AUTOSELECT=YES,URI="{uri}"'
    )


def write_subtitles(folder: Path, name: str, captions: Path, film: Film, target: float) -> None:
    """WebVTT in segments (RFC 8216, section 3.5); a cue stands in every segment that it touches."""
    here = folder / name
    here.mkdir(parents=True, exist_ok=True)
    blocks = [block for block in captions.read_text("utf-8").split("\n\n") if "-->" in block]
    at, entries = cuts(film, target), []
    for number, (start, end) in enumerate(pairwise(at)):
        held = [block.strip() for block in blocks if _touches(block, start, end)]
        head = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000"
        (here / f"{number}.vtt").write_text("\n\n".join([head, *held]) + "\n", "utf-8")
        entries.append(Entry(f"{number}.vtt", end - start))
    (here / "index.m3u8").write_text(media_playlist(entries, tags=["#EXT-X-PLAYLIST-TYPE:VOD"]))


def _touches(block: str, start: float, end: float) -> bool:
    line = next(line for line in block.splitlines() if "-->" in line)
    first, last = (_moment(word) for word in (line.split()[0], line.split()[2]))
    return first < end and last > start


def _moment(text: str) -> float:
    """Seconds of a WebVTT timestamp, with or without hours."""
    return math.fsum(float(part) * 60**power for power, part in enumerate(reversed(text.split(":"))))


def byte_range(folder: Path, film: Film, target: float) -> None:
    """One file with everything, named in stretches (EXT-X-BYTERANGE)."""
    data = init(film.tracks)
    tags = ["#EXT-X-PLAYLIST-TYPE:VOD", f'#EXT-X-MAP:URI="all.mp4",BYTERANGE="{len(data)}@0"']
    entries = []
    for pieces, part in fragments(film, film.tracks, target):
        entries.append(Entry("all.mp4", seconds(pieces), (len(part), len(data))))
        data += part
    (folder / "all.mp4").write_bytes(data)
    (folder / "index.m3u8").write_text(media_playlist(entries, tags=tags))


def discontinuity(folder: Path, films: dict[str, Film], target: float) -> None:
    """One film after another, each with its own init segment and its own timeline from zero."""
    entries: list[Entry] = []
    for name, film in films.items():
        (folder / f"{name}.mp4").write_bytes(init(film.tracks))
        before = ["#EXT-X-DISCONTINUITY"] * bool(entries) + [f'#EXT-X-MAP:URI="{name}.mp4"']
        for number, (pieces, data) in enumerate(fragments(film, film.tracks, target)):
            (folder / f"{name}-{number}.m4s").write_bytes(data)
            entries.append(Entry(f"{name}-{number}.m4s", seconds(pieces), None, () if number else tuple(before)))
    (folder / "index.m3u8").write_text(media_playlist(entries, tags=["#EXT-X-PLAYLIST-TYPE:VOD"]))
