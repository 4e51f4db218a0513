"""Looks that were taken before: a source that is probed every minute hardly ever changes."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Any

from player.probe import containers
from player.probe.look import Look, Pieces

_KEPT = 20_000  # looks


class Looks:
    """Reads what a file's bytes say, once for the same bytes under the same circumstances."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Any, ...], Look] = OrderedDict()

    def of(self, pieces: Pieces, *, duration: float | None, audio: bool) -> Look:
        if len(pieces.parts) != 1:
            return containers.look(pieces, duration=duration, audio=audio)
        ((at, data),) = pieces.parts
        key = hashlib.sha256(data).digest(), at, pieces.size, pieces.end, duration, audio
        look = self._kept.get(key)
        if look is None:
            look = self._kept[key] = containers.look(pieces, duration=duration, audio=audio)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return look
