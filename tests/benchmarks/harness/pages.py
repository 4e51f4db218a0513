"""The same article for every contestant, written as files and compressed once, so that serving them costs nothing.

`name-kind-variant.html`, where the variant says what stands in the article:

- `none`: no player at all, `one`, `twenty`;
- `dead`: one player whose source answers 404, which the player's catalogue knows;
- `missing`: the same with a source that no catalogue knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from .contestants import KINDS, Clip, Contestant

VARIANTS = ("none", "one", "twenty", "dead", "missing")
_COUNT = {"none": 0, "twenty": 20}
_ARTICLE = (Path(__file__).parent / "article.html").read_text("utf-8")


def address(contestant: Contestant, kind: str, variant: str) -> str:
    """The page's file name; `+` would need quoting in an address."""
    return f"{contestant.name.replace('+', '-')}-{kind}-{variant}.html"


def item_id(kind: str, variant: str) -> str | None:
    """The catalogue's id for what a page plays."""
    return None if variant == "missing" else f"bench-{kind}-{'dead' if variant == 'dead' else 'live'}"


def source(media: str, kind: str, variant: str) -> str:
    """The address of what a page plays; `media` is the base address of the media's origin."""
    suffix = "mp4" if kind == "video" else "mp3"
    return f"{media}/media/{'clip' if variant in ('one', 'twenty', 'none') else variant}-{kind}.{suffix}"


def write(
    folder: Path,
    contestants: Sequence[Contestant],
    *,
    assets: str,
    app: str,
    manifest: Callable[[str], str | None],
) -> None:
    """Write every page; `manifest(id)` is what the player's app answers for an item, for the inlined variant."""
    for contestant in contestants:
        for kind in KINDS:
            for variant in VARIANTS:
                item = item_id(kind, variant)
                clip = Clip(kind, source(assets, kind, variant), item=item)
                if kind == "video":
                    clip = replace(clip, poster=f"{assets}/media/poster.jpg")
                if contestant.inline and item:
                    clip = replace(clip, manifest=manifest(item))
                page = _page(contestant, clip, _COUNT.get(variant, 1), assets, app)
                (folder / address(contestant, kind, variant)).write_text(page, "utf-8")


def _page(contestant: Contestant, clip: Clip, count: int, assets: str, app: str) -> str:
    figure = f"<figure>{contestant.player(clip)}<figcaption>The crossing, in one take.</figcaption></figure>\n"
    head = contestant.head(assets, app) if count else ""
    late = contestant.ours  # the embed snippet has its script after the player; the peers' go into the head
    body = figure * count + (head if late else "")
    return _ARTICLE.replace("<!--head-->", "" if late else head).replace("<!--players-->", body)
