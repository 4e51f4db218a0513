"""static/js/machine.js: from which phase to which an event leads; the table is the design's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.node import Call

PHASES = ("idle", "checking", "loading", "ready", "unavailable", "failed")
TABLE = {
    ("idle", "play"): "checking",
    ("idle", "adopt"): "loading",
    ("idle", "dead"): "unavailable",
    ("checking", "playable"): "loading",
    ("checking", "settled"): "idle",
    ("checking", "dead"): "unavailable",
    ("loading", "ready"): "ready",
    ("loading", "hold"): "loading",
    ("loading", "next"): "loading",
    ("loading", "none"): "failed",
    ("ready", "hold"): "loading",
    ("ready", "next"): "loading",
    ("ready", "none"): "failed",
    ("unavailable", "retry"): "checking",
    ("unavailable", "anyway"): "loading",
    ("failed", "retry"): "checking",
    ("failed", "anyway"): "loading",
}
EVENTS = [*sorted({event for _, event in TABLE}), "reset"]


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("event", EVENTS)
def test_an_event_leads_where_the_design_says_or_nowhere(node: Call, phase: str, event: str) -> None:
    wanted = "idle" if event == "reset" else TABLE.get((phase, event))
    assert node("machine.js", "next", phase, event) == wanted


@given(events=st.lists(st.sampled_from(EVENTS), max_size=30))
def test_every_phase_has_a_way_on(node: Call, events: list[str]) -> None:
    """Whatever happens, something that the reader or the clock can do leads out: no phase is a trap."""
    phase: Any = "idle"
    for event in events:
        phase = node("machine.js", "next", phase, event) or phase
        assert phase in PHASES
    ways = {
        event for event in EVENTS if event != "reset" and node("machine.js", "next", phase, event) not in (None, phase)
    }
    assert ways, f"{phase} is a trap"
