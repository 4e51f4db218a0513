"""What is asked in one turn of the loop goes out together at its end.

To wake a server costs a prober as much as to read an answer does, where it is near. Requests that are sent one after
the other, between looks at what has come, wake it for each.
"""

from __future__ import annotations

import asyncio
from typing import Any


class Sender:
    """Use it on the loop that it is made on."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: list[tuple[Any, bytes]] = []

    def send(self, transport: Any, data: bytes) -> None:
        """Before the loop looks again at what has come; never, where the transport is closed until then."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append((transport, data))

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for transport, data in waiting:
            if not transport.is_closing():
                transport.write(data)
