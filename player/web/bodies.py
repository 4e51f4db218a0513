"""Answers that are kept until what they show changes: a bounded LRU over one database, for one thread.

Another process may write at any moment (a monitor, a worker, the command line). So at most every `LOOK_SECONDS` the
database is asked for its revision, which costs it microseconds, and with a new one every answer is made anew when it
is next asked for. What changes by the clock alone (a verdict goes stale) bears its own end.

When the memory is taken, only what is asked for a second time comes in: whoever goes through the whole catalogue,
as a crawler does, pushes nothing out that readers ask for, and the answers that he gets cost less.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

LOOK_SECONDS = 0.05
"""Between two looks at the revision: how long an answer may be older than the database."""

KEPT_BYTES = 64 * 2**20
OVERHEAD = 640  # bytes that Python's own bookkeeping takes for an answer, about

ONCE = 65_536  # keys that are remembered as asked for once

Kept = TypeVar("Kept")


class Bodies(Generic[Kept]):
    """`revision`: of the database, any value that differs after a write. `clock`: monotonic seconds."""

    def __init__(
        self, revision: Callable[[], object], *, limit: int = KEPT_BYTES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask, self._limit, self._clock = revision, limit, clock
        # Kept, its size, revision and end. Tuples, down to what is kept: such that hold nothing but plain values are no
        # concern of the garbage collector's, which would look through tens of thousands of objects again and again.
        self._entries: OrderedDict[str, tuple[Kept, int, int, float]] = OrderedDict()
        self._once: set[int] = set()  # by their hashes; one that is taken for another does no harm
        self._seen: object = None
        self._revision = 0
        self._look_at = float("-inf")
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> Kept | None:
        """What is kept under the key and still so. Raises what the database raises."""
        now = self._clock()
        if now >= self._look_at:
            self._look(now)
        entry = self._entries.get(key)
        if entry is None or entry[2] != self._revision or now >= entry[3]:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    @property
    def revision(self) -> int:
        """Of the last look. What is read after it is at least so new."""
        return self._revision

    def put(self, key: str, kept: Kept, size: int, seconds: float, revision: int | None = None) -> None:
        """Keep it for `seconds` at most, if there is room or it was put before. It has to be read after the `get` that
        found nothing, or is of an earlier `revision`: whatever is written since then is a revision that is not yet
        known, and so the next look throws this away."""
        if (old := self._entries.pop(key, None)) is not None:
            self.bytes -= old[1]
        elif self.bytes + size + OVERHEAD > self._limit and not self._again(key):
            return
        size += OVERHEAD
        self._entries[key] = (kept, size, self._revision if revision is None else revision, self._clock() + seconds)
        self.bytes += size
        while self.bytes > self._limit:
            self.bytes -= self._entries.popitem(last=False)[1][1]

    def _again(self, key: str) -> bool:
        """Whether it was put off before; else it is now."""
        known = hash(key)
        if known in self._once:
            self._once.remove(known)
            return True
        if len(self._once) >= ONCE:
            self._once.clear()
        self._once.add(known)
        return False

    def last(self, key: str) -> Kept | None:
        """What was kept last under the key, even if it is over: better than nothing while the database is away."""
        entry = self._entries.get(key)
        return None if entry is None else entry[0]

    def _look(self, now: float) -> None:
        seen = self._ask()
        if seen != self._seen:
            self._seen = seen
            self._revision += 1
        self._look_at = now + LOOK_SECONDS
