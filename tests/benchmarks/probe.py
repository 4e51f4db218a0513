"""The probe beside Prometheus's blackbox_exporter: `./run bench probe [options]`.

How it is measured
------------------
Both probe the same targets in the same run, one after the other, each pinned to one core alone, while the
origin, the drivers and this script have the others. The targets lie on 50 addresses (127.0.x.y): 90 % are
real media, 5 % answer 404, 5 % accept and never answer. Ours is `steady-player probe --json -`, fed with the
targets' URLs: a line of JSON with the evidence comes out for each. blackbox_exporter is asked for
`/probe?target=…` as Prometheus does, over connections that stay open, by its module `http` with the same
`Range` and time-out; its page of metrics is read.

Three times in turn (`--rounds`), for a machine is busy for both of them then: the ratio is the median of the rounds'.
CPU is the process's own (user and system, by its CPU clock), from the first target to the last answer; the
start-up of both is left out. Over HTTPS both trust a certificate authority made for the run.

Both make one ranged GET a target. blackbox_exporter opens a connection for each, looks at the status, and writes
metrics; ours keeps connections, guards every address, looks into the bytes (container, codecs, duration, what the
file promises against its size), reads the headers that players care for, and writes the evidence. "The floor" is
uvloop, httptools and kept connections with nothing around them (`probing/floor.py`), in the same run.

A row "crowded" repeats ours while two other processes eat every core: the counts must be exact all the same. In "no
two files alike" every target has bytes of its own, so that each has to be looked into; otherwise the targets are two
files under many addresses, of which ours remembers what it has read in them, as it does of the sources of a catalogue
from one round to the next. blackbox_exporter does not look into any.
The last part feeds 100,000 URLs (`--many`), watches the memory, and interrupts a second run half-way.

Exit status: 0 when every target is met, 1 when one is missed, 2 when the bench could not run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from probing import blackbox, ours, process
from probing.targets import Origins, expected, urls

RATIO = {"http": 12.0, "https": 10.0}
MEMORY = 150.0  # MB


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./run bench probe", description="The probe's cost beside blackbox_exporter's."
    )
    parser.add_argument("--targets", type=int, default=5000, metavar="N", help="targets a run (5000)")
    parser.add_argument("--timeout", type=float, default=5.0, metavar="S", help="of one probe, for both (5)")
    parser.add_argument("--concurrency", type=int, default=400, metavar="N", help="probes at once, for both (400)")
    parser.add_argument(
        "--many", type=int, default=100_000, metavar="N", help="URLs of the memory run (100000; 0: none)"
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="of ours and theirs in turn (3)")
    parser.add_argument("--only", choices=["http", "https", "many"], help="one part")
    return parser.parse_args()


class Report:
    def __init__(self) -> None:
        self.missed: list[str] = []

    def check(self, what: str, fine: bool) -> None:
        print(f"  {'ok    ' if fine else 'MISSED'} {what}", flush=True)
        if not fine:
            self.missed.append(what)


def row(name: str, seconds: float, count: int, wall: float, reasons: Counter[str]) -> None:
    print(
        f"  {name:<22} {seconds / count * 1000:7.3f} CPU s per 1,000   {wall:6.1f} s   {dict(sorted(reasons.items()))}"
    )


async def side_by_side(scheme: str, given: argparse.Namespace, origins: Origins, report: Report) -> None:
    targets = urls(origins.base(scheme), given.targets)
    wanted = expected(given.targets)
    print(f"\n{scheme}: {given.targets} targets, {dict(wanted)}")
    command = ours.probe(given.timeout, given.concurrency)
    ratios = []
    for _ in range(given.rounds):
        mine = await ours.measure(command, targets, origins.authority)
        row("steady-player", mine.cpu, given.targets, mine.wall, mine.reasons)
        report.check(f"{scheme}: verdicts exact", mine.reasons == wanted)
        if blackbox.BINARY is not None:
            theirs = await blackbox.measure(
                targets, given.timeout, given.concurrency, origins.authority, origins.folder
            )
            row("blackbox_exporter", theirs.cpu, given.targets, theirs.wall, theirs.reasons)
            ratios.append(theirs.cpu / mine.cpu)
    with process.hogs():
        crowded = await ours.measure(command, targets, origins.authority)
    row("  crowded", crowded.cpu, given.targets, crowded.wall, crowded.reasons)
    report.check(f"{scheme}: verdicts exact while every core is taken", crowded.reasons == wanted)
    others = urls(origins.base(scheme), given.targets, own=True)
    apart = await ours.measure(command, others, origins.authority)
    row("  no two files alike", apart.cpu, given.targets, apart.wall, apart.reasons)
    report.check(f"{scheme}: verdicts exact of files of which no two are alike", apart.reasons == wanted)
    bare = ours.floor(given.timeout, given.concurrency // 50, origins.authority if scheme == "https" else None)
    least = await ours.measure(bare, targets, origins.authority)
    row("  the floor", least.cpu, given.targets, least.wall, least.reasons)
    if not ratios:
        print("  blackbox_exporter is missing: apt-get install prometheus-blackbox-exporter; no ratio")
        report.missed.append("blackbox_exporter")
        return
    ratio = statistics.median(ratios)
    told = ", ".join(f"{each:.1f}" for each in ratios)
    report.check(
        f"{scheme}: blackbox_exporter / steady-player = {ratio:.1f} ({told}), at least {RATIO[scheme]:.0f}",
        ratio >= RATIO[scheme],
    )


async def many(given: argparse.Namespace, origins: Origins, report: Report) -> None:
    targets = urls(origins.base("http"), given.many, tarpits=False)
    print(f"\n{given.many:,} URLs through `steady-player probe -`")
    command = ours.probe(given.timeout, given.concurrency)
    run = await ours.measure(command, targets, origins.authority)
    row("steady-player", run.cpu, given.many, run.wall, run.reasons)
    report.check(f"memory at most {run.memory:.0f} MB, no more than {MEMORY:.0f}", run.memory <= MEMORY)
    report.check(f"memory flat: {run.memory - run.early:.0f} MB more than after a tenth", run.memory - run.early <= 20)
    report.check(f"progress on a terminal, {run.progress} times", run.progress > 3)
    cut = await ours.measure(command, targets, origins.authority, interrupt=given.many // 2)
    known = cut.reasons.total()
    report.check(
        f"interrupted after {known:,} lines: status {cut.status}, {cut.summary!r}",
        cut.status == 130 and f"{known:,} probed" in cut.summary,
    )


async def bench(given: argparse.Namespace) -> int:
    report = Report()
    blackbox.find()
    with tempfile.TemporaryDirectory() as folder, Origins(Path(folder)) as origins:
        for scheme in ("http", "https"):
            if given.only in (None, scheme):
                await side_by_side(scheme, given, origins, report)
        if given.many and given.only in (None, "many"):
            await many(given, origins, report)
    print(f"\nmissed: {'; '.join(report.missed)}" if report.missed else "\nall targets met")
    return bool(report.missed)


if __name__ == "__main__":
    if len(os.sched_getaffinity(0)) < 2:
        print("this bench needs two cores: one for the prober, one for the origin", file=sys.stderr)
        sys.exit(2)
    sys.exit(asyncio.run(bench(arguments())))
