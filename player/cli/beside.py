"""The monitor in a process of its own, beside several workers that serve: none of them gives up its time to probing."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
from multiprocessing.context import SpawnProcess

from player.settings import Settings

AGAIN_SECONDS = 2.0
END_SECONDS = 10.0

log = logging.getLogger("player")


class Beside:
    """Begun anew whenever it ends by itself."""

    def __init__(self, settings: Settings, board: str | None) -> None:
        """`board`: where it is to say how it does (`player.monitor.board`)."""
        self._settings, self._board = settings, board
        self._over = threading.Event()
        self._process: SpawnProcess | None = None
        self._keeper = threading.Thread(target=self._keep, name="monitor's keeper", daemon=True)

    def start(self) -> None:
        self._keeper.start()

    def ending(self) -> None:
        """From now on its end is no accident; safe in a signal's handler."""
        self._over.set()

    def stop(self) -> None:
        """End it, by force if it takes long."""
        self._over.set()
        for end in (SpawnProcess.terminate, SpawnProcess.kill):
            if self._process is not None and self._process.is_alive():
                end(self._process)
                self._process.join(END_SECONDS)
        self._keeper.join(END_SECONDS)

    def _keep(self) -> None:
        while not self._over.is_set():
            self._process = multiprocessing.get_context("spawn").Process(
                target=_run, args=(self._settings, os.getpid(), self._board), name="monitor"
            )
            self._process.start()
            log.info("the monitor is process %d", self._process.pid)
            self._process.join()
            if not self._over.wait(AGAIN_SECONDS):
                log.error("the monitor ended with status %s; it begins anew", self._process.exitcode)


def _run(settings: Settings, parent: int, board: str | None) -> None:
    from player.cli.serve import run_monitor

    raise SystemExit(run_monitor(settings, parent=parent, board=board))
