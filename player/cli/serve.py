"""`steady-player serve` and `steady-player monitor`, and `run_app`, by which anything of ours is served."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from multiprocessing.util import Finalize
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from player.cli.beside import Beside
from player.database import open_engine
from player.monitor.board import SAY_SECONDS, Board, make_board, remove_board
from player.settings import HOME, MOST_WORKERS, Settings, vantage_name

if TYPE_CHECKING:
    from flask import Flask

    from player.web.readpath import ReadPath

BACKLOG = 1024
KILL_SECONDS = 5
INTERRUPTED = 128 + signal.SIGINT

AppFactory = Callable[[Settings], "Flask"]
"""Makes the application, in the worker process; a function of a module, because it may have to be pickled."""

log = logging.getLogger("player")


class CannotListen(click.ClickException):
    """The address or port cannot be had; exit status 1."""


@click.command()
@click.option("--host", help="The address to listen on; overrides PLAYER_HOST.")
@click.option("--port", type=click.IntRange(0, 65535), help="0 for any free one; overrides PLAYER_PORT.")
@click.option("--workers", type=click.IntRange(1, MOST_WORKERS), help="Processes; overrides PLAYER_WORKERS.")
@click.option("--monitor/--no-monitor", default=None, help="Whether to probe from here; overrides PLAYER_MONITOR.")
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None, workers: int | None, monitor: bool | None) -> None:
    """Answer readers and monitors, and probe what is due.

    SIGINT and SIGTERM end it within seconds: exit status 130 and 0.
    """
    given = {"host": host, "port": port, "workers": workers, "monitor": monitor}
    settings = replace(settings, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    sys.exit(run_app(settings, application))


def _vantage(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    try:
        return None if value is None else vantage_name(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} will not do: {error}") from None


@click.command()
@click.option("--vantage", metavar="NAME", callback=_vantage, help="From where it looks; overrides PLAYER_VANTAGE.")
@click.pass_obj
def monitor(settings: Settings, vantage: str | None) -> None:
    """Probe what is due, and nothing else; for `serve --no-monitor` elsewhere.

    Monitors of different vantage points look at every source each, and are judged together.
    SIGINT and SIGTERM end it within seconds: exit status 130 and 0.
    """
    sys.exit(run_monitor(settings if vantage is None else replace(settings, vantage=vantage)))


def application(settings: Settings) -> Flask:
    from player import create_app

    return create_app(settings)


def run_app(settings: Settings, factory: AppFactory, *, ready: Callable[[str], None] | None = None) -> int:
    """Serve what `factory` makes until SIGINT or SIGTERM; the exit status.

    With one worker process the monitor, if `settings.monitor`, is a thread of it; with several it is a process beside
    them. `ready` is given the address as soon as the port is known to be free, before the first answer; by default it
    is printed. Main thread only. Raises `CannotListen`, `DatabaseError`.
    """
    configure_logging()
    open_engine(settings.database_url).dispose()  # made and migrated once, here, where an error is told plainly
    settings = replace(settings, port=free_port(settings.host, settings.port))
    (ready or _announce)(address(settings))
    server = _server(settings)
    several = settings.monitor and settings.workers > 1
    board = make_board() if several else None
    beside = Beside(settings, board) if several else None
    caught: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        caught.append(number)  # which one it was decides the exit status, and granian does not tell
        if beside is not None:
            beside.ending()
        server.signal_handler_interrupt()

    def listen() -> None:
        signal.signal(signal.SIGINT, handle)
        signal.signal(signal.SIGTERM, handle)

    server.on_startup(listen)
    if beside is not None:
        beside.start()
    try:
        server.serve(target_loader=partial(load, factory, settings, board), wrap_loader=False)
    except SystemExit as ended:
        if not caught:
            return int(ended.code or 0)
    finally:
        if beside is not None:
            beside.stop()
        remove_board(board)
    return INTERRUPTED if caught and caught[0] == signal.SIGINT else 0


def load(factory: AppFactory, settings: Settings, board: str | None = None) -> ReadPath:
    """The application, with its monitor if this is the only worker; what a worker process runs first.

    `board`: where the monitor beside several workers says how it does.
    """
    from player.web.readpath import ReadPath
    from player.web.service import EXTENSION

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)  # until the server is up there is nothing to end gracefully
    take_turns()
    configure_logging()
    app = factory(settings)
    if board is not None:
        app.extensions[EXTENSION].beside = Board(board)
    if settings.monitor and settings.workers == 1:
        monitor = app.extensions[EXTENSION].start_monitor()
        # Not atexit, which the worker's processes skip (https://github.com/python/cpython/issues/83856).
        Finalize(None, monitor.stop, exitpriority=100)
    return ReadPath(app)


def take_turns() -> None:
    """Have a thread that is woken wait for the end of another's turn instead of cutting in (sched(7), SCHED_BATCH), and
    so have all threads that this one begins: on a busy core the server's would change places with each request."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # not everywhere may one say so
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def run_monitor(settings: Settings, *, parent: int | None = None, board: str | None = None) -> int:
    """Probe until SIGINT or SIGTERM; the exit status, 1 if the monitor ended by itself. Main thread only.

    `parent`: the process whose end, however it comes, is the end of this one too. `board`: where to say every second
    how it does.
    """
    from player.monitor.history import History
    from player.monitor.outbox import channels
    from player.monitor.worker import Monitor

    configure_logging()
    caught: list[int] = []
    signalled = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        caught.append(number)
        signalled.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)
    engine = open_engine(settings.database_url)
    history = History(engine, channels=channels(settings), quiet=settings.quiet_hours)
    monitor = Monitor(history, settings)
    monitor.start()
    log.info("probing what is due%s, every source each %g s", _where(settings), settings.probe_interval)
    told = Board(board) if board is not None else None
    while not signalled.wait(SAY_SECONDS):
        if told is not None:
            told.say(monitor.status)
        if not monitor.status.alive:
            log.error("the monitor has stopped: %s", monitor.status.error or "it died")
            return 1
        if parent is not None and os.getppid() != parent:
            caught.append(signal.SIGTERM)
            break
    if not monitor.stop():
        log.warning("the monitor did not end in time; what it was probing is due again")
    return INTERRUPTED if caught[0] == signal.SIGINT else 0


