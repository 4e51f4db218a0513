"""`/availability`: what a monitor asks. The status line says it all: 200 for pass and warn, 503 for fail.

The bodies are `application/health+json` (draft-inadarei-api-health-check) with the item's own members beside.
"""

from __future__ import annotations

import math
import re
from typing import Any

from flask import Response

from player.catalogue.media import Kind
from player.monitor.history import BadCursor, Summary
from player.monitor.listing import Filter
from player.probe.reasons import REASONS, State
from player.web import documents, query
from player.web.caching import BRIEF, HEALTH, json_response, respond
from player.web.manifest import health, instant
from player.web.service import current, now

LIMIT = 500
SHOWN = 100
LANGUAGES = 100
HOSTS = 50
"""Those with the most that is dead, or else the most, are told by name."""
UNSAID = "und"
"""Of items that do not say their language (BCP 47's word for it: RFC 5646 section 4.1)."""
HOST = re.compile(r"[A-Za-z0-9.:\[\]_-]{1,262}")
TEXT = re.compile(r".{1,200}", re.DOTALL)
CURSOR = re.compile(r"\d\.[a-z0-9._-]{1,128}")
FROM_NEXT = "the value of `next` in an answer of this list"


def item(id: str) -> Response:
    """`/availability/<id>`: one item, each source with its evidence. Also for what is not out yet, or no more."""
    service = current()
    fields = query.several("fields", documents.FIELDS)
    return respond(documents.availability(service.reader, service.settings, id, now(), fields))


def catalogue() -> Response:
    """`/availability`: counts of what is on offer, and the items, failing ones first.

    `kind` narrows everything; `state`, `reason`, `lang`, `host` and `q` narrow the list alone, so that a filter never
    hides a failure from the status. `fields`: the members to tell of each item, beside `status` and `id`.
    """
    service, at = current(), now()
    kind = query.word("kind", Kind)
    state = query.word("state", State)
    reason = query.word("reason", REASONS)
    fields = query.several("fields", documents.FIELDS)
    limit = query.whole("limit", 1, LIMIT, SHOWN)
    fail_below = query.number("fail_below", 0, 1, service.settings.fail_below)
    only = None if kind is None else Kind(kind)
    narrow = Filter(
        state=None if state is None else State(state),
        reason=reason,
        kind=only,
        lang=query.pattern("lang", query.LANGUAGE, "a BCP 47 language tag such as en or pt-BR"),
        host=query.pattern("host", HOST, "a host, with its port where it has one, such as cdn.example.org"),
        text=query.pattern("q", TEXT, "1 to 200 characters of a title or an id"),
    )
    after = query.pattern("after", CURSOR, FROM_NEXT)
    with service.history.health(at) as whole:
        try:
            page = whole.failing(narrow, after, limit)
        except BadCursor:
            raise query.bad("after", FROM_NEXT) from None
        every = whole.totals()
        languages, hosts = whole.languages(LANGUAGES, only), whole.hosts(HOSTS, only)
    totals = every.summary(only)
    ids = [one.media_id for one in page.items]
    found, held = service.catalogue.get_many(ids), service.history.for_items(ids)
    told = {
        "status": status(totals, fail_below),
        "checked_at": totals.checked_at and instant(totals.checked_at),
        "counts": {"items": totals.items, **{str(one): totals.states[one] for one in _COUNTED}},
        "reasons": dict(sorted(totals.reasons.items())),
        "kinds": {str(one): _dead(every.summary(one)) for one in Kind if only in (None, one)},
        "languages": {one.name or UNSAID: {"items": one.number, "unavailable": one.dead} for one in languages},
        "hosts": {one.name: {"sources": one.number, "unavailable": one.dead} for one in hosts},
        "items": [documents.narrowed(health(found[id], held[id], now=at), fields) for id in ids if id in found],
        "next": page.next,
    }
    return _answer({name: value for name, value in told.items() if value is not None}, service.settings.probe_interval)


def _dead(totals: Summary) -> dict[str, int]:
    return {"items": totals.items, "unavailable": totals.states[State.UNAVAILABLE]}


_COUNTED = (State.AVAILABLE, State.DEGRADED, State.UNAVAILABLE, State.UNKNOWN)


def status(totals: Summary, fail_below: float) -> str:
    """`fail` when too small a share plays; `warn` when any item is not as it should be; else `pass`."""
    if totals.playing_share < fail_below:
        return "fail"
    return "pass" if totals.states[State.AVAILABLE] == totals.items else "warn"


def _answer(told: dict[str, Any], interval: float) -> Response:
    failing = told["status"] == "fail"
    response = json_response(told, cache=BRIEF, content_type=HEALTH, status=503 if failing else 200)
    if failing:
        response.headers["Retry-After"] = str(math.ceil(interval))
    return response
