"""What readers ask for again and again is probed as often as what is new, however old it is."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from player.catalogue.media import from_json
from player.catalogue.store import Catalogue
from player.database import open_engine
from player.monitor.history import History
from player.monitor.interest import AWRY, Interest, room
from player.monitor.rows import OF_INTEREST
from player.settings import HOME, Settings
from player.tables import EPOCH, interest, sightings, verdicts
from tests.faults.case import Reply, Request, healthy
from tests.faults.origin import run_faults
from tests.fetch import fetch
from tests.held import clip, tell
from tests.test_serve import Process
from tests.waiting import until

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
INTERVAL = 60.0
HOURS = 3600.0


@pytest.fixture
def items(catalogue: Catalogue) -> Catalogue:
    catalogue.import_many([from_json(clip(name)) for name in "abcde"])
    return catalogue


def wanted(engine: Engine, now: datetime) -> set[str]:
    return {due.media_id for due in History(engine).due(now, 100) if due.wanted}


def started(engine: Engine) -> dict[str, datetime]:
    with engine.connect() as connection:
        return {row.media_id: row.since for row in connection.execute(select(interest))}


def test_it_is_of_interest_for_half_an_hour(engine: Engine, items: Catalogue) -> None:
    told = Interest(engine)
    told.tell({"a", "b", "nobody"}, NOW, 10)
    assert told.number(NOW + MINUTE) == 2
    assert wanted(engine, NOW + MINUTE) == {"a", "b"}
    told.tell({"b", "c"}, NOW + OF_INTEREST - MINUTE, 10)
    assert wanted(engine, NOW + OF_INTEREST) == {"b", "c"}
    assert started(engine) == {"a": NOW, "b": NOW, "c": NOW + OF_INTEREST - MINUTE}
    told.tell({"a"}, NOW + OF_INTEREST + MINUTE, 10)  # anew
    assert started(engine)["a"] == NOW + OF_INTEREST + MINUTE
    told.tell({"e"}, NOW + 5 * OF_INTEREST, 10)
    assert set(started(engine)) == {"e"}, "what is over is dropped"


def test_of_too_many_those_go_that_were_told_longest_ago(engine: Engine, items: Catalogue) -> None:
    told = Interest(engine)
    for minute, some in enumerate(({"a", "b"}, {"c"}, {"a"}, {"d"})):
        told.tell(some, NOW + minute * MINUTE, 3)
    assert wanted(engine, NOW + 5 * MINUTE) == {"a", "c", "d"}
    told.tell(set("abcde"), NOW + 6 * MINUTE, 3)
    assert told.number(NOW + 6 * MINUTE) == 3


def test_a_clock_that_was_ahead_leaves_nothing_for_ever(engine: Engine, items: Catalogue) -> None:
    told = Interest(engine)
    told.tell({"a"}, NOW + timedelta(days=9), 10)
    assert told.number(NOW) == 0
    assert wanted(engine, NOW) == set()
    told.tell({"a"}, NOW, 10)
    assert started(engine) == {"a": NOW}


def test_an_item_that_goes_takes_it_along(engine: Engine, items: Catalogue) -> None:
    Interest(engine).tell({"a", "b"}, NOW, 10)
    items.remove("a")
    assert set(started(engine)) == {"b"}


def test_there_is_room_for_a_share_of_what_is_planned() -> None:
    assert room(Settings(probe_rate=50, probe_interval=60)) == 750
    assert room(Settings(probe_rate=0.01, probe_interval=1)) == 1


def held(engine: Engine, media_id: str, fresh: float, due: float) -> None:
    """A verdict of a minute ago that holds for `fresh` seconds; its next turn is in `due` seconds."""
    history = History(engine)
    tell(history, media_id, "playable", at=NOW - MINUTE, fresh=fresh)
    source_id = history.for_item(media_id)[0].source_id
    with engine.begin() as connection:
        due_at = NOW + timedelta(seconds=due)
        connection.execute(update(verdicts).where(verdicts.c.source_id == source_id).values(due_at=due_at))


def due_at(engine: Engine) -> dict[str, datetime]:
    history = History(engine)
    with engine.connect() as connection:
        at = {row.source_id: row.due_at for row in connection.execute(select(verdicts))}
    return {name: at[history.for_item(name)[0].source_id] for name in "abcde" if history.for_item(name)}


def test_what_its_age_has_put_off_is_due_now(engine: Engine, items: Catalogue) -> None:
    held(engine, "a", 24 * HOURS, 12 * HOURS)
    held(engine, "b", 2 * INTERVAL, 12 * HOURS)  # its server has asked for it: Retry-After
    held(engine, "c", 24 * HOURS, 12 * HOURS)  # nobody asks for it
    held(engine, "d", 24 * HOURS, 30)
    items.add(from_json(clip("e", removed=True)), replace=True)
    told = Interest(engine)
    told.tell(set("abde"), NOW, 10)
    before = due_at(engine)
    assert told.heed(NOW, EPOCH, INTERVAL, HOME) == 1
    assert due_at(engine) == {**before, "a": NOW}


def test_it_is_heeded_once(engine: Engine, items: Catalogue) -> None:
    told = Interest(engine)
    told.tell({"a"}, NOW, 10)
    held(engine, "a", 24 * HOURS, 12 * HOURS)
    assert told.heed(NOW, NOW + 2 * AWRY, INTERVAL, HOME) == 0
    assert told.heed(NOW, NOW + AWRY / 2, INTERVAL, HOME) == 1
    assert told.heed(NOW, EPOCH, INTERVAL, HOME) == 0


def test_each_vantage_point_heeds_it(engine: Engine, items: Catalogue) -> None:
    history = History(engine)
    history.enrol("ir", 0)
    later = NOW + timedelta(hours=12)
    with engine.begin() as connection:
        slow = {"due_at": later, "checked_at": NOW, "fresh_until": NOW + timedelta(days=1)}
        connection.execute(update(sightings).values(slow))
    Interest(engine).tell({"a"}, NOW, 10)
    assert Interest(engine).heed(NOW, EPOCH, INTERVAL, "ir") == 1
    with engine.connect() as connection:
        assert sorted(connection.execute(select(sightings.c.due_at)).scalars()) == [NOW, *[later] * 4]


class Mortal:
    def __init__(self, body: bytes) -> None:
        self._body = body
        self.dead = False

    def __call__(self, _request: Request) -> Reply:
        return Reply(b"gone", "text/plain", status=404) if self.dead else Reply(self._body, "audio/mpeg")


def test_an_old_item_that_two_readers_ask_for_is_known_to_be_dead_in_seconds(
    database_url: str, tmp_path: Path, clips: Path
) -> None:
    """Its age has it probed every other minute; two more old ones, which nobody or only one reader asks for, wait."""
    origin = Mortal((clips / "tone.mp3").read_bytes())
    case = healthy("mortal", {"clip.mp3": origin}, "clip.mp3")
    names = ["old", "once", "never"]
    published = (datetime.now(UTC) - timedelta(days=5)).isoformat()
    with ExitStack() as stack:
        src = stack.enter_context(run_faults([case])).url(case)
        history = _history(database_url, names, src, published)
        server = Process(
            tmp_path, "serve", "--port", "0", PLAYER_DATABASE_URL=database_url,
            PLAYER_PROBE_INTERVAL="2", PLAYER_PROBE_RATE="0.01",
        )  # fmt: skip
        stack.callback(server.end, signal.SIGTERM)  # killed, it would leave its workers behind
        url = server.url()

        def states() -> list[str]:
            return [str(one.verdict.state) for name in names for one in history.for_item(name)]

        until(lambda: states() == ["available"] * 3)
        origin.dead = True
        for name in ("old", "once", "old"):
            assert fetch(f"{url}/media/{name}").json["state"] == "available"
        until(lambda: states()[0] == "unavailable", 75)
        assert states() == ["unavailable", "available", "available"]
        until(lambda: fetch(f"{url}/media/old").json["state"] == "unavailable")


def _history(database_url: str, names: list[str], src: str, published: str) -> History:
    engine = open_engine(database_url)
    facts = {"sources": [{"src": src}], "published_at": published}
    Catalogue(engine).import_many([from_json({**clip(name), **facts}) for name in names])
    return History(engine)
