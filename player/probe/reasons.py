"""The vocabulary of verdicts: every state, and every reason with the state it argues for.

One code means the same in a probe's JSON, in metrics, in the manifest and in the widget. Sentences live
elsewhere: for readers in `static/js/i18n/*.js`, under the code or the simpler one that it is told as; for
editors in `player/i18n/reasons.en.json`. `REASONS.md` has them all, and a test holds it to this table.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    same request may well succeed minutes later, so that a client should offer to try anyway. `told`: the code
    under which readers have a sentence; None is this one, "" that there is nothing to tell them, since it plays.
    """

    code: str
    state: State
    transient: bool = False
    told: str | None = None

    @property
    def tells(self) -> str:
        """The code whose sentence readers are given; "" where there is nothing to tell."""
        return self.code if self.told is None else self.told


def _table(*reasons: Reason) -> dict[str, Reason]:
    return {reason.code: reason for reason in reasons}


_A, _D, _U, _K = State.AVAILABLE, State.DEGRADED, State.UNAVAILABLE, State.UNKNOWN

REASONS: dict[str, Reason] = _table(
    Reason("playable", _A, told=""),
    # It plays, but not as well as it could.
    Reason("no-range", _D, told=""),  # the server ignores Range: seeking needs the whole file
    Reason("flapping", _D, told=""),  # it comes and goes: too many changes within half an hour
    Reason("not-everywhere", _D, told=""),  # it plays from some vantage points, and not from others
    Reason("mislabelled", _D),  # media bytes under a Content-Type that does not say so
    Reason("untyped", _D, told=""),  # no Content-Type: browsers have to guess, and not all do
    Reason("index-last", _D, told=""),  # MP4 whose moov stands at the end: one more round trip before it starts
    Reason("slow", _D, told=""),  # less arrives than any medium needs
    Reason("limited-codec", _D, told=""),  # some browsers play it, or some of its tracks
    Reason("wrong-duration", _D, told=""),  # plays, but not as long as the catalogue says
    Reason("geo-blocked", _D, told="legal"),  # not handed out in the country of the prober
    Reason("same-origin", _D, told=""),  # Cross-Origin-Resource-Policy keeps other sites from loading it
    Reason("certificate-expires", _D, told=""),  # within days
    # A stream that plays, but not as well as it could.
    Reason("rendition-dead", _D, told=""),  # one rendition, audio group or subtitle of several
    Reason("steering-missing", _D, told=""),  # the manifest of content steering; players stay where they are
    Reason("segment-short", _D, told=""),  # a segment ends before its boxes, packets or byte range do
    Reason("codec-mismatch", _D, told=""),  # CODECS says other than the media
    Reason("live-behind", _D, told=""),  # goes on, but its newest segment is older than three target durations
    Reason("live-backward", _D, told=""),  # its media sequence went back
    Reason("track-dead", _D, told=""),  # captions, chapters or thumbnails of an item; told with its first source
    Reason("poster-dead", _D, told=""),  # the picture of an item
    Reason("no-cues", _D, told=""),  # captions or chapters without any cue
    # Only a deep look finds these: it decodes.
    Reason("black", _D, told=""),  # a picture in which there is nothing to see
    Reason("frozen", _D, told=""),  # a picture that stands still
    Reason("silent", _D, told=""),  # a sound in which there is nothing to hear
    # It does not play, and will not until somebody mends it.
    Reason("not-found", _U),  # 404
    Reason("gone", _U),  # 410
    Reason("legal", _U),  # 451
    Reason("expired-signature", _U, told="forbidden"),  # 401 or 403, and the address says until when it was good
    Reason("html", _U),  # a web page under a media address
    Reason("redirected", _U, told="html"),  # to a login, an error or a home page
    Reason("wrong-type", _U),  # bytes of no kind that a browser plays: a picture, a PDF, JSON …
    Reason("bad-playlist", _U, told="decode"),  # a playlist or manifest that no player can read
    Reason("bad-captions", _U, told="decode"),  # timed text that no browser reads
    Reason("empty", _U),  # zero bytes
    Reason("truncated", _U),  # less than the container or the size promises
    Reason("no-index", _U, told="truncated"),  # MP4 without moov
    Reason("corrupt", _U, told="decode"),  # the container's own structure is broken
    Reason("undecodable", _U, told="decode"),  # the container is sound, and what is in it is not
    Reason("wrong-range", _U, told="decode"),  # other bytes than were asked for: nothing can be read in order
    Reason("bad-url", _U),  # not an http(s) address
    Reason("redirect-loop", _U),  # more redirects than the cap
    Reason("mixed-content", _U),  # an http source for an https page
    Reason("unsupported", _U),  # a container or a codec that no browser plays
    Reason("encrypted", _U, told="unsupported"),  # for DRM, in a file that is played without
    # It does not answer now, and may again.
    Reason("dns", _U, transient=True),
    Reason("refused", _U, transient=True),  # TCP connection refused
    Reason("unreachable", _U, transient=True),  # no route, reset before an answer
    Reason("tls", _U, transient=True),  # no TLS, or none that a browser of today speaks
    Reason("tls-expired", _U, transient=True, told="tls"),  # the certificate has run out, or does not hold yet
    Reason("tls-name", _U, transient=True, told="tls"),  # the certificate is for another host
    Reason("tls-untrusted", _U, transient=True, told="tls"),  # signed by itself, or by nobody known
    Reason("timeout", _U, transient=True),
    Reason("reset", _U, transient=True),  # the body breaks off
    Reason("server-error", _U, transient=True),  # 5xx
    Reason("rejected", _U, transient=True, told="http-status"),  # 400, 405 and others that say no to anyone
    Reason("cors", _U, transient=True, told="forbidden"),  # pages may not read the stream; a few browsers play it
    Reason("no-segments", _U, transient=True, told="empty"),  # a playlist with nothing in it to play
    Reason("segment-missing", _U, transient=True, told="truncated"),  # a segment does not come, or is no media
    Reason("key-missing", _U, transient=True, told="decode"),  # a decryption key does not come, or is none
    Reason("live-stopped", _U, transient=True, told="truncated"),  # a live playlist that does not move
    # Nothing is known, and nothing is claimed.
    Reason("forbidden", _K, transient=True),  # 401, 403: perhaps only to us
    Reason("rate-limited", _K, transient=True),  # 429
    Reason("address-refused", _K),  # the guard forbids this address
    Reason("http-status", _K, transient=True),  # any other status
    Reason("unchecked", _K, transient=True),  # not probed yet
    Reason("probe-failed", _K, transient=True),  # the prober itself is at fault
    Reason("starved", _K, transient=True, told="probe-failed"),  # the prober had no time to listen
    Reason("offline", _K, transient=True, told="probe-failed"),  # the prober has no network
    Reason("not-started", _K, transient=True, told="no-source"),  # a live stream that is announced for later
    Reason("budget", _K, transient=True, told="probe-failed"),  # there is more to it than a probe may ask for
)

NETWORK = frozenset({"dns", "refused", "unreachable", "tls", "tls-expired", "tls-name", "tls-untrusted"})
"""Before there is an answer. All hosts at once: the prober's own network, its clock, or a portal that holds it."""


def reason(code: str) -> Reason:
    """The reason of a code; `KeyError` where the vocabulary has no such word."""
    return REASONS[code]


def decide(states: Sequence[State]) -> tuple[State, int]:
    """An item's state by its sources', which come in the order of preference, and the place of the one that decides.

    Available where a source plays and none is known to be worse, degraded where one plays and another does not (or not
    well), unavailable where all are, unknown otherwise. There is at least one.
    """

    def first(*wanted: State) -> int | None:
        return next((place for place, state in enumerate(states) if state in wanted), None)

    playing, unknown = first(State.AVAILABLE, State.DEGRADED), first(State.UNKNOWN)
    if playing is not None:
        worse = first(State.DEGRADED, State.UNAVAILABLE)
        return (State.AVAILABLE, playing) if worse is None else (State.DEGRADED, worse)
    return (State.UNAVAILABLE, 0) if unknown is None else (State.UNKNOWN, unknown)
