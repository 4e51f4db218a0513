"""What an item is: frozen `Media`, `Source` and `Track`, validated on the way in.

The JSON shape that `from_json` reads and `to_json` writes is the one that the catalogue's files, the
command line and the manifest share: keys are the fields' names, times are ISO 8601 with an offset, and
keys that are absent or None are left out. The rules for each field are in `fields.py`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from player.catalogue import fields
from player.catalogue.fields import InvalidMedia

__all__ = [
    "WIDGET_TRACKS",
    "InvalidMedia",
    "Kind",
    "Lifecycle",
    "Media",
    "Source",
    "Track",
    "check",
    "from_json",
    "to_json",
]


WIDGET_TRACKS = ("thumbnails", "waveform")
"""The kinds of track that HTML does not know: they stand in the manifest and not in markup."""


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
    """What runs beside an item in time.

    As HTML's `<track>` has it: captions, subtitles, descriptions, chapters or metadata, in WebVTT. And two kinds that
    the widget alone reads: `thumbnails`, WebVTT whose cues name a part of a picture (`sprite.jpg#xywh=0,0,160,90`), and
    `waveform`, the JSON that audiowaveform writes.
    """

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

    def lifecycle(self, now: datetime) -> Lifecycle:
        """Where the item stands at `now`, which is timezone-aware. An end is exclusive, a start inclusive."""
        if self.removed:
            return Lifecycle.REMOVED
        if self.expires_at is not None and self.expires_at <= now:
            return Lifecycle.EXPIRED
        if any(start is not None and start > now for start in (self.published_at, self.starts_at)):
            return Lifecycle.SCHEDULED
        return Lifecycle.LIVE if self.live else Lifecycle.PUBLISHED


def from_json(obj: object) -> Media:
    """The item that a decoded JSON value describes; `InvalidMedia` names the first field that is wrong."""
    values = _read("", obj, _MEDIA, needed=("id", "kind", "title"))
    values["kind"] = Kind(values["kind"])
    values["sources"] = _each("sources", values.get("sources", []), _source)
    values["tracks"] = _each("tracks", values.get("tracks", []), _track)
    media = Media(**values)
    _check_whole(media)
    return media


def to_json(media: Media) -> dict[str, Any]:
    """What `from_json` reads, ready for `json.dumps`."""
    found = _write(media, _MEDIA)
    found["sources"] = [_write(source, _SOURCE) for source in media.sources]
    if media.tracks:
        found["tracks"] = [_write(track, _TRACK) for track in media.tracks]
    else:
        del found["tracks"]
    return found


def check(media: Media) -> Media:
    """The same item, if it keeps every rule; for items that did not come through `from_json`."""
    return from_json(to_json(media))


Reader = Callable[[str, object], Any]

_SOURCE: dict[str, Reader] = {
    "src": fields.address,
    "type": fields.mime,
    "size": fields.whole(2**63 - 1),
    "bitrate": fields.whole(10**12),
    "width": fields.whole(2**16),
    "height": fields.whole(2**16),
}

_TRACK: dict[str, Reader] = {
    "src": fields.address,
    "kind": fields.one_of("captions", "subtitles", "descriptions", "chapters", "metadata", "thumbnails", "waveform"),
    "srclang": fields.language,
    "label": fields.line,
    "default": fields.flag,
}

_MEDIA: dict[str, Reader] = {
    "id": fields.slug,
    "kind": fields.one_of(*Kind),
    "title": fields.line,
    "duration": fields.seconds,
    "lang": fields.language,
    "description": fields.prose,
    "poster": fields.address,
    "page": fields.address,
    "transcript": fields.address,
    "published_at": fields.instant,
    "starts_at": fields.instant,
    "expires_at": fields.instant,
    "live": fields.flag,
    "removed": fields.flag,
    "sources": fields.array,
    "tracks": fields.array,
}


def _read(path: str, obj: object, readers: Mapping[str, Reader], needed: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(obj, dict):
        raise InvalidMedia(path, f"expected an object, not {fields.shown(obj)}")
    if not obj.keys() <= readers.keys():
        key = next(key for key in obj if key not in readers)
        near = difflib.get_close_matches(str(key), readers, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(readers)}"
        raise InvalidMedia(path, f"unknown key {fields.shown(key)}; {hint}")
    prefix = f"{path}." if path else ""
    for key in needed:
        if obj.get(key) is None:
            raise InvalidMedia(prefix + key, "is missing")
    return {key: readers[key](prefix + key, value) for key, value in obj.items() if value is not None}


def _each(path: str, objs: list[object], read: Callable[[str, object], Any]) -> tuple[Any, ...]:
    return tuple(read(f"{path}[{index}]", obj) for index, obj in enumerate(objs))


def _source(path: str, obj: object) -> Source:
    return Source(**_read(path, obj, _SOURCE, needed=("src",)))


def _track(path: str, obj: object) -> Track:
    return Track(**_read(path, obj, _TRACK, needed=("src",)))


def _write(thing: object, keys: Mapping[str, Reader]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in keys:
        value = getattr(thing, key)
        if isinstance(value, datetime):
            value = _time(value)
        elif isinstance(value, Kind):
            value = value.value
        if value is not None and value is not False:
            found[key] = value
    return found


def _time(value: datetime) -> str:
    if value.tzinfo is None:  # left for `from_json` to refuse by the field's name
        return value.isoformat()
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _check_whole(media: Media) -> None:
    """The rules that no field can see alone."""
    if not media.sources and not media.removed:
        raise InvalidMedia("sources", "needs at least one source")
    seen: dict[str, int] = {}
    for index, source in enumerate(media.sources):
        if source.src in seen:
            raise InvalidMedia(f"sources[{index}].src", f"the same address as sources[{seen[source.src]}]")
        seen[source.src] = index
    _check_tracks(media.tracks)
    for name in ("published_at", "starts_at"):
        start = getattr(media, name)
        if media.expires_at is not None and start is not None and media.expires_at <= start:
            raise InvalidMedia("expires_at", f"is not after {name}")


def _check_tracks(tracks: tuple[Track, ...]) -> None:
    """https://html.spec.whatwg.org/multipage/media.html#the-track-element"""
    default = None
    seen: dict[tuple[str, str | None, str | None], int] = {}
    for index, track in enumerate(tracks):
        if track.kind == "subtitles" and track.srclang is None:
            raise InvalidMedia(f"tracks[{index}].srclang", "is missing: subtitles must say their language")
        # There is one picture of an item, whatever language it is in.
        key = (track.kind, None, None) if track.kind in WIDGET_TRACKS else (track.kind, track.srclang, track.label)
        if key in seen:
            what = "kind" if track.kind in WIDGET_TRACKS else "kind, srclang and label"
            raise InvalidMedia(f"tracks[{index}]", f"the same {what} as tracks[{seen[key]}]")
        seen[key] = index
        if track.default and track.kind in ("captions", "subtitles"):
            if default is not None:
                raise InvalidMedia(f"tracks[{index}].default", f"tracks[{default}] is the default already")
            default = index
