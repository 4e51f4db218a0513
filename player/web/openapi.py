"""`/openapi.json`: every JSON that we hand out, described (OpenAPI 3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from player.catalogue.media import Kind, Lifecycle
from player.monitor.incidents import Scope
from player.probe.reasons import REASONS, State
from player.web import access, availability, documents, incidents, oembed, prometheus
from player.web.caching import HEALTH, MINUTES, json_response
from player.web.query import LANGUAGE
from player.web.service import absolute, current, version
from player.web.steering import STEERING

Schema = dict[str, Any]

TIME: Schema = {"type": "string", "format": "date-time"}
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
# Compared by clients, never shown: new reasons come with new releases.
REASON: Schema = {"type": "string", "examples": sorted(REASONS)}
STATE: Schema = {"type": "string", "enum": [str(state) for state in State]}
STATUS: Schema = {"type": "string", "enum": ["pass", "warn", "fail"]}
KIND: Schema = {"type": "string", "enum": [str(kind) for kind in Kind]}
LIFECYCLE: Schema = {"type": "string", "enum": [str(stage) for stage in Lifecycle]}


def openapi() -> Response:
    return json_response(document(), cache=MINUTES)


def document() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Steady Player", "version": version(), "license": {"name": "MIT", "identifier": "MIT"}},
        "servers": [{"url": absolute("") or "/"}],
        "paths": _paths() if current().settings.public_health else _guarded(_paths()),
        "components": {"schemas": SCHEMAS, "securitySchemes": SECURITY},
    }


SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "Where the service is set to ask for one."},
    "password": {"type": "http", "scheme": "basic", "description": "The token as password, with any name."},
}


def _guarded(paths: dict[str, Any]) -> dict[str, Any]:
    """The same, where everything but what readers' pages need asks for a token."""
    for path, methods in paths.items():
        scopes = [str(scope) for scope in access.NEEDED.get(ROOMS.get(path, ""), ())]
        if scopes:
            methods["get"]["security"] = [{"token": scopes}, {"password": scopes}]
            methods["get"]["responses"] |= {status: _answer(status, None) for status in ("401", "403", "429")}
    return paths


ROOMS = {
    **dict.fromkeys(("/availability", "/availability/{id}"), "availability"),
    "/incidents": "incidents",
    "/sd": "prometheus",
}
"""Paths by the module of their view, as `access.NEEDED` has them."""


def _object(required: Mapping[str, Schema], **optional: Schema) -> Schema:
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


