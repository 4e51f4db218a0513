"""A media origin that costs next to nothing: `python origin.py FOLDER [CERTIFICATE KEY]` serves on all of 127/8.

`/ok/…` answers a range of a real file (RFC 9110, section 14), `/own/clip-7.mp3` one that differs by its number in the
media's bytes and in its entity tag, `/missing/…` 404, `/tarpit/…` never; `/asked` says how often any of them was asked
for. HTTP/1.1 with keep-alive. Prints its port when it listens.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import sys
from pathlib import Path
from typing import cast

import uvloop

_ASKED = re.compile(rb"GET /(ok|own|missing|tarpit)/clip-([0-9]+)(\.[a-z0-9]+)(?:\?[^ ]*)? HTTP/1\.1\r\n")
_RANGE = re.compile(rb"\r\nrange: *bytes=(\d+)-(\d+)\r\n", re.IGNORECASE)
_MISSING = (
    b"HTTP/1.1 404 Not Found\r\nServer: bench\r\nDate: Mon, 06 Jul 2026 10:00:00 GMT\r\n"
    b"Content-Type: text/html\r\nContent-Length: 10\r\n\r\nnot found\n"
)
_TYPES = {b".mp3": b"audio/mpeg", b".mp4": b"video/mp4"}


class Origin(asyncio.Protocol):
    files: dict[bytes, bytes]
    asked = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own classes are no subclasses of it
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            self._answer(head + b"\r\n")

    def _answer(self, head: bytes) -> None:
        if head.startswith(b"GET /asked "):
            told = b"%d" % Origin.asked
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(told), told))
            return
        Origin.asked += 1
        asked, part = _ASKED.match(head), _RANGE.search(head)
        if asked is None or asked[1] == b"missing":
            self._transport.write(_MISSING)
        elif asked[1] in (b"ok", b"own"):
            file, tag = self.files[asked[3]], b"5f3a-11"
            if asked[1] == b"own":
                file, tag = _another(file, asked[3], int(asked[2])), b"5f3a-%b" % asked[2]
            first, last = (int(part[1]), min(int(part[2]), len(file) - 1)) if part else (0, len(file) - 1)
            status = b"206 Partial Content" if part else b"200 OK"
            line = b"Content-Range: bytes %d-%d/%d\r\n" % (first, last, len(file)) if part else b""
            self._transport.write(
                b"HTTP/1.1 %s\r\nServer: bench\r\nDate: Mon, 06 Jul 2026 10:00:00 GMT\r\nContent-Type: %s\r\n"
                b"Accept-Ranges: bytes\r\nAccess-Control-Allow-Origin: *\r\nCache-Control: max-age=3600\r\n"
                b'ETag: "%s"\r\nLast-Modified: Mon, 06 Jul 2026 09:00:00 GMT\r\n%sContent-Length: %d\r\n\r\n%s'
                % (status, _TYPES[asked[3]], tag, line, last + 1 - first, file[first : last + 1])
            )


def _another(file: bytes, ending: bytes, number: int) -> bytes:
    """The same file with a number in the first of its media, where no header stands."""
    begin = b"mdat" if ending == b".mp4" else file[file.index(b"\xff\xfb") :][:2]
    at = file.index(begin, 8000 if ending == b".mp3" else 0) + 64
    if at > 16_000:
        raise ValueError("the media begin behind the first range")
    return file[:at] + b"%08d" % number + file[at + 8 :]


async def main(*certificate: str, protocol: type[Origin] = Origin) -> None:
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
    server = await asyncio.get_running_loop().create_server(protocol, "0.0.0.0", 0, ssl=context, backlog=8192)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    there = {path.suffix.encode(): path for path in Path(sys.argv[1]).iterdir()}
    Origin.files = {ending: path.read_bytes() for ending, path in there.items() if ending in _TYPES}
    uvloop.run(main(*sys.argv[2:]))
