"""The whole way: a file at an origin, probed over HTTP, told over HTTP, broken and mended while all of it runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from demo.origin import RunningOrigin
from player.monitor.history import History
from tests.fetch import fetch
from tests.servers import PlayerServer
from tests.waiting import until


@pytest.fixture
def watched(
    player_server: Callable[..., PlayerServer], origin: RunningOrigin, origin_root: Path, clips: Path
) -> PlayerServer:
    """Two sources of one item, probed by a monitor in the server's own process."""
    sources = []
    for name in ("tone.mp3", "tone.ogg"):
        (origin_root / name).write_bytes((clips / name).read_bytes())
        sources.append({"src": origin.url(name)})
    item = {"id": "tone", "kind": "audio", "title": "Tone", "sources": sources}
    return player_server([item], probe_interval=0.4, monitor=True)


def history(server: PlayerServer) -> History:
    found: History = server.app.extensions["steady-player"].history
    return found


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("404", "not-found"), ("html", "html"), ("empty", "empty"), ("500", "server-error"), ("wrong-type", "wrong-type")],
)
def test_a_death_and_a_recovery_are_told_everywhere(
    watched: PlayerServer, origin: RunningOrigin, fault: str, reason: str
) -> None:
    url = f"{watched.url}/availability/tone"
    until(lambda: fetch(url).json["state"] == "available")
    assert fetch(url).status == 200
    for name in ("tone.mp3", "tone.ogg"):
        origin.set_fault(name, fault)
    until(lambda: fetch(url).status == 503)
    told = fetch(url)
    assert told.json["status"] == "fail"
    assert (told.json["state"], told.json["reason"]) == ("unavailable", reason)
    assert int(told.headers["retry-after"]) >= 1
    assert all(source["reason"] == reason and source["evidence"] for source in told.json["sources"])
    manifest = fetch(f"{watched.url}/media/tone").json
    assert (manifest["state"], manifest["reason"]) == ("unavailable", reason)
    assert {source["state"] for source in manifest["sources"]} == {"unavailable"}
    whole = fetch(f"{watched.url}/availability")
    assert (whole.status, whole.json["counts"]["unavailable"]) == (503, 1)
    assert f'steady_player_sources_by_reason{{reason="{reason}"}} 2.0' in fetch(f"{watched.url}/metrics").text
    origin.clear()
    until(lambda: fetch(url).status == 200)
    until(lambda: fetch(f"{watched.url}/media/tone").json["state"] == "available")
    for src in (origin.url("tone.mp3"), origin.url("tone.ogg")):
        changes = [change.reason for change in history(watched).transitions(media_id="tone") if change.src == src]
        assert changes == ["playable", reason, "playable"]


def test_one_dead_source_of_two_degrades_the_item(watched: PlayerServer, origin: RunningOrigin) -> None:
    url = f"{watched.url}/availability/tone"
    until(lambda: fetch(url).json["state"] == "available")
    origin.set_fault("tone.mp3", "410")
    until(lambda: fetch(url).json["state"] == "degraded")
    answer = fetch(url)
    assert (answer.status, answer.json["status"], answer.json["reason"]) == (200, "warn", "gone")


def test_a_server_that_is_gone_is_refused_and_may_be_tried_anyway(watched: PlayerServer, origin: RunningOrigin) -> None:
    url = f"{watched.url}/media/tone"
    until(lambda: fetch(url).json["state"] == "available")
    origin.refuse()
    until(lambda: fetch(url).json["state"] == "unavailable")
    told = fetch(url).json
    assert told["reason"] == "refused"
    assert all(source["anyway"] for source in told["sources"])
    origin.accept()
    until(lambda: fetch(url).json["state"] == "available")
