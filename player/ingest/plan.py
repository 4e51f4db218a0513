"""Which parts an item needs, in the order in which they are made, and what the catalogue is told in the end."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from player.catalogue.media import Kind, Media, Source, Track
from player.ingest import peaks, sound, stills
from player.ingest.film import write_film
from player.ingest.ladder import Rung, Tell, rungs, write_rung
from player.ingest.parts import Parts
from player.ingest.source import Input

MASTER = "hls/master.m3u8"
SOUND = "hls/sound/"
FILM = "film.mp4"
DERIVED = frozenset({FILM})  # made of other parts
PLAIN = 480  # pixels of the shorter side of the one rendition that is an ordinary file too


@dataclass(frozen=True, slots=True)
class Options:
    """`segment`: seconds. `most`: pixels of the shorter side of the largest rendition. `poster_at`: seconds."""

    segment: float = 4.0
    most: int = 1080
    poster_at: float | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """`write` is given the path to write to and is to tell how far it is; what it returns is recorded."""

    name: str
    write: Callable[[Path, Tell], Any]


def plan(given: Input, options: Options, folder: Path) -> list[Part]:
    """The parts of the item in this folder; small ones first, so that what is wrong with a file shows early."""
    made: list[Part] = []
    if given.kind is Kind.VIDEO or given.cover:
        made.append(
            Part("poster.jpg", lambda to, tell: stills.write_poster(given, to, at=options.poster_at, tell=tell))
        )
    if given.kind is Kind.VIDEO:
        made.append(Part("thumbnails/", lambda to, tell: _thumbnails(given, to, tell)))
    if given.sound:
        made.append(Part("peaks.json", lambda to, tell: peaks.write_peaks(given, to, tell=tell)))
    if given.kind is Kind.AUDIO:
        made.append(Part("audio.m4a", lambda to, tell: _file(sound.write_aac, given, to, tell)))
        made.append(Part("audio.mp3", lambda to, tell: _file(sound.write_mp3, given, to, tell)))
        return made
    ladder = rungs(given.width, given.height, most=options.most)
    if given.sound:
        made.append(Part(SOUND, lambda to, tell: _sound(given, options, to, tell)))
    made += [Part(f"hls/{rung.name}/", _rung(given, options, rung)) for rung in reversed(ladder)]
    plain = next((rung for rung in ladder if min(rung.width, rung.height) <= PLAIN), ladder[-1])
    renditions = [folder / "hls" / plain.name, *([folder / SOUND] if given.sound else [])]
    made.append(Part(FILM, lambda to, tell: _film(given, renditions, plain, to, tell)))
    return made


def _film(given: Input, renditions: list[Path], rung: Rung, to: Path, tell: Tell) -> Any:
    write_film(renditions, to, tell=tell)
    size = to.stat().st_size
    bits = round(8 * size / max(given.duration, 0.001))
    return {"size": size, "bitrate": bits, "width": rung.width, "height": rung.height}


def _rung(given: Input, options: Options, rung: Rung) -> Callable[[Path, Tell], Any]:
    def write(to: Path, tell: Tell) -> Any:
        write_rung(given, rung, to, segment=options.segment, tell=tell)
        return {**_rates(to), "codec": _h264(to / "init.mp4"), "width": rung.width, "height": rung.height}

    return write


def _sound(given: Input, options: Options, to: Path, tell: Tell) -> Any:
    sound.write_hls(given, to, segment=options.segment, tell=tell)
    return {**_rates(to), "codec": "mp4a.40.2"}


def _file(write: Callable[..., None], given: Input, to: Path, tell: Tell) -> Any:
    write(given, to, tell=tell)
    size = to.stat().st_size
    return {"size": size, "bitrate": round(8 * size / max(given.duration, 0.001))}


def _thumbnails(given: Input, to: Path, tell: Tell) -> None:
    stills.write_thumbnails(given, to / "sprite.jpg", to / "index.vtt", tell=tell)


def _rates(folder: Path) -> dict[str, int]:
    """Peak and mean bits a second (RFC 8216, section 4.3.4.2), by the playlist's own times and the segments' sizes."""
    found = re.findall(r"#EXTINF:([\d.]+),.*\n(\S+)", (folder / "index.m3u8").read_text("utf-8"))
    parts = [(float(seconds), 8 * (folder / name).stat().st_size) for seconds, name in found if float(seconds) > 0]
    whole = sum(seconds for seconds, _ in parts)
    # A last segment of a few frames would be all key picture; it is no measure of what a network must carry.
    peak = max(bits / max(seconds, 1.0) for seconds, bits in parts)
    return {"peak": math.ceil(peak), "mean": math.ceil(sum(bits for _, bits in parts) / whole)}


def _h264(init: Path) -> str:
    """RFC 6381: profile, constraints and level, as the decoder's configuration has them (ISO/IEC 14496-15, 5.3.3)."""
    data = init.read_bytes()
    at = data.index(b"avcC") + 5
    return f"avc1.{data[at : at + 3].hex()}"


