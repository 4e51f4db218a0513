"""Places at hosts: how many probes may be under way at one of them, and how many may begin in a second."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from dataclasses import dataclass, field

_KEPT = 10_000  # hosts whose pace is remembered


@dataclass(slots=True)
class _Host:
    taken: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class Places:
    """`each`: places at one host, given in the order in which they were asked for. Hosts without a probe are
    forgotten. `rate`: how many are given at one host in a second, `each` of them at once; None: any number."""

    def __init__(self, each: int, rate: float | None = None) -> None:
        self._each = each
        self._hosts: dict[str, _Host] = {}
        self._pace = _Pace(rate, each) if rate else None

    def taken(self, name: str) -> bool:
        """Whether there was a place to be had without waiting, which is then taken."""
        host = self._hosts.get(name)
        if self._pace is not None or (host is not None and host.taken >= self._each):
            return False
        if host is None:
            host = self._hosts[name] = _Host()
        host.taken += 1
        return True

    def names(self) -> list[str]:
        """Those of which a place is taken."""
        return [*self._hosts]

    async def take(self, name: str) -> None:
        host = self._hosts.get(name)
        if host is None:
            host = self._hosts[name] = _Host()
        if host.taken < self._each:
            host.taken += 1
        else:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            host.waiting.append(waiter)
            try:
                await waiter
            except asyncio.CancelledError:
                if waiter.done() and not waiter.cancelled():
                    self.leave(name)  # it had been given already
                raise
        if self._pace is not None and (seconds := self._pace.wait(name, asyncio.get_running_loop().time())) > 0:
            try:
                await asyncio.sleep(seconds)
            except asyncio.CancelledError:
                self.leave(name)
                raise

    def leave(self, name: str) -> None:
        host = self._hosts[name]
        while host.waiting:
            waiter = host.waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        host.taken -= 1
        if not host.taken:
            del self._hosts[name]


class _Pace:
    """Who may begin when: a bucket of `many` that fills again at `rate` a second, for every host."""

    def __init__(self, rate: float, many: int) -> None:
        self._step, self._many = 1 / rate, many
        self._full: OrderedDict[str, float] = OrderedDict()  # when the bucket will be full again, in the loop's time

    def wait(self, name: str, now: float) -> float:
        """Seconds until the next may begin; it is counted already."""
        full = max(now, self._full.pop(name, now)) + self._step
        self._full[name] = full
        if len(self._full) > _KEPT:
            self._full.popitem(last=False)
        return full - now - self._step * self._many
