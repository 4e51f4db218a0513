"""One ranged GET: over a guarded socket, through redirects within a cap, bounded in time and bytes.

Everything that can go wrong before there is an answer is a `Failure` with a reason code. Once there is one,
its body may still end badly; `Fetched.ended` says how.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from yarl import URL

from player.probe.address import Networks
from player.probe.answer import Unusual
from player.probe.exchange import Outcome
from player.probe.fast import Fast
from player.probe.fetched import ORIGIN, REDIRECTS, USER_AGENT, Asked, Failure, Fetched, Tally
from player.probe.names import Names
from player.probe.url import BadUrl, Plain, mixed, parse
from player.probe.wheel import Wheel

if TYPE_CHECKING:
    from player.probe.slow import Slow

__all__ = ["ORIGIN", "USER_AGENT", "Failure", "Fetched", "Fetcher", "Tally"]


class Fetcher:
    """Owns the connections. An async context manager; use it on the loop that it was entered on.

    `quick`: whether plain requests go by the quick transport; all by the patient one otherwise. `credit`: seconds
    of the loop's own delays that deadlines make up for (see `wheel.py`).
    """

    def __init__(
        self,
        *,
        allow_networks: Networks = (),
        max_redirects: int = 20,
        origin: str = ORIGIN,
        quick: bool = True,
        credit: float = 10.0,
    ) -> None:
        self._allow, self._max_redirects = tuple(allow_networks), max_redirects
        self._origin, self._quick, self._credit = origin, quick, credit

    async def __aenter__(self) -> Fetcher:
        self._names, self._context, self.wheel = Names(self._allow), ssl.create_default_context(), Wheel(self._credit)
        self.now = self.wheel.now  # the clock of deadlines: the loop's time without its delays
        self._fast = Fast(self._names, self._allow, self._context, self._origin, self.wheel)
        self._patient: Slow | None = None
        return self

    async def __aexit__(self, *_: object) -> None:
        self._fast.close()
        self.wheel.close()
        if self._patient is not None:
            await self._patient.close()
        await self._names.close()

    async def fetch(
        self,
        url: URL | Plain,
        deadline: float,
        tally: Tally,
        *,
        first: int = 0,
        length: int | None = None,
        cap: int,
        fresh: bool = False,
        early: Outcome | None = None,
    ) -> Fetched:
        """Asks for `length` bytes from `first` on (for the whole where it is None), and reads `cap` at most.

        `deadline` by the wheel's clock (`now`). `fresh` opens a connection of its own. `early`: what came of the same
        question by `begin`, to go on from. Raises `Failure`.
        """
        asked = Asked(first, length, cap, deadline)
        answer = await self._get(url, asked, tally, fresh, early)
        if answer.location is not None and answer.status in REDIRECTS:
            answer = await self._follow(url, answer.location, asked, tally, fresh)
        tally.bytes += answer.received
        return answer

    def begin(
        self, url: URL | Plain, began: float, seconds: float, told: Callable[[Outcome], None], length: int
    ) -> bool:
        """Asks for the first bytes by the quick transport, without a task: `told` is given what comes of it, which
        `fetch` takes as `early`. False where that transport may not be used here."""
        asked = Asked(0, length, length, began + seconds)
        return self._quick and self._fast.ask(url, asked, told, began) is not None

    def expires(self, address: URL | Plain) -> datetime | None:
        """When the certificate of a host that has answered runs out, as far as that is known."""
        return self._fast.hosts.of(address).expires

    async def _follow(self, origin: URL | Plain, location: str, asked: Asked, tally: Tally, fresh: bool) -> Fetched:
        """The answer behind redirects (RFC 9110, section 15.4)."""
        url = URL(str(origin), encoded=True)
        seen = {url}
        while True:
            before = url
            try:
                url = parse(location, url)
            except BadUrl as error:
                raise Failure("bad-url", f"redirect: {error}") from error
            if before.scheme == "https" and mixed(str(before), str(url)):
                raise Failure("mixed-content", str(url))  # no page that may load the former may load this
            if url in seen or len(seen) > self._max_redirects:
                raise Failure("redirect-loop", str(url))
            seen.add(url)
            answer = await self._get(url, asked, tally, fresh)
            if answer.location is None or answer.status not in REDIRECTS:
                answer.redirects = len(seen) - 1
                return answer
            location = answer.location

    async def _get(
        self, url: URL | Plain, asked: Asked, tally: Tally, fresh: bool, early: Outcome | None = None
    ) -> Fetched:
        """One answer, by the quick transport where it can be; a suspect is confirmed by the other one."""
        tally.requests += 1
        try:
            try:
                if isinstance(early, Exception):
                    raise early
                if early is not None:
                    return early
                if self._quick and not fresh:
                    return await self._fast.get(url, asked)
            except Unusual as unusual:
                tally.requests += unusual.asked
            return await self._slow().get(URL(str(url), encoded=True), asked, fresh=fresh)
        except Failure as failed:
            tally.requests -= not failed.asked
            raise

    def _slow(self) -> Slow:
        if self._patient is None:
            from player.probe.slow import Slow  # aiohttp takes longer to load than a hundred probes

            self._patient = Slow(self._names, self._allow, self._context, self._origin, self.wheel)
        return self._patient
