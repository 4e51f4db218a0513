"""What is public, and what a token opens."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from player.cli import main
from player.database import open_engine
from player.tokens import Scope, Tokens
from player.web import access
from player.web.access import SECONDS, WRONG, Rights, Wrongs
from tests.fetch import Answer, fetch
from tests.held import clip
from tests.servers import PlayerServer, run_player
from tests.test_serve import SECONDS as SERVE_SECONDS
from tests.test_serve import Process
from tests.waiting import until

Start = Callable[..., PlayerServer]

PUBLIC = ("/media/one", "/embed/one", "/healthz", "/readyz", "/openapi.json")
GUARDED = {
    **{path: {Scope.HEALTH, Scope.DASHBOARD} for path in ("/availability", "/availability/one", "/incidents")},
    **{path: {Scope.METRICS} for path in ("/metrics", "/sd", "/probe?target=one")},
    **{path: {Scope.DASHBOARD} for path in ("/dashboard", "/dashboard/dashboard.css")},
}


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_wrongs", Wrongs())
    monkeypatch.setattr(access, "_rights", Rights())


@pytest.fixture
def server(player_server: Start) -> PlayerServer:
    return player_server([clip("one")], public_health=False)


@pytest.fixture
def tokens(server: PlayerServer) -> Tokens:
    found: Tokens = server.app.extensions["steady-player"].tokens
    return found


def make(tokens: Tokens, *scopes: Scope, age: timedelta = timedelta(0), days: int | None = None) -> str:
    begin = datetime.now(UTC) - age
    return tokens.add("test", scopes, begin, begin + timedelta(days=days) if days else None)


def ask(server: PlayerServer, path: str, token: str | None = None, **headers: str) -> Answer:
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    return fetch(server.url + path, "GET", None, **headers)


def test_what_pages_need_is_public(server: PlayerServer) -> None:
    for path in PUBLIC:
        assert ask(server, path).status != 401, path


def test_the_rest_wants_a_token_of_its_scope(server: PlayerServer, tokens: Tokens) -> None:
    given = {scope: make(tokens, scope) for scope in Scope}
    for path, scopes in GUARDED.items():
        without = ask(server, path)
        assert (without.status, without.json["status"]) == (401, 401), path
        assert "Bearer" in without.headers["www-authenticate"]
        assert without.headers["cache-control"] == "no-store"
        for scope, token in given.items():
            answer = ask(server, path, token)
            assert answer.status == (200 if scope in scopes else 403), (path, scope)
            assert "public" not in answer.headers["cache-control"], "a shared cache would hand it to everybody"
            if scope in scopes:
                assert "Authorization" in answer.headers["vary"]
    assert fetch(f"{server.url}/availability", "OPTIONS").status == 204, "a preflight bears no token"


def test_a_token_may_come_as_a_password(server: PlayerServer, tokens: Tokens) -> None:
    token = make(tokens, Scope.DASHBOARD)
    for name in ("", "nagios"):
        basic = base64.b64encode(f"{name}:{token}".encode()).decode()
        assert ask(server, "/dashboard", authorization=f"Basic {basic}").status == 200


@pytest.mark.parametrize("wrong", ["", "x", "spt_", "spt_0123456789ab_" + "A" * 43, "é"])
def test_what_is_no_token_opens_nothing(server: PlayerServer, wrong: str) -> None:
    for scheme in ("Bearer", "Basic"):
        given = f"{scheme} {wrong}".encode().decode("latin-1")
        assert ask(server, "/availability", authorization=given).status == 401


def test_a_token_ends(server: PlayerServer, tokens: Tokens) -> None:
    over, good = make(tokens, Scope.HEALTH, age=timedelta(days=3), days=2), make(tokens, Scope.HEALTH, days=2)
    assert ask(server, "/availability", over).status == 401
    assert ask(server, "/availability", good).status == 200
    assert ask(server, "/availability", good[:-1] + ("A" if good[-1] != "A" else "B")).status == 401
    assert tokens.revoke(good.split("_")[1], datetime.now(UTC))
    assert ask(server, "/availability", good).status == 401
    assert not tokens.revoke(good.split("_")[1], datetime.now(UTC))


def test_who_guesses_has_to_wait_and_shuts_out_nobody(server: PlayerServer, tokens: Tokens) -> None:
    known, new = make(tokens, Scope.HEALTH), make(tokens, Scope.HEALTH)
    assert ask(server, "/availability", known).status == 200
    for _ in range(WRONG):
        assert ask(server, "/availability", "wrong").status == 401
    waiting = ask(server, "/availability", "wrong")
    assert waiting.status == 429
    assert 0 < int(waiting.headers["retry-after"]) <= SECONDS
    assert ask(server, "/availability", new).status == 429
    assert ask(server, "/availability", known).status == 200
    assert ask(server, "/media/one").status == 200


def test_wrong_ones_are_forgotten_and_their_number_is_bounded() -> None:
    now = [0.0]
    wrongs = Wrongs(lambda: now[0], most=3)
    for _ in range(WRONG):
        assert wrongs.wait("a") == 0
        wrongs.add("a")
    assert wrongs.wait("a") == pytest.approx(SECONDS / WRONG)
    now[0] += SECONDS / WRONG
    assert wrongs.wait("a") == 0
    for address in "bcde":
        wrongs.add(address)
    assert len(wrongs) == 3
    rights = Rights(most=2)
    for token in ("x", "y", "z"):
        rights.add(token)
    assert [rights.knows(token) for token in "xyz"] == [False, True, True]


def test_neighbours_in_one_network_count_together() -> None:
    assert access._address("2001:db8::1") == access._address("2001:db8::ffff:2") != access._address("2001:db8:0:1::1")
    assert access._address("192.0.2.1") != access._address("192.0.2.2")


def test_the_document_tells_of_it(server: PlayerServer, player_server: Start) -> None:
    told = ask(server, "/openapi.json").json
    assert set(told["components"]["securitySchemes"]) == {"token", "password"}
    guarded = {path for path, methods in told["paths"].items() if "security" in methods["get"]}
    assert guarded == {"/availability", "/availability/{id}", "/incidents", "/sd"}
    assert {"401", "403", "429"} <= set(told["paths"]["/sd"]["get"]["responses"])


Do = Callable[..., Result]


@pytest.fixture
def do(tmp_path: Path) -> Iterator[Do]:
    def run(*arguments: str) -> Result:
        database = f"sqlite:///{tmp_path / 'cli.db'}"
        return CliRunner().invoke(main, ["--database", database, "token", *arguments])

    yield run


def test_a_token_is_made_shown_once_listed_and_revoked(do: Do, tmp_path: Path) -> None:
    made = do("add", "prometheus", "--scope", "metrics", "--scope", "health", "--days", "30")
    assert made.exit_code == 0
    token = made.stdout.strip()
    found = Tokens(open_engine(f"sqlite:///{tmp_path / 'cli.db'}")).find(token, datetime.now(UTC))
    assert found is not None
    assert found.scopes == {Scope.METRICS, Scope.HEALTH}
    listed = do("list")
    assert found.id in listed.stdout
    assert "prometheus" in listed.stdout
    assert token.rpartition("_")[2] not in listed.stdout
    assert token.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir()), "it is not kept"
    assert do("revoke", found.id).exit_code == 0
    assert "revoked" in do("list").stdout
    assert json.loads(do("list", "--json").stdout)["revoked_at"]
    for wrong in (found.id, "nothing", "é"):
        again = do("revoke", wrong)
        assert (again.exit_code, "token list" in again.output) == (1, True)
    assert do("add", " ", "--scope", "metrics").exit_code == 2
    assert do("add", "x").exit_code == 2


def test_the_read_path_asks_too(tmp_path: Path) -> None:
    database = tmp_path / "c.db"
    with run_player([clip("one")], {"database_url": f"sqlite:///{database}", "public_health": False}) as flask:
        tokens: Tokens = flask.app.extensions["steady-player"].tokens
        good, other = (make(tokens, scope) for scope in (Scope.HEALTH, Scope.METRICS))
        process = Process(database, "serve", "--port", "0", "--no-monitor", PLAYER_PUBLIC_HEALTH="off")
        try:
            url = process.url()

            def both(path: str, token: str | None = None, **headers: str) -> Answer:
                if token is not None:
                    headers["authorization"] = f"Bearer {token}"
                quick, slow = (fetch(at + path, "GET", None, **headers) for at in (url, flask.url))
                told = ("cache-control", "vary", "etag", "www-authenticate", "content-type", "retry-after")
                for name in told:
                    assert quick.headers.get(name) == slow.headers.get(name), (path, name)
                assert (quick.status, quick.body) == (slow.status, slow.body)
                return quick

            found = both("/availability/one", good)
            assert (found.status, "private" in found.headers["cache-control"]) == (200, True)
            assert both("/availability/one", good, if_none_match=found.headers["etag"]).status == 304
            assert both("/availability/nobody", good).status == 404
            assert both("/availability/one").status == 401
            assert both("/availability/one", other).status == 403
            assert both("/availability/one", "wrong").status == 401
            assert both("/media/one").headers["cache-control"].startswith("public")
            tokens.revoke(good.split("_")[1], datetime.now(UTC))
            until(lambda: fetch(f"{url}/availability/one", authorization=f"Bearer {good}").status == 401)
        finally:
            process.popen.terminate()
            process.popen.wait(SERVE_SECONDS)
