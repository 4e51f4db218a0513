"""One question and what becomes of it, whichever connection carries it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from player.probe.fetched import Asked, Failure, Fetched

if TYPE_CHECKING:
    from player.probe.hosts import Host

Outcome = Fetched | Exception


class Stale(Exception):
    """The server closed the connection before it answered."""


class Carrier(Protocol):
    def expire(self) -> None: ...

    def close(self) -> None: ...


class Exchange:
    """`carrier`: the connection that it is under way on, None while it waits for one; `old`: whether that had been
    used before. `since`: when it began to wait, by the wheel's clock, and `place` its place there. `opening`: one is
    being opened for it. `over`: nobody waits for it any more. `settle` is told what came of it, once; `told` is for
    its use."""

    __slots__ = (
        "asked", "carrier", "host", "old", "opening", "over", "place", "request", "settle", "since", "told", "url",
    )  # fmt: skip

    def __init__(
        self,
        host: Host,
        url: str,
        request: bytes,
        asked: Asked,
        settle: Callable[[Exchange, Outcome], None],
        told: Callable[[Outcome], None],
        since: float,
    ) -> None:
        self.host, self.url, self.request, self.asked, self.since = host, url, request, asked, since
        self.settle, self.told = settle, told
        self.carrier: Carrier | None = None
        self.old = self.opening = self.over = False
        self.place = 0

    def renew(self) -> None:
        """To be asked once more."""
        self.carrier, self.opening, self.over = None, False, False

    def end(self, outcome: Outcome) -> None:
        if not self.over:
            self.over = True
            self.settle(self, outcome)

    def expire(self) -> None:
        if self.over:
            return  # the connection carries another by now
        if self.carrier is None:
            self.end(Failure("timeout", "no connection", asked=False))
        else:
            self.carrier.expire()

    def drop(self) -> None:
        """Nobody waits for it any more."""
        if not self.over:
            self.over = True
            if self.carrier is not None:
                self.carrier.close()
