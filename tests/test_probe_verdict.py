"""Judgement alone: what facts argue for, how long a verdict holds, what an item's sources come to."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.probe.look import Look
from player.probe.observe import Observation, Target
from player.probe.reasons import REASONS, State
from player.probe.verdict import Verdict, combine, evidence, judge
from player.probe.verdict import findings as found

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TARGET = Target("https://cdn.example.org/river.mp3")
MP3 = Look("mp3", promised=100_000, box="Xing")


def seen(**facts: object) -> Observation:
    given_: dict[str, object] = {
        "url": TARGET.src, "final_url": TARGET.src, "checked_at": NOON, "status": 206, "received": 16_384,
        "status_line": "HTTP/1.1 206 Partial Content", "ended": "complete", "ranged": True, "size": 100_000,
        "look": MP3, "headers": {"content-type": "audio/mpeg"},
    }  # fmt: skip
    return Observation(**{**given_, **facts})  # type: ignore[arg-type]


def findings(target: Target, facts: Observation) -> list[str]:
    return [finding.reason for finding in found(target, facts)]


def test_sound_is_playable() -> None:
    assert findings(TARGET, seen()) == ["playable"]


@pytest.mark.parametrize("code", [code for code, reason in REASONS.items() if reason.transient])
def test_an_error_is_the_reason(code: str) -> None:
    assert findings(TARGET, seen(status=None, error=code)) == [code]


def test_what_is_dead_is_not_degraded_as_well() -> None:
    assert findings(TARGET, seen(status=404, ranged=False)) == ["not-found"]
    assert findings(TARGET, seen(look=Look("html"), headers={"content-type": "text/html"}, ranged=False)) == ["html"]


def test_degraded_tells_everything() -> None:
    assert findings(TARGET, seen(headers={"content-type": "text/plain"}, ranged=False)) == ["mislabelled", "no-range"]


def test_another_container_than_the_type_names() -> None:
    assert findings(TARGET, seen(headers={"content-type": "video/webm"})) == ["mislabelled"]
    assert findings(TARGET, seen(headers={"content-type": "audio/x-something-new"})) == ["playable"]


def test_truncation() -> None:
    assert findings(TARGET, seen(size=90_000)) == ["truncated"]
    assert findings(TARGET, seen(size=99_500)) == ["playable"]  # Xing is not exact
    assert findings(TARGET, seen(look=Look("mp4", promised=100_001, box="mdat"))) == ["truncated"]
    assert findings(TARGET, seen(end=50_000)) == ["truncated"]
    assert findings(TARGET, seen(look=Look("mp4", missing="mdat"))) == ["truncated"]
    assert findings(TARGET, seen(look=Look("mp4", missing="moov"))) == ["no-index"]
    assert findings(Target(TARGET.src, size=200_000), seen(look=Look("ogg"))) == ["truncated"]
    assert findings(Target(TARGET.src, size=200_000), seen()) == ["playable"]


def test_a_live_stream_needs_no_ranges() -> None:
    live = {"content-type": "audio/mpeg", "icy-name": "Radio"}
    facts = {"headers": live, "ranged": False, "size": None, "look": Look("mp3"), "ended": "capped", "status": 200}
    assert findings(TARGET, seen(**facts)) == ["playable"]


@pytest.mark.parametrize(
    ("doubt", "reason"), [("starved", "starved"), ("offline", "offline"), ("everywhere", "offline")]
)
def test_a_prober_in_doubt_calls_nothing_dead(doubt: str, reason: str) -> None:
    for error in ("timeout", "dns", "refused", "unreachable", "tls", "reset"):
        verdict = judge(TARGET, seen(status=None, error=error, look=None, doubt=doubt), interval=60)
        assert (verdict.state, verdict.reason) == (State.UNKNOWN, reason)
        assert [one["reason"] for one in verdict.evidence["findings"]] == [reason, error]
    assert findings(TARGET, seen(ended="stalled", doubt=doubt))[0] == reason
    # What a server has said stays said.
    assert findings(TARGET, seen(status=404, doubt=doubt)) == ["not-found"]
    assert findings(TARGET, seen(doubt=doubt)) == ["playable"]


def test_a_redirect_from_https_to_http_is_blocked() -> None:
    assert findings(TARGET, seen(redirects=1, final_url="http://cdn.example.org/river.mp3")) == ["mixed-content"]
    assert findings(TARGET, seen(redirects=1, final_url="https://cdn.example.net/river.mp3")) == ["playable"]


def test_a_coding_that_cannot_be_undone_is_our_fault() -> None:
    odd = {"content-type": "audio/mpeg", "content-encoding": "br"}
    assert findings(TARGET, seen(headers=odd, look=Look("unknown"), misencoded=True)) == ["probe-failed"]
    assert findings(TARGET, seen(headers=odd, misencoded=True)) == ["corrupt"]  # it is not so encoded at all


_LOOKS = st.none() | st.builds(
    Look,
    st.sampled_from(["mp3", "mp4", "fmp4", "webm", "html", "png", "id3", "unknown", "empty", "hls", "ogg"]),
    promised=st.none() | st.integers(0, 10**6),
    missing=st.none() | st.just("moov"),
    need=st.none() | st.just((1, 1)),
)
_SEEN = st.builds(
    Observation,
    url=st.just(TARGET.src),
    checked_at=st.just(NOON),
    status=st.none() | st.integers(100, 599),
    headers=st.dictionaries(
        st.sampled_from(["content-type", "content-encoding", "content-range"]), st.text(max_size=12)
    ),
    received=st.integers(0, 16_384),
    ended=st.sampled_from([None, "complete", "capped", "broken", "stalled", "slow"]),
    ranged=st.none() | st.booleans(),
    size=st.none() | st.integers(0, 10**6),
    end=st.none() | st.integers(0, 10**6),
    look=_LOOKS,
    error=st.none() | st.sampled_from(["timeout", "dns", "probe-failed"]),
)


@given(_SEEN, st.none() | st.integers(1, 10**6))
def test_every_observation_comes_to_reasons_of_the_vocabulary(facts: Observation, size: int | None) -> None:
    target = Target(TARGET.src, size=size)
    verdict = judge(target, facts, interval=60)
    assert verdict.state is REASONS[verdict.reason].state
    json.dumps(verdict.evidence)
    assert all(value is not None for value in evidence(target, facts).values())


def test_how_long_it_holds() -> None:
    verdict = judge(TARGET, seen(), interval=60)
    assert verdict.since == verdict.checked_at == NOON
    assert timedelta(seconds=120) < verdict.fresh_until - NOON < timedelta(seconds=180)


def test_since_is_kept_while_nothing_changes() -> None:
    first = judge(TARGET, seen(), interval=60)
    later = NOON + timedelta(minutes=1)
    assert judge(TARGET, seen(checked_at=later), interval=60, previous=first).since == NOON
    assert judge(TARGET, seen(checked_at=later, status=404), interval=60, previous=first).since == later
    dead = judge(TARGET, seen(status=404), interval=60)
    assert judge(TARGET, seen(checked_at=later, status=410), interval=60, previous=dead).since == later


def source(state: State, minute: int = 0) -> Verdict:
    at = NOON + timedelta(minutes=minute)
    reason = {A: "playable", D: "no-range", U: "not-found", K: "forbidden"}[state]
    return Verdict(state, reason, at, at, at + timedelta(minutes=2))


A, D, U, K = State.AVAILABLE, State.DEGRADED, State.UNAVAILABLE, State.UNKNOWN


@pytest.mark.parametrize(
    ("sources", "state", "reason"),
    [
        ([A], A, "playable"), ([A, A], A, "playable"), ([A, U], D, "not-found"), ([U, A], D, "not-found"),
        ([A, D], D, "no-range"), ([D, D], D, "no-range"), ([D, U], D, "no-range"), ([U, D], D, "not-found"),
        ([U], U, "not-found"), ([U, U], U, "not-found"), ([K], K, "forbidden"), ([U, K], K, "forbidden"),
        ([A, K], A, "playable"), ([K, A], A, "playable"), ([], K, "unchecked"),
    ],
)  # fmt: skip
def test_an_item_is_what_its_sources_come_to(sources: list[State], state: State, reason: str) -> None:
    whole = combine([source(one) for one in sources])
    assert (whole.state, whole.reason) == (state, reason)


def test_an_item_is_as_fresh_as_its_stalest_source() -> None:
    whole = combine([source(A, 5), source(A, 1), source(A, 3)])
    assert (whole.checked_at, whole.fresh_until) == (NOON + timedelta(minutes=1), NOON + timedelta(minutes=3))


def test_an_item_died_when_its_last_source_did() -> None:
    assert combine([source(U, 1), source(U, 7)]).since == NOON + timedelta(minutes=7)


def test_an_item_is_unknown_only_where_no_source_plays() -> None:
    for states in product(State, repeat=3):
        whole = combine([source(state) for state in states])
        plays = {A, D} & set(states)
        assert (whole.state in (A, D)) == bool(plays)
        assert (whole.state is U) == (set(states) == {U})
