"""What is to be probed, and what it should be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from player.catalogue.media import Kind


class Role(StrEnum):
    """What a page wants the file for, and so what it must be."""

    MEDIA = "media"
    CAPTIONS = "captions"
    IMAGE = "image"


_CAPTIONS = (".vtt", ".srt", ".ttml", ".dfxp")
_IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".svg")
_TELLING = re.compile(r"\.(?:vtt|srt|ttml|dfxp|jpe?g|png|webp|gif|avif|svg)", re.IGNORECASE)


@dataclass(slots=True)  # not frozen: that would cost as much as a tenth of the probe
class Target:
    """What is to be probed, with what the catalogue says of it: `size` in bytes, `duration` in seconds; nobody changes
    it.

    `role` is guessed by the address where nobody says it. `page`: the page that the source stands on; one over
    https cannot load a source over http. `fresh`: on a connection of its own, as a suspicion is confirmed. `before`:
    the evidence of the verdict so far, since what does not move shows only in two looks. `deep`: the first seconds
    are decoded too, which takes a second or two (see `deep.py`). `once`: nobody will look again in a minute, so that
    a live playlist is waited for, beyond the time-out if need be.
    """

    src: str
    kind: Kind | None = None
    type: str | None = None
    size: int | None = None
    duration: float | None = None
    role: Role | None = None
    page: str | None = None
    fresh: bool = False
    before: Mapping[str, Any] | None = None
    deep: bool = False
    once: bool = False
    _wanted: Role | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def wanted(self) -> Role:
        """The role: as told, else media where a kind is, else by the ending of the path."""
        if self._wanted is None:
            if self.role is not None or self.kind is not None:
                self._wanted = self.role or Role.MEDIA
            else:
                self._wanted = _guessed(self.src)
        return self._wanted


def _guessed(src: str) -> Role:
    if not _TELLING.search(src):
        return Role.MEDIA  # nearly all, without taking the address to pieces
    try:
        path = urlsplit(src).path.lower()
    except ValueError:
        return Role.MEDIA
    if path.endswith(_CAPTIONS):
        return Role.CAPTIONS
    return Role.IMAGE if path.endswith(_IMAGES) else Role.MEDIA
