"""`/events`: transitions as they happen, over real HTTP."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from player.monitor.history import History
from player.web import events
from tests.fetch import fetch
from tests.held import clip, tell
from tests.servers import PlayerServer
from tests.waiting import until

Start = Callable[..., PlayerServer]


@pytest.fixture
def server(player_server: Start) -> PlayerServer:
    return player_server([clip("one"), clip("two")])


@pytest.fixture
def history(server: PlayerServer) -> History:
    found: History = server.app.extensions["steady-player"].history
    return found


@contextmanager
def listen(url: str, **headers: str) -> Iterator[http.client.HTTPResponse]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request(
            "GET", f"{parts.path}?{parts.query}", headers={k.replace("_", "-"): headers[k] for k in headers}
        )
        with connection.getresponse() as stream:  # which holds the socket, too
            yield stream
    finally:
        connection.close()


def read(stream: http.client.HTTPResponse, count: int) -> list[dict[str, Any]]:
    """The next events: their fields, `data` decoded."""
    found: list[dict[str, Any]] = []
    fields: dict[str, Any] = {}
    while len(found) < count:
        line = stream.readline().decode().rstrip("\n")
        name, colon, value = line.partition(": ")
        if colon:
            fields[name] = json.loads(value) if name == "data" else value
        elif "data" in fields:
            found.append(fields)
            fields = {}
    return found


def test_tells_a_death_as_it_happens(server: PlayerServer, history: History) -> None:
    tell(history, "one", "playable")
    with listen(f"{server.url}/events") as stream:
        assert stream.getheader("Content-Type") == "text/event-stream"
        assert stream.getheader("Cache-Control") == "no-store"
        assert stream.readline() == b"retry: 2000\n"
        tell(history, "one", "gone")
        (event,) = read(stream, 1)
    told = event["data"]
    assert event["event"] == "transition"
    assert (told["media"], told["from"], told["state"], told["reason"]) == ("one", "available", "unavailable", "gone")
    assert told["src"] == "https://cdn.example.org/one.mp3"


def test_one_who_was_away_misses_nothing_and_hears_nothing_twice(server: PlayerServer, history: History) -> None:
    with listen(f"{server.url}/events") as stream:
        stream.readline()
        tell(history, "one", "playable")
        (first,) = read(stream, 1)
    for reason in ("gone", "playable", "dns"):
        tell(history, "two", reason)
    with listen(f"{server.url}/events", Last_Event_ID=first["id"]) as stream:
        assert [event["data"]["reason"] for event in read(stream, 3)] == ["gone", "playable", "dns"]
    with listen(f"{server.url}/events?after=0") as stream:
        assert [event["data"]["reason"] for event in read(stream, 4)] == ["playable", "gone", "playable", "dns"]


def test_bad_ids_are_refused_and_say_so(server: PlayerServer) -> None:
    answer = fetch(f"{server.url}/events", Last_Event_ID="yesterday")
    assert answer.status == 400
    assert "Last-Event-ID" in answer.json["detail"]


def test_listeners_never_take_every_thread_and_give_their_place_back(
    server: PlayerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(events, "QUIET_SECONDS", 0.05)
    monkeypatch.setattr(events, "_places", threading.BoundedSemaphore(3))
    streams = [listen(f"{server.url}/events") for _ in range(3)]
    open_ones = [stream.__enter__() for stream in streams]
    assert all(stream.readline() for stream in open_ones)
    full = fetch(f"{server.url}/events?after=0")
    assert full.status == 503
    assert full.headers["retry-after"] == "2"
    assert fetch(f"{server.url}/healthz").status == 200
    for stream in streams:
        stream.__exit__(None, None, None)

    def room() -> bool:
        with listen(f"{server.url}/events") as stream:
            return stream.status == 200

    until(room)


def test_a_stream_ends_by_itself(server: PlayerServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(events, "LASTING_SECONDS", 0.05)
    assert fetch(f"{server.url}/events").body == b"retry: 2000\n\n"
