"""A host that is silent for all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from player.monitor.breaker import CANARY_SECONDS, ENOUGH, FIRST_CANARY_SECONDS, HOSTS, SILENCE, Breakers, Silence


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def reason(breakers: Breakers) -> str | None:
    silence = breakers.silence("cdn.example.org")
    return silence.reason if silence else None


def broken(clock: Clock, reason: str = "timeout") -> Breakers:
    breakers = Breakers(clock)
    turns = [breakers.tell("cdn.example.org", f"https://cdn.example.org/{n}", reason) for n in range(ENOUGH)]
    assert turns == [False] * (ENOUGH - 1) + [True]
    return breakers


def test_one_probe_at_a_time_goes_through_to_a_host_that_is_down() -> None:
    clock = Clock()
    breakers = broken(clock)
    assert [reason(breakers) for _ in range(3)] == ["timeout"] * 3
    clock.now += CANARY_SECONDS
    assert [reason(breakers) for _ in range(3)] == [None, "timeout", "timeout"]
    assert breakers.silence("other.example.org") is None
    assert breakers.down() == {"cdn.example.org": "timeout"}


def test_an_answer_of_any_kind_means_that_it_is_back() -> None:
    breakers = broken(Clock())
    assert breakers.tell("cdn.example.org", "https://cdn.example.org/1", "not-found")
    assert breakers.silence("cdn.example.org") is None
    assert breakers.down() == {}


def test_a_canary_that_dies_tells_why() -> None:
    breakers = broken(Clock())
    assert not breakers.tell("cdn.example.org", "https://cdn.example.org/1", "refused")
    assert reason(breakers) == "refused"


def test_one_source_that_is_silent_for_ever_does_not_bring_its_host_down() -> None:
    breakers = Breakers(Clock())
    for _ in range(50):
        breakers.tell("cdn.example.org", "https://cdn.example.org/1", "timeout")
    assert breakers.down() == {}


def test_what_only_a_file_can_say_is_no_silence() -> None:
    assert not SILENCE & {"not-found", "gone", "forbidden", "server-error", "truncated", "playable", "reset"}


def test_what_is_inferred_is_as_old_as_what_it_is_inferred_from() -> None:
    clock = Clock()
    breakers = broken(clock)
    clock.now += 1.0
    assert breakers.silence("cdn.example.org") == Silence("timeout", began=1.0, heard=1.0)
    clock.now += FIRST_CANARY_SECONDS
    assert breakers.silence("cdn.example.org") is None, "a blip is soon over: somebody asks"
    clock.now += 3.0
    breakers.tell("cdn.example.org", "https://cdn.example.org/1", "timeout", took=3.0)
    assert breakers.silence("cdn.example.org") == Silence("timeout", began=4.0 + FIRST_CANARY_SECONDS, heard=0.0)


def test_a_silence_began_with_the_first_probe_that_met_with_it() -> None:
    clock = Clock()
    breakers = Breakers(clock)
    for _ in range(50):
        clock.now += 60.0
        breakers.tell("cdn.example.org", "https://cdn.example.org/dead", "timeout", took=10.0)
    for n in range(ENOUGH):
        breakers.tell("cdn.example.org", f"https://cdn.example.org/{n}", "timeout", took=10.0)
    silence = breakers.silence("cdn.example.org")
    assert silence and silence.began == 10.0, "one file alone is no witness"


def test_a_host_that_answers_with_errors_is_to_blame_and_goes_on_being_asked() -> None:
    clock = Clock()
    breakers = broken(clock, "server-error")
    assert breakers.down() == {"cdn.example.org": "server-error"}
    assert breakers.silence("cdn.example.org") is None
    assert not breakers.tell("cdn.example.org", "https://cdn.example.org/1", "timeout")
    assert reason(breakers) == "timeout"
    assert breakers.tell("cdn.example.org", "https://cdn.example.org/1", "playable")
    assert breakers.down() == {}


@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["timeout", "dns", "playable", "gone"])), max_size=100))
def test_a_host_is_down_only_after_silence_from_enough_sources_and_no_answer_since(
    told: list[tuple[int, str]],
) -> None:
    breakers = Breakers(Clock())
    silent: set[int] = set()
    for source, reason in told:
        breakers.tell("h", str(source), reason)
        silent = silent | {source} if reason in SILENCE else set()
        assert bool(breakers.down()) == (len(silent) >= ENOUGH)


def test_memory_of_hosts_is_bounded() -> None:
    breakers = Breakers(Clock())
    for n in range(HOSTS + 10):
        breakers.tell(f"{n}.example.org", "x", "dns")
    assert len(breakers._hosts) == HOSTS
