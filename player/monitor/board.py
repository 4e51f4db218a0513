"""What a monitor says of itself, where other processes can read it: a page of memory that they share.

Several workers serve, and the monitor is a process beside them: whichever worker is asked has to know how it does. The
page is a file that is written whole beforehand, so that a full disk does not silence it, and is never read halfway:
what it holds bears its own checksum.
"""

from __future__ import annotations

import contextlib
import json
import logging
import mmap
import os
import struct
import tempfile
import time
import zlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # whoever starts the monitor's process need not carry a monitor
    from player.monitor.worker import Status

SIZE = 8192  # bytes
SAY_SECONDS = 1.0
SILENT_SECONDS = 8.0
"""After which a monitor that has said nothing counts as gone."""

LONGEST = 1000  # characters of an error
TRIES = 5
HEAD = struct.Struct("<II")  # length, CRC-32

log = logging.getLogger(__name__)


def make_board() -> str | None:
    """Its path; None, and a line in the log, where no file can be made: then nothing is known of the monitor."""
    try:
        number, path = tempfile.mkstemp(prefix="steady-player-", suffix=".board")
        with os.fdopen(number, "wb") as file:
            file.write(bytes(SIZE))
    except OSError as error:
        log.warning("/readyz cannot tell how the monitor does: no temporary file can be made (%s)", error.strerror)
        return None
    return path


def remove_board(path: str | None) -> None:
    if path is not None:
        with contextlib.suppress(OSError):
            Path(path).unlink()


class Board:
    """One process says, others read. Raises `OSError` where the file is not there."""

    def __init__(self, path: str) -> None:
        with Path(path).open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), SIZE)

    def say(self, status: Status) -> None:
        told = {
            "at": time.monotonic(),  # which on one machine is every process's
            "alive": status.alive,
            "error": status.error and status.error[:LONGEST],
            "since": status.failing_since and status.failing_since.isoformat(),
        }
        body = json.dumps(told, ensure_ascii=False).encode()
        self._page[: HEAD.size + len(body)] = HEAD.pack(len(body), zlib.crc32(body)) + body

    @property
    def status(self) -> Status:
        from player.monitor.worker import Status

        told = self._read()
        if told is None:
            return Status(False, 0, {}, "the monitor has not begun yet", None)
        silent = time.monotonic() - told["at"]
        if silent > SILENT_SECONDS:
            return Status(False, 0, {}, f"the monitor has not been heard of for {silent:.0f} s", None)
        since = told["since"] and datetime.fromisoformat(told["since"])
        return Status(told["alive"], 0, {}, told["error"], since)

    def _read(self) -> dict[str, Any] | None:
        for _ in range(TRIES):
            page = bytes(self._page)
            length, checksum = HEAD.unpack_from(page)
            body = page[HEAD.size : HEAD.size + length]
            if length and zlib.crc32(body) == checksum:
                told: dict[str, Any] = json.loads(body)
                return told
        return None
