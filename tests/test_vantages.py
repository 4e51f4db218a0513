"""What several vantage points hold of a source, judged together: the table, and whatever Hypothesis makes up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.monitor.vantages import ELSEWHERE, Sighting, by_vantage, judge, missing, told_of
from player.probe.reasons import REASONS, State
from player.probe.verdict import Verdict
from player.settings import HOME

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def verdict(reason: str, since: float = 0, fresh: float = 1, **evidence: object) -> Verdict:
    """`since` and `fresh` in minutes from now, before and after."""
    return Verdict(REASONS[reason].state, reason, NOW - since * MINUTE, NOW, NOW + fresh * MINUTE, evidence)


def judged(told: Mapping[str, str]) -> Verdict:
    return judge([Sighting(name, verdict(reason, 5)) for name, reason in told.items()], NOW)


TABLE = [
    ({"home": "playable"}, "available", "playable"),
    ({"ir": "legal"}, "unavailable", "legal"),
    # It plays, but not from everywhere.
    ({"home": "playable", "ir": "legal"}, "degraded", ELSEWHERE),
    ({"home": "reset", "ir": "playable"}, "degraded", ELSEWHERE),
    ({"home": "slow", "ir": "dns"}, "degraded", ELSEWHERE),
    ({"home": "playable", "eu": "playable", "ir": "timeout"}, "degraded", ELSEWHERE),
    ({"home": "playable", "ir": "geo-blocked"}, "degraded", ELSEWHERE),
    ({"home": "geo-blocked", "ir": "playable"}, "degraded", ELSEWHERE),
    ({"home": "playable", "ir": "flapping"}, "degraded", ELSEWHERE),
    # It plays from nowhere.
    ({"home": "not-found", "ir": "legal"}, "unavailable", "not-found"),
    ({"ir": "dns", "eu": "timeout"}, "unavailable", "timeout"),
    ({"ir": "geo-blocked", "home": "gone"}, "unavailable", "gone"),
    ({"home": "geo-blocked", "ir": "geo-blocked"}, "degraded", "geo-blocked"),
    ({"home": "flapping", "ir": "dns"}, "degraded", "flapping"),
    ({"home": "flapping", "ir": "flapping"}, "degraded", "flapping"),
    # It plays from everywhere, if not as well as it could.
    ({"home": "playable", "ir": "playable"}, "available", "playable"),
    ({"home": "playable", "ir": "slow"}, "degraded", "slow"),
    ({"home": "no-range", "ir": "slow"}, "degraded", "no-range"),
    # Who knows nothing has no say.
    ({"home": "playable", "ir": "forbidden"}, "available", "playable"),
    ({"home": "offline", "ir": "playable"}, "available", "playable"),
    ({"home": "not-found", "ir": "starved"}, "unavailable", "not-found"),
    ({"home": "rate-limited", "ir": "offline"}, "unknown", "rate-limited"),
]


@pytest.mark.parametrize(("told", "state", "reason"), TABLE, ids=lambda value: str(value))
def test_the_table(told: dict[str, str], state: str, reason: str) -> None:
    found = judged(told)
    assert (str(found.state), found.reason) == (state, reason)
    assert set(told_of(found)) == (set(told) if set(told) != {HOME} else set())


def test_what_each_one_says_is_told_with_the_reply_that_it_got() -> None:
    blocked = verdict("legal", status="451 Unavailable For Legal Reasons", head="00", vantages={"old": {}})
    found = judge([Sighting("ir", blocked), Sighting(HOME, verdict("playable", status="206"))], NOW)
    assert list(found.evidence["vantages"]) == [HOME, "ir"]
    assert found.evidence["vantages"]["ir"] == {
        "state": "unavailable",
        "reason": "legal",
        "since": "2026-06-01T12:00:00+00:00",
        "checked_at": "2026-06-01T12:00:00+00:00",
        "status": "451 Unavailable For Legal Reasons",
    }
    assert found.evidence["status"] == "206", "what stands beside it is of one from which it plays"
    assert told_of(found)["ir"].since == NOW


def test_a_stale_sighting_has_no_say() -> None:
    home, gone = Sighting(HOME, verdict("playable")), Sighting("ir", verdict("legal", fresh=-1))
    assert judge([home, gone], NOW) == home.verdict
    assert judge([gone], NOW) == gone.verdict
    both = Sighting("ir", verdict("legal"))
    assert judge([home, both], NOW).reason == ELSEWHERE
    assert judge([home, both], NOW + 2 * MINUTE).state in (State.AVAILABLE, State.UNAVAILABLE), "the latest of them"


def test_it_began_when_there_was_what_is_told() -> None:
    home, far = Sighting(HOME, verdict("playable", 60)), Sighting("ir", verdict("legal", 5))
    assert judge([home, far], NOW).since == NOW - 5 * MINUTE
    dead = [Sighting(HOME, verdict("timeout", 9)), Sighting("ir", verdict("legal", 90))]
    assert judge(dead, NOW).since == NOW - 9 * MINUTE, "it died when the last of them lost it"


def test_nobody_at_all_is_an_error() -> None:
    with pytest.raises(ValueError, match="nobody"):
        judge([], NOW)


NAMES = st.sampled_from([HOME, "eu", "ir", "cn"])
VERDICTS = st.builds(
    verdict, st.sampled_from(sorted({*REASONS} - {ELSEWHERE})), st.integers(0, 100), st.sampled_from([-1, 1, 2, 60])
)
SEEN = st.dictionaries(NAMES, VERDICTS, min_size=1).map(lambda told: [Sighting(*one) for one in told.items()])


@given(SEEN, st.randoms())
def test_no_order_of_telling_changes_what_is_held(seen: list[Sighting], chance: object) -> None:
    other = list(seen)
    chance.shuffle(other)  # type: ignore[attr-defined]
    fresh = [one for one in seen if one.verdict.fresh_until >= NOW]
    if fresh:
        assert judge(seen, NOW) == judge(other, NOW) == judge(fresh, NOW)


@given(SEEN)
def test_nothing_that_plays_anywhere_is_called_dead(seen: list[Sighting]) -> None:
    found = judge(seen, NOW)
    fresh = [one for one in seen if one.verdict.fresh_until >= NOW]
    if any(one.plays for one in fresh):
        assert found.state in (State.AVAILABLE, State.DEGRADED)
    if fresh and found.state is State.AVAILABLE:
        assert all(one.soundly or not one.knows for one in fresh)
    if found.reason == ELSEWHERE:
        assert any(one.soundly for one in fresh) and any(one.knows and not one.soundly for one in fresh)
    if fresh:
        assert found.fresh_until <= max(one.verdict.fresh_until for one in fresh)
        assert found.since >= min(one.verdict.since for one in fresh)


@given(SEEN, st.sampled_from(sorted(code for code, reason in REASONS.items() if reason.state is State.UNKNOWN)))
def test_one_more_that_knows_nothing_changes_nothing(seen: list[Sighting], reason: str) -> None:
    if any(one.verdict.fresh_until >= NOW and one.knows for one in seen):
        before, after = judge(seen, NOW), judge([*seen, Sighting("za", verdict(reason))], NOW)
        assert (before.state, before.reason, before.since) == (after.state, after.reason, after.since)


def test_an_item_is_missing_where_none_of_its_sources_plays() -> None:
    not_from_ir = judged({"home": "playable", "ir": "legal"})
    not_from_eu = judged({"home": "playable", "ir": "playable", "eu": "dns"})
    assert missing([not_from_ir]) == ["ir"]
    assert missing([not_from_ir, not_from_eu]) == [], "each plays from where the other does not"
    assert missing([not_from_ir, verdict("playable")]) == [], "nobody has seen the second one from there"
    assert missing([judged({"home": "gone", "ir": "legal"})]) == [], "it plays from nowhere"
    assert missing([verdict("playable")]) == missing([]) == []
    told = by_vantage([not_from_ir, not_from_eu])
    assert {name: (one.state, one.reason) for name, one in told.items()} == {
        "home": (State.AVAILABLE, "playable"),
        "eu": (State.UNKNOWN, "unchecked"),
        "ir": (State.DEGRADED, "legal"),
    }
    assert by_vantage([verdict("gone")]) == {}


def test_evidence_that_somebody_else_has_spoilt_is_no_error() -> None:
    assert told_of(verdict("playable", vantages="x")) == {}
    assert told_of(verdict("playable", vantages={"ir": 1})) == {}
    (one,) = told_of(verdict("playable", vantages={"ir": {"state": "dancing", "since": "yesterday"}})).values()
    assert (one.state, one.reason, one.since) == (State.UNKNOWN, "probe-failed", NOW)
