"""Names and their addresses: looked up in threads, kept for a while, and pinned to those that the guard allows."""

from __future__ import annotations

import asyncio
import socket
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from player.probe.address import AddressRefused, Networks, refusal

Address = tuple[int, tuple[Any, ...]]  # the family, and what a socket of it connects to
Found = list[Address] | OSError | UnicodeError
KEPT = 10_000  # names
FRESH, FAILED = 60.0, 5.0  # seconds for which an answer, or the lack of one, is believed


class Names:
    """The system's resolver in threads of its own (a slow name must not hold up a quick one), with a cache.

    One question a name is under way, however many wait for it.
    """

    def __init__(self, allow: Networks, *, threads: int = 64) -> None:
        self._allow = allow
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="resolve")
        self._kept: OrderedDict[tuple[str, int], tuple[float, Found]] = OrderedDict()
        self._asked: dict[tuple[str, int], asyncio.Future[Found]] = {}

    async def resolve(self, host: str, port: int) -> list[Address]:
        """The addresses that may be connected to, in the system's order. `AddressRefused` where none is left,
        `OSError` where there is none, `UnicodeError` where the name cannot be one."""
        loop, key = asyncio.get_running_loop(), (host, port)
        until, found = self._kept.get(key, (0.0, None))
        if found is None or until < loop.time():
            asked = self._asked.get(key)
            if asked is None:
                asked = self._asked[key] = loop.run_in_executor(self._pool, self._look_up, host, port)
                asked.add_done_callback(lambda done: self._keep(key, done, loop.time()))
            found = await asyncio.shield(asked)  # others may be waiting for it
        if isinstance(found, Exception):
            raise found.with_traceback(None)
        return found

    def _keep(self, key: tuple[str, int], done: asyncio.Future[Found], now: float) -> None:
        del self._asked[key]
        if done.cancelled() or done.exception():
            return
        found = done.result()
        self._kept[key] = (now + (FAILED if isinstance(found, Exception) else FRESH), found)
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def _look_up(self, host: str, port: int) -> Found:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        except (OSError, UnicodeError) as error:
            return error
        allowed: list[Address] = []
        refused: AddressRefused | None = None
        for family, _, _, _, address in found:
            why = refusal(_with_zone(address), self._allow)
            if why is None:
                allowed.append((family, address))
            else:
                refused = refused or AddressRefused(str(address[0]), why)
        return refused if refused and not allowed else allowed

    async def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _with_zone(address: tuple[Any, ...]) -> str:
    """The address as text, with the zone that getaddrinfo gives as a number."""
    text = str(address[0])
    return f"{text}%{address[3]}" if len(address) > 3 and address[3] and "%" not in text else text
