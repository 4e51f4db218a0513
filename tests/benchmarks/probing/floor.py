"""What a probe in Python cannot cost less than: `python floor.py TIME-OUT PER-HOST [AUTHORITY]`.

uvloop, httptools and a set of kept connections; URLs on standard input, a line with a reason for each on standard
output. It reads the answer's status and throws the rest away: no look at the bytes, no guard, no name server, no
redirects, no evidence. The bench prints it beside the probe, to show what is left to be had.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from collections import Counter, deque
from typing import Any

import httptools
import uvloop

_REQUEST = "GET %s HTTP/1.1\r\nHost: %s\r\nRange: bytes=0-16383\r\nUser-Agent: floor\r\n\r\n"
_REASONS = {206: b'{"reason": "playable"}\n', 404: b'{"reason": "not-found"}\n', 0: b'{"reason": "timeout"}\n'}


class Floor:
    def __init__(self, patience: float, each: int, context: ssl.SSLContext | None) -> None:
        self.loop = asyncio.get_running_loop()
        self.patience, self.each, self.context = patience, each, context
        self.waiting: dict[str, deque[str]] = {}
        self.idle: dict[str, list[Answer]] = {}
        self.opened: Counter[str] = Counter()
        self.under_way: dict[Answer, float] = {}
        self.rest, self.out, self.ended = b"", [b""], self.loop.create_future()
        self.loop.add_reader(0, self.read)
        self.loop.call_later(0.1, self.tick)

    def read(self) -> None:
        piece = os.read(0, 65_536)
        if not piece:
            self.loop.remove_reader(0)
            self.ended.set_result(None)
        *lines, self.rest = (self.rest + piece).split(b"\n")
        for line in lines:
            host, _, path = line.decode().partition("://")[2].partition("/")
            self.waiting.setdefault(host, deque()).append("/" + path)
        for host, paths in [*self.waiting.items()]:
            while paths and (idle := self.idle.get(host)):
                idle.pop().ask(paths.popleft())
            while paths and self.opened[host] < self.each:
                self.open(host, paths.popleft())

    def open(self, host: str, path: str) -> None:
        self.opened[host] += 1
        connection = Answer(self, host, path)
        self.under_way[connection] = self.loop.time() + self.patience
        name, _, port = host.partition(":")
        task = self.loop.create_connection(lambda: connection, name, int(port), ssl=self.context)
        connection.opening = asyncio.ensure_future(task)

    def told(self, connection: Answer, status: int) -> None:
        del self.under_way[connection]
        if len(self.out) == 1:
            self.loop.call_soon(self.write)
        self.out.append(_REASONS[status])
        paths = self.waiting.get(connection.host)
        if not status:
            connection.transport.abort()
            self.opened[connection.host] -= 1
            if paths:
                self.open(connection.host, paths.popleft())
        elif paths:
            connection.ask(paths.popleft())
        else:
            self.idle.setdefault(connection.host, []).append(connection)

    def write(self) -> None:
        data = b"".join(self.out)
        self.out = [b""]
        while data:
            data = data[os.write(1, data) :]

    def tick(self) -> None:
        now = self.loop.time()
        for connection in [one for one, until in self.under_way.items() if until < now]:
            self.told(connection, 0)
        self.loop.call_later(0.1, self.tick)


class Answer(asyncio.Protocol):
    transport: Any
    opening: Any

    def __init__(self, floor: Floor, host: str, path: str) -> None:
        self.floor, self.host, self.path = floor, host, path

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.ask(self.path)

    def ask(self, path: str) -> None:
        self.floor.under_way[self] = self.floor.loop.time() + self.floor.patience
        self.parser = httptools.HttpResponseParser(self)
        self.transport.write((_REQUEST % (path, self.host)).encode())

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        self.floor.told(self, self.parser.get_status_code())


async def main(patience: str, each: str, authority: str = "") -> None:
    await Floor(float(patience), int(each), ssl.create_default_context(cafile=authority) if authority else None).ended


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
