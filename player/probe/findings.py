"""What a probe found: reason codes, each with the evidence that argues for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from player.probe.reasons import REASONS, State

MOST = 20  # findings that are kept of one observation; a playlist of ten thousand may yield as many
# What is known weighs more than what is not.
_WEIGHT = {State.UNAVAILABLE: 0, State.DEGRADED: 1, State.UNKNOWN: 2, State.AVAILABLE: 3}


@dataclass(frozen=True, slots=True)
class Finding:
    """`reason`: a code of `reasons.py`, which decides the state. `evidence`: facts ready for JSON (the status
    line, the first bytes as hex, a line of the playlist …). `where`: the address, with a fragment for the
    line, or the box; None where it is the source itself."""

    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    where: str | None = None

    @property
    def state(self) -> State:
        return REASONS[self.reason].state

    def to_json(self) -> dict[str, Any]:
        return {"reason": self.reason, **({"where": self.where} if self.where else {}), **self.evidence}


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a module for one kind of file makes of it. `facts` join the verdict's evidence: `duration`,
    `live`, `renditions` …; empty `findings` mean that all is well."""

    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """By weight: dead, degraded, unknown; otherwise in the order in which they came. One of each reason and place."""
    kept: dict[tuple[str, str | None], Finding] = {}
    for finding in findings:
        kept.setdefault((finding.reason, finding.where), finding)
    return sorted(kept.values(), key=lambda finding: _WEIGHT[finding.state])[:MOST]
