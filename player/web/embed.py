"""The widget's code: `/embed.js`, `/embed-<hash>.js` and `/assets/<hash>/…`."""

from __future__ import annotations

from flask import Response

from player.web.assets import built, send
from player.web.caching import IMMUTABLE, RELEASE
from player.web.problems import Problem
from player.web.service import current


def script() -> Response:
    """`/embed.js`: whatever build is current."""
    return send(built(current().assets).embed, RELEASE)


def pinned(hash: str) -> Response:
    """`/embed-<hash>.js`: the bytes with this hash or none, so that an `integrity` attribute stays true."""
    assets = built(current().assets)
    if hash != assets.version:
        raise Problem(404, "This build of the widget is not the one that is served now.", current=assets.version)
    return send(assets.embed, IMMUTABLE)


def asset(hash: str, path: str) -> Response:
    """`/assets/<hash>/<path>`."""
    assets = built(current().assets)
    found = assets.files.get(path) if hash == assets.hash else None
    if found is None:
        raise Problem(404, "The widget's current build has no such file.", current=assets.hash)
    return send(found, IMMUTABLE)
