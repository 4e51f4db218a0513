"""A prober that does not hear, or that nobody hears, calls nothing dead; and what it knows of hosts by their TLS."""

from __future__ import annotations

import asyncio
import ssl
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from demo.origin import RunningOrigin
from player.cli.fair import Fair
from player.probe.observe import Observation, Prober, Target
from player.probe.places import Places
from player.probe.reasons import State
from player.probe.verdict import judge
from tests.authority import Authority
from tests.faults.suite import LOOPBACK

WAIT = 60.0  # seconds: a hang, not a slow machine
MP3 = b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: %d\r\n\r\n"


@pytest.fixture
def clip(origin: RunningOrigin, samples: Path) -> RunningOrigin:
    (origin.root / "a.mp3").write_bytes((samples / "tiny.mp3").read_bytes())
    return origin


def reason(target: Target, seen: Observation) -> str:
    return judge(target, seen, interval=60).reason


def dead(origin: RunningOrigin, number: int) -> Target:
    return Target(f"http://127.0.0.{number}:1/a.mp3")  # nobody listens there


async def observe(prober: Prober, *targets: Target) -> list[str]:
    seen = await asyncio.gather(*(prober.observe(target) for target in targets))
    return [reason(target, one) for target, one in zip(targets, seen, strict=True)]


def held_up(clip: RunningOrigin, patience: float, every: float, blocked: float, times: int) -> Observation:
    """What a probe of silence sees whose loop is blocked so many seconds at a time."""

    async def run() -> Observation:
        async with Prober(timeout=patience, allow_networks=LOOPBACK) as prober:
            loop, left = asyncio.get_running_loop(), times

            def block() -> None:
                nonlocal left
                time.sleep(blocked)
                left -= 1
                if left:
                    loop.call_later(every, block)

            loop.call_later(every, block)
            return await prober.observe(Target(clip.url("a.mp3", "tarpit")))

    return asyncio.run(run())


def test_a_starved_prober_calls_nothing_dead(clip: RunningOrigin) -> None:
    seen = held_up(clip, 0.4, 0.1, 1.2, 3)
    verdict = judge(Target(clip.url("a.mp3")), seen, interval=60)
    assert (seen.doubt, verdict.state, verdict.reason) == ("starved", State.UNKNOWN, "starved")


def test_a_prober_that_was_held_up_listens_for_the_whole_time_all_the_same(clip: RunningOrigin) -> None:
    began = time.monotonic()
    seen = held_up(clip, 1.0, 0.5, 0.8, 1)
    assert (seen.doubt, reason(Target(clip.url("a.mp3")), seen)) == (None, "timeout")
    assert time.monotonic() - began >= 1.8


def test_a_loop_that_is_always_late_has_deadlines_all_the_same(clip: RunningOrigin) -> None:
    began = time.monotonic()
    assert held_up(clip, 0.4, 0.01, 0.3, 10**6).error == "timeout"
    assert time.monotonic() - began < 30


def test_what_came_while_the_prober_was_held_up_is_heard(clip: RunningOrigin) -> None:
    async def run() -> list[str]:
        async with Prober(timeout=2.0, allow_networks=LOOPBACK) as prober:
            await prober.observe(Target(clip.url("a.mp3")))  # a connection is there now
            probe = asyncio.ensure_future(observe(prober, Target(clip.url("a.mp3", "delay=0.5"))))
            asyncio.get_running_loop().call_later(0.2, time.sleep, 2.5)
            return await probe

    assert asyncio.run(run()) == ["playable"]


def test_every_host_fails_at_once(clip: RunningOrigin) -> None:
    async def run() -> tuple[list[str], list[str]]:
        async with Prober(timeout=WAIT, allow_networks=LOOPBACK) as prober:
            alone = await observe(prober, *(dead(clip, number) for number in (2, 3, 4, 5)))
        async with Prober(timeout=WAIT, allow_networks=LOOPBACK) as prober:
            targets = [dead(clip, number) for number in (2, 3, 4, 5)]
            return alone, await observe(prober, *targets, Target(clip.url("a.mp3", "delay=0.3")))

    alone, together = asyncio.run(run())
    assert alone == ["offline"] * 4
    assert together == ["refused"] * 4 + ["playable"]


def test_a_host_that_answered_before_is_asked_again(clip: RunningOrigin) -> None:
    async def run() -> tuple[list[str], list[str]]:
        async with Prober(timeout=WAIT, allow_networks=LOOPBACK) as prober:
            await observe(prober, Target(clip.url("a.mp3")))
            while_it_lives = await observe(prober, *(dead(clip, number) for number in (2, 3, 4)))
            await asyncio.to_thread(clip.refuse)
            return while_it_lives, await observe(prober, *(dead(clip, number) for number in (2, 3, 4)))

    lives, gone = asyncio.run(run())
    assert lives == ["refused"] * 3
    assert gone == ["offline"] * 3


