"""Vantage points in the database: a verdict each, one verdict of all, leases and schedules of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from player.catalogue.media import from_json
from player.catalogue.store import Catalogue
from player.monitor import sightings as module
from player.monitor.history import Backlog, History, Result
from player.monitor.hysteresis import Memory
from player.monitor.leases import LEASE
from player.monitor.places import COUNTED, FORGOTTEN, LATELY
from player.probe.reasons import REASONS, State
from player.probe.verdict import Verdict
from player.settings import HOME
from player.tables import EPOCH, sightings
from tests.held import clip

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CDN = "cdn.example.org"


def tell(
    history: History, vantage: str, reasons: dict[str, str], at: datetime = NOW, down: dict[str, str] | None = None
) -> list[tuple[str, str]]:
    """Each item's first source as seen from there; item and reason of what was told of it."""
    results = []
    for media_id, reason in reasons.items():
        held = history.for_item(media_id)[0]
        found = Verdict(REASONS[reason].state, reason, at, at, at + 120 * SECOND, {"from": vantage})
        memory = Memory(State.UNKNOWN, "dns", at)
        results.append(Result(held.source_id, found, 1, 1, 1.0, at + 60 * SECOND, memory))
    return [(change.media_id, change.reason) for change in history.record(results, down or {}, None, vantage)]


def told(history: History, media_id: str) -> tuple[str, str]:
    (held,) = history.for_item(media_id)
    return str(held.verdict.state), held.verdict.reason


def lasting(history: History) -> list[tuple[str, str, str]]:
    return [(str(one.scope), one.subject, one.reason) for one in history.incidents(lasting=True)]


def test_what_one_vantage_point_loses_is_not_dead_and_alarms_nobody(catalogue: Catalogue, history: History) -> None:
    catalogue.add(from_json(clip("a")))
    assert tell(history, HOME, {"a": "playable"}) == [("a", "playable")]
    assert tell(history, "ir", {"a": "playable"}, NOW + SECOND) == []
    assert tell(history, "ir", {"a": "legal"}, NOW + 60 * SECOND) == [("a", "not-everywhere")]
    (held,) = history.for_item("a")
    assert (held.verdict.state, held.verdict.since) == (State.DEGRADED, NOW + 60 * SECOND)
    assert {name: one["reason"] for name, one in held.verdict.evidence["vantages"].items()} == {
        "home": "playable",
        "ir": "legal",
    }
    assert lasting(history) == []
    assert tell(history, HOME, {"a": "timeout"}, NOW + 90 * SECOND) == [("a", "timeout")]
    assert lasting(history) == [("item", "a", "timeout")]
    assert tell(history, "ir", {"a": "playable"}, NOW + 100 * SECOND) == [("a", "not-everywhere")]
    assert lasting(history) == []
    assert tell(history, HOME, {"a": "playable"}, NOW + 110 * SECOND) == [("a", "playable")]


def test_one_whose_workers_are_gone_loses_its_say(catalogue: Catalogue, history: History) -> None:
    catalogue.add(from_json(clip("a")))
    tell(history, HOME, {"a": "playable"})
    tell(history, "ir", {"a": "legal"})
    assert tell(history, HOME, {"a": "playable"}, NOW + 119 * SECOND) == []
    assert tell(history, HOME, {"a": "playable"}, NOW + 121 * SECOND) == [("a", "playable")]
    (held,) = history.for_item("a")
    assert "vantages" not in held.verdict.evidence
    assert held.verdict.fresh_until == NOW + 241 * SECOND


def test_each_one_remembers_what_it_has_seen_itself(engine: Engine, catalogue: Catalogue, history: History) -> None:
    catalogue.add(from_json(clip("a")))
    assert history.enrol("ir", 0) == (0, False)
    home, far = history.leases("one"), history.leases("two", "ir")
    (here,), (there,) = home.take(NOW, 9), far.take(NOW, 9)
    assert (here.source_id, here.current, there.current) == (there.source_id, None, None)
    tell(history, HOME, {"a": "playable"})
    tell(history, "ir", {"a": "legal"}, NOW + SECOND)
    (here,), (there,) = home.take(NOW + 65 * SECOND, 9), far.take(NOW + 65 * SECOND, 9)
    assert here.current and there.current
    assert (here.current.reason, there.current.reason) == ("playable", "legal")
    assert (here.current.evidence, there.current.evidence) == ({"from": "home"}, {"from": "ir"})
    assert here.memory.suspect_since == NOW and there.memory.suspect_since == NOW + SECOND


