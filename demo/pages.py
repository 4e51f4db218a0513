"""The QA pages, at `/demo/` of the player's own origin: the state gallery, live items, the fault panel.

One page with several views; what it shows is decided by its address, see `gallery.js`. Registered by the
demo only: no other application of ours has these addresses.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from string import Template

from flask import Blueprint, Response, abort, redirect, send_file

from player import files
from player.catalogue.media import Media
from player.probe.reasons import REASONS
from player.web.service import current

from .items import Addresses

HERE = Path(__file__).parent
VIEWS = ("", "reasons", "languages", "live", "faults")
FILES = ("gallery.css", "gallery.js", "dom.js", "tiles.js", "logs.js", "panel.js", "states.js")

# What only a browser finds out, and what an item's own dates say; the probe's vocabulary has neither.
WIDGET_REASONS = ("decode", "stalled", "deadline", "network", "no-source", "offline", "unknown")
LIFECYCLE = ("scheduled", "expired", "removed")


def blueprint(addresses: Addresses) -> Blueprint:
    """The pages for these origins."""
    made = Blueprint("demo", __name__)
    policy = _policy(addresses.media)

    def view(name: str = "") -> Response:
        if name not in VIEWS:
            abort(404)
        return Response(_page(addresses), mimetype="text/html", headers={"Cache-Control": "no-cache"})

    def file(name: str) -> Response:
        if name not in FILES:
            abort(404)
        return send_file(HERE / name, max_age=0)

    def probe(media_id: str) -> Response:
        made_due = current().history.make_due(media_id, datetime.now(UTC))
        return Response(json.dumps({"due": made_due}), status=202, mimetype="application/json")

    def headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    made.add_url_rule("/", "root", lambda: redirect("/demo/"))
    made.add_url_rule("/demo/", "gallery", view)
    made.add_url_rule("/demo/<name>", "view", view)
    made.add_url_rule("/demo/files/<name>", "file", file)
    made.add_url_rule("/demo/probe/<media_id>", "probe", probe, methods=["POST"])
    made.after_request(headers)
    return made


def _policy(media: str) -> str:
    """As strict as an article's, but that media may come from anywhere: some items name hosts that do not exist."""
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {media}; img-src {media}; "
        "media-src http: https:; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'"
    )


def _page(addresses: Addresses) -> str:
    config = {
        "player": addresses.player,
        "article": addresses.article,
        "media": addresses.media,
        "reasons": [{"code": reason.code, "state": reason.state} for reason in REASONS.values()]
        + [{"code": code, "state": "widget"} for code in WIDGET_REASONS]
        + [{"code": code, "state": "lifecycle"} for code in LIFECYCLE],
        "languages": languages(),
        "items": [
            {"id": media.id, "kind": media.kind, "title": media.title, "lang": media.lang}
            for media in sorted(current().catalogue.all(), key=_importance)
        ],
    }
    # No "</script" can end the block early (https://html.spec.whatwg.org/#restrictions-for-contents-of-script-elements).
    data = json.dumps(config, ensure_ascii=False).replace("<", "\\u003c")
    return Template((HERE / "gallery.html").read_text("utf-8")).substitute(
        config=data, article=addresses.article, media=addresses.media
    )


def _importance(media: Media) -> tuple[bool, str]:
    """The story first; after it what goes wrong, by name."""
    return not media.id.startswith("river-crossing"), media.id


def languages() -> list[str]:
    """The BCP 47 tags of the languages that the widget speaks, in lower case."""
    return sorted(path.stem for path in (files.static() / "js" / "i18n").glob("*.js") if path.stem != "messages")
