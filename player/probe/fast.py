"""The quick transport: pools of kept connections, each read by a parser in C.

It carries the plain case, which is nearly every probe, at a fraction of what a general client costs. Whatever
is not plain raises `Unusual`; the host is then left to the patient transport (`slow.py`) for a while, so that
nothing is asked twice for long.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from functools import lru_cache, partial

from yarl import URL

from player.probe.address import Networks
from player.probe.answer import Unusual
from player.probe.connection import Connection
from player.probe.exchange import Exchange, Outcome, Stale
from player.probe.fetched import USER_AGENT, Asked, Failure, Fetched
from player.probe.hosts import Host, Hosts, close_idle
from player.probe.names import Names
from player.probe.opening import Opener
from player.probe.url import Plain
from player.probe.wheel import Wheel

IDLE = 15.0  # seconds that an unused connection is kept, or up to twice as long
IDLE_AT_A_HOST = 64  # connections
AT_ONCE = 6  # connections that are opened to a host without waiting, as by browsers; one where each costs a handshake
PATIENCE = 0.05  # seconds that a request waits for a connection in use, before another is opened
OPENING = 0.2  # seconds that a connection may take to be opened, before another is opened beside it
UNUSUAL = 600.0  # seconds for which a host that answered oddly is left to the patient transport


class Fast:
    """Use it on the loop that it is made on."""

    def __init__(self, names: Names, allow: Networks, context: ssl.SSLContext, origin: str, wheel: Wheel) -> None:
        self._wheel, self._loop = wheel, asyncio.get_running_loop()
        self._opener = Opener(names, allow, context, wheel)
        self.hosts = Hosts()
        self._sweeper: asyncio.TimerHandle | None = None
        self._round = 0  # of sweeping
        self._opening: set[asyncio.Task[None]] = set()
        self._tail = (
            f"\r\nUser-Agent: {USER_AGENT}\r\nAccept: */*\r\nAccept-Encoding: identity\r\nOrigin: {origin}\r\n\r\n"
        ).encode()

    def close(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
        for task in self._opening:
            task.cancel()
        for thing in self._wheel.waiting():
            if isinstance(thing, Exchange):
                thing.drop()
        for host in self.hosts.all():
            close_idle(host)

    def ask(self, url: URL | Plain, asked: Asked, told: Callable[[Outcome], None], now: float) -> Exchange | None:
        """Asks without a task: `told` is given the answer or the error, later. None where the host is to be asked by
        `get`."""
        host = self.hosts.of(url)
        if host.unusual_until > now or (host.refused is not None and host.refused[0] > now):
            return None
        if asked.length is None:
            request = b"GET %b HTTP/1.1\r\nHost: %b%b" % (url.raw_path_qs.encode(), host.head, self._tail)
        else:
            span = _range(asked.first, asked.length)
            request = b"GET %b HTTP/1.1\r\nHost: %b%b%b" % (url.raw_path_qs.encode(), host.head, span, self._tail)
        exchange = Exchange(host, str(url), request, asked, self._settle, told, now)
        exchange.place = self._wheel.add(exchange, asked.deadline)
        host.asking += 1
        self._begin(host, exchange, now)
        return exchange

    async def get(self, url: URL | Plain, asked: Asked) -> Fetched:
        """Raises `Failure`, and `Unusual` where the patient transport should ask."""
        future: asyncio.Future[Fetched] = self._loop.create_future()
        exchange = self.ask(url, asked, partial(_tell, future), self._wheel.now())
        if exchange is None:
            host = self.hosts.of(url)
            if host.refused is None or host.unusual_until > self._wheel.now():
                raise Unusual(asked=False)
            raise host.refused[1]
        try:
            return await future
        except asyncio.CancelledError:
            if not exchange.over:
                exchange.drop()
                self._leave(exchange)
            raise

    def _settle(self, exchange: Exchange, outcome: Outcome) -> None:
        if type(outcome) is Fetched:
            exchange.host.asking -= 1
            self._wheel.discard(exchange, exchange.place)
            exchange.told(outcome)
            return
        if isinstance(outcome, Stale):
            if exchange.old:  # closed while nobody used it, which tells nothing
                exchange.renew()
                self._begin(exchange.host, exchange, self._wheel.now())
                return
            outcome = Failure("unreachable", "closed without an answer")
        elif isinstance(outcome, Unusual):
            exchange.host.unusual_until = self._wheel.now() + UNUSUAL
        self._leave(exchange)
        exchange.told(outcome)

    def _leave(self, exchange: Exchange) -> None:
        host = exchange.host
        host.asking -= 1
        self._wheel.discard(exchange, exchange.place)
        if exchange.carrier is None:
            with contextlib.suppress(ValueError):
                host.waiting.remove(exchange)

    def _begin(self, host: Host, exchange: Exchange, now: float) -> None:
        """On a kept connection; else the first ones are opened at once, another only for those who have waited a while,
        since most answers come sooner than a handshake is over."""
        while host.idle:
            connection = host.idle.pop()  # that was used last, for the others may be let go
            if not connection.closed:
                connection.begin(exchange, now)
                return
        host.waiting.append(exchange)
        if host.asking - len(host.waiting) + host.opening < (1 if host.secure else AT_ONCE):
            self._open(host, exchange)
        elif not host.widening:
            host.widening = True
            self._loop.call_later(PATIENCE, self._widen, host, host.answers)

    def _widen(self, host: Host, answers: int) -> None:
        """Opens half as many connections again as are in use, so that a silent server holds nobody up for long; none
        where answers come so quickly that nobody will wait for long."""
        if host.answers - answers < len(host.waiting):
            now = self._wheel.now()
            coming = host.opening if now < host.opened + OPENING else 0
            left = max(1, (host.asking - len(host.waiting)) // 2) - coming
            for exchange in host.waiting:
                if left > 0 and not exchange.opening and exchange.since <= now - PATIENCE:
                    self._open(host, exchange)
                    left -= 1
        host.widening = any(not exchange.opening for exchange in host.waiting)
        if host.widening:
            self._loop.call_later(PATIENCE, self._widen, host, host.answers)

    def _open(self, host: Host, exchange: Exchange) -> None:
        exchange.opening, host.opening, host.opened = True, host.opening + 1, self._wheel.now()
        task = self._loop.create_task(self._opened(host, exchange))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _opened(self, host: Host, exchange: Exchange) -> None:
        """A connection for the exchange; for others who wait, where somebody else has carried that meanwhile."""
        try:
            try:
                connection = await self._opener.open(host, exchange.asked.deadline, partial(self._free, host))
            finally:
                host.opening -= 1
        except Exception as error:
            if exchange.carrier is None:
                exchange.end(error)
            if not host.busy and (other := next((one for one in host.waiting if not one.opening), None)):
                self._open(host, other)
        else:
            if exchange.carrier is None and not exchange.over:
                host.waiting.remove(exchange)
                connection.begin(exchange, self._wheel.now())
            else:
                self._free(host, connection)

    def _free(self, host: Host, connection: Connection) -> None:
        """Hands a connection on to whoever waits for one, or keeps it."""
        host.answers += 1
        if connection.untold and connection.used:
            host.session = connection.session() or host.session
        while host.waiting:
            exchange = host.waiting.popleft()
            if not exchange.over:
                connection.begin(exchange, self._wheel.now())
                return
        if len(host.idle) >= IDLE_AT_A_HOST:
            connection.close()
            return
        connection.idle_since = self._round
        host.idle.append(connection)
        if self._sweeper is None:
            self._sweeper = self._loop.call_later(IDLE, self._sweep)

    def _sweep(self) -> None:
        self._sweeper, left = None, False
        for host in self.hosts.all():
            close_idle(host, self._round)
            left = left or bool(host.idle)
        self._round += 1
        if left:
            self._sweeper = self._loop.call_later(IDLE, self._sweep)


def _tell(future: asyncio.Future[Fetched], outcome: Outcome) -> None:
    if future.done():
        return
    if isinstance(outcome, Fetched):
        future.set_result(outcome)
    else:
        future.set_exception(outcome)


@lru_cache(maxsize=1024)
def _range(first: int, length: int) -> bytes:
    return f"\r\nRange: bytes={first}-{first + length - 1}".encode()
