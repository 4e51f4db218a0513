"""Verdicts and transitions in a real database file."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from player.catalogue.media import Kind, Lifecycle, Media, Source
from player.catalogue.store import Catalogue
from player.monitor.history import EPOCH, Backlog, BadCursor, History, Result, Transition, as_of
from player.monitor.rows import BATCH
from player.probe.reasons import REASONS, State
from player.probe.verdict import Verdict, combine
from tests.databases import on_sqlite

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def clip(media_id: str, sources: int = 1, **facts: Any) -> Media:
    parts = tuple(Source(f"https://cdn.example.org/{media_id}/{n}.mp3") for n in range(sources))
    return Media(**{"id": media_id, "kind": Kind.AUDIO, "title": media_id.upper(), "sources": parts, **facts})


def verdict(reason: str, at: datetime = NOW, **evidence: object) -> Verdict:
    return Verdict(REASONS[reason].state, reason, at, at, at + 2 * MINUTE, evidence)


def tell(history: History, media_id: str, *reasons: str | None, at: datetime = NOW) -> list[Transition]:
    """Record a verdict for each of an item's sources, in order; None leaves one out."""
    return history.record(
        [
            Result(held.source_id, verdict(reason, at), 1, 65_536, 12.5, at + MINUTE)
            for held, reason in zip(history.for_item(media_id), reasons, strict=True)
            if reason is not None
        ]
    )


def test_a_source_is_unchecked_until_it_is_probed(catalogue: Catalogue, history: History) -> None:
    catalogue.add(clip("a", 2))
    first, second = history.for_item("a")
    assert [held.src[-5:] for held in (first, second)] == ["0.mp3", "1.mp3"]
    assert first.verdict == Verdict(State.UNKNOWN, "unchecked", EPOCH, EPOCH, EPOCH, {})
    assert not first.probed and first.requests == first.bytes == 0
    assert history.for_item("none") == []
    assert set(history.for_items(["a", "none"])) == {"a", "none"}


def test_since_stays_while_nothing_changes(catalogue: Catalogue, history: History) -> None:
    catalogue.add(clip("a"))
    (source,) = history.for_item("a")
    (appeared,) = tell(history, "a", "playable")
    assert (appeared.from_state, appeared.from_reason) == (State.UNKNOWN, "unchecked")
    assert (appeared.state, appeared.reason, appeared.at) == (State.AVAILABLE, "playable", NOW)
    assert tell(history, "a", "playable", at=NOW + MINUTE) == []
    (held,) = history.for_item("a")
    assert held.probed and (held.requests, held.bytes, held.ms) == (1, 65_536, 12.5)
    assert (held.verdict.since, held.verdict.checked_at) == (NOW, NOW + MINUTE)
    assert held.verdict.fresh_until == NOW + 3 * MINUTE
    (changed,) = history.record(
        [Result(source.source_id, verdict("not-found", NOW + 2 * MINUTE, status=404), 2, 0, 1.0, NOW + 3 * MINUTE)]
    )
    assert (changed.from_reason, changed.reason, changed.evidence) == ("playable", "not-found", {"status": 404})
    (held,) = history.for_item("a")
    assert held.verdict == verdict("not-found", NOW + 2 * MINUTE, status=404)
    assert history.transitions() == [appeared, changed]
    assert history.transitions(after=appeared.id) == [changed]
    assert history.transitions(limit=1) == [appeared]
    assert history.transitions(media_id="b") == []


def test_results_in_one_batch_follow_each_other(catalogue: Catalogue, history: History) -> None:
    catalogue.add(clip("a"))
    (held,) = history.for_item("a")
    results = [
        Result(held.source_id, verdict(reason, NOW + n * MINUTE), 1, 1, 1.0, NOW + (n + 1) * MINUTE)
        for n, reason in enumerate(["timeout", "playable", "playable"])
    ]
    changes = history.record(results)
    assert [change.reason for change in changes] == ["timeout", "playable"]
    assert changes == history.transitions()
    (held,) = history.for_item("a")
    assert (held.verdict.since, held.verdict.checked_at) == (NOW + MINUTE, NOW + 2 * MINUTE)


def test_a_large_batch_is_written_in_order(catalogue: Catalogue, history: History) -> None:
    catalogue.import_many(clip(f"c{n:04}") for n in range(1_200))
    due = history.due(NOW, 2_000)
    changes = history.record([Result(one.source_id, verdict("gone"), 1, 1, 1.0, NOW) for one in due])
    assert [change.source_id for change in changes] == [one.source_id for one in due]
    assert changes == history.transitions(limit=2_000)
    assert history.summary(NOW).states[State.UNAVAILABLE] == 1_200


