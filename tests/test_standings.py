"""The sums that are kept, held to a count of everything there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, select

from player.catalogue.media import Kind, Lifecycle, Media
from player.catalogue.store import Catalogue
from player.database import reading
from player.monitor.history import History, Result, as_of
from player.monitor.listing import Filter
from player.probe.reasons import REASONS, State
from player.probe.verdict import Verdict, combine
from player.standings.keeping import AHEAD
from player.standings.reading import BOUND, correction
from player.standings.rebuilding import rebuild
from player.standings.standing import BY_SEVERITY, SEVERITY, Held, Offer, opened, stand
from player.tables import EPOCH, counts
from tests.counting import HOSTS, MINUTE, NOW, agree, item, tell
from tests.databases import on_sqlite

_moments = st.integers(-6, 6).map(lambda minutes: NOW + minutes * MINUTE)
_reasons = st.sampled_from(["playable", "no-range", "not-found", "timeout", "forbidden", "unchecked"])


# ---- what one item counts as


@settings(max_examples=200)
@given(
    times=st.tuples(*[st.none() | _moments] * 3),
    removed=st.booleans(),
    held=st.lists(
        st.builds(Held, st.sampled_from(HOSTS), st.sampled_from([*map(str, State), "?"]), _reasons, _moments)
    ),
    now=_moments,
    then=_moments,
)
def test_an_item_counts_as_its_verdicts_combine_for_as_long_as_it_says(
    times: tuple[Any, Any, Any], removed: bool, held: list[Held], now: datetime, then: datetime
) -> None:
    offer = Offer("a", "video", None, *times, removed)
    one = stand(offer, held, now)
    assert one.holds(now)
    if one.holds(then):
        assert stand(offer, held, then).counted == one.counted
    stage = Media("a", Kind.VIDEO, "A", (), (), None, None, None, None, None, None, *times, False, removed).lifecycle(
        now
    )
    if stage not in (Lifecycle.LIVE, Lifecycle.PUBLISHED) or not held:
        assert (one.severity, one.sources) == (None, ())
        return
    told = [as_of(_verdict(each), now) for each in held]
    whole = combine(told)
    assert (one.severity, one.reason) == (SEVERITY[whole.state], whole.reason)
    assert [(BY_SEVERITY[severity], reason) for _, severity, reason in one.sources] == [
        (each.state, each.reason) for each in told
    ]


def _verdict(held: Held) -> Verdict:
    sound = held.state in set(State)
    state, reason = (State(held.state), held.reason) if sound else (State.UNKNOWN, "probe-failed")
    return Verdict(state, reason, EPOCH, EPOCH, held.fresh_until)


@given(
    times=st.tuples(*[st.none() | _moments] * 3),
    removed=st.booleans(),
    hosts=st.lists(st.sampled_from(HOSTS)),
    now=_moments,
)
def test_a_new_item_counts_as_one_that_was_never_probed(
    times: tuple[Any, Any, Any], removed: bool, hosts: list[str], now: datetime
) -> None:
    offer = Offer("a", "audio", "en", *times, removed)
    assert opened(offer, hosts, now) == stand(offer, [Held(host, "unknown", "unchecked", EPOCH) for host in hosts], now)


# ---- all of them


class Newsroom(RuleBasedStateMachine):
    """Whatever happens, in whatever order, at whatever time: the sums say what a count would."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.catalogue, self.history, self.now = Catalogue(self.engine), History(self.engine), NOW
        for name in [one.id for one in self.catalogue.all()]:
            self.catalogue.remove(name)

    names = st.sampled_from(["p", "q", "r", "s"])

    @rule(
        name=names,
        hosts=st.lists(st.sampled_from(HOSTS), min_size=1, max_size=3),
        kind=st.sampled_from(Kind),
        lang=st.sampled_from([None, "en", "fa"]),
        start=st.none() | st.integers(-3, 4),
        lasts=st.none() | st.integers(1, 5),
        removed=st.sampled_from([False, False, False, True]),
        together=st.booleans(),
    )
    def put_in(
        self,
        name: str,
        hosts: list[str],
        kind: Kind,
        lang: str | None,
        start: int | None,
        lasts: int | None,
        removed: bool,
        together: bool,
    ) -> None:
        begins = None if start is None else self.now + start * MINUTE
        ends = None if lasts is None else (begins or self.now) + lasts * MINUTE
        facts: dict[str, Any] = {
            "kind": kind,
            "lang": lang,
            "starts_at": begins,
            "expires_at": ends,
            "removed": removed,
        }
        found = [item(name, *hosts, **facts)]
        self.catalogue.import_many([*found, item("t", *hosts, lang=lang)] if together else found)

    @rule(name=names)
    def take_out(self, name: str) -> None:
        self.catalogue.remove(name)

    @rule(
        names=st.lists(st.tuples(names, st.integers(0, 2), _reasons), min_size=1, max_size=4),
        late=st.integers(0, 2),
        fresh=st.integers(1, 4),
    )
    def probe(self, names: list[tuple[str, int, str]], late: int, fresh: int) -> None:
        at, results = self.now - late * MINUTE, []
        for name, place, why in names:
            if held := self.history.for_item(name):
                verdict = Verdict(REASONS[why].state, why, at, at, at + fresh * MINUTE, {})
                results.append(Result(held[place % len(held)].source_id, verdict, 1, 1, 1.0, at + MINUTE))
        self.history.record(results)

    @rule(halves=st.integers(1, 9))
    def wait(self, halves: int) -> None:
        self.now += halves * MINUTE / 2

    @rule()
    def set_the_clock_back(self) -> None:
        self.now -= 3 * MINUTE

    @rule()
    def settle(self) -> None:
        assert not self.history.settle(self.now)
        with reading(self.engine) as connection:
            right = correction(connection, self.now)
            assert right is not None and not right.items

    @rule()
    def count_anew(self) -> None:
        assert rebuild(self.engine).sums == 0

    @invariant()
    def counts(self) -> None:
        agree(self.engine, self.now, Filter(State.UNAVAILABLE, kind=Kind.AUDIO, host=HOSTS[0]))


