"""What one process says of its monitor, and another reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from player.monitor.board import SILENT_SECONDS, Board, make_board, remove_board
from player.monitor.worker import Status

FINE = Status(True, 3, {}, None, None)
SINCE = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def path() -> Iterator[str]:
    made = make_board()
    assert made is not None
    yield made
    remove_board(made)
    assert not Path(made).exists()
    remove_board(made)


def test_what_is_said_is_read_elsewhere(path: str) -> None:
    speaker, reader = Board(path), Board(path)
    assert (reader.status.alive, reader.status.error) == (False, "the monitor has not begun yet")
    speaker.say(FINE)
    assert (reader.status.alive, reader.status.error, reader.status.failing_since) == (True, None, None)
    speaker.say(Status(True, 0, {}, "the disk is full «é»" + "x" * 9000, SINCE))
    told = reader.status
    assert told.alive
    assert told.error is not None
    assert told.error.startswith("the disk is full «é»x")
    assert told.failing_since == SINCE
    speaker.say(FINE)
    assert reader.status.error is None


def test_who_is_silent_counts_as_gone(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("player.monitor.board.time.monotonic", lambda: now[0])
    speaker, reader = Board(path), Board(path)
    speaker.say(FINE)
    now[0] += SILENT_SECONDS
    assert reader.status.alive
    now[0] += 1
    assert (reader.status.alive, reader.status.error) == (False, "the monitor has not been heard of for 9 s")


def test_what_is_half_written_is_not_believed(path: str) -> None:
    speaker, reader = Board(path), Board(path)
    speaker.say(FINE)
    with Path(path).open("r+b") as file:
        file.seek(20)
        file.write(b"??")
    assert not reader.status.alive


def test_without_a_place_for_it_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nothing"))
    assert make_board() is None
    remove_board(None)
