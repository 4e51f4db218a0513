"""Whole answers about one item, made without Flask: body, validator, headers, and until when they hold.

The views and the read path before Flask send the same ones.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from player.catalogue.fields import InvalidMedia, slug
from player.catalogue.media import Lifecycle, Media
from player.monitor.reading import Found, Reader
from player.monitor.uptime import stretches, uptimes
from player.settings import Settings
from player.web.caching import BRIEF, HEALTH, Document, encode, tag
from player.web.manifest import at as fresh
from player.web.manifest import health, manifest
from player.web.problems import Problem
from player.web.steering import STEERING, steering_manifest

MISSING_CACHE = "public, max-age=5"
"""An item that is not there may be added any moment, and a page that asks for it may be read by many."""

FIELDS = (
    *("title", "kind", "lifecycle", "state", "reason", "since", "checked_at", "fresh_until", "sources", "uptime"),
)
"""Members of an item's health that `fields=` can choose from."""

ALWAYS = ("status", "id")

MOVING = timedelta(seconds=1)
"""How long a body holds that tells shares of a time which goes on."""

SETTLED = timedelta(seconds=15)
"""And one in which nothing moves: as long as whoever gets it may keep it."""


def media(reader: Reader, settings: Settings, media_id: str, at: datetime) -> Document:
    """`/media/<id>`: the manifest. Problems: 404 for an unknown id, 410 for what was taken down."""
    found = _found(reader, media_id, at, changes=False)
    if found.media.lifecycle(at) is Lifecycle.REMOVED:
        raise removed(media_id)
    body = encode(manifest(found.media, found.held, now=at, interval=settings.probe_interval))
    return Document(200, "application/json", body, tag(body), None, _turns(found, at, SETTLED))


def availability(
    reader: Reader, settings: Settings, media_id: str, at: datetime, fields: Collection[str] | None = None
) -> Document:
    """`/availability/<id>`: with each source's evidence. Also for what is not out yet, or no more. Problem: 404.

    `fields`: the members to tell, beside `status` and `id`; None is all.
    """
    found = _found(reader, media_id, at, changes=True)
    told = health(found.media, found.held, now=at, evidence=True)
    held = {one.source_id: one.verdict.state for one in found.held}
    shares = uptimes(stretches(found.changes, held, found.since, at), at)
    # Rounded down: what was not quite always must not read as always.
    told["uptime"] = {window: math.floor(share * 1e5) / 1e5 for window, share in shares.items()}
    failing = told["status"] == "fail"
    body = encode(narrowed(told, fields))
    return Document(
        503 if failing else 200,
        HEALTH,
        body,
        tag(body),
        math.ceil(settings.probe_interval) if failing else None,
        _turns(found, at, MOVING if any(0 < share < 1 for share in shares.values()) else SETTLED),
    )


def narrowed(told: dict[str, Any], fields: Collection[str] | None) -> dict[str, Any]:
    """An item's health with these members only, and those by which it is known."""
    if fields is None:
        return told
    return {name: value for name, value in told.items() if name in fields or name in ALWAYS}


def steering(reader: Reader, settings: Settings, media_id: str, at: datetime) -> Document:
    """`/steering/<id>`. Problems: 404 for an unknown id; 410 for what was taken down, after which players ask no
    more and stay where they are (RFC 8216bis section 7.2)."""
    found = _found(reader, media_id, at, changes=False)
    if found.media.lifecycle(at) is Lifecycle.REMOVED or not found.held:
        raise removed(media_id)
    body = encode(steering_manifest(fresh(found.held, at), settings.probe_interval))
    return Document(200, STEERING, body, tag(body), None, _turns(found, at, SETTLED))


def unknown(media_id: str) -> Problem:
    return Problem(
        404, "There is no such item in the catalogue.", headers={"Cache-Control": MISSING_CACHE}, id=media_id[:128]
    )


def removed(media_id: str) -> Problem:
    # Read as a manifest, which the widget does, it says the same: there is nothing to play.
    told = {"reason": "removed", "lifecycle": "removed", "sources": []}
    return Problem(410, "This item was taken down.", headers={"Cache-Control": BRIEF}, id=media_id, **told)


def _found(reader: Reader, media_id: str, at: datetime, *, changes: bool) -> Found:
    try:
        found = reader.read(slug("id", media_id), at, changes=changes)
    except InvalidMedia:  # what cannot be an id is not even looked for
        found = None
    if found is None:
        raise unknown(media_id)
    return found


def _turns(found: Found, at: datetime, longest: timedelta) -> datetime:
    """The first moment at which the clock alone changes what is told: a verdict goes stale, an item comes or goes."""
    return min([at + longest, *(moment for moment in _edges(found.media) if moment > at), *_stale(found, at)])


def _edges(item: Media) -> Iterable[datetime]:
    return [moment for moment in (item.published_at, item.starts_at, item.expires_at) if moment is not None]


def _stale(found: Found, at: datetime) -> Iterable[datetime]:
    # Fresh to the very end of that moment.
    return [one.verdict.fresh_until + timedelta(microseconds=1) for one in found.held if one.verdict.fresh_until >= at]
