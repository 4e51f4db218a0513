"""One question and what becomes of it, whichever connection carries it."""

from __future__ import annotations

import asyncio
from typing import Protocol

from player.probe.fetched import Asked, Failure, Fetched


class Stale(Exception):
    """The server closed the connection before it answered."""


class Carrier(Protocol):
    def expire(self) -> None: ...

    def close(self) -> None: ...


class Exchange:
    """`carrier`: the connection that it is under way on, None while it waits for one; `old`: whether that had been
    used before. `since`: when it began to wait, by the wheel's clock. `opening`: one is being opened for it. `over`:
    the carrier has no more to do with it."""

    __slots__ = ("asked", "carrier", "future", "old", "opening", "over", "request", "since", "url")

    def __init__(self, url: str, request: bytes, asked: Asked, future: asyncio.Future[Fetched], since: float) -> None:
        self.url, self.request, self.asked, self.future, self.since = url, request, asked, future, since
        self.carrier: Carrier | None = None
        self.old = self.opening = self.over = False

    def renew(self, future: asyncio.Future[Fetched]) -> None:
        """To be asked once more."""
        self.future, self.carrier, self.opening, self.over = future, None, False, False

    def succeed(self, answer: Fetched) -> None:
        self.over = True
        if not self.future.done():
            self.future.set_result(answer)

    def fail(self, error: Exception) -> None:
        self.over = True
        if not self.future.done():
            self.future.set_exception(error)

    def expire(self) -> None:
        if self.future.done():
            return  # the connection carries another by now
        if self.carrier is None:
            self.fail(Failure("timeout", "no connection", asked=False))
        else:
            self.carrier.expire()

    def drop(self) -> None:
        """Nobody waits for it any more."""
        if self.carrier is not None and not self.over:
            self.carrier.close()
