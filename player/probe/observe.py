"""Facts about one source: what a probe asked, and what it saw. `verdict.py` judges them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from yarl import URL

from player.probe import containers, ranges
from player.probe.address import Networks
from player.probe.ask import Ask, Subject, decoded
from player.probe.fetch import ORIGIN, Failure, Fetched, Fetcher, Tally
from player.probe.findings import Finding, Inspection
from player.probe.kinds import inspector
from player.probe.look import Look, Pieces
from player.probe.observation import Observation
from player.probe.reasons import State
from player.probe.target import Role, Target
from player.probe.url import BadUrl, mixed, parse

__all__ = ["HEAD", "Observation", "Prober", "Role", "Target"]

HEAD = 16_384  # bytes that settle most
DECODERS = 2  # at once
_FOLLOW_UPS = 3
_BROKEN_OFF = {"broken": "reset", "stalled": "timeout"}
_AGAIN = ("unreachable", "reset")  # worth a second look on a fresh connection


class Prober:
    """Probes sources. An async context manager that owns the connections and the limits.

    `timeout`: seconds for one whole probe, the wait for a free place at its host not counted. `per_host`:
    probes under way at one host. `allow_networks`: exempt from the address guard.
    """

    def __init__(
        self,
        *,
        timeout: float = 10.0,
        per_host: int = 8,
        max_redirects: int = 20,
        allow_networks: Networks = (),
    ) -> None:
        self._timeout, self._per_host = timeout, per_host
        self._fetcher = Fetcher(allow_networks=allow_networks, max_redirects=max_redirects)
        self._places: dict[str, tuple[asyncio.Semaphore, list[None]]] = {}
        self._decoders = asyncio.Semaphore(DECODERS)

    async def __aenter__(self) -> Prober:
        await self._fetcher.__aenter__()
        return self

    async def __aexit__(self, *details: object) -> None:
        await self._fetcher.__aexit__(*details)

    async def observe(self, target: Target) -> Observation:
        """What is there now. Never raises, but for `CancelledError`."""
        try:
            url = parse(target.src)
        except BadUrl as error:
            return _failed(target, "bad-url", str(error), Tally(), 0.0)
        if target.page is not None and mixed(target.page, str(url)):
            return _failed(target, "mixed-content", f"on {target.page}", Tally(), 0.0)
        async with self._place(url.authority):
            loop, tally = asyncio.get_running_loop(), Tally()
            began = loop.time()
            try:
                seen = await self._see(target, url, began + self._timeout, tally)
            except Failure as failed:
                return _failed(target, failed.code, failed.detail, tally, loop.time() - began)
            except Exception as error:  # a probe must not end the prober, whatever the network sends
                return _failed(target, "probe-failed", type(error).__name__, tally, loop.time() - began)
            if target.deep and "look" in seen and "error" not in seen and not any(map(_dead, seen.get("findings", ()))):
                seen |= await self._look_deep(target, seen, tally)
            return Observation(
                url=target.src,
                checked_at=datetime.now(UTC),
                requests=tally.requests,
                bytes=tally.bytes,
                ms=round((loop.time() - began) * 1000, 1),
                **seen,
            )

    async def _look_deep(self, target: Target, seen: dict[str, Any], tally: Tally) -> dict[str, Any]:
        """The findings and facts with what decoding adds to them; a few decoders at once, for they cost."""
        from player.probe import deep  # which few probes need

        async with self._decoders:
            try:
                made = await deep.look(self._fetcher, Observation(target.src, datetime.now(UTC), **seen), tally, ORIGIN)
            except Failure as failed:
                made = Inspection((Finding(failed.code, {"detail": failed.detail}),))
            except Exception as error:  # a probe must not end the prober, whatever the network sends
                made = Inspection((Finding("probe-failed", {"detail": type(error).__name__}),))
        return {
            "findings": (*seen.get("findings", ()), *made.findings),
            "facts": {**seen.get("facts", {}), **made.facts},
        }

    @contextlib.asynccontextmanager
    async def _place(self, host: str) -> AsyncIterator[None]:
        """One of the host's places; hosts without a probe are forgotten."""
        semaphore, users = self._places.setdefault(host, (asyncio.Semaphore(self._per_host), []))
        users.append(None)
        try:
            async with semaphore:
                yield
        finally:
            users.pop()
            if not users:
                self._places.pop(host, None)

    async def _see(self, target: Target, url: URL, deadline: float, tally: Tally) -> dict[str, Any]:
        answer = await self._first(url, deadline, tally, fresh=target.fresh)
        seen: dict[str, Any] = {
            "final_url": answer.url,
            "redirects": answer.redirects,
            "status": answer.status,
            "status_line": answer.status_line,
            "headers": answer.headers,
            "head": answer.body[:16].hex(),
            "received": len(answer.body),
            "ended": answer.ended,
            "address": answer.address,
            "detail": answer.detail,
        }
        if answer.status not in (200, 206):
            return {**seen, "text": _text(answer)}
        body, encoded = decoded(answer, HEAD)
        seen["ranged"] = ranges.ranged(answer, encoded=encoded)
        seen["misencoded"] = encoded and body is answer.body and bool(body)
        if misranged := ranges.misranged(answer, 0):
            return {**seen, "misranged": misranged}  # these bytes tell nothing
        pieces = Pieces(size=None if encoded else ranges.size(answer))
        pieces.add(0, body)
        ranges.shorten(pieces, answer)
        try:
            await self._follow(target, answer, pieces, seen, deadline, tally)
        except Failure as failed:
            seen.update(error=failed.code, detail=failed.detail)
        look = _look(target, answer, pieces)
        seen |= {"size": pieces.size, "end": pieces.end, "look": look}
        further = inspector(target.wanted, look.container)
        if further and body and answer.ended in ("complete", "capped") and look.container != "html":
            complete = answer.ended == "complete" and (answer.range is None or answer.range[2] == len(answer.body))
            ask = Ask(self._fetcher, deadline, tally, ORIGIN)
            try:
                made = await further(Subject(target, answer.url, answer, body, complete), ask)
            except Failure as failed:
                made = Inspection((Finding(failed.code, {"detail": failed.detail}),))
            seen |= {"findings": made.findings, "facts": made.facts}
        return seen

    async def _follow(
        self,
        target: Target,
        answer: Fetched,
        pieces: Pieces,
        seen: dict[str, Any],
        deadline: float,
        tally: Tally,
    ) -> None:
        """Fetches what else the container needs to be understood."""
        url, wanted = URL(answer.url, encoded=True), _follow_up(pieces, _look(target, answer, pieces), answer)
        for _ in range(_FOLLOW_UPS if answer.ended in ("complete", "capped") else 0):
            if wanted is None or not seen["ranged"]:
                return
            at, length = wanted
            more = await self._fetcher.fetch(url, deadline, tally, first=at, length=length, cap=length)
            if more.status == 416:
                pieces.end = at if pieces.end is None else min(pieces.end, at)
            elif more.status == 200:
                seen["ranged"] = False
                return
            elif more.status != 206:
                return
            elif misranged := ranges.misranged(more, at, pieces):
                seen["misranged"] = misranged
                return
            else:
                pieces.add(at, more.body)
                if more.ended in _BROKEN_OFF:
                    raise Failure(_BROKEN_OFF[more.ended], f"bytes from {at} on")
                ranges.shorten(pieces, more)
            wanted = _follow_up(pieces, _look(target, answer, pieces), None)

    async def _first(self, url: URL, deadline: float, tally: Tally, *, fresh: bool) -> Fetched:
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


