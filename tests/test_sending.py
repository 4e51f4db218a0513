"""What one turn of the loop asks goes out together at its end."""

from __future__ import annotations

import asyncio

from player.probe.sending import Sender


class Transport:
    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def is_closing(self) -> bool:
        return self.closed

    def write(self, data: bytes) -> None:
        self.written.append(data)


def test_a_turn_is_sent_together_and_nothing_to_what_was_closed_in_it() -> None:
    async def run() -> tuple[list[bytes], list[bytes]]:
        sender, first, second, closed = Sender(), Transport(), Transport(), Transport()
        for transport in (first, second, closed):
            sender.send(transport, b"one")
        closed.closed = True
        assert not first.written, "the turn is not over"
        await asyncio.sleep(0)
        assert first.written == second.written == [b"one"]
        sender.send(first, b"two")
        await asyncio.sleep(0)
        return first.written, closed.written

    assert asyncio.run(run()) == ([b"one", b"two"], [])
