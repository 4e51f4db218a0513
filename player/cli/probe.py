"""`steady-player probe`: many sources at once, one line for each as soon as it is known."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib.util
import ipaddress
from collections.abc import Callable
from functools import partial
from typing import Any

import click

from player.catalogue.media import Kind
from player.cli.probing import Run
from player.probe.observe import Prober, Role, Target
from player.settings import Network, Settings

USAGE = 64  # the exit status of wrong usage (EX_USAGE of sysexits.h): 1, 2 and 3 are verdicts


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
    like = partial(
        Target,
        kind=Kind(kind) if kind else None,
        size=size,
        duration=duration,
        role=Role(role) if role else None,
        page=page,
        deep=deep,
        once=True,
    )
    run = Run(prober, urls, like, as_json, places, per_host)
    # What is there now stays, and what a probe makes goes without the collector's help.
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        status = runner.run(run.main())
    ctx.exit(status)


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
