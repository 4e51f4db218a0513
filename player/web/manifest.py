"""Documents made of an item and its verdicts: what the widget reads, and what a monitor reads. Pure.

Keys that are absent or None are left out. Times are RFC 3339 in UTC, to the second. Everything is made of plain rows
(`player.monitor.plain`), by `manifest_of` and `health_of` alone; `manifest` and `health` do it for objects.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from player.catalogue.media import Lifecycle, Media
from player.monitor.history import SourceVerdict, as_of
from player.monitor.plain import NEVER, Beside, Held, Item, beside_of, held_of, item_of, text
from player.monitor.plain import moment as moment_of
from player.monitor.vantages import by_vantage, told_of
from player.probe.reasons import REASONS, State
from player.probe.verdict import Verdict
from player.tables import EPOCH
from player.web.caching import decode

OFFERED = (Lifecycle.LIVE, Lifecycle.PUBLISHED)
"""The stages in which an item is there for readers, so that its sources are named and its health counts."""

STATUS = {State.AVAILABLE: "pass", State.DEGRADED: "warn", State.UNKNOWN: "warn", State.UNAVAILABLE: "fail"}
"""A verdict as a health status (draft-inadarei-api-health-check)."""

TRANSIENT = frozenset(code for code, reason in REASONS.items() if reason.transient)

Claim = tuple[str, str, str, str, str]
"""State, reason, `since`, `checked_at`, `fresh_until`: what may be told of a source, or of an item, at a moment."""

UNCHECKED: Claim = ("unknown", "unchecked", NEVER, NEVER, NEVER)

# Plain words: a member of an enum costs several times as much to look at.
_OFFERED = frozenset(stage.value for stage in OFFERED)
_STATUS = {state.value: status for state, status in STATUS.items()}
_TOLD = Item._fields[:9]
_OF_SOURCE = Held._fields[2:8]
_WORSE = ("degraded", "unavailable")
_STREAM = re.compile(r"(mpegurl|\.m3u8\b)|dash\+|\.mpd\b")  # as `sources.js` has it; a group: HLS


def at(verdicts: Sequence[SourceVerdict], now: datetime) -> list[SourceVerdict]:
    """The verdicts as they may be told at `now`: a stale one is no longer held."""
    told = []
    for held in verdicts:
        verdict = as_of(held.verdict, now)
        # Nearly always it is the same: copying it would be a third of the work of answering.
        told.append(held if verdict is held.verdict else replace(held, verdict=verdict))
    return told


def manifest(media: Media, verdicts: Sequence[SourceVerdict], *, now: datetime, interval: float) -> dict[str, Any]:
    """What the widget needs of one item (`GET /media/<id>`). `interval` in seconds."""
    return manifest_of(
        item_of(media), held_of(media.sources, verdicts), beside_of(media), now=text(now), interval=interval
    )


def health(media: Media, verdicts: Sequence[SourceVerdict], *, now: datetime, evidence: bool = False) -> dict[str, Any]:
    """What a monitor needs of one item (`/availability/<id>`, and each item of `/availability`)."""
    return health_of(item_of(media), held_of(media.sources, verdicts), now=text(now), evidence=evidence)


def manifest_of(
    item: Item, held: Sequence[Held], tracks: Sequence[Beside], *, now: str, interval: float
) -> dict[str, Any]:
    """`manifest`, of rows; `now` as their times."""
    # The rows' first columns are the members' names, in their order.
    told: dict[str, Any] = {name: value for name, value in zip(_TOLD, item, strict=False) if value is not None}
    if item.starts_at is not None:
        told["starts_at"] = _whole_time(item.starts_at)
    told["lifecycle"] = stage = lifecycle(item, now)
    told["sources"] = listed = []
    if stage in _OFFERED:
        claims = []
        for one in held:
            source = {name: value for name, value in zip(_OF_SOURCE, one[2:8], strict=True) if value is not None}
            if one.state is not None:
                claims.append(claim := claim_of(one, now))
                _tell_source(source, one, claim, now)
            if (by := engine_of(source)) is not None:
                source["by"] = by
            listed.append(source)
        if tracks:
            told["tracks"] = [_track(one) for one in tracks]
        if claims:
            _tell(told, together(claims))
            _tell_vantages(told, held, now)
    told["retry_after"] = math.ceil(interval)
    return told


def health_of(item: Item, held: Sequence[Held], *, now: str, evidence: bool = False) -> dict[str, Any]:
    """`health`, of rows; `now` as their times."""
    stage = lifecycle(item, now)
    claims = [(one, claim_of(one, now)) for one in held if one.state is not None]
    whole = together([claim for _one, claim in claims])
    told: dict[str, Any] = {
        # Nobody is promised what is not out yet, or no more: nothing can be wrong with it.
        "status": _STATUS[whole[0]] if stage in _OFFERED else "pass",
        "id": item.id,
        "title": item.title,
        "kind": item.kind,
        "lifecycle": stage,
    }
    _tell(told, whole)
    _tell_vantages(told, held, now)
    told["sources"] = [_source_health(one, claim, now, evidence) for one, claim in claims]
    return told


def lifecycle(item: Item, now: str) -> str:
    """As `Media.lifecycle`."""
    if item.removed:
        return "removed"
    if item.expires_at is not None and item.expires_at <= now:
        return "expired"
    published, starts = item.published_at, item.starts_at
    if (published is not None and published > now) or (starts is not None and starts > now):
        return "scheduled"
    return "live" if item.live else "published"


def claim_of(held: Held, now: str) -> Claim:
    """What may be told of a source at `now`, as `as_of` has it."""
    fresh = held.fresh_until
    if now <= fresh:
        return held[8:13]  # type: ignore[return-value]  # there is a verdict
    return ("unknown", "unchecked", fresh, held.checked_at, fresh)


def together(claims: Sequence[Claim]) -> Claim:
    """The item's claim by its sources', as `player.probe.verdict.combine` has it."""
    if len(claims) < 2:
        return claims[0] if claims else UNCHECKED
    states = [claim[0] for claim in claims]
    if states.count("available") == len(states):  # nearly always
        state, reason, since = claims[0][:3]
    elif "available" in states or "degraded" in states:
        worse = next((claim for claim in claims if claim[0] in _WORSE), None)
        playing = claims[states.index("available")] if worse is None else worse
        state, reason, since = ("available" if worse is None else "degraded"), playing[1], playing[2]
    elif "unknown" in states:
        state, reason, since = claims[states.index("unknown")][:3]
    else:
        # It died when the last of them did; what the first says is what the reader should hear.
        state, reason, since = "unavailable", claims[0][1], max([claim[2] for claim in claims])
    return (state, reason, since, min([claim[3] for claim in claims]), min([claim[4] for claim in claims]))


def instant(moment: datetime) -> str | None:
    """A moment in UTC by RFC 3339; None for the moment that stands for "never"."""
    return None if moment <= EPOCH else moment.isoformat()[:19] + "Z"


def _whole_time(told: str) -> str:
    """With what there is of fractions."""
    return f"{told[:10]}T{told[11:].removesuffix('.000000')}Z"


def _tell(told: dict[str, Any], claim: Claim) -> None:
    told["state"], told["reason"], since, checked, fresh = claim
    if since > NEVER:
        told["since"] = f"{since[:10]}T{since[11:19]}Z"
    if checked > NEVER:
        told["checked_at"] = f"{checked[:10]}T{checked[11:19]}Z"
    if fresh > NEVER:
        told["fresh_until"] = f"{fresh[:10]}T{fresh[11:19]}Z"


def _tell_source(told: dict[str, Any], held: Held, claim: Claim, now: str) -> None:
    state, reason, _since, _checked, fresh = claim
    told["state"], told["reason"] = state, reason
    if fresh > NEVER:
        told["fresh_until"] = f"{fresh[:10]}T{fresh[11:19]}Z"
    if state == "unavailable" and reason in TRANSIENT:
        told["anyway"] = True
    # What the stream has beside its renditions: the widget fetches the right engine at once.
    if (needs := _evidence(held, now, '"needs"').get("needs")) is not None:
        told["needs"] = needs
    if _several(held):
        _tell_seen(told, told_of(_verdict(held, now)))


def _several(held: Held) -> bool:
    """Whether more than one vantage point has seen it, perhaps; nearly never, so nothing is parsed for that."""
    return held.evidence is not None and "vantages" in held.evidence


def _tell_vantages(told: dict[str, Any], held: Sequence[Held], now: str) -> None:
    """What each vantage point holds of the item."""
    if any(map(_several, held)):
        _tell_seen(told, by_vantage([_verdict(one, now) for one in held if one.state is not None]))


def _tell_seen(told: dict[str, Any], seen: Mapping[str, Verdict]) -> None:
    if seen:
        told["vantages"] = {
            name: {"state": str(one.state), "reason": one.reason, "checked_at": instant(one.checked_at)}
            for name, one in seen.items()
        }


def _verdict(held: Held, now: str) -> Verdict:
    state, reason, *times = claim_of(held, now)
    since, checked, fresh = map(moment_of, times)
    return Verdict(State(state), reason, since, checked, fresh, _evidence(held, now, "vantages"))


def engine_of(source: Mapping[str, Any]) -> str | None:
    """The chunk of the widget that plays this source where the browser does not by itself; None where no chunk does.

    It is named for the widget to fetch it beside what would find it out. A wrong guess costs its bytes and no more.
    """
    told = f"{source.get('type', '')} {source['src']}".lower()
    # Without one of these it is none, which is quick to see.
    if "mpegurl" not in told and ".m3u8" not in told and "dash+" not in told and ".mpd" not in told:
        return None
    if (kind := _STREAM.search(told)) is None:
        return None
    if kind[1] is None:
        return "engine-dash.js"
    return "engine-hls.js" if source.get("needs") else "engine-hls-light.js"


def _evidence(held: Held, now: str, wanted: str = "") -> Any:
    """What a verdict rests on while it is fresh. `wanted`: what has to stand in it; else nothing is parsed."""
    if now > held.fresh_until or (isinstance(held.evidence, str) and wanted not in held.evidence):
        return {}
    return decode(held.evidence)


def _source_health(held: Held, claim: Claim, now: str, evidence: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"src": held.src}
    if held.type is not None:
        told["type"] = held.type
    _tell(told, claim)
    if held.memory is not None and (suspicion := _suspicion(decode(held.memory))) is not None:
        told["suspicion"] = suspicion
    if _several(held):
        _tell_seen(told, told_of(_verdict(held, now)))
    if evidence:
        told["evidence"] = dict(_evidence(held, now))
        told["requests"], told["bytes"], told["ms"] = held.requests, held.bytes, round(held.ms, 1)
    return told


def _suspicion(memory: Any) -> dict[str, Any] | None:
    """What the latest probe says against the verdict, and a second one is to confirm (`hysteresis.Memory`)."""
    if not memory or memory.get("suspect") is None or memory.get("since") is None:
        return None
    since = datetime.fromtimestamp(memory["since"], UTC)
    return {"state": str(State(memory["suspect"])), "reason": memory.get("reason"), "since": instant(since)}


def _track(one: Beside) -> dict[str, Any]:
    told: dict[str, Any] = {"src": one.src, "kind": one.kind}
    if one.srclang is not None:
        told["srclang"] = one.srclang
    if one.label is not None:
        told["label"] = one.label
    if one.default:
        told["default"] = True
    return told
