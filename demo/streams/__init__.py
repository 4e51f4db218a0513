"""Streams of the demo's own film, in the shapes that broadcasters publish: HLS and DASH, for tests and for QA.

`make(folder)` writes all of `STREAMS` into folders of their names, `make(folder, ["hls-ts"])` some. They are of
short renditions that PyAV encodes in a second or two; `stock(folder)` needs no PyAV, and cuts the films that the
demo carries.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import dash, hls, sound
from .mp4 import Film, read

MEDIA = Path(__file__).resolve().parent.parent / "media"
SECONDS = 12.0
SEGMENT = 2.0
STOCK_SEGMENT = 5.0  # the key pictures of the film that is committed are so far apart


@dataclass(frozen=True, slots=True)
class Parts:
    """What streams are made of. `films`: renditions, the lowest first. `voices`, `captions` by language."""

    films: Mapping[str, Film]
    files: Mapping[str, Path]
    voices: Mapping[str, Film]
    captions: Mapping[str, Path]
    seconds: float
    segment: float


def _ts(folder: Path, parts: Parts) -> None:
    from .encode import transport

    transport(parts.files["high"], folder, segment=parts.segment, options={})


def _ts_range(folder: Path, parts: Parts) -> None:
    from .encode import transport

    options = {"hls_flags": "single_file", "hls_segment_filename": str(folder / "all.ts")}
    transport(parts.files["high"], folder, segment=parts.segment, options=options)


def _aes(folder: Path, parts: Parts) -> None:
    """The key lies beside the segments, as it does on no real server."""
    from .encode import transport

    (folder / "key.bin").write_bytes(secrets.token_bytes(16))
    about = folder / "key.info"
    about.write_text(f"key.bin\n{folder / 'key.bin'}\n{secrets.token_hex(16)}\n")
    transport(parts.files["high"], folder, segment=parts.segment, options={"hls_key_info_file": str(about)})
    about.unlink()


# name: (what a player is given, how the folder is filled)
STREAMS: Mapping[str, tuple[str, Callable[[Path, Parts], None]]] = {
    "hls-ts": ("index.m3u8", _ts),
    "hls-ts-range": ("index.m3u8", _ts_range),
    "hls-aes": ("index.m3u8", _aes),
    "hls-fmp4": ("master.m3u8", lambda folder, parts: hls.fmp4(folder, dict(parts.films), parts.segment)),
    "hls-audio": (
        "master.m3u8",
        lambda folder, parts: hls.grouped(folder, dict(parts.films), dict(parts.voices), parts.segment),
    ),
    "hls-subs": (
        "master.m3u8",
        lambda folder, parts: hls.grouped(
            folder, dict(parts.films), dict(parts.voices), parts.segment, captions=dict(parts.captions)
        ),
    ),
    "hls-range": ("index.m3u8", lambda folder, parts: hls.byte_range(folder, parts.films["high"], parts.segment)),
    "hls-discontinuity": (
        "index.m3u8",
        lambda folder, parts: hls.discontinuity(folder, dict(parts.films), parts.segment),
    ),
    "hls-mp3": (
        "index.m3u8",
        lambda folder, parts: sound.raw_mp3(folder, MEDIA / "river-crossing.mp3", parts.segment, seconds=parts.seconds),
    ),
    "dash-number": ("manifest.mpd", lambda folder, parts: dash.numbered(folder, dict(parts.films), parts.segment)),
    "dash-timeline": ("manifest.mpd", lambda folder, parts: dash.timeline(folder, dict(parts.films), parts.segment)),
    "dash-base": ("manifest.mpd", lambda folder, parts: dash.single(folder, dict(parts.films), parts.segment)),
}


def make(
    folder: Path, names: Iterable[str] | None = None, *, seconds: float = SECONDS, segment: float = SEGMENT
) -> dict[str, str]:
    """Writes streams of the film's first `seconds`, cut into segments of `segment` seconds.

    Returns, for each name of `STREAMS`, the path in the folder that a player is given. Needs PyAV. What the
    streams are cut from stays in the folder: `low.mp4`, `high.mp4`.
    """
    parts = prepare(folder, seconds=seconds, segment=segment)
    found = {}
    for name in STREAMS if names is None else names:
        entry, write = STREAMS[name]
        (folder / name).mkdir(parents=True, exist_ok=True)
        write(folder / name, parts)
        found[name] = f"{name}/{entry}"
    return found


def prepare(folder: Path, *, seconds: float = SECONDS, segment: float = SEGMENT) -> Parts:
    """The short renditions and voices, encoded into the folder."""
    from .encode import renditions, voice

    folder.mkdir(parents=True, exist_ok=True)
    files = renditions(MEDIA / "first-light.mp4", folder, seconds=seconds, keys=segment)
    films = {name: read(path) for name, path in files.items()}
    persian = voice(MEDIA / "river-crossing-fa.ogg", folder / "voice-fa.mp4", seconds=seconds)
    captions = {lang: MEDIA / f"first-light.{lang}.vtt" for lang in ("en", "fa")}
    return Parts(films, files, {"en": films["high"], "fa": read(persian)}, captions, seconds, segment)


def stock(folder: Path) -> dict[str, Film]:
    """Writes `hls/master.m3u8` and `dash/manifest.mpd` of the film that the demo carries, whole and without PyAV.

    Sound and captions are renditions of their own. Returns the films that it is cut from, for `live.Live`.
    """
    films = {"low": read(MEDIA / "first-light-low.mp4"), "high": read(MEDIA / "first-light.mp4")}
    for name in ("hls", "dash"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    captions = {lang: MEDIA / f"first-light.{lang}.vtt" for lang in ("en", "fa")}
    hls.grouped(folder / "hls", films, {"en": films["high"]}, STOCK_SEGMENT, captions=captions)
    dash.timeline(folder / "dash", films, STOCK_SEGMENT)
    return films
