"""The read path over PostgreSQL: as quick to follow what is written, and as steady while the server is away."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from player.catalogue.media import from_json
from player.catalogue.store import Catalogue
from player.database import open_engine
from player.monitor.history import History
from player.monitor.quick import PostgresReader, reader
from tests.fetch import Answer, fetch
from tests.held import clip, tell
from tests.postgres import Cluster
from tests.test_serve import SECONDS, Process
from tests.waiting import until


def test_the_revision_follows_writers_and_not_readers(postgres: Cluster) -> None:
    engine = open_engine(postgres.url(postgres.create()))
    found = reader(engine)
    assert isinstance(found, PostgresReader)
    before = found.revision()
    Catalogue(engine).count()
    assert found.read("nobody", datetime.now(UTC), changes=True) is None
    assert found.revision() == before
    Catalogue(engine).add(from_json(clip("one")))
    after = found.revision()
    assert after != before
    with engine.begin() as open_still:
        open_still.exec_driver_sql("UPDATE media SET title = 'Other'")
        during = found.revision()
    assert found.revision() != during, "what is committed late is a revision of its own"
    engine.dispose()


def test_pages_are_answered_while_the_server_is_away(postgres: Cluster, tmp_path: Path) -> None:
    address = postgres.url(postgres.create())
    engine = open_engine(address)
    Catalogue(engine).add(from_json(clip("one")))
    history = History(engine)
    tell(history, "one", "playable", fresh=86_400)
    process = Process(tmp_path / "unused.db", "serve", "--port", "0", "--no-monitor", PLAYER_DATABASE_URL=address)
    try:
        url = process.url()

        def ask(room: str = "media") -> Answer:
            return fetch(f"{url}/{room}/one")

        assert ask().json["state"] == "available"
        tell(history, "one", "gone", fresh=86_400)
        engine.dispose()
        until(lambda: ask().json["state"] == "unavailable")
        known = ask()
        postgres.stop()
        try:
            assert ask().body == known.body
            assert ask("availability").json["title"] == "Service Unavailable", "a monitor is told the truth"
        finally:
            postgres.start()
        until(lambda: ask("availability").json.get("id") == "one")
        tell(history, "one", "playable", fresh=86_400)
        until(lambda: ask().json["state"] == "available")
    finally:
        process.popen.terminate()
        process.popen.wait(SECONDS)
        engine.dispose()
