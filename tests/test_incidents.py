"""Incidents: one for a dead host, one for a dead item, each told once and delivered at least once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from player.catalogue.media import from_json
from player.catalogue.store import Catalogue
from player.monitor.history import History, Result
from player.monitor.incidents import Scope
from player.monitor.outbox import Channel
from player.monitor.worker import Monitor
from player.probe.reasons import REASONS
from player.probe.verdict import Verdict
from player.settings import Settings
from tests.fetch import fetch
from tests.held import clip
from tests.servers import PlayerServer
from tests.test_inspector import Prober
from tests.waiting import until

NOW = datetime.now(UTC)
CDN = "cdn.example.org"


@pytest.fixture
def history(engine: Engine) -> History:
    return History(engine, channels=[Channel("webhook", "https://hooks.example.org")])


def tell(history: History, reasons: dict[str, list[str]], down: dict[str, str] | None = None) -> None:
    results = [
        Result(held.source_id, Verdict(REASONS[reason].state, reason, NOW, NOW, NOW), 1, 1, 1.0, NOW)
        for media_id, told in reasons.items()
        for held, reason in zip(history.for_item(media_id), told, strict=True)
    ]
    history.record(results, down or {})


def seen(history: History, **options: Any) -> list[tuple[str, str, str, bool]]:
    return [(str(o.scope), o.subject, o.reason, o.ended_at is None) for o in history.incidents(**options)][::-1]


def posted(history: History) -> list[tuple[str, str]]:
    letters = history.outbox.due(datetime.now(UTC), history.channels[0].name)
    return [(letter.event, letter.body.get("host") or letter.body["media"]) for letter in letters]


def test_an_item_without_a_source_that_plays_is_an_incident_until_one_does(engine: Engine, history: History) -> None:
    Catalogue(engine).add(from_json(clip("one", "a", "b", lang="fa")))
    tell(history, {"one": ["playable", "playable"]})
    tell(history, {"one": ["gone", "playable"]})
    assert seen(history) == []
    tell(history, {"one": ["gone", "timeout"]})
    tell(history, {"one": ["gone", "html"]})
    assert seen(history) == [("item", "one", "gone", True)]
    assert history.incidents()[0].languages == {"fa": 1}
    tell(history, {"one": ["gone", "playable"]})
    assert seen(history) == [("item", "one", "gone", False)]
    assert posted(history) == [("incident.opened", "one"), ("incident.closed", "one")]
    tell(history, {"one": ["gone", "gone"]})
    assert seen(history, lasting=True) == [("item", "one", "gone", True)], "another one"


def test_a_dead_host_is_one_incident_with_all_its_items(engine: Engine, history: History) -> None:
    names = [f"item-{n:02}" for n in range(30)]
    Catalogue(engine).import_many([from_json(clip(name, lang=("en", "fa")[n % 2])) for n, name in enumerate(names)])
    tell(history, {name: ["playable"] for name in names})
    for some in (names[:4], names[4:]):
        tell(history, {name: ["timeout"] for name in some}, {CDN: "timeout"})
    (incident,) = history.incidents()
    assert (incident.scope, incident.subject, incident.reason, incident.items) == (Scope.HOST, CDN, "timeout", 30)
    assert incident.languages == {"en": 15, "fa": 15}
    assert len(incident.examples) == 10
    assert posted(history) == [("incident.opened", CDN)]
    history.host_back(CDN, NOW)
    tell(history, {name: ["playable"] for name in names})
    assert seen(history) == [("host", CDN, "timeout", False)]
    assert posted(history) == [("incident.opened", CDN), ("incident.closed", CDN)]


def test_what_stays_dead_when_its_host_is_back_is_an_incident_of_its_own(engine: Engine, history: History) -> None:
    Catalogue(engine).import_many([from_json(clip("one")), from_json(clip("two"))])
    tell(history, {"one": ["playable"], "two": ["playable"]})
    tell(history, {"one": ["timeout"], "two": ["timeout"]}, {CDN: "timeout"})
    history.host_back(CDN, NOW)
    tell(history, {"one": ["playable"], "two": ["not-found"]})
    assert seen(history, lasting=True) == [("item", "two", "not-found", True)]


def test_flapping_is_told_once(engine: Engine, history: History) -> None:
    Catalogue(engine).add(from_json(clip("one")))
    for reason in ("playable", "flapping", "flapping", "playable"):
        tell(history, {"one": [reason]})
    assert seen(history) == [("item", "one", "flapping", False)]
    assert posted(history) == [("incident.opened", "one"), ("incident.closed", "one")]


def test_what_was_taken_down_on_purpose_is_no_incident(engine: Engine, history: History) -> None:
    Catalogue(engine).add(from_json(clip("one", removed=True)))
    tell(history, {"one": ["gone"]})
    assert seen(history) == []


@pytest.mark.parametrize(
    "how",
    [
        lambda catalogue: catalogue.remove("one"),
        lambda catalogue: catalogue.add(from_json(clip("one", removed=True)), replace=True),
        lambda catalogue: catalogue.add(from_json(clip("one", expires_at="2020-01-01T00:00:00Z")), replace=True),
        lambda catalogue: catalogue.add(from_json(clip("one", "good.mp3")), replace=True),
    ],
    ids=["gone", "taken down", "over", "without its dead source"],
)
def test_an_incident_ends_with_what_it_is_about(
    engine: Engine, history: History, how: Callable[[Catalogue], object]
) -> None:
    catalogue = Catalogue(engine)
    catalogue.import_many([from_json(clip("one", "good.mp3", "bad.mp3")), from_json(clip("two"))])
    tell(history, {"one": ["playable", "playable"]})
    tell(history, {"one": ["playable", "flapping"], "two": ["gone"]})
    how(catalogue)
    assert history.sweep(NOW) == 0
    assert seen(history) == [("item", "one", "flapping", False), ("item", "two", "gone", True)]
    assert posted(history)[-1] == ("incident.closed", "one")
    assert len(posted(history)) == 3
    history.sweep(NOW)
    assert len(posted(history)) == 3, "told once"


def test_an_incident_of_a_host_ends_when_nothing_lies_on_it(engine: Engine, history: History) -> None:
    catalogue = Catalogue(engine)
    catalogue.import_many([from_json(clip("one")), from_json(clip("two"))])
    tell(history, {"one": ["timeout"], "two": ["timeout"]}, {CDN: "timeout"})
    catalogue.remove("one")
    history.sweep(NOW)
    assert seen(history) == [("host", CDN, "timeout", True)]
    catalogue.remove("two")
    history.sweep(NOW)
    assert seen(history) == [("host", CDN, "timeout", False)]


def test_a_sweep_looks_at_some_and_goes_on_with_the_rest(
    engine: Engine, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("player.monitor.incidents.SWEPT", 2)
    catalogue = Catalogue(engine)
    names = ["a", "b", "c"]
    catalogue.import_many([from_json(clip(name)) for name in names])
    tell(history, {name: ["gone"] for name in names})
    catalogue.remove("c")
    following = history.sweep(NOW)
    assert [lasting for *_, lasting in seen(history)] == [True, True, True]
    assert history.sweep(NOW, following) == 0
    assert [lasting for *_, lasting in seen(history)] == [True, True, False]


def test_the_monitor_ends_the_incident_of_an_item_that_left(
    engine: Engine, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("player.monitor.chores.SWEEP_SECONDS", 0.05)
    Catalogue(engine).add(from_json(clip("one")))
    tell(history, {"one": ["gone"]})
    monitor = Monitor(history, Settings(probe_interval=3600), opener=Prober().open)
    Catalogue(engine).remove("one")
    monitor.start()
    try:
        until(lambda: seen(history) == [("item", "one", "gone", False)])
    finally:
        assert monitor.stop(20)


def test_incidents_are_listed_over_http_a_page_at_a_time(player_server: Callable[..., PlayerServer]) -> None:
    server = player_server([clip("one"), clip("two"), clip("three")])
    history = server.app.extensions["steady-player"].history
    tell(history, {"one": ["gone"], "two": ["dns"], "three": ["html"]})
    tell(history, {"two": ["playable"]})
    first = fetch(f"{server.url}/incidents?limit=2").json
    rest = fetch(f"{server.url}/incidents?limit=2&before={first['next']}").json
    assert len(first["incidents"] + rest["incidents"]) == 3
    assert {one["media"] for one in first["incidents"] + rest["incidents"]} == {"one", "two", "three"}
    lasting = fetch(f"{server.url}/incidents?lasting=1").json["incidents"]
    assert {one["media"] for one in lasting} == {"one", "three"}
    assert all("ended_at" not in one for one in lasting)
    assert [one["media"] for one in fetch(f"{server.url}/incidents?lasting=0").json["incidents"]] == ["two"]
    assert fetch(f"{server.url}/incidents?lasting=yes").status == 400


def test_a_monitor_that_starts_anew_knows_the_hosts_that_were_down(engine: Engine, history: History) -> None:
    Catalogue(engine).import_many([from_json(clip(f"item-{n}")) for n in range(20)])
    tell(history, {f"item-{n}": ["timeout"] for n in range(20)}, {CDN: "timeout"})
    prober = Prober()
    prober.silent.add(CDN)
    monitor = Monitor(history, Settings(probe_interval=0.3), opener=prober.open)
    monitor.start()
    try:
        until(lambda: len(history.due(datetime.now(UTC) - timedelta(seconds=1), 100)) == 0)
        assert len(prober.asked) <= 3
        prober.silent.clear()
        until(lambda: seen(history) == [("host", CDN, "timeout", False)])
    finally:
        assert monitor.stop(20)