def _list(of: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": of, **more}


def _each(of: Schema, **more: Any) -> Schema:
    """By name."""
    return {"type": "object", "additionalProperties": of, **more}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


HELD = {"state": STATE, "reason": REASON}
VANTAGES: Schema = {
    "type": "object",
    "additionalProperties": _object(HELD, checked_at=TIME),
    "description": "What each vantage point holds, by name, where several look; `home` is the one without a name.",
}

SCHEMAS: Mapping[str, Schema] = {
    "Problem": _object({"title": TEXT, "status": {"type": "integer"}, "detail": TEXT}, parameter=TEXT, allowed=TEXT),
    "Suspicion": _object({**HELD, "since": TIME}),
    "SourceHealth": _object(
        {"src": TEXT, **HELD},
        type=TEXT,
        since=TIME,
        checked_at=TIME,
        fresh_until=TIME,
        suspicion=_ref("Suspicion"),
        vantages=VANTAGES,
        evidence={"type": "object"},
        requests=COUNT,
        bytes=COUNT,
        ms={"type": "number", "minimum": 0},
    ),
    "ItemHealth": _object(
        {"status": STATUS, "id": TEXT},
        title=TEXT,
        kind=KIND,
        lifecycle=LIFECYCLE,
        **HELD,
        sources=_list(_ref("SourceHealth")),
        vantages=VANTAGES,
        since=TIME,
        checked_at=TIME,
        fresh_until=TIME,
        uptime={"type": "object", "additionalProperties": SHARE, "description": "By window: 24h, 7d, 30d, 90d."},
    ),
    "CatalogueHealth": _object(
        {
            "status": STATUS,
            "counts": _object({"items": COUNT, **{str(state): COUNT for state in State}}),
            "reasons": {"type": "object", "additionalProperties": COUNT},
            "kinds": _each(_object({"items": COUNT, "unavailable": COUNT})),
            "languages": _each(_object({"items": COUNT, "unavailable": COUNT}), maxProperties=availability.LANGUAGES),
            "hosts": _each(_object({"sources": COUNT, "unavailable": COUNT}), maxProperties=availability.HOSTS),
            "items": _list(_ref("ItemHealth"), maxItems=availability.LIMIT),
        },
        checked_at=TIME,
        next={**TEXT, "description": "The `after` of the page that follows."},
    ),
    "Source": _object(
        {"src": TEXT},
        type=TEXT,
        size=COUNT,
        bitrate=COUNT,
        width=COUNT,
        height=COUNT,
        state=STATE,
        reason=REASON,
        fresh_until=TIME,
        anyway={"type": "boolean", "description": "The reason may have passed: a reader may try all the same."},
        vantages=VANTAGES,
        needs=_list(TEXT),
        by={**TEXT, "description": "The part of the widget that plays a stream where the browser does not by itself."},
    ),
    "Track": _object({"src": TEXT, "kind": TEXT}, srclang=TEXT, label=TEXT, default={"type": "boolean"}),
    "Manifest": _object(
        {
            "id": TEXT,
            "kind": KIND,
            "title": TEXT,
            "lifecycle": LIFECYCLE,
            "sources": _list(_ref("Source")),
            "retry_after": {**COUNT, "description": "Seconds after which the answer may be another one."},
        },
        **dict.fromkeys(("lang", "description", "poster", "page", "transcript"), TEXT),
        duration={"type": "number", "exclusiveMinimum": 0},
        starts_at=TIME,
        tracks=_list(_ref("Track")),
        vantages=VANTAGES,
        **HELD,
        since=TIME,
        checked_at=TIME,
        fresh_until=TIME,
    ),
    "Steering": _object(
        {
            "VERSION": {"const": 1},
            "TTL": COUNT,
            "PATHWAY-PRIORITY": _list(TEXT, minItems=1),
        },
        **{"PATHWAY-CLONES": _list({"type": "object"})},
    ),
    "Incident": _object(
        {
            "id": COUNT,
            "scope": {"type": "string", "enum": [str(scope) for scope in Scope]},
            "reason": REASON,
            "started_at": TIME,
            "items": COUNT,
            "examples": _list(TEXT),
            "languages": {"type": "object", "additionalProperties": COUNT},
        },
        host=TEXT,
        media=TEXT,
        ended_at=TIME,
    ),
    "Incidents": _object({"incidents": _list(_ref("Incident"))}, next={**COUNT, "description": "The next `before`."}),
    "Target": _object({"targets": _list(TEXT), "labels": {"type": "object", "additionalProperties": TEXT}}),
    "Service": _object({"status": STATUS, "version": TEXT}, checks={"type": "object"}),
    "OEmbed": _object({"version": {"const": "1.0"}, "type": TEXT, "html": TEXT}, width=COUNT, height=COUNT),
}

ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[a-z0-9]([a-z0-9._-]{0,126}[a-z0-9])?$"},
}


def _query(name: str, schema: Schema, text: str = "", *, required: bool = False) -> dict[str, Any]:
    told = {"name": name, "in": "query", "schema": schema, "required": required}
    return {**told, "description": text} if text else told


def _whole(low: int, high: int, default: int | None = None) -> Schema:
    schema: Schema = {"type": "integer", "minimum": low, "maximum": high}
    return schema if default is None else {**schema, "default": default}


