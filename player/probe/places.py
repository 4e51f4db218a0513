"""Places at hosts: how many probes may be under way at one of them."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Host:
    taken: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class Places:
    """`each`: places at one host, given in the order in which they were asked for. Hosts without a probe are
    forgotten."""

    def __init__(self, each: int) -> None:
        self._each = each
        self._hosts: dict[str, _Host] = {}

    async def take(self, name: str) -> None:
        host = self._hosts.get(name)
        if host is None:
            host = self._hosts[name] = _Host()
        if host.taken < self._each:
            host.taken += 1
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        host.waiting.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.leave(name)  # it had been given already
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
