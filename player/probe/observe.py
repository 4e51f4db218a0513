"""Facts about one source: what a probe asked, and what it saw. `verdict.py` judges them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial

from yarl import URL

from player.probe.address import Networks
from player.probe.exchange import Outcome
from player.probe.fetch import ORIGIN, Failure, Fetcher, Tally
from player.probe.findings import Finding, Inspection
from player.probe.observation import Observation
from player.probe.places import Places
from player.probe.reasons import NETWORK, State
from player.probe.seeing import AGAIN, BROKEN_OFF, Seeing
from player.probe.selfcheck import SelfCheck
from player.probe.sight import HEAD
from player.probe.target import Role, Target
from player.probe.url import BadUrl, Plain, Plainly, mixed, parse

__all__ = ["HEAD", "Observation", "Prober", "Role", "Target"]

DECODERS = 2  # at once
_CREDIT = 4  # time-outs that the loop's own delays may add to one
_NETWORK = NETWORK | {"timeout", "reset"}  # what a prober may do to itself

Done = Callable[[Target, Observation], None]


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
        self._places, self._address = Places(per_host, rate), Plainly()
        self._seeing = Seeing(self._fetcher, timeout=timeout, origin=origin, warn=timedelta(days=tls_warn_days))
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Prober:
        await self._fetcher.__aenter__()
        self._now, self._loop = self._fetcher.now, asyncio.get_running_loop()
        self._selfcheck = SelfCheck(self._fetcher.wheel, self._timeout, self._answers, self._places.names)
        return self

    async def __aexit__(self, *details: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._fetcher.__aexit__(*details)

    async def observe(self, target: Target) -> Observation:
        """What is there now. Never raises, but for `CancelledError`."""
        seen = Observation(target.src)
        url = self._probed(target, seen)
        if url is None:
            return seen
        place = url.raw_authority
        if not self._places.taken(place):
            await self._places.take(place)
        return await self._observe(target, url, self._now(), None)

    def begin(self, target: Target, done: Done) -> None:
        """The same by callbacks, at half the cost: `done`, which must not raise, is given what was seen, unless the
        prober is left before; never at once. Whatever is not plain goes on in a task."""
        seen = Observation(target.src)
        url = self._probed(target, seen)
        if url is None:
            self._loop.call_soon(done, target, seen)
        elif not self._places.taken(url.raw_authority):
            self._spawn(partial(self.observe, target), target, done)
        else:
            began = self._now()
            told = partial(self._told, target, url, seen, began, done)
            if target.fresh or target.deep or not self._fetcher.begin(url, began, self._timeout, told, HEAD):
                self._spawn(partial(self._observe, target, url, began, None), target, done)

    def _told(
        self, target: Target, url: URL | Plain, seen: Observation, began: float, done: Done, outcome: Outcome
    ) -> None:
        """What came of the first question, which is nearly always all that there is to ask."""
        now = self._now()
        took = now - began
        if not self._settled(target, url, outcome, began, took, seen):
            self._spawn(partial(self._observe, target, url, began, outcome), target, done)
            return
        seen.checked_at, seen.ms = datetime.now(UTC), round(took * 1000, 1)
        if seen.status is not None:
            self._selfcheck.answered(url.raw_host or "", target.src, now)
        self._places.leave(url.raw_authority)
        done(target, seen)

    def _settled(
        self, target: Target, url: URL | Plain, outcome: Outcome, began: float, took: float, seen: Observation
    ) -> bool:
        """Whether nothing is left to be asked, of the source or of the prober itself."""
        if isinstance(outcome, Failure):
            seen.error, seen.detail, seen.requests = outcome.code, outcome.detail, int(outcome.asked)
            if outcome.code in AGAIN:
                return False
            silent = outcome.code == "timeout"
            return outcome.code not in _NETWORK or self._selfcheck.clear(url.raw_host or "", began, silent=silent)
        if isinstance(outcome, Exception):
            return False
        seen.requests, seen.bytes = 1, outcome.received
        try:
            return self._seeing.settled(target, url, outcome, took, seen)
        except Exception:
            return False  # it comes again in the task, which tells of it

    def _spawn(self, seeing: Callable[[], Coroutine[None, None, Observation]], target: Target, done: Done) -> None:
        async def see() -> None:
            done(target, await seeing())

        task = self._loop.create_task(see())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _probed(self, target: Target, seen: Observation) -> URL | Plain | None:
        """The address; None where nothing is to be asked, and `seen` says why."""
        try:
            url = self._address(target.src)
        except BadUrl as error:
            _failed(seen, "bad-url", str(error))
            return None
        if target.page is not None and mixed(target.page, str(url)):
            _failed(seen, "mixed-content", f"on {target.page}")
            return None
        return url

    async def _observe(self, target: Target, url: URL | Plain, began: float, early: Outcome | None) -> Observation:
        """One probe, whose place is given back in the end. `early`: what came of the first question already."""
        seen, host, tally = Observation(target.src), url.raw_host or "", Tally()
        try:
            try:
                await self._seeing.see(target, url, began, tally, seen, early)
                if target.deep and seen.look and seen.error is None and not any(map(_dead, seen.findings)):
                    await self._look_deep(seen, tally)
            except Failure as failed:
                _failed(seen, failed.code, failed.detail)
            except Exception as error:  # a probe must not end the prober, whatever the network sends
                _failed(seen, "probe-failed", type(error).__name__)
            seen.checked_at = datetime.now(UTC)
            seen.requests, seen.bytes = tally.requests, tally.bytes
            seen.ms = round((self._now() - began) * 1000, 1)
            broken_off = seen.ended in BROKEN_OFF
            if seen.status is not None and not broken_off:
                self._selfcheck.answered(host, target.src, self._now())
            elif seen.error in _NETWORK or broken_off:
                silent = seen.error == "timeout" or seen.ended == "stalled"
                seen.doubt = await self._selfcheck.doubt(host, began, silent=silent)
            return seen
        finally:
            self._places.leave(url.raw_authority)

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


def _dead(finding: Finding) -> bool:
    return finding.state is State.UNAVAILABLE


def _failed(seen: Observation, code: str, detail: str) -> Observation:
    """Without an answer that could be used."""
    seen.error, seen.detail, seen.checked_at = code, detail, datetime.now(UTC)
    return seen
