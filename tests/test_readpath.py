"""What `serve` answers before Flask is what Flask answers: every request is asked of both."""

from __future__ import annotations

import http.client
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from player.monitor.history import History
from tests.fetch import Answer, fetch
from tests.held import clip, tell
from tests.servers import PlayerServer, run_player
from tests.test_serve import SECONDS, Process
from tests.waiting import until

ITS_OWN = {"date", "server", "connection", "content-length"}
"""Headers of the server below, whose business they are."""


@dataclass(frozen=True, slots=True)
class Both:
    quick: str
    flask: PlayerServer
    history: History
    database: Path

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """The answer, which both have to give."""
        quick, slow = (fetch(url + path, method, None, **headers) for url in (self.quick, self.flask.url))
        assert (quick.status, quick.body) == (slow.status, slow.body), (path, quick.body[:200], slow.body[:200])
        assert told(quick) == told(slow), path
        if method != "HEAD" and quick.body:
            assert int(quick.headers["content-length"]) == len(quick.body)
        return quick


def told(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in ITS_OWN}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    database = tmp_path_factory.mktemp("readpath") / "c.db"
    soon = datetime.now(UTC) + timedelta(days=400)
    items = [
        clip("good", "a", "b", duration=228.5, lang="fa", description="«é»\n\u2028</script>"),
        clip("dead", "c", "d", kind="video", tracks=[{"src": "https://cdn.example.org/x.vtt", "kind": "captions"}]),
        clip("hurt", "e", "f"),
        clip("fresh"),
        clip("taken", removed=True),
        clip("later", starts_at=soon.isoformat()),
        clip("moved"),
    ]
    with run_player(items, {"database_url": f"sqlite:///{database}"}) as flask:
        history: History = flask.app.extensions["steady-player"].history
        past = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
        evidence = {"status": "HTTP/1.1 206 Partial Content", "size": 2**70}
        tell(history, "good", "playable", "playable", at=past, fresh=86_400, evidence=evidence)
        tell(history, "dead", "not-found", "timeout", at=past, fresh=86_400)
        tell(history, "hurt", "playable", "gone", at=past, fresh=86_400)
        tell(history, "moved", "playable", at=past, fresh=1)
        process = Process(database, "serve", "--port", "0", "--no-monitor")
        try:
            yield Both(process.url(), flask, history, database)
        finally:
            process.popen.terminate()
            process.popen.wait(SECONDS)


IDS = ("good", "dead", "hurt", "fresh", "taken", "later", "moved", "nobody", "No", "a%2Fb", "%FF", "good%20", "-")


@pytest.mark.parametrize("media_id", IDS)
def test_every_item_is_answered_alike(both: Both, media_id: str) -> None:
    for path in (f"/media/{media_id}", f"/availability/{media_id}", f"/steering/{media_id}"):
        for method in ("GET", "HEAD", "OPTIONS", "POST", "DELETE"):
            both.ask(path, method)


@pytest.mark.parametrize("path", ["/media/good", "/availability/good", "/availability/dead", "/media/nobody"])
def test_conditions_are_answered_alike(both: Both, path: str) -> None:
    etag = both.ask(path).headers.get("etag", '"none"')
    for asked in (
        etag,
        f"W/{etag}",
        f'"x", {etag}',
        f'"x",W/{etag} , "y"',
        "*",
        '"x"',
        etag.strip('"'),
        "",
        '"',
        f'"{etag}"',
    ):
        for method in ("GET", "HEAD"):
            both.ask(path, method, if_none_match=asked)
    assert both.ask(path, if_none_match=f'"x", {etag}').status == (
        304 if path.endswith("good") else both.ask(path).status
    )
    both.ask(path, if_modified_since="Mon, 23 Nov 2026 10:00:00 GMT", range="bytes=0-9")
    both.ask(path, if_match='"x"')


@pytest.mark.parametrize(
    "path",
    [
        "/media/good?",
        "/media/good?x=1",
        "/media/good/",
        "/media/",
        "/media/good/x",
        "/availability/?limit=1",
        "/availability/dead?fields=state,sources",
        "/steering/dead?_HLS_pathway=%22cdn.example.org%22&_HLS_throughput=5140000",
    ],
)
def test_unusual_addresses_are_answered_alike(both: Both, path: str) -> None:
    both.ask(path)


@pytest.mark.parametrize(
    "path", ["/embed.js", "/healthz", "/sd", "/incidents", "/openapi.json?", "/nope", "/embed/good"]
)
def test_what_is_left_to_flask_is_answered_alike(both: Both, path: str, built: Path) -> None:
    if path.startswith(("/embed/", "/openapi", "/sd")):  # they tell their own address
        assert fetch(both.quick + path).status == 200
        return
    for method in ("GET", "HEAD"):
        both.ask(path, method, accept_encoding="br")


def test_an_answer_changes_as_soon_as_its_verdict_does(both: Both) -> None:
    for path in ("/media/moved", "/availability/moved"):
        assert both.ask(path).json["state"] == "unknown"
    tell(both.history, "moved", "playable", fresh=86_400)
    for path in ("/media/moved", "/availability/moved"):
        until(lambda path=path: fetch(both.quick + path).json["state"] == "available")  # type: ignore[misc]
    tell(both.history, "moved", "gone", fresh=86_400)
    until(lambda: fetch(f"{both.quick}/media/moved").json["state"] == "unavailable")
    until(lambda: fetch(f"{both.quick}/availability/moved").status == 503)
    both.ask("/media/moved")


def test_what_goes_stale_is_told_so_though_nobody_writes(both: Both) -> None:
    tell(both.history, "fresh", "playable", fresh=1.5)
    until(lambda: fetch(f"{both.quick}/media/fresh").json["state"] == "available")
    until(lambda: fetch(f"{both.quick}/media/fresh").json["state"] == "unknown")


def test_a_stream_of_events_comes_through(both: Both) -> None:
    connection = http.client.HTTPConnection(urlsplit(both.quick).netloc, timeout=SECONDS)
    with closing(connection):
        connection.request("GET", "/events", headers={"Last-Event-ID": "0"})
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("content-type")) == (200, "text/event-stream")
        seen = b""
        while b"event: transition" not in seen:
            piece = answer.read1(4096)
            assert piece
            seen += piece


def test_a_page_plays_by_what_was_known_last_while_the_database_is_away(both: Both) -> None:
    """Last in the file: it breaks the database."""
    known = both.ask("/media/good")
    with closing(sqlite3.connect(both.database)) as connection:
        connection.execute("ALTER TABLE verdicts RENAME TO elsewhere")
        connection.commit()
    try:
        until(lambda: fetch(f"{both.flask.url}/media/good").status == 503)
        until(lambda: fetch(f"{both.quick}/availability/good").status == 503)  # a monitor is told the truth
        assert fetch(f"{both.quick}/media/good").body == known.body
    finally:
        with closing(sqlite3.connect(both.database)) as connection:
            connection.execute("ALTER TABLE elsewhere RENAME TO verdicts")
            connection.commit()
    until(lambda: fetch(f"{both.quick}/availability/good").status == 200)
