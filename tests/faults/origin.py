"""The origin that serves the cases, `/case-name/path`: plain asyncio, so that no server's manners get in the way."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from email.utils import formatdate
from pathlib import Path

from tests.faults.case import Case, Reply, Request
from tests.faults.certificates import contexts, trusting

HOLD = 120.0  # seconds that a silent connection is kept at most
_PHRASES = {200: "OK", 206: "Partial Content", 302: "Found", 404: "Not Found", 416: "Range Not Satisfiable"}


class FaultOrigin:
    def __init__(self, cases: Iterable[Case]) -> None:
        self._cases = {case.name: case for case in cases}
        self._counts: Counter[str] = Counter()
        self._others: list[asyncio.Server] = []
        self.methods: Counter[str] = Counter()
        self.port = 0
        self.secure: dict[str, int] = {}  # ports by what is shown there

    async def start(self, folder: Path) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1")
        self.port = self._server.sockets[0].getsockname()[1]
        with contextlib.suppress(OSError):  # no IPv6 here
            self._others.append(await asyncio.start_server(self._serve, "::1", self.port))

        for name, context in contexts(folder).items():
            server = await asyncio.start_server(self._serve, "127.0.0.1", ssl=context)
            self._others.append(server)
            self.secure[name] = server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        for server in (self._server, *self._others):
            server.close()

    def url(self, case: Case) -> str:
        if "://" in case.path:
            return case.path
        scheme, port = ("https", self.secure.get(case.tls, self.port)) if case.tls else ("http", self.port)
        return f"{scheme}://{case.host}:{port}/{case.name}/{case.path}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._answer(reader, writer):
                pass
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection can be used again."""
        begin = await reader.readexactly(1)
        if begin == b"\x16":  # TLS where none is spoken
            writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            return False
        head = (begin + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        address, _, query = target.partition("?")
        _, name, path = [*address.split("/", 2), "", ""][:3]
        self.methods[method] += 1
        plain, secure = f"http://127.0.0.1:{self.port}", f"https://127.0.0.1:{self.secure.get('sound')}"
        scheme = "http" if writer.get_extra_info("ssl_object") is None else "https"
        base = f"{scheme}://{headers.get('host')}/{name}/"
        request = Request(
            method, path, query, headers, self._counts[address], base, f"{plain}/{name}/", f"{secure}/{name}/"
        )
        self._counts[address] += 1
        case = self._cases.get(name)
        found = case.serve.get(path) if case else None
        reply = Reply(b"nothing here", "text/plain", status=404) if found is None else found
        return await send(writer, reply if isinstance(reply, Reply) else reply(request), request)


async def send(writer: asyncio.StreamWriter, reply: Reply, request: Request) -> bool:
    await asyncio.sleep(reply.delay)
    if reply.raw is not None:
        writer.write(reply.raw)
        await writer.drain()
        return False
    status, body, headers = _ranged(reply, request)
    headers = {**headers, **reply.headers}
    line = reply.line or f"HTTP/1.1 {status} {_PHRASES.get(status, 'Status')}"
    fields = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    writer.write("\r\n".join([line, *fields, "", ""]).encode("utf-8", "surrogateescape"))
    if request.method == "HEAD":
        return True
    stop = min(len(body), *(n for n in (reply.cut, reply.stall) if n is not None), len(body))
    await _body(writer, body[:stop], reply)
    if reply.stall is not None and stop < len(body):
        await asyncio.sleep(HOLD)
    if stop < len(body) or reply.framing == "close":
        return False
    if reply.framing == "chunked":
        writer.write(b"0\r\n\r\n")
    await writer.drain()
    return not (reply.line or "").startswith(("HTTP/1.0", "ICY"))


async def _body(writer: asyncio.StreamWriter, body: bytes, reply: Reply) -> None:
    step = 16_384 if reply.rate is None else max(1, reply.rate // 10)
    for at in range(0, len(body), step):
        piece = body[at : at + step]
        writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if reply.framing == "chunked" else piece)
        await writer.drain()
        if reply.rate is not None:
            await asyncio.sleep(0.1)


def _ranged(reply: Reply, request: Request) -> tuple[int, bytes, dict[str, str | None]]:
    body, size, status = reply.body, len(reply.body), reply.status
    headers: dict[str, str | None] = {
        "Date": formatdate(usegmt=True),
        "Server": "faults",
        "Access-Control-Allow-Origin": "*",
        "ETag": f'"{size:x}"',
        "Content-Type": reply.type,
    }
    asked = request.headers.get("range", "")
    if status == 200 and reply.ranges != "no":
        headers["Accept-Ranges"] = "bytes"
        if asked.startswith("bytes=") and "," not in asked:
            status, body = _part(reply, asked, headers)
    if reply.framing == "length":
        headers["Content-Length"] = str(len(body))
    elif reply.framing == "chunked":
        headers["Transfer-Encoding"] = "chunked"
    else:
        headers["Connection"] = "close"
    return status, body, headers


def _part(reply: Reply, asked: str, headers: dict[str, str | None]) -> tuple[int, bytes]:
    body = reply.body
    size = len(body) if reply.total is None else reply.total
    start, _, end = asked.removeprefix("bytes=").partition("-")
    first = int(start) if start else max(0, len(body) - int(end))
    last = min(int(end), size - 1) if end and start else size - 1
    if first >= size or (reply.ranges == "strict" and start and end and int(end) >= size):
        headers["Content-Range"] = f"bytes */{size}"
        return 416, b""
    if reply.ranges == "whole":
        first, last = 0, len(body) - 1
    if reply.ranges == "shifted":
        first, last = first + 1000, min(last + 1000, size - 1)
    part = body[first : last + 1] if reply.ranges != "lie" else body[: last + 1 - first]
    span = f"bytes {first}-{last}/{'*' if reply.ranges == 'star' else size}"
    if reply.ranges == "multipart":
        kind = headers["Content-Type"]
        headers["Content-Type"] = "multipart/byteranges; boundary=b0undary"
        lines = f"\r\n--b0undary\r\nContent-Type: {kind}\r\nContent-Range: {span}\r\n\r\n"
        return 206, lines.encode() + part + b"\r\n--b0undary--\r\n"
    headers["Content-Range"] = span
    return 206, part


@contextlib.contextmanager
def run_faults(cases: Iterable[Case]) -> Iterator[FaultOrigin]:
    """Serves from a thread of its own until the block ends; within it, probers trust its certificates."""
    origin, loop = FaultOrigin(cases), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="faults", daemon=True)
    thread.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run_coroutine_threadsafe(origin.start(Path(folder)), loop).result(timeout=30)
            with trusting(Path(folder)):
                yield origin
    finally:
        asyncio.run_coroutine_threadsafe(origin.stop(), loop).result(timeout=30)
        loop.call_soon_threadsafe(_cancel, loop)
        thread.join(timeout=30)
        loop.close()


def _cancel(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.call_later(0.05, loop.stop)
