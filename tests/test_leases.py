"""Leases: a source has one worker at a time, and a new one when that is dead."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from player.catalogue.media import from_json
from player.catalogue.store import Catalogue
from player.database import writing
from player.monitor.history import History, Result
from player.monitor.leases import LEASE
from player.probe.reasons import State
from player.probe.verdict import Verdict
from player.tables import media, verdicts
from tests.held import clip, tell
from tests.waiting import until

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def result(source_id: int, reason: str = "playable", at: datetime = NOW) -> Result:
    return Result(source_id, Verdict(State.AVAILABLE, reason, at, at, at + 60 * SECOND), 1, 1, 1.0, at + 60 * SECOND)


def test_what_one_worker_has_no_other_gets_until_it_is_done_or_dead(catalogue: Catalogue, history: History) -> None:
    catalogue.import_many(from_json(clip(f"c{n}")) for n in range(5))
    one, two = history.leases("one"), history.leases("two")
    mine = {due.source_id for due in one.take(NOW, 3)}
    theirs = {due.source_id for due in two.take(NOW, 3)}
    assert (len(mine), len(theirs), mine & theirs) == (3, 2, set())
    assert one.take(NOW, 3) == two.take(NOW, 3) == []
    first, second, third = sorted(mine)
    one.release([first, *theirs])
    assert {due.source_id for due in two.take(NOW, 9)} == {first}, "nobody lets go of another's"
    history.record([result(second)], worker="one")
    one.renew([third], NOW + LEASE / 2)
    two.renew(theirs, NOW + LEASE / 2)
    assert {due.source_id for due in two.take(NOW + LEASE, 9)} == {first}, "what nobody renewed is free"
    assert {due.source_id for due in two.take(NOW + 3 * LEASE, 9)} == {first, second, third, *theirs}


def test_a_worker_that_was_taken_for_dead_does_not_overrule_its_successor(
    catalogue: Catalogue, history: History
) -> None:
    catalogue.add(from_json(clip("a")))
    (late,) = history.leases("late").take(NOW, 1)
    assert len(history.leases("next").take(NOW + LEASE, 1)) == 1
    assert history.record([result(late.source_id)], worker="late") == []
    assert history.for_item("a")[0].verdict.reason == "unchecked"
    assert len(history.record([result(late.source_id)], worker="next")) == 1


def test_a_lease_from_a_clock_that_was_ahead_does_not_last(catalogue: Catalogue, history: History) -> None:
    catalogue.add(from_json(clip("a")))
    assert len(history.leases("one").take(NOW + timedelta(days=1), 1)) == 1
    assert len(history.leases("two").take(NOW, 1)) == 1


def test_neither_an_import_nor_what_is_known_holds_the_other_up(catalogue: Catalogue, history: History) -> None:
    catalogue.import_many(from_json(clip(f"old-{n}")) for n in range(6))
    for n in range(6):
        tell(history, f"old-{n}", "playable", at=NOW - (100 - n) * SECOND)
    catalogue.import_many(from_json(clip(f"new-{n}")) for n in range(6))
    leases = history.leases("one")
    assert [due.media_id for due in leases.take(NOW, 4)] == ["old-0", "new-5", "old-1", "new-4"], "in turn"
    assert {due.media_id[:3] for due in leases.take(NOW, 7)} == {"old", "new"}
    assert len(leases.take(NOW, 9)) == 1


def test_a_malformed_row_is_passed_over_and_named(
    engine: Engine, catalogue: Catalogue, history: History, caplog: pytest.LogCaptureFixture
) -> None:
    catalogue.import_many(from_json(clip(name)) for name in ("bad", "good", "odd"))
    tell(history, "odd", "playable", at=NOW - 100 * SECOND)
    with writing(engine) as connection:
        connection.execute(update(media).where(media.c.id == "bad").values(kind="smell"))
        odd = history.for_item("odd")[0].source_id
        connection.execute(update(verdicts).where(verdicts.c.source_id == odd).values(state="dancing"))
        if engine.dialect.name == "sqlite":  # PostgreSQL takes nothing but JSON
            spoilt = "UPDATE verdicts SET evidence = '{', memory = 'x' WHERE source_id = ?"
            connection.exec_driver_sql(spoilt, (odd,))
    assert history.for_item("odd")[0].verdict.reason == "probe-failed", "readers are told nothing rather than nonsense"
    leases = history.leases("one")
    assert {due.media_id for due in leases.take(NOW, 9)} == {"good", "odd"}
    assert leases.take(NOW, 9) == []
    assert sum("makes no sense" in record.getMessage() for record in caplog.records) == 1
    history.record([result(odd)], worker="one")
    assert history.for_item("odd")[0].verdict.reason == "playable", "the next probe mends what it can"


@contextmanager
def worker(url: str, notes: Path, manner: str = "calm") -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.leasing", url, str(notes), manner]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def test_three_workers_share_the_work_and_take_over_what_a_killed_one_held(
    database_url: str, catalogue: Catalogue, history: History, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    notes.touch()
    catalogue.import_many(from_json(clip(f"c{n}", *(f"{n}-{m}" for m in range(4)))) for n in range(30))

    def lines() -> list[list[str]]:
        return [line.split() for line in notes.read_text().splitlines()]

    with ExitStack() as stack:
        dying = stack.enter_context(worker(database_url, notes, "hold"))
        until(lambda: len(lines()) == 8)
        others = {stack.enter_context(worker(database_url, notes)).pid for _ in range(2)}
        until(lambda: len(lines()) > 40)
        dying.kill()
        until(lambda: sum(line[0] == "end" for line in lines()) == 120)
        until(lambda: history.backlog(datetime.now(UTC)).due == 0)
    held = [src for what, pid, src in lines() if int(pid) == dying.pid]
    begun = Counter(src for what, pid, src in lines() if what == "begin" and int(pid) != dying.pid)
    assert len(held) == 8
    assert len(begun) == 120 and set(begun.values()) == {1}, "each once, and what the dead one held too"
    taken_over = [n for n, (what, pid, src) in enumerate(lines()) if src in held and int(pid) != dying.pid]
    assert min(taken_over) > 40, "not while it lived"
    assert {int(pid) for _, pid, _ in lines()} == {dying.pid, *others}, "both took part"
