"""The facts of one probe, for `verdict.py` to judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from player.probe.findings import Finding
from player.probe.known import Known
from player.probe.look import Look

_NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(slots=True)  # not frozen: that would cost as much as the request
class Observation:
    """What was seen; nobody changes it after `Prober.observe`.

    `error`: the reason code where there was no answer, or none that could be used; `detail` for an engineer.
    `status`, `headers` (lower-case names), `ended` are of the answer to the first range; `head` is its first
    16 bytes as hex, `text` the beginning of what a refusal says, if it is text. `ranged`: whether ranges are
    honoured; None where nothing shows it. `misranged`: in what way the answer is to another range than was
    asked for; `misencoded`: its Content-Encoding cannot be undone. `size`: of the file in bytes, as the server
    tells it; `end`: a position behind the file's real end, where that is nearer. `findings` and `facts`: of the
    module for this kind of file. `doubt`: why the prober does not trust itself now: "starved" (its loop lags),
    "offline" (no network), "everywhere" (every host fails at once). `certificate`: when the host's runs
    out. `known`: what was made of the same answer before. `requests` and `bytes` are the cost, `ms` the time in
    milliseconds, `checked_at` when it was over (UTC).
    """

    url: str
    checked_at: datetime = _NEVER
    final_url: str | None = None
    redirects: int = 0
    status: int | None = None
    status_line: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    head: str = ""
    text: str = ""
    received: int = 0
    ended: str | None = None
    ranged: bool | None = None
    misranged: str | None = None
    misencoded: bool = False
    size: int | None = None
    end: int | None = None
    look: Look | None = None
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    address: str | None = None
    error: str | None = None
    detail: str | None = None
    doubt: str | None = None
    certificate: datetime | None = None
    known: Known | None = field(default=None, compare=False, repr=False)
    requests: int = 0
    bytes: int = 0
    ms: float = 0.0