def write_master(parts: Parts, names: list[str]) -> None:
    """The multivariant playlist of the renditions, the best first."""
    heard = parts.facts(SOUND) if parts.has(SOUND) else None
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if heard:
        lines.append(
            '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="sound",DEFAULT=YES,AUTOSELECT=YES,URI="sound/index.m3u8"'
        )
    for name in names:
        facts = parts.facts(name)
        codecs = ",".join([facts["codec"], *([heard["codec"]] if heard else [])])
        words = [
            f"BANDWIDTH={facts['peak'] + (heard['peak'] if heard else 0)}",
            f"AVERAGE-BANDWIDTH={facts['mean'] + (heard['mean'] if heard else 0)}",
            f'CODECS="{codecs}"',
            f"RESOLUTION={facts['width']}x{facts['height']}",
            *(['AUDIO="sound"'] if heard else []),
        ]
        lines += ["#EXT-X-STREAM-INF:" + ",".join(words), f"{name.removeprefix('hls/')}index.m3u8"]
    parts.make(MASTER, lambda to: to.write_text("\n".join([*lines, ""]), "utf-8") and None)


def finish(
    given: Input, parts: Parts, names: list[str], *, media_id: str, title: str, base: str, lang: str | None
) -> Media:
    """Writes what names all parts, and returns the item; `base` is the address of the folder above the item's."""
    ladder = [name for name in names if name.startswith("hls/") and name != SOUND]
    if ladder:
        write_master(parts, sorted(ladder, key=lambda name: parts.facts(name)["peak"], reverse=True))
    here = f"{base.rstrip('/')}/{quote(media_id)}/"
    return Media(
        media_id,
        given.kind,
        title,
        tuple(_sources(parts, here, ladder)),
        tuple(_tracks(parts, here, lang)),
        duration=round(given.duration, 3),
        lang=lang,
        poster=f"{here}poster.jpg" if parts.has("poster.jpg") else None,
    )


def _sources(parts: Parts, here: str, ladder: list[str]) -> Iterator[Source]:
    if ladder:
        best = max((parts.facts(name) for name in ladder), key=lambda facts: int(facts["peak"]))
        yield Source(here + MASTER, "application/vnd.apple.mpegurl", width=best["width"], height=best["height"])
    for name, kind in ((FILM, "video/mp4"), ("audio.m4a", "audio/mp4"), ("audio.mp3", "audio/mpeg")):
        if parts.has(name):
            yield Source(here + name, kind, **parts.facts(name))


def _tracks(parts: Parts, here: str, lang: str | None) -> Iterator[Track]:
    if parts.has("thumbnails/"):
        yield Track(f"{here}thumbnails/index.vtt", "thumbnails")
    if parts.has("peaks.json"):
        yield Track(f"{here}peaks.json", "waveform")
