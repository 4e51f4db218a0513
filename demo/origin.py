"""A media origin that can be broken on demand: real faults on real sockets, for QA and for tests.

It serves a folder as a good media server does (RFC 9110: Range and 206, 416, HEAD, ETag and conditional
requests; keep-alive; CORS for everyone) and breaks a file in the ways of `faults.py`:

- by address: `/~stall=65536/clip.mp3`
- by switch, for the plain address: `origin.set_fault("clip.mp3", "404")`, or over HTTP
  `POST /!fault {"path": "clip.mp3", "fault": "404"}`, where `null` heals. Answers under way are hit too:
  they stall, slow down or break off, as if the server had changed under them.
- as a whole: `origin.refuse()` closes the port, so that connections are refused, until `origin.accept()`;
  over HTTP `POST /!fault {"fault": "refuse=20"}`, for 20 seconds.

`GET /!log` tells the latest requests, `GET /!faults` the switches that are set and the faults there are. Below a name
of its own, `origin.mount(name, …)` serves another folder, or what a function computes, such as a live stream.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from .server import Mount, Origin

__all__ = ["Origin", "RunningOrigin", "run_origin"]
T = TypeVar("T")


class RunningOrigin:
    """An origin in a thread of its own, to be used from any other."""

    def __init__(self, origin: Origin, loop: asyncio.AbstractEventLoop) -> None:
        self._origin, self._loop = origin, loop

    def _call(self, work: Callable[[], T]) -> T:
        async def run() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(timeout=30)

    @property
    def port(self) -> int:
        return self._origin.port

    @property
    def root(self) -> Path:
        return self._origin.root

    @property
    def requests(self) -> list[dict[str, Any]]:
        return self._call(lambda: self._origin.requests)

    @property
    def connections(self) -> int:
        return self._origin.connections

    @property
    def peak(self) -> int:
        return self._origin.peak

    def url(self, path: str, fault: str | None = None) -> str:
        return self._origin.url(path, fault)

    def mount(self, name: str, what: Mount) -> None:
        """Serves below `name/` another folder, or what a function computes, as `live.Live` does."""
        self._call(lambda: self._origin.mounts.__setitem__(name, what))

    def set_fault(self, path: str, fault: str | None) -> None:
        self._call(lambda: self._origin.set_fault(path, fault))

    def clear(self, path: str | None = None) -> None:
        self._call(lambda: self._origin.clear(path))

    def refuse(self) -> None:
        self._call(self._origin.refuse)

    def accept(self) -> None:
        asyncio.run_coroutine_threadsafe(self._origin.accept(), self._loop).result(timeout=30)


@contextlib.contextmanager
def run_origin(root: Path, host: str = "127.0.0.1", port: int = 0) -> Iterator[RunningOrigin]:
    """Serves `root` from a thread until the block ends; `OSError` where the port is taken."""
    origin, loop = Origin(root, host, port), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="origin", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(origin.start(), loop).result(timeout=30)
        yield RunningOrigin(origin, loop)
    finally:
        asyncio.run_coroutine_threadsafe(origin.stop(), loop).result(timeout=30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=30)
        loop.close()


async def _serve(root: Path, host: str, port: int) -> None:
    origin = Origin(root, host, port)
    await origin.start()
    print(f"serving {origin.root} on http://{host}:{origin.port}/", flush=True)
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        await origin.stop()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m player.demo.origin", description="A media origin with faults on demand."
    )
    parser.add_argument("root", type=Path, help="the folder to serve")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8002, help="0 for any free port")
    given = parser.parse_args()
    if not given.root.is_dir():
        parser.error(f"{given.root} is no folder")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(given.root, given.host, given.port))


if __name__ == "__main__":
    main()
