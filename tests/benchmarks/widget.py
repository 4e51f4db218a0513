"""The widget beside the browser's own controls, Plyr and Media Chrome: `./run bench widget [options]`.

How it is measured
------------------
One local server (its own process) answers articles on one origin and media and the peers' files on
another, HTTP/1.1 with keep-alive, text precompressed by brotli. The widget comes from the real player app,
a third origin, with a catalogue that the app has probed. A real headless Chromium opens every page cold,
in a context of its own. The article is the same for all: several kB of story, the player below the
opening paragraph, `preload="none"`.

In every round all contestants take their turn one after the other, so that a busy machine is busy for all
of them. The first round goes through all measures; the next ones are taken while there is time
(`--minutes`). A figure is the median over the rounds, `±` half of what lies between the extremes; a ratio
is taken within a round, and its median is given. `steady+inline` is the widget with its manifest in the page.

The slow link is 1.6 Mbit/s with 150 ms a request and a quarter of the CPU (DevTools protocol). Usable
means that the play control is there, and that a press at its middle would reach it, on a painted frame.
What is not measured is printed as `–`; a sample that takes longer than its deadline is such a one.

How soon streams play (`./run bench streams`) follows, where nothing was picked out.

To add a contestant or a kind of media: harness/contestants.py. To add a measure: a module in
harness/measures/ with one MEASURE, named in its `__init__`.

Exit status: 0 when every target is met, 1 when one is missed, 2 when the bench could not run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from harness import app, media, pages, peers, table
from harness.browser import Bench, launch
from harness.contestants import CONTESTANTS, KINDS, Contestant
from harness.measures import MEASURES, Measure, Value
from playwright.async_api import Error, async_playwright

HOME = Path(__file__).resolve().parent
CACHE = HOME / ".cache"
SAMPLE_SECONDS = 45
QUICK = ["native", "steady"]


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench widget", description="The widget's figures beside its peers'.")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="rounds of every measure (default 5)")
    parser.add_argument("--quick", action="store_true", help="one round, no peers, shorter windows: a look")
    parser.add_argument("--minutes", type=float, default=10, metavar="M", help="no round that would end later (10)")
    parser.add_argument("--only", metavar="NAME,…", help=f"of the measures {', '.join(MEASURES)}")
    parser.add_argument("--kinds", metavar="NAME,…", help=f"of {', '.join(KINDS)}")
    names = ", ".join(contestant.name for contestant in CONTESTANTS)
    parser.add_argument("--contestants", metavar="NAME,…", help=f"of {names}; native is always there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample there too")
    parser.add_argument(
        "--shots", type=Path, metavar="FOLDER", help="keep screenshots of what is said about a dead source"
    )
    chosen = parser.parse_args(words)
    defaults = {"contestants": QUICK} if chosen.quick else {}
    for option, known in (
        ("only", list(MEASURES)),
        ("kinds", list(KINDS)),
        ("contestants", [contestant.name for contestant in CONTESTANTS]),
    ):
        given = getattr(chosen, option)
        picked = [name.strip() for name in given.split(",")] if given else defaults.get(option, known)
        if unknown := set(picked) - set(known):
            parser.error(f"--{option}: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        setattr(chosen, option, picked)
    if chosen.runs < 1:
        parser.error("--runs: at least 1")
    return chosen


@asynccontextmanager
async def stage(contestants: Sequence[Contestant]) -> AsyncIterator[Bench]:
    """Media, pages, peers, servers and browser: everything that a measure needs."""
    async with AsyncExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="widget-bench-")))
        site = root / "site"
        site.mkdir()
        say("making the clips")
        await asyncio.to_thread(media.make, CACHE)
        shutil.copytree(CACHE, site / "media")
        say("fetching the peers")
        await asyncio.to_thread(peers.install, site / "peers")
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "harness.site", str(site), cwd=HOME,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        stack.push_async_callback(_stop, server)
        assert server.stdout
        article, other = json.loads(await asyncio.wait_for(server.stdout.readline(), 20))
        origin, assets = f"http://127.0.0.1:{article}", f"http://127.0.0.1:{other}"
        base = ""
        manifests: dict[str, str] = {}
        if any(contestant.ours for contestant in contestants):
            say("starting the player's app")
            base = await stack.enter_async_context(app.running(root, assets))
            for item in app.catalogue(assets):
                manifests[str(item["id"])] = await app.manifest(base, str(item["id"]))
        pages.write(site, contestants, assets=assets, app=base, manifest=manifests.get)
        await asyncio.to_thread(peers.compress, site)
        playwright = await stack.enter_async_context(async_playwright())
        browser = await launch(playwright)
        stack.push_async_callback(browser.close)
        say(f"Chromium {browser.version}")
        yield Bench(browser, origin, assets, base)


async def _stop(server: asyncio.subprocess.Process) -> None:
    if server.stdin:
        server.stdin.close()
    await asyncio.wait_for(server.wait(), 10)


async def sample(bench: Bench, measure: Measure, contestant: Contestant, kind: str) -> dict[str, Value]:
    """One sample, or nothing when it fails or takes too long: the round goes on."""
    try:
        async with asyncio.timeout(SAMPLE_SECONDS):
            return dict(await measure.take(bench, contestant, kind))
    except (TimeoutError, Error, ValueError) as error:
        say(f"  {measure.name}: {contestant.name}, {kind}: {str(error).splitlines()[0] if str(error) else 'too late'}")
        return {}


async def run(chosen: argparse.Namespace) -> list[table.Line]:
    contestants = [one for one in CONTESTANTS if one.name in chosen.contestants or one.name == "native"]
    measures = [MEASURES[name] for name in chosen.only]
    results: dict[tuple[str, str, str], table.Samples] = defaultdict(lambda: defaultdict(list))
    async with stage(contestants) as bench:
        bench.quick, bench.shots = chosen.quick, chosen.shots
        end = time.monotonic() + chosen.minutes * 60
        took: dict[str, float] = {}
        for number in range(1 if chosen.quick else chosen.runs):
            for measure in measures:
                if number >= (measure.rounds or chosen.runs):
                    continue
                began = time.monotonic()
                if number and began + took[measure.name] > end:
                    say(f"{measure.name}: no time for round {number + 1}")
                    continue
                for kind in chosen.kinds:
                    for contestant in contestants:
                        if contestant.inline and not measure.inline:
                            continue
                        taken = await sample(bench, measure, contestant, kind)
                        for row in measure.rows:
                            results[measure.name, row.key, kind][contestant.name].append(taken.get(row.key))
                took[measure.name] = time.monotonic() - began
                say(f"{measure.name}: round {number + 1}, {took[measure.name]:.0f} s")
    return table.lines(results, measures)


def say(message: str) -> None:
    print(f"bench: {message}", file=sys.stderr, flush=True)


def main() -> int:
    chosen = arguments()
    if chosen.shots:
        chosen.shots.mkdir(parents=True, exist_ok=True)
    try:
        result = asyncio.run(run(chosen))
    except (app.AppFailed, OSError, Error, TimeoutError, subprocess.SubprocessError) as error:
        say(f"cannot run: {error}")
        return 2
    names = [one.name for one in CONTESTANTS if one.name in chosen.contestants or one.name == "native"]
    ours = [one.name for one in CONTESTANTS if one.ours and one.name in names]
    print(table.render(result, [MEASURES[name] for name in chosen.only], names, ours), flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps(table.plain(result, ours), indent=1, ensure_ascii=False) + "\n", "utf-8")
    missed = any(line.verdict(ours) == "MISS" for line in result)
    if not chosen.quick and (chosen.only, chosen.kinds) == (list(MEASURES), list(KINDS)):
        say("streams")
        missed |= subprocess.run([sys.executable, HOME / "streams.py"], check=False).returncode != 0
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
