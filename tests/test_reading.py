"""The quick way to one item equals the long one, whatever the item is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from sqlalchemy import Engine, update

from player.catalogue.media import Media, from_json
from player.catalogue.store import Catalogue
from player.database import open_engine
from player.monitor import reading
from player.monitor.history import History
from player.monitor.reading import EngineReader, SqliteReader, reader
from player.probe.reasons import REASONS
from player.tables import verdicts
from tests import strategies
from tests.held import clip, tell


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = open_engine(f"sqlite:///{tmp_path_factory.mktemp('reading') / 'c.db'}")
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def quick(engine: Engine) -> Iterator[SqliteReader]:
    made = reader(engine)
    assert isinstance(made, SqliteReader)
    yield made
    made.close()


def slow(engine: Engine) -> EngineReader:
    return EngineReader(engine, Catalogue(engine), History(engine))


@given(item=strategies.media())
@settings(max_examples=40)
def test_every_item_is_read_alike(engine: Engine, quick: SqliteReader, item: Media) -> None:
    Catalogue(engine).add(item, replace=True)
    now = datetime.now(UTC)
    told = quick.read(item.id, now, changes=True)
    assert told == slow(engine).read(item.id, now, changes=True)
    assert told is not None
    assert told.media == item


def test_no_field_of_an_item_is_forgotten() -> None:
    assert {field.name for field in fields(Media)} == {*reading._PLAIN, *reading._REST, "sources", "tracks"}


def test_all_that_is_held_is_read_alike(engine: Engine, quick: SqliteReader) -> None:
    Catalogue(engine).add(from_json(clip("held", "a", "b", "c")), replace=True)
    history = History(engine)
    now = datetime.now(UTC)
    begin = now - timedelta(days=100)
    for hours, reason in enumerate(["playable", "not-found", "playable", "no-range"]):
        at = begin + timedelta(days=hours * 30)
        tell(history, "held", reason, "playable", None, at=at, evidence={"status": "206", "é": [1, 2**70]})
    one = history.for_item("held")[0]
    memory = {"suspect": "unavailable", "reason": "timeout", "since": 1_700_000_000.5}
    with engine.begin() as connection:
        connection.execute(update(verdicts).where(verdicts.c.source_id == one.source_id).values(memory=memory))
    found = quick.read("held", now, changes=True)
    assert found == slow(engine).read("held", now, changes=True)
    assert found is not None
    assert [change.at for change in found.changes] == [begin + timedelta(days=days) for days in (30, 60, 90)]
    assert found.held[0].memory.suspect is REASONS["timeout"].state
    assert quick.read("held", now, changes=False) == replace(found, changes=[])


def test_nothing_is_read_of_what_is_not_there(engine: Engine, quick: SqliteReader) -> None:
    assert quick.read("nobody", datetime.now(UTC), changes=True) is None
    assert slow(engine).read("nobody", datetime.now(UTC), changes=True) is None


def test_of_too_many_changes_the_latest_are_read(
    engine: Engine, quick: SqliteReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("history", "reading"):
        monkeypatch.setattr(f"player.monitor.{module}.CHANGES", 3)
    Catalogue(engine).add(from_json(clip("restless")), replace=True)
    now = datetime.now(UTC)
    for minute in range(6):
        reason = ["timeout", "playable"][minute % 2]
        tell(History(engine), "restless", reason, at=now - timedelta(minutes=10 - minute))
    found = quick.read("restless", now, changes=True)
    assert found == slow(engine).read("restless", now, changes=True)
    assert found is not None
    assert (len(found.changes), found.since) == (3, now - timedelta(minutes=7))


def test_the_revision_follows_every_writer(engine: Engine, quick: SqliteReader, tmp_path: Path) -> None:
    before = quick.revision()
    assert quick.revision() == before
    Catalogue(engine).add(from_json(clip("new")), replace=True)
    after = quick.revision()
    assert after != before
    elsewhere = open_engine(str(engine.url))
    tell(History(elsewhere), "new", "playable")
    elsewhere.dispose()
    assert quick.revision() != after


def test_it_cannot_write(quick: SqliteReader) -> None:
    with pytest.raises(Exception, match="readonly"):
        quick._connection.execute("DELETE FROM media")
