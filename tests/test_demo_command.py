"""`steady-player demo`: one command, three origins, and nothing left behind."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.stage import COMMAND, ROOT, Demo, environ, run_demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with run_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


def get(url: str) -> tuple[int, bytes, Any]:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.headers


def verdict(demo: Demo, media_id: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Waits for the monitor."""
    until = time.monotonic() + 60
    while True:
        found: dict[str, Any] = json.loads(get(f"{demo.player}/availability/{media_id}")[1])
        if wanted(found):
            return found
        assert time.monotonic() < until, found
        time.sleep(0.1)


def test_streams_are_there_and_the_live_one_moves(demo: Demo) -> None:
    for media_id in ("stream-hls", "stream-dash", "stream-live"):
        assert verdict(demo, media_id, lambda found: found["state"] != "unknown")["state"] == "available"
        for source in json.loads(get(f"{demo.player}/media/{media_id}")[1])["sources"]:
            assert get(source["src"])[0] == 200
    playlist = f"{demo.media}/live/high-picture/index.m3u8"
    first, until = get(playlist)[1], time.monotonic() + 30
    while get(playlist)[1] == first:
        assert time.monotonic() < until, first
        time.sleep(0.1)


def test_each_origin_answers_once_the_addresses_are_printed(demo: Demo) -> None:
    assert len({demo.player, demo.article, demo.media}) == 3
    assert urlsplit(demo.article).hostname == "localhost" != urlsplit(demo.player).hostname
    status, page, headers = get(f"{demo.article}/")
    assert status == 200
    assert f"script-src {demo.player};" in headers["Content-Security-Policy"]
    assert f"{demo.player}/embed.js".encode() in page
    status, manifest, _ = get(f"{demo.player}/media/river-crossing")
    assert status == 200
    for source in json.loads(manifest)["sources"]:
        assert source["src"].startswith(f"{demo.media}/")
        status, body, _ = get(source["src"])
        assert (status, len(body)) == (200, source["size"])


@pytest.mark.parametrize("path", ["", "reasons", "languages", "live", "faults", "?state=failed&lang=fa"])
def test_qa_pages_stand_under_a_strict_policy(demo: Demo, path: str) -> None:
    status, page, headers = get(f"{demo.player}/demo/{path}")
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert b"/embed.js" in page
    for name in ("gallery.js", "gallery.css", "dom.js", "tiles.js", "logs.js", "panel.js", "states.js"):
        assert get(f"{demo.player}/demo/files/{name}")[0] == 200


def test_there_is_no_way_from_the_qa_pages_to_other_files(demo: Demo) -> None:
    for path in ("nothing", "files/stage.py", "files/..%2fsetup.cfg", "files/catalogue.json"):
        assert get(f"{demo.player}/demo/{path}")[0] == 404


def test_the_root_leads_to_the_qa_pages(demo: Demo) -> None:
    assert b"<title>Steady Player: QA</title>" in get(f"{demo.player}/")[1]


def test_what_is_dead_is_found_dead_and_what_plays_is_found_to(demo: Demo) -> None:
    assert verdict(demo, "river-crossing", lambda found: found["state"] == "available")["status"] == "pass"
    # The probe may reach this machine here, so a private address elsewhere is still refused.
    for media_id, reason in (("dead-not-found", "not-found"), ("dead-html", "html"), ("dead-timeout", "timeout")):
        found = verdict(demo, media_id, lambda found: found["state"] == "unavailable")
        assert found["sources"][0]["reason"] == reason
    found = verdict(demo, "unknown-address-refused", lambda found: bool(found["sources"][0].get("checked_at")))
    assert found["sources"][0]["reason"] == "address-refused"


def test_a_fault_is_told_within_one_interval_and_so_is_its_mending(demo: Demo) -> None:
    def switch(fault: str | None) -> None:
        body = json.dumps({"path": "river-crossing-fa.ogg", "fault": fault}).encode()
        urllib.request.urlopen(f"{demo.media}/!fault", data=body, timeout=10).close()

    verdict(demo, "river-crossing-fa", lambda found: found["state"] == "available")
    switch("404")
    found = verdict(demo, "river-crossing-fa", lambda found: found["state"] == "degraded")
    assert [source["reason"] for source in found["sources"]] == ["playable", "not-found"]
    switch(None)
    verdict(demo, "river-crossing-fa", lambda found: found["state"] == "available")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_ends_cleanly(tmp_path: Path, number: signal.Signals, status: int) -> None:
    with run_demo(tmp_path) as demo:
        ports = [urlsplit(origin).port for origin in (demo.player, demo.article, demo.media)]
        assert list(tmp_path.glob("steady-player-*/demo.db"))
        demo.process.send_signal(number)
        assert demo.process.wait(30) == status
    assert "Traceback" not in (tmp_path / "stderr.txt").read_text()
    assert list(tmp_path.glob("steady-player-*")) == [], "the temporary database is still there"
    for port in ports:
        with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port or 0), timeout=5):
            pass


def test_data_is_kept_where_asked(tmp_path: Path) -> None:
    data = tmp_path / "kept"
    with run_demo(tmp_path, "--data", str(data)):
        pass
    assert (data / "demo.db").is_file()
    with run_demo(tmp_path, "--data", str(data)) as demo:  # what is there already is brought up to date
        assert get(f"{demo.player}/media/river-crossing-video")[0] == 200


def test_a_port_in_use_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [*COMMAND, "--port", str(port)], cwd=ROOT, env=environ(tmp_path), capture_output=True, text=True, timeout=60
        )
    assert ended.returncode == 1
    assert str(port) in ended.stderr and "PLAYER_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr
