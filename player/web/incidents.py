"""`/incidents`: what is broken now and what was, the newest first."""

from __future__ import annotations

from flask import Response

from player.monitor.outbox import told
from player.web import query
from player.web.caching import BRIEF, json_response
from player.web.service import current

LIMIT = 500
SHOWN = 100


def incidents() -> Response:
    """`lasting=1` those that are not over, `lasting=0` those that are; `before`: the `next` of the page before."""
    limit = query.whole("limit", 1, LIMIT, SHOWN)
    asked = query.word("lasting", ("0", "1"))
    before = query.whole("before", 1, 10**17, 10**17)
    found = current().history.incidents(lasting=None if asked is None else asked == "1", before=before, limit=limit)
    page = {"incidents": [told(one) for one in found]}
    following = {"next": found[-1].id} if len(found) == limit else {}
    return json_response({**page, **following}, cache=BRIEF)
