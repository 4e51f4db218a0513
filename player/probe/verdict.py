"""Judgement: what an observation means, with how long it may be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from player.probe.findings import Finding, worst_first
from player.probe.reasons import State
from player.probe.sniff import MEDIA, PLAYLISTS

if TYPE_CHECKING:  # readers of verdicts need no HTTP client
    from player.probe.observation import Observation
    from player.probe.target import Target

_GRACE = 5.0  # seconds on top of two intervals, for the probe itself
_STATUSES = {401: "forbidden", 403: "forbidden", 404: "not-found", 410: "gone", 429: "rate-limited", 451: "legal"}
# How far a file may fall short of its own promise: writers of these headers are not exact.
_SLACK = {"mp3": 0.02, "mp2": 0.02, "aac": 0.02, "wav": 0.001, "webm": 0.001, "matroska": 0.001}
_CATALOGUE_SLACK = 0.02
# Content-Types that name a container, and the containers that are well served under them. Types of no
# container in particular (application/octet-stream, none at all) are as good as any: browsers sniff.
_MP4 = frozenset({"mp4", "fmp4"})
_TYPES: Mapping[str, frozenset[str]] = {
    "audio/mpeg": frozenset({"mp3", "mp2", "aac", "hls"}),
    "audio/mp3": frozenset({"mp3", "mp2"}),
    "audio/aac": _MP4 | {"aac"},
    "audio/aacp": _MP4 | {"aac"},
    "audio/mp4": _MP4 | {"aac"},
    "audio/x-m4a": _MP4 | {"aac"},
    "video/mp4": _MP4,
    "video/webm": frozenset({"webm", "matroska"}),
    "audio/webm": frozenset({"webm", "matroska"}),
    "video/ogg": frozenset({"ogg"}),
    "audio/ogg": frozenset({"ogg"}),
    "audio/wav": frozenset({"wav"}),
    "audio/flac": frozenset({"flac"}),
}
_GENERIC = ("application/octet-stream", "binary/octet-stream", "application/binary", "application/x-download")
_APPLICATIONS = ("application/mp4", "application/ogg", "application/x-matroska", "application/x-ogg")
_PLAYLIST_TYPES = ("mpegurl", "dash+xml", "application/xml", "text/xml")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is held of one source, or of one item.

    All times are timezone-aware UTC. `since`: when this state and reason began. `checked_at`: the last
    probe. `fresh_until`: after it a client must not act on the verdict. `evidence`: JSON-ready facts
    (status line, first bytes as hex, sizes, the box that is short …).
    """

    state: State
    reason: str
    since: datetime
    checked_at: datetime
    fresh_until: datetime
    evidence: Mapping[str, Any] = field(default_factory=dict)


def judge(target: Target, seen: Observation, *, interval: float, previous: Verdict | None = None) -> Verdict:
    """The verdict of one observation. `interval`: seconds to the next probe. `previous` lends its `since`
    where state and reason have not changed."""
    found = findings(target, seen)
    reason, state = found[0].reason, found[0].state
    same = previous is not None and (previous.state, previous.reason) == (state, reason)
    facts = evidence(target, seen)
    if state is not State.AVAILABLE:
        facts["findings"] = [finding.to_json() for finding in found]
    return Verdict(
        state=state,
        reason=reason,
        since=previous.since if previous and same else seen.checked_at,
        checked_at=seen.checked_at,
        fresh_until=seen.checked_at + timedelta(seconds=2 * interval + _GRACE),
        evidence=facts,
    )


def findings(target: Target, seen: Observation) -> list[Finding]:
    """Everything that the observation argues for, the weightiest first; never empty."""
    return (
        worst_first(Finding(reason) for reason in _own(target, seen))
        if not seen.findings
        else worst_first([*(Finding(reason) for reason in _own(target, seen) if reason != "playable"), *seen.findings])
    )


def _own(target: Target, seen: Observation) -> list[str]:
    """What status, headers and container argue for."""
    if seen.status is None:
        return [seen.error or "probe-failed"]
    fatal = _by_status(seen) or _by_content(target, seen) or seen.error
    if fatal:
        return [fatal]
    found = []
    if not _well_typed(seen):
        found.append("mislabelled")
    if seen.ranged is False and not _needs_no_range(seen):
        found.append("no-range")
    return found or ["playable"]


def _by_status(seen: Observation) -> str | None:
    status = seen.status or 0
    if status in (200, 206):
        return None
    if status in (204, 205) or (status == 416 and seen.headers.get("content-range", "").strip() == "bytes */0"):
        return "empty"
    if status in _STATUSES:
        return _STATUSES[status]
    return "server-error" if status >= 500 else "http-status"


