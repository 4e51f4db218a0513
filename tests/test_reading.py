"""The quick way to one item tells what the long one tells, byte for byte, whatever the item is, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, update

from player.catalogue.media import Media, from_json
from player.catalogue.store import Catalogue
from player.database import open_engine
from player.monitor.history import History
from player.monitor.quick import PostgresReader, QuickReader, SqliteReader, reader
from player.monitor.reading import EngineReader, Reader
from player.probe.reasons import REASONS
from player.settings import Settings
from player.tables import verdicts
from player.tokens import Scope, Tokens
from player.web import documents
from player.web.caching import Document
from player.web.problems import Problem
from tests import rows, strategies
from tests.held import clip, tell
from tests.rows import NOW

MAKERS: tuple[Callable[..., Document], ...] = (documents.media, documents.availability, documents.steering)


@pytest.fixture(scope="module")
def engine(lasting_engine: Engine) -> Engine:
    return lasting_engine


@pytest.fixture(scope="module")
def quick(engine: Engine) -> Iterator[QuickReader]:
    made = reader(engine)
    assert isinstance(made, SqliteReader if engine.dialect.name == "sqlite" else PostgresReader)
    yield made
    made.close()


def slow(engine: Engine) -> EngineReader:
    return EngineReader(Catalogue(engine), History(engine))


def told(make: Callable[..., Document], reader: Reader, media_id: str, at: datetime) -> Any:
    try:
        return make(reader, Settings(), media_id, at)
    except Problem as problem:
        return problem.status, problem.detail, problem.members


def assert_alike(engine: Engine, quick: QuickReader, media_id: str, at: datetime = NOW) -> None:
    for make in MAKERS:
        assert told(make, quick, media_id, at) == told(make, slow(engine), media_id, at)


@given(item=strategies.media(), data=st.data())
@settings(max_examples=30)
def test_every_item_is_told_alike(engine: Engine, quick: QuickReader, item: Media, data: st.DataObject) -> None:
    Catalogue(engine).add(item, replace=True)
    number = len(item.sources)
    rows.write(engine, item.id, data.draw(st.lists(st.none() | rows.ROWS, min_size=number, max_size=number)))
    edges = [edge for edge in (item.published_at, item.starts_at, item.expires_at) if edge is not None]
    for at in (NOW, data.draw(st.sampled_from(edges) if edges else rows.MOMENTS)):
        assert_alike(engine, quick, item.id, at)


def test_a_row_that_somebody_has_spoilt_hides_nothing(engine: Engine, quick: QuickReader) -> None:
    Catalogue(engine).add(from_json(clip("spoilt", "a", "b")), replace=True)
    tell(History(engine), "spoilt", "playable", "playable", at=NOW, evidence={"é": [1, 2**70]})
    one = History(engine).for_item("spoilt")[0].source_id
    with engine.begin() as connection:
        connection.execute(update(verdicts).where(verdicts.c.source_id == one).values(state="splendid"))
    assert_alike(engine, quick, "spoilt")
    found = quick.read("spoilt", NOW, changes=False)
    assert found is not None
    assert [held.reason for held in found.held] == ["probe-failed", "playable"]
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection:
            connection.exec_driver_sql("UPDATE verdicts SET evidence = '{\"a\": 1' WHERE source_id = ?", (one,))
        assert_alike(engine, quick, "spoilt")


def test_all_that_is_held_is_told_alike(engine: Engine, quick: QuickReader) -> None:
    Catalogue(engine).add(from_json(clip("held", "a", "b", "c")), replace=True)
    history = History(engine)
    for days, reason in ((100, "playable"), (70, "not-found"), (40, "playable"), (10, "no-range")):
        tell(history, "held", reason, "not-found", None, at=NOW - timedelta(days=days), fresh=86_400 * 200)
    one = history.for_item("held")[0]
    memory = {"suspect": "unavailable", "reason": "timeout", "since": 1_700_000_000.5}
    with engine.begin() as connection:
        connection.execute(update(verdicts).where(verdicts.c.source_id == one.source_id).values(memory=memory))
    assert_alike(engine, quick, "held")
    found = quick.read("held", NOW, changes=True)
    assert found is not None
    assert found.changes is not None
    assert [change.at for change in found.changes] == [NOW - timedelta(days=days) for days in (70, 40, 10)]
    assert (
        b'"suspicion":{"state":"' + REASONS["timeout"].state.encode()
        in told(documents.availability, quick, "held", NOW).body
    )


def test_nothing_is_looked_up_of_a_past_without_a_death(engine: Engine, quick: QuickReader) -> None:
    Catalogue(engine).add(from_json(clip("fine", "a", "b")), replace=True)
    tell(History(engine), "fine", "playable", "playable", at=NOW - timedelta(days=2), fresh=86_400 * 9)
    tell(History(engine), "fine", "no-range", "playable", at=NOW - timedelta(days=1), fresh=86_400 * 9)
    found = quick.read("fine", NOW, changes=True)
    assert found is not None
    assert found.changes is None
    assert_alike(engine, quick, "fine")
    # What was dead before, and does not play now, has a past all the same.
    tell(History(engine), "fine", "unchecked", "unchecked", at=NOW - timedelta(hours=1), fresh=86_400 * 9)
    found = quick.read("fine", NOW, changes=True)
    assert found is not None
    assert found.changes
    assert_alike(engine, quick, "fine")


def test_what_plays_and_never_died_was_always_up_whatever_its_changes_say(engine: Engine, quick: QuickReader) -> None:
    """A clock that was set back leaves changes that do not end in the state that is held."""
    Catalogue(engine).add(from_json(clip("stepped", "a")), replace=True)
    past = [(NOW - timedelta(days=9), "unchecked", "playable"), (NOW - timedelta(days=8), "playable", "unchecked")]
    later = NOW + timedelta(hours=1)
    rows.write(engine, "stepped", [rows.Row("playable", later, NOW, later, {}, 1, 1, 1.0, None, past)])
    assert_alike(engine, quick, "stepped")
    assert (
        b'"uptime":{"24h":1.0,"7d":1.0,"30d":1.0,"90d":1.0}'
        in told(documents.availability, slow(engine), "stepped", NOW).body
    )


def test_whether_one_was_ever_dead_is_in_an_index_of_its_own(engine: Engine, quick: QuickReader) -> None:
    if isinstance(quick, SqliteReader):
        given = ("2026", "2026", 1, 0, "fine")
        plan = quick._connection.execute(f"EXPLAIN QUERY PLAN {quick._past}", given).fetchall()
        assert "ix_transitions_deaths" in str(plan)


def test_nothing_is_read_of_what_is_not_there(engine: Engine, quick: QuickReader) -> None:
    assert quick.read("nobody", NOW, changes=True) is None
    assert slow(engine).read("nobody", NOW, changes=True) is None


def test_of_too_many_changes_the_latest_are_read(
    engine: Engine, quick: QuickReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("history", "quick"):
        monkeypatch.setattr(f"player.monitor.{module}.CHANGES", 3)
    Catalogue(engine).add(from_json(clip("restless")), replace=True)
    for minute in range(6):
        reason = ["timeout", "playable"][minute % 2]
        tell(History(engine), "restless", reason, at=NOW - timedelta(minutes=10 - minute))
    found = quick.read("restless", NOW, changes=True)
    assert found is not None
    assert found.changes is not None
    assert (len(found.changes), found.since) == (3, NOW - timedelta(minutes=7))
    assert_alike(engine, quick, "restless")


def test_the_revision_follows_every_writer(engine: Engine, quick: QuickReader) -> None:
    before = quick.revision()
    assert quick.revision() == before
    Catalogue(engine).add(from_json(clip("new")), replace=True)
    after = quick.revision()
    assert after != before
    elsewhere = open_engine(engine.url.render_as_string(hide_password=False))
    tell(History(elsewhere), "new", "playable")
    elsewhere.dispose()
    assert quick.revision() != after


def test_tokens_are_found_as_they_are_kept(engine: Engine, quick: QuickReader) -> None:
    tokens, now = Tokens(engine), datetime.now(UTC)
    tokens.add("other", [Scope.METRICS], now)
    token = tokens.add("mine", [Scope.HEALTH, Scope.DASHBOARD], now, now + timedelta(days=1))
    kept = quick.token(token.split("_")[1])
    assert kept is not None
    assert (kept.name, kept.scopes, kept.created_at, kept.revoked_at) == ("mine", "dashboard health", now, None)
    assert kept.expires_at == now + timedelta(days=1)
    assert quick.token("0123456789ab") is None


def test_it_cannot_write(engine: Engine, quick: QuickReader, tmp_path: Path) -> None:
    assert isinstance(quick, SqliteReader | PostgresReader)
    quick.revision()
    with pytest.raises(Exception, match=r"read-?only"):
        quick._connection.execute("DELETE FROM media")
