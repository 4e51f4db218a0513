"""What a module for one kind of file may ask of the network: fetches under one deadline and one budget."""

from __future__ import annotations

import contextlib
import zlib
from dataclasses import dataclass
from typing import Protocol

from yarl import URL

from player.probe.fetch import Failure, Fetched, Tally
from player.probe.target import Target
from player.probe.url import BadUrl, parse

REQUESTS = 40  # of one probe
BYTES = 1 << 20  # of one probe


class Fetches(Protocol):
    def now(self) -> float: ...

    async def fetch(
        self, url: URL, deadline: float, tally: Tally, *, first: int = 0, length: int | None = None, cap: int
    ) -> Fetched: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """The file to inspect. `url`: where it was found, behind redirects. `body`: what came of it, decoded;
    `complete`: whether that is all."""

    target: Target
    url: str
    answer: Fetched
    body: bytes
    complete: bool


@dataclass(slots=True)
class Ask:
    """Fetches for one probe: `await ask(url, length=4096)`.

    `origin`: of the page, as it is sent along. What fails raises `Failure` with a reason code; "budget" when
    the probe has asked for as much as one may.
    """

    fetches: Fetches
    deadline: float
    tally: Tally
    origin: str
    most_requests: int = REQUESTS
    most_bytes: int = BYTES

    @property
    def seconds(self) -> float:
        """Time that is left."""
        return self.deadline - self.fetches.now()

    @property
    def left(self) -> int:
        """Requests that may still be made."""
        return max(0, self.most_requests - self.tally.requests) if self.tally.bytes < self.most_bytes else 0

    async def __call__(
        self, url: str, *, base: str | None = None, first: int = 0, length: int | None = 4096, cap: int | None = None
    ) -> Fetched:
        """One GET: `length` bytes from `first` on, of all of it where that is None; at most `cap` are read."""
        try:
            address = parse(url, URL(base, encoded=True) if base else None)
        except BadUrl as error:
            raise Failure("bad-url", str(error)) from error
        if not self.left:
            raise Failure("budget", str(address))
        most = min(cap or length or 16_384, max(1, self.most_bytes - self.tally.bytes))
        return await self.fetches.fetch(address, self.deadline, self.tally, first=first, length=length, cap=most)

    async def whole(self, subject: Subject, cap: int = 2 << 20) -> bytes:
        """All of the subject's text, up to `cap` bytes, decoded: only what is missing is asked for."""
        if subject.complete or len(subject.body) >= cap:
            return subject.body[:cap]
        answer = subject.answer
        self.most_bytes = max(self.most_bytes, self.tally.bytes + cap + 16_384)  # playlists of live streams are long
        if answer.range and not coding(answer):
            at = len(answer.body)
            more = await self(subject.url, first=at, length=cap - at)
            if more.range and more.range[0] == at and same(answer, more):
                return subject.body + more.body
        again = await self(subject.url, length=None, cap=cap)
        return decoded(again, cap)[0]


def same(one: Fetched, other: Fetched) -> bool:
    """Whether two parts are surely of one version of a file: a live playlist changes from answer to answer."""
    tags = [(part.headers.get("etag"), part.headers.get("last-modified")) for part in (one, other)]
    return tags[0] == tags[1] and any(tags[0]) and bool(one.range and other.range and one.range[2] == other.range[2])


def allows(answer: Fetched, origin: str) -> bool:
    """Whether a script on a page of this origin may read the answer (Fetch standard, CORS check)."""
    return answer.headers.get("access-control-allow-origin", "").strip() in ("*", origin)


_CODINGS = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd"})


def coding(answer: Fetched) -> str:
    """The Content-Encoding that a browser would undo; "" for none. Words that are no coding ("utf-8",
    "aws-chunked") are passed over by browsers too."""
    said = answer.headers.get("content-encoding")
    if not said:
        return ""
    return next((word for word in said.lower().replace(",", " ").split() if word in _CODINGS), "")


def decoded(answer: Fetched, cap: int) -> tuple[bytes, bool]:
    """The body without the Content-Encoding that nobody asked for, and whether there was one. A body that is
    not so encoded is returned as it is."""
    if not coding(answer):
        return answer.body, False
    if coding(answer) in ("gzip", "x-gzip", "deflate"):
        with contextlib.suppress(zlib.error):
            # 32: gzip or zlib by the header. Bounded: a small body may unpack to gigabytes.
            return zlib.decompressobj(32 + zlib.MAX_WBITS).decompress(answer.body, cap), True
    return answer.body, True