def _failed(target: Target, code: str, detail: str, tally: Tally, seconds: float) -> Observation:
    return Observation(
        url=target.src,
        checked_at=datetime.now(UTC),
        error=code,
        detail=detail,
        requests=tally.requests,
        bytes=tally.bytes,
        ms=round(seconds * 1000, 1),
    )


def _look(target: Target, answer: Fetched, pieces: Pieces) -> Look:
    said = answer.headers.get("content-type", "").lower()
    path = URL(answer.url, encoded=True).path.lower()
    audio = said.startswith("audio/") or path.endswith((".mp3", ".aac"))
    return containers.look(pieces, duration=target.duration, audio=audio)


def _text(answer: Fetched) -> str:
    """The beginning of what a refusal says, on one line, if it is text."""
    said = answer.headers.get("content-type", "").lower()
    if said and not any(word in said for word in ("text", "html", "xml", "json")):
        return ""
    return " ".join(decoded(answer, HEAD)[0][:2000].decode("utf-8", "replace").split())


def _follow_up(pieces: Pieces, look: Look, answer: Fetched | None) -> tuple[int, int] | None:
    """The range that would tell more: what the container asks for; the rest of an answer that was shorter
    than asked; the last byte, where the file claims to be far longer than its container."""
    if look.need:
        return look.need
    if answer is None or pieces.size is None or answer.status != 206:
        return None
    here = len(answer.body)
    if answer.ended == "complete" and here < min(HEAD, pieces.size):
        return here, HEAD - here
    if look.promised and look.promised < pieces.size * 0.9:
        return pieces.size - 1, 1
    return None
