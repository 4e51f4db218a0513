"""The widget's built files: read once, with every header ready, before the first request comes.

What the build leaves (`static/build/`): `embed.js`, `assets/<hash>/…`, each with a `.br` and a `.gz` beside it, and
`build.json`, which has the hash of the files that the entry fetches, and the entry's own version and SRI.
"""

from __future__ import annotations

import json
import logging
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Response, request

from player.web.caching import cached, coding, tag
from player.web.problems import Problem

SUFFIXES = {"br": ".br", "gzip": ".gz"}
COMMAND = "pip install -e ."
TYPES = {
    # As the standards have them (RFC 9239, RFC 8259), whatever the machine's own table says.
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".map": "application/json",
    ".wasm": "application/wasm",
    ".vtt": "text/vtt; charset=utf-8",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file. `bodies` and `tags` by content coding; None is the plain file."""

    content_type: str
    bodies: Mapping[str | None, bytes]
    tags: Mapping[str | None, str]

    @property
    def codings(self) -> tuple[str, ...]:
        return tuple(name for name in self.bodies if name is not None)


@dataclass(frozen=True, slots=True)
class Assets:
    """One build. `files` by their path below `assets/<hash>/`; `version` and `sri` are of the entry alone."""

    hash: str
    version: str
    sri: str
    embed: Asset
    files: Mapping[str, Asset]


def load(folder: Path) -> Assets | None:
    """Read a build; None, and a line in the log, where there is none."""
    try:
        described = json.loads((folder / "build.json").read_bytes())
        name, sri = str(described["hash"]), str(described["embed"]["sri"])
        below = folder / "assets" / name
        return Assets(
            hash=name,
            version=str(described["version"]),
            sri=sri,
            embed=_read(folder / str(described["embed"].get("file", "embed.js"))),
            files={
                path.relative_to(below).as_posix(): _read(path)
                for path in sorted(below.rglob("*"))
                if path.is_file() and path.suffix not in SUFFIXES.values()
            },
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.error("The widget is not built (%s: %s); build it with `%s`", type(error).__name__, error, COMMAND)
        return None


def _read(path: Path) -> Asset:
    plain = path.read_bytes()
    bodies: dict[str | None, bytes] = {None: plain}
    for name, suffix in SUFFIXES.items():
        sibling = path.with_name(path.name + suffix)
        # A "compressed" sibling that is no smaller would only cost the reader time.
        if sibling.is_file() and (small := sibling.read_bytes()) and len(small) < len(plain):
            bodies[name] = small
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(TYPES.get(path.suffix, guessed), bodies, {name: tag(body) for name, body in bodies.items()})


def send(asset: Asset, cache: str) -> Response:
    name = coding(request.accept_encodings, asset.codings)
    response = Response(asset.bodies[name], content_type=asset.content_type)
    if name is not None:
        response.headers["Content-Encoding"] = name
    # Also on the plain body: a cache has to know that another request may get another one.
    response.headers["Vary"] = "Accept-Encoding"
    return cached(response, cache=cache, etag=asset.tags[name])


def built(assets: Assets | None) -> Assets:
    """The build, or a problem that names the command that makes one."""
    if assets is None:
        raise Problem(
            503,
            f"The widget has not been built; build it with `{COMMAND}` in the source tree, then start again.",
            headers={"Retry-After": "60"},
            command=COMMAND,
        )
    return assets
