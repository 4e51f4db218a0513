"""The demo's catalogue, with today's addresses and dates in it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Addresses:
    """The three origins, without a final slash."""

    player: str
    article: str
    media: str


def items(*, media: str, article: str, now: datetime | None = None) -> list[dict[str, Any]]:
    """The items of `catalogue.json`, as `Media.from_json` reads them.

    `media`, `article`: the origins' addresses, without a final slash. Sizes are those of the files.
    """
    now = now or datetime.now(UTC)
    text = Template((HERE / "catalogue.json").read_text("utf-8")).substitute(
        media=media,
        media_host=urlsplit(media).netloc,
        article=article,
        tomorrow=(now + timedelta(days=1)).isoformat(timespec="seconds"),
        yesterday=(now - timedelta(days=1)).isoformat(timespec="seconds"),
    )
    found: list[dict[str, Any]] = json.loads(text)
    for item in found:
        for source in item["sources"]:
            file = HERE / "media" / source["src"].rpartition("/")[2]
            if source["src"].startswith(media) and file.is_file():
                source["size"] = file.stat().st_size
    return found