def _paths() -> dict[str, Any]:
    health = HEALTH
    item = {"200": ("ItemHealth", health), "503": ("ItemHealth", health), "404": None}
    whole = {"200": ("CatalogueHealth", health), "503": ("CatalogueHealth", health), "400": None}
    service = {"200": ("Service", health), "503": ("Service", health)}
    return {
        "/media/{id}": _get("The manifest that a player reads.", [ID], {"200": "Manifest", "404": None, "410": None}),
        "/availability": _get(
            "The catalogue's health. 503 with Retry-After where too small a share plays.", _filters(), whole
        ),
        "/availability/{id}": _get("One item's health. 503 with Retry-After while it is dead.", [ID, FIELDS], item),
        "/steering/{id}": _get(
            "Content steering for HLS and DASH: pathways are hosts of the item's sources.",
            [ID],
            {"200": ("Steering", STEERING), "404": None, "410": None},
        ),
        "/incidents": _get(
            "What is broken and what was, the newest first.",
            [
                _query("lasting", {"type": "string", "enum": ["0", "1"]}),
                _query("before", _whole(1, 10**17)),
                _query("limit", _whole(1, incidents.LIMIT, incidents.SHOWN)),
            ],
            {"200": "Incidents", "400": None},
        ),
        "/sd": _get(
            "The items, for Prometheus's http_sd_configs.",
            [_query("after", TEXT), _query("limit", _whole(1, prometheus.TARGETS, prometheus.TARGETS))],
            {"200": _list(_ref("Target")), "400": None},
        ),
        "/oembed": _get(
            "oEmbed 1.0.",
            [
                _query("url", TEXT, "The address of an item's page.", required=True),
                _query("format", {"type": "string"}),
                *(_query(name, _whole(1, oembed.LARGEST)) for name in ("maxwidth", "maxheight")),
            ],
            {"200": "OEmbed", "400": None, "404": None, "410": None, "501": None},
        ),
        "/healthz": _get("Whether this process answers.", [], {"200": ("Service", health)}),
        "/readyz": _get("Whether it can do its work.", [], service),
    }


FIELDS = {
    "name": "fields",
    "in": "query",
    "schema": {"type": "array", "items": {"type": "string", "enum": list(documents.FIELDS)}, "minItems": 1},
    "style": "form",
    "explode": False,
    "description": "The members to tell of an item, beside `status` and `id`; without it all.",
}


def _filters() -> list[dict[str, Any]]:
    return [
        _query("kind", KIND, "Narrows everything; the others narrow the list alone."),
        _query("state", STATE),
        _query("reason", {"type": "string", "enum": sorted(REASONS)}),
        _query("lang", {"type": "string", "pattern": f"^{LANGUAGE.pattern}$"}),
        _query("host", {"type": "string", "pattern": f"^{availability.HOST.pattern}$"}, "With its port, if any."),
        _query("q", {"type": "string", "minLength": 1, "maxLength": 200}, "In the title or the id."),
        _query("fail_below", SHARE, "Fail when a smaller share of the items is not dead."),
        FIELDS,
        _query("limit", _whole(1, availability.LIMIT, availability.SHOWN)),
        _query("after", {"type": "string", "pattern": r"^[0-3]\.[a-z0-9._-]{1,128}$"}, "The `next` of a page."),
    ]


Answer = str | tuple[str, str] | Schema | None


def _get(text: str, parameters: list[dict[str, Any]], answers: Mapping[str, Answer]) -> dict[str, Any]:
    """`answers` by status: a schema's name, or with its content type; None is a problem."""
    return {
        "get": {
            "summary": text,
            "parameters": parameters,
            "responses": {status: _answer(status, answer) for status, answer in answers.items()},
        }
    }


def _answer(status: str, answer: Answer) -> dict[str, Any]:
    content = "application/json"
    if answer is None:
        answer, content = "Problem", "application/problem+json"
    elif isinstance(answer, tuple):
        answer, content = answer
    schema = _ref(answer) if isinstance(answer, str) else answer
    told = {"200": "As asked.", "503": "The same, while it fails."}.get(status, "Why not.")
    return {"description": told, "content": {content: {"schema": schema}}}
