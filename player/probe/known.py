"""Answers that were met before: a source that is probed every minute hardly ever changes, and then nothing is new."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from player.probe.findings import Finding
from player.probe.look import Look

MOST = 10_000  # answers
_CIRCUMSTANCES = 8  # for each


@dataclass(slots=True, eq=False)
class Known:
    """An answer that settled a probe by itself: to the range that was asked for, and about a medium. `size`, `end` and
    `look` as in an observation. `verdicts`: by the circumstances, the finding and its evidence."""

    size: int | None
    end: int | None
    look: Look
    verdicts: dict[Hashable, tuple[Finding, Mapping[str, Any]]] = field(default_factory=dict)

    def keep(self, circumstances: Hashable, finding: Finding, evidence: Mapping[str, Any]) -> None:
        if len(self.verdicts) >= _CIRCUMSTANCES:
            self.verdicts.clear()
        self.verdicts[circumstances] = finding, evidence
