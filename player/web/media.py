"""`/media/<id>`: the manifest that the widget reads before it touches a source; `/steering/<id>`: see `steering`."""

from __future__ import annotations

from datetime import datetime

from flask import Response

from player.catalogue.media import Lifecycle, Media
from player.monitor.history import SourceVerdict
from player.web import documents
from player.web.caching import respond
from player.web.service import Service, current, now


def media(id: str) -> Response:
    service = current()
    document = documents.media(service.reader, service.settings, id, now())
    service.asked.note(id)
    return respond(document)


def steering(id: str) -> Response:
    service = current()
    return respond(documents.steering(service.reader, service.settings, id, now()))


def find(service: Service, media_id: str, at: datetime) -> tuple[Media, list[SourceVerdict]]:
    """The item and its sources' verdicts. Problems: 404 for an unknown id, 410 for what was taken down."""
    item = service.item(media_id)
    if item is None:
        raise documents.unknown(media_id)
    if item.lifecycle(at) is Lifecycle.REMOVED:
        raise documents.removed(media_id)
    return item, service.history.for_item(media_id)
