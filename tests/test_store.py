"""The catalogue in a real database file."""

from __future__ import annotations

import multiprocessing
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, inspect, select

from player.catalogue.arrivals import MANY
from player.catalogue.fields import _NOT_IN_ADDRESS, _PLAIN_ADDRESS, address, host_of
from player.catalogue.media import InvalidMedia, Kind, Media, Source, Track
from player.catalogue.store import BATCH, Catalogue, DuplicateMedia, ImportCounts
from player.database import HEAD, DatabaseError, migrations, open_engine, writing
from player.tables import EPOCH, metadata, sources, verdicts
from player.tokens import tokens
from tests.databases import on_sqlite
from tests.postgres import Cluster
from tests.strategies import media


def clip(media_id: str = "clip", *names: str, **facts: Any) -> Media:
    parts = tuple(Source(f"https://cdn.example.org/{name}") for name in names or (f"{media_id}.mp3",))
    return Media(**{"id": media_id, "kind": Kind.AUDIO, "title": media_id, "sources": parts, **facts})


def source_ids(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {row.src.rpartition("/")[2]: row.id for row in connection.execute(select(sources))}


def test_what_goes_in_comes_out(catalogue: Catalogue) -> None:
    item = clip(
        "full",
        "b.mp3",
        "a.mp3",
        tracks=(Track("https://cdn.example.org/t.vtt", "subtitles", "fr", "Français"),),
        duration=228.25,
        published_at=datetime(2026, 5, 31, 18, tzinfo=UTC),
        live=True,
    )
    catalogue.add(item)
    assert catalogue.get("full") == item
    assert catalogue.get("none") is None
    assert catalogue.count() == 1


def test_adding_twice_needs_replace(catalogue: Catalogue) -> None:
    catalogue.add(clip("a"))
    with pytest.raises(DuplicateMedia) as caught:
        catalogue.add(clip("a", title="other"))
    assert caught.value.media_id == "a"
    assert catalogue.get("a") == clip("a")
    catalogue.add(clip("a", title="other"), replace=True)
    assert catalogue.get("a") == clip("a", title="other")


def test_replacing_keeps_the_ids_of_addresses_that_stay(catalogue: Catalogue, engine: Engine) -> None:
    catalogue.add(clip("a", "1.mp3", "2.mp3", "3.mp3"))
    before = source_ids(engine)
    catalogue.add(clip("a", "3.mp3", "1.mp3", "4.mp3"), replace=True)
    after = source_ids(engine)
    assert set(after) == {"1.mp3", "3.mp3", "4.mp3"}
    assert (after["1.mp3"], after["3.mp3"]) == (before["1.mp3"], before["3.mp3"])
    assert after["4.mp3"] not in before.values()
    assert catalogue.get("a") == clip("a", "3.mp3", "1.mp3", "4.mp3")


def test_the_id_of_a_removed_source_is_never_given_again(catalogue: Catalogue, engine: Engine) -> None:
    catalogue.add(clip("a", "1.mp3"))
    old = source_ids(engine)["1.mp3"]
    assert catalogue.remove("a") and not catalogue.remove("a")
    catalogue.add(clip("a", "1.mp3"))
    assert source_ids(engine)["1.mp3"] != old
    with engine.connect() as connection:
        assert len(connection.execute(select(verdicts)).all()) == 1


def test_lists_page_by_id(catalogue: Catalogue) -> None:
    items = [clip(f"c{n:04}", kind=Kind.VIDEO if n % 3 == 0 else Kind.AUDIO) for n in range(BATCH + 7)]
    assert catalogue.import_many(reversed(items)) == ImportCounts(len(items), 0)
    assert catalogue.list(limit=3) == items[:3]
    assert catalogue.list(after="c0002", limit=2) == items[3:5]
    assert catalogue.list(kind=Kind.VIDEO, limit=2) == [items[0], items[3]]
    assert list(catalogue.all()) == items
    assert catalogue.count(kind=Kind.VIDEO) == len(items[::3])
    assert set(catalogue.get_many([item.id for item in items] + ["none"])) == {item.id for item in items}


def test_an_import_is_all_or_nothing(catalogue: Catalogue) -> None:
    catalogue.import_many([clip("a"), clip("b")])
    before = list(catalogue.all())
    good = [clip("a", title="new"), *(clip(f"c{n}") for n in range(BATCH + 1))]
    with pytest.raises(InvalidMedia, match="sources"):
        catalogue.import_many([*good, clip("z", sources=())])
    assert list(catalogue.all()) == before
    with pytest.raises(DuplicateMedia):
        catalogue.import_many(reversed(good), replace=False)
    assert list(catalogue.all()) == before
    assert catalogue.import_many(good) == ImportCounts(BATCH + 1, 1)


def test_a_large_first_import_leaves_the_tables_as_a_small_one_does(catalogue: Catalogue, engine: Engine) -> None:
    indexes = described_indexes(engine)
    cache = pragma(engine, "cache_size")
    items = [clip(f"c{n}", f"{n}.mp3") for n in range(MANY + 5)]
    with pytest.raises(InvalidMedia):
        catalogue.import_many([*items, clip("z", title="")])
    assert catalogue.count() == 0
    assert catalogue.import_many([*items, clip("c3", "other.mp3")]) == ImportCounts(len(items), 1)
    assert described_indexes(engine) == indexes
    assert pragma(engine, "cache_size") == cache
    catalogue.add(clip("later", "1.mp3", "2.mp3"))
    with engine.connect() as connection:
        rows = connection.execute(select(sources.c.host, verdicts).join(verdicts)).all()
    assert len(rows) == len(items) + 2
    assert {row[0] for row in rows} == {"cdn.example.org"}
    blank: tuple[Any, ...] = ("unknown", "unchecked", *[EPOCH] * 4, {}, 0, 0, 0.0, None, None, None)
    assert all(tuple(row)[2:] == blank for row in rows)


def described_indexes(engine: Engine) -> set[tuple[object, ...]]:
    """Table, name, columns, whether unique, and what it is narrowed to."""
    return {
        (table.name, one["name"], *one["column_names"], one["unique"], str(sorted_options(one.get("dialect_options"))))
        for table in metadata.sorted_tables
        for one in inspect(engine).get_indexes(table.name)
    }


def sorted_options(options: dict[str, Any] | None) -> list[tuple[str, str]]:
    return sorted((name, str(value)) for name, value in (options or {}).items())


def pragma(engine: Engine, name: str) -> object:
    if engine.dialect.name != "sqlite":
        return None
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


@on_sqlite
def test_a_large_import_leaves_no_log_for_the_next_writer(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.import_many(clip(f"c{n}", description="x" * 500) for n in range(MANY))
    assert (tmp_path / "c.db-wal").stat().st_size == 0


@given(st.from_regex(r"https?://[a-zA-Z0-9.:@-]{1,20}[/?#]?[!-~]{0,20}", fullmatch=True))
def test_hosts_are_those_of_the_standard_library(src: str) -> None:
    try:
        address("src", src)
    except InvalidMedia:
        return
    assert host_of(src) == urlsplit(src).netloc.lower()


@given(st.from_regex(_PLAIN_ADDRESS, fullmatch=True))
def test_an_address_that_is_plainly_good_would_pass_a_closer_look_too(src: str) -> None:
    parts = urlsplit(src)
    assert parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    assert parts.port is None or 0 < parts.port < 65536
    assert not _NOT_IN_ADDRESS.search(src)


def dump(engine: Engine) -> list[list[tuple[Any, ...]]]:
    with engine.connect() as connection:
        return [[tuple(row) for row in connection.execute(table.select())] for table in metadata.sorted_tables]


FEW = st.sampled_from(["a", "b", "c"])


@on_sqlite
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    first=st.lists(media(FEW), max_size=4), second=st.lists(media(FEW), min_size=1, max_size=4), where=st.integers(0)
)
def test_a_failed_import_leaves_the_store_identical(
    engine: Engine, first: list[Media], second: list[Media], where: int
) -> None:
    catalogue = Catalogue(engine)
    catalogue.import_many(first)
    before = dump(engine)
    bad = [*second]
    bad.insert(where % (len(second) + 1), replace(second[0], title=""))
    with pytest.raises(InvalidMedia):
        catalogue.import_many(bad)
    assert dump(engine) == before
    catalogue.import_many(second)
    for item in {item.id: item for item in second}.values():
        assert catalogue.get(item.id) == item


def test_the_migrations_make_the_tables_that_the_code_expects(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert tokens.metadata is metadata, "whoever has a table of his own has it here"
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == HEAD


def test_every_migration_can_be_undone(engine: Engine) -> None:
    with writing(engine) as connection:
        command.downgrade(migrations(connection), "base")
        assert set(inspect(connection).get_table_names()) - {"sqlite_sequence"} == {"alembic_version"}
        command.upgrade(migrations(connection), "head")
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


@on_sqlite
def test_sqlite_is_tuned_on_every_connection(engine: Engine) -> None:
    with engine.connect() as one, engine.connect() as two:
        for connection in (one, two):
            values = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
            }
            assert values == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1, "busy_timeout": 15000}


