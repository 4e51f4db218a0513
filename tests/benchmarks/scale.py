"""The monitor over a world broadcaster's archive: `./run bench scale [options]`.

How it is measured
------------------
4,000,000 sources of 2,000,000 items go through `steady-player import` into a new SQLite database, as JSON Lines over a
pipe. Then they are made to look as if they had been watched for long: the next turn of each is spread over the interval
of its age, so that the plan asks for about 330 probes a second. Then `steady-player monitor` runs on one core alone,
against an origin on 50 addresses of this machine, which has the other cores together with this script. Once a second
the database is asked how late the longest due source is that nobody probes, and the process how much memory it has; it
is compared with the same monitor over a hundred sources.

Then two workers share sources on PostgreSQL, and one is killed: see `scaling.workers`.

Exit status: 0 when every target is met, 1 when one is missed, 2 when the bench could not run.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from probing.process import ONE, cpu, memory
from probing.targets import Origins
from scaling import archive, workers

from tests.postgres_programs import find

LAG = 1.0  # seconds
TAKEN = 30.0  # seconds from a worker's death until what it held was probed by another one
MEMORY = 64.0  # MB over what the same monitor takes for next to nothing
SETTLE = (20.0, 120.0)  # seconds after the start, at least and at most: what became due meanwhile is caught up with
TOLD = 30.0  # seconds from one line about the monitor to the next
ENTRY = [sys.executable, "-c", "import sys; from player.cli import main; sys.exit(main())"]

Check = Callable[[str, bool], None]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench scale", description="Millions of sources on one core.")
    parser.add_argument("--sources", type=int, default=4_000_000, metavar="N", help="(4000000)")
    parser.add_argument("--rate", type=float, default=330.0, metavar="N", help="probes a second that are due (330)")
    parser.add_argument("--seconds", type=float, default=300.0, metavar="S", help="of watching (300)")
    parser.add_argument("--shared", type=int, default=18_000, metavar="N", help="sources of the two workers (18000)")
    parser.add_argument("--only", choices=["archive", "workers"], help="one half of it")
    parser.add_argument("--folder", type=Path, help="for the database, about 5 GB; a temporary one otherwise")
    asked = parser.parse_args()
    if any(count < 0 for count, _, _ in archive.numbers(asked.sources, asked.rate)):
        parser.error(
            f"{asked.sources:,} sources are too few for {asked.rate:g} probes a second: --rate has to be lower"
        )
    return asked


@contextmanager
def monitor(database: Path, rate: float) -> Iterator[subprocess.Popen[bytes]]:
    environ = {
        **os.environ,
        "PLAYER_DATABASE_URL": f"sqlite:///{database}",
        "PLAYER_ALLOW_NETWORKS": "127.0.0.0/8",
        "PLAYER_PROBE_INTERVAL": str(archive.INTERVAL),
        "PLAYER_PROBE_RATE": str(rate),
    }
    command = ONE.pinned([*ENTRY, "monitor"])
    with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


def lag(connection: sqlite3.Connection) -> float:
    """Seconds since the longest due source that nobody probes became due."""
    now = datetime.now(UTC).replace(tzinfo=None)
    text = now.isoformat(" ", "microseconds")
    row = connection.execute(
        "SELECT due_at FROM verdicts WHERE due_at <= ? AND (leased_until IS NULL OR leased_until <= ?)"
        " ORDER BY due_at, source_id LIMIT 1",
        (text, text),
    ).fetchone()
    return (now - datetime.fromisoformat(row[0])).total_seconds() if row else 0.0


def load(database: Path, sources: int, rate: float, bases: list[str]) -> tuple[float, float]:
    """Sources a second, and the most memory in MB, of the import."""
    began = time.monotonic()
    command = [*ENTRY, "--database", f"sqlite:///{database}", "import", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert process.stdin
        with click.progressbar(length=sources, label=f"{sources:,} sources", file=sys.stderr) as bar:
            for number, line in enumerate(archive.lines(sources, rate, bases), 1):
                process.stdin.write(line)
                if number % 5000 == 0:
                    bar.update(number * archive.EACH - bar.pos)
            process.stdin.close()
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            bar.update(sources - bar.pos)
    if process.returncode:
        sys.exit("the import has failed")
    took = time.monotonic() - began
    most = used.ru_maxrss * 1024 / 1e6
    size = database.stat().st_size
    print(f"  {sources:,} sources imported in {took:.0f} s, {most:.0f} MB of memory, {size / 1e6:,.0f} MB", flush=True)
    began = time.monotonic()
    archive.watch(database, sources, rate)
    print(f"  made to look as if they had been watched for long, in {time.monotonic() - began:.0f} s", flush=True)
    return sources / took, most


@dataclass(slots=True)
class Watched:
    """`lags` in seconds, one for each second; `share` of a core; `most` memory in MB; how many were `probed`."""

    lags: list[float] = field(default_factory=list)
    share: float = 0.0
    most: float = 0.0
    probed: int = 0


def watch(database: Path, rate: float, seconds: float, base: str) -> Watched:
    seen = Watched()
    with closing(sqlite3.connect(database, timeout=15)) as connection, monitor(database, rate) as process:
        started = time.monotonic()
        time.sleep(min(SETTLE[0], seconds))
        while lag(connection) >= LAG and time.monotonic() - started < SETTLE[1]:
            time.sleep(1)
        print(f"  caught up {time.monotonic() - started:.0f} s after the start", flush=True)
        began = told = time.monotonic()
        used = cpu(process.pid)
        before = asked(base)
        while (now := time.monotonic()) - began < seconds:
            time.sleep(1)
            seen.lags.append(lag(connection))
            seen.most = max(seen.most, memory(process.pid))
            if now - told >= TOLD:
                late = seen.lags[-int(TOLD) :]
                share = (cpu(process.pid) - used) / (now - began)
                print(f"  {now - began:4.0f} s: lag up to {max(late):.2f} s, {share:.0%} of a core", flush=True)
                told = now
        seen.share = (cpu(process.pid) - used) / (time.monotonic() - began)
        seen.probed = asked(base) - before
    return seen


def asked(base: str) -> int:
    """How many probes the origin has had: each is one request there."""
    with urllib.request.urlopen(f"{base}/asked", timeout=30) as answer:
        return int(answer.read())


def alone(folder: Path, given: argparse.Namespace, check: Check) -> None:
    with Origins(folder) as origins:
        bases = origins.base("http")
        print("A hundred sources:", flush=True)
        load(folder / "few.db", 100, 0.0, bases)
        little = watch(folder / "few.db", given.rate, 5, bases[0]).most
        print(f"  {little:.0f} MB\nThe archive:", flush=True)
        database = folder / "archive.db"
        speed, _ = load(database, given.sources, given.rate, bases)
        print(f"  {speed:,.0f} sources a second imported")
        seen = watch(database, given.rate, given.seconds, bases[0])
        lags, probed = sorted(seen.lags), seen.probed / given.seconds
        print(f"  {probed:.0f} probes a second, {seen.share:.0%} of a core, {seen.most:.0f} MB")
        half = lags[len(lags) // 2]
        check(f"lag at most {lags[-1]:.2f} s (half of the time {half:.2f} s), under {LAG:g}", lags[-1] < LAG)
        more = seen.most - little
        check(f"{more:.0f} MB more than for a hundred sources, at most {MEMORY:g}", more <= MEMORY)
        check(f"{probed:.0f} probes a second, due {given.rate:.0f}", probed >= 0.9 * given.rate)


def share(folder: Path, sources: int, check: Check) -> None:
    print(f"Two workers on PostgreSQL, {sources:,} sources, one of them killed:", flush=True)
    found = workers.run(folder, sources, ENTRY)
    (before, after), (calm, wild) = found.probed, found.lag
    print(f"  {before:.0f} probes a second by both, {after:.0f} by the one that is left")
    told = f"no source probed again within {found.shortest:.1f} s, {workers.SHORTEST:.1f} planned at least"
    check(told, found.shortest >= workers.SHORTEST)
    print(f"  {found.again} more were asked for by the dead one, which had not recorded what it found")
    check(f"{found.lost} sources lost", found.lost == 0)
    what = f"all {found.held} that the dead one held taken over in {found.taken:.1f} s, at most {TAKEN:g}"
    check(what, found.held > 0 and found.taken <= TAKEN)
    check(f"lag at most {calm:.2f} s with both", calm < LAG)
    print(f"  lag at most {wild:.2f} s after the kill")


def main() -> None:
    given = arguments()
    missed = False

    def check(what: str, fine: bool) -> None:
        nonlocal missed
        missed |= not fine
        print(f"  {'ok    ' if fine else 'MISSED'} {what}", flush=True)

    if given.only != "archive" and find() is None:
        print("This needs PostgreSQL's programs: apt install postgresql; or --only archive", file=sys.stderr)
        sys.exit(2)
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        if given.only != "workers":
            alone(Path(name), given, check)
        if given.only != "archive":
            share(Path(name), given.shared, check)
    sys.exit(missed)


if __name__ == "__main__":
    main()