def _where(settings: Settings) -> str:
    return "" if settings.vantage == HOME else f" from {settings.vantage}"


def free_port(host: str, port: int) -> int:
    """The port, or a free one for 0. Raises `CannotListen`.

    granian shares ports (SO_REUSEPORT), so two servers on one port would both seem to work: this asks without sharing.
    """
    try:
        family, kind, protocol, _, target = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as asked:
            asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            asked.bind(target)
            return int(asked.getsockname()[1])
    except OSError as error:
        why = {
            errno.EADDRINUSE: f"port {port} is in use; stop what uses it, or choose another with PLAYER_PORT or --port",
            errno.EACCES: f"port {port} needs more rights; choose one from 1024 on with PLAYER_PORT or --port",
            errno.EADDRNOTAVAIL: f"{host} is no address of this machine; choose another with PLAYER_HOST or --host",
        }.get(error.errno or 0, f"cannot listen on {host}:{port}: {error.strerror or error}")
        raise CannotListen(why) from error


def address(settings: Settings) -> str:
    """Where a browser on this machine finds the server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def configure_logging() -> None:
    """One line an event on standard error, unless whoever embeds us has decided otherwise already."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def _announce(where: str) -> None:
    click.echo(f"Steady Player on {where}")


def _server(settings: Settings) -> Any:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    return Server(
        "player",  # shown by tools that set the process's title; what is served comes from the loader
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        workers=settings.workers,
        respawn_failed_workers=settings.workers > 1,
        backlog=BACKLOG,
        websockets=False,
        log_level=LogLevels.warning,
        log_access=False,
        workers_kill_timeout=KILL_SECONDS,
    )
