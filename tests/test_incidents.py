"""Incidents: one for a dead host, one for a dead item, each told once and delivered at least once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine
from standardwebhooks import Webhook

from player.catalogue.media import from_json
from player.catalogue.store import Catalogue
from player.database import open_engine
from player.monitor.courier import cloud_event
from player.monitor.history import History, Result
from player.monitor.incidents import Scope
from player.monitor.outbox import KEPT, Channel, Letter, Outbox, channels
from player.monitor.worker import Monitor
from player.probe.reasons import REASONS
from player.probe.verdict import Verdict
from player.quiet import QuietHours
from player.settings import Settings
from tests.fetch import fetch
from tests.held import clip
from tests.servers import PlayerServer
from tests.test_inspector import Prober
from tests.waiting import until

NOW = datetime.now(UTC)
SECRET = "whsec_" + "c3RlYWR5cGxheWVyc3RlYWR5cGxheWVy"
CDN = "cdn.example.org"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'c.db'}")
    yield engine
    engine.dispose()


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


def test_people_are_left_in_peace_by_night(engine: Engine) -> None:
    quiet = QuietHours.parse(f"{NOW - timedelta(hours=1):%H:%M}-{NOW + timedelta(hours=1):%H:%M}")
    people, machine = Channel("notify", "json://localhost"), Channel("webhook", "https://hooks.example.org")
    history = History(engine, channels=[people, machine], quiet=quiet)
    Catalogue(engine).add(from_json(clip("one")))
    tell(history, {"one": ["gone"]})
    at = datetime.now(UTC)
    assert len(history.outbox.due(at, machine.name)) == 1
    assert history.outbox.due(at, people.name) == []
    assert len(history.outbox.due(at + timedelta(hours=1, minutes=1), people.name)) == 1


def test_what_nobody_takes_is_dropped_in_the_end(engine: Engine, history: History) -> None:
    Catalogue(engine).add(from_json(clip("one")))
    tell(history, {"one": ["gone"]})
    assert Outbox(engine).expire(NOW + KEPT - timedelta(minutes=1)) == 0
    assert Outbox(engine).expire(datetime.now(UTC) + KEPT) == 1


def test_a_channel_is_never_named_by_its_address() -> None:
    settings = Settings(webhooks=("https://user:secret@hooks.example.org",), notify=("mailto://u:secret@example.org",))
    assert "secret" not in "".join(channel.name for channel in channels(settings))
    assert "secret" not in repr(settings)


class Receiver:
    """A webhook's other end: fails `failing` times, keeps what it accepted."""

    def __init__(self, failing: int) -> None:
        self.failing = failing
        self.taken: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.failing -= 1
                if receiver.failing < 0:
                    receiver.taken.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(500 if receiver.failing >= 0 else 204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver() -> Iterator[Callable[[int], Receiver]]:
    made: list[Receiver] = []

    def make(failing: int = 0) -> Receiver:
        made.append(Receiver(failing))
        return made[-1]

    yield make
    for one in made:
        one.server.shutdown()
        one.server.server_close()


def test_a_webhook_is_a_signed_cloud_event_delivered_after_failures_and_a_restart(
    engine: Engine, receiver: Callable[..., Receiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("player.monitor.outbox.RETRIES", (timedelta(milliseconds=50),))
    monkeypatch.setattr("player.monitor.courier.LOOK_SECONDS", 0.05)
    hook = receiver(failing=2)
    settings = Settings(webhooks=(hook.url,), webhook_secret=SECRET, probe_interval=0.2)
    history = History(engine, channels=channels(settings))
    Catalogue(engine).add(from_json(clip("one", "a")))
    prober = Prober()
    prober.plan["a"] = [404]
    first = Monitor(history, settings, opener=prober.open)
    first.start()
    until(lambda: hook.failing < 2)
    assert first.stop(20)
    assert hook.taken == [] or hook.failing < 0
    second = Monitor(history, settings, opener=prober.open)
    second.start()
    try:
        until(lambda: bool(hook.taken))
    finally:
        assert second.stop(20)
    headers, body = hook.taken[0]
    event = Webhook(SECRET).verify(body, headers)
    assert event["specversion"] == "1.0"
    assert event["id"] == headers["webhook-id"]
    assert (event["type"], event["subject"]) == ("io.steady-player.incident.opened", "one")
    assert event["data"]["reason"] == "not-found"
    assert headers["content-type"].startswith("application/cloudevents+json")
    assert history.outbox.due(datetime.now(UTC) + timedelta(days=1), history.channels[0].name) == []


def test_people_are_told_through_apprise_and_many_incidents_are_one_digest(
    engine: Engine, receiver: Callable[..., Receiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("player.monitor.courier.LOOK_SECONDS", 0.05)
    hook = receiver()
    settings = Settings(notify=(hook.url.replace("http://", "json://"),), probe_interval=30)
    history = History(engine, channels=channels(settings))
    Catalogue(engine).import_many([from_json(clip(f"item-{n}")) for n in range(30)])
    tell(history, {f"item-{n}": ["gone"] for n in range(30)})
    monitor = Monitor(history, settings, opener=Prober().open)
    monitor.start()
    try:
        until(lambda: bool(hook.taken))
    finally:
        assert monitor.stop(20)
    told = json.loads(hook.taken[0][1])
    assert told["title"] == "30 incidents began, 0 ended"
    assert "Broken: item-0: gone" in told["message"]
    assert "… and 10 more" in told["message"]


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


def test_a_letter_keeps_its_id_over_every_try() -> None:
    body = {"media": "one", "started_at": "2026-11-22T12:00:00Z"}
    letter = Letter(7, "incident.opened", "webhook-x", body, NOW, 0)
    assert cloud_event(letter, None) == cloud_event(replace(letter, tries=4), None)
