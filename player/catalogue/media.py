"""What an item is: frozen `Media`, `Source` and `Track`, validated on the way in.

The JSON shape that `from_json` reads and `to_json` writes is the one that the catalogue's files, the
command line and the manifest share; keys that are absent or None are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    AUDIO = "audio"
    VIDEO = "video"


class Lifecycle(StrEnum):
    SCHEDULED = "scheduled"
    LIVE = "live"
    PUBLISHED = "published"
    EXPIRED = "expired"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Source:
    """One address an item can be played from. `size` in bytes, `bitrate` in bit/s, sizes in pixels."""

    src: str
    type: str | None = None
    size: int | None = None
    bitrate: int | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """A timed text track (HTML `<track>`): captions, subtitles, descriptions, chapters or metadata."""

    src: str
    kind: str = "captions"
    srclang: str | None = None
    label: str | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class Media:
    """One item. `id`: a URL-safe slug. `duration` in seconds. `lang`: a BCP 47 tag. Times are UTC."""

    id: str
    kind: Kind
    title: str
    sources: tuple[Source, ...]
    tracks: tuple[Track, ...] = ()
    duration: float | None = None
    lang: str | None = None
    description: str | None = None
    poster: str | None = None
    page: str | None = None
    transcript: str | None = None
    published_at: datetime | None = None
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    live: bool = False
    removed: bool = False