def _open_and_add(url: str, name: str, start: Any) -> None:
    start.wait()
    Catalogue(open_engine(url)).import_many([clip(f"{name}-{n}") for n in range(20)])


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_processes_that_open_a_new_database_at_once_do_not_collide(
    tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    url = f"sqlite:///{tmp_path / 'c.db'}"
    if kind == "postgresql":
        cluster: Cluster = request.getfixturevalue("postgres")
        url = cluster.url(cluster.create("template0"))
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(4)
    workers = [context.Process(target=_open_and_add, args=(url, f"w{n}", start)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert Catalogue(open_engine(url)).count() == 80


def test_a_reader_is_not_held_up_by_a_writer(engine: Engine, catalogue: Catalogue) -> None:
    catalogue.add(clip("a"))
    with writing(engine):
        assert catalogue.count() == 1


@pytest.mark.parametrize(
    ("url", "match"),
    [
        ("sqlite:///{tmp}/none/c.db", "folder .* does not exist"),
        ("sqlite:///{tmp}", "is a folder"),
        ("sqlite:///{tmp}/" + "x" * 300, "File name too long"),
        ("sqlite://", "memory"),
        ("sqlite:///:memory:", "memory"),
        ("nonsense", "not a database address"),
        ("nosuchdb://x/y", "no driver"),
        ("mysql://x/y", "(neither SQLite nor PostgreSQL|no driver)"),
        ("postgresql://player:secret@127.0.0.1:1/x", r"postgresql\+psycopg://player:\*\*\*@.*refused"),
        ("sqlite:///{tmp}/text.db", "not a SQLite database"),
        ("sqlite:///{tmp}/future.db", "newer Steady Player"),
    ],
)
def test_what_cannot_be_opened_says_why(tmp_path: Path, url: str, match: str) -> None:
    (tmp_path / "text.db").write_text("this is a shopping list, not a database, and it is long enough\n" * 9)
    with sqlite3.connect(tmp_path / "future.db") as future:
        future.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        future.execute("INSERT INTO alembic_version VALUES ('9999')")
    future.close()
    with pytest.raises(DatabaseError, match=match):
        open_engine(url.format(tmp=tmp_path))


def test_reading_does_not_make_a_database(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="no catalogue yet"):
        open_engine(f"sqlite:///{tmp_path / 'c.db'}", create=False)
    assert not (tmp_path / "c.db").exists()
