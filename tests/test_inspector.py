"""The monitor's turns end to end, with a prober that does as it is told: suspicions, hosts that are down, old items."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from player.catalogue.media import from_json
from player.catalogue.store import Catalogue
from player.monitor.breaker import ENOUGH
from player.monitor.history import History
from player.monitor.worker import Monitor
from player.probe.observe import Observation, Target
from player.settings import Settings
from player.tables import verdicts
from tests.databases import on_sqlite
from tests.held import clip, tell
from tests.seen import seen
from tests.waiting import until


class Prober:
    """Answers 200, or as `plan` says for an address; `silent` hosts time out. Keeps what was asked."""

    def __init__(self) -> None:
        self.plan: dict[str, list[int]] = {}
        self.silent: set[str] = set()
        self.asked: list[Target] = []
        self.slow: str | None = None
        self.gate = threading.Event()

    @asynccontextmanager
    async def open(self) -> Any:
        yield self

    async def observe(self, target: Target) -> Observation:
        self.asked.append(target)
        host = target.src.split("/")[2]
        if host == self.slow:
            await asyncio.to_thread(self.gate.wait)
        if host in self.silent:
            return replace(seen(target, 200), status=None, error="timeout")
        answers = self.plan.get(target.src.rpartition("/")[2], [])
        return seen(target, answers.pop(0) if len(answers) > 1 else answers[0] if answers else 200)


@pytest.fixture
def prober() -> Prober:
    return Prober()


@pytest.fixture
def begin(history: History, prober: Prober) -> Iterator[Any]:
    begun: list[Monitor] = []

    def start(**settings: Any) -> Monitor:
        monitor = Monitor(history, Settings(**{"probe_interval": 0.4, **settings}), opener=prober.open)
        monitor.start()
        begun.append(monitor)
        return monitor

    yield start
    prober.gate.set()
    for monitor in begun:
        assert monitor.stop(20)


def at(host: str, name: str) -> dict[str, Any]:
    return {"id": name, "kind": "audio", "title": name, "sources": [{"src": f"https://{host}/{name}"}]}


def states(history: History, ids: list[str]) -> set[tuple[str, str]]:
    return {(str(one.verdict.state), one.verdict.reason) for held in history.for_items(ids).values() for one in held}


def told(history: History, ids: list[str]) -> list[tuple[str, str]]:
    return [(str(one.verdict.state), one.verdict.reason) for held in history.for_items(ids).values() for one in held]


def test_a_blip_is_suspected_on_the_record_and_never_told(
    begin: Any, catalogue: Catalogue, history: History, prober: Prober
) -> None:
    catalogue.add(from_json(clip("one", "a")))
    prober.plan["a"] = [200, 404, 200, 200]
    begin()
    until(lambda: len(prober.asked) >= 5)
    assert [one.reason for one in history.transitions()] == ["playable"]
    assert [target.fresh for target in prober.asked[:5]] == [False, False, True, False, False], "on its own connection"


def test_a_suspicion_stands_beside_the_verdict_until_it_is_confirmed(
    begin: Any, catalogue: Catalogue, history: History, prober: Prober
) -> None:
    catalogue.add(from_json(clip("one", "a")))
    prober.plan["a"] = [200, 404]
    begin(probe_interval=8)
    until(lambda: history.for_item("one")[0].verdict.reason == "playable")
    history.make_due("one", datetime.now(UTC))
    until(lambda: history.for_item("one")[0].memory.suspect_reason == "not-found")
    held = history.for_item("one")[0]
    assert held.verdict.reason == "playable"
    until(lambda: history.for_item("one")[0].verdict.reason == "not-found")
    assert history.for_item("one")[0].verdict.since == held.memory.suspect_since


@on_sqlite
def test_a_dead_host_costs_a_few_probes_and_takes_all_its_files_with_it(
    begin: Any, catalogue: Catalogue, history: History, prober: Prober, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "player.monitor")
    names = [f"file-{n}" for n in range(40)]
    catalogue.import_many([from_json(at("cdn.example.org", name)) for name in names])
    catalogue.add(from_json(at("other.example.org", "other")))
    begin(probe_interval=2, probe_concurrency=8, probe_per_host=4)
    until(lambda: states(history, [*names, "other"]) == {("available", "playable")})
    prober.asked.clear()
    prober.silent.add("cdn.example.org")
    until(lambda: states(history, names) == {("unavailable", "timeout")})
    asked = [target for target in prober.asked if "cdn." in target.src]
    assert ENOUGH <= len(asked) <= ENOUGH + 20, "others are told without being asked for"
    assert states(history, ["other"]) == {("available", "playable")}
    told = [one.verdict.evidence for held in history.for_items(names).values() for one in held]
    assert sum("inferred" in evidence for evidence in told) >= 15
    prober.silent.clear()
    until(lambda: states(history, names) == {("available", "playable")})
    lines = [record.getMessage() for record in list(caplog.records)]
    assert [line for line in lines if line.startswith("cdn.example.org ")] == [
        "cdn.example.org is down: timeout",
        "cdn.example.org answers again",
    ]


def test_a_blip_of_a_whole_host_is_suspected_and_never_told(
    begin: Any,
    engine: Engine,
    catalogue: Catalogue,
    history: History,
    prober: Prober,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("player.monitor.breaker.FIRST_CANARY_SECONDS", 3600.0)
    names = [f"file-{n}" for n in range(40)]
    catalogue.import_many([from_json(at("cdn.example.org", name)) for name in names])
    monitor = begin(probe_interval=4)
    until(lambda: states(history, names) == {("available", "playable")})
    prober.silent.add("cdn.example.org")
    for name in names:
        history.make_due(name, datetime.now(UTC))
    monitor.wake()
    turns: dict[int, set[datetime]] = {}

    def looked() -> bool:
        """Every one has been told of the silence several times, while nobody has asked the host."""
        with engine.connect() as connection:
            for row in connection.execute(select(verdicts)):
                turns.setdefault(row.source_id, set()).add(row.due_at)
                assert row.reason == "playable"
        return all(len(moments) >= 6 for moments in turns.values())

    until(looked)
    asked = [target.src for target in prober.asked]
    assert len(asked) <= 2 * len(names) + ENOUGH
    prober.silent.clear()
    monkeypatch.setattr("player.monitor.breaker.FIRST_CANARY_SECONDS", 0.0)
    until(lambda: all(held[0].memory.suspect is None for held in history.for_items(names).values()))
    assert {one.reason for one in history.transitions()} == {"playable"}


def test_the_first_silence_of_a_host_has_its_other_files_looked_at(
    begin: Any, catalogue: Catalogue, history: History, prober: Prober
) -> None:
    names = [f"file-{n}" for n in range(40)]
    catalogue.import_many([from_json(at("cdn.example.org", name)) for name in names])
    monitor = begin(probe_interval=3600, probe_concurrency=8, probe_per_host=4)
    until(lambda: states(history, names) == {("available", "playable")})
    prober.silent.add("cdn.example.org")
    history.make_due(names[3], datetime.now(UTC))
    monitor.wake()
    until(lambda: history.incidents() != [])
    (incident,) = history.incidents()
    assert (str(incident.scope), incident.subject, incident.items) == ("host", "cdn.example.org", 40)
    until(
        lambda: all(
            held[0].memory.suspect or held[0].verdict.reason == "timeout" for held in history.for_items(names).values()
        )
    )


def test_errors_of_a_whole_host_are_one_incident(
    begin: Any, catalogue: Catalogue, history: History, prober: Prober
) -> None:
    names = [f"file-{n}" for n in range(20)]
    catalogue.import_many([from_json(at("cdn.example.org", name)) for name in names])
    begin(probe_interval=1)
    until(lambda: states(history, names) == {("available", "playable")})
    prober.plan.update({name: [503] for name in names})
    until(lambda: states(history, names) == {("unavailable", "server-error")})
    assert [(str(one.scope), one.reason) for one in history.incidents()] == [("host", "server-error")]
    prober.plan.clear()
    until(lambda: states(history, names) == {("available", "playable")})
    until(lambda: history.incidents(lasting=True) == [])


def test_what_waits_in_the_queue_of_a_host_that_went_down_waits_no_more(
    begin: Any, catalogue: Catalogue, history: History, prober: Prober
) -> None:
    """Of 40 probes of a host at once, 8 are on their way and the rest wait for them, one time-out after the other."""
    names = [f"file-{n}" for n in range(40)]
    catalogue.import_many([from_json(at("cdn.example.org", name)) for name in names])
    places = asyncio.Semaphore(8)

    class Queued(Prober):
        async def observe(self, target: Target) -> Observation:
            async with places:
                if len(self.asked) >= ENOUGH:
                    self.asked.append(target)
                    await asyncio.Event().wait()  # for ever, as far as this test goes
                return await super().observe(target)

    queued = Queued()
    queued.silent.add("cdn.example.org")
    monitor = Monitor(history, Settings(probe_interval=1, probe_concurrency=200), opener=queued.open)
    monitor.start()
    try:
        until(lambda: sum(state == "unavailable" for state, _ in told(history, names)) >= len(names) - 8)
    finally:
        assert monitor.stop(20)


def test_a_host_that_answers_slowly_takes_no_more_than_its_share_of_the_places(
    begin: Any, catalogue: Catalogue, history: History, prober: Prober
) -> None:
    prober.slow = "slow.example.org"
    catalogue.import_many([from_json(at("slow.example.org", f"slow-{n}")) for n in range(40)])
    catalogue.import_many([from_json(at("quick.example.org", f"quick-{n}")) for n in range(10)])
    begin(probe_interval=3600, probe_concurrency=8, probe_per_host=2)
    until(lambda: states(history, [f"quick-{n}" for n in range(10)]) == {("available", "playable")})
    assert sum("slow." in target.src for target in prober.asked) == 2


@pytest.mark.parametrize(
    ("rate", "wait"),
    [(0.01, timedelta(minutes=50)), (50.0, timedelta(seconds=40))],
    ids=["more sources than the rate allows", "few enough"],
)
def test_only_where_there_are_too_many_sources_the_old_ones_wait_longer(
    begin: Any, catalogue: Catalogue, history: History, rate: float, wait: timedelta
) -> None:
    now = datetime.now(UTC)
    old = clip("old", "old", published_at=(now - timedelta(days=5)).isoformat())
    catalogue.import_many([from_json(old), from_json(clip("new", "new", published_at=now.isoformat()))])
    begin(probe_interval=60, probe_rate=rate)
    until(lambda: states(history, ["old", "new"]) == {("available", "playable")})
    assert "old" not in {one.media_id for one in history.due(now + wait, 10)}
    until(lambda: "new" in {one.media_id for one in history.due(now + timedelta(seconds=65), 10)})
    # A verdict that is looked at again later is believed for longer.
    held = history.for_item("old")[0].verdict
    assert held.fresh_until - held.checked_at >= 1.5 * wait


def test_what_readers_ask_for_waits_no_longer_than_what_is_new(
    begin: Any, catalogue: Catalogue, history: History
) -> None:
    now = datetime.now(UTC)
    long_ago = (now - timedelta(days=5)).isoformat()
    catalogue.import_many(from_json(clip(name, name, published_at=long_ago)) for name in ("old", "wanted"))
    history.interest.tell({"wanted"}, now, 10)
    begin(probe_interval=60, probe_rate=0.01)
    until(lambda: states(history, ["old", "wanted"]) == {("available", "playable")})
    assert {one.media_id for one in history.due(now + timedelta(minutes=50), 10)} == {"wanted"}
    held = history.for_item("wanted")[0].verdict
    assert held.fresh_until - held.checked_at < timedelta(minutes=3)


def test_what_is_too_old_is_dropped_and_the_rest_is_kept(
    begin: Any, catalogue: Catalogue, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("player.monitor.history.PRUNED", 3)
    catalogue.add(from_json(clip("one", "a")))
    now = datetime.now(UTC)
    for day in range(420, 390, -2):
        tell(history, "one", ("gone", "playable")[day // 2 % 2], at=now - timedelta(days=day))
    assert len(history.incidents()) == len(history.transitions()) // 2 + 1 == 8
    begin(probe_interval=3600)
    until(lambda: len([one for one in history.transitions() if one.at < now - timedelta(days=400)]) == 0)
    kept = [one for one in history.transitions() if one.at < now - timedelta(days=1)]
    assert {(now - one.at).days for one in kept} == {398, 396, 394, 392}
    assert all(one.ended_at is None or one.ended_at > now - timedelta(days=400) for one in history.incidents())
