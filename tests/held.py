"""Items and what is held of them, put straight into the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from player.monitor.history import History, Result, Transition
from player.probe.reasons import REASONS
from player.probe.verdict import Verdict
from player.settings import HOME


def clip(media_id: str, *names: str, **facts: Any) -> dict[str, Any]:
    """An audio item as the catalogue's JSON has it, with a source for each name."""
    sources = [
        {"src": f"https://cdn.example.org/{name}", "type": "audio/mpeg"} for name in names or (f"{media_id}.mp3",)
    ]
    return {"id": media_id, "kind": "audio", "title": media_id.title(), "sources": sources, **facts}


def tell(
    history: History,
    media_id: str,
    *reasons: str | None,
    at: datetime | None = None,
    fresh: float = 120,
    evidence: dict[str, Any] | None = None,
    vantage: str = HOME,
) -> list[Transition]:
    """Record a verdict for each of an item's sources, in order; None leaves one out. `fresh`: seconds it holds."""
    moment = at or datetime.now(UTC)
    until = moment + timedelta(seconds=fresh)
    results = [
        Result(
            held.source_id,
            Verdict(REASONS[reason].state, reason, moment, moment, until, evidence or {}),
            1,
            65_536,
            12.34,
            moment + timedelta(seconds=60),
        )
        for held, reason in zip(history.for_item(media_id), reasons, strict=True)
        if reason is not None
    ]
    return history.record(results, {}, None, vantage)
