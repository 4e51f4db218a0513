"""A WSGI application (PEP 3333) below RSGI: each request on a thread of a pool, streams piece by piece.

RSGI is granian's own interface (https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md): an event
loop in front, which answers by itself what it can; only the rest is worth a thread.
"""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

THREADS = 32
"""Requests are short; half may be streams of events, which sleep (`player.web.events.STREAMS`)."""

LARGEST_BODY = 2**20
"""Bytes of a request; there is nothing here that needs more."""

WHOLE_BYTES = 2**20
"""A response up to this size is sent in one piece."""

END = object()
Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Started:
    """What a WSGI application says before its body."""

    status: int = 500
    headers: Headers = field(default_factory=list)

    def __call__(self, status: str, headers: Headers, exc_info: object = None) -> Callable[[bytes], object]:
        self.status, self.headers = int(status[:3]), headers
        return _no_write

    @property
    def length(self) -> int | None:
        """Of the body, where it is known: a stream says nothing."""
        if self.status in (204, 304):
            return 0
        said = next((value for name, value in self.headers if name.lower() == "content-length"), None)
        return None if said is None else int(said)


class Bridge:
    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="request")

    async def __call__(self, scope: Any, protocol: Any) -> None:
        loop = asyncio.get_running_loop()
        body = await _body(scope, protocol)
        if body is None:
            protocol.response_str(413, [("content-type", "text/plain")], f"At most {LARGEST_BODY} bytes.\n")
            return
        environ = _environ(scope, body)
        started, whole, pieces = await loop.run_in_executor(self._pool, self._run, environ)
        if pieces is None:
            protocol.response_bytes(started.status, started.headers, whole)
            return
        try:
            await self._stream(protocol, started, pieces)
        finally:
            await asyncio.shield(loop.run_in_executor(self._pool, _close, pieces))

    def _run(self, environ: dict[str, Any]) -> tuple[Started, bytes, Iterator[bytes] | None]:
        """The answer; its body whole, or as an iterator that the caller has to close."""
        started = Started()
        made = self._app(environ, started)
        length = started.length
        if (length is None and environ["REQUEST_METHOD"] != "HEAD") or (length or 0) > WHOLE_BYTES:
            return started, b"", _Pieces(made)
        try:
            return started, b"".join(made), None
        finally:
            _close(made)

    async def _stream(self, protocol: Any, started: Started, pieces: Iterator[bytes]) -> None:
        loop = asyncio.get_running_loop()
        transport = protocol.response_stream(started.status, started.headers)
        left = asyncio.ensure_future(protocol.client_disconnect())
        try:
            while not left.done():
                piece = await loop.run_in_executor(self._pool, next, pieces, END)
                if piece is END:
                    return
                await transport.send_bytes(piece)
        except RuntimeError:  # the client has left while something was being sent
            return
        finally:
            left.cancel()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


class _Pieces:
    """An application's iterable as an iterator, which stays closable."""

    def __init__(self, made: Iterable[bytes]) -> None:
        self._made, self._pieces = made, iter(made)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._pieces)

    def close(self) -> None:
        _close(self._made)


def _close(made: object) -> None:
    if (close := getattr(made, "close", None)) is not None:
        close()


def _no_write(piece: bytes) -> None:
    raise NotImplementedError("PEP 3333's write() is for applications of another time")


async def _body(scope: Any, protocol: Any) -> bytes | None:
    """Of the request; None when there is too much of it."""
    headers = scope.headers
    if (
        headers.get("content-length") is None
        and headers.get("transfer-encoding") is None
        and scope.http_version[0] == "1"
    ):
        return b""
    body = bytearray()
    async for piece in protocol:
        body += piece
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


def _environ(scope: Any, body: bytes) -> dict[str, Any]:
    name, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # PEP 3333 wants the decoded path's bytes as Latin-1.
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": name,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for header, value in scope.headers.items():
        key = header.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    if scope.authority:  # HTTP/2 has no Host (RFC 9113 section 8.3.1)
        environ.setdefault("HTTP_HOST", scope.authority)
    return environ
