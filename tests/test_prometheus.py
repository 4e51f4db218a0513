"""`/probe` and `/sd`: what Prometheus asks beside `/metrics`."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.fetch import Answer, fetch
from tests.held import clip, tell
from tests.servers import PlayerServer

Start = Callable[..., PlayerServer]


@pytest.fixture
def server(player_server: Start) -> PlayerServer:
    started = player_server([clip("good", lang="fa"), clip("dead", "a", "b", kind="video"), clip("new")])
    history = started.app.extensions["steady-player"].history
    tell(history, "good", "playable")
    tell(history, "dead", "gone", "timeout")
    return started


def values(answer: Answer) -> dict[str, float]:
    return {
        sample.name + "".join(f",{value}" for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.mark.parametrize(("target", "success"), [("good", 1), ("dead", 0), ("new", 0)])
def test_tells_whether_an_item_plays(server: PlayerServer, target: str, success: float) -> None:
    answer = fetch(f"{server.url}/probe?target={target}")
    assert answer.status == 200
    assert values(answer)["probe_success"] == success


def test_tells_one_source_by_its_address(server: PlayerServer) -> None:
    src = "https://cdn.example.org/b"
    told = values(fetch(f"{server.url}/probe?target={quote(src, safe='')}"))
    assert told["probe_success"] == 0
    assert told[f"steady_player_source_reason,timeout,{src}"] == 1
    assert told[f"steady_player_source_state,{src},unavailable"] == 1
    assert told[f"steady_player_source_state,{src},available"] == 0
    assert told["probe_duration_seconds"] == pytest.approx(0.01234)


@pytest.mark.parametrize("target", ["", "nobody", "https://cdn.example.org/other", "http://169.254.169.254/"])
def test_asks_nobody_for_what_is_not_in_the_catalogue(server: PlayerServer, target: str) -> None:
    answer = fetch(f"{server.url}/probe?target={quote(target, safe='')}")
    assert answer.status == 404
    assert answer.json["parameter"] == "target"


def test_lists_the_targets_for_service_discovery_a_page_at_a_time(server: PlayerServer) -> None:
    answer = fetch(f"{server.url}/sd")
    assert answer.headers["content-type"] == "application/json"
    told = {one["targets"][0]: one["labels"] for one in answer.json}
    assert set(told) == {"good", "dead", "new"}
    assert told["good"]["__meta_steady_player_lang"] == "fa"
    assert told["dead"]["__param_target"] == "dead"
    assert told["dead"]["__metrics_path__"] == "/probe"
    first = fetch(f"{server.url}/sd?limit=2")
    address = first.headers["link"].partition("<")[2].partition(">")[0]
    rest = fetch(address)
    assert [one["targets"] for one in first.json + rest.json] == [["dead"], ["good"], ["new"]]
    assert "link" not in rest.headers
