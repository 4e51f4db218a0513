"""The probe against real files on real sockets: every fault found, no healthy oddity wronged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from demo.origin import RunningOrigin, run_origin
from player.probe.observe import HEAD, Target
from player.probe.reasons import State
from player.probe.verdict import judge
from tests.probing import SHORT, observe, probe
from tests.streams import StreamMedia


@pytest.fixture(scope="module")
def media(samples: Path) -> Iterator[RunningOrigin]:
    with run_origin(samples) as origin:
        yield origin


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
