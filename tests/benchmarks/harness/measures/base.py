"""What a measure is: rows to print, and one function that takes one sample of one contestant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from ..browser import Bench
from ..contestants import Contestant

Value = float | str | None
Take = Callable[[Bench, Contestant, str], Awaitable[Mapping[str, Value]]]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    `limit`: the most that the player may have, None when the row is for information. `over`: whether the
    limit is of the value, of its `ratio` to native in the same round, or of its difference (`more`) to native.
    `gather`: how rounds become one figure.
    """

    key: str
    title: str
    unit: str = ""
    limit: float | None = None
    over: str = "value"
    gather: str = "median"
    digits: int = 0


@dataclass(frozen=True, slots=True)
class Measure:
    """`rounds`: at most so many, where more would show nothing new. `inline`: whether the variant is worth it."""

    name: str
    title: str
    rows: tuple[Row, ...]
    take: Take
    rounds: int | None = None
    inline: bool = True
