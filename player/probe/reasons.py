"""The vocabulary of verdicts: every state, and every reason with the state it argues for.

One code means the same in a probe's JSON, in metrics, in the manifest, in the widget and in the
translations (`static/js/i18n/*.js` has a sentence for a reader under each code). Sentences live there,
never here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What a verdict says of a source. `UNKNOWN` is an honest answer and never hides a player."""

    AVAILABLE = "available"
    DEGRADED = "degraded"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason code.

    `code`: lower-case words joined by hyphens. `state`: what it argues for. `transient`: whether the
    same request may well succeed minutes later, so that a client should offer to try anyway.
    """

    code: str
    state: State
    transient: bool = False


def _table(*reasons: Reason) -> dict[str, Reason]:
    return {reason.code: reason for reason in reasons}


_A, _D, _U, _K = State.AVAILABLE, State.DEGRADED, State.UNAVAILABLE, State.UNKNOWN

REASONS: dict[str, Reason] = _table(
    Reason("playable", _A),
    # It plays, but not as well as it could.
    Reason("no-range", _D),  # the server ignores Range: seeking needs the whole file
    Reason("mislabelled", _D),  # media bytes under a Content-Type that does not say so
    # It does not play, and will not until somebody mends it.
    Reason("not-found", _U),  # 404
    Reason("gone", _U),  # 410
    Reason("legal", _U),  # 451
    Reason("html", _U),  # a web page under a media address
    Reason("wrong-type", _U),  # bytes of no kind that a browser plays: a picture, a PDF, JSON …
    Reason("empty", _U),  # zero bytes
    Reason("truncated", _U),  # less than the container or the size promises
    Reason("bad-url", _U),  # not an http(s) address
    Reason("redirect-loop", _U),  # more redirects than the cap
    Reason("mixed-content", _U),  # an http source for an https page
    Reason("unsupported", _U),  # a browser says that it cannot decode this
    # It does not answer now, and may again.
    Reason("dns", _U, transient=True),
    Reason("refused", _U, transient=True),  # TCP connection refused
    Reason("unreachable", _U, transient=True),  # no route, reset before an answer
    Reason("tls", _U, transient=True),
    Reason("timeout", _U, transient=True),
    Reason("reset", _U, transient=True),  # the body breaks off
    Reason("server-error", _U, transient=True),  # 5xx
    # Nothing is known, and nothing is claimed.
    Reason("forbidden", _K, transient=True),  # 401, 403: perhaps only to us
    Reason("rate-limited", _K, transient=True),  # 429
    Reason("address-refused", _K),  # the guard forbids this address
    Reason("http-status", _K, transient=True),  # any other status
    Reason("unchecked", _K, transient=True),  # not probed yet
    Reason("probe-failed", _K, transient=True),  # the prober itself is at fault
)


def reason(code: str) -> Reason:
    """The reason of a code; `KeyError` where the vocabulary has no such word."""
    return REASONS[code]
