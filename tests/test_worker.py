"""The monitor: real threads, a real database, and a prober that does as it is told."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from player.catalogue.media import from_json
from player.catalogue.store import Catalogue
from player.monitor.history import History
from player.monitor.leases import Leases
from player.monitor.worker import AlreadyRunning, Monitor
from player.probe.observe import Observation, Target
from player.probe.reasons import State
from player.settings import Settings
from tests.held import clip
from tests.seen import seen
from tests.waiting import until


class Prober:
    """Answers what `answers` has for an address, `200` without; remembers what was asked, and how much at once."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []
        self.under_way = self.most = self.opened = self.closed = 0
        self.gate: threading.Event | None = None

    @asynccontextmanager
    async def open(self) -> Any:
        self.opened += 1
        try:
            yield self
        finally:
            self.closed += 1

    async def observe(self, target: Target) -> Observation:
        self.asked.append(target.src)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            if self.gate is not None:
                await asyncio.to_thread(self.gate.wait)
            answer = self.answers.get(target.src.rpartition("/")[2], 200)
            if isinstance(answer, Exception):
                raise answer
            return seen(target, answer)
        finally:
            self.under_way -= 1


@pytest.fixture
def prober() -> Prober:
    return Prober()


Start = Callable[..., Monitor]


@pytest.fixture
def start(history: History, prober: Prober) -> Iterator[Start]:
    begun: list[Monitor] = []

    def begin(**settings: Any) -> Monitor:
        monitor = Monitor(history, Settings(**{"probe_interval": 0.2, **settings}), opener=prober.open)
        monitor.start()
        begun.append(monitor)
        return monitor

    yield begin
    if prober.gate is not None:
        prober.gate.set()
    for monitor in begun:
        assert monitor.stop(20)


def state(history: History, media_id: str, n: int = 0) -> tuple[str, str]:
    verdict = history.for_item(media_id)[n].verdict
    return str(verdict.state), verdict.reason


def test_probes_what_is_there_and_what_is_added_later(start: Start, catalogue: Catalogue, history: History) -> None:
    catalogue.add(from_json(clip("one", "a", "b")))
    start()
    until(lambda: [state(history, "one", n)[0] for n in (0, 1)] == ["available", "available"])
    catalogue.add(from_json(clip("two")))
    until(lambda: state(history, "two") == ("available", "playable"))


def test_notices_a_death_and_a_recovery_and_logs_each_once(
    start: Start, catalogue: Catalogue, history: History, prober: Prober, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "player.monitor")
    catalogue.add(from_json(clip("one", "a.mp3")))
    start()
    until(lambda: state(history, "one")[0] == "available")
    prober.answers["a.mp3"] = 404
    until(lambda: state(history, "one") == ("unavailable", "not-found"))
    since = history.for_item("one")[0].verdict.since
    until(lambda: history.for_item("one")[0].verdict.checked_at > since)
    assert history.for_item("one")[0].verdict.since == since
    del prober.answers["a.mp3"]
    until(lambda: state(history, "one")[0] == "available")
    changes = [(str(one.from_state), str(one.state), one.reason) for one in history.transitions()]
    assert changes == [
        ("unknown", "available", "playable"),
        ("available", "unavailable", "not-found"),
        ("unavailable", "available", "playable"),
    ]

    def lines() -> list[str]:
        return [record.getMessage() for record in list(caplog.records) if "one: " in record.getMessage()]

    # A transition is told after it is kept, so the last line may come a moment later.
    until(lambda: len(lines()) >= 3)
    assert len(lines()) == 3
    assert "available (playable) → unavailable (not-found) https://cdn.example.org/a.mp3" in lines()[1]


def test_keeps_to_the_limit_of_probes_under_way(start: Start, catalogue: Catalogue, prober: Prober) -> None:
    prober.gate = threading.Event()
    catalogue.import_many([from_json(clip(f"item-{n}", f"{n}a", f"{n}b")) for n in range(30)])
    monitor = start(probe_concurrency=7, probe_interval=3600)
    until(lambda: prober.under_way == 7)
    assert monitor.status.in_flight == 7
    prober.gate.set()
    until(lambda: len(prober.asked) == 60)
    assert prober.most == 7
    assert len(set(prober.asked)) == 60, "each source once"


