"""`/oembed`: oEmbed 1.0 (https://oembed.com), for editors that turn an address into a player by themselves."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from flask import Response, request
from markupsafe import Markup

from player.catalogue.media import Kind, Media
from player.web import query
from player.web.caching import MINUTES, json_response
from player.web.markup import frame
from player.web.media import find
from player.web.page import AUDIO_HEIGHT
from player.web.problems import Problem
from player.web.service import absolute, current, now

WIDTH, HEIGHT = 640, 360
LARGEST = 10_000


def oembed() -> Response:
    """`url`: an item's `/embed/<id>` or `/media/<id>`; `maxwidth`, `maxheight` in pixels; `format`: json alone."""
    if request.args.get("format", "json") != "json":
        # Section 2.3: a provider that has not the format says 501.
        raise Problem(501, "Only JSON is made here.", parameter="format", allowed="json")
    width = query.whole("maxwidth", 1, LARGEST, LARGEST)
    height = query.whole("maxheight", 1, LARGEST, LARGEST)
    item, _ = find(current(), _media_id(), now())
    return json_response(_describe(item, width, height), cache=MINUTES)


def _media_id() -> str:
    url = request.args.get("url")
    allowed = f"{absolute('/embed/')}<id>"
    if url is None:
        raise Problem(400, f"The parameter url is missing; allowed: {allowed}.", parameter="url", allowed=allowed)
    here = urlsplit(absolute("/"))
    try:
        asked = urlsplit(url)
        below = asked.path.removeprefix(here.path) if asked.path.startswith(here.path) else ""
    except ValueError:
        below, asked = "", here
    found = re.fullmatch(r"(?:embed|media)/([a-z0-9._-]+)", below)
    # http and https name the same page here; a proxy may have ended TLS.
    if found is None or asked.scheme not in ("http", "https") or asked.netloc.lower() != here.netloc.lower():
        raise Problem(404, "This is the address of no item here.", parameter="url", allowed=allowed)
    return found[1]


def _describe(media: Media, max_width: int, max_height: int) -> dict[str, Any]:
    width, height = _size(media, max_width, max_height)
    html = Markup(
        '<iframe src="{}" width="{}" height="{}" title="{}" allow="autoplay; fullscreen; picture-in-picture" '
        'allowfullscreen loading="lazy" frameborder="0"></iframe>'
    ).format(absolute(f"/embed/{media.id}"), width, height, media.title)
    told: dict[str, Any] = {
        "type": "video" if media.kind is Kind.VIDEO else "rich",
        "version": "1.0",
        "title": media.title,
        "provider_name": "Steady Player",
        "provider_url": absolute("/"),
        "cache_age": 300,
        "html": str(html),
        "width": width,
        "height": height,
    }
    return told


def _size(media: Media, max_width: int, max_height: int) -> tuple[int, int]:
    """As large as the picture, within the bounds and in its own shape; audio is as wide as it may be, and flat."""
    if media.kind is Kind.AUDIO:
        return min(WIDTH, max_width), min(AUDIO_HEIGHT, max_height)
    natural = frame(media, {})
    width, height = natural[0] or WIDTH, natural[1] or HEIGHT
    scale = min(1.0, max_width / width, max_height / height)
    return max(1, int(width * scale)), max(1, int(height * scale))
