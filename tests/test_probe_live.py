"""Live streams against a live origin: going on, standing still, set back, ended, not begun."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from demo.live import Live
from demo.origin import RunningOrigin, run_origin
from demo.streams import prepare
from player.probe.observe import Prober, Target
from player.probe.verdict import Verdict, judge

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return prepare(tmp_path_factory.mktemp("live"), seconds=12, segment=1.0).films


@pytest.fixture
def live(films: Any, tmp_path: Path) -> Iterator[tuple[RunningOrigin, Live]]:
    with run_origin(tmp_path) as origin:
        stream = Live(films, segment=1.0, window=10.0)
        origin.mount("live", stream)
        yield origin, stream


def probe(origin: RunningOrigin, path: str, before: Mapping[str, Any] | None = None) -> Verdict:
    async def run() -> Verdict:
        target = Target(origin.url(path), before=before)
        async with Prober(timeout=60, allow_networks=LOOPBACK) as prober:
            return judge(target, await prober.observe(target), interval=60)

    return asyncio.run(run())


PATHS = ["live/low/index.m3u8", "live/master.m3u8", "live/manifest.mpd"]


@pytest.mark.parametrize("path", PATHS)
def test_a_stream_that_goes_on(live: tuple[RunningOrigin, Live], path: str) -> None:
    verdict = probe(live[0], path)
    assert verdict.reason == "playable", verdict.evidence
    assert verdict.evidence["live"]


def late() -> float:
    """The clock of an encoder that is a minute behind."""
    return time.time() - 60


@pytest.mark.parametrize(("frozen", "reason"), [(True, "live-stopped"), (False, "live-behind")])
def test_a_stream_whose_newest_segment_is_old(
    live: tuple[RunningOrigin, Live], films: Any, frozen: bool, reason: str
) -> None:
    origin, stream = live[0], Live(films, segment=1.0, window=10.0, clock=late)
    origin.mount("late", stream)
    if frozen:
        stream.freeze()
    assert probe(origin, "late/low/index.m3u8").reason == reason


def test_what_stands_still_is_known_by_the_last_probe(live: tuple[RunningOrigin, Live], films: Any) -> None:
    origin, stream = live[0], Live(films, segment=1.0, window=10.0, clock=late)
    origin.mount("late", stream)
    stream.freeze()
    first = probe(origin, "late/low/index.m3u8")
    asked = len(origin.requests)
    edge = {**first.evidence["edge"], "at": "2026-01-01T00:00:00+00:00"}
    assert probe(origin, "late/low/index.m3u8", {"edge": edge}).reason == "live-stopped"
    paths = [entry["path"] for entry in origin.requests[asked:]]
    assert len([path for path in paths if path.endswith(".m3u8")]) == 1  # no second look


def test_a_stream_that_went_back(live: tuple[RunningOrigin, Live]) -> None:
    origin, stream = live
    first = probe(origin, PATHS[0])
    stream.back(5)
    assert probe(origin, PATHS[0], first.evidence).reason == "live-backward"


@pytest.mark.parametrize("path", PATHS)
def test_a_stream_that_has_ended_is_a_film(live: tuple[RunningOrigin, Live], path: str) -> None:
    live[1].end()
    verdict = probe(live[0], path)
    assert (verdict.reason, verdict.evidence["live"]) == ("playable", False)


def test_a_stream_that_has_not_begun(live: tuple[RunningOrigin, Live], films: Any) -> None:
    live[0].mount("later", Live(films, segment=1.0, window=10.0, start=time.time() + 3600))
    for path in PATHS:
        assert probe(live[0], path.replace("live/", "later/", 1)).reason == "not-found"
