"""A server whose database cannot be written says what is wrong, goes on telling readers' pages, and heals alone."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.case import Reply, healthy
from tests.faults.origin import run_faults
from tests.fetch import fetch
from tests.held import clip
from tests.test_serve import Process
from tests.waiting import until

SMALL = 'mount -t tmpfs -o size=6m none "$0" && exec "$@"'
"""A disk of its own, that nobody else sees and that goes with the process."""


@dataclass
class Reader:
    """Asks for a page's manifest again and again; `bad`: what it was told that names nothing to play."""

    url: str
    asked: int = 0
    bad: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def reading(self) -> Iterator[None]:
        thread = threading.Thread(target=self._read)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join(30)

    def _read(self) -> None:
        while not self._over.wait(0.02):
            self.asked += 1
            try:
                answer = fetch(f"{self.url}/media/one")
                if answer.status != 200 or not answer.json["sources"]:
                    self.bad.append(answer.text)
            except OSError as error:
                self.bad.append(repr(error))


@pytest.fixture
def begin(tmp_path: Path, clips: Path) -> Iterator[Callable[..., tuple[Process, Path]]]:
    """A server with a monitor, on a disk of 6 MB if `small`, and where its database is for others."""
    case = healthy("fine", {"clip.mp3": Reply((clips / "tone.mp3").read_bytes(), "audio/mpeg")}, "clip.mp3")
    with ExitStack() as stack:
        src = stack.enter_context(run_faults([case])).url(case)

        def start(*, small: bool = False) -> tuple[Process, Path]:
            folder = tmp_path / "disk"
            folder.mkdir()
            within: Sequence[str] = ("unshare", "--mount", "sh", "-c", SMALL, str(folder)) if small else ()
            server = Process(folder / "c.db", "serve", "--port", "0", within=within, PLAYER_PROBE_INTERVAL="0.5")
            stack.callback(server.popen.wait, 30)
            stack.callback(server.popen.terminate)
            url = server.url()
            items = tmp_path / "items.json"
            items.write_text(json.dumps([{**clip("one"), "sources": [{"src": src}]}]))
            there = ("nsenter", "--mount", "--target", str(server.popen.pid)) if small else ()
            assert Process(folder / "c.db", "import", str(items), within=there).popen.wait(30) == 0
            until(lambda: fetch(f"{url}/media/one").json.get("state") == "available")
            return server, Path(f"/proc/{server.popen.pid}/root{folder}")

        yield start


def output(url: str) -> tuple[int, str]:
    """What /readyz says of the monitor."""
    ready = fetch(f"{url}/readyz")
    return ready.status, ready.json["checks"]["monitor"][0].get("output", "")


def checked(url: str) -> str:
    told: str = fetch(f"{url}/media/one").json["checked_at"]
    return told


def goes_on(url: str) -> None:
    """It is ready, and probes again."""
    until(lambda: output(url) == (200, ""))
    before = checked(url)
    until(lambda: checked(url) > before)


def test_a_full_disk(begin: Callable[..., tuple[Process, Path]]) -> None:
    if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    server, disk = begin(small=True)
    url, filler = server.url(), disk / "filler"
    with (reader := Reader(url)).reading():
        with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
            while True:
                file.write(bytes(4096))
        until(lambda: output(url)[0] == 503)
        assert "the disk is full" in output(url)[1]
        filler.unlink()
        goes_on(url)
    assert reader.asked > 10
    assert reader.bad == []


def test_a_database_that_another_process_keeps_locked(begin: Callable[..., tuple[Process, Path]]) -> None:
    server, disk = begin()
    url = server.url()
    with (reader := Reader(url)).reading():
        with closing(sqlite3.connect(disk / "c.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            until(lambda: output(url)[0] == 503)
            assert "locked" in output(url)[1]
            other.execute("ROLLBACK")
        goes_on(url)
    assert reader.asked > 100
    assert reader.bad == []
