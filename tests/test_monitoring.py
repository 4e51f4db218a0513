"""What other people's monitoring makes of ours: a real Prometheus, promtool, blackbox_exporter, check_http, systemd."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families

from player.monitor.history import History
from player.probe.reasons import State
from tests import tools
from tests.fetch import fetch
from tests.held import clip, tell
from tests.servers import PlayerServer, run_player
from tests.waiting import until

DEPLOY = Path(__file__).resolve().parent.parent / "player" / "deploy"
RULES = DEPLOY / "prometheus" / "steady-player.rules.yml"

STATES: dict[str, tuple[list[str | None], str, bool]] = {
    # item: (what its sources are told, the state, whether monitoring is to be content)
    "sound": (["playable", "playable"], "available", True),
    "halved": (["playable", "timeout"], "degraded", True),
    "dead": (["gone", "timeout"], "unavailable", False),
    "unheard": ([None, None], "unknown", True),
}


def tool(name: str) -> Path:
    """Where it is. The test fails where apt could have brought it, and is skipped where nothing could."""
    found = tools.find(name)
    if found is None:
        package, _ = tools.TOOLS[name]
        told = f"{name} is missing: apt-get install {package}"
        if tools.by_apt():
            pytest.fail(told, pytrace=False)
        pytest.skip(told)
    return found


def run(*command: object, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], check=False, capture_output=True, text=True, input=given)


def agrees(*command: object, given: str | None = None) -> None:
    done = run(*command, given=given)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlayerServer]:
    database = f"sqlite:///{tmp_path_factory.mktemp('monitoring') / 'player.db'}"
    items = [clip(name, f"{name}-1", f"{name}-2", lang="fa") for name in STATES]
    with run_player(
        items, {"database_url": database, "probe_interval": 3600, "webhooks": ("http://h.example.org",)}
    ) as made:
        history: History = made.app.extensions["steady-player"].history
        for name, (reasons, _, _) in STATES.items():
            tell(history, name, *reasons, fresh=3600)
        for vantage in ("home", "ir"):
            history.places.heard(vantage, {}, datetime.now(UTC))
        yield made


@contextmanager
def running(*command: object, port: int, log: Path) -> Iterator[str]:
    """A server of somebody else's, from its first answer on."""
    with log.open("w") as told:
        process = subprocess.Popen([str(word) for word in command], stdout=told, stderr=told)
        try:
            until(lambda: _answers(port) or process.poll() is not None)
            assert process.poll() is None, log.read_text()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def _answers(port: int) -> bool:
    try:
        return fetch(f"http://127.0.0.1:{port}/-/ready").status in (200, 404)
    except OSError:
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def prometheus(server: PlayerServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """It runs by the configuration that we ship, but for the address, and more often."""
    folder, port = tmp_path_factory.mktemp("prometheus"), free_port()
    text = (DEPLOY / "prometheus" / "prometheus.yml").read_text()
    assert text.count("127.0.0.1:8000") == 3
    text = text.replace("127.0.0.1:8000", urlsplit(server.url).netloc)
    (folder / "prometheus.yml").write_text(re.sub(r"(interval): \d+[sm]", r"\1: 1s", text))
    shutil.copy(RULES, folder)
    command = (
        tool("prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    with running(*command, port=port, log=folder / "log.txt") as url:
        yield url


def ask(prometheus: str, question: str) -> list[dict[str, Any]]:
    answer = fetch(f"{prometheus}/api/v1/query?query={quote(question)}").json
    assert answer["status"] == "success", answer
    found: list[dict[str, Any]] = answer["data"]["result"]
    return found


def value(prometheus: str, question: str) -> float | None:
    found = ask(prometheus, question)
    return float(found[0]["value"][1]) if found else None


def test_promtool_finds_nothing_to_mend_in_the_metrics(server: PlayerServer) -> None:
    for path in ("/metrics", "/probe?target=dead"):
        agrees(tool("promtool"), "check", "metrics", given=fetch(server.url + path).text)


def test_promtool_accepts_the_rules_and_they_do_what_they_say() -> None:
    agrees(tool("promtool"), "check", "rules", RULES)
    agrees(tool("promtool"), "check", "config", DEPLOY / "prometheus" / "prometheus.yml")
    agrees(tool("promtool"), "test", "rules", DEPLOY / "prometheus" / "steady-player.tests.yml")
    alerts = set(re.findall(r"- alert: (\w+)", RULES.read_text()))
    tested = set(re.findall(r"alertname: (\w+)", (DEPLOY / "prometheus" / "steady-player.tests.yml").read_text()))
    assert tested == alerts


def test_a_real_prometheus_scrapes_the_service_and_finds_every_item(prometheus: str, server: PlayerServer) -> None:
    until(lambda: value(prometheus, 'steady_player_items{state="unavailable"}') == 1)
    assert value(prometheus, 'up{job="steady-player"}') == 1
    until(lambda: len(ask(prometheus, "probe_success")) == len(STATES))
    told = {one["metric"]["item"]: float(one["value"][1]) for one in ask(prometheus, "probe_success")}
    assert told == {"sound": 1, "halved": 1, "dead": 0, "unheard": 0}
    assert {one["metric"]["lang"] for one in ask(prometheus, "probe_success")} == {"fa"}
    until(lambda: value(prometheus, "steady_player:items_playing:ratio") == 0.75)
    rules = fetch(f"{prometheus}/api/v1/rules").json["data"]["groups"][0]["rules"]
    assert {rule["health"] for rule in rules} <= {"ok", "unknown"}
    until(lambda: value(prometheus, 'ALERTS{alertname="SteadyPlayerManyDead"}') == 1)
    assert server.url


def test_every_panel_of_the_grafana_dashboard_has_something_to_show(prometheus: str) -> None:
    dashboard = json.loads((DEPLOY / "grafana" / "steady-player.json").read_text())
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert len(panels) >= 10
    questions = [target["expr"] for panel in panels for target in panel["targets"]]
    until(lambda: value(prometheus, "steady_player:items_playing:ratio") is not None)
    for question in questions:
        plain = question.replace("$__rate_interval", "1m").replace("$job", "steady-player")
        # What only the monitor's own process tells is not here: it is asked for all the same, and must be well-formed.
        if "steady_player_probes_total" in plain or "monitor_up" in plain or "in_flight" in plain:
            ask(prometheus, plain)
        else:
            until(lambda plain=plain: ask(prometheus, plain) != [])  # type: ignore[misc]


def test_the_rules_and_the_dashboard_name_only_metrics_that_there_are(server: PlayerServer) -> None:
    families = text_string_to_metric_families(fetch(f"{server.url}/metrics").text)
    there = {sample.name for family in families for sample in family.samples}
    there |= {"steady_player_monitor_up", "steady_player_probes_in_flight", "steady_player_probes_total"}
    for path in (RULES, DEPLOY / "grafana" / "steady-player.json"):
        named = set(re.findall(r"\bsteady_player_\w+", path.read_text()))
        assert named - there == set(), path.name


@pytest.mark.parametrize("name", STATES)
def test_check_http_agrees_about_every_item(server: PlayerServer, name: str) -> None:
    _, state, content = STATES[name]
    address = urlsplit(server.url)
    asked = ("-I", address.hostname, "-p", address.port, "-u", f"/availability/{name}")
    done = run(tool("check_http"), *asked, "-s", f'"state":"{state}"')
    assert done.returncode == (0 if content else 2), done.stdout
    assert ("HTTP OK" if content else "503") in done.stdout
    assert fetch(f"{server.url}/availability/{name}").status == (200 if content else 503)


def test_blackbox_exporter_agrees_about_every_item(server: PlayerServer, tmp_path: Path) -> None:
    config, port = tmp_path / "blackbox.yml", free_port()
    config.write_text("modules: {http_2xx: {prober: http, http: {preferred_ip_protocol: ip4}}}")
    command = (tool("blackbox_exporter"), f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}")
    with running(*command, port=port, log=tmp_path / "log.txt") as url:
        for name, (_, _, content) in STATES.items():
            target = quote(f"{server.url}/availability/{name}", safe="")
            told = fetch(f"{url}/probe?module=http_2xx&target={target}").text
            assert f"probe_success {int(content)}" in told.splitlines(), name


def test_every_state_is_asked_about() -> None:
    assert {state for _, state, _ in STATES.values()} == {str(state) for state in State}


@pytest.mark.parametrize("unit", ["steady-player.service", "steady-player-monitor.service"])
def test_systemd_accepts_the_units_and_finds_them_hardened(unit: str, tmp_path: Path) -> None:
    analyze, text = tool("systemd-analyze"), (DEPLOY / "systemd" / unit).read_text()
    (command,) = re.findall(r"^ExecStart=(\S+)", text, re.MULTILINE)
    # The program is not installed there on this machine.
    (tmp_path / unit).write_text(text.replace(command, "/bin/true"))
    agrees(analyze, "verify", "--man=no", tmp_path / unit)
    agrees(analyze, "security", "--offline=yes", "--threshold=20", tmp_path / unit)


def test_what_the_units_and_the_container_start_exists() -> None:
    from player.cli import main

    for path in (*DEPLOY.glob("systemd/*.service"), DEPLOY / "Containerfile"):
        for words in re.findall(r"steady-player\"?[,\s]+\"?(serve|monitor)([^\n]*)", path.read_text()):
            name, rest = words
            options = re.findall(r"--[a-z-]+", rest)
            known = {
                option
                for parameter in main.commands[name].params
                for option in (*parameter.opts, *parameter.secondary_opts)
            }
            assert set(options) <= known, path.name
    variables = {
        found
        for path in DEPLOY.rglob("*")
        if path.is_file()
        for found in re.findall(r"PLAYER_[A-Z_]+", path.read_text())
    }
    from player.settings import Settings

    fields = set(Settings.__dataclass_fields__)
    assert {name.removeprefix("PLAYER_").lower() for name in variables} <= fields
