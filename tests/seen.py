"""Observations as a prober would make them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from player.probe.observe import Observation, Target


def seen(target: Target, answer: int | tuple[int, Mapping[str, str]]) -> Observation:
    """What an answer of this status, or status and headers, looks like; a 200 has bytes that nothing speaks against."""
    status, headers = answer if isinstance(answer, tuple) else (answer, {})
    return Observation(
        url=target.src,
        checked_at=datetime.now(UTC),
        status=status,
        headers=headers,
        received=1024 if status == 200 else 0,
        requests=1,
    )
