"""Reading a query string: a typed value, or a 400 that names the parameter and what is allowed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from flask import request

from player.web.problems import Problem

LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
"""The shape of a BCP 47 tag (RFC 5646 section 2.1), without its registry."""

CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,5}):([0-5]?\d(?:\.\d+)?)|(\d{1,7}(?:\.\d+)?)s?")
"""`83`, `83.5`, `83s`, `1:23`, `0:01:23`: seconds, or minutes or hours before them."""


def bad(name: str, allowed: str) -> Problem:
    shown = (request.args.get(name) or "")[:100]
    return Problem(400, f"{name}={shown!r} is not possible; allowed: {allowed}.", parameter=name, allowed=allowed)


def word(name: str, choices: Iterable[str]) -> str | None:
    """One of `choices`, or None where it is absent."""
    value = request.args.get(name)
    allowed = sorted(choices)
    if value is not None and value not in allowed:
        raise bad(name, ", ".join(allowed))
    return value


def several(name: str, choices: Iterable[str]) -> frozenset[str] | None:
    """Some of `choices`, with commas between them, or None where it is absent."""
    value = request.args.get(name)
    if value is None:
        return None
    allowed = list(choices)
    found = frozenset(value.split(","))
    if not found.issubset(allowed):
        raise bad(name, f"{', '.join(allowed)}, several of them with commas between them")
    return found


def whole(name: str, low: int, high: int, default: int) -> int:
    value = request.args.get(name)
    if value is None:
        return default
    # isdecimal() is true of every script's digits; a query string has ASCII's.
    if not (value.isascii() and value.isdecimal() and len(value) <= 18 and low <= int(value) <= high):
        raise bad(name, f"a whole number from {low} to {high}")
    return int(value)


def number(name: str, low: float, high: float, default: float) -> float:
    value = request.args.get(name)
    if value is None:
        return default
    try:
        found = float(value)
    except ValueError:
        found = math.nan
    if not low <= found <= high:
        raise bad(name, f"a number from {low:g} to {high:g}")
    return found


def pattern(name: str, shape: re.Pattern[str], allowed: str) -> str | None:
    value = request.args.get(name)
    if value is not None and not shape.fullmatch(value):
        raise bad(name, allowed)
    return value


def flag(name: str) -> bool:
    """A switch: absent is off; present, empty or 1 is on; 0 is off."""
    value = request.args.get(name)
    if value not in (None, "", "0", "1"):
        raise bad(name, "0, 1")
    return value in ("", "1")
