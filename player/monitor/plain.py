"""An item as its rows say it: plain values, for documents that are made ten thousand times a second. Pure.

A time is text in UTC, `2026-11-23 07:28:26.123456`, as SQLite keeps it: texts sort as the moments do, and become
RFC 3339 by a slice. Objects (`Media`, `SourceVerdict`) become rows by the functions below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from player.catalogue.media import Media, Source
from player.monitor.entries import SourceVerdict

NEVER = "1970-01-01 00:00:00.000000"
"""`player.tables.EPOCH` as text."""


class Item(NamedTuple):
    """The columns of `media`; the first nine are told as they are."""

    id: str
    kind: str
    title: str
    duration: float | None
    lang: str | None
    description: str | None
    poster: str | None
    page: str | None
    transcript: str | None
    published_at: str | None
    starts_at: str | None
    expires_at: str | None
    live: bool
    removed: bool


class Held(NamedTuple):
    """A source and its verdict as it was recorded. `state`: None, as all that follows, where there is no verdict.

    `evidence`, `memory`: JSON, as text or read.
    """

    position: int
    source_id: int
    src: str
    type: str | None = None
    size: int | None = None
    bitrate: int | None = None
    width: int | None = None
    height: int | None = None
    state: str | None = None
    reason: str = ""
    since: str = NEVER
    checked_at: str = NEVER
    fresh_until: str = NEVER
    evidence: str | Mapping[str, Any] | None = None
    requests: int = 0
    bytes: int = 0
    ms: float = 0.0
    memory: str | Mapping[str, Any] | None = None


class Beside(NamedTuple):
    """A track."""

    src: str
    kind: str
    srclang: str | None
    label: str | None
    default: bool


def text(moment: datetime) -> str:
    in_utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return in_utc.isoformat(" ", "microseconds")[:26]


def moment(text: str) -> datetime:
    """Raises ValueError."""
    return datetime.fromisoformat(text + "+00:00")


def item_of(media: Media) -> Item:
    published, starts, expires = (
        None if one is None else text(one) for one in (media.published_at, media.starts_at, media.expires_at)
    )
    return Item(
        media.id,
        media.kind.value,
        media.title,
        media.duration,
        media.lang,
        media.description,
        media.poster,
        media.page,
        media.transcript,
        published,
        starts,
        expires,
        media.live,
        media.removed,
    )


def held_of(sources: Sequence[Source], verdicts: Sequence[SourceVerdict]) -> list[Held]:
    """An item's sources in their order, each with its verdict where it has one."""
    known = {one.src: one for one in verdicts}
    return [_held(position, source, known.get(source.src)) for position, source in enumerate(sources)]


def beside_of(media: Media) -> list[Beside]:
    return [Beside(one.src, one.kind, one.srclang, one.label, one.default) for one in media.tracks]


def _held(position: int, source: Source, told: SourceVerdict | None) -> Held:
    facts = (source.src, source.type, source.size, source.bitrate, source.width, source.height)
    if told is None:
        return Held(position, 0, *facts)
    verdict = told.verdict
    return Held(
        position,
        told.source_id,
        *facts,
        verdict.state.value,
        verdict.reason,
        text(verdict.since),
        text(verdict.checked_at),
        text(verdict.fresh_until),
        verdict.evidence,
        told.requests,
        told.bytes,
        told.ms,
        told.memory.to_json(),
    )
