"""Judgement: what an observation means, with how long it may be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from player.probe.reasons import State


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
