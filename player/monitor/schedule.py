"""When a source is due again. Pure: no clock, no chance and no database of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from player.probe.reasons import State
from player.probe.verdict import Verdict

JITTER = 0.10
"""Share of a delay that chance moves it by, either way, so that probes of one host drift apart."""

CONFIRM_FLOOR = 2.0
"""Seconds before a suspicion is looked at again: shorter would only meet the same hiccup."""

BACK_OFF_LIMIT = 3600.0
"""Seconds that a server may ask us to stay away (Retry-After, RFC 9110 section 10.2.3)."""

FRESHNESS_SHARE = 1.8
"""Intervals after which a verdict that claims something must have been looked at again: a little less than
the two for which it is believed, jitter included, so that waiting alone never turns it into "unknown"."""


def delay(
    verdict: Verdict,
    previous: Verdict | None,
    *,
    interval: float,
    jitter: float = 0.0,
    retry_after: float | None = None,
) -> float:
    """Seconds from a probe to the next one of the same source.

    `interval`: the setting, in seconds. `jitter`: chance, from -1 to 1. `retry_after`: seconds that the server
    asked for. `previous`: what was held before the probe, None at the first one.
    """
    if is_suspicion(verdict, previous):
        base = min(interval, max(interval / 4, CONFIRM_FLOOR))
        # Never later than a quarter: the spread goes one way only.
        spread = base * (1 - JITTER * abs(jitter)) if base > CONFIRM_FLOOR else base
    else:
        base = interval
        spread = base * (1 + JITTER * max(-1.0, min(1.0, jitter)))
    if retry_after is None:
        return spread
    # One who says "come back later" is obeyed, never for ever, and only as long as the verdict holds meanwhile:
    # "unknown" (a 429, say) cannot go stale, so there the server has more of a say.
    limit = BACK_OFF_LIMIT if verdict.state is State.UNKNOWN else interval * FRESHNESS_SHARE
    return max(spread, min(retry_after, limit))


def next_due(
    verdict: Verdict,
    previous: Verdict | None,
    *,
    interval: float,
    jitter: float = 0.0,
    retry_after: float | None = None,
) -> datetime:
    """The moment of the next probe, counted from `verdict.checked_at`; the arguments are `delay`'s."""
    seconds = delay(verdict, previous, interval=interval, jitter=jitter, retry_after=retry_after)
    return verdict.checked_at + timedelta(seconds=seconds)


def is_suspicion(verdict: Verdict, previous: Verdict | None) -> bool:
    """Whether this probe is the first to say that the source does not play."""
    return verdict.state is State.UNAVAILABLE and (previous is None or previous.state is not State.UNAVAILABLE)


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
