"""The same servers over TLS: a door in front of one that speaks plainly."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tests.authority import Authority

CHUNK = 65_536
Doors = Callable[[str], str]


@contextlib.contextmanager
def run_doors(folder: Path) -> Iterator[Doors]:
    """Opens, for the address of a server, another one by https that leads there. Nobody knows its authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*Authority().issue(folder, "127.0.0.1"))
    loop, servers = asyncio.new_event_loop(), dict[str, asyncio.Server]()
    thread = threading.Thread(target=loop.run_forever, name="doors", daemon=True)
    thread.start()

    def door(plain: str) -> str:
        if plain not in servers:
            opening = asyncio.start_server(_through(plain), "127.0.0.1", 0, ssl=context)
            servers[plain] = asyncio.run_coroutine_threadsafe(opening, loop).result(timeout=30)
        return f"https://127.0.0.1:{servers[plain].sockets[0].getsockname()[1]}"

    try:
        yield door
    finally:
        asyncio.run_coroutine_threadsafe(_close(list(servers.values())), loop).result(timeout=30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=30)
        loop.close()


def _through(plain: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    address = urlsplit(plain)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner, outer = await asyncio.open_connection(address.hostname, address.port)
        except OSError:
            writer.close()
        else:
            await asyncio.gather(_copy(reader, outer), _copy(inner, writer))

    return connected


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _close(servers: list[asyncio.Server]) -> None:
    for server in servers:
        server.close()
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
