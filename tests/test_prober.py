"""What a prober takes upon itself: where it may go, how much it asks of whom, when it doubts itself."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from demo.origin import RunningOrigin, run_origin
from player.probe.observe import HEAD, Observation, Prober, Target
from player.probe.reasons import State
from player.probe.verdict import judge
from tests.authority import Authority
from tests.faults.case import Reply, Request, healthy
from tests.faults.origin import run_faults
from tests.faults.stream_media import served
from tests.probing import LOOPBACK, TIMEOUT, observe, probe
from tests.waiting import until

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def media(samples: Path) -> Iterator[RunningOrigin]:
    with run_origin(samples) as origin:
        yield origin


def test_the_guard_covers_every_spelling(media: RunningOrigin) -> None:
    before = len(media.requests)
    port = media.port
    for host in (
        "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.0.0.1.",
        "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]",
        "①②⑦.⓪.⓪.①", "10.0.0.1", "169.254.169.254", "[fd00:ec2::254]", "0.0.0.0", "0",
    ):  # fmt: skip
        verdict = probe(f"http://{host}:{port}/plain.mp3", allow=[], timeout=10)
        assert (verdict.state, verdict.reason) == (State.UNKNOWN, "address-refused"), host
    assert len(media.requests) == before
    for host in ("127.0.0.1", "localhost", "127.1", "[::ffff:127.0.0.1]"):
        assert probe(f"http://{host}:{port}/plain.mp3").reason == "playable", host


def test_a_name_that_changes_its_mind(media: RunningOrigin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebinding: whatever the resolver answers, the socket is judged when it is opened."""
    from player.probe.names import Address, Names

    async def resolve(self: object, host: str, port: int) -> list[Address]:
        return [(socket.AF_INET, ("127.0.0.1", port))]

    monkeypatch.setattr(Names, "resolve", resolve)
    assert probe(f"http://news.example:{media.port}/plain.mp3", allow=[]).reason == "address-refused"
    assert probe(f"http://news.example:{media.port}/plain.mp3").reason == "playable"


def test_no_connection(origin: RunningOrigin) -> None:
    url = origin.url("plain.mp3")
    origin.refuse()
    assert probe(url).reason == "refused"
    assert probe("http://no-such-name.invalid/a.mp3").reason == "dns"


def test_tls(media: RunningOrigin, tmp_path: Path) -> None:
    assert probe(media.url("plain.mp3").replace("http:", "https:")).reason == "tls"
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*Authority().issue(tmp_path, "127.0.0.1", by_itself=True))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_shake, args=(listener, context))
        thread.start()
        verdict = probe(f"https://127.0.0.1:{listener.getsockname()[1]}/plain.mp3")
        thread.join()
    # Where the machine has no authorities, the prober knows that it cannot judge.
    assert verdict.reason in ("tls-untrusted", "probe-failed")
    assert "self" in verdict.evidence["detail"]


