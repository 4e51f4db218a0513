"""What was made of an answer before is made of the same answer again, and of no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from player.probe.fetch import Fetched, Fetcher
from player.probe.observation import Observation
from player.probe.seeing import Seeing
from player.probe.target import Role, Target
from player.probe.url import parse
from player.probe.verdict import sentence

SRC = "http://cdn.example.org/a.mp3"
BODY = (b"\xff\xfb\x90\xc0" + bytes(413)) * 40  # 128 kbit/s, 44.1 kHz
HEADERS = {
    "content-type": "audio/mpeg",
    "content-range": f"bytes 0-{len(BODY) - 1}/{len(BODY)}",
    "content-length": str(len(BODY)),
}


def answer(body: bytes = BODY, status: int = 206, address: str = "192.0.2.1", **headers: str) -> Fetched:
    told = HEADERS | {name.replace("_", "-"): value for name, value in headers.items()}
    return Fetched(SRC, 0, status, f"HTTP/1.1 {status} Whatever", told, body, "complete", None, address)


def seeing() -> Seeing:
    return Seeing(Fetcher(), timeout=10.0, origin="https://news.example", warn=timedelta(days=14))


def look(by: Seeing, target: Target, one: Fetched) -> tuple[str, dict[str, Any]]:
    """Reason and evidence."""
    seen = Observation(target.src, checked_at=datetime.now(UTC))
    assert by.settled(target, parse(target.src), one, 0.1, seen)
    finding, facts = sentence(target, seen)
    return finding.reason, facts


SIGNED = f"{SRC}?e=1893456000"
SITUATIONS = [
    (Target(SRC), answer()),
    (Target(SIGNED), replace(answer(), url=SIGNED)),
    (Target(SRC), answer(BODY[:-1] + b"x")),
    (Target(SRC), answer(address="192.0.2.2")),
    (Target(SRC), answer(content_type="text/plain")),
    (Target(SRC), answer(content_type="application/octet-stream")),
    (Target(SRC), answer(content_type="")),
    (Target(SRC), answer(cross_origin_resource_policy="same-origin")),
    (Target(SRC), answer(content_range=f"bytes 0-{len(BODY) - 1}/*")),
    (Target(SRC), answer(retry_after="3")),
    (Target(SRC, size=9_000_000), answer()),
    (Target(SRC, size=len(BODY)), answer()),
    (Target(SRC, duration=60.0), answer()),
    (Target(SRC, role=Role.IMAGE), answer()),
    (Target(SRC, before={"certificate_until": "2026-12-01T00:00:00+00:00"}), answer()),
    (Target(SRC), answer(status=404)),
]


@pytest.mark.parametrize(("target", "one"), SITUATIONS)
def test_whatever_was_seen_before_the_verdict_is_the_same(target: Target, one: Fetched) -> None:
    used = seeing()
    for other, before in [*SITUATIONS, *reversed(SITUATIONS)]:
        look(used, other, before)
    assert look(used, target, one) == look(seeing(), target, one)


def test_the_same_answer_is_not_looked_into_again(monkeypatch: pytest.MonkeyPatch) -> None:
    by = seeing()
    first = look(by, Target(SRC), answer(date="Mon, 06 Jul 2026 10:00:00 GMT"))
    monkeypatch.setattr("player.probe.sight.note", lambda *_: 1 / 0)
    monkeypatch.setattr("player.probe.verdict.evidence", lambda *_: 1 / 0)
    assert look(by, Target(SRC), answer(date="Mon, 06 Jul 2026 10:01:00 GMT")) == first


def test_what_is_told_belongs_to_one_verdict_alone() -> None:
    by = seeing()
    look(by, Target(SRC), answer())[1]["line"] = 7
    assert "line" not in look(by, Target(SRC), answer())[1]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("player.probe.seeing.MOST", 5)
    by = seeing()
    for number in range(20):
        look(by, Target(SRC, size=number), answer(BODY[:-1] + bytes([number])))
        look(by, Target(SRC, size=100 + number), answer())
    assert len(by._known) <= 5
    assert all(len(known.verdicts) <= 8 for known in by._known.values())
