"""The quick transport: pools of kept connections, each read by a parser in C.

It carries the plain case, which is nearly every probe, at a fraction of what a general client costs. Whatever
is not plain raises `Unusual`; the host is then left to the patient transport (`slow.py`) for a while, so that
nothing is asked twice for long.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from functools import lru_cache

from yarl import URL

from player.probe.address import Networks
from player.probe.answer import Unusual
from player.probe.connection import Connection
from player.probe.exchange import Exchange, Stale
from player.probe.fetched import USER_AGENT, Asked, Failure, Fetched
from player.probe.hosts import Host, Hosts, close_idle
from player.probe.names import Names
from player.probe.opening import Opener
from player.probe.url import Plain
from player.probe.wheel import TICK, Wheel

IDLE = 15.0  # seconds that an unused connection is kept
IDLE_AT_A_HOST = 64  # connections
PATIENCE = 0.2  # seconds that a request waits for a connection in use, before another is opened
UNUSUAL = 600.0  # seconds for which a host that answered oddly is left to the patient transport


class Fast:
    """Use it on the loop that it is made on."""

    def __init__(self, names: Names, allow: Networks, context: ssl.SSLContext, origin: str, wheel: Wheel) -> None:
        self._wheel, self._loop = wheel, asyncio.get_running_loop()
        self._opener = Opener(names, allow, context, wheel)
        self.hosts = Hosts()
        self._sweeper: asyncio.TimerHandle | None = None
        self._opening: set[asyncio.Task[None]] = set()
        self._tail = (
            f"\r\nUser-Agent: {USER_AGENT}\r\nAccept: */*\r\nAccept-Encoding: identity\r\nOrigin: {origin}\r\n\r\n"
        ).encode()

    def close(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
        for task in self._opening:
            task.cancel()
        for host in self.hosts.all():
            close_idle(host)

    async def get(self, url: URL | Plain, asked: Asked) -> Fetched:
        """Raises `Failure`, and `Unusual` where the patient transport should ask."""
        host, wheel = self.hosts.of(url), self._wheel
        if host.unusual_until and host.unusual_until > wheel.now():
            raise Unusual(asked=False)
        if host.refused is not None and host.refused[0] > wheel.now():
            raise host.refused[1]
        span = _range(asked.first, asked.length)
        request = b"GET %b HTTP/1.1\r\nHost: %b%b%b" % (url.raw_path_qs.encode(), host.head, span, self._tail)
        exchange = Exchange(str(url), request, asked, self._loop.create_future(), wheel.now())
        place = wheel.add(exchange, asked.deadline)
        host.asking += 1
        try:
            while True:
                self._begin(host, exchange)
                try:
                    return await exchange.future
                except Stale as error:
                    if not exchange.old:
                        raise Failure("unreachable", "closed without an answer") from error
                    exchange.renew(self._loop.create_future())  # closed while nobody used it, which tells nothing
        except Unusual:
            host.unusual_until = wheel.now() + UNUSUAL
            raise
        except asyncio.CancelledError:
            exchange.drop()
            raise
        finally:
            host.asking -= 1
            wheel.discard(exchange, place)
            if exchange.carrier is None:
                with contextlib.suppress(ValueError):
                    host.waiting.remove(exchange)

    def _begin(self, host: Host, exchange: Exchange) -> None:
        """On a kept connection; else a first one is opened at once, another only for those who have waited a while,
        since most answers come sooner than a handshake is over."""
        while host.idle:
            connection = host.idle.pop()  # that was used last, for the others may be let go
            if not connection.closed:
                connection.begin(exchange)
                return
        host.waiting.append(exchange)
        if not host.busy:
            self._open(host, exchange)
        elif not host.widening:
            host.widening = True
            self._loop.call_later(PATIENCE, self._widen, host)

    def _widen(self, host: Host) -> None:
        """Opens as many connections again as there are, so that a silent server holds nobody up for long."""
        before = self._wheel.now() - PATIENCE
        left = max(1, host.asking - len(host.waiting) + host.opening)
        for exchange in host.waiting:
            if left and not exchange.opening and exchange.since <= before:
                self._open(host, exchange)
                left -= 1
        host.widening = any(not exchange.opening for exchange in host.waiting)
        if host.widening:
            self._loop.call_later(TICK, self._widen, host)

    def _open(self, host: Host, exchange: Exchange) -> None:
        exchange.opening, host.opening = True, host.opening + 1
        task = self._loop.create_task(self._opened(host, exchange))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _opened(self, host: Host, exchange: Exchange) -> None:
        """A connection for the exchange; for others who wait, where somebody else has carried that meanwhile."""
        try:
            connection = await self._opener.open(host, exchange.asked.deadline, lambda one: self._free(host, one))
        except Exception as error:
            if exchange.carrier is None:
                exchange.fail(error)
        else:
            if exchange.carrier is None and not exchange.future.done():
                host.waiting.remove(exchange)
                connection.begin(exchange)
            else:
                self._free(host, connection)
        finally:
            host.opening -= 1

    def _free(self, host: Host, connection: Connection) -> None:
        """Hands a connection on to whoever waits for one, or keeps it."""
        if host.secure and (session := connection.session) is not None:
            host.session = session
        while host.waiting:
            exchange = host.waiting.popleft()
            if not exchange.future.done():
                connection.begin(exchange)
                return
        if len(host.idle) >= IDLE_AT_A_HOST:
            connection.close()
            return
        connection.idle_since = self._wheel.now()
        host.idle.append(connection)
        if self._sweeper is None:
            self._sweeper = self._loop.call_later(IDLE, self._sweep)

    def _sweep(self) -> None:
        self._sweeper, before, left = None, self._wheel.now() - IDLE, False
        for host in self.hosts.all():
            close_idle(host, before)
            left = left or bool(host.idle)
        if left:
            self._sweeper = self._loop.call_later(IDLE, self._sweep)


@lru_cache(maxsize=1024)
def _range(first: int, length: int | None) -> bytes:
    return b"" if length is None else f"\r\nRange: bytes={first}-{first + length - 1}".encode()
