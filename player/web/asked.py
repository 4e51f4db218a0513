"""What readers ask for, as far as this process hears of it; what is asked for again and again is told the monitors.

Nothing is kept of who asks. One request says little: a crawler makes one for every item there is, and whoever reads an
article has its player going already. A second one within minutes is another reader, or one who waits for a dead item.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection

WINDOW = 600.0
"""Seconds within which the second request has to come, to twice as many; and after which it is told again."""

TELL_SECONDS = 5.0
"""From the first that is to be told until all are that came meanwhile."""

AGAIN_SECONDS = 60.0
"""Until what could not be told is tried once more."""

SEEN = 65_536  # items that are remembered as asked for; with more of them the window is shorter
WANTED = 10_000  # in a window

log = logging.getLogger(__name__)


class Asked:
    """`tell`: has those that are of interest, and may raise; it is called in a thread of its own. `note` may be called
    from any thread, costs a fraction of a microsecond, and waits for nothing."""

    def __init__(self, tell: Callable[[Collection[str]], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._tell, self._clock = tell, clock
        self._before: set[str] = set()
        self._seen: set[str] = set()
        self._wanted: set[str] = set()
        self._untold: set[str] = set()
        self._turns_at = clock() + WINDOW
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def note(self, media_id: str) -> None:
        """A reader's page has asked for this item, and was told of it."""
        now = self._clock()
        if now >= self._turns_at or len(self._seen) >= SEEN:
            self._turn(now)
        if media_id in self._wanted:
            return
        if media_id not in self._seen:
            self._seen.add(media_id)
            if media_id not in self._before:
                return
        if len(self._wanted) < WANTED:
            self._want(media_id)

    def _turn(self, now: float) -> None:
        with self._lock:
            if now < self._turns_at and len(self._seen) < SEEN:
                return  # another thread has done it
            # In a window that nobody has asked in for long, nothing is of a moment ago.
            self._before = self._seen if now < self._turns_at + WINDOW else set()
            self._seen, self._wanted = set(), set()
            self._turns_at = now + WINDOW

    def _want(self, media_id: str) -> None:
        with self._lock:
            self._wanted.add(media_id)
            self._untold.add(media_id)
            if self._timer is None:
                self._start(TELL_SECONDS)

    def _start(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._do)
        self._timer.daemon = True  # it never keeps the process from ending
        try:
            self._timer.start()
        except RuntimeError as error:  # no more threads to be had: who asks next tries again
            log.warning("what readers ask for is not told the monitors now: %s", error)
            self._timer = None

    def _do(self) -> None:
        with self._lock:
            told, self._untold = self._untold, set()
        try:
            self._tell(told)
        except Exception as error:  # whatever it is: readers are answered all the same
            log.warning("what readers ask for cannot be told the monitors, and is tried again: %s", error)
            with self._lock:
                if len(self._untold) < WANTED:
                    self._untold |= told
                self._start(AGAIN_SECONDS)
            return
        with self._lock:
            self._timer = None
            if self._untold:
                self._start(TELL_SECONDS)
