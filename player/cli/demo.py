"""`steady-player demo`: an article that plays, and the QA pages, from one command."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import click

from player.settings import Settings


@click.command()
@click.option("--port", type=click.IntRange(0, 65533), help="First of three ports, 0 for any; overrides PLAYER_PORT.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to keep the database in; without one it is gone when the demo ends.",
)
@click.pass_obj
def demo(settings: Settings, port: int | None, data: Path | None) -> None:
    """Serve a demo article, its media and the QA pages, each on an origin of its own.

    The player is on the port, the article on the next one, the media and its faults on the one after.
    SIGINT and SIGTERM end it within seconds: exit status 130 and 0.
    """
    settings = settings if port is None else replace(settings, port=port)
    sys.exit(_stage().run(settings, data))


def _stage() -> ModuleType:
    """The demo's package: `player.demo` where it is installed, the folder beside us in a plain checkout."""
    try:
        return import_module("player.demo.stage")
    except ModuleNotFoundError as error:
        if error.name != "player.demo":
            raise
    return import_module("demo.stage")
