"""`/media/<id>`: the manifest that the widget reads before it touches a source."""

from __future__ import annotations

from datetime import datetime

from flask import Response

from player.catalogue.media import Lifecycle, Media
from player.monitor.history import SourceVerdict
from player.web.caching import BRIEF, json_response
from player.web.manifest import manifest
from player.web.problems import Problem
from player.web.service import Service, current, now

MISSING_CACHE = "public, max-age=5"
"""An item that is not there may be added any moment, and a page that asks for it may be read by many."""


def media(id: str) -> Response:
    service = current()
    item, verdicts = find(service, id, at := now())
    return json_response(manifest(item, verdicts, now=at, interval=service.settings.probe_interval), cache=BRIEF)


def find(service: Service, media_id: str, at: datetime) -> tuple[Media, list[SourceVerdict]]:
    """The item and its sources' verdicts. Problems: 404 for an unknown id, 410 for what was taken down."""
    item = service.item(media_id)
    if item is None:
        raise unknown(media_id)
    if item.lifecycle(at) is Lifecycle.REMOVED:
        # Read as a manifest, which the widget does, it says the same: there is nothing to play.
        told = {"reason": "removed", "lifecycle": "removed", "sources": []}
        raise Problem(410, "This item was taken down.", headers={"Cache-Control": BRIEF}, id=media_id, **told)
    return item, service.history.for_item(media_id)


def unknown(media_id: str) -> Problem:
    return Problem(
        404, "There is no such item in the catalogue.", headers={"Cache-Control": MISSING_CACHE}, id=media_id[:128]
    )
