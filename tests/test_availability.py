"""`/availability` and `/availability/<id>`: what a monitor sees."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from player.monitor.history import History, Result
from player.monitor.hysteresis import Memory
from player.probe.reasons import State
from tests.fetch import Answer, fetch
from tests.held import clip, tell
from tests.servers import PlayerServer

Start = Callable[..., PlayerServer]


def history(server: PlayerServer) -> History:
    found: History = server.app.extensions["steady-player"].history
    return found


@pytest.fixture
def mixed(player_server: Start) -> PlayerServer:
    """One item in each state; `halb` has a dead source beside one that plays."""
    server = player_server(
        [
            clip("good"),
            clip("halb", "h1", "h2"),
            clip("dead", "d1", "d2", kind="video"),
            clip("new"),
            clip("later", starts_at="2100-01-01T00:00:00+00:00"),
            clip("taken", removed=True),
        ]
    )
    for media_id, reasons in {
        "good": ["playable"],
        "halb": ["playable", "dns"],
        "dead": ["not-found", "html"],
        "later": ["not-found"],
        "taken": ["not-found"],
    }.items():
        tell(history(server), media_id, *reasons, evidence={"status": 404})
    return server


def ids(answer: Answer) -> list[str]:
    return [item["id"] for item in answer.json["items"]]


def test_counts_what_is_on_offer_and_lists_failing_items_first(mixed: PlayerServer) -> None:
    answer = fetch(f"{mixed.url}/availability")
    assert answer.status == 503
    assert answer.headers["content-type"] == "application/health+json"
    assert answer.headers["retry-after"] == "60"
    told = answer.json
    assert told["status"] == "fail"
    assert told["counts"] == {"items": 4, "available": 1, "degraded": 1, "unavailable": 1, "unknown": 1}
    assert told["reasons"] == {"playable": 1, "dns": 1, "not-found": 1, "unchecked": 1}
    assert told["kinds"] == {"audio": {"items": 3, "unavailable": 0}, "video": {"items": 1, "unavailable": 1}}
    assert told["languages"] == {"und": {"items": 4, "unavailable": 1}}
    assert told["hosts"] == {"cdn.example.org": {"sources": 6, "unavailable": 3}}
    assert ids(answer) == ["dead", "halb", "new", "good"]
    assert [item["status"] for item in told["items"]] == ["fail", "warn", "warn", "pass"]
    assert datetime.fromisoformat(told["checked_at"]) <= datetime.now(UTC)
    assert "next" not in told
    assert b"evidence" not in answer.body


def test_one_item_comes_with_every_source_and_its_evidence(mixed: PlayerServer) -> None:
    answer = fetch(f"{mixed.url}/availability/halb")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/health+json"
    told = answer.json
    assert {name: told[name] for name in ("status", "id", "title", "kind", "lifecycle", "state", "reason")} == {
        "status": "warn",
        "id": "halb",
        "title": "Halb",
        "kind": "audio",
        "lifecycle": "published",
        "state": "degraded",
        "reason": "dns",
    }
    second = told["sources"][1]
    assert datetime.fromisoformat(second["since"]) <= datetime.fromisoformat(second["checked_at"])
    assert {
        name: second[name] for name in ("src", "type", "state", "reason", "evidence", "requests", "bytes", "ms")
    } == {
        "src": "https://cdn.example.org/h2",
        "type": "audio/mpeg",
        "state": "unavailable",
        "reason": "dns",
        "evidence": {"status": 404},
        "requests": 1,
        "bytes": 65_536,
        "ms": 12.3,
    }


def test_an_item_that_does_not_play_fails(mixed: PlayerServer) -> None:
    answer = fetch(f"{mixed.url}/availability/dead")
    assert answer.status == 503
    assert answer.json["status"] == "fail"
    assert int(answer.headers["retry-after"]) == 60
    assert answer.headers["cache-control"] == "public, max-age=15, stale-while-revalidate=60"


@pytest.mark.parametrize(("media_id", "lifecycle"), [("later", "scheduled"), ("taken", "removed")])
def test_nothing_can_be_wrong_with_what_nobody_is_promised(mixed: PlayerServer, media_id: str, lifecycle: str) -> None:
    answer = fetch(f"{mixed.url}/availability/{media_id}")
    assert (answer.status, answer.json["status"], answer.json["lifecycle"]) == (200, "pass", lifecycle)
    assert answer.json["state"] == "unavailable"


def test_a_failing_answer_is_never_a_304(mixed: PlayerServer) -> None:
    for path in ("/availability", "/availability/dead"):
        etag = fetch(mixed.url + path).headers["etag"]
        assert fetch(mixed.url + path, if_none_match=etag).status == 503


def test_a_passing_answer_is_a_304_until_something_changes(mixed: PlayerServer) -> None:
    url = f"{mixed.url}/availability/good"
    etag = fetch(url).headers["etag"]
    assert fetch(url, if_none_match=f"W/{etag}").status == 304
    tell(history(mixed), "good", "no-range")
    assert fetch(url, if_none_match=etag).json["status"] == "warn"


def test_fail_below_says_how_much_must_play(mixed: PlayerServer) -> None:
    """Three of four items are not unavailable."""
    for bound, status in (("1", 503), ("0.76", 503), ("0.75", 200), ("0", 200)):
        assert fetch(f"{mixed.url}/availability?fail_below={bound}").status == status, bound
    assert fetch(f"{mixed.url}/availability?fail_below=0").json["status"] == "warn"


def test_fail_below_has_a_default_from_the_settings(player_server: Start) -> None:
    server = player_server([clip("a"), clip("b")], fail_below=0.5)
    tell(history(server), "a", "playable")
    tell(history(server), "b", "gone")
    assert fetch(f"{server.url}/availability").status == 200


def test_everything_that_plays_passes_and_so_does_nothing(player_server: Start) -> None:
    server = player_server()
    empty = fetch(f"{server.url}/availability")
    assert (empty.status, empty.json["status"], empty.json["items"]) == (200, "pass", [])
    server = player_server([clip("a")])
    tell(history(server), "a", "playable")
    assert fetch(f"{server.url}/availability").json["status"] == "pass"


def test_filters_narrow_the_list_but_never_hide_a_failure(mixed: PlayerServer) -> None:
    for query, wanted in {
        "state=unavailable": ["dead"],
        "state=available": ["good"],
        "reason=dns": ["halb"],
        "reason=tls": [],
        "state=degraded&reason=dns": ["halb"],
    }.items():
        answer = fetch(f"{mixed.url}/availability?{query}")
        assert ids(answer) == wanted, query
        assert (answer.status, answer.json["counts"]["items"]) == (503, 4), query


def test_a_kind_is_a_catalogue_of_its_own(mixed: PlayerServer) -> None:
    answer = fetch(f"{mixed.url}/availability?kind=audio")
    assert answer.status == 200
    assert answer.json["counts"] == {"items": 3, "available": 1, "degraded": 1, "unavailable": 0, "unknown": 1}
    assert ids(answer) == ["halb", "new", "good"]
    assert answer.json["kinds"] == {"audio": {"items": 3, "unavailable": 0}}
    assert answer.json["hosts"] == {"cdn.example.org": {"sources": 4, "unavailable": 1}}
    assert fetch(f"{mixed.url}/availability?kind=video").status == 503


def test_pages_join_into_the_whole_list(mixed: PlayerServer) -> None:
    seen: list[str] = []
    query = "limit=1"
    for _ in range(4):
        told = fetch(f"{mixed.url}/availability?{query}").json
        seen += [item["id"] for item in told["items"]]
        assert told["counts"]["items"] == 4
        query = f"limit=1&after={quote(told.get('next', ''))}"
    assert seen == ["dead", "halb", "new", "good"]
    assert "next" not in told


@pytest.mark.parametrize(
    ("query", "parameter", "allowed"),
    [
        ("state=dead", "state", "available, degraded, unavailable, unknown"),
        ("reason=nope", "reason", "not-found"),
        ("kind=radio", "kind", "audio, video"),
        ("limit=0", "limit", "a whole number from 1 to 500"),
        ("limit=501", "limit", "500"),
        ("limit=x", "limit", "500"),
        ("limit=", "limit", "500"),
        ("limit=%D9%A3", "limit", "500"),
        ("fail_below=1.1", "fail_below", "a number from 0 to 1"),
        ("fail_below=nan", "fail_below", "0 to 1"),
        ("after=zz", "after", "next"),
        ("after=9.a", "after", "next"),
        ("after=0.%00", "after", "next"),
        ("state=", "state", "available"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(
    mixed: PlayerServer, query: str, parameter: str, allowed: str
) -> None:
    answer = fetch(f"{mixed.url}/availability?{query}")
    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json
    assert told["parameter"] == parameter
    assert allowed in told["allowed"]
    assert parameter in told["detail"] and allowed in told["detail"]


def test_an_unknown_id_is_a_problem(mixed: PlayerServer) -> None:
    answer = fetch(f"{mixed.url}/availability/nope")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_stale_catalogue_is_unknown_not_dead(player_server: Start) -> None:
    server = player_server([clip("a")])
    tell(history(server), "a", "not-found", at=datetime.now(UTC) - timedelta(hours=1))
    answer = fetch(f"{server.url}/availability")
    assert answer.status == 200
    assert answer.json["counts"]["unknown"] == 1
    assert answer.json["items"][0]["reason"] == "unchecked"


def test_the_number_of_queries_does_not_grow_with_the_list(player_server: Start) -> None:
    from sqlalchemy import event

    server = player_server([clip(f"item-{n}", f"{n}a", f"{n}b") for n in range(60)])
    asked: list[str] = []
    event.listen(
        server.app.extensions["steady-player"].engine,
        "before_cursor_execute",
        lambda *arguments: asked.append(arguments[2]),
    )

    def count(limit: int) -> int:
        asked.clear()
        found: list[Any] = json.loads(fetch(f"{server.url}/availability?limit={limit}").body)["items"]
        assert len(found) == limit
        return len(asked)

    assert count(2) == count(60) <= 14


def test_an_item_tells_how_much_of_the_time_it_played(player_server: Start) -> None:
    server = player_server([clip("one"), clip("new")])
    now = datetime.now(UTC)
    tell(history(server), "one", "playable", at=now - timedelta(hours=20))
    tell(history(server), "one", "gone", at=now - timedelta(hours=5))
    uptime = fetch(f"{server.url}/availability/one").json["uptime"]
    assert uptime["24h"] == pytest.approx(0.75, abs=0.001)
    assert set(uptime) == {"24h", "7d", "30d", "90d"}
    assert fetch(f"{server.url}/availability/new").json["uptime"] == {}


def test_a_suspicion_stands_beside_the_verdict(player_server: Start) -> None:
    server = player_server([clip("one")])
    tell(history(server), "one", "playable")
    assert "suspicion" not in fetch(f"{server.url}/availability/one").json["sources"][0]
    now = datetime.now(UTC)
    (held,) = history(server).for_item("one")
    memory = Memory(State.UNAVAILABLE, "timeout", now)
    history(server).record([Result(held.source_id, held.verdict, 1, 0, 1.0, now, memory)])
    (source,) = fetch(f"{server.url}/availability/one").json["sources"]
    assert source["state"] == "available"
    assert source["suspicion"]["state"] == "unavailable"
    assert source["suspicion"]["reason"] == "timeout"


def test_only_the_fields_that_are_asked_for(player_server: Start) -> None:
    server = player_server([clip("one"), clip("two")])
    tell(server.app.extensions["steady-player"].history, "one", "gone")
    url = f"{server.url}/availability"
    whole = fetch(f"{url}/one").json
    part = fetch(f"{url}/one?fields=state,reason")
    assert part.status == 503
    assert part.json == {name: whole[name] for name in ("status", "id", "state", "reason")}
    told = fetch(f"{url}?fields=title").json
    assert told["items"] == [
        {"status": "fail", "id": "one", "title": "One"},
        {"status": "warn", "id": "two", "title": "Two"},
    ]
    assert told["counts"]["items"] == 2
    for fields in ("state,nothing", "", "state,"):
        wrong = fetch(f"{url}?fields={fields}")
        assert (wrong.status, wrong.json["parameter"]) == (400, "fields")
        assert "fresh_until" in wrong.json["allowed"]
