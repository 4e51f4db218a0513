"""Everything that `steady-player demo` starts, each on its own origin as on the real web.

Three ports in a row: the player (`port`, http://127.0.0.1), the newsroom (+1, http://localhost) and the
media with its faults (+2). All of them listen on this machine only.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from player.catalogue.media import from_json
from player.catalogue.store import Catalogue
from player.cli.serve import CannotListen, free_port, run_app
from player.database import open_engine
from player.settings import Settings

from .items import Addresses, items
from .live import Live
from .newsroom import run_newsroom
from .origin import run_origin
from .streams import STOCK_SEGMENT, stock

if TYPE_CHECKING:
    from flask import Flask

MEDIA = Path(__file__).parent / "media"
HOST = "127.0.0.1"
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
INTERVAL = 5.0  # seconds between two probes of a source: QA does not wait a minute
TIMEOUT = 4.0  # seconds for a probe: nothing here is far away
LIVE_WINDOW = 120.0  # seconds that one can go back in the live stream
UP_WITHIN = 30.0  # seconds until everything has to answer


def run(settings: Settings, data: Path | None = None) -> int:
    """Starts everything, prints the addresses when it answers, and serves until SIGINT or SIGTERM; the exit status.

    `settings.port` is the first of the three ports, 0 for any three. `data`: the folder that keeps the database;
    without one it is gone when the demo ends. Main thread only. Raises `CannotListen`.
    """
    signal.signal(
        signal.SIGTERM, _leave
    )  # until the server has a handler of its own: folders are removed, ports closed
    with _folder(data) as folder, contextlib.ExitStack() as servers:
        ports = _ports(settings.port)
        player = f"http://{HOST}:{ports[0]}"
        with _signals_for_main():
            origin = servers.enter_context(run_origin(MEDIA, HOST, ports[2]))
            media = origin.url("").rstrip("/")
            films = stock(folder / "streams")
            origin.mount("stream", folder / "streams")
            origin.mount("live", Live(films, segment=STOCK_SEGMENT, window=LIVE_WINDOW))
            article = servers.enter_context(run_newsroom(player=player, media=media, host=HOST, port=ports[1])).here
        addresses = Addresses(player, article, media)
        settings = prepared(settings, folder, ports[0])
        fill(settings, addresses)
        return run_app(settings, partial(application, addresses=addresses), ready=partial(_announce_later, addresses))


def prepared(settings: Settings, folder: Path, port: int) -> Settings:
    """The operator's settings, as far as the demo leaves them their choice."""
    return replace(
        settings,
        database_url=f"sqlite:///{folder / 'demo.db'}",
        allow_networks=(*settings.allow_networks, *LOOPBACK),
        host=HOST,
        port=port,
        public_url=None,
        probe_interval=INTERVAL,
        probe_timeout=TIMEOUT,
        monitor=True,
    )


def fill(settings: Settings, addresses: Addresses) -> None:
    """Puts the demo's items into the database, in place of those of the same names."""
    engine = open_engine(settings.database_url)
    Catalogue(engine).import_many([from_json(item) for item in items(media=addresses.media, article=addresses.article)])
    engine.dispose()


def application(settings: Settings, *, addresses: Addresses) -> Flask:
    """The player with the QA pages at `/demo/`."""
    from player import create_app

    from .pages import blueprint

    # Items that are dead by design would scroll the addresses away; the QA pages tell every transition.
    logging.getLogger("player").setLevel(logging.WARNING)
    app = create_app(settings)
    app.register_blueprint(blueprint(addresses))
    return app


@contextlib.contextmanager
def _signals_for_main() -> Iterator[None]:
    """Threads begun in the block, and those that they begin, leave SIGINT and SIGTERM to the main one.

    A signal that another thread takes does not wake the main one, which alone runs Python's handlers
    (https://docs.python.org/3/library/signal.html#signals-and-threads): the demo would go on as if nothing had been.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is None:
        with tempfile.TemporaryDirectory(prefix="steady-player-", ignore_cleanup_errors=True) as made:
            yield Path(made)
    else:
        data.mkdir(parents=True, exist_ok=True)
        yield data.resolve()


def _ports(first: int) -> tuple[int, int, int]:
    """Three ports known to be free: in a row, or for 0 wherever. Raises `CannotListen`."""
    if first == 0:
        return free_port(HOST, 0), 0, 0
    if first > 65_533:
        raise CannotListen(f"the demo needs three ports, {first} and the two above it: choose at most 65533")
    return free_port(HOST, first), free_port(HOST, first + 1), free_port(HOST, first + 2)


def _announce_later(addresses: Addresses, _: str) -> None:
    with _signals_for_main():
        threading.Thread(target=_announce, args=(addresses,), name="announce", daemon=True).start()


def _announce(addresses: Addresses) -> None:
    """Nobody should be sent to an address that does not answer yet."""
    for address in (f"{addresses.player}/readyz", f"{addresses.article}/", f"{addresses.media}/river-crossing.mp3"):
        if not _answers(address):
            print(f"{address} does not answer", file=sys.stderr, flush=True)
            return
    print(
        f"""
  Article        {addresses.article}/
  in Persian     {addresses.article}/fa
  QA pages       {addresses.player}/demo/
  Availability   {addresses.player}/availability
  Media          {addresses.media}/

  Ctrl+C ends it.
""",
        flush=True,
    )


def _answers(address: str) -> bool:
    until = time.monotonic() + UP_WITHIN
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return True
        except urllib.error.HTTPError as error:
            error.close()
            if error.code != 503:  # /readyz: started, and not ready
                return True
        except OSError:
            pass
        time.sleep(0.05)
    return False


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
