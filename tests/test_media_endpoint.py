"""`/media/<id>`: the manifest, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from player.monitor.history import History
from player.web import asked
from tests.fetch import fetch
from tests.held import clip, tell
from tests.servers import PlayerServer
from tests.waiting import until

Start = Callable[..., PlayerServer]


def history(server: PlayerServer) -> History:
    found: History = server.app.extensions["steady-player"].history
    return found


def test_tells_all_that_the_widget_needs(player_server: Start) -> None:
    item = clip(
        "river-crossing",
        "a.mp3",
        "b.ogg",
        title="Crossing",
        lang="en",
        description="On a boat.",
        duration=228.0,
        poster="https://cdn.example.org/p.jpg",
        page="https://news.example.org/story",
        transcript="https://news.example.org/story/text",
        tracks=[{"src": "https://cdn.example.org/en.vtt", "srclang": "en", "label": "English", "default": True}],
    )
    item["sources"][0] |= {"size": 1_830_000, "bitrate": 64_000}
    server = player_server([item], probe_interval=60.0)
    tell(history(server), "river-crossing", "playable", "timeout")
    answer = fetch(f"{server.url}/media/river-crossing")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    told = answer.json
    times = {name: told.pop(name) for name in ("since", "checked_at", "fresh_until")}
    assert all(datetime.fromisoformat(value).tzinfo == UTC and value.endswith("Z") for value in times.values())
    until = [source.pop("fresh_until") for source in told["sources"]]
    assert all(datetime.fromisoformat(value) > datetime.now(UTC) for value in until)
    assert told == {
        "id": "river-crossing",
        "kind": "audio",
        "title": "Crossing",
        "lang": "en",
        "description": "On a boat.",
        "duration": 228.0,
        "poster": "https://cdn.example.org/p.jpg",
        "page": "https://news.example.org/story",
        "transcript": "https://news.example.org/story/text",
        "lifecycle": "published",
        "sources": [
            {
                "src": "https://cdn.example.org/a.mp3",
                "type": "audio/mpeg",
                "size": 1_830_000,
                "bitrate": 64_000,
                "state": "available",
                "reason": "playable",
            },
            {
                "src": "https://cdn.example.org/b.ogg",
                "type": "audio/mpeg",
                "state": "unavailable",
                "reason": "timeout",
                "anyway": True,
            },
        ],
        "tracks": [
            {
                "src": "https://cdn.example.org/en.vtt",
                "kind": "captions",
                "srclang": "en",
                "label": "English",
                "default": True,
            }
        ],
        "state": "degraded",
        "reason": "timeout",
        "retry_after": 60,
    }


def test_offers_to_try_anyway_only_what_may_be_back(player_server: Start) -> None:
    server = player_server([clip("one", "a", "b", "c")])
    tell(history(server), "one", "not-found", "server-error", "forbidden")
    sources = fetch(f"{server.url}/media/one").json["sources"]
    assert [source.get("anyway") for source in sources] == [None, True, None]


def test_an_item_that_nobody_has_probed_is_unknown_and_names_its_sources(player_server: Start) -> None:
    told = fetch(player_server([clip("new")]).url + "/media/new").json
    assert told["state"] == "unknown"
    assert told["reason"] == "unchecked"
    assert told["sources"] == [
        {"src": "https://cdn.example.org/new.mp3", "type": "audio/mpeg", "state": "unknown", "reason": "unchecked"}
    ]
    assert not {"since", "checked_at", "fresh_until"} & told.keys()


@pytest.mark.parametrize(
    ("source", "needs", "by"),
    [
        ({"src": "https://cdn.example.org/a", "type": "application/vnd.apple.mpegurl"}, None, "engine-hls-light.js"),
        ({"src": "https://cdn.example.org/a.m3u8?b=c"}, [], "engine-hls-light.js"),
        ({"src": "https://cdn.example.org/a.m3u8"}, ["audio", "text"], "engine-hls.js"),
        ({"src": "https://cdn.example.org/a.mpd"}, None, "engine-dash.js"),
        ({"src": "https://cdn.example.org/a", "type": "application/dash+xml"}, None, "engine-dash.js"),
        ({"src": "https://cdn.example.org/a.mp4", "type": "video/mp4"}, None, None),
    ],
)
def test_a_stream_is_told_by_what_it_would_be_played(
    player_server: Start, source: dict[str, str], needs: list[str] | None, by: str | None
) -> None:
    server = player_server([{"id": "one", "kind": "video", "title": "One", "sources": [source]}])
    if needs is not None:
        tell(history(server), "one", "playable", evidence={"needs": needs})
    told = fetch(f"{server.url}/media/one").json["sources"][0]
    assert told.get("by") == by
    made = Path(__file__).parents[1] / "static" / "engines" / "index.mjs"
    assert by is None or f"'{by}'" in made.read_text(), "the build makes no such chunk"


def test_a_stale_verdict_is_told_as_unknown(player_server: Start) -> None:
    server = player_server([clip("old")])
    tell(history(server), "old", "not-found", at=datetime.now(UTC) - timedelta(hours=1))
    told = fetch(f"{server.url}/media/old").json
    assert (told["state"], told["reason"]) == ("unknown", "unchecked")
    assert told["sources"][0]["state"] == "unknown"


def test_may_be_cached_briefly_and_read_from_every_origin(player_server: Start) -> None:
    answer = fetch(player_server([clip("one")]).url + "/media/one", origin="https://news.example.org")
    assert answer.headers["cache-control"] == "public, max-age=15, stale-while-revalidate=60"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert {"ETag", "Date", "Retry-After"} <= set(answer.headers["access-control-expose-headers"].split(", "))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert parsedate_to_datetime(answer.headers["date"])
    assert "vary" not in answer.headers


def test_an_unchanged_manifest_is_not_sent_twice(player_server: Start) -> None:
    server = player_server([clip("one"), clip("two")])
    url = f"{server.url}/media/one"
    etag = fetch(url).headers["etag"]
    tell(history(server), "two", "playable")
    for wanted in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = fetch(url, if_none_match=wanted)
        assert (answer.status, answer.body) == (304, b""), wanted
        assert answer.headers["etag"] == etag
        assert answer.headers["cache-control"] == "public, max-age=15, stale-while-revalidate=60"
        assert answer.headers["access-control-allow-origin"] == "*"
    tell(history(server), "one", "not-found")
    changed = fetch(url, if_none_match=etag)
    assert changed.status == 200
    assert changed.headers["etag"] != etag


def test_what_readers_ask_for_again_is_of_interest(player_server: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "TELL_SECONDS", 0.05)
    server = player_server([clip("a"), clip("b")])
    for path in ("/media/a", "/media/nobody", "/media/b", "/media/nobody", "/availability/a", "/media/b"):
        fetch(server.url + path)
    until(lambda: history(server).interest.number(datetime.now(UTC)) == 1)


def test_the_tag_is_the_same_in_another_process(player_server: Start) -> None:
    server = player_server([clip("one")])
    tell(history(server), "one", "playable")
    first = fetch(f"{server.url}/media/one").headers["etag"]
    assert fetch(f"{player_server().url}/media/one").headers["etag"] == first


def test_an_unknown_id_is_a_problem(player_server: Start) -> None:
    url = player_server([clip("one")]).url
    for path in ("/media/two", "/media/%2e%2e", "/media/One", "/media/%00", "/media/%FF", "/media/" + "x" * 500):
        answer = fetch(url + path)
        assert answer.status == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["status"] == 404
        assert answer.headers["access-control-allow-origin"] == "*"


def test_a_takedown_is_gone_and_names_no_source(player_server: Start) -> None:
    answer = fetch(player_server([clip("one", removed=True)]).url + "/media/one")
    assert answer.status == 410
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["reason"] == "removed"
    assert b"cdn.example.org" not in answer.body


@pytest.mark.parametrize(
    ("lifecycle", "facts"),
    [
        ("scheduled", {"starts_at": "2100-01-01T00:00:00+00:00"}),
        ("expired", {"expires_at": "2001-01-01T00:00:00+00:00"}),
    ],
)
def test_what_is_not_out_or_no_more_names_no_source(
    player_server: Start, lifecycle: str, facts: dict[str, str]
) -> None:
    answer = fetch(player_server([clip("one", **facts)]).url + "/media/one")
    assert answer.status == 200
    told = answer.json
    assert told["lifecycle"] == lifecycle
    assert told["sources"] == []
    assert "state" not in told
    assert told.get("starts_at") == (facts.get("starts_at") and "2100-01-01T00:00:00Z")


def test_head_is_get_without_the_body(player_server: Start) -> None:
    url = player_server([clip("one")]).url + "/media/one"
    whole, head = fetch(url), fetch(url, "HEAD")
    assert head.body == b""
    assert head.status == 200
    same = ("etag", "content-length", "content-type", "cache-control")
    assert [head.headers[name] for name in same] == [whole.headers[name] for name in same]
