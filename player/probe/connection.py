"""One connection of the quick transport: bytes out, bytes in, through TLS where there is any."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

from player.probe.answer import Answer, Unusual
from player.probe.exchange import Exchange, Stale
from player.probe.failures import failure_of, no_http
from player.probe.fetched import Failure
from player.probe.sending import Sender
from player.probe.tls import Tls
from player.probe.wheel import Wheel


class Connection(asyncio.Protocol):
    """One exchange at a time, begun by `begin`. `free`: told of the connection whenever it can be used again.
    `idle_since`: the round of sweeping; `used`: it has carried an exchange. `untold`: whether `session` has something
    to tell."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, wheel: Wheel, sender: Sender, tls: Tls | None, address: str,
        free: Callable[[Connection], None],
    ) -> None:  # fmt: skip
        self._loop, self._now, self._tls, self._address, self._free = loop, wheel.now, tls, address, free
        self._send = sender.send
        self._transport: Any = None  # uvloop's are no asyncio.Transport
        self._answer = Answer(wheel.now)
        self._exchange: Exchange | None = None
        self._shaken: asyncio.Future[None] | None = None
        self.closed = self.used = False
        self.untold = tls is not None
        self.idle_since = 0

    def session(self) -> ssl.SSLSession | None:
        """Of TLS, to be taken up by later connections; None where the one that was taken up here will do. It comes
        after the handshake, with the first answer; telling takes a copy, which costs a quarter of a handshake."""
        self.untold, tls = False, self._tls
        return None if tls is None or tls.resumed else tls.session

    async def shake(self) -> None:
        """The TLS handshake. Raises `Failure`."""
        assert self._tls is not None
        if self.closed:
            raise failure_of(ConnectionResetError("closed"))
        self._shaken = self._loop.create_future()
        try:
            self._advance(b"")
            await self._shaken
        finally:
            self._shaken = None

    def begin(self, exchange: Exchange, now: float) -> None:
        """Sends the request; the exchange is told what comes of it."""
        self._exchange = exchange
        exchange.carrier, exchange.old, self.used = self, self.used, True
        self._answer.begin(exchange.asked, now)
        if self._tls is None:
            self._send(self._transport, exchange.request)
            return
        try:
            self._tls.write(exchange.request)
        except ssl.SSLError:  # the server has said goodbye
            self._fail(Stale())
        else:
            self._send(self._transport, self._tls.outgoing())

    def expire(self) -> None:
        """The deadline of the exchange has come."""
        if self._answer.status is None:
            self._fail(Failure("timeout", "no answer"), final=True)
        else:
            self._answer.expire(self._now())
            self._end()

    def close(self) -> None:
        self.closed = True
        self._answer.forget()
        if self._transport is not None:
            self._transport.abort()

    def _fail(self, error: Exception, *, final: bool = False) -> None:
        """What comes over a used connection instead of an answer may be left from before: it is no fact."""
        self.close()
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.end(Stale() if exchange.old and self._answer.status is None and not final else error)
        elif self._shaken is not None and not self._shaken.done():
            self._shaken.set_exception(error)

    def _end(self) -> None:
        """The answer is as long as it will be."""
        exchange, self._exchange = self._exchange, None
        assert exchange is not None
        answer = self._answer.told(exchange.url, self._address)
        # The connection first: whoever is told may ask the next question over it.
        if self._answer.kept and not self.closed:
            self._free(self)
        else:
            self.close()
        exchange.end(answer)

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._tls is None:
            self._take(data)
        else:
            self._advance(data)

    def eof_received(self) -> bool:
        self._eof(None)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._eof(exc)

    def _take(self, data: bytes) -> None:
        if self._exchange is None:
            self.close()  # nobody has asked
            return
        try:
            self._answer.feed(data)
        except Unusual as unusual:
            self._fail(unusual)
        else:
            if self._answer.ended:
                self._end()

    def _advance(self, data: bytes) -> None:
        """TLS goes on with what has come."""
        tls = self._tls
        assert tls is not None
        try:
            tls.feed(data)
            if not tls.shaken:
                done = tls.shake()
                if sent := tls.outgoing():
                    self._transport.write(sent)
                if not done:
                    return
                if self._shaken is not None and not self._shaken.done():
                    self._shaken.set_result(None)
            while not self.closed and (piece := tls.read()) is not None:
                if not piece:
                    self._eof(None)
                    return
                self._take(piece)
        except ssl.SSLError as error:
            if not self.closed and (sent := tls.outgoing()):
                self._transport.write(sent)  # the alert
            self._broken(error)

    def _eof(self, error: Exception | None) -> None:
        self.closed, answer = True, self._answer
        if self._exchange is None:
            if self._shaken is not None:
                self._fail(_early(error or ConnectionResetError("closed")))
        elif answer.status is not None:
            answer.close(error)
            self._end()
        elif (words := answer.no_http) is not None:
            self._fail(no_http(words))
        else:
            self._fail(Stale() if answer.empty and not error else failure_of(error or EOFError()))

    def _broken(self, error: ssl.SSLError) -> None:
        if self._exchange is None:
            self._fail(_early(error))
        elif self._answer.status is not None:
            self._answer.close(error)
            self._end()
        else:
            failure = failure_of(error)
            failure.__cause__ = error
            self._fail(failure)


def _early(error: Exception) -> Failure:
    """The failure of a connection on which nothing has been asked."""
    failure = failure_of(error)
    failure.__cause__ = error
    failure.asked = False
    return failure