@pytest.mark.parametrize("examples", [6, pytest.param(60, marks=pytest.mark.slow)])
def test_whatever_happens_is_counted(engine: Engine, examples: int) -> None:
    many = examples if engine.dialect.name == "sqlite" else examples // 2
    room = type("Room", (Newsroom,), {"engine": engine})
    told = settings(max_examples=many, stateful_step_count=12, deadline=None)
    run_state_machine_as_test(room, settings=told)


def test_a_verdict_that_had_run_out_counts_again(engine: Engine, catalogue: Catalogue, history: History) -> None:
    """The probe finds what was held, so there is no transition; but it had been counted as unknown."""
    catalogue.add(item("a"))
    tell(history, "a", "playable")
    later = NOW + 5 * MINUTE
    history.settle(later)
    assert history.summary(later).states[State.UNKNOWN] == 1
    tell(history, "a", "playable", at=later)
    agree(engine, later)
    assert history.summary(later).states[State.AVAILABLE] == 1


def test_most_items_are_looked_at_before_the_clock_changes_them(engine: Engine, history: History) -> None:
    """So that nobody who asks has to put right what was probed anew long ago."""
    Catalogue(engine).add(item("a"))
    tell(history, "a", "playable")
    tell(history, "a", "playable", at=NOW + MINUTE)
    soon = NOW + 2 * MINUTE - AHEAD / 2
    history.settle(soon)
    with reading(engine) as connection:
        right = correction(connection, NOW + 2 * MINUTE + MINUTE / 2)
        assert right is not None and not right.items
    agree(engine, NOW + 2 * MINUTE + MINUTE / 2)


