"""How connections of the quick transport are opened: names, the guard, one address after another, TLS."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Callable
from typing import Any

from player.probe.address import Networks, guarded_socket, socket_address
from player.probe.connection import Connection
from player.probe.failures import failure_of
from player.probe.fetched import Failure
from player.probe.hosts import REFUSAL, Host, expiry
from player.probe.names import Address, Names
from player.probe.sending import Sender
from player.probe.tls import Tls
from player.probe.wheel import Wheel

_PATIENCE = 2.0  # seconds for an address while there are others


class Opener:
    def __init__(self, names: Names, allow: Networks, context: ssl.SSLContext, wheel: Wheel) -> None:
        self._names, self._context, self._wheel = names, context, wheel
        self._loop = asyncio.get_running_loop()
        self._socket, self._sender = guarded_socket(allow), Sender()

    async def open(self, host: Host, deadline: float, free: Callable[[Connection], None]) -> Connection:
        """A connection to the first address that answers. Raises `Failure`."""
        try:
            async with self._wheel.until(deadline):
                return await self._first(host, deadline, free)
        except TimeoutError as error:
            raise Failure("timeout", "no connection", asked=False) from error
        except (OSError, UnicodeError) as error:
            failed = failure_of(error)
            failed.asked = False
            raise failed from error

    async def _first(self, host: Host, deadline: float, free: Callable[[Connection], None]) -> Connection:
        literal = socket_address(host.name, host.port)
        addresses = [literal] if literal else await self._names.resolve(host.name, host.port)
        for address in addresses[:-1]:
            # One that is silent must leave time for the others.
            until = min(deadline, self._wheel.now() + _PATIENCE)
            try:
                return await self._open(host, address, until, free)
            except (TimeoutError, OSError) as error:
                if isinstance(error, ssl.SSLError):
                    raise
        if not addresses:
            raise Failure("dns", "no address", asked=False)
        return await self._open(host, addresses[-1], None, free)

    async def _open(
        self, host: Host, address: Address, until: float | None, free: Callable[[Connection], None]
    ) -> Connection:
        family, where = address
        opened = self._socket((family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", where))
        try:
            opened.setblocking(False)
            if until is None:
                await self._connect(opened, where)
            else:
                async with self._wheel.until(until):
                    await self._connect(opened, where)
            tls = Tls(self._context, host.name, host.session) if host.secure else None
            connection = Connection(self._loop, self._wheel, self._sender, tls, str(where[0]), free)
            await self._loop.create_connection(lambda: connection, sock=opened)
        except BaseException:
            opened.close()
            raise
        if tls is not None:
            await self._shake(host, connection, tls)
        return connection

    async def _connect(self, opened: socket.socket, where: tuple[Any, ...]) -> None:
        """A server that is near has answered before the second question, which costs less than to wait for it."""
        for _ in range(2):
            error = opened.connect_ex(where)
            if error in (0, errno.EISCONN):
                return
            if error not in (errno.EINPROGRESS, errno.EALREADY):
                raise OSError(error, os.strerror(error))
        try:
            await self._loop.sock_connect(opened, where)
        except OSError as failed:
            if failed.errno != errno.EISCONN:  # it answered in between
                raise

    async def _shake(self, host: Host, connection: Connection, tls: Tls) -> None:
        """The handshake; what the certificate says is remembered of the host."""
        try:
            await connection.shake()
        except BaseException as error:
            connection.close()
            if isinstance(error, Failure) and isinstance(error.__cause__, ssl.SSLCertVerificationError):
                host.refused = self._wheel.now() + REFUSAL, error
            raise
        host.refused = None
        if host.expires is None:
            host.expires = expiry(tls.certificate)
