"""`steady-player probe`: many sources at once, one line for each as soon as it is known."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import ipaddress
import json
import shutil
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import click

from player.catalogue.media import Kind
from player.cli.fair import Fair
from player.cli.feed import Line, Outlet, descriptor, lines
from player.probe.observe import Observation, Prober, Role, Target
from player.probe.reasons import State
from player.probe.verdict import Verdict, judge
from player.settings import Network, Settings

USAGE = 64  # the exit status of wrong usage (EX_USAGE of sysexits.h): 1, 2 and 3 are verdicts
# The exit status by state, worst first.
STATUS = {State.UNAVAILABLE: 2, State.UNKNOWN: 3, State.DEGRADED: 1, State.AVAILABLE: 0}
INTERRUPTED = 128 + signal.SIGINT
_OUT, _ERR = 1, 2
_BATCH = 1000  # addresses that are handed on together
_WAITING = 5000  # addresses that wait for their turn
_UNWRITTEN = 1000  # lines
_WIPE = b"\r\x1b[K"


class Misused(click.UsageError):
    """Wrong usage, or settings that cannot be used."""

    exit_code = USAGE


class _Command(click.Command):
    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        try:
            return super().make_context(*arguments, **options)
        except click.UsageError as error:
            raise Misused(error.format_message(), error.ctx) from error


def _networks(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(value) for value in values)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from error


@click.command("probe", cls=_Command)
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="What the sources should be.")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), help="What pages want them for. [by the ending]"
)
@click.option("--page", metavar="URL", help="The page that they stand on: over https it loads nothing over http.")
@click.option("--duration", type=click.FloatRange(0, min_open=True), metavar="S", help="How long they should be.")
@click.option("--size", type=click.IntRange(1), metavar="BYTES", help="How large they should be.")
@click.option("--deep", is_flag=True, help="Decode the first seconds too: black, frozen, silent, slow. Needs PyAV.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--timeout", type=click.FloatRange(0.1, 3600), metavar="S", help="Seconds for one source. [10]")
@click.option("--concurrency", type=click.IntRange(1, 20_000), metavar="N", help="Sources at once. [200]")
@click.option("--per-host", type=click.IntRange(1), metavar="N", help="Of one host at once. [a quarter of N]")
@click.option("--rate", type=click.FloatRange(0.01), metavar="N", help="Of one host a second. [any number]")
@click.option(
    "--allow-network",
    multiple=True,
    callback=_networks,
    metavar="CIDR",
    help="A private network that may be reached, besides those of PLAYER_ALLOW_NETWORKS; can be repeated.",
)
@click.pass_context
def probe(
    ctx: click.Context,
    urls: tuple[str, ...],
    kind: str | None,
    role: str | None,
    page: str | None,
    duration: float | None,
    size: int | None,
    deep: bool,
    as_json: bool,
    timeout: float | None,
    concurrency: int | None,
    per_host: int | None,
    rate: float | None,
    allow_network: tuple[Network, ...],
) -> None:
    """Tell whether the sources at the URLs can be played, and why not.

    The URL "-" reads URLs from standard input, one a line, as they come. Each source makes a line on
    standard output as soon as it is known; a line that is no URL is reported as "bad-url" and stops nothing.
    With --json a line has url, state, reason, requests, bytes, ms and evidence.

    \b
    Exit status, the worst of all sources:
      0   available
      1   degraded: plays, but not as it should
      3   unknown: nothing can be said
      2   unavailable (the worst of these)
      64  wrong usage
      130 interrupted; what was known has been printed
    """
    settings: Settings = ctx.find_object(Settings) or Settings()
    if deep and importlib.util.find_spec("av") is None:
        raise Misused("--deep needs PyAV: pip install 'steady-player[ingest]'")
    places = _room_for(concurrency or settings.probe_concurrency)
    per_host = per_host or max(16, places // 4)
    prober = Prober(
        timeout=timeout or settings.probe_timeout,
        per_host=per_host,
        max_redirects=settings.max_redirects,
        allow_networks=(*settings.allow_networks, *allow_network),
        tls_warn_days=settings.tls_warn_days,
        origin=settings.probe_origin,
        rate=rate,
    )
    like = Target(
        "",
        Kind(kind) if kind else None,
        size=size,
        duration=duration,
        role=Role(role) if role else None,
        page=page,
        deep=deep,
        once=True,
    )
    run = _Run(prober, urls, like, as_json, places, per_host, settings.probe_interval)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        status = runner.run(run.main())
    ctx.exit(status)


@dataclass
class _Run:
    prober: Prober
    urls: Sequence[str]
    like: Target  # what is said of all of them
    as_json: bool
    places: int
    per_host: int
    interval: float
    states: Counter[State] = field(default_factory=Counter)
    requests: int = 0
    received: int = 0  # bytes
    under_way: int = 0
    began: float = field(default_factory=time.monotonic)
    fault: BaseException | None = None

    async def main(self) -> int:
        """Probes everything; the exit status."""
        loop, self.stop = asyncio.get_running_loop(), asyncio.Event()
        loop.add_signal_handler(signal.SIGINT, self.stop.set)
        self.outlet, self.lines = Outlet(), Fair[Line](self.per_host)
        self.unwritten: list[bytes] = []
        self.hungry, self.fed, self.idle = threading.Event(), False, asyncio.Event()
        self.progress, self.shared = sys.stderr.isatty(), sys.stderr.isatty() and sys.stdout.isatty()
        self.tasks: set[asyncio.Task[None]] = set()
        threading.Thread(target=self._feed, args=(loop,), name="feed", daemon=True).start()
        async with self.prober:
            done, stop = asyncio.create_task(_event(self.idle)), asyncio.create_task(_event(self.stop))
            ticker = asyncio.create_task(self._tick())
            try:
                await asyncio.wait((done, stop), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (others := [*self.tasks, done, stop, ticker]):
                    task.cancel()
                ended = await asyncio.gather(*others, return_exceptions=True)
        self._flush()
        for error in [self.fault, *ended]:
            if isinstance(error, Exception):
                raise error
        interrupted = self.stop.is_set() and not self.outlet.broken
        await self._summarise(interrupted=interrupted)
        return INTERRUPTED if interrupted else self._status()

    def _status(self) -> int:
        return next((STATUS[state] for state in STATUS if self.states[state]), 0)

    def _feed(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread: hands on the addresses of one piece after another, and waits while enough are waiting."""
        batch: list[Line] = []

        def hand_over(*, over: bool = False) -> None:
            self.hungry.clear()
            loop.call_soon_threadsafe(self._arrive, batch.copy(), over)
            batch.clear()
            self.hungry.wait()

        read = descriptor(0)

        def reading() -> bytes:
            if batch:
                hand_over()
            return read()

        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            for url in self.urls:
                for line in lines(reading) if url == "-" else (Line(0, url),):
                    batch.append(line)
                    if len(batch) >= _BATCH:
                        hand_over()
            hand_over(over=True)

    def _arrive(self, batch: list[Line], over: bool) -> None:
        for line in batch:
            self.lines.add(_host(line.text), line)
        self.fed = over
        while len(self.tasks) < self.places and (taken := self.lines.take()) is not None:
            task = asyncio.get_running_loop().create_task(self._work(*taken))
            self.tasks.add(task)
            task.add_done_callback(self._ended)
        self._go_on()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.fault = task.exception()
            self.idle.set()
        self._go_on()

    def _go_on(self) -> None:
        if self.lines.length < _WAITING:
            self.hungry.set()
        if self.fed and not self.lines.length and not self.tasks:
            self.idle.set()

    async def _work(self, host: str, line: Line) -> None:
        taken: tuple[str, Line] | None = (host, line)
        while taken is not None:
            host, line = taken
            self.under_way += 1
            try:
                await self._probe(line)
            finally:
                self.under_way -= 1
                self.lines.leave(host)
            taken = self.lines.take()
            if self.lines.length < _WAITING:
                self.hungry.set()

    async def _probe(self, line: Line) -> None:
        target = replace(self.like, src=line.text if line.problem is None else "")
        seen = await self.prober.observe(target)
        verdict = judge(target, seen, interval=self.interval)
        evidence = dict(verdict.evidence)
        if line.problem:
            evidence["detail"] = line.problem
        if line.number and verdict.reason == "bad-url" and not seen.requests:
            evidence["line"] = line.number
        self.states[verdict.state] += 1
        self.requests += seen.requests
        self.received += seen.bytes
        write = _as_json if self.as_json else _as_text
        text = write(line.text, verdict, seen, evidence) + "\n"
        if not self.unwritten:
            asyncio.get_running_loop().call_soon(self._flush)
        self.unwritten.append((_WIPE if self.shared else b"") + text.encode(errors="backslashreplace"))
        while len(self.unwritten) > _UNWRITTEN:  # noqa: ASYNC110 - it is emptied by a thread
            await asyncio.sleep(0.02)

    def _flush(self) -> None:
        """Hands on what is to be written; a reader who does not read holds up new probes, and none under way."""
        if self.unwritten and self.outlet.offer(_OUT, b"".join(self.unwritten)):
            self.unwritten.clear()
        elif self.unwritten and not self.stop.is_set():
            asyncio.get_running_loop().call_later(0.02, self._flush)
        if self.outlet.broken:
            self.stop.set()

    async def _emit(self, fd: int, data: bytes) -> None:
        """Writes in its turn; a reader who does not read holds up new probes, and none that is under way."""
        while not self.outlet.offer(fd, data):  # noqa: ASYNC110 - it is emptied by a thread
            await asyncio.sleep(0.02)
        if self.outlet.broken:
            self.stop.set()

    async def _tick(self) -> None:
        while self.progress:
            width = max(20, shutil.get_terminal_size().columns)
            rate = sum(self.states.values()) / max(0.001, time.monotonic() - self.began)
            text = f"{self._counts()} · {self.under_way} in flight · {rate:,.0f}/s"
            self.outlet.offer(_ERR, _WIPE + text[: width - 1].encode())
            await asyncio.sleep(0.1)

    def _counts(self) -> str:
        parts = ", ".join(f"{self.states[state]:,} {state}" for state in reversed(STATUS) if self.states[state])
        return f"{sum(self.states.values()):,} probed" + (f": {parts}" if parts else "")

    async def _summarise(self, *, interrupted: bool) -> None:
        seconds = time.monotonic() - self.began
        text = (
            f"{'interrupted; ' if interrupted else ''}{self._counts()}; {self.requests:,} requests, "
            f"{self.received / 1e6:,.1f} MB, {seconds:,.1f} s\n"
        )
        patience = 2.0 if interrupted else None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._emit(_ERR, (_WIPE if self.progress else b"") + text.encode())
        await asyncio.get_running_loop().run_in_executor(None, self.outlet.close, patience)


