"""One connection of the quick transport: HTTP/1.1 (RFC 9112) read by llhttp, one exchange at a time.

What is not plain is not guessed at: `Unusual`, and the patient transport asks again.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import httptools

from player.probe.failures import failure_of, no_http
from player.probe.fetched import KEPT, LINE, REDIRECTS, Asked, Failure, Fetched, silence
from player.probe.heads import mended
from player.probe.tls import Tls
from player.probe.wheel import Wheel

# Header names as bytes, in the spellings that are met most.
_NAMES = {spelt.encode(): name for name in KEPT for spelt in (name, name.title(), name.upper())}


class Unusual(Exception):
    """Nothing that this transport reads. `asked`: whether a request went out to learn that."""

    def __init__(self, *, asked: bool = True) -> None:
        super().__init__(asked)
        self.asked = asked


class Stale(Exception):
    """The server closed the connection before it answered."""


class Connection(asyncio.Protocol):
    """`keep`: told of the connection whenever it can be used again. `idle_since`: in the loop's time."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        wheel: Wheel,
        tls: Tls | None,
        address: str,
        keep: Callable[[Connection], None],
    ) -> None:
        self._loop, self._wheel, self._tls, self._address, self._keep = loop, wheel, tls, address, keep
        self._transport: Any = None  # uvloop's are no asyncio.Transport
        self._parser: Any = None
        self._waiter: asyncio.Future[None] | None = None
        self._asked: Asked | None = None
        self.closed = False
        self.idle_since = 0.0
        self.session: ssl.SSLSession | None = None

    # What the pool does.

    async def shake(self, deadline: float) -> None:
        """The TLS handshake. Raises `Failure`."""
        if self._tls is None:
            return
        self._begin(deadline)
        self._advance(b"")
        await self._wait()

    async def exchange(self, url: str, request: bytes, asked: Asked) -> Fetched:
        """Raises `Failure`, `Unusual`, and `Stale` where not a byte has come."""
        self._reset(asked)
        self._begin(asked.deadline)
        if self._tls is None:
            self._transport.write(request)
        else:
            self._tls.write(request)
            self._transport.write(self._tls.outgoing())
        await self._wait()
        self._parser = None  # it refers back here
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        assert self._status is not None
        answer = Fetched(
            url,
            0,
            self._status,
            f"HTTP/{self._version} {self._status} {self._reason.decode('utf-8', 'surrogateescape')}".rstrip(),
            self._headers,
            body[: asked.cap],
            self._ended,
            self._detail,
            self._address,
            self._location,
            self._got,
        )
        if self._keeps and not self.closed:  # not sooner: the next exchange begins with a clean slate
            self.idle_since = self._loop.time()
            if self._tls is not None and self.session is None:
                self.session = self._tls.session
            self._keep(self)
        return answer

    def close(self) -> None:
        self.closed = True
        if self._transport is not None:
            self._transport.abort()

    @property
    def certificate(self) -> dict[str, object]:
        return self._tls.certificate if self._tls else {}

    def _reset(self, asked: Asked) -> None:
        self._asked = asked
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self._raw, self._mending, self._got = b"", False, 0
        self._reason = b""
        self._headers: dict[str, str] = {}
        self._location: str | None = None
        self._status: int | None = None
        self._ended, self._read_any = "", False
        self._detail: str | None = None
        self._began = self._latest = self._loop.time()

    def _begin(self, deadline: float) -> None:
        if self.closed:
            raise Stale
        self._waiter = self._loop.create_future()
        self._place = self._wheel.add(self, deadline)

    async def _wait(self) -> None:
        assert self._waiter
        try:
            await self._waiter
        except asyncio.CancelledError:
            self.close()
            raise
        finally:
            self._waiter = None
            self._wheel.discard(self, self._place)

    def _fail(self, error: Exception) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)
        self.close()

    def _end(self, ended: str, detail: str | None = None, *, keep: bool = False) -> None:
        """The answer is as long as it will be."""
        if self._waiter is None or self._waiter.done():
            return
        self._ended, self._detail, self._asked = ended, detail, None
        self._waiter.set_result(None)
        self._keeps = keep
        if not keep:
            self.close()

    def expire(self) -> None:
        if self._asked is None or self._status is None:
            self._fail(Failure("timeout", "no answer", asked=self._asked is not None))
        else:
            now, deadline = self._loop.time(), self._asked.deadline
            self._end(silence(self._began, self._latest, now, deadline, received=self._got > 0))

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._tls is not None:
            self._advance(data)
        else:
            self._take(data)

    def eof_received(self) -> bool:
        self._eof(None)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._eof(exc)

    def _advance(self, data: bytes) -> None:
        """TLS goes on with what has come."""
        assert self._tls
        try:
            self._tls.feed(data)
            if not self._tls.shaken:
                done = self._tls.shake()
                if sent := self._tls.outgoing():
                    self._transport.write(sent)
                if not done:
                    return
                if self._waiter is not None and not self._waiter.done():
                    self._waiter.set_result(None)
            while (piece := self._tls.read()) is not None:
                if not piece:
                    self._eof(None)
                    return
                self._take(piece)
                if self.closed:
                    return
        except ssl.SSLError as error:
            if sent := self._tls.outgoing():
                self._transport.write(sent)  # the alert
            self._broken(error)

    def _take(self, data: bytes) -> None:
        if self._asked is None:
            self.close()  # nobody has asked
            return
        self._read_any = True
        self._latest = self._loop.time()
        if self._status is None:
            self._raw += data
            if self._mending:
                self._mend()
                return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if self._status is None and isinstance(error, httptools.HttpParserError):
                self._mend()
            else:
                self._fail(Unusual())
        if self._status is None:
            if len(self._raw) > LINE:
                self._fail(Unusual())
        elif self._location is not None and not self._ended:
            self._end("capped")  # nobody reads the body of a redirect

    def _mend(self) -> None:
        """The parser refuses the head; browsers may not."""
        told, self._mending = mended(self._raw), True
        if told is not None:
            self._parser, self._mending = httptools.HttpResponseParser(self), False
            self._headers, self._location, self._reason, self._framed = {}, None, b"", False
            try:
                self._parser.feed_data(told)
            except (httptools.HttpParserError, httptools.HttpParserUpgrade):
                self._fail(Unusual())
        elif len(self._raw) > LINE or b"\n\r\n" in self._raw or b"\n\n" in self._raw:
            self._fail(Unusual())

    def _eof(self, error: Exception | None) -> None:
        self.closed = True
        if self._asked is None or self._waiter is None or self._waiter.done():
            failure = failure_of(error or ConnectionResetError("closed"))
            failure.asked = False  # it was in the handshake, if anybody waits
            self._fail(failure)
        elif self._status is None and self._mending:
            self._fail(no_http(self._raw[:80].decode("latin-1")))
        elif self._status is None:
            self._fail(failure_of(error or EOFError()) if error or self._read_any else Stale())
        elif self._framed or error:
            self._end("broken", type(error or EOFError()).__name__)
        else:
            self._end("complete")

    def _broken(self, error: ssl.SSLError) -> None:
        if self._asked is not None and self._status is not None:
            self._end("broken", type(error).__name__)
        else:
            failure = failure_of(error)
            failure.__cause__ = error
            failure.asked = self._asked is not None
            self._fail(failure)

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self._ended:
            self.close()  # it says more than it was asked

    def on_status(self, status: bytes) -> None:
        if not self._ended:
            self._reason += status

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._ended:
            return
        known = _NAMES.get(name) or _NAMES.get(name.lower())
        if known is not None:
            text = value.decode("utf-8", "surrogateescape")
            if known == "location" and self._location is None:
                self._location = text
            self._headers[known] = text[:1000]

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if self._ended:
            return
        if status not in REDIRECTS:
            self._location = None
        if status < 200:
            self._headers, self._location, self._reason = {}, None, b""
            return
        self._raw = b""
        self._status, self._version = status, self._parser.get_http_version()
        coding = self._headers.get("transfer-encoding")
        if coding is not None and coding.lower() != "chunked":
            raise Unusual
        length = self._headers.get("content-length", "")
        self._length = int(length) if length.isdecimal() else None
        self._framed = coding is not None or self._length is not None

    def on_body(self, piece: bytes) -> None:
        if self._ended:
            return
        self._body.append(piece)
        self._got += len(piece)
        cap = self._asked.cap if self._asked else 0
        # At an end that is due now it is worth waiting for, since the connection can then be used again.
        if self._got > cap or (self._got == cap and self._length != cap):
            self._end("capped")

    def on_message_complete(self) -> None:
        if self._status is not None and not self._ended:
            self._end("complete", keep=not self.closed and self._parser.should_keep_alive())
