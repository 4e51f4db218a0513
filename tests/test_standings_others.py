"""The sums that are kept, where others have written: older databases, many at once, rows that make no sense."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from alembic import command
from sqlalchemy import Engine, select, text, update

from player.catalogue.store import Catalogue
from player.database import migrations, open_engine, writing
from player.monitor.history import History, Result
from player.probe.reasons import REASONS, State
from player.probe.verdict import Verdict
from player.standings.rebuilding import rebuild
from player.tables import EPOCH, counts, standings, verdicts
from tests.counting import HOSTS, MINUTE, NOW, agree, item, tell
from tests.databases import on_sqlite

# ---- what others do


def test_a_database_from_before_is_counted(engine: Engine, catalogue: Catalogue, history: History) -> None:
    catalogue.import_many([item("a"), item("b", *HOSTS, lang="fa"), item("c", removed=True), item("d")])
    tell(history, "a", "playable")
    tell(history, "b", "gone", "playable")
    with writing(engine) as connection:
        command.downgrade(migrations(connection), "0005")
        command.upgrade(migrations(connection), "head")
    agree(engine, NOW)
    assert history.summary(NOW).states == {
        **dict.fromkeys(State, 0),
        State.AVAILABLE: 1,
        State.DEGRADED: 1,
        State.UNKNOWN: 1,
    }
    assert history.summary(NOW).checked_at == NOW
    assert not history.settle(NOW)
    agree(engine, NOW)
    with engine.connect() as connection:
        assert connection.execute(select(standings).where(standings.c.until == EPOCH)).all() == []


def test_what_others_have_written_is_counted_by_counting_anew(engine: Engine, catalogue: Catalogue) -> None:
    catalogue.import_many([item("a"), item("b"), item("c", *HOSTS)])
    assert rebuild(engine).sums == 0
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM media WHERE id = 'b'"))
        connection.execute(
            update(verdicts).values(state="unavailable", reason="gone", fresh_until=NOW + 10_000 * MINUTE)
        )
        connection.execute(update(counts).where(counts.c.scope == "host").values(number=7))
        connection.execute(text("DELETE FROM standings WHERE media_id = 'c'"))
        connection.execute(update(standings).where(standings.c.media_id == "a").values(sources=["?"]))
    told: list[int] = []
    found = rebuild(engine, told.append)
    assert found.items == 3 and found.sums > 0 and told == [3]
    agree(engine, NOW)
    assert History(engine).summary(NOW).states[State.UNAVAILABLE] == 2


def test_many_who_write_at_once_wait_for_nobody_in_a_circle(
    engine: Engine, database_url: str, catalogue: Catalogue
) -> None:
    """Workers, an import, removals and a sweep over the same items: nothing fails, nothing is lost from the sums."""
    names = [f"c{n:02}" for n in range(30)]
    catalogue.import_many(item(name, *HOSTS) for name in names)
    errors: list[BaseException] = []

    def work(turn: Callable[[Catalogue, History, int], object], rounds: int) -> None:
        mine = open_engine(database_url)
        try:
            for number in range(rounds):
                turn(Catalogue(mine), History(mine), number)
        except BaseException as error:
            errors.append(error)
        finally:
            mine.dispose()

    def record(order: int) -> Callable[[Catalogue, History, int], object]:
        def turn(_catalogue: Catalogue, history: History, number: int) -> None:
            held = [one for name in names[::order] for one in history.for_item(name)]
            why, at = ("playable", "gone")[number % 2], NOW + number * MINUTE
            verdict = Verdict(REASONS[why].state, why, at, at, at + 2 * MINUTE, {})
            history.record([Result(one.source_id, verdict, 1, 1, 1.0, at) for one in held])

        return turn

    def title(theirs: Catalogue, _history: History, number: int) -> None:
        theirs.import_many(item(name, *HOSTS[: 1 + number % 2], lang="en") for name in names[10:][:: (-1) ** number])

    def leave(theirs: Catalogue, _history: History, number: int) -> None:
        theirs.remove(names[number])

    def sweep(_catalogue: Catalogue, history: History, number: int) -> None:
        history.settle(NOW + number * MINUTE)

    turns = [(record(1), 12), (record(-1), 12), (title, 8), (leave, 8), (sweep, 20)]
    workers = [threading.Thread(target=work, args=one) for one in turns]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert not any(worker.is_alive() for worker in workers)
    assert errors == []
    agree(engine, NOW + 30 * MINUTE)


# ---- rows that make no sense


SPOILT = {
    "state": "UPDATE verdicts SET state = 'splendid' WHERE source_id = :id",
    "reason": "UPDATE verdicts SET reason = 'because' WHERE source_id = :id",
    "evidence": "UPDATE verdicts SET evidence = '[1]' WHERE source_id = :id",
    "memory": """UPDATE verdicts SET memory = '{"suspect": "?"}' WHERE source_id = :id""",
    "memory's shape": "UPDATE verdicts SET memory = '[1]' WHERE source_id = :id",
}
SPOILT_ON_SQLITE = {
    "evidence's text": "UPDATE verdicts SET evidence = '{' WHERE source_id = :id",
    "a time": "UPDATE verdicts SET since = 'yesterday' WHERE source_id = :id",
    "a number": "UPDATE verdicts SET ms = 'long' WHERE source_id = :id",
}


def spoil(engine: Engine, statement: str, source_id: int) -> None:
    with writing(engine) as connection:
        connection.execute(text(statement), {"id": source_id})


@pytest.mark.parametrize("what", SPOILT)
def test_a_malformed_row_hides_no_other(engine: Engine, catalogue: Catalogue, history: History, what: str) -> None:
    _held_to_be_unknown(engine, catalogue, history, SPOILT[what])


@on_sqlite
@pytest.mark.parametrize("what", SPOILT_ON_SQLITE)
def test_nor_does_one_that_only_sqlite_takes(engine: Engine, catalogue: Catalogue, history: History, what: str) -> None:
    _held_to_be_unknown(engine, catalogue, history, SPOILT_ON_SQLITE[what])


def _held_to_be_unknown(engine: Engine, catalogue: Catalogue, history: History, statement: str) -> None:
    catalogue.import_many([item("a"), item("b")])
    for name in "ab":
        tell(history, name, "playable")
    (odd,) = history.for_item("a")
    spoil(engine, statement, odd.source_id)
    found = history.for_items(["a", "b"])
    assert found["b"][0].verdict.reason == "playable"
    (one,) = found["a"]
    if "since" not in statement and "ms" not in statement and "'{'" not in statement:
        assert (one.verdict.state, one.verdict.reason) == (State.UNKNOWN, "probe-failed")
    assert isinstance(one.ms, int | float)
    rebuild(engine)
    assert history.summary(NOW).items == 2
    assert len(history.failing(NOW).items) == 2
    tell(history, "a", "gone", at=NOW + MINUTE)
    assert history.for_item("a")[0].verdict.reason == "gone", "the next probe mends it"
