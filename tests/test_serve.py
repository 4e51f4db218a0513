"""`steady-player serve` and `steady-player monitor` as processes of their own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from demo.origin import RunningOrigin
from player.catalogue.media import from_json
from player.catalogue.store import Catalogue
from player.database import open_engine
from player.monitor.history import History
from tests.fetch import fetch
from tests.waiting import until

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 60


class Process:
    """A command of ours, with what it says on either stream, read as it comes. `within`: a command that runs it."""

    def __init__(self, database: Path, *arguments: str, within: Sequence[str] = (), **environ: str) -> None:
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        self.popen = subprocess.Popen(
            [*within, sys.executable, "-c", "from player.cli import main; main()", *arguments],
            env={
                **os.environ,
                "PYTHONPATH": path,
                "PYTHONUNBUFFERED": "1",
                "PLAYER_DATABASE_URL": f"sqlite:///{database}",
                "PLAYER_ALLOW_NETWORKS": "127.0.0.0/8",
                **environ,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            self.said += line

    def wait_for(self, pattern: str) -> re.Match[str]:
        def there() -> bool:
            assert self.popen.poll() is None or re.search(pattern, self.said), self.said
            return re.search(pattern, self.said) is not None

        until(there, SECONDS)
        found = re.search(pattern, self.said)
        assert found
        return found

    def url(self) -> str:
        """The address, once it answers."""
        url = self.wait_for(r"http://127\.0\.0\.1:\d+")[0]

        def answers() -> bool:
            assert self.popen.poll() is None, self.said
            try:
                return fetch(f"{url}/healthz").status == 200
            except ConnectionError:
                return False

        until(answers, SECONDS)
        return url

    def end(self, number: int) -> int:
        self.popen.send_signal(number)
        status = self.popen.wait(SECONDS)
        self._reader.join(SECONDS)
        return status


Run = Callable[..., Process]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    begun: list[Process] = []

    def start(*arguments: str, **environ: str) -> Process:
        process = Process(tmp_path / "c.db", *arguments, **environ)
        begun.append(process)
        return process

    yield start
    for process in begun:
        if process.popen.poll() is None:
            process.popen.terminate()
            process.popen.wait(SECONDS)


@pytest.fixture
def clip_id(tmp_path: Path, origin: RunningOrigin, origin_root: Path, clips: Path) -> str:
    """An item whose one source the origin has."""
    (origin_root / "tone.mp3").write_bytes((clips / "tone.mp3").read_bytes())
    source = {"src": origin.url("tone.mp3"), "type": "audio/mpeg"}
    engine = open_engine(f"sqlite:///{tmp_path / 'c.db'}")
    Catalogue(engine).add(from_json({"id": "tone", "kind": "audio", "title": "Tone", "sources": [source]}))
    engine.dispose()
    return "tone"


def test_serves_and_probes(run: Run, clip_id: str, built: Path) -> None:
    process = run("serve", "--port", "0")
    url = process.url()
    until(lambda: fetch(f"{url}/availability/{clip_id}").json["state"] == "available")
    checks = fetch(f"{url}/readyz").json["checks"]
    assert checks["monitor"] == [{"status": "pass"}]
    metrics = fetch(f"{url}/metrics").text
    assert "steady_player_monitor_up 1.0" in metrics
    assert 'steady_player_probes_total{state="available"} 1.0' in metrics
    line = process.wait_for(r"tone: unknown \(unchecked\) → available \(playable\) http://.*tone\.mp3")[0]
    assert process.said.count(line) == 1
    assert "GET /" not in process.said, "no access log"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_it_cleanly(run: Run, clip_id: str, number: int, status: int) -> None:
    process = run("serve", "--port", "0")
    url = process.url()
    host, port = url.removeprefix("http://").split(":")
    with closing(socket.create_connection((host, int(port)))) as idle:
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(4096).startswith(b"HTTP/1.1 200")
        assert process.end(number) == status, process.said
    assert "Traceback" not in process.said
    assert "Killing" not in process.said
    assert "The monitor has ended" in process.said, "it was told to, and did not just vanish with its process"
    with pytest.raises(ConnectionError):
        fetch(f"{url}/healthz")


def test_several_workers_have_one_monitor_beside_them(run: Run, clip_id: str, origin: RunningOrigin) -> None:
    process = run("serve", "--port", "0", "--workers", "2", PLAYER_PROBE_INTERVAL="0.3")
    url = process.url()
    until(lambda: fetch(f"{url}/availability/{clip_id}").json["state"] == "available")
    assert "steady_player_monitor_up" not in fetch(f"{url}/metrics").text
    monitor = int(process.wait_for(r"the monitor is process (\d+)")[1])
    until(lambda: fetch(f"{url}/readyz").json["checks"]["monitor"] == [{"status": "pass"}])
    os.kill(monitor, signal.SIGSTOP)
    until(lambda: fetch(f"{url}/readyz").json["checks"]["monitor"][0]["status"] == "fail")
    told = [fetch(f"{url}/readyz") for _ in range(8)]
    assert {answer.status for answer in told} == {503}, "whichever worker answers"
    assert all("has not been heard of" in answer.json["checks"]["monitor"][0]["output"] for answer in told)
    os.kill(monitor, signal.SIGCONT)
    until(lambda: fetch(f"{url}/readyz").json["checks"]["monitor"] == [{"status": "pass"}])
    os.kill(monitor, signal.SIGKILL)
    origin.set_fault("tone.mp3", "404")
    process.wait_for("the monitor ended with status -9; it begins anew")
    until(lambda: fetch(f"{url}/availability/{clip_id}").json["state"] == "unavailable")
    assert process.end(signal.SIGTERM) == 0, process.said
    assert "Traceback" not in process.said


def test_serves_without_probing_when_told_so(run: Run, clip_id: str) -> None:
    url = run("serve", "--port", "0", "--no-monitor").url()
    assert fetch(f"{url}/availability/{clip_id}").json["reason"] == "unchecked"
    assert "steady_player_monitor_up" not in fetch(f"{url}/metrics").text


@pytest.mark.skipif(sys.platform != "linux", reason="the policy is Linux's")
def test_its_threads_take_turns(run: Run) -> None:
    process = run("serve", "--port", "0", "--no-monitor")
    process.url()
    number = process.popen.pid
    children = Path(f"/proc/{number}/task/{number}/children").read_text("ascii").split()
    threads = [[int(one.name) for one in Path(f"/proc/{child}/task").iterdir()] for child in children]
    policies = [{os.sched_getscheduler(thread) for thread in of_one} for of_one in threads if len(of_one) > 1]
    assert {os.SCHED_BATCH} in policies, "all threads of the worker"


def test_a_port_in_use_is_a_clear_error(run: Run) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = run("serve", "--port", str(port))
        assert process.popen.wait(SECONDS) == 1
    process.wait_for(f"port {port} is in use.*PLAYER_PORT")
    assert "Traceback" not in process.said


def test_a_second_server_on_the_port_is_refused(run: Run) -> None:
    """The server below shares its port with whoever asks to share it; two catalogues behind one port would be chaos."""
    port = run("serve", "--port", "0").url().rpartition(":")[2]
    second = run("serve", "--port", port)
    assert second.popen.wait(SECONDS) == 1
    second.wait_for(f"port {port} is in use")


def test_settings_that_cannot_be_are_told_before_anything_starts(run: Run) -> None:
    process = run("serve", PLAYER_PROBE_INTERVAL="soon")
    assert process.popen.wait(SECONDS) == 1
    process.wait_for("PLAYER_PROBE_INTERVAL")
    assert "Traceback" not in process.said


def test_an_application_that_cannot_be_made_ends_the_server(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.db").write_text("not a database" * 100)
    process = run("serve", "--port", "0")
    assert process.popen.wait(SECONDS) == 1
    process.wait_for("database")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_the_monitor_runs_alone(
    run: Run, clip_id: str, tmp_path: Path, origin: RunningOrigin, number: int, status: int
) -> None:
    process = run("monitor", PLAYER_PROBE_INTERVAL="0.3")
    engine = open_engine(f"sqlite:///{tmp_path / 'c.db'}")
    history = History(engine)
    until(lambda: history.for_item(clip_id)[0].verdict.reason == "playable")
    origin.set_fault("tone.mp3", "404")
    until(lambda: history.for_item(clip_id)[0].verdict.reason == "not-found")
    assert process.end(number) == status, process.said
    assert "Traceback" not in process.said
    engine.dispose()


def test_a_monitor_that_was_killed_is_succeeded(run: Run, clip_id: str, tmp_path: Path, origin: RunningOrigin) -> None:
    history = History(open_engine(f"sqlite:///{tmp_path / 'c.db'}"))
    first = run("monitor", PLAYER_PROBE_INTERVAL="0.3")
    until(lambda: history.for_item(clip_id)[0].verdict.reason == "playable")
    first.end(signal.SIGKILL)
    origin.set_fault("tone.mp3", "404")
    run("monitor", PLAYER_PROBE_INTERVAL="0.3")
    until(lambda: history.for_item(clip_id)[0].verdict.reason == "not-found")
    assert [change.reason for change in history.transitions()] == ["playable", "not-found"]
