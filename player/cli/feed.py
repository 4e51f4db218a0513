"""Standard input and output for commands that wait on many things at once: read lazily, written without blocking.

Both work on file descriptors in daemon threads, past Python's buffers: a thread that hangs in a read or a write
holds no lock then, and the process can end at any moment.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

LONGEST = 65_536  # bytes in a line
_CHUNK = 65_536


class Line(NamedTuple):
    """`number` counts from 1. `problem`: why the line cannot be used: "length" or "utf-8"; None where it can."""

    number: int
    text: str
    problem: str | None = None


def lines(read: Callable[[], bytes]) -> Iterator[Line]:
    """The lines that `read` brings in pieces, empty bytes being the end; blank ones are left out. A line longer
    than `LONGEST` comes as its beginning, and is never held in memory."""
    rest, number, skipping, over = b"", 0, False, False
    while not over:
        piece = read()
        over = not piece
        *whole, rest = (rest + (piece or b"\n")).split(b"\n")
        for line in whole:
            number += 1
            if skipping:
                skipping = False
            elif len(line) > LONGEST:
                yield Line(number, line[:200].decode(errors="replace"), "length")
            else:
                try:
                    text = line.decode().removeprefix("\ufeff").strip()
                except UnicodeDecodeError:
                    yield Line(number, line.decode(errors="replace").strip(), "utf-8")
                else:
                    if text:
                        yield Line(number, text)
        if len(rest) > LONGEST:
            if not skipping:
                yield Line(number + 1, rest[:200].decode(errors="replace"), "length")
            rest, skipping = b"", True


def descriptor(fd: int) -> Callable[[], bytes]:
    """Reads a descriptor piece by piece; an error is the end."""

    def read() -> bytes:
        with contextlib.suppress(OSError):
            return os.read(fd, _CHUNK)
        return b""

    return read


class Outlet:
    """Writes to descriptors from a thread, in order. `broken`: nobody reads standard output any more."""

    def __init__(self) -> None:
        self.broken = False
        self._waiting: queue.Queue[tuple[int, bytes] | None] = queue.Queue(maxsize=1000)
        self._thread = threading.Thread(target=self._write, name="outlet", daemon=True)
        self._thread.start()

    def offer(self, fd: int, data: bytes) -> bool:
        """Takes the data, unless too much is waiting already."""
        try:
            self._waiting.put_nowait((fd, data))
        except queue.Full:
            return False
        return True

    def close(self, seconds: float | None = None) -> None:
        """Waits until all is written, at most so long."""
        with contextlib.suppress(queue.Full):
            self._waiting.put(None, timeout=seconds)
        self._thread.join(seconds)

    def _write(self) -> None:
        while (waiting := self._waiting.get()) is not None:
            fd, data = waiting
            try:
                while data:
                    data = data[os.write(fd, data) :]
            except OSError:
                self.broken = self.broken or fd == 1
