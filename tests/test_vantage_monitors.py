"""Two real monitors at two vantage points, over one database, and an origin that does not serve everybody."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from player.monitor.history import History
from tests.faults.case import Case, Reply, Request, healthy
from tests.faults.origin import run_faults
from tests.fetch import fetch
from tests.held import clip
from tests.servers import PlayerServer, run_player
from tests.test_serve import Process
from tests.waiting import until

HERE, THERE = "https://www.example.org", "https://ir.example.org"
"""By what probes say of the page that they come from, the origin tells the two apart, as another would by address."""

MANNERS = {"sqlite": Reply(b"no", "text/plain", status=451), "postgresql": Reply(raw=b"")}
REASONS = {"sqlite": "legal", "postgresql": "unreachable"}


class Choosy:
    """An origin's file, for all whose page is not `refused`."""

    def __init__(self, body: bytes, no: Reply) -> None:
        self._body, self._no = body, no
        self.refused: set[str] = set()

    def __call__(self, request: Request) -> Reply:
        return self._no if request.headers["origin"] in self.refused else Reply(self._body, "audio/mpeg")

    def case(self) -> Case:
        return healthy("choosy", {"clip.mp3": self}, "clip.mp3")


@pytest.fixture
def choosy(clips: Path, request: pytest.FixtureRequest) -> Choosy:
    return Choosy((clips / "tone.mp3").read_bytes(), MANNERS[request.node.callspec.params["database_url"]])


def test_a_block_is_told_from_a_death(
    database_url: str, choosy: Choosy, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    reason = REASONS[request.node.callspec.params["database_url"]]
    with ExitStack() as stack:
        origin = stack.enter_context(run_faults([choosy.case()]))
        item = {**clip("one"), "sources": [{"src": origin.url(choosy.case())}]}
        settings = {"database_url": database_url, "monitor": True, "probe_interval": 0.4, "probe_origin": HERE}
        server = stack.enter_context(run_player([item], settings))
        far = Process(
            tmp_path, "monitor", "--vantage", "ir",
            PLAYER_DATABASE_URL=database_url, PLAYER_PROBE_INTERVAL="0.4", PLAYER_PROBE_ORIGIN=THERE,
        )  # fmt: skip
        stack.callback(far.popen.wait, 30)
        stack.callback(far.popen.kill)
        history: History = server.app.extensions["steady-player"].history
        told = _teller(server)

        until(lambda: told() == ("available", {"home": "available", "ir": "available"}))
        choosy.refused = {THERE}
        until(lambda: told() == ("degraded", {"home": "available", "ir": "unavailable"}))
        answer = fetch(f"{server.url}/availability/one")
        assert (answer.status, answer.json["status"], answer.json["reason"]) == (200, "warn", "not-everywhere")
        assert answer.json["vantages"]["ir"]["reason"] == reason
        assert answer.json["sources"][0]["evidence"]["vantages"]["ir"]["reason"] == reason
        (source,) = fetch(f"{server.url}/media/one").json["sources"]
        assert (source["state"], source["vantages"]["ir"]["state"]) == ("degraded", "unavailable")
        assert "Plays, but not from ir." in fetch(f"{server.url}/dashboard").text
        assert history.incidents() == []

        choosy.refused = {HERE, THERE}
        until(lambda: fetch(f"{server.url}/availability/one").status == 503)
        assert fetch(f"{server.url}/availability/one").json["reason"] == reason
        assert [(one.subject, one.ended_at) for one in history.incidents()] == [("one", None)]

        choosy.refused = {THERE}
        until(lambda: told() == ("degraded", {"home": "available", "ir": "unavailable"}))
        until(lambda: history.incidents(lasting=True) == [])
        assert 'steady_player_vantage_seen_timestamp_seconds{vantage="ir"}' in fetch(f"{server.url}/metrics").text

        far.popen.kill()
        until(lambda: told() == ("available", {}))
        assert [change.reason for change in history.transitions()] == [
            "playable", "not-everywhere", reason, "not-everywhere", "playable",
        ]  # fmt: skip


def _teller(server: PlayerServer) -> Callable[[], tuple[str, dict[str, str]]]:
    def told() -> tuple[str, dict[str, str]]:
        found: dict[str, Any] = fetch(f"{server.url}/availability/one").json
        return found["state"], {name: one["state"] for name, one in found.get("vantages", {}).items()}

    return told


def test_a_name_that_will_not_do_is_told_so(tmp_path: Path) -> None:
    said = Process(tmp_path / "c.db", "monitor", "--vantage", "EU West")
    assert said.popen.wait(60) == 2
    said.wait_for(r"'EU West' will not do: expected 1 to 32 small letters")
