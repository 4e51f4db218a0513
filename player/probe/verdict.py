"""Judgement: what an observation means, with how long it may be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from player.probe.contents import blemishes, fatal
from player.probe.findings import Finding, worst_first
from player.probe.reasons import NETWORK, State, decide
from player.probe.refusal import refusal
from player.probe.signature import expiry

if TYPE_CHECKING:  # readers of verdicts need no HTTP client
    from player.probe.observation import Observation
    from player.probe.target import Target

_GRACE = 5.0  # seconds on top of two intervals, for the probe itself
_DOUBTS = {"starved": "starved", "offline": "offline", "everywhere": "offline"}
_PLAYABLE = Finding("playable")
_OURS = NETWORK | {"timeout", "reset", "slow"}


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
    worst, facts = sentence(target, seen)
    reason, state = worst.reason, worst.state
    same = previous is not None and (previous.state, previous.reason) == (state, reason)
    return Verdict(
        state=state,
        reason=reason,
        since=previous.since if previous and same else seen.checked_at,
        checked_at=seen.checked_at,
        fresh_until=seen.checked_at + timedelta(seconds=2 * interval + _GRACE),
        evidence=facts,
    )


def sentence(target: Target, seen: Observation) -> tuple[Finding, dict[str, Any]]:
    """The weightiest finding, and the evidence of the verdict."""
    known = seen.known
    if known is None or seen.findings or seen.facts or seen.doubt or seen.error or target.before:
        return _sentence(target, seen)
    circumstances = (target.role, target.kind, target.size, target.duration, seen.certificate, expiry(seen.url))
    held = known.verdicts.get(circumstances)
    if held is None:
        known.keep(circumstances, *_sentence(target, seen))
        return _sentence(target, seen)
    finding, facts = held
    return finding, {**facts}


def _sentence(target: Target, seen: Observation) -> tuple[Finding, dict[str, Any]]:
    found, facts = findings(target, seen), evidence(target, seen)
    if found[0].state is not State.AVAILABLE:
        facts["findings"] = [finding.to_json() for finding in found]
    return found[0], facts


def findings(target: Target, seen: Observation) -> list[Finding]:
    """Everything that the observation argues for, the weightiest first; never empty."""
    own = _own(target, seen)
    if not own and not seen.findings:
        return [_PLAYABLE]
    found = worst_first([*own, *seen.findings])
    if seen.doubt is not None and found and _may_be_ours(found[0]):
        # Nothing is called dead by a prober that does not hear, and nothing forgotten of what it heard.
        return [Finding(_DOUBTS[seen.doubt], {"instead_of": found[0].reason}), *found]
    return found


def _own(target: Target, seen: Observation) -> list[Finding]:
    """What status, headers and container argue for."""
    if seen.status is None:
        return [Finding(seen.error or "probe-failed", {"detail": seen.detail} if seen.detail else {})]
    dead = refusal(seen) or fatal(target, seen)
    if dead is None and seen.error:
        dead = Finding(seen.error, {"detail": seen.detail} if seen.detail else {})
    return [dead] if dead else list(blemishes(target, seen))


def _may_be_ours(finding: Finding) -> bool:
    """Whether a prober in trouble could have brought this about by itself."""
    return finding.reason in _OURS


def evidence(target: Target, seen: Observation) -> dict[str, Any]:
    """The facts that a verdict rests on, ready for JSON; what is not known is left out."""
    look, told = seen.look, seen.headers.get
    before = target.before or {}
    moved = seen.final_url is not None and (seen.redirects or seen.final_url != target.src)
    facts: dict[str, Any] = {
        "status": seen.status_line,
        "detail": seen.detail,
        "final_url": seen.final_url if moved else None,
        "redirects": seen.redirects or None,
        "content_type": told("content-type"),
        "content_range": told("content-range"),
        "content_length": told("content-length"),
        "retry_after": told("retry-after"),
        "ended": seen.ended if seen.ended not in ("complete", "capped") else None,
        "head": seen.head or None,
        "size": seen.size,
        "end": seen.end,
        "address": seen.address,
        # A host that is silent still has the certificate that it had.
        "certificate_until": seen.certificate.isoformat() if seen.certificate else before.get("certificate_until"),
    }
    if look:
        facts["container"], facts["codecs"] = look.container, list(look.codecs) or None
        facts["duration"], facts["promised"] = look.duration, look.promised
        facts["box"] = look.box if look.promised is not None else None
        facts["missing"], facts["start"] = look.missing, look.start
    if seen.facts:
        facts |= seen.facts
    if good_until := expiry(seen.url):
        facts["expires_at"] = good_until.isoformat()
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
    state, place = decide([verdict.state for verdict in verdicts])
    deciding = verdicts[place]
    # It died when the last of them did; what the first says is what the reader should hear.
    dead = state is State.UNAVAILABLE
    return Verdict(
        state=state,
        reason=deciding.reason,
        since=max(verdict.since for verdict in verdicts) if dead else deciding.since,
        checked_at=min(verdict.checked_at for verdict in verdicts),
        fresh_until=min(verdict.fresh_until for verdict in verdicts),
    )