def test_a_hosts_sources_are_made_due_a_few_at_a_time(catalogue: Catalogue, history: History) -> None:
    catalogue.import_many(clip(f"c{n}") for n in range(5))
    catalogue.add(replace(clip("other"), sources=(Source("https://other.example.org/a.mp3"),)))
    for name in (*(f"c{n}" for n in range(5)), "other"):
        tell(history, name, "playable")
    after, seen = 0, []
    while after := history.make_host_due_from("cdn.example.org", NOW, after, 2):
        seen.append(len(history.due(NOW, 100)))
    assert seen == [2, 4]
    assert {one.media_id for one in history.due(NOW, 100)} == {f"c{n}" for n in range(5)}
    assert history.make_host_due("cdn.example.org", NOW, limit=2) == 0, "they are due"
    assert history.make_host_due("other.example.org", NOW, limit=2) == 1


def test_more_sources_than_are_planned_for(catalogue: Catalogue, history: History) -> None:
    catalogue.import_many(clip(f"c{n}") for n in range(5))
    assert [history.more_sources_than(number) for number in (0, 4, 5, 6)] == [True, True, False, False]


def test_what_was_probed_in_the_future_is_due_now(catalogue: Catalogue, history: History) -> None:
    names = [f"c{n:04}" for n in range(BATCH + 2)]
    catalogue.import_many(clip(name) for name in [*names, "past"])
    ahead = [held.source_id for one in history.for_items(names).values() for held in one]
    late = NOW + 60 * MINUTE
    history.record([Result(number, verdict("playable", late), 1, 1, 1.0, late + MINUTE) for number in ahead])
    tell(history, "past", "playable", at=NOW - MINUTE / 2)
    assert history.due(NOW, 10_000) == []
    assert history.put_right(NOW) == len(names)
    assert {one.media_id for one in history.due(NOW, 10_000)} == set(names)


def test_a_removed_item_leaves_its_transitions(catalogue: Catalogue, history: History) -> None:
    catalogue.add(clip("a"))
    (held,) = history.for_item("a")
    changes = tell(history, "a", "dns")
    catalogue.remove("a")
    assert history.for_item("a") == []
    assert history.transitions(media_id="a") == changes
    late = Result(held.source_id, verdict("playable"), 1, 1, 1.0, NOW)
    assert history.record([late]) == []
    assert history.record([]) == []


def test_never_probed_sources_are_due_first_then_the_longest_due(catalogue: Catalogue, history: History) -> None:
    catalogue.import_many([clip("a"), clip("b"), clip("c", duration=3.5, kind=Kind.VIDEO), clip("d")])
    tell(history, "a", "playable", at=NOW)
    tell(history, "b", "playable", at=NOW - MINUTE)
    tell(history, "d", "playable", at=NOW + MINUTE)
    due = history.due(NOW + MINUTE, 10)
    assert [one.media_id for one in due] == ["c", "b", "a"]
    assert due[0].current is None and due[0].duration == 3.5 and due[0].kind is Kind.VIDEO
    assert due[0].source == Source("https://cdn.example.org/c/0.mp3")
    assert due[1].current == verdict("playable", NOW - MINUTE)
    assert [one.media_id for one in history.due(NOW + MINUTE, 2)] == ["c", "b"]
    assert history.backlog(NOW + MINUTE) == Backlog(3, None)
    tell(history, "c", "playable", at=NOW)
    assert history.backlog(NOW + MINUTE) == Backlog(3, NOW)
    assert history.due(NOW - MINUTE, 9) == [] and history.backlog(NOW - MINUTE) == Backlog(0, None)


def test_only_what_may_be_played_is_probed(catalogue: Catalogue, history: History) -> None:
    catalogue.import_many(
        [
            clip("expired", expires_at=NOW),
            clip("removed", removed=True),
            clip("scheduled", published_at=NOW + MINUTE),
            clip("live", live=True),
        ]
    )
    assert history.backlog(NOW).due == 2
    for limit in (9, 2, 1):
        assert {one.media_id for one in history.due(NOW, limit)} <= {"scheduled", "live"}
        assert len(history.due(NOW, limit)) == min(limit, 2)
    assert history.backlog(NOW).due == 2


