"""What changes add to the sums. Summed up in memory and written last, since many wait for the few rows of `counts`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import Connection, text

from player.probe.reasons import State
from player.standings.standing import BY_SEVERITY, SEVERITY, Counted, Standing

DEAD = SEVERITY[State.UNAVAILABLE]

Key = tuple[str, str, str, str, str]
"""Scope, name, kind, state, reason: the columns by which a row of `counts` is known."""


ITEM, SOURCE, LANG, HOST = "item", "source", "lang", "host"
"""The scopes."""

ALL = ""
"""The kind of the rows that count all kinds."""


FOLDED = 5000
"""Kinds of items that are kept apart before they are summed up."""


class Difference:
    """What is to be added to `counts`: how many there are more, and how many dead ones more, by key."""

    __slots__ = ("_items", "_sums")

    def __init__(self) -> None:
        # Most items are alike, and are told apart by their sources' hosts at most: counted first, then taken apart.
        self._items: defaultdict[Counted, int] = defaultdict(int)
        self._sums: defaultdict[Key, list[int]] = defaultdict(lambda: [0, 0])

    def move(self, before: Standing | None, after: Standing | None) -> None:
        """An item counts as another thing than before; None: it is not there."""
        if before is not None and before.severity is not None:
            self._items[before.counted] -= 1
        if after is not None and after.severity is not None:
            self._items[after.counted] += 1
        if len(self._items) > FOLDED:
            self._fold()

    def add(self, key: Key, number: int, dead: int) -> None:
        sums = self._sums[key]
        sums[0] += number
        sums[1] += dead

    def __iter__(self) -> Iterator[tuple[Key, int, int]]:
        """What is not nothing, in the order of the keys."""
        self._fold()
        return ((key, sums[0], sums[1]) for key, sums in sorted(self._sums.items()) if any(sums))

    def write(self, connection: Connection) -> None:
        """The last thing that a transaction does: in the order of the keys, so that none waits in a circle."""
        if rows := [dict(zip(_NAMES, (*key, *sums), strict=True)) for key, *sums in self]:
            connection.execute(_WRITE, rows)

    def _fold(self) -> None:
        for (kind, lang, severity, reason, sources), number in self._items.items():
            dead = number if severity == DEAD else 0
            self.add((ITEM, "", kind, BY_SEVERITY[severity].value, reason), number, dead)
            for of_kind in (ALL, kind):
                self.add((LANG, lang, of_kind, "", ""), number, dead)
            for host, rank, why in sources:
                dead = number if rank == DEAD else 0
                self.add((SOURCE, "", kind, BY_SEVERITY[rank].value, why), number, dead)
                for of_kind in (ALL, kind):
                    self.add((HOST, host, of_kind, "", ""), number, dead)
        self._items.clear()


_NAMES = ("scope", "name", "kind", "state", "reason", "number", "dead")
# Both databases have it alike (https://www.sqlite.org/lang_upsert.html).
_WRITE = text(
    "INSERT INTO counts (scope, name, kind, state, reason, number, dead)"
    " VALUES (:scope, :name, :kind, :state, :reason, :number, :dead)"
    " ON CONFLICT (scope, name, kind, state, reason)"
    " DO UPDATE SET number = counts.number + excluded.number, dead = counts.dead + excluded.dead"
)
