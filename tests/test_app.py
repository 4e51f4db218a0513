"""The application as a whole, and the extension inside somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask, abort, render_template_string
from werkzeug.serving import make_server

from player import MediaPlayer, create_app
from player.catalogue.media import from_json
from player.monitor.worker import Monitor
from player.settings import SettingsError
from player.web.service import Service
from tests.fetch import fetch
from tests.held import clip
from tests.servers import PlayerServer
from tests.widget import serve_build

Start = Callable[..., PlayerServer]


@contextmanager
def live(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def service(app: Flask) -> Service:
    found: Service = app.extensions["steady-player"]
    return found


def test_what_is_not_there_is_a_problem(player_server: Start) -> None:
    url = player_server().url
    for path in ("/", "/nope", "/media", "/media/a/b", "/assets", "/embed", "/availability/a/b"):
        answer = fetch(url + path)
        assert answer.status == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"title": "Not Found", "status": 404}.items() <= answer.json.items()
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_only_reading_is_allowed(player_server: Start, method: str) -> None:
    url = player_server([clip("one")]).url
    for path in ("/media/one", "/availability", "/embed.js", "/healthz", "/metrics"):
        answer = fetch(url + path, method, body=b"{}")
        assert answer.status == 405, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert "GET" in answer.headers["allow"]
        assert answer.headers["access-control-allow-origin"] == "*"


def test_a_preflight_is_answered_for_every_origin(player_server: Start) -> None:
    url = player_server().url
    for path in ("/media/whatever", "/availability", "/embed.js", "/embed-x.js", "/oembed", "/metrics", "/readyz"):
        answer = fetch(
            url + path,
            "OPTIONS",
            origin="https://news.example.org",
            access_control_request_method="GET",
            access_control_request_headers="if-none-match",
        )
        assert (answer.status, answer.body) == (204, b""), path
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
        assert answer.headers["access-control-allow-headers"] == "*, Authorization"
        assert int(answer.headers["access-control-max-age"]) > 0


def test_a_database_that_is_gone_is_told_as_such(player_server: Start, tmp_path: Path) -> None:
    server = player_server([clip("one")])
    with service(server.app).engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE verdicts")
    for path in ("/media/one", "/availability", "/availability/one", "/metrics"):
        answer = fetch(server.url + path)
        assert answer.status == 503, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["check"] == "database"
        assert int(answer.headers["retry-after"]) > 0
        assert b"SELECT" not in answer.body


def test_a_fault_of_ours_is_a_problem_without_its_traceback(
    player_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = player_server([clip("one")])

    def broken(media_id: str) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(service(server.app).catalogue, "get", broken)
    answer = fetch(f"{server.url}/media/one")
    assert answer.status == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert b"secret" not in answer.body


def test_settings_may_come_as_names_and_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYER_PROBE_INTERVAL", "5")
    monkeypatch.setenv("PLAYER_DATABASE_URL", "sqlite:////nowhere/at/all.db")
    app = create_app({"PLAYER_DATABASE_URL": f"sqlite:///{tmp_path / 'a.db'}"})
    assert service(app).settings.probe_interval == 5
    with pytest.raises(SettingsError, match="PLAYER_PROBE_TIMEUOT"):
        create_app({"PLAYER_PROBE_TIMEUOT": 1})


def test_making_an_application_starts_nothing(tmp_path: Path) -> None:
    app = create_app({"PLAYER_DATABASE_URL": f"sqlite:///{tmp_path / 'a.db'}"})
    assert service(app).monitor is None
    assert Monitor._running is None or not Monitor._running.status.alive


@pytest.fixture
def host(tmp_path: Path) -> Flask:
    """Somebody's application, with a page, pages for its errors, and a player under a prefix."""
    app = Flask("host")
    app.config["PLAYER_DATABASE_URL"] = f"sqlite:///{tmp_path / 'host.db'}"

    @app.get("/article")
    def article() -> str:
        return render_template_string('{{ media_player("one") }}|{{ media_player("two") }}')

    @app.get("/forbidden")
    def forbidden() -> str:
        abort(403)

    @app.errorhandler(404)
    @app.errorhandler(405)
    def missing(error: Exception) -> tuple[str, int]:
        return "the host's own page", 404

    @app.errorhandler(Exception)
    def anything(error: Exception) -> tuple[str, int]:
        return "the host's own fault", 500

    MediaPlayer(app, url_prefix="/player")
    service(app).catalogue.import_many([from_json(clip("one")), from_json(clip("two"))])
    return app


