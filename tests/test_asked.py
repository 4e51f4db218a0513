"""What readers ask for again and again is told, once in a window; a crawler is told of nothing."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field

import pytest

from player.web import asked
from player.web.asked import SEEN, WINDOW, Asked
from tests.waiting import until


@dataclass
class Told:
    """Takes what is told; `refusals`: how often it does not. `now`: the clock, set by hand."""

    now: float = 1000.0
    refusals: int = 0
    batches: list[set[str]] = field(default_factory=list)

    def tell(self, media_ids: Collection[str]) -> None:
        if self.refusals:
            self.refusals -= 1
            raise OSError("the database is away")
        self.batches.append(set(media_ids))

    def made(self) -> Asked:
        return Asked(self.tell, clock=lambda: self.now)

    @property
    def all(self) -> set[str]:
        return {one for batch in self.batches for one in batch}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    monkeypatch.setattr(asked, "TELL_SECONDS", 0.05)
    monkeypatch.setattr(asked, "AGAIN_SECONDS", 0.05)
    return Told()


def settle(told: Told, noted: Asked) -> None:
    """What was noted before it has been told when this returns."""
    noted.note("last")
    noted.note("last")
    until(lambda: "last" in told.all)


def test_the_second_request_is_told_and_the_first_is_not(told: Told) -> None:
    noted = told.made()
    for media_id in ("once", "twice", "twice", "often", "often", "often"):
        noted.note(media_id)
    settle(told, noted)
    assert told.all == {"twice", "often", "last"}


def test_what_is_asked_for_all_the_time_is_told_once_in_a_window(told: Told) -> None:
    noted = told.made()
    for _ in range(3):
        noted.note("often")
    until(lambda: "often" in told.all)
    noted.note("often")
    settle(told, noted)
    assert sum("often" in batch for batch in told.batches) == 1
    told.now += WINDOW
    noted.note("often")  # the one of a while ago counts as the first
    until(lambda: sum("often" in batch for batch in told.batches) == 2)


def test_two_requests_that_lie_far_apart_are_two_first_ones(told: Told) -> None:
    noted = told.made()
    noted.note("seldom")
    told.now += 2 * WINDOW
    noted.note("seldom")
    settle(told, noted)
    assert told.all == {"last"}


def test_a_crawler_is_not_told_of_and_takes_a_bounded_memory(told: Told) -> None:
    noted = told.made()
    for number in range(3 * SEEN):
        noted.note(f"item-{number}")
    assert len(noted._seen) + len(noted._before) <= 2 * SEEN
    settle(told, noted)
    assert told.all == {"last"}


def test_a_reader_is_answered_where_no_thread_is_to_be_had(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = told.made()
    with monkeypatch.context() as without:
        without.setattr(threading.Thread, "start", _refuse)
        noted.note("early")
        noted.note("early")
    settle(told, noted)
    assert told.all == {"early", "last"}


def _refuse(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_what_could_not_be_told_is_told_later(told: Told, caplog: pytest.LogCaptureFixture) -> None:
    told.refusals = 2
    noted = told.made()
    settle(told, noted)
    assert caplog.text.count("the database is away") == 2
