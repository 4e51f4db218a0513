"""Items that are told of, and the sums that are kept held to a count of everything there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from player.catalogue.media import Kind, Media, Source
from player.database import reading
from player.monitor import scan
from player.monitor.entries import ItemState
from player.monitor.health import Health
from player.monitor.history import History, Result
from player.monitor.listing import Filter
from player.probe.reasons import REASONS
from player.probe.verdict import Verdict
from player.standings.reading import Number, correction
from player.standings.rebuilding import drift

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOSTS = ("a.example.org", "b.example.org")
FEW = 40


def item(media_id: str, *hosts: str, **facts: Any) -> Media:
    parts = tuple(Source(f"https://{host}/{media_id}/{n}.mp3") for n, host in enumerate(hosts or HOSTS[:1]))
    return Media(**{"id": media_id, "kind": Kind.AUDIO, "title": media_id.upper(), "sources": parts, **facts})


def tell(
    history: History, media_id: str, *reasons: str | None, at: datetime = NOW, fresh: timedelta = 2 * MINUTE
) -> None:
    history.record(
        [
            Result(held.source_id, Verdict(REASONS[why].state, why, at, at, at + fresh, {}), 1, 1, 1.0, at + MINUTE)
            for held, why in zip(history.for_item(media_id), reasons, strict=True)
            if why is not None
        ]
    )


def agree(engine: Engine, now: datetime, only: Filter | None = None) -> None:
    """What is read from the sums is what a count of everything says, and the sums are those of the standings."""
    with reading(engine) as connection:
        assert correction(connection, now) is not None, "or there would be nothing to compare"
        health = Health(connection, now)
        told = health.totals()
        assert told.items == scan.items(connection, now)
        assert told.sources == scan.counted_sources(connection, now)
        for kind in (None, Kind.AUDIO):
            assert health.hosts(FEW, kind) == scan.hosts(connection, now, FEW, kind)
            assert _sorted(health.languages(FEW, kind)) == _sorted(scan.languages(connection, now, FEW, kind))
        for chosen in (Filter(), only or Filter()):
            whole = scan.failing(connection, now, chosen, None, FEW)
            assert health.failing(chosen, None, FEW) == whole
            after, joined = None, list[ItemState]()
            while True:
                page = health.failing(chosen, after, 2)
                joined += page.items
                if (after := page.next) is None or len(joined) >= FEW:
                    break
            assert tuple(joined) == whole.items
        assert list(drift(connection)) == []


def _sorted(found: list[Number]) -> list[Number]:
    """Where nothing is said a database may sort it before everything else, or behind."""
    return sorted(found, key=lambda one: one.name)
