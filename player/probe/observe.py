"""Facts about one source: what a probe asked, and what it saw. `verdict.py` judges them."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from functools import partial

from yarl import URL

from player.probe import pace, ranges
from player.probe.address import Networks
from player.probe.ask import Ask, Subject, decoded
from player.probe.fetch import ORIGIN, Failure, Fetched, Fetcher, Tally
from player.probe.findings import Finding, Inspection
from player.probe.kinds import Inspect, inspector
from player.probe.look import Look, Pieces
from player.probe.looks import Looks
from player.probe.observation import Observation
from player.probe.places import Places
from player.probe.reasons import NETWORK, State
from player.probe.selfcheck import SelfCheck
from player.probe.sniff import MEDIA
from player.probe.target import Role, Target
from player.probe.url import BadUrl, Plain, Plainly, mixed, parse

__all__ = ["HEAD", "Observation", "Prober", "Role", "Target"]

HEAD = 16_384  # bytes that settle most
DECODERS = 2  # at once
_FOLLOW_UPS = 3
_CREDIT = 4  # time-outs that the loop's own delays may add to one
_WORDS = ("html", "json", "text", "xml")  # containers that may say why there is no medium
_BROKEN_OFF = {"broken": "reset", "stalled": "timeout"}
_NETWORK = NETWORK | {"timeout", "reset"}  # what a prober may do to itself
_AGAIN = ("unreachable", "reset")  # worth a second look on a fresh connection


class Prober:
    """Probes sources. An async context manager that owns the connections and the limits.

    `timeout`: seconds for one whole probe, the wait for a free place at its host not counted. `per_host`:
    probes under way at one host. `allow_networks`: exempt from the address guard. `tls_warn_days`: how
    long before its end a certificate is worth a word. `origin`: of the pages that sources stand on; it is sent along,
    and has to be allowed. `rate`: probes a second that begin at one host at most, a few at once; None: any number.
    """

    def __init__(
        self,
        *,
        timeout: float = 10.0,
        per_host: int = 8,
        max_redirects: int = 20,
        allow_networks: Networks = (),
        tls_warn_days: float = 14,
        origin: str = ORIGIN,
        rate: float | None = None,
    ) -> None:
        self._timeout, self._origin = timeout, origin
        self._fetcher = Fetcher(
            allow_networks=allow_networks, max_redirects=max_redirects, origin=origin, credit=_CREDIT * timeout
        )
        self._decoders = asyncio.Semaphore(DECODERS)
        self._places, self._looks, self._address = Places(per_host, rate), Looks(), Plainly()
        self._warn = timedelta(days=tls_warn_days)

    async def __aenter__(self) -> Prober:
        await self._fetcher.__aenter__()
        self._now = self._fetcher.now
        self._selfcheck = SelfCheck(self._fetcher.wheel, self._timeout, self._answers)
        return self

    async def __aexit__(self, *details: object) -> None:
        await self._fetcher.__aexit__(*details)

    async def observe(self, target: Target) -> Observation:
        """What is there now. Never raises, but for `CancelledError`."""
        seen = Observation(target.src)
        try:
            url = self._address(target.src)
        except BadUrl as error:
            return _failed(seen, "bad-url", str(error))
        if target.page is not None and mixed(target.page, str(url)):
            return _failed(seen, "mixed-content", f"on {target.page}")
        place, host = url.raw_authority, url.raw_host or ""
        if not self._places.taken(place):
            await self._places.take(place)
        try:
            self._selfcheck.begin(host)
            began, tally = self._now(), Tally()
            try:
                await self._see(target, url, began + self._timeout, tally, seen)
                if target.deep and seen.look and seen.error is None and not any(map(_dead, seen.findings)):
                    await self._look_deep(seen, tally)
            except Failure as failed:
                _failed(seen, failed.code, failed.detail)
            except Exception as error:  # a probe must not end the prober, whatever the network sends
                _failed(seen, "probe-failed", type(error).__name__)
            finally:
                self._selfcheck.end(host)
            seen.checked_at = datetime.now(UTC)
            seen.requests, seen.bytes = tally.requests, tally.bytes
            seen.ms = round((self._now() - began) * 1000, 1)
            broken_off = seen.ended in _BROKEN_OFF
            if seen.status is not None and not broken_off:
                self._selfcheck.answered(host, target.src)
            elif seen.error in _NETWORK or broken_off:
                silent = seen.error == "timeout" or seen.ended == "stalled"
                seen.doubt = await self._selfcheck.doubt(host, began, silent=silent)
            return seen
        finally:
            self._places.leave(place)

    async def _look_deep(self, seen: Observation, tally: Tally) -> None:
        """Adds to findings and facts what decoding tells; a few decoders at once, for they cost."""
        from player.probe import deep  # which few probes need

        async with self._decoders:
            try:
                made = await deep.look(self._fetcher, seen, tally, self._origin)
            except Failure as failed:
                made = Inspection((Finding(failed.code, {"detail": failed.detail}),))
            except Exception as error:  # a probe must not end the prober, whatever the network sends
                made = Inspection((Finding("probe-failed", {"detail": type(error).__name__}),))
        seen.findings, seen.facts = (*seen.findings, *made.findings), {**seen.facts, **made.facts}

    async def _answers(self, address: str) -> bool:
        """Whether anything at all comes back from there."""
        deadline = self._now() + self._timeout / 2
        try:
            await self._fetcher.fetch(parse(address), deadline, Tally(), length=1, cap=1)
        except Failure:
            return False
        return True

    async def _see(self, target: Target, url: URL | Plain, deadline: float, tally: Tally, seen: Observation) -> None:
        answer = await self._first(url, deadline, tally, fresh=target.fresh)
        status, body, took = answer.status, answer.body, self._now() - (deadline - self._timeout)
        seen.final_url, seen.redirects, seen.address = answer.url, answer.redirects, answer.address
        seen.status, seen.status_line, seen.headers = status, answer.status_line, answer.headers
        seen.head, seen.received, seen.ended, seen.detail = body[:16].hex(), len(body), answer.ended, answer.detail
        if status not in (200, 206):
            seen.text = _text(answer)
            return
        body, encoded = decoded(answer, HEAD)
        seen.ranged = ranges.ranged(answer, encoded=encoded)
        seen.misencoded = encoded and body is answer.body and bool(body)
        if misranged := ranges.misranged(answer, 0):
            seen.misranged = misranged
            return  # these bytes tell nothing
        pieces = Pieces(size=None if encoded else ranges.size(answer))
        pieces.add(0, body)
        ranges.shorten(pieces, answer)
        look = self._look(target, answer, pieces)
        if wanted := _follow_up(pieces, look, answer):
            try:
                await self._follow(target, answer, pieces, seen, wanted, deadline, tally)
            except Failure as failed:
                seen.error, seen.detail = failed.code, failed.detail
            look = self._look(target, answer, pieces)
        seen.size, seen.end, seen.look = pieces.size, pieces.end, look
        if look.container in _WORDS:
            seen.text = _said(body)
        if answer.url.startswith("https:"):
            seen.findings = self._certificate(url if answer.url == str(url) else URL(answer.url, encoded=True))
        if url.scheme == "https":
            seen.certificate = self._fetcher.expires(url)
        further = inspector(target.wanted, look.container)
        if took > pace.LATE and further is None and seen.ranged and look.container in MEDIA:
            further = partial(pace.inspect, took, look, pieces.size)
        if further and body and answer.ended in ("complete", "capped") and look.container != "html":
            subject = Subject(target, answer.url, answer, body, _whole(answer))
            await self._inspect(further, subject, deadline, tally, seen)

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

    def _look(self, target: Target, answer: Fetched, pieces: Pieces) -> Look:
        audio = answer.headers.get("content-type", "")[:6].lower() == "audio/"
        audio = audio or answer.url.partition("?")[0].lower().endswith((".mp3", ".aac"))
        return self._looks.of(pieces, duration=target.duration, audio=audio)

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
        for _ in range(_FOLLOW_UPS if answer.ended in ("complete", "capped") else 0):
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
                if more.ended in _BROKEN_OFF:
                    raise Failure(_BROKEN_OFF[more.ended], f"bytes from {at} on")
                ranges.shorten(pieces, more)
            wanted = _follow_up(pieces, self._look(target, answer, pieces), None)

    async def _first(self, url: URL | Plain, deadline: float, tally: Tally, *, fresh: bool) -> Fetched:
        """The answer to the first range; asked again, once, where a stale connection may be at fault."""
        try:
            answer = await self._fetcher.fetch(url, deadline, tally, length=HEAD, cap=HEAD, fresh=fresh)
        except Failure as failed:
            if failed.code not in _AGAIN:
                raise
            return await self._fetcher.fetch(url, deadline, tally, length=HEAD, cap=HEAD, fresh=True)
        if answer.ended == "broken" and answer.status in (200, 206):
            with contextlib.suppress(Failure):
                answer = await self._fetcher.fetch(url, deadline, tally, length=HEAD, cap=HEAD, fresh=True)
        if answer.status == 416 and answer.headers.get("content-range", "").strip() != "bytes */0":
            # Some servers refuse a range that reaches past the end of a small file.
            answer = await self._fetcher.fetch(url, deadline, tally, cap=HEAD)
        return answer


def _dead(finding: Finding) -> bool:
    return finding.state is State.UNAVAILABLE


def _failed(seen: Observation, code: str, detail: str) -> Observation:
    """Without an answer that could be used."""
    seen.error, seen.detail, seen.checked_at = code, detail, datetime.now(UTC)
    return seen


def _whole(answer: Fetched) -> bool:
    return answer.ended == "complete" and (answer.range is None or answer.range[2] == len(answer.body))


def _text(answer: Fetched) -> str:
    """The beginning of what a refusal says, on one line, if it is text."""
    said = answer.headers.get("content-type", "").lower()
    if said and not any(word in said for word in ("text", "html", "xml", "json")):
        return ""
    return _said(decoded(answer, HEAD)[0])


def _said(body: bytes) -> str:
    return " ".join(body[:2000].decode("utf-8", "replace").split())


def _follow_up(pieces: Pieces, look: Look, answer: Fetched | None) -> tuple[int, int] | None:
    """The range that would tell more: what the container asks for; the rest of an answer that was shorter
    than asked; the last byte, where the file claims to be far longer than its container."""
    if look.need:
        return look.need
    if answer is None or answer.status != 206:
        return None
    if pieces.size is None:
        # The server does not say how long the file is: is it as long as it says itself?
        here = len(pieces.head)
        return (look.promised - 1, 1) if look.promised and look.promised > here and look.missing is None else None
    here = len(answer.body)
    if answer.ended == "complete" and here < min(HEAD, pieces.size):
        return here, HEAD - here
    if look.promised and look.promised < pieces.size * 0.9:
        return pieces.size - 1, 1
    return None
