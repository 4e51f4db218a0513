"""The command `steady-player`.

Exit status: 0 done, 1 it could not be done (every error on a line of its own, on standard error),
2 wrong usage; `probe` adds its own.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import click
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from player.cli import catalogue, demo, ingest, probe, serve, token, upkeep
from player.database import DatabaseError, explain
from player.settings import Settings, SettingsError


class _Clear(click.Group):
    """Turns the errors that a user can mend into messages; any other is a bug and keeps its traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (SettingsError, DatabaseError) as error:
            if ctx.invoked_subcommand == probe.probe.name:  # whose other exit statuses are verdicts
                raise probe.Misused(str(error)) from error
            raise click.ClickException(str(error)) from error
        except (DataError, IntegrityError, ProgrammingError):
            raise
        except DBAPIError as error:
            raise click.ClickException(f"the database failed: {explain(error)}") from error


@click.group(cls=_Clear, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="steady-player", message="%(prog)s %(version)s")
@click.option("--database", metavar="URL", help="The catalogue's database; overrides PLAYER_DATABASE_URL.")
@click.pass_context
def main(ctx: click.Context, database: str | None) -> None:
    """An embeddable player that says honestly when there is nothing to play.

    Settings come from PLAYER_* environment variables.
    """
    settings = Settings.load(os.environ)
    ctx.obj = settings if database is None else replace(settings, database_url=database)


for command in (
    catalogue.add,
    catalogue.import_,
    catalogue.list_,
    catalogue.export,
    catalogue.remove,
    ingest.ingest,
    probe.probe,
    serve.serve,
    serve.monitor,
    token.token,
    upkeep.backup,
    upkeep.check,
    upkeep.recount,
    upkeep.vacuum,
    demo.demo,
):
    main.add_command(command)
