"""Connections of the quick transport: to who answers at once, to who takes his time, to nobody."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from player.probe.connection import Connection
from player.probe.fetched import Failure
from player.probe.hosts import Host
from player.probe.names import Names
from player.probe.opening import Opener
from player.probe.wheel import Wheel

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as made:
        yield made


def crowd(server: socket.socket, stack: ExitStack) -> None:
    """Fills what the server may have waiting: whoever comes next hears nothing until it accepts."""
    for _ in range(3):
        waiting = stack.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(server.getsockname())


async def opened(port: int, seconds: float) -> Connection | Failure:
    wheel, names = Wheel(), Names(LOOPBACK)
    opener = Opener(names, LOOPBACK, ssl.create_default_context(), wheel)
    try:
        return await opener.open(
            Host("127.0.0.1", port, secure=False, head=b""), wheel.now() + seconds, lambda connection: None
        )
    except Failure as failed:
        return failed
    finally:
        wheel.close()
        await names.close()


def test_who_answers_at_once(listening: socket.socket) -> None:
    assert isinstance(asyncio.run(opened(listening.getsockname()[1], 10)), Connection)


def test_nobody(listening: socket.socket) -> None:
    port = listening.getsockname()[1]
    listening.close()
    found = asyncio.run(opened(port, 10))
    assert isinstance(found, Failure) and (found.code, found.asked) == ("refused", False)


def test_who_never_answers_is_waited_for_until_the_deadline(listening: socket.socket) -> None:
    with ExitStack() as stack:
        crowd(listening, stack)
        found = asyncio.run(opened(listening.getsockname()[1], 0.5))
    assert isinstance(found, Failure) and (found.code, found.asked) == ("timeout", False)


def test_who_answers_later(listening: socket.socket) -> None:
    async def run() -> Connection | Failure:
        trying = asyncio.create_task(opened(listening.getsockname()[1], 30))
        await asyncio.sleep(0.2)
        assert not trying.done(), "or nobody was made to wait"
        for _ in range(2):
            stack.enter_context(listening.accept()[0])
        return await trying

    with ExitStack() as stack:
        crowd(listening, stack)
        assert isinstance(asyncio.run(run()), Connection)
