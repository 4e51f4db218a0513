"""Lists of items, failing ones first: what narrows them, and where the next page begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, literal, or_, select

from player.catalogue.media import Kind, Lifecycle
from player.monitor.entries import BadCursor, ItemState, Page
from player.probe.reasons import State
from player.standings.standing import BY_SEVERITY, SEVERITY
from player.tables import media, sources

KIND = case((media.c.kind == Kind.VIDEO.value, Kind.VIDEO.value), else_=Kind.AUDIO.value)
"""An item's kind as it is counted, whatever somebody else has written there."""


@dataclass(frozen=True, slots=True)
class Filter:
    """None: whatever it is. `lang`: of the item, as the catalogue has it. `host`: that some source lies on. `text`: in
    the title or the id."""

    state: State | None = None
    reason: str | None = None
    kind: Kind | None = None
    lang: str | None = None
    host: str | None = None
    text: str | None = None

    def of_media(self, query: Select[Any]) -> Select[Any]:
        """Narrow a query that has `media` in it, by all but the state and the reason."""
        if self.kind is not None:
            query = query.where(literal(self.kind.value) == KIND)
        if self.lang is not None:
            query = query.where(media.c.lang == self.lang)
        if self.host is not None:
            query = query.where(media.c.id.in_(select(sources.c.media_id).where(sources.c.host == self.host)))
        if self.text is not None:
            found = (column.icontains(self.text, autoescape=True) for column in (media.c.title, media.c.id))
            query = query.where(or_(*found))
        return query

    def lets(self, severity: int, reason: str) -> bool:
        """What `of_media` leaves out."""
        return self.state in (None, BY_SEVERITY[severity]) and self.reason in (None, reason)


def on_offer(now: datetime) -> ColumnElement[bool]:
    """`Media.lifecycle(now)` is published or live."""
    return and_(
        media.c.removed.is_(False),
        or_(media.c.expires_at.is_(None), media.c.expires_at > now),
        or_(media.c.published_at.is_(None), media.c.published_at <= now),
        or_(media.c.starts_at.is_(None), media.c.starts_at <= now),
    )


def item_state(row: Any, severity: int, reason: str) -> ItemState:
    """`row`: id, kind, title and live of an item that is on offer."""
    lifecycle = Lifecycle.LIVE if row.live else Lifecycle.PUBLISHED
    kind = Kind.VIDEO if row.kind == Kind.VIDEO.value else Kind.AUDIO
    return ItemState(row.id, kind, row.title, lifecycle, BY_SEVERITY[severity], reason)


def place(one: ItemState) -> tuple[int, str]:
    """Where it stands in the list."""
    return SEVERITY[one.state], one.media_id


def page(found: Sequence[ItemState], limit: int) -> Page:
    """`found`: in order, and one more than `limit` where there are more."""
    items = tuple(found[:limit])
    more = items and len(found) > limit
    return Page(items, "{}.{}".format(*place(items[-1])) if more else None)


def parse_cursor(cursor: str) -> tuple[int, str]:
    """The place after which the next page begins. Raises `BadCursor`."""
    severity, dot, media_id = cursor.partition(".")
    if not dot or not media_id or severity not in {str(rank) for rank in BY_SEVERITY}:
        raise BadCursor(f"not a cursor of this list: {cursor!r}")
    return int(severity), media_id