def test_an_item_that_is_brought_back_is_probed_again(catalogue: Catalogue, history: History) -> None:
    catalogue.import_many([clip("a", expires_at=NOW), clip("b", removed=True)])
    assert history.due(NOW, 9) == []
    catalogue.import_many([clip("a", expires_at=NOW + MINUTE), clip("b")])
    assert {one.media_id for one in history.due(NOW, 9)} == {"a", "b"}


def test_a_changed_title_asks_for_no_probe(catalogue: Catalogue, history: History) -> None:
    catalogue.import_many([clip("a"), clip("b"), clip("c")])
    for name in "abc":
        tell(history, name, "playable")
    catalogue.import_many([clip("a", title="new"), clip("b", kind=Kind.VIDEO), clip("c", duration=9.0)])
    assert [one.media_id for one in history.due(NOW, 9)] == ["b", "c"]


def test_an_item_can_be_made_due(catalogue: Catalogue, history: History) -> None:
    catalogue.import_many([clip("a", 2), clip("b")])
    for name, reasons in {"a": ("playable", "timeout"), "b": ("playable",)}.items():
        tell(history, name, *reasons)
    assert history.due(NOW, 9) == []
    assert history.make_due("a", NOW) == 2
    assert history.make_due("none", NOW) == 0
    assert [one.media_id for one in history.due(NOW, 9)] == ["a", "a"]
    assert history.for_item("a")[0].verdict == verdict("playable")


def test_replacing_an_item_keeps_its_verdicts_and_rechecks_what_changed(catalogue: Catalogue, history: History) -> None:
    catalogue.add(clip("a", 2))
    tell(history, "a", "playable", "gone")
    catalogue.add(clip("a", 3, title="new"), replace=True)
    assert [held.verdict.reason for held in history.for_item("a")] == ["playable", "gone", "unchecked"]
    assert len(history.due(NOW, 9)) == 1
    first, second = clip("a", 2).sources
    catalogue.add(Media("a", Kind.AUDIO, "A", (second, Source(first.src, size=9))), replace=True)
    assert [held.verdict.reason for held in history.for_item("a")] == ["gone", "playable"]
    assert [one.source.src for one in history.due(NOW, 9)] == [first.src]


def test_a_verdict_goes_stale(catalogue: Catalogue) -> None:
    dead = verdict("not-found", NOW, status=404)
    assert as_of(dead, dead.fresh_until) is dead
    stale = as_of(dead, dead.fresh_until + MINUTE)
    assert (stale.state, stale.reason, stale.evidence) == (State.UNKNOWN, "unchecked", {})
    assert (stale.since, stale.checked_at) == (dead.fresh_until, NOW)


CASES = {
    # sources' reasons: (the item's state, the item's reason)
    ("playable",): (State.AVAILABLE, "playable"),
    ("playable", "playable"): (State.AVAILABLE, "playable"),
    ("playable", "forbidden"): (State.AVAILABLE, "playable"),
    ("no-range", "playable"): (State.DEGRADED, "no-range"),
    ("playable", "not-found"): (State.DEGRADED, "not-found"),
    ("gone", "playable", "timeout"): (State.DEGRADED, "gone"),
    ("mislabelled", "playable", "timeout"): (State.DEGRADED, "mislabelled"),
    ("forbidden", "mislabelled", "no-range"): (State.DEGRADED, "mislabelled"),
    ("timeout", "not-found"): (State.UNAVAILABLE, "timeout"),
    ("not-found", "forbidden"): (State.UNKNOWN, "forbidden"),
    (None, "not-found"): (State.UNKNOWN, "unchecked"),
    (None,): (State.UNKNOWN, "unchecked"),
}


@pytest.mark.parametrize("reasons", CASES)
def test_an_items_state_follows_from_its_sources(
    catalogue: Catalogue, history: History, reasons: tuple[str | None, ...]
) -> None:
    catalogue.add(clip("a", len(reasons)))
    tell(history, "a", *reasons)
    state, reason = CASES[reasons]
    (item,) = history.failing(NOW).items
    assert (item.media_id, item.title, item.kind, item.lifecycle) == ("a", "A", Kind.AUDIO, Lifecycle.PUBLISHED)
    assert (item.state, item.reason) == (state, reason)
    summary = history.summary(NOW)
    assert summary.items == 1
    assert summary.states == {**dict.fromkeys(State, 0), state: 1}
    assert summary.reasons == {reason: 1}
    assert summary.checked_at == (NOW if any(reasons) else None)


_STORIES = st.lists(st.tuples(st.none() | st.sampled_from(sorted(REASONS)), st.integers(0, 4)), min_size=1, max_size=4)


