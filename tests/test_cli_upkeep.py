"""`steady-player backup` and `steady-player check`."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from player.catalogue.media import from_json
from player.catalogue.store import Catalogue
from player.cli import main
from player.database import open_engine, writing
from player.monitor.history import History
from tests.held import clip, tell


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'c.db'}"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    yield engine
    engine.dispose()


def run(url: str, *words: str) -> Result:
    return CliRunner().invoke(main, ["--database", url, *words], prog_name="steady-player")


def test_a_copy_made_while_others_write_is_whole_and_opens(engine: Engine, url: str, tmp_path: Path) -> None:
    catalogue = Catalogue(engine)
    catalogue.import_many([from_json(clip(f"item-{n:04}", description="x" * 2000)) for n in range(2000)])
    done = threading.Event()

    def write() -> None:
        n = 0
        while not done.is_set():
            # Two items in one transaction: a copy has both or neither.
            catalogue.import_many([from_json(clip(f"left-{n}")), from_json(clip(f"right-{n}"))])
            n += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        results = [run(url, "backup", str(tmp_path / f"copy-{n}.db")) for n in range(3)]
    finally:
        done.set()
        writer.join()
    for n, result in enumerate(results):
        assert result.exit_code == 0, result.output
        copy = Catalogue(open_engine(f"sqlite:///{tmp_path / f'copy-{n}.db'}", create=False))
        ids = {item.id for item in copy.all()}
        assert sum(name.startswith("item-") for name in ids) == 2000
        assert {name[5:] for name in ids if name.startswith("left-")} == {
            name[6:] for name in ids if name.startswith("right-")
        }
    with closing(sqlite3.connect(tmp_path / "copy-0.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_copy_replaces_nothing_unasked_and_leaves_nothing_half_written(
    engine: Engine, url: str, tmp_path: Path
) -> None:
    target = tmp_path / "copy.db"
    target.write_text("mine")
    refused = run(url, "backup", str(target))
    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert target.read_text() == "mine"
    assert run(url, "backup", str(target), "--force").exit_code == 0
    assert target.read_bytes().startswith(b"SQLite format 3")
    nowhere = run(url, "backup", str(tmp_path / "missing" / "copy.db"))
    assert nowhere.exit_code == 1
    assert not list(tmp_path.rglob("*.part"))


def test_there_must_be_something_to_copy(tmp_path: Path) -> None:
    result = run(f"sqlite:///{tmp_path / 'none.db'}", "backup", str(tmp_path / "copy.db"))
    assert result.exit_code == 1
    assert "there is no catalogue yet" in result.output
    assert not list(tmp_path.iterdir())


def held(engine: Engine, told: dict[str, Any]) -> None:
    Catalogue(engine).import_many([from_json(clip(name)) for name in told])
    for name, reason in told.items():
        tell(History(engine), name, reason)


@pytest.mark.parametrize(
    ("told", "words", "status", "line"),
    [
        ({"a": "playable", "b": "playable"}, [], 0, "OK: 2 of 2 items play | unavailable=0;;0;0;2 available=2"),
        ({"a": "playable", "b": "no-range"}, [], 1, "WARNING: 1 of 2 items play |"),
        ({"a": "playable", "b": "gone"}, [], 2, "CRITICAL: 1 of 2 items play, not b | unavailable=1"),
        ({"a": "playable", "b": "gone"}, ["--critical", "0.5"], 1, "WARNING: 1 of 2 items play, not b |"),
        ({"a": "playable", "b": "gone"}, ["--critical", "0.5", "--warning", "0.5"], 0, "OK: 1 of 2"),
        ({"a": None, "b": None}, [], 3, "UNKNOWN: 0 of 2"),
        ({"a": "playable", "b": "gone"}, ["a"], 0, "OK: a is available (playable) | unavailable=0;;;0;1"),
        ({"a": "playable", "b": "gone"}, ["a", "b"], 2, "CRITICAL: a is available (playable), b is unavailable (gone)"),
        ({"a": "playable"}, ["a", "zzz"], 3, "UNKNOWN: a is available (playable), zzz is not in the catalogue"),
        ({"a": "gone"}, ["a", "zzz"], 2, "CRITICAL: a is unavailable (gone), zzz is not in the catalogue"),
        ({"a": "forbidden"}, ["a"], 3, "UNKNOWN: a is unknown (forbidden)"),
    ],
)
def test_check_answers_as_nagios_asks(
    engine: Engine, url: str, told: dict[str, Any], words: list[str], status: int, line: str
) -> None:
    held(engine, told)
    result = run(url, "check", *words)
    assert (result.exit_code, result.output.startswith(f"STEADY PLAYER {line}")) == (status, True), result.output
    assert result.output.count("\n") == 1


def test_check_without_a_catalogue_is_unknown(tmp_path: Path) -> None:
    result = run(f"sqlite:///{tmp_path / 'none.db'}", "check")
    assert result.exit_code == 3
    assert result.output.startswith("STEADY PLAYER UNKNOWN: ")


def test_vacuum_gives_room_back_and_loses_nothing(engine: Engine, url: str, tmp_path: Path) -> None:
    catalogue = Catalogue(engine)
    catalogue.import_many([from_json(clip(f"item-{n}", description="x" * 4000)) for n in range(500)])
    for n in range(1, 500):
        catalogue.remove(f"item-{n}")

    # What has been written lately may be in the log still.
    def taken() -> int:
        return sum(file.stat().st_size for file in tmp_path.glob("c.db*"))

    before = taken()
    result = run(url, "vacuum")
    assert result.exit_code == 0, result.output
    assert taken() < before / 2
    assert [item.id for item in catalogue.all()] == ["item-0"]


def test_vacuum_waits_for_nobody_for_ever_and_says_why(
    engine: Engine, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("player.cli.upkeep.BUSY_SECONDS", 0.05)
    with writing(engine):
        result = run(url, "vacuum")
    assert result.exit_code == 1
    assert "another process holds it locked" in result.output


def test_what_somebody_else_has_written_is_counted_anew(engine: Engine, url: str) -> None:
    Catalogue(engine).import_many([from_json(clip("a")), from_json(clip("b"))])
    with writing(engine) as connection:
        connection.exec_driver_sql("DELETE FROM media WHERE id = 'b'")
        connection.exec_driver_sql("UPDATE counts SET number = 9 WHERE scope = 'item'")
    result = run(url, "recount")
    assert result.exit_code == 0, result.output
    assert result.output == "1 items looked at: 1 counted anew, 1 sums put right\n"
    assert run(url, "recount").output == "1 items looked at: 0 counted anew, 0 sums put right\n"
    assert run(url, "check").output.startswith("STEADY PLAYER UNKNOWN: 0 of 1 items play")
