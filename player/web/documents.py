"""Whole answers about one item, made without Flask: body, validator, headers, and until when they hold.

The views and the read path before Flask send the same ones.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from player.catalogue.fields import InvalidMedia, slug
from player.monitor.plain import moment, text
from player.monitor.reading import Found, Reader
from player.monitor.uptime import WINDOWS, stretches, uptimes
from player.probe.reasons import State
from player.settings import Settings
from player.web.caching import BRIEF, HEALTH, Document, encode, tag
from player.web.manifest import claim_of, health_of, manifest_of
from player.web.problems import Problem
from player.web.steering import STEERING, steering_manifest

MISSING_CACHE = "public, max-age=5"
"""An item that is not there may be added any moment, and a page that asks for it may be read by many."""

FIELDS = (
    *("title", "kind", "lifecycle", "state", "reason", "since", "checked_at", "fresh_until", "vantages", "sources"),
    "uptime",
)
"""Members of an item's health that `fields=` can choose from."""

ALWAYS = ("status", "id")

MOVING = 1.0
"""Seconds that a body holds which tells shares of a time that goes on."""

SETTLED = 15.0
"""And one in which nothing moves: as long as whoever gets it may keep it."""

ALWAYS_UP = dict.fromkeys(WINDOWS, 1.0)


def media(reader: Reader, settings: Settings, media_id: str, at: datetime) -> Document:
    """`/media/<id>`: the manifest. Problems: 404 for an unknown id, 410 for what was taken down."""
    found, now = _found(reader, media_id, at, changes=False), _told(at)
    if found.item.removed:
        raise removed(media_id)
    body = encode(manifest_of(found.item, found.held, found.tracks, now=now, interval=settings.probe_interval))
    return Document(200, "application/json", body, tag(body), None, _holds(found, now, at, SETTLED))


def availability(
    reader: Reader, settings: Settings, media_id: str, at: datetime, fields: Collection[str] | None = None
) -> Document:
    """`/availability/<id>`: with each source's evidence. Also for what is not out yet, or no more. Problem: 404.

    `fields`: the members to tell, beside `status` and `id`; None is all.
    """
    found, now = _found(reader, media_id, at, changes=True), _told(at)
    told = health_of(found.item, found.held, now=now, evidence=True)
    told["uptime"] = shares = _shares(found, at)
    failing = told["status"] == "fail"
    body = encode(narrowed(told, fields))
    moving = shares is not ALWAYS_UP and any(0 < share < 1 for share in shares.values())
    return Document(
        503 if failing else 200,
        HEALTH,
        body,
        tag(body),
        math.ceil(settings.probe_interval) if failing else None,
        _holds(found, now, at, MOVING if moving else SETTLED),
    )


def _shares(found: Found, at: datetime) -> dict[str, float]:
    """The share of the time in which it played, by the name of the window."""
    if found.changes is None or found.since is None:
        return ALWAYS_UP
    held = {one.source_id: State(one.state) for one in found.held if one.state is not None}
    shares = uptimes(stretches(found.changes, held, found.since, at), at)
    # Rounded down: what was not quite always must not read as always.
    return {window: math.floor(share * 1e5) / 1e5 for window, share in shares.items()}


def narrowed(told: dict[str, Any], fields: Collection[str] | None) -> dict[str, Any]:
    """An item's health with these members only, and those by which it is known."""
    if fields is None:
        return told
    return {name: value for name, value in told.items() if name in fields or name in ALWAYS}


def steering(reader: Reader, settings: Settings, media_id: str, at: datetime) -> Document:
    """`/steering/<id>`. Problems: 404 for an unknown id; 410 for what was taken down, after which players ask no
    more and stay where they are (RFC 8216bis section 7.2)."""
    found, now = _found(reader, media_id, at, changes=False), _told(at)
    held = [(one.src, claim_of(one, now)[0]) for one in found.held if one.state is not None]
    if found.item.removed or not held:
        raise removed(media_id)
    body = encode(steering_manifest(held, settings.probe_interval))
    return Document(200, STEERING, body, tag(body), None, _holds(found, now, at, SETTLED))


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


def _holds(found: Found, now: str, at: datetime, longest: float) -> float:
    """Seconds until the clock alone changes what is told: a verdict goes stale, an item comes or goes."""
    item, last = found.item, _told(at, longest)
    # A verdict is fresh to the very end of that microsecond.
    ends = [one.fresh_until for one in found.held if one.state is not None and now <= one.fresh_until <= last]
    edges = (item.published_at, item.starts_at, item.expires_at)
    ends += [edge for edge in edges if edge is not None and now < edge <= last]
    if not ends:
        return longest
    return min(longest, (moment(min(ends)) - at).total_seconds() + 1e-6)


@lru_cache(8)
def _told(at: datetime, later: float = 0.0) -> str:
    """As `text`, kept for all that is answered in one turn."""
    return text(at + timedelta(seconds=later))
