"""Documents made of an item and its verdicts: what the widget reads, and what a monitor reads. Pure.

Keys that are absent or None are left out. Times are RFC 3339 in UTC, to the second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from player.catalogue.media import Lifecycle, Media, to_json
from player.monitor.history import SourceVerdict, as_of
from player.monitor.hysteresis import Memory
from player.probe.reasons import REASONS, State
from player.probe.verdict import Verdict, combine
from player.tables import EPOCH

OFFERED = (Lifecycle.LIVE, Lifecycle.PUBLISHED)
"""The stages in which an item is there for readers, so that its sources are named and its health counts."""

STATUS = {State.AVAILABLE: "pass", State.DEGRADED: "warn", State.UNKNOWN: "warn", State.UNAVAILABLE: "fail"}
"""A verdict as a health status (draft-inadarei-api-health-check)."""


def at(verdicts: Sequence[SourceVerdict], now: datetime) -> list[SourceVerdict]:
    """The verdicts as they may be told at `now`: a stale one is no longer held."""
    told = []
    for held in verdicts:
        verdict = as_of(held.verdict, now)
        # Nearly always it is the same: copying it would be a third of the work of answering.
        told.append(held if verdict is held.verdict else replace(held, verdict=verdict))
    return told


def manifest(media: Media, verdicts: Sequence[SourceVerdict], *, now: datetime, interval: float) -> dict[str, Any]:
    """What the widget needs of one item (`GET /media/<id>`). `verdicts` in source order; `interval` in seconds."""
    told = to_json(media)
    stage = media.lifecycle(now)
    known = {held.src: held.verdict for held in at(verdicts, now)}
    sources = told.pop("sources")
    tracks = told.pop("tracks", None)
    for name in ("published_at", "expires_at", "live", "removed"):
        told.pop(name, None)
    told["lifecycle"] = str(stage)
    told["sources"] = []
    if stage not in OFFERED:
        return _present({**told, "retry_after": math.ceil(interval)})
    for source in sources:
        verdict = known.get(source["src"])
        told["sources"].append(source if verdict is None else {**source, **_source_state(verdict)})
    told["tracks"] = tracks
    if known:
        told.update(_state(combine(list(known.values()))))
    return _present({**told, "retry_after": math.ceil(interval)})


def health(media: Media, verdicts: Sequence[SourceVerdict], *, now: datetime, evidence: bool = False) -> dict[str, Any]:
    """What a monitor needs of one item (`/availability/<id>`, and each item of `/availability`)."""
    stage = media.lifecycle(now)
    held = at(verdicts, now)
    whole = combine([one.verdict for one in held])
    told = {
        # Nobody is promised what is not out yet, or no more: nothing can be wrong with it.
        "status": STATUS[whole.state] if stage in OFFERED else "pass",
        "id": media.id,
        "title": media.title,
        "kind": str(media.kind),
        "lifecycle": str(stage),
        **_state(whole),
        "sources": [_source_health(media, one, evidence) for one in held],
    }
    return _present(told)


def instant(moment: datetime) -> str | None:
    """A moment in UTC by RFC 3339; None for the moment that stands for "never"."""
    return None if moment <= EPOCH else moment.isoformat()[:19] + "Z"


def _source_state(verdict: Verdict) -> dict[str, Any]:
    reason = REASONS.get(verdict.reason)
    worth_a_try = verdict.state is State.UNAVAILABLE and reason is not None and reason.transient
    return _present(
        {
            "state": str(verdict.state),
            "reason": verdict.reason,
            "fresh_until": instant(verdict.fresh_until),
            "anyway": True if worth_a_try else None,
            # What the stream has beside its renditions: the widget fetches the right engine at once.
            "needs": verdict.evidence.get("needs"),
        }
    )


def _state(verdict: Verdict) -> dict[str, Any]:
    return {
        "state": str(verdict.state),
        "reason": verdict.reason,
        "since": instant(verdict.since),
        "checked_at": instant(verdict.checked_at),
        "fresh_until": instant(verdict.fresh_until),
    }


def _source_health(media: Media, held: SourceVerdict, evidence: bool) -> dict[str, Any]:
    types = {source.src: source.type for source in media.sources}
    told = {"src": held.src, "type": types.get(held.src), **_state(held.verdict), "suspicion": _suspicion(held.memory)}
    if evidence:
        told |= {
            "evidence": dict(held.verdict.evidence),
            "requests": held.requests,
            "bytes": held.bytes,
            "ms": round(held.ms, 1),
        }
    return _present(told)


def _suspicion(memory: Memory) -> dict[str, Any] | None:
    """What the latest probe says against the verdict, and a second one is to confirm."""
    if memory.suspect is None or memory.suspect_since is None:
        return None
    return {"state": str(memory.suspect), "reason": memory.suspect_reason, "since": instant(memory.suspect_since)}


def _present(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}
