"""What is kept, until when, and how much of it."""

from __future__ import annotations

import pytest

from player.web.bodies import LOOK_SECONDS, ONCE, OVERHEAD, Bodies


class Store:
    """A clock and a database's revision, set by hand."""

    def __init__(self) -> None:
        self.now, self.revision, self.looks = 0.0, 1, 0

    def look(self) -> int:
        self.looks += 1
        return self.revision

    def bodies(self, limit: int = 10**6) -> Bodies[str]:
        return Bodies(self.look, limit=limit, clock=lambda: self.now)


def test_what_is_kept_is_found_until_something_is_written() -> None:
    store = Store()
    bodies = store.bodies()
    assert bodies.get("a") is None
    bodies.put("a", "one", 3, 60)
    assert bodies.get("a") == "one"
    store.now += LOOK_SECONDS
    assert bodies.get("a") == "one", "looked, and nothing was written"
    store.revision += 1
    assert bodies.get("a") == "one", "not yet looked again"
    store.now += LOOK_SECONDS
    assert bodies.get("a") is None
    assert bodies.last("a") == "one"
    bodies.put("a", "two", 3, 60)
    assert bodies.get("a") == "two"


def test_what_was_read_before_a_write_is_not_kept_as_what_is_so_after_it() -> None:
    """Of several that are read at once: by the time that the last is put there, somebody may have looked again."""
    store = Store()
    bodies = store.bodies()
    assert bodies.get("a") is None
    read = bodies.revision
    store.revision += 1
    store.now += LOOK_SECONDS
    assert bodies.get("b") is None
    bodies.put("a", "old", 3, 60, read)
    assert bodies.get("a") is None
    assert bodies.last("a") == "old"
    bodies.put("a", "new", 3, 60, bodies.revision)
    assert bodies.get("a") == "new"


def test_the_database_is_asked_seldom() -> None:
    store = Store()
    bodies = store.bodies()
    for _ in range(1000):
        bodies.get("a")
        store.now += LOOK_SECONDS / 100
    assert store.looks <= 11


def test_an_answer_ends_by_the_clock() -> None:
    store = Store()
    bodies = store.bodies()
    bodies.get("a")
    bodies.put("a", "one", 3, 5)
    store.now += 4.9
    assert bodies.get("a") == "one"
    store.now += 0.2
    assert bodies.get("a") is None


def test_what_was_not_asked_for_longest_goes_first() -> None:
    store = Store()
    bodies = store.bodies(limit=3 * (OVERHEAD + 10))
    assert bodies.get("a") is None
    for key in "abc":
        bodies.put(key, key, 10, 60)
    assert bodies.get("a") == "a"
    bodies.put("d", "d", 10, 60)
    assert [key for key in "abcd" if bodies.get(key)] == ["a", "b", "c"], "asked for once, and there is no room"
    assert bodies.get("a") == "a"
    bodies.put("d", "d", 10, 60)
    assert [key for key in "abcd" if bodies.get(key)] == ["a", "c", "d"]
    assert bodies.bytes <= 3 * (OVERHEAD + 10)
    for _ in range(2):
        bodies.put("huge", "x", 10**6, 60)
    assert (len(bodies), bodies.bytes) == (0, 0)


def test_a_sweep_through_everything_pushes_out_nothing() -> None:
    store = Store()
    bodies = store.bodies(limit=100 * (OVERHEAD + 10))
    assert bodies.get("hot 0") is None
    for key in range(100):
        bodies.put(f"hot {key}", "x", 10, 60)
    for key in range(3 * ONCE):
        bodies.put(f"cold {key}", "x", 10, 60)
    assert all(bodies.get(f"hot {key}") for key in range(100))
    assert len(bodies._once) <= ONCE


def test_an_answer_that_is_replaced_counts_once() -> None:
    bodies = Store().bodies()
    for size in (10, 20, 30):
        bodies.put("a", "x", size, 60)
    assert (len(bodies), bodies.bytes) == (1, OVERHEAD + 30)


def test_a_database_that_does_not_answer_is_told() -> None:
    store = Store()
    bodies = store.bodies()
    bodies.get("a")
    bodies.put("a", "one", 3, 60)

    def broken() -> int:
        raise OSError("gone")

    bodies._ask = broken
    store.now += LOOK_SECONDS
    with pytest.raises(OSError, match="gone"):
        bodies.get("a")
    assert bodies.last("a") == "one"
