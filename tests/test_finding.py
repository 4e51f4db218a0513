"""Answers that are asked for together: each is its own, and the database is asked once for all of them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from player.catalogue.media import from_json
from player.catalogue.store import Catalogue
from player.monitor.history import History
from player.monitor.quick import QuickReader, reader
from player.monitor.reading import Reader
from player.settings import Settings
from player.tables import media
from player.web.finding import Finder
from player.web.problems import Problem
from player.web.service import now
from tests.held import clip, tell

ITEMS = ("good", "dead", "hurt", "fresh", "taken", "spoilt")
KINDS = ("media", "availability", "steering")
PATHS = [f"/{kind}/{item}" for item in (*ITEMS, "nobody", "No", "", "a/b") for kind in KINDS]


class Counted:
    """A reader that counts what it is asked."""

    def __init__(self, found: QuickReader) -> None:
        self._found, self.asked, self.away = found, 0, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._found, name)

    def ahead(self, media_ids: Collection[str], at: datetime, *, changes: bool) -> Reader:
        self.asked += 1
        if self.away:
            raise OSError("the database is away")
        return self._found.ahead(media_ids, at, changes=changes)


@pytest.fixture(scope="module")
def engine(lasting_engine: Engine) -> Engine:
    for item in ITEMS:
        Catalogue(lasting_engine).add(from_json(clip(item, f"{item}-a", f"{item}-b", removed=item == "taken")))
    history, at = History(lasting_engine), now() - timedelta(hours=1)
    tell(history, "good", "playable", "playable", at=at, fresh=86_400)
    tell(history, "dead", "not-found", "timeout", at=at, fresh=86_400)
    tell(history, "hurt", "playable", "gone", at=at, fresh=86_400)
    with lasting_engine.begin() as connection:
        connection.execute(update(media).where(media.c.id == "spoilt").values(kind="splendid"))
    return lasting_engine


@pytest.fixture
def counted(engine: Engine) -> Iterator[Counted]:
    made = reader(engine)
    yield Counted(made)
    made.close()


def plain(found: Any) -> Any:
    return (found.status, found.members) if isinstance(found, Problem) else found


def test_many_at_once_are_told_what_each_is_told_alone(counted: Counted) -> None:
    together = Finder(counted, Settings()).find([(path, None) for path in [*PATHS, *PATHS]])
    assert counted.asked == 2, "one statement for what has a past, and one for what has none"
    alone = Finder(counted, Settings())
    expected = [plain(alone.find([(path, None)])[0]) for path in PATHS]
    assert [plain(found) for found in together] == [*expected, *expected]
    statuses = [found[0] if isinstance(found, tuple) else found for found in expected]
    by_path = dict(zip(PATHS, statuses, strict=True))
    assert (by_path["/media/good"], by_path["/availability/dead"]) == (200, 503)
    assert by_path["/media/spoilt"] is by_path["/media/a/b"] is by_path["/media/"] is None, "left to Flask"


def test_what_is_kept_is_not_read_again(counted: Counted) -> None:
    finder = Finder(counted, Settings())
    first = finder.find([("/media/good", None)])
    assert finder.kept("/media/good") == first[0] == finder.find([("/media/good", None)])[0]
    assert counted.asked == 1


def test_a_database_that_is_away_is_asked_once_for_all(counted: Counted, caplog: pytest.LogCaptureFixture) -> None:
    finder = Finder(counted, Settings())
    known = finder.find([("/media/good", None)])
    counted.away, counted.asked = True, 0
    finder._bodies._revision += 1  # something was written, as far as is known
    asked = [("/media/good", None), ("/media/dead", None), ("/availability/good", None), ("/availability/dead", None)]
    with caplog.at_level(logging.WARNING):
        assert finder.find(asked) == [known[0], None, None, None]
    assert counted.asked == 2
    assert "The read path leaves /media/good to Flask: the database is away" in caplog.text


def test_who_may_not_know_is_told_nothing(counted: Counted) -> None:
    finder = Finder(counted, Settings(public_health=False))
    wrong = ("Bearer spt_0123456789ab_" + "A" * 43, "192.0.2.1:4000")
    asked = [("/availability/good", whose) for whose in ((None, wrong[1]), wrong)]
    assert finder.find(asked) == [None, None]
    assert counted.asked == 0