def test_their_leases_are_their_own(catalogue: Catalogue, history: History) -> None:
    catalogue.import_many(from_json(clip(f"c{n}")) for n in range(4))
    assert history.leases("early", "ir").take(NOW, 9) == [], "nothing has been taken up yet"
    history.enrol("ir", 0)
    one, two, home = history.leases("one", "ir"), history.leases("two", "ir"), history.leases("home")
    mine, theirs = one.take(NOW, 3), two.take(NOW, 9)
    assert (len(mine), len(theirs), len(home.take(NOW, 9))) == (3, 1, 4)
    assert not {due.source_id for due in mine} & {due.source_id for due in theirs}
    first, second, third = sorted(due.source_id for due in mine)
    one.release([first])
    assert [due.source_id for due in two.take(NOW, 9)] == [first]
    found = Verdict(State.AVAILABLE, "playable", NOW, NOW, NOW + 60 * SECOND)
    results = [Result(number, found, 1, 1, 1.0, NOW + 60 * SECOND) for number in (second, third)]
    assert len(history.record(results, {}, "one", "ir")) == 2
    assert history.record(results, {}, "two", "ir") == [], "whoever does not have it has no say"
    one.renew([third], NOW + LEASE)
    assert {due.source_id for due in two.take(NOW + 2 * LEASE, 9)} == {first, theirs[0].source_id}
    assert len(history.leases("one", "cn").take(NOW, 9)) == 0


def test_new_items_are_taken_up_and_changed_ones_looked_at_anew(
    engine: Engine, catalogue: Catalogue, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STEP", 4)
    monkeypatch.setattr(module, "OVERLAP", 2)
    catalogue.import_many(from_json(clip(f"c{n}")) for n in range(7))
    after, more, looks = 0, True, 0
    while more:
        after, more = history.enrol("ir", after)
        looks += 1
    assert looks == 2
    leases = history.leases("one", "ir")
    assert len(leases.take(NOW, 99)) == 7
    catalogue.add(from_json(clip("new")))
    assert history.enrol("ir", after)[1] is False
    assert [due.media_id for due in leases.take(NOW, 99)] == ["new"]
    tell(history, "ir", {"new": "playable"})
    assert leases.take(NOW + 10 * SECOND, 99) == []
    catalogue.import_many([from_json(clip("new", duration=9))], replace=True)
    assert [due.duration for due in history.leases("two", "ir").take(NOW + 2 * LEASE, 1)] == [9]
    catalogue.remove("new")
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(sightings)).scalar() == 7


def test_a_host_that_is_silent_to_one_alone_is_not_down(catalogue: Catalogue, history: History) -> None:
    names = [f"c{n}" for n in range(8)]
    catalogue.import_many(from_json(clip(name)) for name in names)
    tell(history, HOME, dict.fromkeys(names, "playable"))
    silent = {CDN: "timeout"}
    history.places.heard(HOME, {}, NOW)
    history.places.heard("ir", silent, NOW)
    tell(history, "ir", dict.fromkeys(names, "timeout"), down=silent)
    assert lasting(history) == [] and told(history, "c0")[1] == "not-everywhere"
    tell(history, HOME, dict.fromkeys(names, "refused"), NOW + SECOND, down={CDN: "refused"})
    assert lasting(history) == [("host", CDN, "refused")]
    # It answers there again, with a refusal; here it is silent still.
    tell(history, "ir", dict.fromkeys(names, "legal"), NOW + 2 * SECOND)
    history.places.heard(HOME, {CDN: "refused"}, NOW)
    history.host_back(CDN, NOW + 2 * SECOND, "ir")
    assert lasting(history) == [("host", CDN, "refused")]
    assert tell(history, HOME, {"c0": "playable"}, NOW + 3 * SECOND) == [("c0", "not-everywhere")]
    assert lasting(history) == [], "it plays from somewhere"


