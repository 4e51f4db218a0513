"""The server behind `origin.py`: what it serves, its switches, its log."""

from __future__ import annotations

import asyncio
import contextlib
import mimetypes
import socket
import time
from collections import deque
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from .answers import head, respond
from .faults import Plan, UnknownFault, plan
from .messages import TYPES, Answer, Request, read_request, text
from .switches import control
from .transfer import CHUNK, Transfer, drop

KEEP_ALIVE = 75.0
# A folder, or what has a body and a type for each path below: None where there is nothing.
Mount = Path | Callable[[str], tuple[bytes, str] | None]


class Origin:
    """Serves `root`. Its methods belong to the event loop's thread; from another use `run_origin`."""

    def __init__(self, root: Path, host: str = "127.0.0.1", port: int = 0) -> None:
        self.root, self.host, self.port = Path(root).resolve(), host, port
        self.faults: dict[str, str] = {}
        self.mounts: dict[str, Mount] = {}
        self.connections = 0
        self.peak = 0  # most connections at once
        self._log: deque[dict[str, Any]] = deque(maxlen=1000)
        self._served = 0
        self._server: asyncio.Server | None = None
        self._holder: socket.socket | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._transfers: set[Transfer] = set()

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The latest thousand requests: n, time, method, path, range, status, fault, sent."""
        return [dict(entry) for entry in self._log]

    def url(self, path: str, fault: str | None = None) -> str:
        """The address of a file, broken by a fault or plain."""
        prefix = f"~{quote(fault, safe='=,%')}/" if fault else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/{prefix}{quote(path.lstrip('/'), safe='/?=&%')}"

    # -- life

    async def start(self) -> None:
        if self.port == 0:
            # A second socket, which never listens, keeps the number ours while the port is closed.
            self._holder = _bind(self.host, 0, shared=True)
            self.port = self._holder.getsockname()[1]
        await self.accept()

    async def accept(self) -> None:
        """Opens the port (again)."""
        if self._server is None:
            sock = _bind(self.host, self.port, shared=self._holder is not None)
            self._server = await asyncio.start_server(self._connected, sock=sock, limit=65_536, backlog=1024)

    def refuse(self) -> None:
        """Closes the port and drops every connection, as a dying process does."""
        if self._server:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()

    async def stop(self) -> None:
        self.refuse()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._holder:
            self._holder.close()
            self._holder = None

    # -- switches

    def set_fault(self, path: str, fault: str | None) -> None:
        """Breaks the plain address, connections under way included; None heals it.

        `clip.mp3?sig=1` is that one address of the file, as where a signature has ended.
        """
        path = path.lstrip("/")
        made = plan(fault, path) if fault else Plan()
        if fault:
            self.faults[path] = fault
        else:
            self.faults.pop(path, None)
        for transfer in [t for t in self._transfers if t.path == path]:
            transfer.switch(made)

    def clear(self, path: str | None = None) -> None:
        """Heals one file, or all."""
        for name in [path.lstrip("/")] if path is not None else list(self.faults):
            self.set_fault(name, None)

    # -- connections

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self._writers.add(writer)
        self.connections += 1
        self.peak = max(self.peak, self.connections)
        try:
            # Small buffers: what a fault holds back must not have left already.
            writer.transport.set_write_buffer_limits(high=CHUNK)
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while await self._exchange(reader, writer):
                pass
        except ValueError:
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self.connections -= 1
            self._tasks.discard(task)
            self._writers.discard(writer)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether the connection goes on."""
        async with asyncio.timeout(KEEP_ALIVE):
            request = await read_request(reader)
        if request is None:
            return False
        path, fault = _split(request.target)
        plain = fault is None
        switched = self._switched(path, request.target) if plain else None
        fault = self.faults[switched] if switched else fault
        transfer = Transfer((switched or path) if plain else None, Plan(), reader, writer)
        if path.startswith("!"):
            return await self._answer(request, control(self, path, request), transfer, {"sent": 0})
        entry = self._enter(request, fault)
        try:
            transfer.plan = plan(fault, path) if fault else Plan()
        except UnknownFault as error:
            return await self._answer(request, text(400, f"no such fault: {error}\n"), transfer, entry)
        self._transfers.add(transfer)
        try:
            if transfer.plan.delay:
                await transfer.pause(transfer.plan.delay)
            if await transfer.silent(lambda now: now.tarpit):
                return False
            if transfer.plan.raw is not None:
                writer.write(transfer.plan.raw)
                await writer.drain()
                return False
            return await self._answer(request, respond(request, *self._find(path), transfer.plan), transfer, entry)
        finally:
            self._transfers.discard(transfer)

    def _switched(self, path: str, target: str) -> str | None:
        """Whose fault concerns it: that of the address with its query, else that of the file."""
        named = f"{path}?{urlsplit(target).query}"
        return next((name for name in (named, path) if name in self.faults), None)

    def _enter(self, request: Request, fault: str | None) -> dict[str, Any]:
        """Writes the request into the log; status and bytes sent follow when they are known."""
        entry: dict[str, Any] = {
            "n": self._served, "time": round(time.time(), 3), "method": request.method, "path": request.target,
            "range": request.headers.get("range"), "status": None, "fault": fault, "sent": 0,
        }  # fmt: skip
        self._served += 1
        self._log.append(entry)
        return entry

    async def _answer(self, request: Request, answer: Answer, transfer: Transfer, entry: dict[str, Any]) -> bool:
        made, writer = transfer.plan, transfer.writer
        bodiless = request.method == "HEAD" or answer.status in (204, 304)
        if made.cut == 0 and made.reset:
            drop(writer, reset=True)
            return False
        entry["status"] = answer.status
        close = request.close or made.framing == "close"
        writer.write(head(answer, made, close=close))
        if bodiless:
            await writer.drain()
            return not close
        chunked = made.framing == "chunked"
        async with contextlib.aclosing(transfer.pieces(answer)) as pieces:
            async for piece in pieces:
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                entry["sent"] += len(piece)
                await writer.drain()
        if entry["sent"] < answer.size:
            drop(writer, reset=transfer.plan.reset)
            return False
        writer.write(b"0\r\n\r\n" if chunked else b"")
        await writer.drain()
        return not close

    # -- answers

    def _find(self, path: str) -> tuple[Path | bytes | None, str]:
        """The file or the body at a path, None where there is neither, and the type that its name stands for."""
        first, slash, rest = path.partition("/")
        mount = self.mounts.get(first) if slash else None
        if mount is not None and not isinstance(mount, Path):
            return mount(rest) or (None, "")
        top, rest = (self.root, path) if mount is None else (mount.resolve(), rest)
        file = (top / rest).resolve()
        kind = TYPES.get(file.suffix.lower()) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return (file if file.is_relative_to(top) and file.is_file() else None), kind

    def refuse_for(self, seconds: float) -> None:
        """Closes the port for a while."""
        self.refuse()
        asyncio.get_running_loop().call_later(seconds, self._spawn, self.accept)

    def _spawn(self, what: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = asyncio.get_running_loop().create_task(what())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _bind(host: str, port: int, *, shared: bool) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def _split(target: str) -> tuple[str, str | None]:
    """`/~404/a%20b.mp3?x=1` is `("a b.mp3", "404")`; the fault stays encoded, for it may hold a slash."""
    path, fault = urlsplit(target).path.lstrip("/"), None
    if path.startswith("~"):
        fault, _, path = path[1:].partition("/")
    return unquote(path), fault
