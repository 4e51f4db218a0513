"""How soon a newsroom knows: `./run bench alarm [options]`.

How it is measured
------------------
1,000 items lie on three origins of this machine: 300 on a CDN, 20 on another host, the rest on ten more addresses.
`steady-player monitor` probes them, `steady-player serve --no-monitor` has the endpoints, webhooks come to a receiver
that checks their signatures, and Chromium has the dashboard open. Nothing is told by any short cut: all times are of
what comes over HTTP, from the moment of the fault:

- suspicion: `/availability` shows it, asked four times a second
- confirmation: a transition comes over `/events`; of the CDN the last of its 300 items
- alert: a webhook with the incident
- dashboard: the incident stands on the page

Three faults at once: a file is deleted (404), a host's process is killed (connections are refused), the CDN goes silent
(it accepts, and never answers). When all is mended and told so, the CDN answers 503 to everything. When that is mended,
it refuses everything for three seconds, and is suspected: nobody may be told.

Exit status: 0 when every target is met, 1 when one is missed, 2 when the bench could not run.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import aiohttp
from alarming.origin import BLIP
from alarming.watch import Seen, dashboard, follow, ready, shown, suspicion, webhooks
from alarming.world import ON_CDN, ON_HOST, SECRET, World, world
from playwright.async_api import Error as BrowserError
from playwright.async_api import Page

SOON = 30.0  # seconds for each of the four
PATIENCE = 90.0  # after which a thing is taken not to come at all


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench alarm", description="From a fault to those who must know.")
    parser.add_argument("--items", type=int, default=1000, metavar="N", help=f"items (1000), {ON_CDN} of them on a CDN")
    parser.add_argument("--interval", type=float, default=15, metavar="S", help="PLAYER_PROBE_INTERVAL (15)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the processes' logs and the database there")
    return parser.parse_args()


@dataclass(slots=True)
class Bench:
    world: World
    seen: Seen
    session: aiohttp.ClientSession
    page: Page
    missed: list[str]

    def check(self, what: str, fine: bool) -> None:
        print(f"  {'ok    ' if fine else 'MISSED'} {what}", flush=True)
        if not fine:
            self.missed.append(what)

    async def until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.05)
        return True

    async def alarm(self, what: str, subject: str, words: str, query: str, ids: list[str], since: float) -> None:
        """One row: the four times of one fault that began at `since`."""

        async def confirmed() -> float:
            await self.until(lambda: all(any(at > since for at in self.seen.confirmed[one]) for one in ids))
            return max(max(self.seen.confirmed[one], default=float("inf")) for one in ids)

        async def alerted() -> float:
            await self.until(lambda: self.seen.alert(subject, since) is not None)
            return self.seen.alert(subject, since) or float("inf")

        times = await asyncio.gather(
            _within(suspicion(self.session, self.world.url, query)),
            _within(confirmed()),
            _within(alerted()),
            _within(shown(self.page, words, PATIENCE)),
        )
        took = [moment - since for moment in times]
        names = ("suspicion", "confirmation", "alert", "dashboard")
        told = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in zip(names, took, strict=True))
        self.check(f"{what}: {told}", max(took) <= SOON)

    async def mended(self, subjects: list[str], ids: list[str], since: float) -> None:
        fine = await self.until(
            lambda: (
                all(self.seen.alert(one, since, "closed") for one in subjects)
                and all(any(at > since for at in self.seen.mended[one]) for one in ids)
            )
        )
        self.check(f"mended, and told so after {time.monotonic() - since:.1f} s", fine)


async def _within(time_of: Awaitable[float], seconds: float = PATIENCE) -> float:
    try:
        return await asyncio.wait_for(time_of, seconds)
    except (TimeoutError, BrowserError):
        return float("inf")


async def three_at_once(bench: Bench) -> None:
    world, seen = bench.world, bench.seen
    place = next(place for place in world.ids if place not in (world.cdn.name, world.host.name))
    one = world.ids[place][7]
    print("\na file is deleted, a host is killed, the CDN goes silent")
    since = time.monotonic()
    (world.rest.folder / "gone" / one).touch()
    world.host.kill()
    world.cdn.tell(signal.SIGSTOP)
    on_host, on_cdn = world.ids[world.host.name], world.ids[world.cdn.name]
    await asyncio.gather(
        bench.alarm("source", one, f"Report {one[5:]}", f"q={one}", [one], since),
        bench.alarm(f"host of {ON_HOST}", world.host.name, world.host.name, f"host={world.host.name}", on_host, since),
        bench.alarm(
            f"CDN of {ON_CDN}", world.cdn.name, world.cdn.name, f"host={world.cdn.name}&limit=300", on_cdn, since
        ),
    )
    subjects = [one, world.host.name, world.cdn.name]
    bench.check(
        f"three alerts, one for each: {sorted(seen.opened(since))[:8]}", sorted(seen.opened(since)) == sorted(subjects)
    )
    since = time.monotonic()
    (world.rest.folder / "gone" / one).unlink()
    world.host.again()
    world.cdn.tell(signal.SIGCONT)
    await bench.mended(subjects, [one, *on_host, *on_cdn], since)


async def errors_for_all(bench: Bench) -> None:
    world, seen = bench.world, bench.seen
    print("\nthe CDN answers 503 to everything")
    since, ids = time.monotonic(), world.ids[world.cdn.name]
    (world.cdn.folder / "503").touch()
    query = f"host={world.cdn.name}&limit=300"
    await bench.alarm(f"CDN of {ON_CDN}", world.cdn.name, world.cdn.name, query, ids, since)
    bench.check(
        f"one alert: {len(seen.opened(since))}, {seen.opened(since)[:3]}", seen.opened(since) == [world.cdn.name]
    )
    since = time.monotonic()
    (world.cdn.folder / "503").unlink()
    await bench.mended([world.cdn.name], ids, since)


async def blip(bench: Bench, interval: float) -> None:
    world, seen = bench.world, bench.seen
    print(f"\nthe CDN refuses everything for {BLIP:g} s")
    since = time.monotonic()
    world.cdn.tell(signal.SIGUSR1)
    query = f"host={world.cdn.name}&limit=300"
    noticed = await _within(suspicion(bench.session, world.url, query), 3 * interval)
    bench.check(f"suspected after {noticed - since:.1f} s", noticed < float("inf"))
    # Long enough for whatever it began to come out: another round of probes, and their confirmation.
    await asyncio.sleep(2 * interval + 15)
    dead = sum(any(at > since for at in seen.confirmed[one]) for one in world.ids[world.cdn.name])
    bench.check(
        f"no alert: {seen.opened(since)[:3]}, no item held for dead: {dead}", not seen.opened(since) and not dead
    )


async def bench(given: argparse.Namespace, folder: Path) -> int:
    seen = Seen()
    async with webhooks(seen, SECRET) as hook, aiohttp.ClientSession() as session:
        with world(folder, hook, given.items, given.interval) as made:
            await ready(session, made.url)
            following = asyncio.create_task(follow(session, made.url, seen))
            async with dashboard(made.url) as page:
                run = Bench(made, seen, session, page, [])
                everything = [one for some in made.ids.values() for one in some]
                if not await run.until(lambda: all(seen.mended[one] for one in everything)):
                    print("the monitor does not get round to all items", file=sys.stderr)
                    return 2
                print(f"{given.items} items, each probed every {given.interval:g} s; {SOON:g} s for each time")
                await three_at_once(run)
                await errors_for_all(run)
                await blip(run, given.interval)
                run.check(f"all {len(seen.alerts)} webhooks are signed", not seen.unsigned)
            following.cancel()
    print(f"\nmissed: {'; '.join(run.missed)}" if run.missed else "\nall targets met")
    return bool(run.missed)


if __name__ == "__main__":
    given = arguments()
    with tempfile.TemporaryDirectory() as temporary:
        sys.exit(asyncio.run(bench(given, given.keep or Path(temporary))))
