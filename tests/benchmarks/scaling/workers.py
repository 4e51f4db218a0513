"""Two workers on PostgreSQL share the sources, and one of them is killed while it probes.

The workers are `steady-player monitor` on a real PostgreSQL, at the default interval; the sources are due evenly over
it. When each has been probed at least once, one worker is ended by SIGKILL while it holds sources; the other goes on
alone. The origin notes each probe. What it says is judged afterwards: how far two probes of a source lie apart, whether
each has been probed to the end, and how soon what the dead one held was probed by the other.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from probing.targets import ADDRESSES
from sqlalchemy import Engine, text

from player.database import open_engine
from player.monitor import schedule
from scaling import archive
from tests.clips import make_clip
from tests.postgres import run_cluster

INTERVAL = archive.INTERVAL
SHORTEST = (INTERVAL - schedule.confirm_after(INTERVAL)) * (1 - schedule.JITTER) - 1.0
"""Seconds between two probes of a source, as planned; less one for what a probe takes."""

SPREAD = "UPDATE verdicts SET due_at = now() + random() * :seconds * interval '1 second'"
HELD = """
SELECT sources.src FROM verdicts JOIN sources ON sources.id = verdicts.source_id
WHERE leased_by LIKE :worker AND leased_until > now()
"""
LAG = """
SELECT extract(epoch FROM now() - min(due_at)) FROM verdicts
WHERE due_at <= now() AND (leased_until IS NULL OR leased_until <= now())
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """`probed` a second before and after; `shortest`: the seconds between two probes of one source, but for those
    which the dead worker had asked for and not recorded: `again` of them. `lost`: sources that were not probed to the
    end. `held` by the dead worker; `taken`: seconds until the last of them was probed by the other; `lag` in seconds at
    the most, before the kill and after."""

    probed: tuple[float, float]
    shortest: float
    again: int
    lost: int
    held: int
    taken: float
    lag: tuple[float, float]


def run(folder: Path, sources: int, entry: Sequence[str]) -> Seen:
    """Takes about three minutes."""
    notes = folder / "notes"
    make_clip(folder / "clip.mp3", 6)
    with ExitStack() as stack:
        url = (cluster := stack.enter_context(run_cluster())).url(cluster.create())
        bases = stack.enter_context(_origin(folder, notes))
        _load(url, sources, bases, entry)
        engine = open_engine(url)
        stack.callback(engine.dispose)
        with engine.begin() as connection:
            connection.execute(text(SPREAD), {"seconds": INTERVAL})
        dying, _ = (stack.enter_context(_worker(url, entry)) for _ in range(2))
        began = time.time()
        lags = [_watch(engine, INTERVAL + 10)]
        held = _held_at_the_kill(engine, dying)
        killed = time.time()
        lags.append(_watch(engine, 2 * INTERVAL))
        ended = time.time()
    probes = _read(notes)
    return _judge(probes, sources, held, (began, killed, ended), (lags[0], lags[1]))


def _judge(
    probes: Mapping[str, Sequence[float]],
    sources: int,
    held: frozenset[str],
    moments: tuple[float, float, float],
    lag: tuple[float, float],
) -> Seen:
    began, killed, ended = moments
    gaps = {src: [after - before for before, after in pairwise(at)] for src, at in probes.items()}
    again = {src for src in held if min(gaps[src], default=INTERVAL) < SHORTEST}
    first = {src: next((at for at in probes[src] if at > killed), ended) for src in held}
    everything = [at for times in probes.values() for at in times]
    return Seen(
        probed=(
            sum(began <= at < killed for at in everything) / (killed - began),
            sum(at >= killed for at in everything) / (ended - killed),
        ),
        shortest=min(gap for src, each in gaps.items() for gap in each if src not in again),
        again=len(again),
        lost=sources - sum(ended - max(times) <= INTERVAL for times in probes.values()),
        held=len(held),
        taken=max(first.values(), default=killed) - killed,
        lag=lag,
    )


def _held_at_the_kill(engine: Engine, dying: subprocess.Popen[bytes]) -> frozenset[str]:
    """Ends it in the middle of a batch; what it held then. It is stopped first, so that both are of one moment."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        dying.send_signal(signal.SIGSTOP)
        with engine.connect() as connection:
            rows = connection.execute(text(HELD), {"worker": f"%:{dying.pid}:%"})
            held = frozenset("/" + row.src.split("/", 3)[3] for row in rows)
        if held:
            dying.kill()
            dying.wait()
            return held
        dying.send_signal(signal.SIGCONT)
        time.sleep(0.01)
    sys.exit("the worker held nothing for half a minute")


def _watch(engine: Engine, seconds: float) -> float:
    """How late the longest due source is that nobody probes, at the most."""
    most, end = 0.0, time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(1)
        with engine.connect() as connection:
            most = max(most, float(connection.execute(text(LAG)).scalar() or 0.0))
    return most


def _read(notes: Path) -> Mapping[str, Sequence[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for line in notes.read_text("ascii").splitlines():
        at, path = line.split(" ", 1)
        found[path].append(float(at))
    return found


def _load(url: str, sources: int, bases: Sequence[str], entry: Sequence[str]) -> None:
    command = [*entry, "--database", url, "import", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert process.stdin
        process.stdin.writelines(archive.items([(sources, 1.0)], bases))
    if process.returncode:
        sys.exit("the import has failed")


@contextmanager
def _worker(url: str, entry: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    environ = {
        **os.environ,
        "PLAYER_DATABASE_URL": url,
        "PLAYER_ALLOW_NETWORKS": "127.0.0.0/8",
        "PLAYER_PROBE_INTERVAL": str(INTERVAL),
        "PLAYER_PROBE_RATE": "1000",
        "PLAYER_PROBE_HOST_RATE": "1000",
    }
    with subprocess.Popen([*entry, "monitor"], env=environ, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def _origin(folder: Path, notes: Path) -> Iterator[list[str]]:
    command = [sys.executable, *map(str, (Path(__file__).with_name("noting.py"), folder, notes))]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        try:
            port = int(process.stdout.readline())
            yield [f"http://{address}:{port}" for address in ADDRESSES]
        finally:
            process.kill()
