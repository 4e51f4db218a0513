"""Where players are sent, by what is held of the sources."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.probe.reasons import State
from player.web.steering import pathway, steering_manifest
from tests.fetch import fetch
from tests.held import clip, tell
from tests.servers import PlayerServer

A, B, C = (f"https://{name}.example.org/film/master.m3u8" for name in ("a", "b", "c"))


def held(src: str, state: State) -> tuple[str, str]:
    return src, state.value


def order(*told: tuple[str, State]) -> Any:
    return steering_manifest([held(src, state) for src, state in told], 60)["PATHWAY-PRIORITY"]


def test_the_dead_are_left_out_and_the_better_come_first() -> None:
    assert order((A, State.AVAILABLE), (B, State.AVAILABLE)) == ["a.example.org", "b.example.org"]
    assert order((A, State.DEGRADED), (B, State.AVAILABLE)) == ["b.example.org", "a.example.org"]
    assert order((A, State.UNAVAILABLE), (B, State.UNKNOWN)) == ["b.example.org"]
    assert order((A, State.UNKNOWN), (B, State.DEGRADED), (C, State.UNAVAILABLE)) == ["b.example.org", "a.example.org"]
    assert order((A, State.UNAVAILABLE), (B, State.UNAVAILABLE)) == ["a.example.org", "b.example.org"], "none is better"


def test_a_host_is_as_good_as_its_best_source() -> None:
    assert order((A, State.UNAVAILABLE), (A + "?2", State.DEGRADED), (B, State.UNKNOWN)) == [
        "a.example.org",
        "b.example.org",
    ]


def test_the_same_path_on_another_host_is_a_clone() -> None:
    other = "https://c.example.org/elsewhere.m3u8"
    told = steering_manifest([held(src, State.AVAILABLE) for src in (A, B, other, A + "?x")], 60)
    assert told["PATHWAY-CLONES"] == [
        {"BASE-ID": "a.example.org", "ID": "b.example.org", "URI-REPLACEMENT": {"HOST": "b.example.org"}}
    ]
    assert "PATHWAY-CLONES" not in steering_manifest([held(A, State.AVAILABLE)], 60)
    ported = [src.replace(".org/", ".org:8443/") for src in (A, B)]
    assert "PATHWAY-CLONES" not in steering_manifest([held(src, State.AVAILABLE) for src in (A, ported[1])], 60)
    (clone,) = steering_manifest([held(src, State.AVAILABLE) for src in ported], 60)["PATHWAY-CLONES"]
    assert (clone["ID"], clone["URI-REPLACEMENT"]) == ("b.example.org-8443", {"HOST": "b.example.org"})


@pytest.mark.parametrize(("interval", "seconds"), [(0.1, 15), (60, 30), (86_400, 300)])
def test_players_come_back_in_time(interval: float, seconds: int) -> None:
    assert steering_manifest([held(A, State.AVAILABLE)], interval)["TTL"] == seconds


@given(st.lists(st.tuples(st.text(max_size=20), st.sampled_from(State)), min_size=1))
def test_it_is_always_a_manifest(sources: list[tuple[str, State]]) -> None:
    hosts = [f"https://{re.sub(r'[^a-z0-9:.]', 'x', host) or 'x'}/a" for host, _ in sources]
    told = steering_manifest([held(src, state) for src, (_, state) in zip(hosts, sources, strict=True)], 60)
    names = told["PATHWAY-PRIORITY"]
    assert names
    assert len(names) == len(set(names))
    assert set(names) <= {pathway(src) for src in hosts}
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in names)


def test_it_is_served(player_server: Callable[..., PlayerServer]) -> None:
    sources = [{"src": src, "type": "application/vnd.apple.mpegurl"} for src in (A, B)]
    items = [clip("film", kind="video") | {"sources": sources}, clip("taken", removed=True)]
    server = player_server(items)
    history = server.app.extensions["steady-player"].history
    url = f'{server.url}/steering/film?_HLS_pathway="a.example.org"&_HLS_throughput=5140000'
    assert fetch(url).json["PATHWAY-PRIORITY"] == ["a.example.org", "b.example.org"]
    tell(history, "film", "timeout", "playable")
    answer = fetch(url)
    assert answer.headers["content-type"] == "application/vnd.apple.steering-list"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json["PATHWAY-PRIORITY"] == ["b.example.org"]
    assert fetch(url, if_none_match=answer.headers["etag"]).status == 304
    assert fetch(f"{server.url}/steering/nobody").status == 404
    assert fetch(f"{server.url}/steering/taken").status == 410
