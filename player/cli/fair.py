"""A queue in which no host stands in another's way."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Fair(Generic[Item]):
    """Hands out the hosts' items in turn, and no more than `each` of one host at once."""

    def __init__(self, each: int) -> None:
        self._each = each
        self._waiting: dict[str, deque[Item]] = {}
        self._taken: dict[str, int] = {}
        self._turns: deque[str] = deque()  # hosts that have an item and a place
        self.length = 0

    def add(self, host: str, item: Item) -> None:
        waiting = self._waiting.get(host)
        if waiting is None:
            waiting = self._waiting[host] = deque()
            if self._taken.get(host, 0) < self._each:
                self._turns.append(host)
        waiting.append(item)
        self.length += 1

    def take(self) -> tuple[str, Item] | None:
        """The next host with a free place, and its item; `leave` it when it is done. None where there is none."""
        if not self._turns:
            return None
        host = self._turns.popleft()
        waiting = self._waiting[host]
        item = waiting.popleft()
        self.length -= 1
        taken = self._taken[host] = self._taken.get(host, 0) + 1
        if not waiting:
            del self._waiting[host]
        elif taken < self._each:
            self._turns.append(host)
        return host, item

    def leave(self, host: str) -> None:
        taken = self._taken[host] - 1
        if taken:
            self._taken[host] = taken
        else:
            del self._taken[host]
        if host in self._waiting and taken == self._each - 1:
            self._turns.append(host)
