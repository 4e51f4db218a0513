"""`/metrics`: read by the parser that Prometheus's own client has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families

from player.monitor.history import History
from player.probe.reasons import REASONS
from tests.fetch import fetch
from tests.held import clip, tell
from tests.servers import PlayerServer
from tests.widget import VERSION

Start = Callable[..., PlayerServer]
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(text: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def by(found: Samples, name: str, label: str) -> dict[str, float]:
    return {dict(labels)[label]: value for (sample, labels), value in found.items() if sample == name}


def history(server: PlayerServer) -> History:
    found: History = server.app.extensions["steady-player"].history
    return found


def test_counts_items_and_sources(player_server: Start) -> None:
    server = player_server([clip("a"), clip("b", "b1", "b2"), clip("c", "c1", "c2"), clip("d", removed=True)])
    tell(history(server), "a", "playable")
    tell(history(server), "b", "playable", "timeout")
    tell(history(server), "c", "not-found", "not-found")
    tell(history(server), "d", "not-found")
    answer = fetch(f"{server.url}/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["cache-control"] == "no-store"
    found = samples(answer.text)
    assert by(found, "steady_player_items", "state") == {
        "available": 1,
        "degraded": 1,
        "unavailable": 1,
        "unknown": 0,
    }
    assert by(found, "steady_player_sources", "state") == {
        "available": 2,
        "degraded": 0,
        "unavailable": 3,
        "unknown": 0,
    }
    reasons = by(found, "steady_player_sources_by_reason", "reason")
    assert reasons.keys() == REASONS.keys()
    assert {reason: count for reason, count in reasons.items() if count} == {
        "playable": 2,
        "timeout": 1,
        "not-found": 2,
    }


def test_tells_how_late_probes_are(player_server: Start) -> None:
    server = player_server([clip("a"), clip("b")])
    late = datetime.now(UTC) - timedelta(seconds=360)
    tell(history(server), "a", "playable", at=late)  # due 60 s later
    found = samples(fetch(f"{server.url}/metrics").text)
    assert found["steady_player_probes_due", ()] == 2
    assert found["steady_player_probe_latest_timestamp_seconds", ()] == round(late.timestamp(), 6)


def test_a_monitor_on_time_has_no_lag(player_server: Start) -> None:
    server = player_server([clip("a")])
    tell(history(server), "a", "playable")
    found = samples(fetch(f"{server.url}/metrics").text)
    assert found["steady_player_probes_due", ()] == 0
    assert found["steady_player_probe_lag_seconds", ()] == 0
    tell(history(server), "a", "playable", at=datetime.now(UTC) - timedelta(seconds=360))
    found = samples(fetch(f"{server.url}/metrics").text)
    assert 300 <= found["steady_player_probe_lag_seconds", ()] < 360


def test_tells_incidents_and_alerts_that_wait(player_server: Start) -> None:
    server = player_server([clip("a"), clip("b")], webhooks=("https://hooks.example.org",), notify=("json://x",))
    found = samples(fetch(f"{server.url}/metrics").text)
    assert by(found, "steady_player_incidents", "scope") == {"host": 0, "item": 0}
    assert (found["steady_player_alerts_waiting", ()], found["steady_player_alerts_waiting_seconds", ()]) == (0, 0)
    tell(history(server), "a", "gone", at=datetime.now(UTC) - timedelta(seconds=300))
    found = samples(fetch(f"{server.url}/metrics").text)
    assert by(found, "steady_player_incidents", "scope") == {"host": 0, "item": 1}
    assert found["steady_player_alerts_waiting", ()] == 2
    assert 300 <= found["steady_player_alerts_waiting_seconds", ()] < 360
    outbox = history(server).outbox
    webhook, people = (outbox.due(datetime.now(UTC), channel.name) for channel in history(server).channels)
    outbox.delivered(people)
    outbox.failed(webhook, datetime.now(UTC))
    found = samples(fetch(f"{server.url}/metrics").text)
    assert found["steady_player_alerts_waiting", ()] == 1
    assert 300 <= found["steady_player_alerts_waiting_seconds", ()] < 360, "put off, it waits all the same"


def test_tells_how_many_items_readers_ask_for(player_server: Start) -> None:
    server = player_server([clip("a"), clip("b"), clip("c")])
    assert _wanted(server) == 0
    server.app.extensions["steady-player"].history.interest.tell({"a", "b"}, datetime.now(UTC), 10)
    assert _wanted(server) == 2


def _wanted(server: PlayerServer) -> float:
    return samples(fetch(f"{server.url}/metrics").text)["steady_player_items_wanted", ()]


def test_says_what_is_built(player_server: Start, built: Path) -> None:
    found = samples(fetch(player_server().url + "/metrics").text)
    (labels,) = (dict(labels) for name, labels in found if name == "steady_player_build_info")
    assert labels["widget"] == VERSION
    assert labels["version"]


def test_the_number_of_series_does_not_grow_with_the_catalogue(player_server: Start) -> None:
    server = player_server([clip("a")])
    few = samples(fetch(f"{server.url}/metrics").text).keys()
    server.catalogue.import_many([])
    server = player_server([clip(f"item-{n}", kind="video") for n in range(50)])
    assert samples(fetch(f"{server.url}/metrics").text).keys() == few


def test_speaks_open_metrics_to_those_who_ask(player_server: Start) -> None:
    answer = fetch(player_server().url + "/metrics", accept="application/openmetrics-text; version=1.0.0")
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.headers["vary"] == "Accept"
    assert list(open_metrics(answer.text))  # type: ignore[no-untyped-call]


def test_vantage_points_are_told_once_there_are_some(player_server: Start) -> None:
    server = player_server([clip("a"), clip("b")])
    at = datetime.now(UTC)
    history(server).places.heard("home", {}, at)
    assert "vantage" not in fetch(f"{server.url}/metrics").text
    tell(history(server), "a", "playable")
    tell(history(server), "a", "legal", vantage="ir")
    for name in ("home", "ir"):
        history(server).places.heard(name, {}, at)
    found = samples(fetch(f"{server.url}/metrics").text)
    told = {labels: value for (name, labels), value in found.items() if name == "steady_player_vantage_sources"}
    assert len(told) == 6
    assert {labels for labels, value in told.items() if value} == {(("state", "unavailable"), ("vantage", "ir"))}
    assert by(found, "steady_player_vantage_seen_timestamp_seconds", "vantage").keys() == {"home", "ir"}
    assert by(found, "steady_player_sources_by_reason", "reason")["not-everywhere"] == 1