def _by_content(target: Target, seen: Observation) -> str | None:
    """What speaks against the bytes themselves."""
    if seen.ended == "broken":
        return "reset"
    if seen.ended == "stalled":
        return "timeout"
    look = seen.look
    if look is None:
        return None if seen.received else "empty"
    if look.container == "empty":
        return "empty"
    if look.container == "html":
        return "html"
    if seen.headers.get("content-encoding", "").lower() not in ("", "identity", "gzip", "x-gzip", "deflate"):
        return "probe-failed"  # a coding that nobody asked for, and that this prober cannot undo
    if look.promised is not None and look.container == "id3":
        return "truncated"
    if look.container not in MEDIA and look.container not in PLAYLISTS:
        undecided = look.container == "id3" and look.missing is None
        return None if undecided else "wrong-type" if seen.ended != "slow" else "timeout"
    return "truncated" if _truncated(target, seen) else None


def _truncated(target: Target, seen: Observation) -> bool:
    look, size = seen.look, seen.size
    if look is None:
        return False
    if look.missing:
        return seen.ended != "slow"
    if size is None:
        return seen.end is not None and look.need is not None
    there = size if seen.end is None else min(size, seen.end)
    if there < size:
        return True  # the server claims bytes that it does not have
    if look.promised is not None:
        return there < look.promised * (1 - _SLACK.get(look.container, 0.0))
    return target.size is not None and size < target.size * (1 - _CATALOGUE_SLACK)


def _well_typed(seen: Observation) -> bool:
    """Whether the Content-Type says what the bytes are, or at least nothing else."""
    said = seen.headers.get("content-type", "").partition(";")[0].strip().lower()
    container = seen.look.container if seen.look else ""
    if not said or said in _GENERIC or "/" not in said:
        return True
    if container in PLAYLISTS:
        return any(word in said for word in _PLAYLIST_TYPES) or said in _TYPES
    if said in _TYPES:
        return container in _TYPES[said] or container not in MEDIA
    return said.startswith(("audio/", "video/")) or said in _APPLICATIONS


def _needs_no_range(seen: Observation) -> bool:
    """Playlists are read whole; a live stream (it says so by its ICY headers) has no parts."""
    return (seen.look is not None and seen.look.container in PLAYLISTS) or "icy-name" in seen.headers


def evidence(target: Target, seen: Observation) -> dict[str, Any]:
    """The facts that a verdict rests on, ready for JSON; what is not known is left out."""
    look = seen.look
    moved = seen.final_url is not None and (seen.redirects or seen.final_url != target.src)
    facts: dict[str, Any] = {
        "status": seen.status_line,
        "detail": seen.detail,
        "final_url": seen.final_url if moved else None,
        "redirects": seen.redirects or None,
        "content_type": seen.headers.get("content-type"),
        "content_range": seen.headers.get("content-range"),
        "content_length": seen.headers.get("content-length"),
        "retry_after": seen.headers.get("retry-after"),
        "ended": seen.ended if seen.ended not in ("complete", "capped") else None,
        "head": seen.head or None,
        "size": seen.size,
        "end": seen.end,
        "address": seen.address,
    }
    if look:
        facts |= {
            "container": look.container,
            "codec": look.codec,
            "duration": look.duration,
            "promised": look.promised,
            "box": look.box if look.promised is not None else None,
            "missing": look.missing,
            "start": look.start,
        }
    facts |= seen.facts
    if target.size is not None and target.size != seen.size:
        facts["catalogue_size"] = target.size
    return {name: value for name, value in facts.items() if value is not None}


def combine(verdicts: Sequence[Verdict]) -> Verdict:
    """The item's verdict by its sources', which come in the order of preference.

    Available where a source plays and none is known to be worse, degraded where one plays and another does
    not (or not well), unavailable where all are, unknown otherwise. Its times are the oldest ones, for it
    is as fresh as its stalest source; `since` is that of the source which decides. Without sources nothing
    is known: `unchecked`, and stale from the start.
    """
    if not verdicts:
        epoch = datetime.fromtimestamp(0, UTC)
        return Verdict(State.UNKNOWN, "unchecked", epoch, epoch, epoch)
    state, deciding = _weigh(verdicts)
    return Verdict(
        state=state,
        reason=deciding.reason,
        since=deciding.since,
        checked_at=min(verdict.checked_at for verdict in verdicts),
        fresh_until=min(verdict.fresh_until for verdict in verdicts),
    )


def _weigh(verdicts: Sequence[Verdict]) -> tuple[State, Verdict]:
    def first(*states: State) -> Verdict | None:
        return next((verdict for verdict in verdicts if verdict.state in states), None)

    playing = first(State.AVAILABLE, State.DEGRADED)
    unknown = first(State.UNKNOWN)
    if playing:
        worse = first(State.DEGRADED, State.UNAVAILABLE)
        return (State.DEGRADED, worse) if worse else (State.AVAILABLE, playing)
    if unknown:
        return State.UNKNOWN, unknown
    # It died when the last of them did; what the first says is what the reader should hear.
    return State.UNAVAILABLE, replace(verdicts[0], since=max(verdict.since for verdict in verdicts))
