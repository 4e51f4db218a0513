"""Questions that come together: answered in one turn, in their order, and none at another's cost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from player.web.turns import TURN, Question, Turns


def double(numbers: Sequence[int]) -> list[int]:
    if min(numbers) < 0:
        raise ValueError("below nothing")
    return [number * 2 for number in numbers]


def noting(told: list[object]) -> Callable[[Sequence[Question]], Sequence[Question]]:
    """Answers with the questions, which `told` gets."""

    def answer(questions: Sequence[Question]) -> Sequence[Question]:
        told.extend(questions)
        return questions

    return answer


def test_all_that_is_asked_in_one_turn_of_the_loop_is_answered_in_the_next() -> None:
    told: list[object] = []

    async def run() -> None:
        turns: Turns[Any, Any] = Turns(noting(told))

        async def one(name: str) -> None:
            told.append(f"{name} asks")
            assert await turns.ask(name) == name
            told.append(f"{name} has it")

        await asyncio.gather(one("a"), one("b"), one("c"))

    asyncio.run(run())
    assert told == [*("a asks", "b asks", "c asks"), *"abc", *("a has it", "b has it", "c has it")]


def test_a_turn_has_an_end() -> None:
    told: list[object] = []

    async def run() -> None:
        turns: Turns[Any, Any] = Turns(noting(told))
        asked = [turns.ask(number) for number in range(TURN * 2 + 1)]
        loop = asyncio.get_running_loop()

        def between() -> None:
            told.append("between")
            loop.call_soon(told.append, "later")

        loop.call_soon(between)
        await asyncio.gather(*asked)

    asyncio.run(run())
    expected = [*range(TURN), "between", *range(TURN, TURN * 2), "later", TURN * 2]
    assert told == expected


def test_nothing_is_done_for_who_has_gone() -> None:
    told: list[object] = []

    async def run() -> None:
        turns: Turns[Any, Any] = Turns(noting(told))
        gone, stays = turns.ask(1), turns.ask(2)
        gone.cancel()
        await stays

    asyncio.run(run())
    assert told == [2]


def test_an_accident_is_that_of_its_turn() -> None:
    async def run() -> None:
        turns = Turns(double)
        told = await asyncio.gather(*(turns.ask(number) for number in (1, -1)), return_exceptions=True)
        assert [str(one) for one in told] == ["below nothing"] * 2
        assert await turns.ask(1) == 2

    asyncio.run(run())


def test_elsewhere_one_turn_is_under_way_and_the_rest_gathers() -> None:
    """As with a database over a network: who comes while it is being asked goes with the next round."""
    threads: set[str] = set()
    begun, go = threading.Event(), threading.Event()

    def answer(numbers: Sequence[int]) -> list[int]:
        threads.add(threading.current_thread().name)
        begun.set()
        assert go.wait(10)
        return double(numbers)

    class Counted(ThreadPoolExecutor):
        rounds = 0

        def submit(self, call: Callable[..., object], /, *given: object, **named: object):  # type: ignore[no-untyped-def]
            self.rounds += 1
            return super().submit(call, *given, **named)

    async def run(pool: Counted) -> list[int]:
        turns = Turns(answer, pool)
        first = turns.ask(0)
        await asyncio.to_thread(begun.wait, 10)
        rest = [turns.ask(number) for number in range(1, 31)]
        rest[0].cancel()
        await asyncio.sleep(0)
        go.set()
        return [await first, *(await asyncio.gather(*rest[1:]))]

    with Counted(1, thread_name_prefix="read") as pool:
        found = asyncio.run(asyncio.wait_for(run(pool), 10))
        assert pool.rounds == 2
    assert found == [0, *(number * 2 for number in range(2, 31))]
    assert threads == {"read_0"}


def test_an_accident_elsewhere_or_its_end_leaves_nobody_waiting() -> None:
    async def run() -> None:
        with ThreadPoolExecutor(1) as pool:
            turns = Turns(double, pool)
            with pytest.raises(ValueError, match="below nothing"):
                await asyncio.wait_for(turns.ask(-1), 10)
            assert await asyncio.wait_for(turns.ask(1), 10) == 2
        with pytest.raises(RuntimeError, match="shutdown"):
            await asyncio.wait_for(turns.ask(1), 10)

    asyncio.run(run())