def test_one_slow_source_holds_up_no_other(
    start: Start, catalogue: Catalogue, history: History, prober: Prober
) -> None:
    catalogue.import_many([from_json(clip(f"item-{n}", f"{n}")) for n in range(3)])
    other = "https://cdn.example.org/2"

    turns = asyncio.Semaphore(0)

    class Slow(Prober):
        async def observe(self, target: Target) -> Observation:
            if target.src.endswith("/0"):
                # As long as another takes to be probed, recorded and probed again, more than once.
                for _ in range(4):
                    await turns.acquire()
            elif target.src == other:
                turns.release()
            return await super().observe(target)

    slow = Slow()
    monitor = Monitor(history, Settings(probe_interval=0.1, probe_concurrency=2), opener=slow.open)
    monitor.start()
    try:
        until(lambda: slow.asked.count(other) > 3)
        assert state(history, "item-0") == ("unknown", "unchecked")
        until(lambda: state(history, "item-0") == ("available", "playable"))
    finally:
        assert monitor.stop(20)


def test_records_many_results_in_few_transactions(start: Start, catalogue: Catalogue, engine: Engine) -> None:
    catalogue.import_many([from_json(clip(f"item-{n}")) for n in range(100)])
    written: list[str] = []
    event.listen(
        engine,
        "before_cursor_execute",
        lambda *arguments: (
            written.append(arguments[2]) if arguments[2].startswith("UPDATE verdicts SET state") else None
        ),
    )
    monitor = start(probe_interval=3600)
    until(lambda: monitor.status.probes[State.AVAILABLE] == 100)
    until(lambda: History(engine).backlog(datetime.now(UTC)).due == 0)
    assert 1 <= len(written) <= 10


def test_a_fault_of_the_prober_is_nobodys_death(
    start: Start, catalogue: Catalogue, history: History, prober: Prober
) -> None:
    catalogue.import_many([from_json(clip("one", "a")), from_json(clip("two", "b"))])
    prober.answers["a"] = ZeroDivisionError()
    start()
    until(lambda: state(history, "one") == ("unknown", "probe-failed"))
    until(lambda: state(history, "two")[0] == "available")
    assert history.for_item("one")[0].verdict.evidence == {"error": "ZeroDivisionError"}


class Flaky(History):
    """Fails as a database does that cannot be reached, while `down`."""

    down = False
    refused = 0  # recordings

    def record(self, *arguments: Any) -> Any:
        self.refused += self.down
        self._fail()
        return super().record(*arguments)

    def _fail(self) -> None:
        if self.down:
            raise OperationalError("SELECT", {}, Exception("gone fishing"))


def test_outlives_a_database_that_is_away_and_loses_nothing(
    engine: Engine, catalogue: Catalogue, prober: Prober, caplog: pytest.LogCaptureFixture
) -> None:
    flaky = Flaky(engine)
    catalogue.add(from_json(clip("one", "a")))
    prober.gate = threading.Event()
    monitor = Monitor(flaky, Settings(probe_interval=3600.0), opener=prober.open)
    monitor.start()
    try:
        until(lambda: prober.under_way == 1)
        flaky.down = True
        prober.gate.set()
        until(lambda: flaky.refused > 0 and monitor.status.error is not None)
        status = monitor.status
        assert status.alive
        assert status.error is not None and "gone fishing" in status.error
        assert status.failing_since is not None
        flaky.down = False
        until(lambda: state(flaky, "one")[0] == "available")
        until(lambda: monitor.status.error is None)
        assert prober.opened == 1, "probing itself was never interrupted"
        assert len(prober.asked) == 1, "and what it found was kept"
        assert sum("held up" in record.getMessage() for record in caplog.records) == 1, "said once, not at every try"
    finally:
        assert monitor.stop(20)


def test_what_the_database_refuses_is_dropped_and_tried_anew(
    engine: Engine, catalogue: Catalogue, prober: Prober
) -> None:
    class Refusing(History):
        refused = 0

        def record(self, *arguments: Any) -> Any:
            if self.refused < 1:
                self.refused += 1
                raise ValueError("this row will not do")
            return super().record(*arguments)

    refusing = Refusing(engine)
    catalogue.add(from_json(clip("one", "a")))
    monitor = Monitor(refusing, Settings(probe_interval=0.2), opener=prober.open)
    monitor.start()
    try:
        until(lambda: state(refusing, "one")[0] == "available")
        assert refusing.refused == 1
    finally:
        assert monitor.stop(20)
    assert prober.opened == prober.closed == 2