def test_the_extension_answers_under_its_prefix(host: Flask) -> None:
    with live(host) as url:
        assert fetch(f"{url}/player/media/one").json["id"] == "one"
        assert fetch(f"{url}/player/availability").status == 200
        assert fetch(f"{url}/media/one").status == 404
        page = fetch(f"{url}/player/embed/one").text
        assert 'src="/player/embed.js"' in page
        described = fetch(f"{url}/player/oembed?url={url}/player/embed/one").json
        assert f'src="{url}/player/embed/one"' in described["html"]


def test_the_extension_keeps_its_errors_and_leaves_the_hosts(host: Flask) -> None:
    with live(host) as url:
        for path, method, status in (
            ("/player/media/nope", "GET", 404),
            ("/player/nope", "GET", 404),
            ("/player/", "GET", 404),
            ("/player/media/one", "DELETE", 405),
            ("/player/availability?limit=x", "GET", 400),
        ):
            answer = fetch(url + path, method)
            assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), path
        assert fetch(f"{url}/player/media/one", "OPTIONS").status == 204
        for path, method in (("/nope", "GET"), ("/article", "POST")):
            answer = fetch(url + path, method)
            assert answer.text == "the host's own page"
            assert "access-control-allow-origin" not in answer.headers
        assert fetch(f"{url}/forbidden").text == "the host's own fault"


def test_the_helper_writes_the_script_once_a_response(host: Flask) -> None:
    with live(host) as url:
        for _ in range(2):
            article = fetch(f"{url}/article").text
            assert article.count("<steady-player ") == 2
            assert article.count('<script async src="/player/embed.js"></script>') == 1
            assert article.index("<script async") < article.index("|")


def test_behind_another_address_the_markup_follows_it(tmp_path: Path) -> None:
    app = Flask("host")
    app.config["PLAYER_DATABASE_URL"] = f"sqlite:///{tmp_path / 'host.db'}"
    app.config["PLAYER_PUBLIC_URL"] = "https://media.example.org/p/"
    MediaPlayer(app, url_prefix="/player")
    service(app).catalogue.add(from_json(clip("one")))
    with live(app) as url:
        assert 'src="https://media.example.org/p/embed.js"' in fetch(f"{url}/player/embed/one").text
        asked = fetch(f"{url}/player/oembed?url=https://media.example.org/p/embed/one")
        assert 'src="https://media.example.org/p/embed/one"' in asked.json["html"]


def test_an_application_has_one_player(host: Flask) -> None:
    with pytest.raises(RuntimeError, match="already"):
        MediaPlayer(host, url_prefix="/other")


def test_a_prefix_begins_with_a_slash() -> None:
    with pytest.raises(ValueError, match="slash"):
        MediaPlayer(url_prefix="player")


def test_healthz_says_that_the_process_answers(player_server: Start) -> None:
    answer = fetch(player_server().url + "/healthz")
    assert (answer.status, answer.json["status"]) == (200, "pass")
    assert answer.headers["content-type"] == "application/health+json"
    assert answer.headers["cache-control"] == "no-store"


def test_readyz_names_what_is_wrong(player_server: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    serve_build(monkeypatch, tmp_path / "nothing")
    server = player_server([clip("one")])
    answer = fetch(f"{server.url}/readyz")
    assert answer.status == 503
    assert answer.headers["content-type"] == "application/health+json"
    assert answer.headers["cache-control"] == "no-store"
    checks = answer.json["checks"]
    assert checks["database"] == [{"status": "pass"}]
    assert "pip install -e ." in checks["widget"][0]["output"]
    with service(server.app).engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("DROP TABLE media")
    assert fetch(f"{server.url}/readyz").json["checks"]["database"][0]["status"] == "fail"


def test_readyz_tells_of_a_monitor_that_stopped(player_server: Start, built: Path) -> None:
    server = player_server()
    assert fetch(f"{server.url}/readyz").status == 200
    monitor = service(server.app).start_monitor()
    try:
        assert fetch(f"{server.url}/readyz").status == 200
    finally:
        assert monitor.stop()
    answer = fetch(f"{server.url}/readyz")
    assert answer.status == 503
    assert answer.json["checks"]["monitor"] == [{"status": "fail", "output": "the monitor has stopped"}]
