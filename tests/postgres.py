"""A real PostgreSQL for the tests: a cluster of their own in a folder of its own, reached over a socket in it."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from player.database import open_engine
from tests.postgres_programs import find
from tests.waiting import until

TEMPLATE = "migrated"
# Nothing of it outlives the tests: it need not reach the disk.
OPTIONS = ("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100")


class Cluster:
    """`url(name)` is the address of a database in it. `stop` and `start` are there for tests of what becomes then."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._bin = _programs()
        # The server refuses to run as root: the user that the package made does.
        self._as = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)
        if self._as:
            shutil.chown(folder, "postgres", "postgres")
        self._run("initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale")

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def start(self) -> None:
        options = [word for option in OPTIONS for word in ("-c", option)]
        command = [self._bin / "postgres", "-D", self.folder / "data", "-k", self.folder, *options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **self._as)  # type: ignore[call-overload]
        until(self._answers)

    def stop(self) -> None:
        """At once, as when the machine goes: whoever is connected is cut off."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(30)
            self._process = None

    def create(self, template: str = TEMPLATE) -> str:
        """A database, as a copy of another one; its name."""
        name = f"test_{next(self._numbers)}"
        self.say(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        self.say(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def say(self, statement: str) -> None:
        with psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def _answers(self) -> bool:
        assert self._process is not None and self._process.poll() is None, (self.folder / "log").read_text()
        try:
            self.say("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *words: str) -> None:
        command = [self._bin / program, "-D", self.folder / "data", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd="/", **self._as)  # type: ignore[call-overload]
        assert done.returncode == 0, done.stderr


@contextmanager
def run_cluster() -> Iterator[Cluster]:
    """A cluster that runs, with an empty database of the newest schema to copy."""
    # Not pytest's folder: the server's user may not look into it, and the path of a socket is short.
    folder = Path(tempfile.mkdtemp(prefix="steady-pg-"))
    try:
        cluster = Cluster(folder)
        try:
            cluster.start()
            cluster.say(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
            open_engine(cluster.url(TEMPLATE)).dispose()
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    found = find()
    assert found, "the tests need PostgreSQL: ./run test installs it by apt as root; else have initdb on the PATH"
    return found
