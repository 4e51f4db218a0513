"""When a source is due again. Pure: no clock, no chance and no database of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from player.monitor.hysteresis import CONFIRM_SECONDS
from player.probe.reasons import State
from player.probe.verdict import Verdict

JITTER = 0.10
"""Share of a delay by which chance makes it shorter, so that probes of one host drift apart."""

CONFIRM_SHARE = 0.25
"""A suspicion is looked at again after `CONFIRM_SECONDS`, or after this share of a short interval."""

TIERS = (
    (timedelta(hours=6), 1),
    (timedelta(days=1), 5),
    (timedelta(days=7), 60),
    (timedelta(days=91), 360),
)
"""Ages of items, and how many intervals lie between two probes up to there; older ones wait for `OLDER`."""

OLDER = 1440
DEAD_AT_MOST = 60
"""Intervals after which a dead source is looked at again, however old: its mending should soon be noticed."""

BACK_OFF_LIMIT = 3600.0
"""Seconds that a server may ask us to stay away (Retry-After, RFC 9110 section 10.2.3)."""

FRESHNESS_SHARE = 1.8
"""Intervals after which a verdict that claims something must have been looked at again: a little less than
the two for which it is believed, jitter included, so that waiting alone never turns it into "unknown"."""


def confirm_after(interval: float) -> float:
    """Seconds from a suspicion to the probe that confirms it."""
    return min(CONFIRM_SECONDS, interval * CONFIRM_SHARE)


def tier(interval: float, age: timedelta | None, *, dead: bool = False) -> float:
    """Seconds between probes of a source that was published `age` ago; None, or a live one: never put off.

    `interval`: the setting, in seconds. `dead`: it is held to be unavailable.
    """
    if age is None:
        return interval
    factor = next((factor for oldest, factor in TIERS if age <= oldest), OLDER)
    return interval * (min(factor, DEAD_AT_MOST) if dead else factor)


def delay(
    verdict: Verdict,
    *,
    suspect: bool,
    interval: float,
    jitter: float = 0.0,
    retry_after: float | None = None,
) -> float:
    """Seconds from a probe to the next one of the same source.

    `suspect`: the probe contradicts what is held (`hysteresis.weigh`). `interval`: seconds, of the source's tier.
    `jitter`: chance, from 0 to 1. `retry_after`: seconds that the server asked for.

    A change is to be known, confirmation included, within one interval; so the wait leaves room for that.
    """
    soon = confirm_after(interval)
    spread = soon if suspect else (interval - soon) * (1 - JITTER * max(0.0, min(1.0, jitter)))
    if retry_after is None:
        return spread
    # One who says "come back later" is obeyed, never for ever, and only as long as the verdict holds meanwhile:
    # "unknown" (a 429, say) cannot go stale, so there the server has more of a say.
    limit = BACK_OFF_LIMIT if verdict.state is State.UNKNOWN else interval * FRESHNESS_SHARE
    return max(spread, min(retry_after, limit))


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After field asks for: a number, or a date (RFC 9110 section 10.2.3); None for neither."""
    text = (value or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return max(0.0, (moment - now).total_seconds())