@on_sqlite
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(stories=st.lists(_STORIES, min_size=1, max_size=5))
def test_the_database_counts_as_combine_does(
    catalogue: Catalogue, history: History, stories: list[list[tuple[str | None, int]]]
) -> None:
    for one in list(catalogue.all()):
        catalogue.remove(one.id)
    for n, story in enumerate(stories):
        catalogue.add(clip(f"c{n}", len(story)))
        for place, (reason, minutes) in enumerate(story):
            only = [reason if place == other else None for other in range(len(story))]
            tell(history, f"c{n}", *only, at=NOW - minutes * MINUTE)
    items = {one.media_id: one for one in history.failing(NOW).items}
    assert len(items) == len(stories)
    for media_id, held in history.for_items(items).items():
        expected = combine([as_of(one.verdict, NOW) for one in held])
        assert (items[media_id].state, items[media_id].reason) == (expected.state, expected.reason)
    summary = history.summary(NOW)
    assert summary.states == {state: sum(one.state is state for one in items.values()) for state in State}
    assert summary.reasons == Counter(one.reason for one in items.values())


def test_counts_and_failing_first(catalogue: Catalogue, history: History) -> None:
    reasons = {"e": "not-found", "d": "playable", "c": "no-range", "b": "timeout", "a": "playable", "f": None}
    for name, reason in reasons.items():
        catalogue.add(clip(name, kind=Kind.VIDEO if name in "bc" else Kind.AUDIO, live=name == "e"))
        tell(history, name, reason)
    hidden: dict[str, dict[str, Any]] = {
        "x": {"expires_at": NOW},
        "y": {"removed": True},
        "z": {"starts_at": NOW + MINUTE},
    }
    for name, facts in hidden.items():
        catalogue.add(clip(name, **facts))
        tell(history, name, "gone")
    summary = history.summary(NOW)
    assert summary.items == 6
    assert summary.states == {State.AVAILABLE: 2, State.DEGRADED: 1, State.UNAVAILABLE: 2, State.UNKNOWN: 1}
    assert summary.reasons == {"not-found": 1, "playable": 2, "no-range": 1, "timeout": 1, "unchecked": 1}
    assert summary.playing_share == pytest.approx(4 / 6)
    assert history.summary(NOW, kind=Kind.VIDEO).items == 2
    page = history.failing(NOW)
    assert "".join(item.media_id for item in page.items) == "becfad"
    assert page.next is None
    assert page.items[1].lifecycle is Lifecycle.LIVE
    assert [item.media_id for item in history.failing(NOW, state=State.UNAVAILABLE).items] == ["b", "e"]
    assert [item.media_id for item in history.failing(NOW, reason="playable").items] == ["a", "d"]
    assert [item.media_id for item in history.failing(NOW, kind=Kind.VIDEO).items] == ["b", "c"]
    assert history.totals(NOW).sources[Kind.AUDIO, State.AVAILABLE, "playable"] == 2
    assert sum(history.totals(NOW).sources.values()) == 6
    later = NOW + 3 * MINUTE  # all verdicts are stale, and z has started
    assert history.summary(later).states[State.UNKNOWN] == 7
    assert history.summary(later).reasons == {"unchecked": 7}


def test_nothing_to_count(history: History) -> None:
    summary = history.summary(NOW)
    assert (summary.items, summary.playing_share, summary.checked_at) == (0, 1.0, None)
    assert history.failing(NOW).items == ()
    assert history.totals(NOW).sources == {}


def test_pages_follow_each_other_without_gaps(catalogue: Catalogue, history: History) -> None:
    names = [f"c{n:02}" for n in range(23)]
    catalogue.import_many(clip(name) for name in names)
    for n, name in enumerate(names):
        tell(history, name, ["playable", "gone", None, "no-range"][n % 4])
    whole = [item.media_id for item in history.failing(NOW).items]
    assert sorted(whole) == names
    for limit in (1, 5, 22, 23):
        seen: list[str] = []
        after: str | None = None
        while True:
            page = history.failing(NOW, after=after, limit=limit)
            seen += [item.media_id for item in page.items]
            after = page.next
            if after is None:
                break
        assert seen == whole


@pytest.mark.parametrize("cursor", ["", "1", "x.a", "9.a", "1.", "\u0661.a", "-1.a"])
def test_a_cursor_from_elsewhere_is_refused(history: History, cursor: str) -> None:
    with pytest.raises(BadCursor):
        history.failing(NOW, after=cursor)
