"""Who is compared: how each is put on a page, and how its play control is found there.

A contestant is data. To add one, add an entry to CONTESTANTS (and its package to ../package.json); to
add a kind of media (HLS, say), add it to `KINDS` and to `media.make`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

KINDS = ("video", "audio")


@dataclass(frozen=True, slots=True)
class Clip:
    """One thing to play. `item`: its id in the player's catalogue, None when it is not there."""

    kind: str
    src: str
    poster: str | None = None
    item: str | None = None
    manifest: str | None = None


@dataclass(frozen=True, slots=True)
class Contestant:
    """`head` and `player` make HTML; `root`, `control`: JavaScript expressions for the first player on the page.

    `head(assets, app)` takes the base addresses of the peers' files and of the player's app. `control`
    is null until the play control stands. `script`: what its scripts' addresses have in common.
    """

    name: str
    head: Callable[[str, str], str]
    player: Callable[[Clip], str]
    root: str
    control: str
    script: str = ""
    ours: bool = False
    inline: bool = False


def element(clip: Clip, extra: str = "") -> str:
    """The author's own markup, the same for everyone: nothing is fetched before it is asked for."""
    size = ' width="640" height="360"' if clip.kind == "video" else ""
    poster = f' poster="{escape(clip.poster)}"' if clip.poster else ""
    return f'<{clip.kind} controls preload="none"{size}{poster}{extra} src="{escape(clip.src)}"></{clip.kind}>'


def _steady(clip: Clip) -> str:
    item = f' media="{clip.item}"' if clip.item else ""
    data = f'<script type="application/json">{clip.manifest}</script>' if clip.manifest else ""
    return f'<steady-player{item} kind="{clip.kind}">{element(clip)}{data}</steady-player>'


def _media_chrome(clip: Clip) -> str:
    media = element(clip, ' slot="media"').replace(" controls ", " ")
    audio = " audio" if clip.kind == "audio" else ""
    screen = "<media-pip-button></media-pip-button><media-fullscreen-button></media-fullscreen-button>"
    return (
        f"<media-controller{audio}>{media}<media-control-bar><media-play-button></media-play-button>"
        "<media-time-range></media-time-range><media-time-display showduration></media-time-display>"
        "<media-mute-button></media-mute-button><media-volume-range></media-volume-range>"
        f"{'' if audio else screen}</media-control-bar></media-controller>"
    )


def _plyr_head(assets: str, _app: str) -> str:
    start = f"Plyr.setup('figure > video, figure > audio', {{ iconUrl: '{assets}/peers/plyr.svg' }})"
    return (
        f'<link rel="stylesheet" href="{assets}/peers/plyr.css">'
        f'<script defer src="{assets}/peers/plyr.min.js"></script>'
        f"<script>document.addEventListener('DOMContentLoaded', () => {start})</script>"
    )


def _steady_head(_assets: str, app: str) -> str:
    return f'<script async src="{app}/embed.js"></script>'


_STEADY_CONTROL = """(() => {
  const host = document.querySelector('steady-player')
  return host?.phase && host.shadowRoot?.querySelector('[part~="pill"]:not([hidden]), [part~="play"]')
})()"""

CONTESTANTS = (
    Contestant(
        "native",
        head=lambda assets, app: "",
        player=element,
        root="document.querySelector('video, audio')",
        control="document.querySelector('video, audio')",
    ),
    Contestant(
        "steady",
        head=_steady_head,
        player=_steady,
        root="document.querySelector('steady-player')",
        control=_STEADY_CONTROL,
        script="/embed",
        ours=True,
    ),
    Contestant(
        "steady+inline",
        head=_steady_head,
        player=_steady,
        root="document.querySelector('steady-player')",
        control=_STEADY_CONTROL,
        script="/embed",
        ours=True,
        inline=True,
    ),
    Contestant(
        "plyr",
        head=_plyr_head,
        player=element,
        root="document.querySelector('.plyr')",
        control="document.querySelector('.plyr__controls [data-plyr=\"play\"]')",
        script="/plyr.min.js",
    ),
    Contestant(
        "media-chrome",
        head=lambda assets, app: f'<script async src="{assets}/peers/media-chrome.js"></script>',
        player=_media_chrome,
        root="document.querySelector('media-controller')",
        control="document.querySelector('media-play-button:defined')",
        script="/media-chrome.js",
    ),
)
