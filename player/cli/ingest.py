"""`steady-player ingest`: of one file everything that an item needs, and the item in the catalogue."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from player.catalogue.media import InvalidMedia, Kind, Media
from player.catalogue.store import Catalogue
from player.cli.catalogue import seconds
from player.cli.output import progress
from player.database import open_engine
from player.settings import Settings

INTERRUPTED = 130
_NOWHERE = "https://media.invalid/"  # stands for the address while none is given
_OPTIONS = {"id": "--id", "title": "--title", "lang": "--lang", "sources[0].src": "--base-url"}


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("media"), show_default=True, metavar="DIR",
    help="The folder that a media server serves; the item gets one of its own in it.",
)  # fmt: skip
@click.option("--base-url", metavar="URL", help="Where that folder is served. Without it the catalogue is left alone.")
@click.option("--id", "media_id", metavar="ID", help="[the file's name]")
@click.option("--title", metavar="TEXT", help="[the file's own title, or its name]")
@click.option("--lang", metavar="TAG", help="The item's language, as in pt-BR.")
@click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="audio leaves the picture out.")
@click.option(
    "--most", type=click.IntRange(120, 2160), default=1080, show_default=True, metavar="PIXELS",
    help="The shorter side of the largest rendition.",
)  # fmt: skip
@click.option(
    "--segment", type=click.FloatRange(1, 20), default=4.0, show_default=True, metavar="S",
    help="Seconds of a segment.",
)  # fmt: skip
@click.option("--poster-at", metavar="TIME", help="The moment of the poster. [the first that is not dark]")
@click.option("--replace", is_flag=True, help="Put it in the place of an item with the same id.")
@click.pass_obj
def ingest(
    settings: Settings,
    /,
    file: Path,
    out: Path,
    base_url: str | None,
    media_id: str | None,
    title: str | None,
    lang: str | None,
    kind: str | None,
    most: int,
    segment: float,
    poster_at: str | None,
    replace: bool,
) -> None:
    """Make of FILE what an item needs, and put it into the catalogue.

    Of a film: an HLS ladder (H.264 and AAC, never larger than the film), an MP4, a poster and thumbnails; of a
    recording AAC and MP3; of both a waveform. What is finished is kept: after Ctrl-C, or a full disk, the same
    command goes on with what is missing. The catalogue has the whole item in the end, or nothing of it.

    \b
    steady-player ingest river.mov --out /srv/media --base-url https://media.example.org/ --title "The river"
    """
    tools = _tools()
    moment = None if poster_at is None else seconds("--poster-at", poster_at)
    try:
        given = tools.look(file, None if kind is None else Kind(kind))
        said = tools.Description(
            media_id or _slug(file.stem), title or given.title or file.stem, lang, base_url or _NOWHERE
        )
        _check(settings, tools.expected(given, said), stored=base_url is not None, replace=replace)
        folder = out / said.media_id
        item = tools.make(given, tools.Options(segment=segment, most=most, poster_at=moment), folder, said, _bar)
    except KeyboardInterrupt:
        click.echo("\nstopped; the same command goes on with what is missing", err=True)
        sys.exit(INTERRUPTED)
    except InvalidMedia as error:
        raise click.UsageError(f"{_OPTIONS.get(error.field, error.field)}: {error.problem}") from None
    except (tools.BadInput, tools.Busy) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"cannot write into {out}: {error.strerror or error}") from None
    if base_url is None:
        click.echo(f"made {folder}; give --base-url to put it into the catalogue")
        return
    Catalogue(open_engine(settings.database_url, create=True)).add(item, replace=replace)
    click.echo(f"added {item.id} ({item.kind.value}, {len(item.sources)} sources)")


def _tools() -> Any:
    """`player.ingest.run`, which needs what a server does not."""
    try:
        return import_module("player.ingest.run")
    except ModuleNotFoundError as error:
        if error.name != "av":
            raise
        raise click.ClickException("ingest needs PyAV: pip install 'steady-player[ingest]'") from None


def _check(settings: Settings, item: Media, *, stored: bool, replace: bool) -> None:
    """Says before the work what the catalogue would say after it."""
    if stored and not replace:
        engine = open_engine(settings.database_url, create=True)
        if Catalogue(engine).get(item.id) is not None:
            raise click.ClickException(
                f"{item.id!r} is in the catalogue already; give --replace to put this in its place"
            )
        engine.dispose()


def _slug(name: str) -> str:
    """An id of a file's name: what is no letter of ASCII and no digit becomes a hyphen."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:120].strip("-")
    if not slug:
        raise click.UsageError(f"--id: cannot be made of {name!r}: give one")
    return slug


@contextmanager
def _bar(name: str, length: float) -> Iterator[Callable[[float], None]]:
    """One bar for each part, in tenths of a second of the file."""
    with progress(name.ljust(16), max(1, round(length * 10)), least=20) as tell:
        yield lambda done: tell(min(round(done * 10), round(length * 10)))
