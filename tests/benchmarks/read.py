"""What the read path bears beside a web server that sends a file: `./run bench read [options]`.

How it is measured
------------------
`steady-player serve`, with one worker and no monitor, has one core alone; wrk (64 connections that stay open) has the
others. nginx, with one worker on the same core, sends the same bytes with the same headers from the page cache: the
floor. The catalogue is a SQLite file of a million items with two sources each, bigger than SQLite's own cache.

The file lies in memory (/dev/shm) where there is room for it, as it does on a machine that has served for an hour and
has the memory: what is measured is the server and not the disk. One that is given with --database stays where it is.

bare: the same server in front of three lines that send the same bytes, which is what can be reached with it.

cached: a hundred items in turn. 304: one item, by its ETag. written to: the same as cached, while another process
commits verdicts ten times a second, so that every body is made anew as often. all items: each request asks for an item
drawn from the whole catalogue, so that nearly none is kept; others were asked for before, so that the memory for what
is kept, which is bounded, has been taken, and the process has seen the file's pages, as after an hour of serving.

Beside the rate stands what one request costs of the core's time, which a busy machine changes less. Machines change
from minute to minute, so all items are asked for in turns with the floor, and what is told is the middle one of them.

Exit status: 0 when every target is met, 1 when one is missed, 2 when the bench could not run.
"""

from __future__ import annotations

import argparse
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from probing.process import OTHERS
from reads import catalogue, load

CACHED, COLD = 20_000, 10_000  # requests a second
ROUNDS = 5  # of what is asked for in turns
WARM = 3  # times as long as one is measured
KILOBYTES = 4  # that an item takes in the file, at the most
PATHS = ("/media/", "/availability/")
HOT = 100  # items that are asked for again and again

WRITER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
number = 0
while True:
    number += 1
    sources = (number * 40, number * 40 + 40)
    connection.execute("UPDATE verdicts SET ms = ms + 0.1 WHERE source_id BETWEEN ? AND ?", sources)
    time.sleep(0.1)
"""

DRAW = """
math.randomseed({seed})
request = function() return wrk.format("GET", string.format("{path}i%08d", math.random(0, {last}))) end
"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench read", description="The read path beside nginx, on one core.")
    parser.add_argument("--items", type=int, default=1_000_000, metavar="N", help="in the catalogue (1000000)")
    parser.add_argument("--seconds", type=int, default=10, metavar="S", help="of each measurement (10)")
    parser.add_argument("--database", type=Path, metavar="FILE", help="made if it is not there, and kept")
    return parser.parse_args()


def middle(found: Sequence[load.Load]) -> load.Load:
    """By the rate; with what failed in any of them."""
    one = sorted(found, key=lambda one: one.rate)[len(found) // 2]
    return replace(one, failed=sum(each.failed for each in found))


class Report:
    """A row a measurement; `missed`: the targets that were."""

    def __init__(self) -> None:
        self.missed: list[str] = []
        print(f"  {'':<34}{'req/s':>9}{'of nginx':>10}{'µs CPU':>9}{'p50 ms':>9}{'p99 ms':>9}")

    def row(self, name: str, found: load.Load, floor: load.Load, target: float = 0.0) -> None:
        fine = found.rate >= target and not found.failed
        verdict = "" if not target else f"   {'ok' if fine else 'MISSED'} (≥ {target:,.0f})"
        failed = f"   {found.failed} failed" if found.failed else ""
        told = f"{found.rate:9,.0f}{found.rate / floor.rate:10.0%}{found.cpu:9.1f}{found.half:9.2f}{found.most:9.2f}"
        print(f"  {name:<34}{told}{verdict}{failed}", flush=True)
        if not fine:
            self.missed.append(name)


@contextmanager
def written(database: Path) -> Iterator[None]:
    process = subprocess.Popen(OTHERS.pinned([sys.executable, "-c", WRITER, database]))
    try:
        yield
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True, slots=True)
class Draws:
    """Scripts for wrk that ask for items by chance."""

    folder: Path

    def items(self, path: str, last: int, seed: int = 1) -> Path:
        script = self.folder / "draw.lua"
        script.write_text(DRAW.format(seed=seed, path=path, last=last - 1))
        return script


def bench(database: Path, folder: Path, given: argparse.Namespace) -> Report:
    with load.ours(database) as server:
        body, headers = load.fetch(f"{server.url}/media/{catalogue.path_of(0)}")
    ours = {name: value for name, value in headers.items() if name.startswith(("access", "cross", "x-", "cache"))}
    report, draws, seconds = Report(), Draws(folder), given.seconds
    with load.nginx(folder, body, ours) as nginx:
        floor = load.measure(nginx, seconds)
        report.row(f"nginx, a file of {len(body)} bytes", floor, floor)
        with load.bare(folder, body, {**ours, "etag": headers["etag"]}) as bare:
            report.row("bare, the same bytes", load.measure(bare, seconds), floor)
        with load.ours(database) as server:
            for path in PATHS:
                again(report, server, path, draws, database, floor, seconds)
            everything(report, server, draws, nginx, given)
    return report


def again(
    report: Report, server: load.Server, path: str, draws: Draws, database: Path, floor: load.Load, seconds: int
) -> None:
    """What is asked for again and again."""
    one = path + catalogue.path_of(0)
    etag = load.fetch(server.url + one)[1]["etag"]
    load.measure(server, 2, path=one)
    hot = load.measure(server, seconds, script=draws.items(path, HOT))
    report.row(f"{path}<id> cached", hot, floor, CACHED)
    same = load.measure(server, seconds, path=one, If_None_Match=etag)
    report.row(f"{path}<id> 304", same, floor, CACHED)
    with written(database):
        busy = load.measure(server, seconds, script=draws.items(path, HOT))
    report.row(f"{path}<id> written to", busy, floor)


def everything(
    report: Report, server: load.Server, draws: Draws, nginx: load.Server, given: argparse.Namespace
) -> None:
    """What nobody has asked for lately."""
    for path in PATHS:
        load.measure(server, WARM * given.seconds, script=draws.items(path, given.items, seed=0))
    floors: list[load.Load] = []
    found: dict[str, list[load.Load]] = {path: [] for path in PATHS}
    for seed in range(1, ROUNDS + 1):
        floors.append(load.measure(nginx, given.seconds))
        for path, several in found.items():
            several.append(load.measure(server, given.seconds, script=draws.items(path, given.items, seed)))
    report.row("nginx, in turns with", middle(floors), middle(floors))
    for path, several in found.items():
        report.row(f"{path}<id> all items", middle(several), middle(floors), COLD)
        print(f"  {'':<34}{'  '.join(f'{one.rate:,.0f}' for one in several)}", flush=True)


def main() -> int:
    given = arguments()
    load.need()
    room = load.memory(given.items * KILOBYTES // 1000) if given.database is None else None
    with tempfile.TemporaryDirectory(prefix="bench-read-", dir=room) as folder:
        database = given.database or Path(folder) / "catalogue.db"
        if not database.exists():
            catalogue.fill(database, given.items)
        with closing(sqlite3.connect(database)) as connection:
            items = connection.execute("SELECT count(*) FROM media").fetchone()[0]
        size = f"{database.stat().st_size / 1e6:,.0f} MB of SQLite{' in memory' if room else ''}"
        print(f"  {items:,} items in {size}; one core for the server")
        load.warm(database)
        report = bench(database, Path(folder), given)
    print("\n" + ("Every target is met." if not report.missed else f"Missed: {', '.join(report.missed)}"))
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