def test_what_runs_out_all_at_once_is_told_all_the_same(engine: Engine, catalogue: Catalogue, history: History) -> None:
    """The monitor has ended and nobody sweeps: then nothing may be told to play, however many there are."""
    many = BOUND + 20
    catalogue.import_many(item(f"c{n:04}") for n in range(many))
    history.record(
        [
            Result(
                due.source_id, Verdict(State.AVAILABLE, "playable", NOW, NOW, NOW + MINUTE, {}), 1, 1, 1.0, NOW + MINUTE
            )
            for due in history.due(NOW, many)
        ]
    )
    assert history.summary(NOW).states[State.AVAILABLE] == many
    later = NOW + 2 * MINUTE
    with reading(engine) as connection:
        assert correction(connection, later) is None
    assert history.summary(later).states == {**dict.fromkeys(State, 0), State.UNKNOWN: many}
    assert history.failing(later, limit=1).items[0].state is State.UNKNOWN
    assert (history.by_host(later), history.by_language(later)) == ([(HOSTS[0], many, 0)], [("", many, 0)])
    while history.settle(later):
        pass
    agree(engine, later)


def test_hosts_and_languages_come_with_the_worst_first(history: History, catalogue: Catalogue) -> None:
    for host, lang, number, why in (("x", "en", 3, "playable"), ("y", "fa", 2, "gone"), ("z", None, 1, "gone")):
        for n in range(number):
            catalogue.add(item(f"{host}{n}", host, lang=lang))
            tell(history, f"{host}{n}", why)
    assert history.by_host(NOW) == [("y", 2, 2), ("z", 1, 1), ("x", 3, 0)]
    assert history.by_host(NOW, 1) == [("y", 2, 2)]
    assert history.by_language(NOW) == [("fa", 2, 2), ("", 1, 1), ("en", 3, 0)]
    catalogue.remove("z0")
    later = NOW + 3 * MINUTE  # nothing is known any more
    assert history.by_host(later) == [("x", 3, 0), ("y", 2, 0)]


def test_hosts_on_which_nothing_lies_any_more_are_forgotten(
    engine: Engine, catalogue: Catalogue, history: History
) -> None:
    for n in range(3):
        catalogue.add(item(f"c{n}", f"{n}.example.org"))
        catalogue.remove(f"c{n}")
    catalogue.add(item("d"))
    history.prune(NOW)
    agree(engine, NOW)
    with engine.connect() as connection:
        names = connection.execute(select(counts.c.name).where(counts.c.scope == "host").distinct()).scalars().all()
    assert names == [HOSTS[0]]


@on_sqlite
def test_asking_costs_the_same_however_many_items_there_are(
    engine: Engine, catalogue: Catalogue, history: History
) -> None:
    asked: dict[str, Callable[[], object]] = {
        "totals": lambda: history.totals(NOW),
        "failing": lambda: history.failing(NOW, limit=10),
        "of a kind": lambda: history.failing(NOW, kind=Kind.VIDEO),
        "for a reason": lambda: history.failing(NOW, reason="dns"),
        "hosts": lambda: history.by_host(NOW, 10),
        "languages": lambda: history.by_language(NOW, 10),
        "backlog": lambda: history.backlog(NOW),
    }

    def grow(begin: int, end: int) -> None:
        catalogue.import_many(item(f"c{n:05}", *HOSTS) for n in range(begin, end))
        results = [
            Result(
                due.source_id, Verdict(State.AVAILABLE, "playable", NOW, NOW, NOW + MINUTE, {}), 1, 1, 1.0, NOW + MINUTE
            )
            for due in history.due(NOW, 2 * end)
        ]
        history.record(results)

    grow(0, 100)
    few = {name: _steps(engine, question) for name, question in asked.items()}
    grow(100, 1000)
    for name, question in asked.items():
        assert _steps(engine, question) < few[name] * 1.5 + 200, name


def _steps(engine: Engine, question: Callable[[], object]) -> int:
    """Steps of SQLite's machine, in tens."""
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    driver.set_progress_handler(step, 10)
    try:
        question()
    finally:
        driver.set_progress_handler(None, 10)
    assert taken
    return taken
