"""What befalls databases and machines: what was kept stays, `/readyz` says what is wrong, and all heals alone."""

from __future__ import annotations

import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text, update

from player.catalogue.media import from_json
from player.catalogue.store import Catalogue
from player.database import open_engine, writing
from player.monitor.history import History, Result
from player.monitor.worker import Monitor
from player.probe.reasons import State
from player.probe.verdict import Verdict
from player.settings import Settings
from player.tables import incidents, outbox, sources, transitions, verdicts
from tests.databases import on_sqlite
from tests.fetch import fetch
from tests.held import clip, tell
from tests.postgres import Cluster, run_cluster
from tests.test_inspector import Prober
from tests.test_leases import worker
from tests.test_serve import Process
from tests.waiting import until

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("times", [3, pytest.param(50, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_killed_at_any_moment_nothing_that_was_kept_is_lost(
    database_url: str, engine: Engine, catalogue: Catalogue, tmp_path: Path, times: int
) -> None:
    notes = tmp_path / "notes"
    notes.touch()
    catalogue.import_many(from_json(clip(f"c{n}", f"{n}-a", f"{n}-b")) for n in range(40))
    chance = random.Random(times)
    for _ in range(times):
        before = notes.stat().st_size
        with worker(database_url, notes, "fickle") as process:
            until(lambda before=before: b"kept" in notes.read_bytes()[before:])  # type: ignore[misc]
            time.sleep(chance.uniform(0, 0.3))  # a moment is what is asked for, not a condition
            process.kill()
        _whole(engine, [int(line.split()[1]) for line in notes.read_text().splitlines() if line.startswith("kept")])


def _whole(engine: Engine, kept: list[int]) -> None:
    """Every transition that was acknowledged is there, each begins where the last one ended, and all tables agree."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA quick_check").scalar() == "ok"
        changes = connection.execute(select(transitions).order_by(transitions.c.id)).all()
        held = {row.source_id: row for row in connection.execute(select(verdicts))}
        opened = connection.execute(select(incidents)).all()
        letters = connection.execute(select(outbox)).all()
    assert set(kept) <= {change.id for change in changes}
    states = dict.fromkeys(held, ("unknown", "unchecked"))
    for change in changes:
        assert states[change.source_id] == (change.from_state, change.from_reason)
        states[change.source_id] = (change.state, change.reason)
    assert {key: (row.state, row.reason) for key, row in held.items()} == states
    ended = sum(incident.ended_at is not None for incident in opened)
    assert len(letters) == len(opened) + ended, "a letter for each beginning and each end"


@pytest.fixture
def prober() -> Prober:
    return Prober()


@pytest.fixture
def monitor(history: History, prober: Prober) -> Iterator[Monitor]:
    monitor = Monitor(history, Settings(probe_interval=0.2), opener=prober.open)
    monitor.start()
    yield monitor
    assert monitor.stop(20)


def _checked(history: History) -> datetime:
    return history.for_item("one")[0].verdict.checked_at


@on_sqlite
def test_a_locked_database_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, catalogue: Catalogue, history: History, monitor: Monitor
) -> None:
    catalogue.add(from_json(clip("one")))
    until(lambda: history.for_item("one")[0].probed)
    with closing(sqlite3.connect(tmp_path / "c.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        until(lambda: "locked" in (monitor.status.error or ""))
        assert monitor.status.alive
        assert history.for_item("one")[0].probed, "readers go on"
        other.execute("ROLLBACK")
    seen = datetime.now(UTC)
    until(lambda: _checked(history) > seen and monitor.status.error is None)


@on_sqlite
def test_a_full_disk_is_named_and_waited_for(
    engine: Engine, catalogue: Catalogue, history: History, monitor: Monitor
) -> None:
    catalogue.add(from_json(clip("one")))
    until(lambda: history.for_item("one")[0].probed)
    full = True

    def limit(connection: Any, *_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0] if full else 2**30
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(engine, "checkout", limit)
    # Evidence that fits into no page that is there: the next write needs a new one.
    monitor.stop(20)
    catalogue_full = [clip(f"c{n}", description="x" * 4000) for n in range(50)]
    with pytest.raises(Exception, match="full"):
        catalogue.import_many(map(from_json, catalogue_full))
    assert catalogue.count() == 1, "all or nothing"
    full = False
    catalogue.import_many(map(from_json, catalogue_full))
    monitor.start()
    until(lambda: all(held[0].probed for held in history.for_items([f"c{n}" for n in range(50)]).values()))


@on_sqlite
def test_the_log_reaches_the_database_while_the_monitor_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, catalogue: Catalogue, history: History, monitor: Monitor
) -> None:
    monkeypatch.setattr("player.monitor.loop.COPIED", 1)
    catalogue.add(from_json(clip("one")))

    def in_the_file() -> bool:
        """As it is without its log."""
        with closing(sqlite3.connect(f"file:{tmp_path / 'c.db'}?immutable=1", uri=True)) as alone:
            try:
                return alone.execute("SELECT state FROM verdicts").fetchall() == [("available",)]
            except sqlite3.DatabaseError:  # it is being written
                return False

    until(in_the_file)


def test_what_a_clock_that_was_ahead_has_written_is_looked_at_again(
    catalogue: Catalogue, history: History, prober: Prober
) -> None:
    catalogue.add(from_json(clip("one")))
    now = datetime.now(UTC)
    tell(history, "one", "gone", at=now + 5 * HOUR)
    monitor = Monitor(history, Settings(probe_interval=4), opener=prober.open)
    monitor.start()
    try:
        until(lambda: history.for_item("one")[0].verdict.reason == "playable")
    finally:
        assert monitor.stop(20)
    assert _checked(history) < now + HOUR


def test_a_clock_that_is_set_back_while_the_monitor_runs_is_noticed(
    catalogue: Catalogue, history: History, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue.add(from_json(clip("one")))
    until(lambda: history.for_item("one")[0].probed)
    tell(history, "one", "gone", at=datetime.now(UTC) + 5 * HOUR)
    monkeypatch.setattr("player.monitor.chores._offset", lambda: -1e9)
    until(lambda: history.for_item("one")[0].verdict.reason == "playable")


def test_a_malformed_row_hides_none_of_its_neighbours(engine: Engine, catalogue: Catalogue, history: History) -> None:
    catalogue.add(from_json(clip("one", "a", "b")))
    tell(history, "one", "playable", "playable")
    with writing(engine) as connection:
        second = select(sources.c.id).where(sources.c.position == 1).scalar_subquery()
        connection.execute(update(verdicts).where(verdicts.c.source_id == second).values(state="smell", reason="?"))
    first = history.for_item("one")[0].source_id
    now = datetime.now(UTC)
    gone = Verdict(State.UNAVAILABLE, "gone", now, now, now + HOUR)
    assert len(history.record([Result(first, gone, 1, 1, 1.0, now + HOUR)])) == 1
    assert [str(one.verdict.state) for one in history.for_item("one")] == ["unavailable", "unknown"]
    assert history.sweep(now) == 0


def test_a_malformed_item_hides_no_other(
    engine: Engine, catalogue: Catalogue, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("one", "two"):
        catalogue.add(from_json(clip(name, "a")))
    with writing(engine) as connection:
        connection.execute(text("UPDATE media SET kind = 'smell' WHERE id = 'one'"))
    assert list(catalogue.get_many(["one", "two"])) == ["two"]
    assert "The item one in the database is malformed: 'smell'" in caplog.text
    with pytest.raises(ValueError, match="smell"):
        catalogue.get("one")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with run_cluster() as own:
        yield own


@pytest.mark.parametrize("seconds", [0.0, pytest.param(60.0, marks=pytest.mark.slow)])
def test_a_database_that_is_gone_for_a_while_is_said_to_be_and_comes_back(
    cluster: Cluster, tmp_path: Path, seconds: float
) -> None:
    url = cluster.url(cluster.create())
    engine = open_engine(url)
    history, prober = History(engine), Prober()
    Catalogue(engine).add(from_json(clip("one")))
    server = Process(tmp_path, "serve", "--port", "0", "--no-monitor", PLAYER_DATABASE_URL=url)
    monitor = Monitor(history, Settings(probe_interval=0.5), opener=prober.open)
    try:
        monitor.start()
        address = server.url()
        until(lambda: fetch(f"{address}/media/one").json["state"] == "available")
        assert fetch(f"{address}/readyz").json["checks"]["database"][0]["status"] == "pass"
        cluster.stop()
        until(lambda: monitor.status.error is not None)
        ready = fetch(f"{address}/readyz")
        assert ready.status == 503
        assert ready.json["checks"]["database"][0]["status"] == "fail"
        assert fetch(f"{address}/healthz").status == 200
        comes_back = time.monotonic() + seconds
        while True:
            assert fetch(f"{address}/media/one").json["sources"], "readers' pages go on"
            assert monitor.status.alive
            if time.monotonic() >= comes_back:
                break
            time.sleep(0.1)  # a reader, and not a condition
        cluster.start()
        back = datetime.now(UTC)
        until(lambda: monitor.status.error is None and _checked(history) > back)
        until(lambda: fetch(f"{address}/readyz").json["checks"]["database"][0]["status"] == "pass")
    finally:
        server.end(signal.SIGTERM)
        assert monitor.stop(20)
        engine.dispose()
