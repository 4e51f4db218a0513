"""The quick transport: pools of kept connections, each read by a parser in C.

It carries the plain case, which is nearly every probe, at a fraction of what a general client costs. Whatever
is not plain raises `Unusual`; the host is then left to the patient transport (`slow.py`) for a while, so that
nothing is asked twice for long.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from functools import lru_cache, partial

from yarl import URL

from player.probe.address import Networks, guarded_socket, socket_address
from player.probe.connection import Connection, Stale, Unusual
from player.probe.failures import failure_of
from player.probe.fetched import USER_AGENT, Asked, Failure, Fetched
from player.probe.hosts import REFUSAL, Host, Hosts, close_idle, expiry
from player.probe.names import Address, Names
from player.probe.tls import Tls
from player.probe.wheel import Wheel

IDLE = 15.0  # seconds that an unused connection is kept
IDLE_AT_A_HOST = 64  # connections
UNUSUAL = 600.0  # seconds for which a host that answered oddly is left to the patient transport


class Fast:
    """Use it on the loop that it is made on."""

    def __init__(self, names: Names, allow: Networks, context: ssl.SSLContext, origin: str, wheel: Wheel) -> None:
        self._names, self._context, self._wheel = names, context, wheel
        self._loop = asyncio.get_running_loop()
        self._socket = guarded_socket(allow)
        self.hosts = Hosts()
        self._sweeper: asyncio.TimerHandle | None = None
        self._tail = (
            f"\r\nUser-Agent: {USER_AGENT}\r\nAccept: */*\r\nAccept-Encoding: identity\r\nOrigin: {origin}\r\n\r\n"
        ).encode()

    def close(self) -> None:
        if self._sweeper is not None:
            self._sweeper.cancel()
        for host in self.hosts.all():
            close_idle(host)

    async def get(self, url: URL, asked: Asked) -> Fetched:
        """Raises `Failure`, and `Unusual` where the patient transport should ask."""
        host = self.hosts.of(url)
        now = self._loop.time()
        if host.unusual_until > now:
            raise Unusual(asked=False)
        if host.refused is not None and host.refused[0] > now:
            raise host.refused[1]
        request = b"GET %b HTTP/1.1\r\nHost: %b%b%b" % (
            url.raw_path_qs.encode(),
            host.head,
            _range(asked.first, asked.length),
            self._tail,
        )
        try:
            while (connection := _kept(host)) is not None:
                with contextlib.suppress(Stale):  # closed while nobody used it, which tells nothing
                    return await connection.exchange(str(url), request, asked)
            connection = await self._connect(host, asked.deadline)
            return await connection.exchange(str(url), request, asked)
        except Stale as error:
            raise Failure("unreachable", "closed without an answer") from error
        except Unusual:
            host.unusual_until = self._loop.time() + UNUSUAL
            raise

    async def _connect(self, host: Host, deadline: float) -> Connection:
        """The first address that answers. Raises `Failure`."""
        try:
            async with asyncio.timeout_at(deadline):
                literal = socket_address(host.name, host.port)
                addresses = [literal] if literal else await self._names.resolve(host.name, host.port)
            for place, address in enumerate(addresses):
                left = len(addresses) - place
                # An address that is silent must leave time for the others.
                until = deadline if left == 1 else min(deadline, self._loop.time() + 2.0)
                try:
                    return await self._open(host, address, until, deadline)
                except (TimeoutError, OSError) as error:
                    if left == 1 or isinstance(error, ssl.SSLError):
                        raise
        except TimeoutError as error:
            raise Failure("timeout", "no connection", asked=False) from error
        except (OSError, UnicodeError) as error:
            failed = failure_of(error)
            failed.asked = False
            raise failed from error
        raise Failure("dns", "no address", asked=False)

    async def _open(self, host: Host, address: Address, until: float, deadline: float) -> Connection:
        family, where = address
        opened = self._socket((family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", where))
        try:
            opened.setblocking(False)
            async with asyncio.timeout_at(until):
                await self._loop.sock_connect(opened, where)
            tls = Tls(self._context, host.name, host.session) if host.secure else None
            connection = Connection(self._loop, self._wheel, tls, str(where[0]), partial(self._keep, host))
            await self._loop.create_connection(lambda: connection, sock=opened)
        except BaseException:
            opened.close()
            raise
        if tls is not None:
            await self._shake(host, connection, tls, deadline)
        return connection

    async def _shake(self, host: Host, connection: Connection, tls: Tls, deadline: float) -> None:
        """The handshake; what the certificate says is remembered of the host."""
        try:
            await connection.shake(deadline)
        except Failure as failed:
            if isinstance(failed.__cause__, ssl.SSLCertVerificationError):
                host.refused = self._loop.time() + REFUSAL, failed
            raise
        host.refused = None
        if host.expires is None:
            host.expires = expiry(tls.certificate)

    def _keep(self, host: Host, connection: Connection) -> None:
        if len(host.idle) >= IDLE_AT_A_HOST:
            connection.close()
            return
        host.session = connection.session or host.session
        host.idle.append(connection)
        if self._sweeper is None:
            self._sweeper = self._loop.call_later(IDLE, self._sweep)

    def _sweep(self) -> None:
        self._sweeper, before, left = None, self._loop.time() - IDLE, False
        for host in self.hosts.all():
            close_idle(host, before)
            left = left or bool(host.idle)
        if left:
            self._sweeper = self._loop.call_later(IDLE, self._sweep)


def _kept(host: Host) -> Connection | None:
    """The connection that was used last, for the others may be let go."""
    while host.idle:
        connection = host.idle.pop()
        if not connection.closed:
            return connection
    return None


@lru_cache(maxsize=1024)
def _range(first: int, length: int | None) -> bytes:
    return b"" if length is None else f"\r\nRange: bytes={first}-{first + length - 1}".encode()