def _shake(listener: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = listener.accept()
    try:
        with context.wrap_socket(connection, server_side=True):
            pass
    except OSError:
        connection.close()


def test_one_ranged_get_settles_it(media: RunningOrigin) -> None:
    before = len(media.requests)
    seen = observe(Target(media.url("faststart.mp4")))[0]
    asked = media.requests[before:]
    assert [(entry["method"], entry["range"]) for entry in asked] == [("GET", f"bytes=0-{HEAD - 1}")]
    assert (seen.requests, seen.bytes) == (1, HEAD)


def test_more_is_asked_only_where_the_bytes_ask_for_it(media: RunningOrigin) -> None:
    for name in ("moov-last.mp4", "artwork.mp3", "free.mp4", "far.mp3"):
        seen = observe(Target(media.url(name)))[0]
        assert 2 <= seen.requests <= 4, name
        assert seen.bytes <= 6 * HEAD, name


def test_the_same_is_seen_without_a_task(media: RunningOrigin) -> None:
    faults = [None, "404", "403", "html", "no-range", "chunked", "gzip", "redirect=2", "strict-range", "wrong-range",
              "cut=5000", "hangup", "garbage", "empty", "octet-stream"]  # fmt: skip
    names = ("plain.mp3", "tiny.mp3", "faststart.mp4", "moov-last.mp4", "plain.webm")
    targets = [Target(media.url(name, fault)) for name in names for fault in faults]
    targets += [Target("ftp://example.org/a"), Target(media.url("plain.mp3"), page="https://news.example/")]

    async def run() -> list[Observation]:
        loop = asyncio.get_running_loop()
        async with Prober(timeout=TIMEOUT, allow_networks=LOOPBACK, per_host=4) as prober:
            futures: list[asyncio.Future[Observation]] = [loop.create_future() for _ in targets]
            for target, future in zip(targets, futures, strict=True):
                prober.begin(target, lambda _, seen, future=future: future.set_result(seen))  # type: ignore[misc]
                assert not future.done()
            return await asyncio.gather(*futures)

    def facts(seen: Observation) -> Observation:
        """All but the time, and how much arrives of what nobody has asked for."""
        headers = {name: value for name, value in seen.headers.items() if name != "date"}
        return replace(seen, ms=0, checked_at=MOMENT, headers=headers, bytes=min(seen.bytes, HEAD))

    for one, other in zip(asyncio.run(run()), observe(*targets, per_host=4), strict=True):
        assert facts(one) == facts(other), one.url


def test_a_prober_that_is_left_tells_nothing_more(samples: Path) -> None:
    told: list[Observation] = []

    async def run() -> None:
        async with Prober(timeout=TIMEOUT, allow_networks=LOOPBACK) as prober:
            for _ in range(5):
                prober.begin(Target(origin.url("plain.mp3", "tarpit")), lambda _, seen: told.append(seen))
            await asyncio.to_thread(until, lambda: origin.connections > 0)

    with run_origin(samples) as origin:
        asyncio.run(run())
    assert told == []


def test_connections_are_reused(media: RunningOrigin) -> None:
    async def run() -> int:
        async with Prober(timeout=TIMEOUT, allow_networks=LOOPBACK) as prober:
            for _ in range(20):
                await prober.observe(Target(media.url("plain.mp3")))
                await prober.observe(Target(media.url("none.mp3")))
            return media.connections

    before = media.connections
    assert asyncio.run(run()) - before <= 1


def test_a_stale_connection_is_not_held_against_the_source(origin: RunningOrigin, samples: Path) -> None:
    shutil.copy(samples / "plain.mp3", origin.root)

    async def run() -> list[str]:
        async with Prober(timeout=TIMEOUT, allow_networks=LOOPBACK) as prober:
            reasons = []
            for _ in range(3):
                target = Target(origin.url("plain.mp3"))
                reasons.append(judge(target, await prober.observe(target), interval=60).reason)
                origin.refuse()
                origin.accept()
            return reasons

    assert asyncio.run(run()) == ["playable"] * 3


def test_no_more_at_one_host_than_allowed(samples: Path) -> None:
    with run_origin(samples) as origin:
        # Slow enough that one connection is not enough: another is opened for what has waited.
        targets = [Target(origin.url("plain.mp3", "delay=0.5")) for _ in range(12)]
        seen = observe(*targets, per_host=3)
        assert origin.peak == 3
    assert {one.status for one in seen} == {206}


def test_no_more_in_a_second_than_allowed(samples: Path) -> None:
    began = time.monotonic()
    with run_origin(samples) as origin:
        seen = observe(*(Target(origin.url("tiny.mp3")) for _ in range(9)), per_host=4, rate=5)
    assert {one.status for one in seen} == {206}
    assert time.monotonic() - began > 0.9  # four at once, and five at a fifth of a second each


def test_the_origin_of_the_pages_is_sent_and_has_to_be_allowed() -> None:
    film = served("hls-ts")

    def allowed(path: str) -> Callable[[Request], Reply]:
        answer = film[path]
        assert isinstance(answer, Reply)

        def reply(request: Request) -> Reply:
            known = request.headers.get("origin") == "https://news.example"
            return replace(answer, headers={"Access-Control-Allow-Origin": "https://news.example" if known else None})

        return reply

    case = healthy("origin", {path: allowed(path) for path in film}, "index.m3u8")
    with run_faults([case]) as origin:
        (ours,) = observe(Target(origin.url(case)), origin="https://news.example")
        (others,) = observe(Target(origin.url(case)), origin="https://other.example")
    assert [finding.reason for finding in ours.findings] == []
    assert {finding.reason for finding in others.findings} == {"cors"}


def test_waiting_for_a_place_is_not_held_against_the_source(samples: Path) -> None:
    with run_origin(samples) as origin:
        seen = observe(*(Target(origin.url("plain.mp3", "delay=0.7")) for _ in range(8)), per_host=1, timeout=5)
    assert {one.error for one in seen} == {None}


def test_an_accident_in_the_prober_is_no_verdict_on_the_source(
    media: RunningOrigin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("player.probe.containers.look", lambda *_, **__: 1 / 0)
    verdict = probe(media.url("plain.mp3"))
    assert (verdict.state, verdict.reason) == (State.UNKNOWN, "probe-failed")


def test_too_few_file_descriptors_are_no_verdict_either(media: RunningOrigin, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    def factory(allow: object) -> Any:
        def none_left(info: object) -> socket.socket:
            raise OSError(errno.EMFILE, "too many open files")

        return none_left

    monkeypatch.setattr("player.probe.opening.guarded_socket", factory)
    assert probe(media.url("plain.mp3")).reason == "probe-failed"
