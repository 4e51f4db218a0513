"""The course of one look at a source: the first question, what it shows, and what is asked because of that."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Hashable
from datetime import UTC, datetime, timedelta
from functools import partial

from yarl import URL

from player.probe import pace, ranges, sight
from player.probe.ask import Ask, Subject
from player.probe.exchange import Outcome
from player.probe.fetch import Failure, Fetched, Fetcher, Tally
from player.probe.findings import Finding, Inspection
from player.probe.kinds import Inspect, inspector
from player.probe.known import MOST, Known
from player.probe.look import Pieces
from player.probe.looks import Looks
from player.probe.observation import Observation
from player.probe.sight import HEAD
from player.probe.sniff import MEDIA, sniff
from player.probe.target import Role, Target
from player.probe.url import Plain

BROKEN_OFF = {"broken": "reset", "stalled": "timeout"}
_WHOLE = ("complete", "capped")  # ends of answers that brought what they were to bring
_FOLLOW_UPS = 3
AGAIN = ("unreachable", "reset")  # worth a second look on a fresh connection


class Seeing:
    """`timeout`: seconds for one look. `origin`: as it is sent along. `warn`: how long before its end a certificate is
    worth a word."""

    def __init__(self, fetcher: Fetcher, *, timeout: float, origin: str, warn: timedelta) -> None:
        self._fetcher, self._timeout, self._origin, self._warn = fetcher, timeout, origin, warn
        self._looks = Looks()
        self._known: OrderedDict[Hashable, Known] = OrderedDict()

    def settled(self, target: Target, url: URL | Plain, answer: Fetched, took: float, seen: Observation) -> bool:
        """Whether the first answer, which took so many seconds, leaves nothing to ask for; it is written down then."""
        if answer.ended not in _WHOLE or answer.status == 416 or answer.redirects or answer.location is not None:
            return False
        key = self._key(target, answer) if took < pace.LATE else None
        if key is not None and (known := self._known.get(key)) is not None:
            sight.recall(known, answer, seen)
            self._note_certificate(url, answer, seen)
            return True
        body = sight.note(target, answer, self._looks, seen)
        if body is None or seen.look is None:
            return True
        if sight.further(seen.look, body, seen.size, answer) is not None:
            return False
        if self._read(target, url, answer, body, took, seen) is not None:
            return False
        if key is not None and seen.ranged and seen.look.container in MEDIA and sniff(body) != "unknown":
            seen.known = self._known[key] = Known(seen.size, seen.end, seen.look)
            if len(self._known) > MOST:
                self._known.popitem(last=False)
        return True

    def _key(self, target: Target, answer: Fetched) -> Hashable | None:
        """Answers with the same key show the same, but for the address, the certificate and the time. None where that
        is not sure."""
        told = answer.headers.get
        if answer.status != 206 or answer.ended != "complete" or told("content-encoding"):
            return None
        if target.wanted is not Role.MEDIA:
            return None
        return (
            self._looks.digest(answer.body),
            answer.status_line,
            answer.address,
            told("content-range"),
            told("content-length"),
            told("content-type"),
            told("cross-origin-resource-policy"),
            told("retry-after"),
            target.duration,
        )

    async def see(
        self, target: Target, url: URL | Plain, began: float, tally: Tally, seen: Observation, early: Outcome | None
    ) -> None:
        """Writes down all that there is to be seen. `early`: what came of the first question, where it has been asked
        already. Raises `Failure`."""
        deadline = began + self._timeout
        answer = await self._first(url, deadline, tally, early, fresh=target.fresh)
        took = self._fetcher.now() - began
        body = sight.note(target, answer, self._looks, seen)
        if body is None or seen.look is None:
            return
        if wanted := sight.further(seen.look, body, seen.size, answer):
            pieces = Pieces(seen.size, seen.end, [(0, body)])
            try:
                await self._follow(target, answer, pieces, seen, wanted, deadline, tally)
            except Failure as failed:
                seen.error, seen.detail = failed.code, failed.detail
            look = self._looks.of(pieces, duration=target.duration, audio=sight.audio(answer))
            seen.size, seen.end, seen.look = pieces.size, pieces.end, look
        further = self._read(target, url, answer, body, took, seen)
        if further is not None:
            whole = answer.ended == "complete" and (answer.range is None or answer.range[2] == len(answer.body))
            subject = Subject(target, answer.url, answer, body, whole)
            await self._inspect(further, subject, deadline, tally, seen)

    def _read(
        self, target: Target, url: URL | Plain, answer: Fetched, body: bytes, took: float, seen: Observation
    ) -> Inspect | None:
        """What is known once the container is: words, the certificate, and who looks further."""
        look = seen.look
        assert look is not None
        sight.say(seen, body)
        self._note_certificate(url, answer, seen)
        further = inspector(target.wanted, look.container)
        if took > pace.LATE and further is None and seen.ranged and look.container in MEDIA:
            further = partial(pace.inspect, took, look, seen.size)
        return further if body and answer.ended in _WHOLE and look.container != "html" else None

    def _note_certificate(self, url: URL | Plain, answer: Fetched, seen: Observation) -> None:
        if answer.url.startswith("https:"):
            seen.findings = self._certificate(url if answer.url == str(url) else URL(answer.url, encoded=True))
        if url.scheme == "https":
            seen.certificate = self._fetcher.expires(url)

    async def _inspect(
        self, further: Inspect, subject: Subject, deadline: float, tally: Tally, seen: Observation
    ) -> None:
        """What the module for this kind of file finds goes before what is known."""
        try:
            made = await further(subject, Ask(self._fetcher, deadline, tally, self._origin))
        except Failure as failed:
            made = Inspection((Finding(failed.code, {"detail": failed.detail}),))
        seen.findings, seen.facts = (*made.findings, *seen.findings), made.facts

    def _certificate(self, address: URL | Plain) -> tuple[Finding, ...]:
        """A word about the host's certificate where it runs out soon."""
        expires = self._fetcher.expires(address)
        if expires is None or expires - datetime.now(UTC) > self._warn:
            return ()
        return (Finding("certificate-expires", {"expires": expires.isoformat()}),)

    async def _follow(
        self,
        target: Target,
        answer: Fetched,
        pieces: Pieces,
        seen: Observation,
        first: tuple[int, int],
        deadline: float,
        tally: Tally,
    ) -> None:
        """Fetches what else the container needs to be understood."""
        url = URL(answer.url, encoded=True)
        wanted: tuple[int, int] | None = first
        for _ in range(_FOLLOW_UPS if answer.ended in _WHOLE else 0):
            if wanted is None or not seen.ranged:
                return
            at, length = wanted
            more = await self._fetcher.fetch(url, deadline, tally, first=at, length=length, cap=length)
            if more.status == 416:
                pieces.end = at if pieces.end is None else min(pieces.end, at)
            elif more.status == 200:
                seen.ranged = False
                return
            elif more.status != 206:
                return
            elif misranged := ranges.misranged(more, at, pieces):
                seen.misranged = misranged
                return
            else:
                pieces.add(at, more.body)
                if more.ended in BROKEN_OFF:
                    raise Failure(BROKEN_OFF[more.ended], f"bytes from {at} on")
                ranges.shorten(pieces, more)
            wanted = self._looks.of(pieces, duration=target.duration, audio=sight.audio(answer)).need

    async def _first(
        self, url: URL | Plain, deadline: float, tally: Tally, early: Outcome | None, *, fresh: bool
    ) -> Fetched:
        """The answer to the first range; asked again, once, where a stale connection may be at fault."""
        try:
            answer = await self._fetcher.fetch(url, deadline, tally, length=HEAD, cap=HEAD, fresh=fresh, early=early)
        except Failure as failed:
            if failed.code not in AGAIN:
                raise
            return await self._fetcher.fetch(url, deadline, tally, length=HEAD, cap=HEAD, fresh=True)
        if answer.ended == "broken" and answer.status in (200, 206):
            with contextlib.suppress(Failure):
                answer = await self._fetcher.fetch(url, deadline, tally, length=HEAD, cap=HEAD, fresh=True)
        if answer.status == 416 and answer.headers.get("content-range", "").strip() != "bytes */0":
            # Some servers refuse a range that reaches past the end of a small file.
            answer = await self._fetcher.fetch(url, deadline, tally, cap=HEAD)
        return answer