def test_a_host_that_is_back_everywhere_is_back(catalogue: Catalogue, history: History) -> None:
    catalogue.add(from_json(clip("a")))
    silent = {CDN: "timeout"}
    for vantage in (HOME, "ir"):
        history.places.heard(vantage, silent, NOW)
        tell(history, vantage, {"a": "timeout"}, down=silent)
    assert lasting(history) == [("host", CDN, "timeout")]
    assert history.hosts_down("ir") == silent
    history.places.heard(HOME, {}, NOW)
    history.host_back(CDN, NOW + SECOND)
    assert lasting(history) == [("host", CDN, "timeout")]
    history.places.heard("ir", {}, NOW)
    history.host_back(CDN, NOW + SECOND, "ir")
    assert lasting(history) == []


def test_a_file_that_is_lost_is_told_though_its_host_is_silent_elsewhere(
    catalogue: Catalogue, history: History
) -> None:
    catalogue.import_many(from_json(clip(name)) for name in ("a", "b"))
    silent = {CDN: "timeout"}
    history.places.heard("ir", silent, NOW)
    tell(history, HOME, {"a": "playable", "b": "playable"})
    tell(history, "ir", {"a": "timeout", "b": "timeout"}, down=silent)
    tell(history, HOME, {"a": "not-found"}, NOW + SECOND)
    assert lasting(history) == [("item", "a", "not-found")]


def test_the_backlog_is_of_those_that_look(catalogue: Catalogue, history: History) -> None:
    catalogue.import_many(from_json(clip(name)) for name in ("a", "b"))
    assert history.backlog(NOW) == Backlog(2, None)
    history.enrol("ir", 0)
    history.places.heard("ir", {}, NOW)
    tell(history, "ir", {"a": "playable", "b": "playable"}, NOW - 100 * SECOND)
    assert history.backlog(NOW) == Backlog(2, NOW - 40 * SECOND), "home does not look"
    history.places.heard(HOME, {}, NOW)
    assert history.backlog(NOW).due == 4
    assert history.backlog(NOW + LATELY + SECOND).due == 2, "nobody does: as if there were home alone"


def test_stock_is_taken_and_what_is_gone_for_long_is_forgotten(
    engine: Engine, catalogue: Catalogue, history: History
) -> None:
    catalogue.import_many(from_json(clip(name)) for name in ("a", "b", "c"))
    tell(history, HOME, {"a": "playable"})
    history.enrol("ir", 0)
    tell(history, "ir", {"a": "legal", "b": "legal"})
    for vantage in ("ir", HOME):
        history.places.heard(vantage, {}, NOW)
    home, far = history.places.known()
    assert (home.name, far.name, home.counts) == (HOME, "ir", dict.fromkeys(COUNTED, 0))
    assert far.counts == {State.UNAVAILABLE: 2, State.UNKNOWN: 1, State.DEGRADED: 0} and far.seen_at == NOW
    later = NOW + FORGOTTEN + SECOND
    history.places.heard(HOME, {}, later)
    while history.places.forget(later):
        pass
    assert [place.name for place in history.places.known()] == [HOME]
    with engine.connect() as connection:
        assert set(connection.execute(select(sightings.c.vantage)).scalars()) == {HOME}
    assert tell(history, HOME, {"a": "playable"}, later) == [("a", "playable")]


def test_a_clock_that_was_ahead_is_put_right_for_each(engine: Engine, catalogue: Catalogue, history: History) -> None:
    catalogue.add(from_json(clip("a")))
    tell(history, HOME, {"a": "playable"}, NOW)
    tell(history, "ir", {"a": "playable"}, NOW + 600 * SECOND)
    tell(history, HOME, {"a": "playable"}, NOW + SECOND)
    assert history.put_right(NOW, "ir") == 1 and history.put_right(NOW, "cn") == 0
    assert history.make_host_due(CDN, NOW - SECOND, limit=9, vantage="ir") == 1
    assert history.make_host_due_from(CDN, NOW - 2 * SECOND, 0, 9, "ir") == 0
    assert history.make_due("a", NOW) == 1
    with engine.connect() as connection:
        due = connection.execute(select(sightings.c.vantage, sightings.c.due_at)).all()
    assert sorted(due) == [("home", None), ("ir", EPOCH)], "home's own schedule stands in its verdicts"
