"""What a probe asks of a stream, and what it tells of it beside the verdict."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterator
from typing import Any

import pytest

from demo.origin import RunningOrigin, run_origin
from player.probe.ask import same
from player.probe.fetch import Fetched
from player.probe.observe import Observation, Prober, Target
from player.probe.verdict import judge
from tests.streams import StreamMedia

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


@pytest.fixture(scope="module")
def origin(streams: StreamMedia) -> Iterator[RunningOrigin]:
    with run_origin(streams.root) as running:
        yield running


def observe(url: str, *, timeout: float = 60, **target: Any) -> tuple[Observation, str]:
    async def run() -> tuple[Observation, str]:
        aim = Target(url, **target)
        async with Prober(timeout=timeout, allow_networks=LOOPBACK) as prober:
            seen = await prober.observe(aim)
            return seen, judge(aim, seen, interval=60).reason

    return asyncio.run(run())


NEEDS = {"hls-ts": None, "hls-fmp4": None, "hls-audio": ["audio"], "hls-subs": ["audio", "text"]}


@pytest.mark.parametrize("name", NEEDS)
def test_what_an_engine_must_be_able_to_do(origin: RunningOrigin, streams: StreamMedia, name: str) -> None:
    seen, reason = observe(origin.url(streams.entries[name]))
    assert (reason, seen.facts.get("needs")) == ("playable", NEEDS[name])
    assert seen.facts["duration"] == pytest.approx(12, abs=0.3)
    assert not seen.facts["live"]


def test_every_part_is_asked_for_once_and_little_of_it(origin: RunningOrigin, streams: StreamMedia) -> None:
    before = len(origin.requests)
    seen, _ = observe(origin.url(streams.entries["hls-subs"]))
    asked = [(entry["path"], entry["range"]) for entry in origin.requests[before:]]
    assert len(asked) == len(set(asked)) == seen.requests
    paths = {path for path, _ in asked}
    for part in ("low", "high", "sound-en", "sound-fa"):
        for name in ("index.m3u8", "init.mp4", "0.m4s", "3.m4s", "5.m4s"):
            assert any(path.endswith(f"{part}/{name}") for path in paths), (part, name)
    assert any(path.endswith("text-fa/index.m3u8") for path in paths)
    assert seen.bytes < 30 * 4096


@pytest.mark.parametrize(("seconds", "reason"), [(12, "playable"), (13, "playable"), (60, "wrong-duration")])
@pytest.mark.parametrize("name", ["hls-ts", "hls-fmp4"])
def test_its_length_against_the_catalogue(
    origin: RunningOrigin, streams: StreamMedia, name: str, seconds: int, reason: str
) -> None:
    assert observe(origin.url(streams.entries[name]), duration=float(seconds))[1] == reason


def test_what_is_too_much_for_a_probe_is_left_out_and_said(streams: StreamMedia, tmp_path: Any) -> None:
    lines = [f"#EXT-X-STREAM-INF:BANDWIDTH={n}\nindex.m3u8?n={n}\n" for n in range(1, 200)]
    (tmp_path / "master.m3u8").write_text("#EXTM3U\n" + "".join(lines))
    for path in (streams.root / "hls-ts").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with run_origin(tmp_path) as running:
        seen, reason = observe(running.url("master.m3u8"))
    assert (reason, seen.facts["clipped"]) == ("playable", True)
    assert seen.requests <= 101


def test_a_probe_that_runs_out_of_time_blames_nobody(streams: StreamMedia, tmp_path: Any) -> None:
    lines = [f"#EXT-X-STREAM-INF:BANDWIDTH={n}\nindex.m3u8?n={n}\n" for n in range(1, 40)]
    (tmp_path / "master.m3u8").write_text("#EXTM3U\n" + "".join(lines))
    for path in (streams.root / "hls-ts").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with run_origin(tmp_path) as running:
        running.set_fault("index.m3u8", "delay=0.4")
        seen, reason = observe(running.url("master.m3u8"), timeout=2.5)
    assert (reason, seen.facts["clipped"]) == ("playable", True)


def test_two_versions_of_a_long_playlist_are_not_taken_for_one(streams: StreamMedia, tmp_path: Any) -> None:
    """A live playlist that has gone on between two parts of it is read anew."""
    one = Fetched("u", 0, 206, "", {"content-range": "bytes 0-9/20", "etag": '"a"'}, b"", "complete")
    rest = Fetched("u", 0, 206, "", {"content-range": "bytes 10-19/20", "etag": '"a"'}, b"", "complete")
    other = Fetched("u", 0, 206, "", {"content-range": "bytes 10-19/20", "etag": '"b"'}, b"", "complete")
    bare = Fetched("u", 0, 206, "", {"content-range": "bytes 10-19/20"}, b"", "complete")
    assert [same(one, rest), same(one, other), same(one, bare), same(bare, bare)] == [True, False, False, False]
