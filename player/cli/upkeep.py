"""`steady-player backup`, `vacuum`, `recount` and `check`: for those who keep the machine."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from player.catalogue.store import Catalogue
from player.cli.output import progress
from player.database import DatabaseError, open_engine
from player.monitor.history import History, as_of
from player.probe.reasons import State
from player.probe.verdict import combine
from player.settings import Settings
from player.sqlite import BUSY_SECONDS, explain
from player.standings.rebuilding import rebuild

COUNTED = 5000  # items from which on counting them shows how far it is
PAGES = 1000  # of the database, copied in one go; writers have their turn in between

NAGIOS = {State.AVAILABLE: (0, "OK"), State.DEGRADED: (1, "WARNING"), State.UNAVAILABLE: (2, "CRITICAL")}
UNKNOWN = (3, "UNKNOWN")


@click.command()
@click.argument("target", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--force", is_flag=True, help="Replace TARGET where it exists.")
@click.pass_obj
def backup(settings: Settings, target: Path, force: bool) -> None:
    """Copy the whole database to the file TARGET while it is in use.

    The copy is one consistent moment, is checked, and takes TARGET's place in one step. SQLite only.
    """
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        raise click.ClickException("only a SQLite database is copied by this command; for PostgreSQL use pg_dump")
    open_engine(settings.database_url, create=False).dispose()
    if target.exists() and not force:
        raise click.ClickException(f"{target} exists; choose another name, or say --force to replace it")
    draft = target.with_name(f".{target.name}.part")
    draft.unlink(missing_ok=True)
    try:
        _copy(Path(url.database or ""), draft)
        draft.replace(target)
    except (sqlite3.Error, OSError) as error:
        raise click.ClickException(f"{target} was not written: {error}") from error
    finally:
        draft.unlink(missing_ok=True)
    click.echo(f"{target}: {target.stat().st_size} bytes")


def _copy(source: Path, draft: Path) -> None:
    with closing(sqlite3.connect(source)) as reading, closing(sqlite3.connect(draft)) as writing:
        # One moment, held: where somebody writes between two steps a copy begins anew, and where somebody always writes
        # it never ends (https://www.sqlite.org/backup.html).
        reading.execute("BEGIN")
        total = reading.execute("PRAGMA page_count").fetchone()[0]
        with progress("Copying", total, least=PAGES) as done:
            reading.backup(writing, pages=PAGES, progress=lambda _status, left, all_: done(min(all_ - left, total)))
        writing.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        problem = writing.execute("PRAGMA quick_check(1)").fetchone()[0]
        if problem != "ok":
            raise sqlite3.DatabaseError(f"the copy is damaged: {problem}")


@click.command()
@click.pass_obj
def vacuum(settings: Settings) -> None:
    """Give the room of what has been dropped back to the disk. SQLite only; it needs as much room again meanwhile.

    Nobody can write until it is done; readers go on, and the monitor waits.
    """
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        raise click.ClickException("PostgreSQL does this by itself (autovacuum)")
    open_engine(settings.database_url, create=False).dispose()
    path = Path(url.database or "")
    before = path.stat().st_size
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("PRAGMA optimize")
    except sqlite3.Error as error:
        raise click.ClickException(f"{path} is as it was: {explain(error) or error}") from error
    click.echo(f"{path}: {before} bytes before, {path.stat().st_size} now")


@click.command()
@click.pass_obj
def recount(settings: Settings) -> None:
    """Count anew what /availability, /metrics and the dashboard tell, while the service runs.

    For a database that something else has written to; whatever Steady Player itself writes is counted at once.
    """
    engine = open_engine(settings.database_url, create=False)
    total = Catalogue(engine).count()
    with progress("Counting", total, least=COUNTED) as done:
        found = rebuild(engine, lambda looked: done(min(looked, total)))
    click.echo(f"{total} items looked at: {found.items} counted anew, {found.sums} sums put right")


@click.command()
@click.argument("items", nargs=-1, metavar="[ITEM]…")
@click.option("--warning", type=click.FloatRange(0, 1), default=1.0, help="Warn when a smaller share of items plays.")
@click.option("--critical", type=click.FloatRange(0, 1), help="Critical below this share [default: PLAYER_FAIL_BELOW].")
@click.pass_context
def check(ctx: click.Context, items: tuple[str, ...], warning: float, critical: float | None) -> None:
    """A plug-in for Nagios, Icinga and the like: what the monitor holds of ITEMs, or of the whole catalogue.

    Exit status 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; one line, with performance data.
    """
    settings: Settings = ctx.obj
    try:
        engine = open_engine(settings.database_url, create=False)
        status, line = _items(engine, items) if items else _whole(engine, settings, warning, critical)
    except DatabaseError as error:
        status, line = UNKNOWN[0], f"UNKNOWN: {error}"
    click.echo(f"STEADY PLAYER {line}")
    ctx.exit(status)


def _items(engine: Engine, names: tuple[str, ...]) -> tuple[int, str]:
    now, told = datetime.now(UTC), []
    history, there = History(engine), Catalogue(engine).get_many(names)
    for name in names:
        if name not in there:
            told.append((UNKNOWN, f"{name} is not in the catalogue"))
            continue
        verdict = combine([as_of(one.verdict, now) for one in history.for_item(name)])
        told.append((NAGIOS.get(verdict.state, UNKNOWN), f"{name} is {verdict.state} ({verdict.reason})"))
    # Critical outweighs unknown: something is known to be wrong.
    worst = max((level for level, _ in told), key=lambda level: (0, 1, 3, 2)[level[0]])
    dead = sum(level[0] == 2 for level, _ in told)
    return worst[0], f"{worst[1]}: {', '.join(text for _, text in told)} | unavailable={dead};;;0;{len(names)}"


def _whole(engine: Engine, settings: Settings, warning: float, critical: float | None) -> tuple[int, str]:
    history, now = History(engine), datetime.now(UTC)
    totals = history.summary(now)
    below = settings.fail_below if critical is None else critical
    counts = {state: totals.states[state] for state in State}
    if totals.items and counts[State.UNKNOWN] == totals.items:
        level = UNKNOWN
    elif totals.playing_share < below:
        level = NAGIOS[State.UNAVAILABLE]
    elif totals.playing_share < warning or counts[State.DEGRADED] or counts[State.UNKNOWN]:
        level = NAGIOS[State.DEGRADED]
    else:
        level = NAGIOS[State.AVAILABLE]
    dead = [one.media_id for one in history.failing(now, state=State.UNAVAILABLE, limit=5).items]
    text = f"{counts[State.AVAILABLE]} of {totals.items} items play"
    if dead:
        text += f", not {', '.join(dead)}{' …' if counts[State.UNAVAILABLE] > len(dead) else ''}"
    limit = math.floor((1 - below) * totals.items)
    data = " ".join(f"{state}={counts[state]}" for state in State if state is not State.UNAVAILABLE)
    return level[0], f"{level[1]}: {text} | unavailable={counts[State.UNAVAILABLE]};;{limit};0;{totals.items} {data}"
