"""`/embed/<id>`: the player alone on a page, to be put in a frame by those who cannot paste a script."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import urlencode, urlsplit

from flask import Response, render_template

from player.catalogue.media import Media
from player.web import query
from player.web.caching import MINUTES, cached
from player.web.markup import FLAGS, checked, element, inlined
from player.web.media import find
from player.web.service import absolute, current, local, now

STYLE = (
    "html,body{margin:0;height:100%;background:transparent}"
    "steady-player,audio,video{display:block;width:100%}"
    "video{height:100%;background:#000}"
)
AUDIO_HEIGHT = 54
"""Pixels; as tall as the browsers' own audio controls."""


def page(id: str) -> Response:
    """HTML. Query: `lang`, `start`, and the switches `autoplay`, `loop`, `muted`."""
    service, at = current(), now()
    item, _ = find(service, id, at)
    lang = query.pattern("lang", query.LANGUAGE, "a BCP 47 language tag such as en or pt-BR")
    start = query.pattern("start", query.CLOCK, "seconds, m:ss or h:mm:ss")
    switches = {name: query.flag(name) for name in FLAGS}
    given = checked({"lang": lang, "start": start, **switches})
    html = render_template(
        "steady-player-embed.html",
        media=item,
        lang=lang or item.lang or "",
        style=STYLE,
        player=element(item, inlined(service, item, at), id, given),
        script=local("/embed.js"),
        oembed=absolute("/oembed") + "?" + urlencode({"url": absolute(f"/embed/{id}"), "format": "json"}),
    )
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = policy(item)
    # The frame belongs to whoever embeds it, and what is played is no business of the media's host.
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    return cached(response, cache=MINUTES)


def policy(media: Media) -> str:
    """Our own script, this one style, media from the web; whoever likes may frame it."""
    web = "https: http:" if any(source.src.startswith("http:") for source in media.sources) else "https:"
    ours = " ".join(dict.fromkeys(["'self'", _origin(absolute("/"))]))
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    rules = {
        "default-src": "'none'",
        "script-src": ours,
        "style-src": f"'sha256-{digest}'",
        "img-src": f"{ours} {web} data:",
        "media-src": f"{ours} {web} blob:",
        "connect-src": f"{ours} {web}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "*",
        "require-trusted-types-for": "'script'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