async def _event(event: asyncio.Event) -> None:
    await event.wait()


def _host(text: str) -> str:
    """Whose turn an address belongs to; roughly, for the prober has places of its own."""
    return text.split("/", 3)[2].lower() if text.count("/") > 1 else ""


def _as_json(url: str, verdict: Verdict, seen: Observation, evidence: dict[str, Any]) -> str:
    return json.dumps(
        {
            "url": url,
            "state": verdict.state,
            "reason": verdict.reason,
            "requests": seen.requests,
            "bytes": seen.bytes,
            "ms": seen.ms,
            "evidence": evidence,
        }
    )


def _as_text(url: str, verdict: Verdict, seen: Observation, evidence: dict[str, Any]) -> str:
    # Nothing that a URL holds may reach the terminal as a control sequence.
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in url)
    where = f"  (line {evidence['line']})" if "line" in evidence else ""
    return f"{verdict.state:<11}  {verdict.reason:<15}  {seen.ms:>8,.0f} ms  {shown}{where}"


def _room_for(places: int) -> int:
    """How many probes fit under the limit on file descriptors, which is raised as far as it can be."""
    try:
        import resource
    except ImportError:
        return places
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 65_536) if hard != resource.RLIM_INFINITY else 65_536
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    if soft == resource.RLIM_INFINITY or places * 2 + 64 <= soft:
        return places
    fewer = max(1, (soft - 64) // 2)
    click.echo(f"{soft} file descriptors allow {fewer} sources at once, not {places}", err=True)
    return min(places, fewer)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