def test_stops_at_once_with_probes_under_way_and_keeps_what_is_finished(
    history: History, catalogue: Catalogue, prober: Prober
) -> None:
    catalogue.import_many([from_json(clip("slow", "slow")), from_json(clip("fast", "fast"))])

    class Half(Prober):
        async def observe(self, target: Target) -> Observation:
            if target.src.endswith("slow"):
                self.under_way += 1
                await asyncio.sleep(3600)
            return await super().observe(target)

    half = Half()
    monitor = Monitor(history, Settings(probe_interval=3600.0), opener=half.open)
    monitor.start()
    until(lambda: half.under_way == 1 and monitor.status.probes[State.AVAILABLE] == 1)
    assert monitor.stop(20)
    assert half.closed == 1
    assert not monitor.status.alive
    assert state(history, "fast")[0] == "available"
    due = history.due(datetime.now(UTC), 10)
    assert [one.media_id for one in due] == ["slow"], "a successor begins with what was not finished"


def test_there_is_one_to_a_process(start: Start, history: History, prober: Prober) -> None:
    first = start()
    with pytest.raises(AlreadyRunning):
        Monitor(history, Settings(), opener=prober.open).start()
    with pytest.raises(AlreadyRunning):
        first.start()
    assert first.stop(20)
    assert first.stop(20), "stopping twice is stopping"
    second = start()
    assert second.status.alive
    assert not first.status.alive


def test_a_wake_up_call_is_heard(
    start: Start, catalogue: Catalogue, history: History, prober: Prober, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("player.monitor.loop.LOOK_SECONDS", 3600.0)
    catalogue.add(from_json(clip("one", "a")))
    monitor = start(probe_interval=3600)
    until(lambda: state(history, "one")[0] == "available")
    until(lambda: monitor.status.in_flight == 0)
    prober.answers["a"] = 410
    history.make_due("one", datetime.now(UTC))

    def woken() -> bool:
        monitor.wake()
        return state(history, "one") == ("unavailable", "gone")

    until(woken)


def test_what_ends_while_the_database_is_asked_is_recorded_at_once(
    start: Start, catalogue: Catalogue, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("player.monitor.loop.LOOK_SECONDS", 3600.0)
    release = Leases.release

    def slowly(leases: Leases, source_ids: Any) -> None:
        time.sleep(0.2)
        release(leases, source_ids)

    monkeypatch.setattr(Leases, "release", slowly)
    catalogue.add(from_json(clip("one", "a")))
    start(probe_interval=3600)
    until(lambda: state(history, "one")[0] == "available", 20)


def test_a_suspicion_is_confirmed_before_the_interval_is_over(
    start: Start, catalogue: Catalogue, history: History, prober: Prober
) -> None:
    catalogue.add(from_json(clip("one", "a")))
    prober.answers["a"] = 404
    start(probe_interval=3600)
    until(lambda: state(history, "one")[0] == "unavailable")
    soon = datetime.now(UTC) + timedelta(seconds=3600 / 4)
    assert [one.media_id for one in history.due(soon, 10)] == ["one"]


def test_a_servers_wish_to_be_left_alone_is_respected(
    start: Start, catalogue: Catalogue, history: History, prober: Prober
) -> None:
    catalogue.add(from_json(clip("one", "a")))
    prober.answers["a"] = (429, {"retry-after": "1800"})
    start(probe_interval=60)
    until(lambda: state(history, "one") == ("unknown", "rate-limited"))
    assert history.due(datetime.now(UTC) + timedelta(seconds=1790), 10) == []
    assert len(history.due(datetime.now(UTC) + timedelta(seconds=1810), 10)) == 1


def test_a_loop_that_no_longer_turns_is_not_alive(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monitor = start()
    monkeypatch.setattr("player.monitor.worker.STUCK_SECONDS", -1.0)
    assert not monitor.status.alive
    assert monitor.status.error == "the loop is stuck"


def test_starting_returns_when_the_loop_turns(start: Start) -> None:
    before = time.monotonic()
    monitor = start()
    assert monitor.status.alive
    assert time.monotonic() - before < 30