def test_one_dead_host_is_dead() -> None:
    async def run() -> list[str]:
        async with Prober(timeout=WAIT, allow_networks=LOOPBACK) as prober:
            return await observe(prober, *(Target(f"http://127.0.0.9:{port}/") for port in (1, 2, 3, 4)))

    assert asyncio.run(run()) == ["refused"] * 4


class Secure(asyncio.Protocol):
    body: bytes
    made = 0
    resumed: list[bool]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        type(self).resumed.append(transport.get_extra_info("ssl_object").session_reused)

    def data_received(self, data: bytes) -> None:
        self.transport.write(MP3 % len(self.body) + self.body)
        if b"close" in data:
            self.transport.close()


def over_tls(
    files: tuple[Path, Path], body: bytes, paths: list[str], monkeypatch: pytest.MonkeyPatch, trusted: Path
) -> tuple[list[Observation], list[bool], int]:
    """What was seen of the paths, one after another; which connections took a session up; handshakes begun."""
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))

    class Handler(Secure):
        pass

    Handler.body, Handler.resumed = body, []
    begun = 0

    class Context(ssl.SSLContext):
        def wrap_bio(self, *arguments: Any, **options: Any) -> ssl.SSLObject:
            nonlocal begun
            begun += 1
            return super().wrap_bio(*arguments, **options)

    context = Context(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)

    async def run() -> list[Observation]:
        server = await asyncio.get_running_loop().create_server(Handler, "127.0.0.1", 0, ssl=context)
        base = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, Prober(timeout=WAIT, allow_networks=LOOPBACK) as prober:
            return [await prober.observe(Target(f"{base}/{path}.mp3")) for path in paths]

    return asyncio.run(run()), Handler.resumed, begun


@pytest.mark.parametrize(
    ("name", "days", "known", "found"),
    [
        ("127.0.0.1", 90, True, "playable"), ("127.0.0.1", 5, True, "certificate-expires"),
        ("127.0.0.1", -2, True, "tls-expired"), ("example.org", 90, True, "tls-name"),
        ("127.0.0.1", 90, False, "tls-untrusted"),
    ],
)  # fmt: skip
def test_certificates(
    name: str, days: int, known: bool, found: str, tmp_path: Path, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, trusted = Authority(), tmp_path / "authority.pem"
    trusted.write_bytes((authority if known else Authority()).certificate)
    files = authority.issue(tmp_path, name, valid=timedelta(days=days))
    body = (samples / "tiny.mp3").read_bytes()
    seen, _, begun = over_tls(files, body, ["a", "b", "c"], monkeypatch, trusted)
    for one in seen:
        verdict = judge(Target(one.url), one, interval=60)
        assert verdict.reason == found, verdict.evidence
        assert ("expires" in str(verdict.evidence)) == (found == "certificate-expires")
        assert ("certificate_until" in verdict.evidence) == (found in ("playable", "certificate-expires"))
    assert begun == 1  # once a host, not once a source


def test_sessions_are_taken_up_again(tmp_path: Path, samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, trusted = Authority(), tmp_path / "authority.pem"
    trusted.write_bytes(authority.certificate)
    files, body = authority.issue(tmp_path, "127.0.0.1"), (samples / "tiny.mp3").read_bytes()
    _, resumed, _ = over_tls(files, body, ["a", "close", "b"], monkeypatch, trusted)
    assert resumed == [False, True]


def test_no_host_stands_in_anothers_way() -> None:
    fair: Fair[int] = Fair(2)
    for number in range(100):
        fair.add("busy", number)
    fair.add("quiet", 100)
    taken = [fair.take() for _ in range(5)]
    assert taken == [("busy", 0), ("quiet", 100), ("busy", 1), None, None]
    fair.leave("busy")
    assert fair.take() == ("busy", 2)
    assert fair.length == 97


def test_places_are_given_in_turn_and_not_lost_to_the_impatient() -> None:
    async def run() -> None:
        places = Places(1)
        await places.take("a")
        waiting = [asyncio.create_task(places.take("a")) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        places.leave("a")
        waiting[1].cancel()  # it has been given the place already
        await asyncio.wait(waiting[:2])
        await asyncio.wait_for(waiting[2], WAIT)
        places.leave("a")
        await asyncio.wait_for(places.take("a"), WAIT)

    asyncio.run(run())
