"""One item with all that is told of it, in plain rows.

`EngineReader` goes by way of `Catalogue` and `History`, for whatever database; `player.monitor.quick` asks the driver
itself, which takes a twentieth of the time, and finds the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from player.catalogue.store import Catalogue
from player.monitor.history import History
from player.monitor.plain import Beside, Held, Item, beside_of, held_of, item_of
from player.monitor.uptime import Change
from player.probe.reasons import State

PLAYING = (State.AVAILABLE.value, State.DEGRADED.value)


@dataclass(slots=True)
class Found:
    """`held` and `tracks` in their order.

    `changes` since `since`, the oldest first; None where none was asked for, or none is of interest: then a source
    plays now, and none was dead since then.
    """

    item: Item
    held: Sequence[Held]
    tracks: Sequence[Beside]
    changes: Sequence[Change] | None
    since: datetime | None


class Reader(Protocol):
    def read(self, media_id: str, now: datetime, *, changes: bool) -> Found | None:
        """The item as one moment saw it, None for an unknown id. Raises the driver's errors, and ValueError for what
        is not of our writing."""


class EngineReader:
    """By the long way; it keeps no connection, and any thread may use it."""

    def __init__(self, catalogue: Catalogue, history: History) -> None:
        self._catalogue, self._history = catalogue, history

    def read(self, media_id: str, now: datetime, *, changes: bool) -> Found | None:
        media = self._catalogue.get(media_id)
        if media is None:
            return None
        held = held_of(media.sources, self._history.for_item(media_id))
        found, since = self._history.changes(media_id, now) if changes else (None, None)
        if found is not None and plays(held) and not any(map(_died, found)):
            found = None
        return Found(item_of(media), held, beside_of(media), found, since)


def plays(held: Sequence[Held]) -> bool:
    """Whether one of them does, by what is held and not by how old that is."""
    return any(one.state in PLAYING for one in held)


def _died(change: Change) -> bool:
    return State.UNAVAILABLE in (change.before, change.after)
