"""The probe against real files on real sockets: every fault found, no healthy oddity wronged."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from demo.origin import RunningOrigin, run_origin
from player.probe.observe import HEAD, Observation, Prober, Target
from player.probe.reasons import REASONS, State
from player.probe.verdict import Verdict, judge
from tests.faults.case import Reply, Request, healthy
from tests.faults.origin import run_faults
from tests.faults.stream_media import served
from tests.streams import StreamMedia
from tests.waiting import until

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
TIMEOUT = 60.0  # seconds, where no time-out is expected
SHORT = 1.5  # where one is
_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def media(samples: Path) -> Iterator[RunningOrigin]:
    with run_origin(samples) as origin:
        yield origin


def observe(*targets: Target, timeout: float = TIMEOUT, allow: Any = LOOPBACK, **options: Any) -> list[Observation]:
    async def run() -> list[Observation]:
        async with Prober(timeout=timeout, allow_networks=allow, **options) as prober:
            return await asyncio.gather(*(prober.observe(target) for target in targets))

    return asyncio.run(run())


def probe(url: str, *, timeout: float = TIMEOUT, allow: Any = LOOPBACK, **target: Any) -> Verdict:
    aim = Target(url, **target)
    verdict = judge(aim, observe(aim, timeout=timeout, allow=allow)[0], interval=60)
    json.dumps(verdict.evidence)
    assert REASONS[verdict.reason].state is verdict.state
    return verdict


HEALTHY = {
    "plain.mp3": "mp3", "bare.mp3": "mp3", "plain.aac": "aac", "plain.m4a": "mp4", "plain.wav": "wav",
    "plain.flac": "flac", "plain.ogg": "ogg", "plain.webm": "webm", "faststart.mp4": "mp4",
    "fragmented.mp4": "fmp4", "indexed.mp4": "fmp4", "artwork.mp3": "mp3", "two-tags.mp3": "mp3",
    "garbage.mp3": "mp3", "far.mp3": "mp3", "tail-tag.mp3": "mp3", "tiny.mp3": "mp3", "free.mp4": "mp4",
    "to-end.mp4": "mp4", "junk.mp4": "mp4", "streamed.wav": "wav",
}  # fmt: skip


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_files_play(media: RunningOrigin, name: str) -> None:
    verdict = probe(media.url(name))
    assert (verdict.reason, verdict.evidence["container"]) == ("playable", HEALTHY[name]), verdict.evidence


@pytest.mark.parametrize("name", ["moov-last.mp4", "wide.mp4", "no-ftyp.mov"])
def test_an_index_at_the_end_is_worth_a_word(media: RunningOrigin, name: str) -> None:
    verdict = probe(media.url(name))
    assert (verdict.state, verdict.reason, verdict.evidence["container"]) == (State.DEGRADED, "index-last", "mp4")


@pytest.mark.parametrize("name", ["plain.mp3", "faststart.mp4", "plain.webm", "plain.flac", "plain.wav", "plain.aac"])
@pytest.mark.parametrize(
    "fault",
    [
        "chunked", "octet-stream", "redirect=4", "strict-range", "no-head", "delay=0.2", "no-cors",
        "mislabelled=application%2Foctet-stream%3B charset=binary", "stall=100000",
    ],
)  # fmt: skip
def test_healthy_manners(media: RunningOrigin, name: str, fault: str) -> None:
    assert probe(media.url(name, fault)).reason == "playable"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("plain.mp3", "audio/mp3"), ("plain.mp3", "AUDIO/MPEG; Charset=UTF-8"), ("plain.m4a", "audio/x-m4a"),
        ("plain.m4a", "video/mp4"), ("plain.m4a", "audio/aac"), ("plain.wav", "audio/x-wav"),
        ("plain.wav", "audio/vnd.wave"), ("plain.flac", "audio/x-flac"), ("plain.ogg", "application/ogg"),
        ("plain.aac", "audio/aacp"), ("plain.aac", "audio/mpeg"), ("plain.mp3", "binary/octet-stream"),
        ("faststart.mp4", "application/mp4"), ("faststart.mp4", "video/quicktime"), ("plain.webm", "audio/webm"),
    ],
)  # fmt: skip
def test_types_that_will_do(media: RunningOrigin, name: str, said: str) -> None:
    assert probe(media.url(name, f"mislabelled={quote(said, safe='')}")).reason == "playable"


def test_small_files_where_ranges_are_ignored_or_refused(media: RunningOrigin) -> None:
    assert probe(media.url("tiny.mp3", "no-range")).reason == "playable"
    assert probe(media.url("tiny.mp3", "no-length")).reason == "playable"
    refused = probe(media.url("tiny.mp3", "strict-range"))
    assert (refused.reason, refused.evidence["size"]) == ("playable", 418 * 5)


@pytest.mark.parametrize("name", ["plain.mp3", "faststart.mp4", "plain.webm"])
@pytest.mark.parametrize("fault", ["no-range", "no-length", "gzip", "no-range,chunked"])
def test_no_range_is_degraded_and_the_body_not_swallowed(media: RunningOrigin, name: str, fault: str) -> None:
    aim = Target(media.url(name, fault))
    seen = observe(aim)[0]
    verdict = judge(aim, seen, interval=60)
    assert (verdict.state, verdict.reason) == (State.DEGRADED, "no-range")
    assert seen.bytes <= 8 * HEAD


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("404", "not-found"), ("410", "gone"), ("451", "legal"), ("403", "forbidden"), ("401", "forbidden"),
        ("429", "rate-limited"), ("500", "server-error"), ("503", "server-error"), ("418", "http-status"),
        ("204", "empty"), ("html", "html"), ("soft-404", "html"), ("login", "redirected"),
        ("wrong-range", "wrong-range"), ("html,no-range", "html"),
        ("html,gzip", "html"), ("empty", "empty"), ("empty,no-range", "empty"), ("empty,chunked,no-range", "empty"),
        ("wrong-type", "wrong-type"), ("masked", "wrong-type"), ("mislabelled", "mislabelled"), ("untyped", "untyped"),
        ("mislabelled=image%2Fpng", "mislabelled"), ("mislabelled=text%2Fhtml", "mislabelled"),
        ("truncated=9000", "truncated"), ("truncated=100", "truncated"), ("truncated=9000,no-range", "truncated"),
        ("total=5000000", "truncated"), ("cut=5000", "reset"), ("cut=0", "reset"), ("reset=5000", "reset"),
        ("cut=5000,chunked", "reset"), ("cut=5000,no-range", "reset"), ("reset", "unreachable"),
        ("hangup", "unreachable"), ("garbage", "server-error"), ("huge-headers", "server-error"),
        ("redirect=21", "redirect-loop"), ("redirect-loop", "redirect-loop"),
        ("redirect-to=ftp%3A%2F%2Fexample.org%2Fx", "bad-url"),
        ("redirect-to=http%3A%2F%2Fuser%3Apassword%40127.0.0.1%2Fx", "bad-url"),
        ("redirect-to=http%3A%2F%2F169.254.169.254%2Flatest", "address-refused"),
        ("redirect-to=http%3A%2F%2F%5B%3A%3A1%5D%2F", "address-refused"),
    ],
)  # fmt: skip
def test_faults_are_found(media: RunningOrigin, fault: str, reason: str) -> None:
    for name in ("plain.mp3", "faststart.mp4"):
        assert probe(media.url(name, fault)).reason == reason, name


@pytest.mark.parametrize(
    "name",
    [
        "plain.mp3", "tail-tag.mp3", "plain.m4a", "plain.wav", "plain.webm", "faststart.mp4", "moov-last.mp4",
        "indexed.mp4", "artwork.mp3", "free.mp4", "wide.mp4", "junk.mp4", "no-ftyp.mov",
    ],
)  # fmt: skip
def test_half_a_file_is_truncated_where_its_header_says_so(media: RunningOrigin, samples: Path, name: str) -> None:
    size = (samples / name).stat().st_size
    verdict = probe(media.url(name, f"truncated={size // 2}"))
    assert (verdict.state, verdict.reason) == (State.UNAVAILABLE, "truncated"), verdict.evidence


def test_truncation_against_the_catalogue(media: RunningOrigin, samples: Path) -> None:
    size = (samples / "bare.mp3").stat().st_size
    half = media.url("bare.mp3", f"truncated={size // 2}")
    assert probe(half).reason == "playable"
    assert probe(half, size=size).reason == "truncated"
    assert probe(half, duration=6.0).reason == "truncated"
    assert probe(half, duration=3.0).reason == "playable"
    assert probe(media.url("bare.mp3"), size=size + 100, duration=6.3).reason == "playable"
    assert probe(media.url("faststart.mp4"), size=10 * size).reason == "playable"  # its boxes know better


def test_a_playlist_is_a_source(streams: StreamMedia) -> None:
    with run_origin(streams.root) as origin:
        for name, container in (("hls-ts", "hls"), ("dash-number", "dash")):
            for fault in (None, "no-range", "octet-stream"):
                origin.set_fault(streams.entries[name], fault)
                verdict = probe(origin.url(streams.entries[name]))
                assert (verdict.reason, verdict.evidence["container"]) == ("playable", container)


def test_documents_are_no_media(tmp_path: Path) -> None:
    for name, data in {
        "a.pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        "a.json": b'{"error": "gone"}',
        "a.txt": b"Not here any more.\n",
        "a.zip": b"PK\x03\x04\x14\0\0\0",
        "a.xml": b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>',
        "a.mp3": bytes(range(7, 200)) * 600,
    }.items():
        (tmp_path / name).write_bytes(data)
        with run_origin(tmp_path) as origin:
            assert probe(origin.url(name)).reason == "wrong-type", name


def test_silence_is_a_timeout(media: RunningOrigin) -> None:
    for fault in ("tarpit", "stall=5000"):
        assert probe(media.url("plain.mp3", fault), timeout=SHORT).reason == "timeout"
    assert probe(media.url("moov-last.mp4", "stall=20000"), timeout=SHORT).reason == "timeout"


def test_slow_is_not_dead(media: RunningOrigin) -> None:
    verdict = probe(media.url("plain.mp3", "slow=2000"), timeout=6)
    assert (verdict.reason, verdict.evidence["ended"]) == ("slow", "slow")


def test_addresses_that_are_none() -> None:
    for url in (
        "", "river.mp3", "//example.org/a.mp3", "ftp://example.org/a.mp3", "file:///etc/passwd", "javascript:alert(1)",
        "data:audio/mpeg;base64,AAAA", "http://", "http:///a.mp3", "http://user:secret@example.org/a.mp3",
        "http://example.org:99999/", "http://example.org:0/", "http://exa mple.org/", "http://[::1/", "http://a..b/",
        "http://%31%32%37.0.0.1/", "http://example.org\\@127.0.0.1/", "http://1.2.3.4.5/", "http://[fe80::1%25eth0]/",
        "http://example.org/\x00", "http://" + "a" * 300 + ".example/", "http://example.org/" + "a" * 20_000,
    ):  # fmt: skip
        verdict = probe(url)
        assert (verdict.state, verdict.reason) == (State.UNAVAILABLE, "bad-url"), url


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
    if shutil.which("openssl"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem", "-subj", "/CN=localhost"],
            check=True, capture_output=True,
        )  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
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
        return replace(seen, ms=0, checked_at=_MOMENT, headers=headers, bytes=min(seen.bytes, HEAD))

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


def test_evidence_has_what_an_engineer_needs(media: RunningOrigin) -> None:
    verdict = probe(media.url("faststart.mp4", "truncated=20000"))
    facts = verdict.evidence
    assert facts["status"] == "HTTP/1.1 206 Partial Content"
    assert bytes.fromhex(facts["head"])[4:8] == b"ftyp"
    assert (facts["box"], facts["size"]) == ("mdat", 20_000)
    assert facts["promised"] > 20_000
    assert facts["content_type"] == "video/mp4"
    moved = probe(media.url("plain.mp3", "redirect=2")).evidence
    assert (moved["redirects"], moved["final_url"]) == (2, media.url("plain.mp3") + "?signature=5f3a")
    assert probe(media.url("plain.mp3", "429")).evidence["retry_after"] == "30"
    both = probe(media.url("plain.mp3", "mislabelled,no-range"))
    assert [finding["reason"] for finding in both.evidence["findings"]] == ["mislabelled", "no-range"]
