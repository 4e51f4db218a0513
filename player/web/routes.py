"""Every address, and the blueprint that carries them: in our own application, or below a prefix in another's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, Response, request

from player.web import (
    access,
    availability,
    dashboard,
    embed,
    events,
    health,
    incidents,
    media,
    metrics,
    oembed,
    openapi,
    page,
    problems,
    prometheus,
)
from player.web.headers import METHODS, preflight, secure

View = Callable[..., Response]

ROUTES: Mapping[str, View] = {
    "/embed.js": embed.script,
    "/embed-<hash>.js": embed.pinned,
    "/assets/<hash>/<path:path>": embed.asset,
    "/media/<id>": media.media,
    "/steering/<id>": media.steering,
    "/availability": availability.catalogue,
    "/availability/<id>": availability.item,
    "/healthz": health.healthz,
    "/readyz": health.readyz,
    "/metrics": metrics.metrics,
    "/probe": prometheus.probe,
    "/sd": prometheus.discovery,
    "/events": events.events,
    "/incidents": incidents.incidents,
    "/embed/<id>": page.page,
    "/oembed": oembed.oembed,
    "/openapi.json": openapi.openapi,
    "/dashboard": dashboard.page,
    "/dashboard/<name>": dashboard.file,
}

EVERY_METHOD = ("GET", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
"""All are routed to us, and refused by us: a host's router would answer 405 in its own words."""


def blueprint(prefix: str) -> Blueprint:
    """`prefix`: "" or such as "/player". Under a prefix, what we do not know is our 404 and not the host's."""
    made = Blueprint("steady_player", "player", url_prefix=prefix or None, template_folder="templates")
    for rule, view in ROUTES.items():
        made.add_url_rule(
            rule, _name(view), view, methods=EVERY_METHOD, provide_automatic_options=False, strict_slashes=False
        )
    if prefix:
        made.add_url_rule("/", "root", _nothing, methods=EVERY_METHOD)
        made.add_url_rule("/<path:path>", "nothing", _nothing, methods=EVERY_METHOD)
    made.before_request(_method)
    made.before_request(access.check)
    made.after_request(access.keep_private)
    made.after_request(secure)
    problems.handle(made)
    return made


def _name(view: View) -> str:
    return f"{view.__module__.rpartition('.')[2]}_{view.__name__}"


def _method() -> Response | None:
    if request.method == "OPTIONS":
        return preflight()
    if request.method not in ("GET", "HEAD"):
        raise problems.not_allowed(METHODS)
    return None


def _nothing(path: str = "") -> Response:
    raise problems.Problem(404, "There is nothing at this address.")
