"""Which tokens the read path lets through by itself, and which it leaves to be judged."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from player.monitor.quick import reader
from player.tokens import Scope, Tokens
from player.web import access
from player.web.access import WRONG, Rights, Wrongs
from player.web.bodies import LOOK_SECONDS
from player.web.guard import Guard

CLIENT = "192.0.2.7:40123"
NOW = datetime.now(UTC)

Opens = Callable[..., bool]


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_wrongs", Wrongs())
    monkeypatch.setattr(access, "_rights", Rights())


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


@pytest.fixture
def guard(engine: Engine, clock: list[float]) -> Iterator[Guard]:
    found = reader(engine)
    yield Guard(found, found.revision, clock=lambda: clock[0])
    found.close()


@pytest.fixture
def tokens(engine: Engine) -> Tokens:
    return Tokens(engine)


def bearer(token: str) -> str:
    return f"Bearer {token}"


def test_a_token_of_its_scope_opens(guard: Guard, tokens: Tokens) -> None:
    for scope in Scope:
        token = tokens.add("x", [scope], NOW)
        assert guard.opens(bearer(token), CLIENT, NOW) is (scope is not Scope.METRICS)
        password = base64.b64encode(f"anybody:{token}".encode()).decode()
        assert guard.opens(f"Basic {password}", CLIENT, NOW) is (scope is not Scope.METRICS)
    assert not guard.opens(None, CLIENT, NOW)


@pytest.mark.parametrize("wrong", ["", "Bearer", "Bearer x", "Basic é", "Bearer spt_0123456789ab_" + "A" * 43, "\x00"])
def test_what_is_no_token_does_not(guard: Guard, wrong: str) -> None:
    assert not guard.opens(wrong, CLIENT, NOW)


def test_one_that_was_revoked_opens_no_longer_than_a_look(guard: Guard, tokens: Tokens, clock: list[float]) -> None:
    token = tokens.add("x", [Scope.HEALTH], NOW)
    assert guard.opens(bearer(token), CLIENT, NOW)
    tokens.revoke(token.split("_")[1], NOW)
    clock[0] += LOOK_SECONDS
    assert not guard.opens(bearer(token), CLIENT, NOW)


def test_one_that_has_run_out_opens_nothing(guard: Guard, tokens: Tokens) -> None:
    token = tokens.add("x", [Scope.HEALTH], NOW, NOW + timedelta(seconds=60))
    assert guard.opens(bearer(token), CLIENT, NOW + timedelta(seconds=59))
    assert not guard.opens(bearer(token), CLIENT, NOW + timedelta(seconds=60))


def test_who_guesses_is_not_even_looked_up(guard: Guard, tokens: Tokens) -> None:
    known, new = (tokens.add("x", [Scope.HEALTH], NOW) for _ in range(2))
    assert guard.opens(bearer(known), CLIENT, NOW)
    for _ in range(WRONG):
        access._wrongs.add("192.0.2.7")
    assert not guard.opens(bearer(new), CLIENT, NOW)
    assert guard.opens(bearer(new), "192.0.2.8:1", NOW)
    assert guard.opens(bearer(known), CLIENT, NOW), "nobody is shut out"
