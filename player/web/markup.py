"""The player as HTML: the template helper `media_player()`, and what the iframe page is made of.

The markup works without JavaScript: a native element with the sources that are not known to be dead. With
JavaScript the widget takes it over, and has the manifest inline, so that nothing is requested before play.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import g, has_request_context
from markupsafe import Markup, escape
from sqlalchemy.exc import SQLAlchemyError

from player.catalogue.media import WIDGET_TRACKS, Kind, Lifecycle, Media
from player.web.caching import encode
from player.web.manifest import manifest
from player.web.query import CLOCK, LANGUAGE
from player.web.service import Service, current, local, now

log = logging.getLogger(__name__)

FLAGS = ("autoplay", "loop", "muted", "playsinline")
WORDS: Mapping[str, re.Pattern[str]] = {
    "kind": re.compile("audio|video"),
    "lang": LANGUAGE,
    "dir": re.compile("ltr|rtl|auto"),
    "preload": re.compile("none|metadata|auto"),
    "crossorigin": re.compile("anonymous|use-credentials"),
    "timecode": re.compile("auto|m:ss|h:mm:ss"),
    "start": CLOCK,
    "poster": re.compile(r"(?!\s*(?:javascript|data|vbscript):)\S+", re.IGNORECASE),
    "width": re.compile(r"[1-9]\d{0,4}"),
    "height": re.compile(r"[1-9]\d{0,4}"),
}
FREE = re.compile(r"id|class|title|role|slot|part|hidden|tabindex|(?:data|aria)-[a-z][a-z0-9-]*")
"""Attributes whose value is the author's own affair. Neither `style` nor `on…`: a strict CSP refuses both."""

NATIVE = ("autoplay", "loop", "muted", "playsinline", "crossorigin", "preload")
"""What the native element has to know too, where JavaScript does not come."""


def media_player(media_id: str, /, *, nonce: str | None = None, **attributes: object) -> Markup:
    """The player for one item, as a template writes it: `{{ media_player("river-crossing", lang="fa") }}`.

    Attributes are written with underscores (`data_section`, `class_`); True is an attribute without a value, False and
    None leave it out. `nonce` goes to the script tag, which comes once to a response. A wrong attribute is the
    template's fault and raises `ValueError`; an unknown item or a silent database must not take the article with it,
    and leaves a player that asks for itself.
    """
    given = checked(attributes)
    player = element(*_look_up(media_id), media_id, given)
    return player + _script(nonce)


def checked(attributes: Mapping[str, object]) -> dict[str, str | bool]:
    """HTML attributes by their HTML names; `ValueError` names the one that will not do."""
    found: dict[str, str | bool] = {}
    for keyword, value in attributes.items():
        name = keyword.rstrip("_").replace("_", "-")
        if value is None or value is False:
            continue
        shape = WORDS.get(name)
        if name in FLAGS:
            if value is not True and value != "":
                raise ValueError(f"media_player(): {keyword} is a switch, so True or False, not {value!r}")
            found[name] = True
        elif shape is not None:
            if not shape.fullmatch(str(value)):
                raise ValueError(f"media_player(): {keyword}={value!r} is not possible (wanted: {shape.pattern})")
            found[name] = str(value)
        elif FREE.fullmatch(name):
            found[name] = True if value is True else str(value)
        else:
            raise ValueError(f"media_player(): there is no attribute {keyword!r}")
    return found


def element(
    media: Media | None, told: Mapping[str, Any] | None, media_id: str, given: Mapping[str, str | bool]
) -> Markup:
    """`<steady-player>` and what is in it. `told`: the manifest to inline, None to leave the widget to ask."""
    own: dict[str, str | bool | None] = {"media": media_id}
    if media is None or told is None:
        return _tag("steady-player", {**own, **given})
    own["kind"] = str(media.kind)
    outer = {**own, **{name: value for name, value in given.items() if name not in ("width", "height")}}
    return _tag("steady-player", outer, _native(media, told, given), inline_json(told))


def inline_json(told: Mapping[str, Any]) -> Markup:
    """JSON in a script element of a data type, which no CSP blocks and nothing runs.

    Escaped so that no string can end the element or begin a comment in it (HTML, section 4.12.1.3), and so
    that the two line separators which JSON allows and older JavaScript does not stay out of sight.
    """
    text = encode(told).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup('<script type="application/json">') + Markup(text) + Markup("</script>")


def playable(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The sources to name in markup: all that are not freshly unavailable, or all if none is left."""
    sources: list[Mapping[str, Any]] = list(told["sources"])
    return [source for source in sources if source.get("state") != "unavailable"] or sources


def frame(media: Media, given: Mapping[str, str | bool]) -> tuple[int | None, int | None]:
    """Width and height in pixels of a video's picture: the author's, else those of the first source that has them."""
    if "width" in given and "height" in given:
        return int(given["width"]), int(given["height"])
    sized = (source for source in media.sources if source.width and source.height)
    best = next(sized, None)
    return (best.width, best.height) if best else (None, None)


def _native(media: Media, told: Mapping[str, Any], given: Mapping[str, str | bool]) -> Markup:
    sources = playable(told)
    attributes: dict[str, str | bool | None] = {
        # Controls of nothing would be a promise: an item that is not out shows its picture at most.
        "controls": bool(sources),
        "preload": "none",
        **{name: given[name] for name in NATIVE if name in given},
    }
    if media.kind is Kind.VIDEO:
        width, height = frame(media, given)
        attributes |= {
            "playsinline": True,
            "poster": given.get("poster") or media.poster,
            "width": str(width) if width else None,
            "height": str(height) if height else None,
        }
    inside = [_tag("source", {"src": one["src"], "type": one.get("type")}, void=True) for one in sources]
    tracks = (track for track in told.get("tracks", ()) if track.get("kind") not in WIDGET_TRACKS)
    inside += [_tag("track", track, void=True) for track in tracks]
    return _tag(str(media.kind), attributes, *inside)


def _tag(name: str, attributes: Mapping[str, Any], *inside: Markup, void: bool = False) -> Markup:
    opened = Markup("<") + Markup(name)
    for key, value in attributes.items():
        if value is True:
            opened += Markup(f" {key}")
        elif value is not None and value is not False:
            opened += Markup(f' {key}="') + escape(value) + Markup('"')
    opened += Markup(">")
    return opened if void else opened + Markup("").join(inside) + Markup(f"</{name}>")


def _look_up(media_id: str) -> tuple[Media | None, Mapping[str, Any] | None]:
    service, at = current(), now()
    try:
        media = service.item(media_id)
        if media is None:
            log.warning("media_player(): there is no item %r in the catalogue", media_id)
            return None, None
        return media, inlined(service, media, at)
    except SQLAlchemyError as error:
        log.error("media_player(): the database does not answer for %r: %s", media_id, error)
        return None, None


def inlined(service: Service, media: Media, at: datetime) -> Mapping[str, Any] | None:
    """The manifest as `/media/<id>` has it; None for what was taken down, so that the widget is told by a 410."""
    if media.lifecycle(at) is Lifecycle.REMOVED:
        return None
    held = service.history.for_item(media.id)
    return manifest(media, held, now=at, interval=service.settings.probe_interval)


def _script(nonce: str | None) -> Markup:
    if has_request_context():
        if g.get("steady_player_script"):
            return Markup("")
        g.steady_player_script = True
    return _tag("script", {"async": True, "src": local("/embed.js"), "nonce": nonce})
