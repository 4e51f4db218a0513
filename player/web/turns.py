"""Questions that come together are answered together: one after the other, without anything in between.

A server, an interpreter and a database that take turns with each request have the processor fetch the code of each
anew for each; asked for a million items in disorder, that was a third of what an answer cost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Generic, TypeVar

TURN = 64
"""Answers to a turn, after which the loop sees to what else there is."""

Question = TypeVar("Question")
Told = TypeVar("Told")


class Turns(Generic[Question, Told]):
    """For one loop's thread. `answer` has the questions of a turn and tells as much for each, in their order. It is
    called on the loop, for as long as that may wait; with `elsewhere` there, turn by turn, and whatever is asked
    meanwhile goes with the next. What it raises is raised to all who asked in that turn."""

    def __init__(
        self, answer: Callable[[Sequence[Question]], Sequence[Told]], elsewhere: Executor | None = None
    ) -> None:
        self._answer, self._elsewhere = answer, elsewhere
        self._asked: list[tuple[Question, asyncio.Future[Told]]] = []
        self._under_way = False

    def ask(self, question: Question) -> asyncio.Future[Told]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Told] = loop.create_future()
        self._asked.append((question, future))
        if not self._under_way:
            self._under_way = True
            loop.call_soon(self._turn)
        return future

    def _turn(self) -> None:
        turn, self._asked = self._asked[:TURN], self._asked[TURN:]
        waiting = [one for one in turn if not one[1].done()]  # who has gone needs none
        questions, futures = [question for question, _ in waiting], [future for _, future in waiting]
        try:
            if self._elsewhere is None:
                self._tell(futures, self._answer(questions))
            else:
                away = asyncio.get_running_loop().run_in_executor(self._elsewhere, self._answer, questions)
                away.add_done_callback(partial(self._back, futures))
        except Exception as error:  # also of an executor that was shut down
            self._fail(futures, error)

    def _back(self, futures: Sequence[asyncio.Future[Told]], away: asyncio.Future[Sequence[Told]]) -> None:
        error = asyncio.CancelledError() if away.cancelled() else away.exception()
        if error is None:
            self._tell(futures, away.result())
        else:
            self._fail(futures, error)

    def _tell(self, futures: Sequence[asyncio.Future[Told]], answers: Sequence[Told]) -> None:
        for future, told in zip(futures, answers, strict=True):
            if not future.done():
                future.set_result(told)
        self._next()

    def _fail(self, futures: Sequence[asyncio.Future[Told]], error: BaseException) -> None:
        for future in futures:
            if not future.done():
                future.set_exception(error)
        self._next()

    def _next(self) -> None:
        self._under_way = bool(self._asked)
        if self._under_way:
            asyncio.get_running_loop().call_soon(self._turn)
