"""One probe's line: for machines, and for people."""

from __future__ import annotations

import json
from typing import Any

import orjson

from player.probe.observation import Observation
from player.probe.reasons import REASONS

STATES = {code: reason.state.value for code, reason in REASONS.items()}  # by reason; an enum's value is slow to get


def as_json(url: str, reason: str, seen: Observation, evidence: dict[str, Any]) -> bytes:
    told = {
        "url": url,
        "state": STATES[reason],
        "reason": reason,
        "requests": seen.requests,
        "bytes": seen.bytes,
        "ms": seen.ms,
        "evidence": evidence,
    }
    try:
        return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # bytes that are no text, as a header may hold, or numbers of more than 64 bits
        return json.dumps(told).encode() + b"\n"


def as_text(url: str, reason: str, seen: Observation, evidence: dict[str, Any]) -> bytes:
    # Nothing that a URL holds may reach the terminal as a control sequence.
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in url)
    where = f"  (line {evidence['line']})" if "line" in evidence else ""
    line = f"{STATES[reason]:<11}  {reason:<15}  {seen.ms:>8,.0f} ms  {shown}{where}\n"
    return line.encode(errors="backslashreplace")
