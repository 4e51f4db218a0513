"""A media origin that can be killed in parts: `python origin.py FOLDER PORT`; prints its port when it listens.

Every `/NAME.mp3` answers a range of `FOLDER/clip.mp3` (RFC 9110, section 14), unless a file `FOLDER/gone/NAME` says
that it was deleted. With `FOLDER/503` there, all is 503. SIGUSR1 makes it blink: from the next request on, and for
`BLIP` seconds, everything is refused. SIGSTOP is from outside: connections are accepted by the system, and never
answered.
"""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import uvloop

BLIP = 3.0
_ASKED = re.compile(rb"GET /([a-z0-9-]+)\.mp3 HTTP/1\.1\r\n")
_RANGE = re.compile(rb"\r\nrange: *bytes=(\d+)-(\d+)\r\n", re.IGNORECASE)
_PLAIN = b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nno\n"


class Origin(asyncio.Protocol):
    folder: Path
    file: bytes
    here: set[asyncio.Transport]
    blink: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own classes are no subclasses of it
        self._buffer = b""
        self.here.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.here.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            if Origin.blink:
                Origin.blink()
                return
            self._transport.write(self._answer(head + b"\r\n"))

    def _answer(self, head: bytes) -> bytes:
        asked, part = _ASKED.match(head), _RANGE.search(head)
        if (self.folder / "503").exists():
            return _PLAIN % b"503 Service Unavailable"
        if asked is None or (self.folder / "gone" / asked[1].decode()).exists():
            return _PLAIN % b"404 Not Found"
        first, last = (int(part[1]), min(int(part[2]), len(self.file) - 1)) if part else (0, len(self.file) - 1)
        status = b"206 Partial Content" if part else b"200 OK"
        line = b"Content-Range: bytes %d-%d/%d\r\n" % (first, last, len(self.file)) if part else b""
        return (
            b"HTTP/1.1 %s\r\nContent-Type: audio/mpeg\r\nAccept-Ranges: bytes\r\nAccess-Control-Allow-Origin: *\r\n"
            b"%sContent-Length: %d\r\n\r\n%s" % (status, line, last + 1 - first, self.file[first : last + 1])
        )


async def main(folder: Path, port: int) -> None:
    Origin.folder, Origin.file, Origin.here = folder, (folder / "clip.mp3").read_bytes(), set()
    loop = asyncio.get_running_loop()

    async def listen() -> asyncio.Server:
        return await loop.create_server(Origin, "0.0.0.0", port, backlog=4096)

    server = await listen()
    port = server.sockets[0].getsockname()[1]
    print(port, flush=True)

    def refuse() -> None:
        Origin.blink = None
        server.close()
        for transport in list(Origin.here):
            transport.abort()
        loop.call_later(BLIP, lambda: accepting.add(loop.create_task(accept())))

    async def accept() -> None:
        nonlocal server
        server = await listen()

    accepting: set[asyncio.Task[None]] = set()
    loop.add_signal_handler(signal.SIGUSR1, lambda: setattr(Origin, "blink", refuse))
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]), int(sys.argv[2])))
