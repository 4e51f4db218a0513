"""One HTTP/1.1 answer as it comes (RFC 9112), read into a `Fetched`: by a glance where it is familiar, else by llhttp.

What is not plain is not guessed at: `Unusual`, and the patient transport asks again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import httptools

from player.probe import familiar
from player.probe.fetched import KEPT, LINE, REDIRECTS, Asked, Fetched, silence
from player.probe.heads import mended

# Header names as bytes, in the spellings that are met most.
_NAMES = {spelt.encode(): name for name in KEPT for spelt in (name, name.title(), name.upper())}
_NAMES[b"ETag"] = "etag"


class Unusual(Exception):
    """Nothing that this transport reads. `asked`: whether a request went out to learn that."""

    def __init__(self, *, asked: bool = True) -> None:
        super().__init__(asked)
        self.asked = asked


class Answer:
    """Reads the answers that come over one connection, one at a time: `begin`, `feed` until `ended`.

    `ended`: as in `Fetched`, "" until it is. `kept`: the connection may be used again. `now`: the wheel's clock.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._parser: Any = httptools.HttpResponseParser(self)
        self.ended = "complete"  # nothing is under way

    def begin(self, asked: Asked, now: float) -> None:
        self._asked, self._began = asked, now
        self.headers: dict[str, str] = {}
        self.status: int | None = None
        self.location: str | None = None
        self.detail: str | None = None
        self.ended, self.kept = "", False
        self._raw = self._reason = b""
        self._body: list[bytes] = []
        self._length: int | None = None
        self._got = 0
        self._familiar = self._framed = self._mending = False

    def forget(self) -> None:
        """The parser refers back here."""
        self._parser = None

    @property
    def empty(self) -> bool:
        """Whether not a byte has come."""
        return self.status is None and not self._raw

    def told(self, url: str, address: str) -> Fetched:
        """What has been read, once it has ended."""
        assert self.status is not None
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        cap = self._asked.cap
        return Fetched(
            url,
            0,
            self.status,
            self._line,
            self.headers,
            body if len(body) <= cap else body[:cap],
            self.ended,
            self.detail,
            address,
            self.location,
            self._got,
        )

    def feed(self, data: bytes) -> None:
        """Raises `Unusual`."""
        if self._familiar:
            self._add(data)
        elif self.status is not None or self._raw or not self._recognise(data):
            self._parse(data)
        if not self.ended:
            self._latest = self._now()

    def _recognise(self, data: bytes) -> bool:
        """Whether the answer begins with a whole head that needs no parser; it is read then."""
        end = data.find(b"\r\n\r\n", 0, familiar.LONGEST)
        head = familiar.read(data[:end]) if end > 0 else None
        if head is None:
            return False
        (self.status, self._line), self.headers, length = head
        body = data[end + 4 :]
        if len(body) == length and 0 < length <= self._asked.cap:  # all of it at once
            self._body, self._got, self.ended, self.kept = [body], length, "complete", True
            return True
        self._length, self._familiar, self._framed = length, True, True
        self._add(body)
        return True

    def _add(self, data: bytes) -> None:
        """More of a body whose length is known."""
        assert self._length is not None
        left = self._length - self._got
        if data:
            self.on_body(data if len(data) <= left else data[:left])
        if self._got == self._length and not self.ended:
            # A server that says more than it was asked is not asked again.
            self.ended, self.kept = "complete", len(data) <= left

    def _parse(self, data: bytes) -> None:
        if self.status is None:
            self._raw = self._raw + data if self._raw else data
            if self._mending:
                self._mend()
                return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if self.status is not None or isinstance(error, httptools.HttpParserUpgrade):
                raise Unusual from error
            self._mend()
        if self.status is None:
            if len(self._raw) > LINE:
                raise Unusual
        elif self.location is not None and not self.ended:
            self.ended = "capped"  # nobody reads the body of a redirect

    def _mend(self) -> None:
        """The parser refuses the head; browsers may not."""
        told, self._mending = mended(self._raw), True
        if told is not None:
            self._parser, self._mending = httptools.HttpResponseParser(self), False
            self.headers, self.location, self._reason, self._framed = {}, None, b"", False
            try:
                self._parser.feed_data(told)
            except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
                raise Unusual from error
        elif len(self._raw) > LINE or b"\n\r\n" in self._raw or b"\n\n" in self._raw:
            raise Unusual

    def expire(self, now: float) -> None:
        """The deadline has come while it was read."""
        self.ended = silence(self._began, self._latest, now, self._asked.deadline, received=self._got > 0)

    def close(self, error: Exception | None) -> None:
        """The connection has ended while it was read."""
        if self._framed or error:
            self.ended, self.detail = "broken", type(error or EOFError()).__name__
        else:
            self.ended = "complete"

    @property
    def no_http(self) -> str | None:
        """How it begins, where that is no HTTP; None where it may be."""
        return self._raw[:80].decode("latin-1") if self._mending else None

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self.ended:
            self.kept = False  # it says more than it was asked

    def on_status(self, status: bytes) -> None:
        if not self.ended:
            self._reason += status

    def on_header(self, name: bytes, value: bytes) -> None:
        known = _NAMES.get(name) or _NAMES.get(name.lower())
        if known is not None and not self.ended:
            text = value.decode("utf-8", "surrogateescape")
            if known == "location" and self.location is None:
                self.location = text
            self.headers[known] = text if len(text) <= 1000 else text[:1000]

    def on_headers_complete(self) -> None:
        if self.ended:
            return
        status = self._parser.get_status_code()
        if status not in REDIRECTS:
            self.location = None
        if status < 200:
            self.headers, self.location, self._reason = {}, None, b""
            return
        self._raw = b""
        self.status, self._line = status, _line(self._parser.get_http_version(), status, self._reason)
        coding = self.headers.get("transfer-encoding")
        if coding is not None and coding.lower() != "chunked":
            raise Unusual
        length = self.headers.get("content-length", "")
        self._length = int(length) if length.isdecimal() else None
        self._framed = coding is not None or self._length is not None

    def on_body(self, piece: bytes) -> None:
        if self.ended:
            return
        self._body.append(piece)
        self._got += len(piece)
        cap = self._asked.cap
        # At an end that is due now it is worth waiting for, since the connection can then be used again.
        if self._got > cap or (self._got == cap and self._length != cap):
            self.ended = "capped"

    def on_message_complete(self) -> None:
        if self.status is not None and not self.ended:
            self.ended, self.kept = "complete", self._parser.should_keep_alive()


@lru_cache(maxsize=1024)
def _line(version: str, status: int, reason: bytes) -> str:
    return f"HTTP/{version} {status} {reason.decode('utf-8', 'surrogateescape')}".rstrip()
