"""The courier: signed webhooks, people left in peace by night, a digest; at least once, whatever dies meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine
from standardwebhooks import Webhook

from player.catalogue.media import from_json
from player.catalogue.store import Catalogue
from player.database import open_engine
from player.monitor.courier import Courier, cloud_event
from player.monitor.history import History
from player.monitor.outbox import CLAIM, KEPT, Channel, Letter, Outbox, channels
from player.monitor.worker import Monitor
from player.quiet import QuietHours
from player.settings import Settings
from tests.held import clip
from tests.hooks import Receiver
from tests.test_incidents import tell
from tests.test_inspector import Prober
from tests.waiting import until

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime.now(UTC)
SECRET = "whsec_" + "c3RlYWR5cGxheWVyc3RlYWR5cGxheWVy"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'c.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def history(engine: Engine) -> History:
    return History(engine, channels=[Channel("webhook", "https://hooks.example.org")])


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


def test_what_was_under_way_when_the_process_was_killed_is_delivered_by_the_next_one(
    tmp_path: Path, engine: Engine, receiver: Callable[..., Receiver]
) -> None:
    hook = receiver()
    hook.answering.clear()
    given = {"PLAYER_DATABASE_URL": str(engine.url), "PLAYER_WEBHOOKS": hook.url, "PLAYER_WEBHOOK_SECRET": SECRET}
    environ = {**given, "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", "from player.cli import main; main()", "monitor"]
    history = History(engine, channels=channels(Settings.load(given)))
    Catalogue(engine).add(from_json(clip("one", expires_at="2020-01-01T00:00:00Z")))
    tell(history, {"one": ["gone"]})
    with (tmp_path / "monitor.txt").open("w") as told:
        first = subprocess.Popen(command, env=environ, stderr=told)
        try:
            until(lambda: len(hook.taken) == 1)
        finally:
            first.kill()
            first.wait(30)
        hook.answering.set()
        kept = history.outbox.due(datetime.now(UTC) + CLAIM, history.channels[0].name)
        assert "incident.opened" in [letter.event for letter in kept], "it was not acknowledged"
        second = subprocess.Popen(command, env=environ, stderr=told)
        try:
            until(lambda: len(hook.taken) >= 2)
            until(lambda: not history.outbox.due(datetime.now(UTC) + timedelta(days=1), history.channels[0].name))
        finally:
            second.terminate()
            assert second.wait(30) == 0
    opened = [headers["webhook-id"] for headers, body in hook.taken if b"incident.opened" in body]
    assert len(opened) == 2
    assert len(set(opened)) == 1, "a receiver can tell that it has had it"
    assert all(Webhook(SECRET).verify(body, headers) for headers, body in hook.taken)


def test_of_several_workers_one_delivers_each_letter(
    database_url: str, receiver: Callable[..., Receiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("player.monitor.courier.LOOK_SECONDS", 0.01)
    hook = receiver()
    settings = Settings(webhooks=(hook.url,))
    engine = open_engine(database_url)
    history = History(engine, channels=channels(settings))
    names = [f"item-{n}" for n in range(40)]
    Catalogue(engine).import_many([from_json(clip(name)) for name in names])
    couriers = [Courier(history.outbox, settings) for _ in range(3)]

    async def scenario() -> None:
        delivering = [asyncio.create_task(courier.run()) for courier in couriers]
        await asyncio.to_thread(tell, history, {name: ["gone"] for name in names})
        await asyncio.to_thread(until, lambda: not history.outbox.due(NOW + KEPT, history.channels[0].name))
        for courier in couriers:
            courier.stop()
        await asyncio.gather(*delivering)

    asyncio.run(scenario())
    engine.dispose()
    assert sorted(headers["webhook-id"] for headers, _ in hook.taken) == sorted(
        {headers["webhook-id"] for headers, _ in hook.taken}
    )
    assert len(hook.taken) == len(names)


def test_what_a_worker_has_in_hand_is_no_other_ones_until_it_is_silent(engine: Engine, history: History) -> None:
    Catalogue(engine).add(from_json(clip("one")))
    tell(history, {"one": ["gone"]})
    now, channel = datetime.now(UTC), history.channels[0].name
    (letter,) = history.outbox.take(now, channel, 10)
    assert history.outbox.take(now, channel, 10) == history.outbox.due(now, channel) == []
    history.outbox.keep([letter], now + CLAIM / 2)
    assert history.outbox.take(now + CLAIM, channel, 10) == []
    assert history.outbox.take(now + 2 * CLAIM, channel, 10) == [letter]


def test_what_happened_in_quiet_hours_is_one_digest_when_they_are_over(
    engine: Engine, receiver: Callable[..., Receiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("player.monitor.courier.LOOK_SECONDS", 0.05)
    people, machine = receiver(), receiver()
    # Quiet at this minute; the courier's own clock then runs ahead, to after the end.
    quiet = QuietHours.parse(f"{NOW - timedelta(hours=1):%H:%M}-{NOW + timedelta(hours=1):%H:%M}")
    settings = Settings(
        notify=(people.url.replace("http://", "json://"),), webhooks=(machine.url,), probe_interval=3600
    )
    history = History(engine, channels=channels(settings), quiet=quiet)
    Catalogue(engine).import_many([from_json(clip(name)) for name in ("one", "two")])
    tell(history, {"one": ["gone"]})
    tell(history, {"two": ["dns"]})
    tell(history, {"one": ["playable"]})
    courier = Courier(history.outbox, settings)

    async def scenario() -> None:
        delivering = asyncio.create_task(courier.run())
        await asyncio.to_thread(until, lambda: len(machine.taken) == 3)
        assert people.taken == []
        ahead = timedelta(hours=1, minutes=1)
        monkeypatch.setattr("player.monitor.courier._now", lambda: datetime.now(UTC) + ahead)
        due = partial(history.outbox.due, NOW + ahead, history.channels[1].name)
        await asyncio.to_thread(until, lambda: bool(people.taken) and not due())
        courier.stop()
        await delivering

    asyncio.run(scenario())
    (told,) = [json.loads(body) for _, body in people.taken]
    assert told["title"] == "2 incidents began, 1 ended"
    assert [line.split(",")[0] for line in told["message"].splitlines()] == [
        "Broken: one: gone",
        "Broken: two: dns",
        "Mended: one",
    ]


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


def test_a_letter_keeps_its_id_over_every_try() -> None:
    body = {"media": "one", "started_at": "2026-11-22T12:00:00Z"}
    letter = Letter(7, "incident.opened", "webhook-x", body, NOW, 0)
    assert cloud_event(letter, None) == cloud_event(replace(letter, tries=4), None)
