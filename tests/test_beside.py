"""What stands beside an item's sources makes it degraded and never dead; deep looks take turns, and are remembered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from player.catalogue.media import from_json
from player.catalogue.store import Catalogue
from player.database import open_engine
from player.monitor.history import History
from player.monitor.worker import Monitor
from player.probe.findings import Finding
from player.probe.observe import Observation, Role, Target
from player.settings import Settings
from tests.held import clip
from tests.seen import seen
from tests.waiting import until

TRACKS = [
    {"src": "https://cdn.example.org/en.vtt", "srclang": "en"},
    {"src": "https://cdn.example.org/marks.vtt", "kind": "chapters"},
    {"src": "https://cdn.example.org/stills.vtt", "kind": "thumbnails"},
    {"src": "https://cdn.example.org/wave.json", "kind": "waveform"},
]
POSTER = "https://cdn.example.org/still.jpg"


class Prober:
    """Answers 200, but 404 for what is `lost`; a deep look at what is `dark` finds it black."""

    def __init__(self) -> None:
        self.lost: set[str] = set()
        self.dark: set[str] = set()
        self.asked: list[Target] = []
        self.deep = self.deepest = 0

    @asynccontextmanager
    async def open(self) -> Any:
        yield self

    async def observe(self, target: Target) -> Observation:
        self.asked.append(target)
        name = target.src.rpartition("/")[2]
        found = seen(target, 404 if name in self.lost else 200)
        if not target.deep:
            return found
        self.deep += 1
        self.deepest = max(self.deep, self.deepest)
        await asyncio.sleep(0.05)
        self.deep -= 1
        black = (Finding("black", {"brightest": 3}),) if name in self.dark else ()
        return replace(found, findings=black, facts={"deep": {"bytes": 7}})


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    engine = open_engine(f"sqlite:///{tmp_path / 'c.db'}")
    yield History(engine)
    engine.dispose()


@pytest.fixture
def prober() -> Prober:
    return Prober()


@pytest.fixture
def begin(history: History, prober: Prober) -> Iterator[Any]:
    begun: list[Monitor] = []

    def start(*items: dict[str, Any], **settings: Any) -> Monitor:
        for item in items:
            Catalogue(history._engine).add(from_json(item))
        begun.append(Monitor(history, Settings(probe_interval=0.3, **settings), opener=prober.open))
        begun[-1].start()
        return begun[-1]

    yield start
    for monitor in begun:
        assert monitor.stop(20)


def reasons(history: History, media_id: str) -> list[str]:
    return [one.verdict.reason for one in history.for_item(media_id)]


def test_tracks_and_poster_are_looked_at_once_an_item(begin: Any, history: History, prober: Prober) -> None:
    begin(clip("film", "a.mp4", "b.mp4", tracks=TRACKS, poster=POSTER))
    until(lambda: reasons(history, "film") == ["playable"] * 2 and len(prober.asked) > 12)
    beside = [target for target in prober.asked if target.role]
    roles = {Path(target.src).name: target.role for target in beside}
    text = Role.CAPTIONS
    assert roles == {"en.vtt": text, "marks.vtt": text, "stills.vtt": text, "still.jpg": Role.IMAGE}
    assert len(beside) == 4, "what is well is not asked for with every probe"


@pytest.mark.parametrize(("name", "reason"), [("marks.vtt", "track-dead"), ("still.jpg", "poster-dead")])
def test_what_is_lost_beside_it_makes_an_item_degraded_until_it_is_back(
    begin: Any, history: History, prober: Prober, name: str, reason: str
) -> None:
    prober.lost = {name}
    begin(clip("film", "a.mp4", "b.mp4", tracks=TRACKS, poster=POSTER))
    until(lambda: reasons(history, "film") == [reason, "playable"])
    (finding,) = history.for_item("film")[0].verdict.evidence["findings"]
    assert finding["where"].endswith(name)
    assert finding["cause"]["reason"] == "not-found"
    prober.lost = set()
    until(lambda: reasons(history, "film") == ["playable"] * 2)


def test_a_dead_source_is_dead_whatever_stands_beside_it(begin: Any, history: History, prober: Prober) -> None:
    prober.lost = {"a.mp4", "en.vtt"}
    begin(clip("film", "a.mp4", tracks=TRACKS))
    until(lambda: reasons(history, "film") == ["not-found"])


def test_a_deep_look_is_taken_by_turns_and_its_finding_held(begin: Any, history: History, prober: Prober) -> None:
    prober.dark = {"a.mp4", "c.mp4"}
    names = "abcde"
    begin(*(clip(f"film-{name}", f"{name}.mp4") for name in names), deep_hours=24)

    def held() -> list[str]:
        return [reason for name in names for reason in reasons(history, f"film-{name}")]

    until(lambda: held() == ["black", "playable", "black", "playable", "playable"])
    until(lambda: all(history.for_item(f"film-{name}")[0].verdict.evidence.get("deep") for name in names))
    many = len(prober.asked)
    until(lambda: len(prober.asked) > many + 20)
    assert held() == ["black", "playable", "black", "playable", "playable"]
    deep = [target.src for target in prober.asked if target.deep]
    assert prober.deepest == 1
    assert len(deep) <= 2 * len(names), "daily, and once more where one had to be confirmed"
    begun = history.for_item("film-a")[0].verdict.evidence["deep"]
    assert begun["bytes"] == 7
    assert begun["found"][0]["reason"] == "black"


def test_no_deep_look_unless_it_is_asked_for(begin: Any, history: History, prober: Prober) -> None:
    begin(clip("film", "a.mp4"))
    until(lambda: len(prober.asked) > 3)
    assert not any(target.deep for target in prober.asked)
