"""`/openapi.json`, held to what the server does by asking it whatever the document allows, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from tests.fetch import fetch
from tests.held import clip, tell
from tests.servers import PlayerServer, run_player
from tests.test_incidents import tell as tell_down


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlayerServer]:
    database = f"sqlite:///{tmp_path_factory.mktemp('openapi') / 'c.db'}"
    items = [
        clip("good", duration=228, lang="en", tracks=[{"src": "https://cdn.example.org/a.vtt", "kind": "captions"}]),
        clip("dead", "a", "b", kind="video"),
        clip("hurt", "c"),
        clip("blocked", "d"),
        clip("taken", removed=True),
        clip("later", starts_at="2100-01-01T00:00:00+00:00"),
    ]
    with run_player(items, {"database_url": database}) as started:
        history = started.app.extensions["steady-player"].history
        tell(history, "good", "playable", evidence={"status": 206})
        tell(history, "dead", "gone", "timeout")
        tell(history, "blocked", "playable")
        tell(history, "blocked", "legal", vantage="ir")
        tell_down(history, {"hurt": ["dns"]}, {"cdn.example.org": "dns"})
        history.host_back("cdn.example.org", datetime.now(UTC))
        yield started


@pytest.fixture(scope="module")
def api(server: PlayerServer) -> Any:
    return schemathesis.openapi.from_dict(fetch(f"{server.url}/openapi.json").json)


# 503 is how a failing item is told, and 501 how oEmbed says that it has no XML; both are in the document.
EXPECTED = [schemathesis.checks.not_a_server_error]

PATHS = (
    *(
        "/media/{id}",
        "/availability",
        "/availability/{id}",
        "/steering/{id}",
        "/incidents",
        "/sd",
        "/oembed",
        "/healthz",
        "/readyz",
    ),
)


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        *((path, GenerationMode.POSITIVE) for path in PATHS),
        # Where there is something that can be asked wrongly.
        *((path, GenerationMode.NEGATIVE) for path in ("/availability", "/incidents", "/sd", "/oembed")),
    ],
    ids=lambda value: str(getattr(value, "value", value)),
)
def test_the_server_does_as_the_document_says(api: Any, server: PlayerServer, path: str, mode: GenerationMode) -> None:
    operation = api[path]["GET"]
    # What was taken down is asked for below: 410 does not count as an answer here.
    ids = iter(["good", "dead", "later", "nobody"] * 25)

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        if case.path_parameters:
            case.path_parameters = {"id": next(ids)}
        if mode is GenerationMode.POSITIVE and path == "/oembed":
            case.query["url"] = f"{server.url}/embed/good"
        case.validate_response(case.call(base_url=server.url), excluded_checks=EXPECTED)

    ask()


def test_every_item_is_as_described(api: Any, server: PlayerServer) -> None:
    """The interesting answers, whatever was drawn above."""
    for path, ids in (
        ("/media/{id}", "good dead blocked taken later"),
        ("/availability/{id}", "good dead blocked hurt later"),
        ("/steering/{id}", "good dead taken"),
    ):
        for media_id in ids.split():
            case = api[path]["GET"].Case(path_parameters={"id": media_id})
            case.validate_response(case.call(base_url=server.url), excluded_checks=EXPECTED)


def test_every_json_address_is_described(server: PlayerServer) -> None:
    told = set(fetch(f"{server.url}/openapi.json").json["paths"])
    assert told == set(PATHS)
    other = {"/embed", "/assets", "/metrics", "/probe", "/events", "/dashboard", "/openapi.json", "/static"}
    for rule in server.app.url_map.iter_rules():
        path = rule.rule.replace("<id>", "{id}")
        assert path in told or any(path.startswith(one) for one in other), path
